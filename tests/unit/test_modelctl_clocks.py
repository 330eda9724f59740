"""The clocks commands read when nobody turns them."""

from datetime import UTC, datetime, timedelta

from modelctl.clocks import Clocks


def test_the_time_of_day_is_utc() -> None:
    now = Clocks().now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_waiting_takes_time() -> None:
    clocks = Clocks()
    before = clocks.monotonic()

    clocks.sleep(0.01)

    assert clocks.monotonic() - before >= 0.01
