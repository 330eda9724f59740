"""Windows follow the UTC calendar; what is left of them is told in three dialects."""

import re
import time
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.limits import (
    LimitStatus,
    Usage,
    Window,
    go_duration,
    rate_limit_headers,
    retry_headers,
)
from support.clock import NOON

MOMENTS = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(
        lambda minutes: timezone(timedelta(minutes=minutes))
    ),
)
WINDOWS = st.sampled_from(Window)
SPANS = st.timedeltas(timedelta(0), timedelta(days=31))
GO_UNITS = {
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
EARLIEST = st.sampled_from(
    [
        "1970-01-01T00:00",  # a Thursday
        "2020-12-31T23:59",  # week 53
        "2021-01-03T12:00",  # still week 53 of the year before
        "2024-02-29T08:00",  # a leap day
        "2024-12-30T00:00",  # week 1 of the year to come
        "2026-03-01T00:00",
        "2100-02-28T23:59",  # no leap year
    ]
).map(lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def used(now: datetime = NOON, **counts: int) -> dict[tuple[Window, int], int]:
    """Return counters of the windows ``now`` falls into: ``used(minute=3)``."""
    return {(Window(name), Window(name).number(now)): count for name, count in counts.items()}


def limits(**requests: int) -> dict[Window, int]:
    return {Window(name): number for name, number in requests.items()}


@pytest.fixture
def far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine's own zone be one that is a day ahead of UTC at noon."""
    monkeypatch.setenv("TZ", "FAR-13")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def parse_go(text: str) -> timedelta:
    """Read a duration as Go's ``time.ParseDuration`` does."""
    parts = re.findall(r"([0-9.]+)(ms|h|m|s)", text)
    assert "".join(number + unit for number, unit in parts) == text
    return sum((float(number) * GO_UNITS[unit] for number, unit in parts), timedelta())


@given(WINDOWS, MOMENTS | EARLIEST)
def test_every_moment_falls_between_its_windows_start_and_the_next(
    window: Window, moment: datetime
) -> None:
    number = window.number(moment)

    assert window.start(number) <= moment < window.start(number + 1)


@given(WINDOWS, MOMENTS)
def test_a_window_is_as_long_as_from_its_start_to_its_reset(
    window: Window, moment: datetime
) -> None:
    start = window.start(window.number(moment))

    assert start + window.length(moment) == window.reset(moment)


@given(WINDOWS, MOMENTS)
def test_a_window_starts_with_its_number_and_ends_before_the_next(
    window: Window, moment: datetime
) -> None:
    number = window.number(moment)

    assert window.number(window.start(number)) == number
    assert window.number(window.reset(moment)) == number + 1
    assert window.number(window.reset(moment) - timedelta(microseconds=1)) == number


@given(WINDOWS, MOMENTS, MOMENTS)
def test_a_later_moment_never_has_a_lower_number(
    window: Window, one: datetime, other: datetime
) -> None:
    first, second = sorted([one, other])

    assert window.number(first) <= window.number(second)


@given(WINDOWS, MOMENTS)
def test_the_zone_a_moment_is_written_in_does_not_matter(window: Window, moment: datetime) -> None:
    same = moment.astimezone(UTC)

    assert window.number(moment) == window.number(same)
    assert window.reset(moment) == window.reset(same)


@pytest.mark.usefixtures("far_from_utc")
def test_the_machines_zone_does_not_matter() -> None:
    moment = at("2026-11-30T12:00")

    assert Window.MONTH.reset(moment) == at("2026-12-01T00:00")


@pytest.mark.parametrize(
    ("window", "number"),
    [
        (Window.MINUTE, 29922480),
        (Window.HOUR, 498708),
        (Window.DAY, 20779),
        (Window.WEEK, 2968),
        (Window.MONTH, 682),
    ],
)
def test_windows_are_numbered_as_counters_are_stored_by_every_release(
    window: Window, number: int
) -> None:
    assert window.number(NOON) == number


@given(MOMENTS)
def test_minutes_hours_and_days_start_where_the_utc_clock_says(moment: datetime) -> None:
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)

    assert Window.MINUTE.start(Window.MINUTE.number(moment)) == minute
    assert Window.HOUR.start(Window.HOUR.number(moment)) == minute.replace(minute=0)
    assert Window.DAY.start(Window.DAY.number(moment)) == minute.replace(minute=0, hour=0)


@given(MOMENTS | EARLIEST)
def test_weeks_are_those_of_iso_8601(moment: datetime) -> None:
    start = Window.WEEK.start(Window.WEEK.number(moment))

    assert start.isocalendar()[:2] == moment.astimezone(UTC).isocalendar()[:2]
    assert (start.isoweekday(), start.time().isoformat()) == (1, "00:00:00")


@given(MOMENTS | EARLIEST)
def test_months_start_on_their_first_day(moment: datetime) -> None:
    utc = moment.astimezone(UTC)

    start = Window.MONTH.start(Window.MONTH.number(moment))

    assert start == datetime(utc.year, utc.month, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "moment", "reset"),
    [
        (Window.MINUTE, "2026-11-22T12:00:59.999999", "2026-11-22T12:01"),
        (Window.HOUR, "2026-12-31T23:59:59", "2027-01-01T00:00"),
        (Window.DAY, "2024-02-28T12:00", "2024-02-29T00:00"),
        (Window.DAY, "2023-02-28T12:00", "2023-03-01T00:00"),
        (Window.WEEK, "2020-12-31T12:00", "2021-01-04T00:00"),
        (Window.WEEK, "2021-01-04T00:00", "2021-01-11T00:00"),
        (Window.WEEK, "2024-12-30T00:00", "2025-01-06T00:00"),
        (Window.MONTH, "2024-02-29T23:59:59", "2024-03-01T00:00"),
        (Window.MONTH, "2026-12-31T23:59:59", "2027-01-01T00:00"),
        (Window.MONTH, "2026-01-31T00:00", "2026-02-01T00:00"),
    ],
)
def test_a_window_resets_on_the_calendar(window: Window, moment: str, reset: str) -> None:
    assert window.reset(at(moment)) == at(reset)


