"""Whether somebody wants a letter about a group. The app of people knows and says so here; this app only asks."""

from collections.abc import Callable
from typing import Any

from groups.models import EmployerGroup

DECISIONS = "decisions"  # about a change that the person submitted
Answer = Callable[[Any, EmployerGroup, str], bool]
_answers: list[Answer] = []


def answered_by(answer: Answer) -> None:
    """Ask *answer* (person, group, kind of letter) from now on; called once, when its app is ready."""
    _answers[:] = [answer]


def wants(person: Any, group: EmployerGroup, kind: str) -> bool:
    """Tell whether *person* wants letters of *kind* about *group*; they do while nobody knows otherwise."""
    return all(answer(person, group, kind) for answer in _answers)
