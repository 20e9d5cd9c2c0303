"""What an app puts on the home page of a group. The home view in ``portal/views`` composes what the apps offer.

Each app offers one function that takes the request of a group page and returns its ``Offer``: nothing in it that the
person may not open. What takes long to say stands in a template of the app.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Words = str | Promise
SOON = 10  # days: a duty that is nearer, or as near, is amber
WEEKS_FROM = 14  # days: from here on the distance is in weeks


@dataclass(frozen=True)
class Task:
    """Something that waits for the reader, with one button. *due* is the last day (inclusive), if there is one."""

    icon: str
    title: Words
    why: Words
    url: str
    button: Words
    due: date | None = None


@dataclass(frozen=True)
class Waiting:
    """Something the reader has done their part of, and that somebody else has now: *who*, what, a link."""

    who: Words
    text: Words
    url: str
    link: Words


@dataclass(frozen=True)
class QuickAction:
    """A way to something people often do."""

    icon: str
    label: Words
    url: str


@dataclass(frozen=True)
class Card:
    """A part of the home page: a template of the app with its context. Wide ones stand left, narrow ones right."""

    template: str
    context: Mapping[str, object] = field(default_factory=dict)
    place: Literal["wide", "narrow", "foot"] = "wide"


@dataclass(frozen=True)
class Offer:
    """All that one app has for one person on the home page of a group."""

    tasks: Sequence[Task] = ()
    waiting: Sequence[Waiting] = ()
    actions: Sequence[QuickAction] = ()
    cards: Sequence[Card] = ()


@dataclass(frozen=True)
class Due:
    """How far away a duty is, as the due component takes it: "In 5 days", its day, soon or late."""

    distance: str
    day: date
    level: str


def due(day: date, today: date) -> Due:
    """Return how *day*, the last one of a duty, reads on *today*."""
    days = (day - today).days
    level = "late" if days < 0 else "soon" if days <= SOON else ""
    return Due(_distance(days), day, level)


def _distance(days: int) -> str:
    if days < 0:
        return ngettext("%(count)d day late", "%(count)d days late", -days) % {"count": -days}
    if days >= WEEKS_FROM:
        weeks = round(days / 7)
        return ngettext("In %(count)d week", "In %(count)d weeks", weeks) % {"count": weeks}
    near = {0: _("Today"), 1: _("Tomorrow")}
    return near.get(days) or _("In %(count)d days") % {"count": days}
