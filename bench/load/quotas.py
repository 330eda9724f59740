"""Whether limits held exactly. Pure: from what was answered, and what the table counted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from model_catalog.limits import Counts, Limits, Window

_LOST_AFTER = 1.0  # seconds: the function gives a reply up and writes once more
_KEPT = 2  # windows of a kind that a key's item keeps: the current one and the one before


@dataclass(frozen=True, slots=True)
class Span:
    """When a request was sent and answered, in Unix time; the function's clock is in between."""

    sent: float
    received: float

    @property
    def lost_reply(self) -> bool:
        """Tell whether a reply of the table may have been given up, and its write made twice."""
        return self.received - self.sent >= _LOST_AFTER

    def numbers(self, window: Window) -> set[int]:
        """Return the windows of that kind it may have been counted in: one, or two."""
        return {
            window.number(datetime.fromtimestamp(moment, UTC))
            for moment in (self.sent, self.received)
        }


def violations(
    limits: Limits, admitted: Sequence[Span], refused: Sequence[Span], counted: Counts
) -> Iterator[str]:
    """Tell where one key's answers and counters contradict its limits or each other.

    Args:
        limits: the key's.
        admitted: its requests that were let in and count.
        refused: those that were told that a limit is spent.
        counted: the counters of its item afterwards.
    """
    possible: dict[Window, Counter[int]] = {}
    for window in Window:
        certain, possible[window] = _tallies(window, admitted, refused)
        numbers = {number for kind, number in counted if kind is window} | possible[window].keys()
        for number in sorted(numbers):
            least, most = certain[number], possible[window][number]
            yield from _of_limit(window, limits.get(window), least, counted.get((window, number)))
            gone = number <= max(possible[window], default=number) - _KEPT
            used = counted.get((window, number), least if gone else 0)
            if not least <= used <= most:
                yield f"{window}: counted {used}, admitted {least} to {most}"
    for span in refused:
        if not any(
            possible[window][number] >= limit
            for window, limit in limits.items()
            for number in span.numbers(window)
        ):
            yield "refused before a limit was spent"


def _tallies(
    window: Window, admitted: Sequence[Span], refused: Sequence[Span]
) -> tuple[Counter[int], Counter[int]]:
    """Return how often a window was counted up for certain, and how often it may have been."""
    certain, possible = Counter[int](), Counter[int]()
    for span in admitted:
        numbers = span.numbers(window)
        possible.update(numbers)
        if len(numbers) == 1:
            certain.update(numbers)
    for span in (*admitted, *refused):
        if span.lost_reply:
            possible.update(span.numbers(window))
    return certain, possible


def _of_limit(window: Window, limit: int | None, least: int, used: int | None) -> Iterator[str]:
    if limit is None:
        return
    if least > limit:
        yield f"{window}: admitted {least} of {limit}"
    if used is not None and used > limit:
        yield f"{window}: counted {used} of {limit}"
