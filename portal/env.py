"""Read settings from the environment, strictly: a missing or wrong value stops the start with one clear line."""

import base64
import binascii
import os
import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

_REQUIRED = object()


def text(name: str, default: object = _REQUIRED, *, minimum: int = 0) -> str:
    """Return the variable *name*, at least *minimum* characters long.

    Raises ImproperlyConfigured when it is missing without a default, or too short.
    """
    value = os.environ.get(name, default)
    if value is _REQUIRED or (value == "" and default is _REQUIRED):
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    if len(str(value)) < minimum:
        raise ImproperlyConfigured(f"{name} needs at least {minimum} characters.")
    return str(value)


def flag(name: str, *, default: bool) -> bool:
    """Return the variable *name* as a boolean; only yes/no, true/false, on/off, 1/0 are accepted."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"yes", "true", "on", "1"}:
        return True
    if value in {"no", "false", "off", "0"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}.")
    return default


def integer(name: str, default: int, *, at_least: int = 0, at_most: int = 10**9) -> int:
    """Return the variable *name* as a whole number between *at_least* and *at_most*, both included."""
    value = os.environ.get(name, str(default)).strip()
    if not re.fullmatch(r"\d{1,10}", value) or not at_least <= int(value) <= at_most:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {at_least} to {at_most}, not {value!r}."
        )
    return int(value)


def choice(name: str, default: str, options: Iterable[str]) -> str:
    """Return the variable *name*, which must be one of *options*."""
    allowed = list(options)
    value = os.environ.get(name, default).strip()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def items(name: str, default: object = _REQUIRED) -> list[str]:
    """Return the comma-separated variable *name* as a list without blanks; at least one unless there is a default."""
    found = [part.strip() for part in text(name, default).split(",") if part.strip()]
    if not found and default is _REQUIRED:
        raise ImproperlyConfigured(f"{name} must hold at least one value.")
    return found


def hosts(name: str) -> list[str]:
    """Return the host names in the variable *name*; a lone ``*`` would let visitors choose the host of our links."""
    found = items(name)
    if "*" in found:
        raise ImproperlyConfigured(f"{name} must name the hosts, not *.")
    return found


def keys(name: str, *, size: int) -> list[str]:
    """Return the keys in the variable *name*, each base64 of *size* bytes; the message does not repeat them."""
    found = items(name)
    try:
        sizes = {len(base64.b64decode(key, validate=True)) for key in found}
    except (binascii.Error, ValueError):
        sizes = set()
    if sizes != {size}:
        raise ImproperlyConfigured(
            f"{name} must hold keys of {size} bytes in base64, separated by commas."
        )
    return found


def zone(name: str, default: str) -> str:
    """Return the time zone in the variable *name*, for example ``America/New_York``."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name} must be a time zone, not {value!r}.") from error
    return value


def pairs(name: str, default: str) -> list[tuple[str, str]]:
    """Return a variable of the form ``MA=Massachusetts,CT=Connecticut`` as a list of pairs."""
    found = []
    for item in items(name, default):
        key, separator, label = item.partition("=")
        if not (key and separator and label):
            raise ImproperlyConfigured(f"{name} must be a list of KEY=Label, not {item!r}.")
        found.append((key.strip(), label.strip()))
    return found


def url(name: str, schemes: Iterable[str], default: object = _REQUIRED) -> str:
    """Return the variable *name*, an address with one of *schemes* (``postgresql``, ``redis``) and a valid port.

    The message does not repeat the value, which may hold a password.
    """
    value = text(name, default)
    if value and value.partition("://")[0] not in set(schemes):
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(schemes)}://")
    try:
        urlsplit(value).port  # noqa: B018 - raises for a wrong port or a broken address
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a complete address.") from None
    return value


def address(name: str, default: str) -> str:
    """Return the variable *name*: the absolute path of a socket, or a host with its port."""
    value = text(name, default)
    if value and not re.fullmatch(r"/.+|[^/\s]+:\d{1,5}", value):
        raise ImproperlyConfigured(f"{name} must be host:port or the path of a socket.")
    return value
