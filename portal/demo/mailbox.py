"""The demo's mail server: a folder. Each letter is one file that appears whole; its name tells the time and nobody's address."""

import itertools
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage as OutgoingMessage
from django.core.mail.backends.base import BaseEmailBackend

_counter = itertools.count(1)
_NAME = re.compile(r"(\d{19})-\d+-\d+")
SUFFIX = ".eml"


@dataclass(frozen=True)
class Letter:
    """A letter as somebody would have got it."""

    name: str
    to: str
    subject: str
    body: str
    html: str

    @property
    def sent_at(self) -> datetime:
        """Return the second in which it was sent; the name of the file says so."""
        return datetime.fromtimestamp(int(self.name.partition("-")[0]) // 10**9, tz=UTC)


class SpoolBackend(BaseEmailBackend):
    """Django's mail backend that puts every message into the folder MAIL_SPOOL."""

    def send_messages(self, email_messages: Iterable[OutgoingMessage]) -> int:
        """Store each message as a file of its own; return how many. OSError when the folder cannot be written."""
        count = 0
        for count, message in enumerate(email_messages, start=1):  # noqa: B007 - the number after the loop
            _store(message.message().as_bytes())
        return count


def spool() -> Path:
    """Return the folder of the letters."""
    if not settings.MAIL_SPOOL:
        raise ImproperlyConfigured("Set the environment variable MAIL_SPOOL.")
    return Path(settings.MAIL_SPOOL)


def _store(content: bytes) -> None:
    folder = spool()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{time.time_ns():019d}-{os.getpid()}-{next(_counter)}"
    fresh = folder / f".{name}"
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.rename(folder / f"{name}{SUFFIX}")


def letters(to: str = "") -> list[Letter]:
    """Return the letters whose address contains *to* (whatever its case), newest first."""
    found = [_read(path) for path in sorted(spool().glob(f"*{SUFFIX}"), reverse=True)]
    return [letter for letter in found if to.casefold() in letter.to.casefold()]


def find(name: str) -> Letter | None:
    """Return the letter of that name, or None; a name that is no name of ours finds nothing."""
    path = spool() / f"{name}{SUFFIX}"
    return _read(path) if _NAME.fullmatch(name) and path.is_file() else None


@lru_cache(maxsize=5000)
def _read(path: Path) -> Letter:
    """Read a letter; a file never changes after it has appeared."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(
        path.name.removesuffix(SUFFIX),
        str(message["To"] or ""),
        str(message["Subject"] or ""),
        _part(message, "plain"),
        _part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""
