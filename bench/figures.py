"""Figures, and whether they meet their targets. Pure: nothing is measured here."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import eq, le
from typing import Self

_RELATIONS = {"≤": le, "=": eq}


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several measurements, and how far they lie apart."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Summarize measurements of one thing."""
        measured = sorted(values)
        return cls(statistics.median(measured), measured[0], measured[-1])

    @classmethod
    def of_ratios(cls, ours: Sequence[float], floor: Sequence[float]) -> Self:
        """Compare two things measured in turn, each time with what was measured beside it."""
        return cls.of(mine / theirs for mine, theirs in zip(ours, floor, strict=True))

    @property
    def noise(self) -> float:
        """Return the width of the range as a part of the median."""
        return (self.high - self.low) / self.median

    def text(self, scale: float = 1, decimals: int = 2) -> str:
        """Return the median and, in brackets, the range."""
        median, low, high = (
            f"{value * scale:,.{decimals}f}" for value in (self.median, self.low, self.high)
        )
        return f"{median} ({low} to {high})"


@dataclass(frozen=True, slots=True)
class Check:
    """A figure beside its target.

    Attributes:
        name: what was measured.
        figure: it.
        target: what it may be at most or, if ``relation`` is ``=``, has to be.
        shown: the figure as people read it, with its range, say.
        relation: how the figure has to stand to the target.
    """

    name: str
    figure: float
    target: float
    shown: str
    relation: str = "≤"

    @classmethod
    def of_spread(cls, name: str, ratio: Spread, target: float) -> Self:
        """Hold a ratio's median against its target."""
        return cls(name, ratio.median, target, ratio.text())

    @property
    def passed(self) -> bool:
        """Tell whether the target is met."""
        return bool(_RELATIONS[self.relation](self.figure, self.target))

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Return name, target, figure and verdict as text."""
        target = f"{self.relation} {self.target:,}"
        return self.name, target, self.shown, "pass" if self.passed else "MISSED"


def exit_code(checks: Iterable[Check]) -> int:
    """Return 1 if a target was missed, as programs tell it."""
    return int(not all(check.passed for check in checks))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, aligned so that it reads well as it is."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = [
        [text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in lines
    ]
    padded.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)
