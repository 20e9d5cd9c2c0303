"""Read settings from the environment, strictly: a missing or wrong value stops the start with one clear line."""

import os
import re
from collections.abc import Iterable

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
    """Return the comma-separated variable *name* as a list without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


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
    """Return the variable *name*, which must begin with one of *schemes* (``postgresql``, ``redis``)."""
    value = text(name, default)
    if value and value.partition("://")[0] not in set(schemes):
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(schemes)}://")
    return value
