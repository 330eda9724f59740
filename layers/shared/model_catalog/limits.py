"""Quotas: windows of time, what was counted in them, and how callers are told what is left."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil


class Window(StrEnum):
    """A span of UTC time that starts and ends on the calendar, in ascending length."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def number(self, now: datetime) -> int:
        """Return the number of the window ``now`` falls into; later windows have higher ones."""
        if self is Window.MONTH:
            now = now.astimezone(UTC)
            return (now.year - 1970) * 12 + now.month - 1
        first, length = _REGULAR[self]
        return (now - first) // length

    def start(self, number: int) -> datetime:
        """Return when the window numbered ``number`` begins."""
        if self is Window.MONTH:
            return datetime(1970 + number // 12, number % 12 + 1, 1, tzinfo=UTC)
        first, length = _REGULAR[self]
        return first + number * length

    def reset(self, now: datetime) -> datetime:
        """Return when the window ``now`` falls into ends."""
        return self.start(self.number(now) + 1)

    def length(self, now: datetime) -> timedelta:
        """Return how long the window ``now`` falls into lasts."""
        if self is not Window.MONTH:
            return _REGULAR[self][1]
        number = self.number(now)
        return self.start(number + 1) - self.start(number)

    @property
    def is_quota(self) -> bool:
        """Tell whether running out is a spent quota (a day or more) rather than a passing limit."""
        return self in {Window.DAY, Window.WEEK, Window.MONTH}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REGULAR = {  # when the window numbered 0 begins, and how long each lasts
    Window.MINUTE: (_EPOCH, timedelta(minutes=1)),
    Window.HOUR: (_EPOCH, timedelta(hours=1)),
    Window.DAY: (_EPOCH, timedelta(days=1)),
    Window.WEEK: (datetime(1969, 12, 29, tzinfo=UTC), timedelta(weeks=1)),  # ISO 8601: a Monday
}

type Limits = Mapping[Window, int]  # requests per window, each at least 1
type Counts = Mapping[tuple[Window, int], int]  # requests counted per window and its number


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """How one window of a key stands.

    Attributes:
        window: which window.
        limit: the most requests it admits, or None.
        used: the requests counted in it.
        reset: when it ends.
    """

    window: Window
    limit: int | None
    used: int
    reset: datetime

    @property
    def remaining(self) -> int | None:
        """Return how many more requests the window admits, or None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Usage:
    """Limits and counts of one key, seen at one moment."""

    limits: Limits
    counts: Counts
    now: datetime

    def __iter__(self) -> Iterator[LimitStatus]:
        """Iterate over all windows, limited or not, the shortest first."""
        return (self._status(window) for window in Window)

    @property
    def limited(self) -> list[LimitStatus]:
        """Return the windows that have a limit, the shortest first."""
        return [self._status(window) for window in Window if window in self.limits]

    @property
    def tightest(self) -> LimitStatus | None:
        """Return the window with the fewest requests left; of equals, the latest to reset."""
        return min(self.limited, key=_tightness, default=None)

    @property
    def exhausted(self) -> LimitStatus | None:
        """Return the window that admits nothing more; of several, the latest to reset."""
        tightest = self.tightest
        return tightest if tightest is not None and tightest.remaining == 0 else None

    def _status(self, window: Window) -> LimitStatus:
        return LimitStatus(
            window=window,
            limit=self.limits.get(window),
            used=self.counts.get((window, window.number(self.now)), 0),
            reset=window.reset(self.now),
        )


def rate_limit_headers(usage: Usage) -> dict[str, str]:
    """Return the headers that tell what is left, empty for a key without limits.

    OpenAI's three name the tightest window; the IETF pair names all of them
    (draft-ietf-httpapi-ratelimit-headers-10: ``q`` quota, ``w`` window, ``r`` remaining,
    ``t`` seconds to the reset).
    """
    limited = usage.limited
    if not limited:
        return {}
    tightest = min(limited, key=_tightness)
    policy = (
        f'"{status.window}";q={status.limit};w={int(status.window.length(usage.now).total_seconds())}'
        for status in limited
    )
    state = (
        f'"{status.window}";r={status.remaining};t={ceil(_seconds(status, usage.now))}'
        for status in limited
    )
    return {
        "x-ratelimit-limit-requests": str(tightest.limit),
        "x-ratelimit-remaining-requests": str(tightest.remaining),
        "x-ratelimit-reset-requests": go_duration(tightest.reset - usage.now),
        "ratelimit-policy": ", ".join(policy),
        "ratelimit": ", ".join(state),
    }


def retry_headers(wait: timedelta) -> dict[str, str]:
    """Return the headers that tell a refused caller when to come back.

    openai-node sleeps as long as it is told, so a wait beyond a minute says not to retry.
    """
    milliseconds = ceil(wait / timedelta(milliseconds=1))
    headers = {
        "retry-after": str(ceil(milliseconds / 1000)),
        "retry-after-ms": str(milliseconds),
    }
    return headers | ({"x-should-retry": "false"} if wait > timedelta(minutes=1) else {})


def go_duration(span: timedelta) -> str:
    """Return ``span`` as Go prints durations, to the millisecond above: ``12ms``, ``6m0s``."""
    milliseconds = ceil(span / timedelta(milliseconds=1))
    if timedelta(0) < span <= timedelta(milliseconds=999):
        return f"{milliseconds}ms"
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def _tightness(status: LimitStatus) -> tuple[int | None, float]:
    return status.remaining, -status.reset.timestamp()


def _seconds(status: LimitStatus, now: datetime) -> float:
    return (status.reset - now).total_seconds()
