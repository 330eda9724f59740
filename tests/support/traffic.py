"""Requests that go on all the time: before something goes wrong, meanwhile and afterwards."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from support.live_functions import Instance, Told

_PAUSE = 0.02  # seconds between two requests to the same function: the machine has others to serve
_PATIENCE = 60  # seconds until somebody is told that it does not go on


@dataclass(frozen=True)
class Sent:
    """One request: who sent it to which function, and what came of it."""

    role: str
    instance: int
    told: Told


@dataclass
class Traffic:
    """As many callers as there are functions, who take turns in their roles."""

    instances: Sequence[Instance]
    secrets: Mapping[str, str]
    sent: list[Sent] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def flowing(self) -> Iterator["Traffic"]:
        """Send requests until left."""
        callers = [
            threading.Thread(target=self._call, args=(number,))
            for number in range(len(self.instances))
        ]
        for caller in callers:
            caller.start()
        try:
            yield self
        finally:
            self._over.set()
            for caller in callers:
                caller.join()
        if self.failures:
            raise self.failures[0]

    def wait(
        self, seconds: float, answers: int, good: Callable[[Sent], bool] | None = None
    ) -> None:
        """Wait so long, and until each function gave so many answers, to requests from now on."""
        counted: Counter[int] = Counter()
        begun, since = time.monotonic(), self.instances[0].time.passed
        while time.monotonic() - begun < _PATIENCE and not self.failures:
            time.sleep(0.01)
            counted = Counter(
                each.instance
                for each in list(self.sent)
                if each.told.started >= since and (good is None or good(each))
            )
            enough = all(counted[number] >= answers for number in range(len(self.instances)))
            if enough and time.monotonic() - begun >= seconds:
                return
        raise AssertionError(f"after a minute there were only {counted} answers")

    def _call(self, number: int) -> None:
        instance = self.instances[number]
        roles = cycle(self.secrets)
        for _ in range(number):  # so that not all play the same at once
            next(roles)
        try:
            while not self._over.wait(_PAUSE):
                role = next(roles)
                told = instance.ask(self.secrets[role])
                self.sent.append(Sent(role, number, told))
        except Exception as error:  # noqa: BLE001 - raised again where it is seen
            self.failures.append(error)
