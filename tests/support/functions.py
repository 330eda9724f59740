"""Several instances of the function at once, each a process of its own, as Lambda runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

from localcloud.template import PROJECT
from support.builders import event


@dataclass
class Instance:
    """One warm function: whoever asks waits until it is free."""

    process: subprocess.Popen[str]
    _lock: Lock = field(default_factory=Lock)

    def ask(self, secret: str, now: datetime, path: str = "/v1/models") -> dict[str, Any]:
        """Send one request that happens at ``now``; return the function's answer."""
        sent = event(path, headers={"authorization": f"Bearer {secret}"})
        with self._lock:
            stdin, stdout = (
                cast("IO[str]", self.process.stdin),
                cast("IO[str]", self.process.stdout),
            )
            stdin.write(json.dumps({"event": sent, "now": now.isoformat()}) + "\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
        return answer


@contextmanager
def running_functions(
    number: int, environment: Mapping[str, str], log: Path
) -> Iterator[Sequence[Instance]]:
    """Run as many instances in ``environment``; what they log goes to one file."""
    with ExitStack() as running, log.open("wb") as output:
        instances = [
            Instance(running.enter_context(_process(environment, output))) for _ in range(number)
        ]
        try:
            yield instances
        finally:
            for instance in instances:
                cast("IO[str]", instance.process.stdin).close()  # which ends it


def _process(environment: Mapping[str, str], output: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "support.function_process"],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "tests"), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=output,
        text=True,
    )