def test_a_midnight_elsewhere_is_not_the_end_of_a_day() -> None:
    moment = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=9)))

    assert Window.DAY.reset(moment) == at("2026-03-01T00:00")
    assert Window.MONTH.reset(moment) == at("2026-03-01T00:00")


def test_windows_are_named_in_ascending_length() -> None:
    lengths = [window.length(NOON) for window in Window]

    assert [*Window] == ["minute", "hour", "day", "week", "month"]
    assert all(shorter < longer for shorter, longer in pairwise(lengths))


def test_running_out_of_a_day_or_more_is_a_spent_quota() -> None:
    assert [window for window in Window if window.is_quota] == ["day", "week", "month"]


def test_usage_tells_every_window_limited_or_not() -> None:
    usage = Usage(limits(hour=10), used(hour=4, month=7), NOON)

    assert [*usage] == [
        LimitStatus(Window.MINUTE, None, 0, at("2026-11-22T12:01")),
        LimitStatus(Window.HOUR, 10, 4, at("2026-11-22T13:00")),
        LimitStatus(Window.DAY, None, 0, at("2026-11-23T00:00")),
        LimitStatus(Window.WEEK, None, 0, at("2026-11-23T00:00")),
        LimitStatus(Window.MONTH, None, 7, at("2026-12-01T00:00")),
    ]


@pytest.mark.parametrize(
    "value",
    [LimitStatus(Window.DAY, 5, 0, NOON), Usage({}, {}, NOON)],
    ids=lambda value: type(value).__name__,
)
def test_what_was_counted_is_a_value_that_neither_changes_nor_grows(value: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)

    assert not hasattr(value, "__dict__")


