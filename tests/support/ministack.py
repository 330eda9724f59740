"""ministack: an embedded AWS whose conditional writes are atomic, as a process of its own."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localcloud.template import PROJECT
from support.ports import free_port

PROGRAM = PROJECT / ".venv-ministack" / "bin" / "ministack"


@contextmanager
def running_ministack(folder: Path, **settings: str) -> Iterator[str]:
    """Run ministack on a free port and yield its URL; whatever it starts ends with it.

    It logs to ``log.txt`` in ``folder``. ``settings`` are further variables that it reads: with
    ``USE_SSL="1"`` it makes the certificate that ``certificate`` names, and all is encrypted.
    """
    port, log = free_port(), folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the pinned program
            [PROGRAM],
            cwd=folder,
            env=_environment(port, folder) | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a process group of its own, to be ended as a whole
        )
    try:
        _wait_for(port, process, log)
        yield f"{'https' if 'USE_SSL' in settings else 'http'}://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def certificate(folder: Path) -> Path:
    """Return what to trust of a ministack that runs in ``folder``."""
    return folder / "ministack-tls" / "server.crt"


def clear(url: str) -> None:
    """Drop whatever ministack holds."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", "/_ministack/reset")
        assert connection.getresponse().status == http.HTTPStatus.OK
    finally:
        connection.close()


def _environment(port: int, folder: Path) -> dict[str, str]:
    """Return all it is to know: the functions it runs would find more in their environment too."""
    return {
        "PATH": os.environ["PATH"],
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "LAMBDA_EXECUTOR": "local",
        "TMPDIR": str(folder),
    }


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"ministack did not start:\n{log.read_text()}")
