"""The built artefact under AWS's own runtime interface emulator and runtime client.

The emulator comes in SAM's package. It runs one invocation at a time, and starts the function with
the first one, as Lambda does on demand. That start counts toward the first invocation's time-out.
"""

import http.client
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.template import PROJECT, Template
from support.ports import free_port

BUILT = PROJECT / ".aws-sam" / "here" / "build"  # by `make build-here`
PYTHON = PROJECT / ".venv-lambda" / "bin" / "python"  # the runtime client and nothing else
_PROGRAMS = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_INVOKE = "/2015-03-31/functions/function/invocations"
_PLATFORM_LINES = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")


def why_not_here() -> str | None:
    """Return why the emulator cannot run on this machine, or None if it can."""
    if sys.platform != "linux" or platform.machine() not in _PROGRAMS:
        return "the Lambda emulator runs on Linux only, on x86-64 and arm64"
    return None


@dataclass(frozen=True)
class Artefact:
    """A built function with its layers, as one folder each."""

    code: Path
    layers: tuple[Path, ...]
    handler: str = "handler.lambda_handler"

    @classmethod
    def of(cls, function: str, built: Path = BUILT) -> "Artefact":
        """Find what was built for a function of the template."""
        described = Template.load(built / "template.yaml").function(function)
        layers = [built / layer["Ref"] for layer in described["Layers"]]
        code = built / function
        return cls(code, tuple(layer / "python" for layer in layers), described["Handler"])


@dataclass(frozen=True)
class Emulator:
    """One running function."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path
    log: Path

    def invoke(self, event: object) -> Any:
        """Send one event and return the function's answer, or what Lambda says of its failure."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", _INVOKE, body=json.dumps(event))
            answer = connection.getresponse().read().decode()
        finally:
            connection.close()
        try:
            return json.loads(answer)
        except ValueError:  # the emulator's own words: of a time-out, say
            return answer

    @property
    def text(self) -> str:
        """Return all that was logged, by the function and about it."""
        return self.output.read_text("utf-8", "replace") + self.log.read_text("utf-8", "replace")

    @property
    def printed(self) -> str:
        """Return what the function printed, and the runtime client in its name."""
        lines = self.output.read_text("utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(_PLATFORM_LINES))

    @property
    def init_milliseconds(self) -> list[float]:
        """Return how long each start took; a second one follows a first that failed."""
        found = re.findall(r"INIT REPORT\(durationMs: ([0-9.]+)", self.text)
        return [float(milliseconds) for milliseconds in found]

    @property
    def function_pid(self) -> int:
        """Return the process the function runs in, a child of the emulator's."""
        (pid,) = children_of(self.process.pid)
        return pid


def children_of(parent: int) -> list[int]:
    """Return the living children of a process, by what each of them says of its parent.

    ``/proc/…/children`` misses a child whose thread ends while it is read (proc(5)): it then
    goes to another thread of its parent.
    """
    children = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, its_parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # ended meanwhile
        if int(its_parent) == parent and state != "Z":
            children.append(int(status.parent.name))
    return children


@contextmanager
def running_emulator(
    artefact: Artefact, environment: Mapping[str, str], folder: Path, *, timeout_seconds: int = 10
) -> Iterator[Emulator]:
    """Run a function as Lambda would; it starts with the first event."""
    port, runtime_port = free_port(), free_port()
    output, log = folder / f"function-{port}.log", folder / f"emulator-{port}.log"
    with output.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - the pinned program
            [
                _program(),
                f"--runtime-interface-emulator-address=127.0.0.1:{port}",
                f"--runtime-api-address=127.0.0.1:{runtime_port}",
                "--log-level=debug",
                PYTHON,
                "-m",
                "awslambdaric",
                artefact.handler,
            ],
            cwd=artefact.code,
            env=lambda_environment(artefact, environment, timeout_seconds),
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        _wait_for(port, process, log)
        yield Emulator(process, port, output, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def lambda_environment(
    artefact: Artefact, environment: Mapping[str, str], timeout_seconds: int
) -> dict[str, str]:
    """Return what Lambda sets, and nothing of this process's environment but the path."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, artefact.layers)),
        "LAMBDA_TASK_ROOT": str(artefact.code),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        **environment,
    }


def _program() -> Path:
    suffix = _PROGRAMS[platform.machine()]
    (found,) = (PROJECT / ".venv-sam").glob(f"lib/*/site-packages/samcli/local/rapid/*-{suffix}")
    return found


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"the emulator did not start:\n{log.read_text()}")
