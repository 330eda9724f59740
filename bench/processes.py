"""The processes that are measured, and what stands for AWS beside them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.functions import ENVIRONMENT

from localcloud.template import PROJECT
from support.lambda_emulator import Artefact

_HERE = Path(__file__).parent
_LAMBDA_PYTHON = PROJECT / ".venv-lambda" / "bin" / "python"
_PEAK, _RESIDENT = "VmHWM", "VmRSS"


@dataclass(frozen=True, slots=True)
class Block:
    """What one block of requests took: CPU seconds per request, and what the last one got."""

    handler: float
    runtime: float
    status: int
    etag: str | None
    characters: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A function in a process of its own; see worker.py."""

    process: subprocess.Popen[str]

    def block(self, event: Mapping[str, Any], requests: int) -> Block:
        """Send the same event so many times."""
        return Block(**self._ask({"event": json.dumps(event), "requests": requests}))

    def calls(self) -> dict[str, int]:
        """Return the calls made so far, by operation and status."""
        return self._ask({"calls": True})

    def _ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None  # noqa: S101 - a pipe
        assert self.process.stdout is not None  # noqa: S101 - likewise
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the function ended; what it said stands above")
        told: dict[str, Any] = json.loads(answer)
        return told


@contextmanager
def running_worker(artefact: Artefact, **environment: str) -> Iterator[Worker]:
    """Run a function as a worker until the caller is done with it."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        # -P, or this folder's modules come before everybody's.
        [_LAMBDA_PYTHON, "-P", _HERE / "worker.py"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, (artefact.code, *artefact.layers))),
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            **ENVIRONMENT,
            **environment,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with ended(process):
        yield Worker(process)


@contextmanager
def running_replier(folder: Path) -> Iterator[str]:
    """Run what stands for AWS, serving ``folder``; the value is its endpoint."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, _HERE / "replier.py", folder], stdout=subprocess.PIPE, text=True
    )
    with ended(process):
        assert process.stdout is not None  # noqa: S101 - a pipe
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """End a process with its block."""
    with process:
        try:
            yield
        finally:
            process.kill()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has taken, to the nanosecond.

    Linux keeps a clock for every process, which clock_getcpuclockid(3) names by this formula;
    /proc/PID/stat has the same, in hundredths of a second.
    """
    return time.clock_gettime(~pid << 3 | 2)


def peak_megabytes(pid: int) -> float:
    """Return the most memory a process has had at once."""
    return _megabytes(pid, _PEAK)


def resident_megabytes(pid: int) -> float:
    """Return the memory a process has now."""
    return _megabytes(pid, _RESIDENT)


def _megabytes(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)
