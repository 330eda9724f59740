"""A clock turned by hand."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)  # a Sunday


class FakeClock:
    """Both clocks of a function: call it for the wall's time, ``monotonic`` for the other."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self._monotonic = 1000.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, **span: float) -> None:
        """Let time pass: ``advance(seconds=5)``."""
        passed = timedelta(**span)
        self.now += passed
        self._monotonic += passed.total_seconds()
