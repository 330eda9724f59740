"""A call of AWS ends in time, and an alarm that comes late harms nobody."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from botocore.exceptions import ReadTimeoutError

from model_catalog.aws_clients import within

SOON = 0.02  # seconds


def drips() -> None:
    """Go on for ever, as a reply does of which a byte comes now and then."""
    while True:
        with suppress(Exception):
            time.sleep(SOON)


def late() -> str:
    """Answer, but not soon."""
    time.sleep(2 * SOON)
    return "late"


@pytest.fixture(autouse=True)
def alarms() -> Iterator[list[int]]:
    """Note alarms that nobody asked for any more; none may be left behind."""
    alarms: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: alarms.append(number))
    yield alarms
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_call_in_time_returns_what_it_returns(alarms: list[int]) -> None:
    answer = within(SOON, lambda: "answer")
    time.sleep(2 * SOON)

    assert (answer, alarms) == ("answer", [])


def test_a_call_fails_as_it_fails(alarms: list[int]) -> None:
    empty: dict[str, str] = {}

    with pytest.raises(LookupError, match="mine"):
        within(SOON, lambda: empty["mine"])
    time.sleep(2 * SOON)

    assert alarms == []


def test_a_call_that_takes_too_long_is_ended_though_it_swallows_every_error() -> None:
    with pytest.raises(ReadTimeoutError, match=f"over {SOON} s"):
        within(SOON, drips)


def test_afterwards_an_alarm_goes_where_it_went_before(alarms: list[int]) -> None:
    with suppress(ReadTimeoutError):
        within(SOON, drips)

    signal.raise_signal(signal.SIGALRM)

    assert alarms == [signal.SIGALRM]


def test_where_nothing_can_be_interrupted_a_call_takes_its_time(alarms: list[int]) -> None:
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(within, SOON, late).result()

    assert (answer, alarms) == ("late", [])


def test_whenever_the_alarm_goes_off_a_call_is_either_over_or_out_of_time(
    alarms: list[int],
) -> None:
    answers = set()
    for _ in range(20):
        for microseconds in range(1, 200):
            try:
                answers.add(within(microseconds / 1e6, lambda: "in time"))
            except ReadTimeoutError:
                answers.add("late")

    assert (answers, alarms) == ({"in time", "late"}, [])