def test_only_the_current_windows_count() -> None:
    usage = Usage(limits(minute=5), used(NOON - timedelta(minutes=1), minute=5), NOON)

    assert [status.used for status in usage.limited] == [0]


@pytest.mark.parametrize(
    ("limit", "count", "remaining"), [(None, 3, None), (5, 0, 5), (5, 5, 0), (5, 9, 0)]
)
def test_what_remains_is_never_below_nothing(
    limit: int | None, count: int, remaining: int | None
) -> None:
    assert LimitStatus(Window.DAY, limit, count, NOON).remaining == remaining


@pytest.mark.parametrize(
    ("limited", "counts", "window"),
    [
        (limits(minute=5, day=100), used(), Window.MINUTE),
        (limits(minute=5, day=100), used(minute=1, day=97), Window.DAY),
        (limits(minute=5, hour=5, month=9), used(month=4), Window.MONTH),
        (limits(minute=5, hour=5, month=9), used(), Window.HOUR),
        (limits(month=1), used(), Window.MONTH),
    ],
)
def test_the_tightest_window_has_the_fewest_left_and_of_equals_the_latest_reset(
    limited: dict[Window, int], counts: dict[tuple[Window, int], int], window: Window
) -> None:
    tightest = Usage(limited, counts, NOON).tightest

    assert tightest is not None
    assert tightest.window is window


@pytest.mark.parametrize(
    ("limited", "counts", "window"),
    [
        (limits(minute=5, hour=9), used(minute=5, hour=5), Window.MINUTE),
        (limits(minute=5, hour=9), used(minute=5, hour=9), Window.HOUR),
        (limits(minute=5, hour=9), used(minute=9, hour=9), Window.HOUR),
        (limits(minute=5, month=9, day=7), used(minute=5, month=9, day=7), Window.MONTH),
    ],
)
def test_of_several_full_windows_the_latest_to_reset_is_told(
    limited: dict[Window, int], counts: dict[tuple[Window, int], int], window: Window
) -> None:
    exhausted = Usage(limited, counts, NOON).exhausted

    assert exhausted is not None
    assert exhausted.window is window


@pytest.mark.parametrize(
    ("limited", "counts"),
    [({}, used(minute=1000)), (limits(minute=5), used(minute=4)), (limits(day=1), used(minute=9))],
)
def test_a_key_with_requests_left_everywhere_has_exhausted_nothing(
    limited: dict[Window, int], counts: dict[tuple[Window, int], int]
) -> None:
    assert Usage(limited, counts, NOON).exhausted is None


def test_a_key_without_limits_has_no_rate_limit_headers() -> None:
    usage = Usage({}, used(minute=3), NOON)

    assert usage.tightest is None
    assert rate_limit_headers(usage) == {}


def test_the_headers_name_the_tightest_window_and_list_all_limited_ones() -> None:
    now = NOON + timedelta(seconds=30, milliseconds=250)
    usage = Usage(limits(month=1000, minute=60, week=500), used(minute=7, month=990), now)

    assert rate_limit_headers(usage) == {
        "x-ratelimit-limit-requests": "1000",
        "x-ratelimit-remaining-requests": "10",
        "x-ratelimit-reset-requests": "203h59m29.75s",
        "ratelimit-policy": '"minute";q=60;w=60, "week";q=500;w=604800, "month";q=1000;w=2592000',
        "ratelimit": '"minute";r=53;t=30, "week";r=500;t=43170, "month";r=10;t=734370',
    }


@given(st.dictionaries(WINDOWS, st.integers(1, 10**9), min_size=1), MOMENTS, st.integers(0, 10**9))
def test_the_ietf_pair_states_every_limit_as_a_list_of_items(
    limited: dict[Window, int], now: datetime, count: int
) -> None:
    usage = Usage(limited, used(now, **dict.fromkeys(limited, count)), now)

    headers = rate_limit_headers(usage)

    policies = re.findall(r'"(\w+)";q=(\d+);w=(\d+)(?:, |\Z)', headers["ratelimit-policy"])
    states = re.findall(r'"(\w+)";r=(\d+);t=(\d+)(?:, |\Z)', headers["ratelimit"])
    assert {Window(name): int(quota) for name, quota, _ in policies} == limited
    assert {Window(name): int(left) for name, left, _ in states} == {
        window: max(0, limit - count) for window, limit in limited.items()
    }
    for (name, _, length), (_, _, wait) in zip(policies, states, strict=True):
        assert now <= Window(name).reset(now) <= now + timedelta(seconds=int(wait))
        assert int(wait) <= int(length) == Window(name).length(now).total_seconds()


