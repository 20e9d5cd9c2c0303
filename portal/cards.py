"""What an app puts on the home page of a group: a card, tasks, or both. The home view composes them.

An app offers functions that take the request of a group page and return what they have for this person, or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise

Words = str | Promise


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
class Card:
    """A part of the home page: a template of the app with its context."""

    template: str
    context: Mapping[str, object] = field(default_factory=dict)
