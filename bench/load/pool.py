"""The front: requests are due at fixed times, and go to whichever function is free.

As Lambda does, each function gets one request at a time. Unlike Lambda, the front starts no more
of them: what finds all busy waits in one queue, first come, first served.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from queue import SimpleQueue
from threading import Thread

from bench.load.answers import Answered, Reader
from bench.load.traffic import Asked

from support.lambda_emulator import Emulator

type Waiting = tuple[Asked, float] | None

_START = time.time() - time.monotonic()


def now() -> float:
    """Return Unix time that nobody sets back during a run."""
    return _START + time.monotonic()


class Pool:
    """Functions behind a queue.

    Attributes:
        functions: the functions, which may be asked past the queue once it is empty.
        answers: all answers so far, in the order of their arrival.
        depths: how many requests waited whenever another one came.
    """

    def __init__(self, functions: Sequence[Emulator], reader: Reader) -> None:
        self.functions = functions
        self.answers: list[Answered] = []
        self.depths: list[int] = []
        self._reader = reader
        self._queue = SimpleQueue[Waiting]()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Answer what is in the queue, and what comes into it until the block ends."""
        threads = [
            Thread(target=self._work, args=(number,)) for number in range(len(self.functions))
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for _ in threads:
                self._queue.put(None)
            for thread in threads:
                thread.join()

    def send(self, plan: Iterable[Asked]) -> None:
        """Put each request into the queue when it is due, whether others are answered or not."""
        start = now()
        for asked in plan:
            due = start + asked.due
            time.sleep(max(0, due - now()))
            self.depths.append(self._queue.qsize())
            self._queue.put((asked, due))

    def _work(self, number: int) -> None:
        while waiting := self._queue.get():
            self.answers.append(self.ask(number, *waiting))

    def ask(self, number: int, asked: Asked, due: float) -> Answered:
        """Ask one of the functions, now."""
        event = asked.event(self._reader.held(asked))
        sent = now()
        try:
            answer = self.functions[number].invoke(event)
        except (OSError, HTTPException) as error:
            answer = repr(error)
        received = now()
        return Answered(asked, number, due, sent, received, *self._reader.read(asked, answer))
