"""Signals and the loss of the parent process end the local cloud."""

import os
import signal
from collections.abc import Iterator

import pytest

from localcloud.stopping import SIGNALS, Stopped, Stopping


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_and_later_ones_do_not_disturb(number: int) -> None:
    Stopping().listen()

    with pytest.raises(Stopped):
        os.kill(os.getpid(), number)
    for later in SIGNALS:
        os.kill(os.getpid(), later)


def test_a_signal_that_python_swallowed_is_not_forgotten() -> None:
    stopping = Stopping()
    stopping.listen()
    with pytest.raises(Stopped):
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Stopped):
        stopping.wait()


def test_the_loss_of_the_parent_stops() -> None:
    parents = iter([7, 7, 7, 1])
    stopping = Stopping(getppid=lambda: next(parents))

    with pytest.raises(Stopped):
        stopping.wait(pause=0)

    assert next(parents, None) is None


def test_the_loss_of_the_terminal_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    there = iter([True, False, True, True, True, True, False])
    monkeypatch.setattr("os.isatty", lambda _: next(there))
    stopping = Stopping()

    with pytest.raises(Stopped):
        stopping.wait(pause=0)

    assert next(there, None) is None