@pytest.mark.parametrize(
    ("month", "seconds"),
    [("2024-02-10T00:00", 2505600), ("2023-02-10T00:00", 2419200), ("2026-10-10T00:00", 2678400)],
)
def test_a_months_policy_is_as_long_as_that_month(month: str, seconds: int) -> None:
    headers = rate_limit_headers(Usage(limits(month=1), {}, at(month)))

    assert headers["ratelimit-policy"] == f'"month";q=1;w={seconds}'


@pytest.mark.parametrize(
    ("wait", "headers"),
    [
        (timedelta(microseconds=1), {"retry-after": "1", "retry-after-ms": "1"}),
        (timedelta(milliseconds=12), {"retry-after": "1", "retry-after-ms": "12"}),
        (timedelta(seconds=1), {"retry-after": "1", "retry-after-ms": "1000"}),
        (timedelta(seconds=1.001), {"retry-after": "2", "retry-after-ms": "1001"}),
        (timedelta(seconds=60), {"retry-after": "60", "retry-after-ms": "60000"}),
        (
            timedelta(seconds=60.001),
            {"retry-after": "61", "retry-after-ms": "60001", "x-should-retry": "false"},
        ),
        (
            timedelta(days=1),
            {"retry-after": "86400", "retry-after-ms": "86400000", "x-should-retry": "false"},
        ),
    ],
)
def test_a_wait_is_told_in_seconds_and_milliseconds_and_not_slept_out_if_long(
    wait: timedelta, headers: dict[str, str]
) -> None:
    assert retry_headers(wait) == headers


@given(SPANS)
def test_whoever_waits_as_told_is_never_early_nor_much_too_late(wait: timedelta) -> None:
    headers = retry_headers(wait)

    assert wait <= timedelta(seconds=int(headers["retry-after"])) < wait + timedelta(seconds=1.001)
    milliseconds = timedelta(milliseconds=int(headers["retry-after-ms"]))
    assert wait <= milliseconds < wait + timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(microseconds=1), "1ms"),
        (timedelta(milliseconds=12), "12ms"),
        (timedelta(milliseconds=999), "999ms"),
        (timedelta(milliseconds=999, microseconds=1), "1s"),
        (timedelta(seconds=1), "1s"),
        (timedelta(seconds=1.5), "1.5s"),
        (timedelta(seconds=1.001), "1.001s"),
        (timedelta(seconds=10), "10s"),
        (timedelta(seconds=59.999), "59.999s"),
        (timedelta(seconds=59.9991), "1m0s"),
        (timedelta(minutes=1), "1m0s"),
        (timedelta(minutes=6), "6m0s"),
        (timedelta(minutes=59, seconds=59.9), "59m59.9s"),
        (timedelta(hours=1), "1h0m0s"),
        (timedelta(hours=1, seconds=0.5), "1h0m0.5s"),
        (timedelta(hours=36), "36h0m0s"),
        (timedelta(days=31, minutes=20), "744h20m0s"),
    ],
)
def test_durations_are_written_as_go_writes_them(span: timedelta, text: str) -> None:
    assert go_duration(span) == text


@given(SPANS)
def test_go_reads_back_the_duration_rounded_up_to_a_millisecond(span: timedelta) -> None:
    milliseconds = -(-span // timedelta(milliseconds=1))

    assert parse_go(go_duration(span)) == timedelta(milliseconds=milliseconds)
