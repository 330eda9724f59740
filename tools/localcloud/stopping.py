"""Stopping when asked to, or when whoever started this process is gone."""

import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill, a closed terminal


class Stopped(BaseException):
    """Somebody wants this process to end; no Exception, so that nobody reports it as an error."""


class Stopping:
    """Turns the first signal into ``Stopped``; later ones do not disturb the cleaning up."""

    def __init__(self, getppid: Callable[[], int] = os.getppid) -> None:
        self._getppid = getppid
        self._parent = getppid()
        self._terminals = [fd for fd in range(3) if os.isatty(fd)]
        self._asked = False

    def listen(self) -> None:
        """Take over the signals."""
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def wait(self, pause: float = 1.0) -> NoReturn:
        """Wait for a signal, or for the parent process or the terminal to be gone.

        A closed terminal signals the first process in it only; if that is ``make``, it waits for
        this one and passes nothing on.

        Raises:
            Stopped: always, in the end; also if it was raised before where Python ignores it.
        """
        while not self._asked and self._has_company():
            time.sleep(pause)
        raise Stopped

    def _has_company(self) -> bool:
        return self._getppid() == self._parent and all(map(os.isatty, self._terminals))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._asked:
            self._asked = True
            raise Stopped
