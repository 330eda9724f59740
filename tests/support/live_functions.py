"""Instances of the functions with their AWS clients as deployed, and time told by the test."""

import base64
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from localcloud.template import PROJECT
from support.builders import event
from support.clock import NOON


class DiedError(Exception):
    """The function's process is gone."""


class Time:
    """The functions' time: it runs on with ours, faster if asked to, and jumps when it is told."""

    def __init__(self) -> None:
        self._passed, self._since, self._speed = 1000.0, time.monotonic(), 1.0

    @property
    def passed(self) -> float:
        """Return the seconds the functions have lived through, their monotonic clock."""
        return self._passed + (time.monotonic() - self._since) * self._speed

    @property
    def now(self) -> datetime:
        """Return the moment it is for them."""
        return NOON + timedelta(seconds=self.passed)

    def jump(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._passed, self._since = self.passed + seconds, time.monotonic()

    def run_at(self, speed: float) -> None:
        """Go on so many times as fast as ours."""
        self._passed, self._since, self._speed = self.passed, time.monotonic(), speed


@dataclass(frozen=True)
class Told:
    """What came of one act of a function.

    Attributes:
        answer: what it returned.
        raised: the name of what it raised instead.
        printed: the JSON documents it printed.
        started: when it was asked, in seconds of the functions' time.
        ended: when it had answered.
        seconds: how long it took, in ours.
    """

    answer: Any
    raised: str | None
    printed: Sequence[Mapping[str, Any]]
    started: float
    ended: float
    seconds: float

    @property
    def status(self) -> int:
        status: int = self.answer["statusCode"]
        return status

    @property
    def headers(self) -> Mapping[str, str]:
        headers: Mapping[str, str] = self.answer["headers"]
        return headers

    @property
    def json(self) -> Any:
        text = self.answer["body"]
        if self.answer["isBase64Encoded"]:
            text = gzip.decompress(base64.b64decode(text)).decode()
        return json.loads(text)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the models listed."""
        return tuple(model["id"] for model in self.json["data"])

    @property
    def metrics(self) -> set[str]:
        """Return the names of what was counted."""
        return {
            metric["Name"]
            for line in self.printed
            if "_aws" in line
            for directive in line["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]
        }


@dataclass
class Instance:
    """One warm function: whoever asks waits until it is free.

    Attributes:
        ahead: seconds that its wall clock is ahead of the others'.
        hurried: seconds that its monotonic clock is ahead of the others'.
    """

    process: subprocess.Popen[str]
    time: Time
    ahead: float = 0
    hurried: float = 0
    _lock: Lock = field(default_factory=Lock)

    def act(self, act: str, *arguments: object) -> Told:
        """Have it do something.

        Raises:
            DiedError: it did not survive that.
        """
        with self._lock:
            started, since = self.time.passed, time.monotonic()
            now = self.time.now + timedelta(seconds=self.ahead)
            sent = {"act": act, "arguments": arguments, "now": now.isoformat()}
            reply = self._exchange({**sent, "monotonic": started + self.hurried})
            seconds = time.monotonic() - since
        printed = [json.loads(line) for line in reply["printed"].split("\n")[:-1]]
        told = (reply.get("answer"), reply.get("raised"), printed)
        return Told(*told, started=started, ended=self.time.passed, seconds=seconds)

    def ask(self, secret: str, path: str = "/v1/models", **headers: str) -> Told:
        """Send one request."""
        sent = event(path, headers={"authorization": f"Bearer {secret}", **headers})
        return self.act("invoke", sent)

    def _exchange(self, sent: Mapping[str, object]) -> dict[str, Any]:
        stdin, stdout = cast("IO[str]", self.process.stdin), cast("IO[str]", self.process.stdout)
        try:
            stdin.write(json.dumps(sent) + "\n")
            stdin.flush()
        except OSError as error:
            raise DiedError from error
        line = stdout.readline()
        if not line.endswith("\n"):
            raise DiedError
        reply: dict[str, Any] = json.loads(line)
        return reply


@contextmanager
def running(
    function: str,
    number: int,
    environment: Mapping[str, str],
    log: Path,
    *,
    code: Path | None = None,
    clock: Time | None = None,
) -> Iterator[Sequence[Instance]]:
    """Run so many instances of ``api`` or ``publisher``; ``code`` comes before our own."""
    clock = clock or Time()
    search = [str(PROJECT / "tests")] if code is None else [str(code), str(PROJECT / "tests")]
    with ExitStack() as stack, log.open("ab") as output:
        instances = []
        for _ in range(number):
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "support.live_function", function],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(search), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )
            instances.append(Instance(stack.enter_context(process), clock))
            stack.callback(_end, process)
        for instance in instances:
            instance.act("wait")
        yield instances


def _end(process: subprocess.Popen[str]) -> None:
    """End it; what hangs in a request would take its time otherwise."""
    process.kill()
