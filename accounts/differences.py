"""Which letters of two texts differ, for people who compare them. Pure."""

from difflib import SequenceMatcher
from typing import NamedTuple

# Equal runs shorter than this between two differing ones are marked too: single letters are no help to the eye.
SHORTEST_EQUAL = 3
# Below this likeness (0 to 1) two texts have nothing to do with each other and are marked as a whole.
LEAST_LIKENESS = 0.4


class Segment(NamedTuple):
    """A piece of a text, and whether the other text lacks it."""

    text: str
    differs: bool


def compare(first: str, second: str) -> tuple[list[Segment], list[Segment]]:
    """Cut both texts into segments that are equal or differ; joined they give the texts again.

    Letter by letter, capitals included. Equal texts give one segment each, empty texts none.
    """
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if first and second and matcher.ratio() < LEAST_LIKENESS:
        return [Segment(first, True)], [Segment(second, True)]
    left: list[Segment] = []
    right: list[Segment] = []
    steps = matcher.get_opcodes()
    for at, (tag, a1, a2, b1, b2) in enumerate(steps):
        between = 0 < at < len(steps) - 1
        differs = tag != "equal" or (between and a2 - a1 < SHORTEST_EQUAL)
        _add(left, first[a1:a2], differs=differs)
        _add(right, second[b1:b2], differs=differs)
    return left, right


def _add(segments: list[Segment], text: str, *, differs: bool) -> None:
    """Append *text*, joined to the last segment when that is of the same kind."""
    if not text:
        return
    if segments and segments[-1].differs == differs:
        text = segments.pop().text + text
    segments.append(Segment(text, differs))
