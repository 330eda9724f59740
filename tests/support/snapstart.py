"""The built artefact under SnapStart: the real runtime client, and as much of Lambda as it asks.

The emulator answers 404 where the client waits for the restore, so the runtime API is played here.
(Lambda Developer Guide, "Lambda SnapStart runtime hooks", and the client's own source.)
"""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from support.lambda_emulator import PYTHON, Artefact, lambda_environment

_API = "/2018-06-01/runtime"
_SECONDS = 30  # more than enough, even on a busy machine


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.asked_to_restore = threading.Event()
        self.restored = threading.Event()
        self.over = False
        self.events: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _RuntimeApi

    def do_GET(self) -> None:
        if self.path == f"{_API}/restore/next":
            self.server.asked_to_restore.set()
            self.server.restored.wait()
            content = b""
        else:
            content = json.dumps(self.server.events.get()).encode()
        if self.server.over:  # nobody is there any more
            self.close_connection = True
        else:
            self._answer(200, content)

    def do_POST(self) -> None:
        self.server.answers.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer(202, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("lambda-runtime-aws-request-id", "invocation")
        self.send_header("lambda-runtime-deadline-ms", str(int((time.time() + _SECONDS) * 1000)))
        arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
        self.send_header("lambda-runtime-invoked-function-arn", arn)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Instance:
    """One function, from its start to its snapshot, and on from there once it is restored."""

    process: subprocess.Popen[bytes]
    log: Path
    _api: _RuntimeApi

    def wait_for_snapshot(self) -> None:
        """Wait until its hooks have run, and it is ready to be frozen."""
        for _ in range(_SECONDS * 20):
            if self._api.asked_to_restore.wait(0.05):
                return
            if self.process.poll() is not None:
                break
        raise AssertionError(f"no snapshot was taken:\n{self.log.read_text()}")

    def restore(self) -> None:
        """Let it go on, as if it had been frozen in between."""
        self._api.restored.set()

    def invoke(self, event: object) -> Any:
        """Send one event and return the function's answer, or what it tells Lambda of a failure."""
        self._api.events.put(event)
        return self._api.answers.get(timeout=_SECONDS)

    @property
    def connected_to(self) -> set[int]:
        """Return the ports it is connected to, Lambda's own left out."""
        process = Path(f"/proc/{self.process.pid}")
        targets = [str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()]
        sockets = {target[8:-1] for target in targets if target.startswith("socket:[")}
        # The runtime client's own: it wakes itself up through a pair of them.
        local = {row[6] for row in _rows(process / "net" / "unix")}
        remote = {row[9]: int(row[2].partition(":")[2], 16) for row in _rows(process / "net/tcp")}
        return {remote[socket] for socket in sockets - local} - {self._api.server_port}


@contextmanager
def running_snapstart(
    artefact: Artefact, environment: Mapping[str, str], folder: Path
) -> Iterator[Instance]:
    """Start a function as Lambda does when a version with SnapStart is published."""
    log = folder / "snapstart.log"
    with _running_api() as api, log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the pinned runtime client
            [PYTHON, "-m", "awslambdaric", artefact.handler],
            cwd=artefact.code,
            env={
                **lambda_environment(artefact, environment, timeout_seconds=_SECONDS),
                "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Instance(process, log, api)
        finally:
            process.kill()
            process.wait()


@contextmanager
def _running_api() -> Iterator[_RuntimeApi]:
    with _RuntimeApi() as api:
        thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield api
        finally:
            api.over = True
            api.restored.set()  # for the threads that still wait
            api.events.put(None)
            api.shutdown()
            thread.join()


def _rows(table: Path) -> list[list[str]]:
    return [line.split() for line in table.read_text().splitlines()[1:]]
