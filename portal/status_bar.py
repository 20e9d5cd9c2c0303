"""The status bar: a chart of how many there are of each kind, drawn as SVG by the server.

One bar, one segment for each kind that there is any of. Beside its color each has a pattern or place of its own, its
word and number below, and a table says the same to those who do not see it. Source: the look of the portal, charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.text import format_lazy

Words = str | Promise
Fill = Literal["solid", "warn", "bad", "info", "hatched", "dotted"]
LEAST = 2.0  # percent of the width: a segment that is narrower cannot be seen


@dataclass(frozen=True)
class Part:
    """One kind: its words, how many, its *shape* (a kind of the status component), its *fill*, where it leads."""

    label: Words
    count: int
    shape: str
    fill: Fill
    url: str = ""


@dataclass(frozen=True)
class Segment:
    """A part as it is drawn: *start* and *width* in percent of the bar."""

    part: Part
    start: str
    width: str


@dataclass(frozen=True)
class StatusBar:
    """What components/status_bar.html draws. *key* is unique on the page; *noun* heads the column of words."""

    key: str
    title: Words
    noun: Words
    parts: Sequence[Part]

    @property
    def total(self) -> int:
        """Return how many there are of all kinds together."""
        return sum(part.count for part in self.parts)

    @property
    def label(self) -> str:
        """Return all of it in one sentence, for people who do not see the drawing."""
        counted = ", ".join(f"{part.count} {part.label}" for part in self.parts if part.count)
        return str(format_lazy("{}: {}", self.title, counted))

    @property
    def segments(self) -> list[Segment]:
        """Return the segments from left to right; together they are as wide as the bar."""
        shown = [part for part in self.parts if part.count]
        widths = shares([part.count for part in shown])
        starts = [sum(widths[:number]) for number in range(len(widths))]
        return [
            Segment(part, f"{start:.2f}%", f"{width:.2f}%")
            for part, start, width in zip(shown, starts, widths, strict=True)
        ]


def shares(counts: Sequence[int]) -> list[float]:
    """Return the widths of *counts* (all above 0) in percent: LEAST or more each, the rest by number, 100 in all."""
    total = sum(counts)
    rest = 100.0 - LEAST * len(counts)
    return [LEAST + rest * count / total for count in counts]
