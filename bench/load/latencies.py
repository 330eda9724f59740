"""How long answers took: percentiles, by nearest rank. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Self


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the least of the ordered values that so many of a hundred do not exceed."""
    return ordered[max(0, ceil(share / 100 * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds; by percentiles, of so many."""

    number: int
    p50: float
    p90: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """Summarize."""
        ordered = sorted(seconds)
        p50, p90, p99 = (percentile(ordered, share) for share in (50, 90, 99))
        return cls(len(ordered), p50, p90, p99, ordered[-1])

    @property
    def cells(self) -> tuple[str, ...]:
        """Return all of it as people read it, in milliseconds."""
        times = (self.p50, self.p90, self.p99, self.most)
        return f"{self.number:,}", *(f"{time * 1_000:,.1f}" for time in times)
