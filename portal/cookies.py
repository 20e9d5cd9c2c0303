"""The visitor's cookie choice: which version of the notice, accepted or rejected, and on which day."""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse

NAME = "cookie_choice"
VERSION = "1"  # raise it when the notice changes: everybody is asked again
YEAR = 365 * 24 * 3600
_WRITTEN = re.compile(rf"{VERSION}:(accepted|rejected):(\d{{4}}-\d{{2}}-\d{{2}})")


@dataclass(frozen=True)
class CookieChoice:
    """What somebody answered to the notice in force."""

    accepted: bool
    day: date

    def __str__(self) -> str:
        return f"{VERSION}:{'accepted' if self.accepted else 'rejected'}:{self.day.isoformat()}"


def chosen(request: HttpRequest) -> CookieChoice | None:
    """Return the choice the browser keeps; None when there is none, or only for an older notice."""
    found = _WRITTEN.fullmatch(request.COOKIES.get(NAME, ""))
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[2])
    except ValueError:
        return None
    return CookieChoice(found[1] == "accepted", day)


def keep(response: HttpResponse, name: str, value: str) -> None:
    """Let the browser keep *value* for a year; no script and no other site gets to see it."""
    response.set_cookie(
        name,
        value,
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
