"""``python -m localcloud``: what it prints, and what ends it."""

import http.client
import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from localcloud import __main__
from localcloud.cloud import KEYS_FILE, Serving
from localcloud.command import welcome
from localcloud.stopping import SIGNALS, Stopping
from support.ports import free_port

REGISTRY = {
    "codex_defaults": {"base_instructions": "Be brief."},
    "models": [{"id": "a", "display_name": "A", "context_window": 1000}],
}
SERVING = Serving(
    url="http://127.0.0.1:1",
    aws_endpoint_url="http://127.0.0.1:2",
    environment={},
    keys={name: f"sk-clb-{name:x<54}" for name in ("unrestricted", "restricted", "limited")},
    warnings=("models[0]: look",),
)
# What a developer's shell may hold, and must not matter.
REAL = {
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_PROFILE": "no-such-profile",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "local"


@pytest.fixture
def arguments(tmp_path: Path, folder: Path) -> list[str]:
    """Serve one model, which starts sooner than all of them."""
    registry = tmp_path / "models.json"
    registry.write_text(json.dumps(REGISTRY))
    return [f"--registry={registry}", f"--folder={folder}"]


@pytest.fixture
def handlers() -> Iterator[None]:
    """Put the signals' handlers back."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def ask(port: int, path: str = "/health") -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status


def call_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["localcloud", *arguments])
    __main__.main()


@contextmanager
def started(*arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[str]]:
    """Run it as a process of its own, in a group of its own."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "localcloud", *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | REAL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def port_served(output: IO[str] | None) -> int:
    """Read up to the last line of the welcome; return the port it names."""
    assert output is not None
    text = ""
    for line in iter(output.readline, ""):
        text += line
        if line.startswith("Stop with"):
            return int(re.findall(r"Serving on http://127\.0\.0\.1:(\d+)", text)[0])
    pytest.fail(f"It ended too early: {text}")


@pytest.mark.usefixtures("handlers")
def test_it_serves_until_interrupted(
    arguments: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = free_port()

    def wait(_: Stopping) -> None:
        assert ask(port) == 200
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Stopping, "wait", wait)

    call_main(monkeypatch, f"--port={port}", *arguments)

    printed = capsys.readouterr()
    assert f"Serving on http://127.0.0.1:{port}" in printed.out.splitlines()
    assert printed.out.splitlines()[-1] == "Stopped."
    assert re.search(r"GET /health 200 \d+ ms \d+ bytes", printed.out)
    assert printed.err == ""
    for secret in json.loads((folder / KEYS_FILE).read_text()).values():
        assert secret in printed.out


@pytest.mark.usefixtures("handlers")
def test_a_wrong_registry_is_refused_with_all_its_problems(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "models.json").write_text('{"models": [{"id": "a", "context_window": 1}]}')

    with pytest.raises(SystemExit) as stopped:
        call_main(monkeypatch, "--port=0", *arguments)

    printed = capsys.readouterr()
    assert stopped.value.code == 1
    assert printed.out == ""
    assert printed.err.startswith("models[0].display_name: ")
    assert printed.err.count("\n") == 1


@pytest.mark.usefixtures("handlers")
def test_a_folder_that_cannot_be_made_is_named(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "models.json" / "local"

    with pytest.raises(SystemExit) as stopped:
        call_main(monkeypatch, "--port=0", *arguments, f"--folder={folder}")

    printed = capsys.readouterr()
    assert stopped.value.code == 1
    assert printed.err.count("\n") == 1
    assert str(folder) in printed.err


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("wrong", ["--port=70000", "--port=x", "--registry=/absent"])
def test_an_option_nobody_can_use_is_refused(
    arguments: list[str],
    wrong: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_main(monkeypatch, *arguments, wrong)

    assert stopped.value.code == 2
    assert wrong.partition("=")[0] in capsys.readouterr().err


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_secrets_can_be_copied_whatever_the_terminal(columns: int, folder: Path) -> None:
    lines = welcome(SERVING, folder, columns=columns).splitlines()

    for name, secret in SERVING.keys.items():
        assert [name, secret] in [line.split() for line in lines]


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_the_curl_line_can_be_pasted_whatever_the_terminal(columns: int, folder: Path) -> None:
    lines = welcome(SERVING, folder, columns=columns).splitlines()

    [curl] = [line for line in lines if "Bearer" in line]
    header = f"Authorization: Bearer {SERVING.keys['unrestricted']}"
    assert shlex.split(curl) == ["curl", "-s", "-H", header, "http://127.0.0.1:1/v1/models"]


def test_the_welcome_leads_to_the_page(folder: Path) -> None:
    assert "the page at http://127.0.0.1:1/ " in welcome(SERVING, folder, columns=80)


def test_warnings_come_first(folder: Path) -> None:
    assert welcome(SERVING, folder, columns=80).startswith("Warning: models[0]: look\nServing")


def test_files_are_named_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    inside = welcome(SERVING, tmp_path / ".local", columns=80)
    outside = welcome(SERVING, Path("/elsewhere/my keys"), columns=80)

    assert ". ./.local/aws.env" in inside
    assert ". '/elsewhere/my keys/aws.env'" in outside


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_process_and_nothing_is_left(
    arguments: list[str], number: signal.Signals
) -> None:
    with started("--port=0", *arguments) as process:
        port = port_served(process.stdout)
        assert ask(port) == 200

        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 0
    assert out.endswith("Stopped.\n")
    assert err == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_signal_while_it_starts_ends_it_as_well(arguments: list[str]) -> None:
    with started("--port=0", *arguments) as process:
        until = time.monotonic() + 30
        while time.monotonic() < until and not catches_interrupts(process.pid):
            time.sleep(0.01)

        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (0, "Stopped.\n", "")


def catches_interrupts(pid: int) -> bool:
    """Tell whether the process has come so far as to handle SIGHUP."""
    [caught] = re.findall(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return bool(int(caught, 16) >> (signal.SIGHUP - 1) & 1)


def test_a_port_that_is_taken_is_one_sentence_on_standard_error(arguments: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(f"--port={port}", *arguments) as process:
            out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert str(port) in err
    assert "make run PORT=" in err


def test_requests_go_on_when_nobody_reads_what_is_printed(arguments: list[str]) -> None:
    with started("--port=0", *arguments) as process:
        assert process.stdout is not None
        port = port_served(process.stdout)
        process.stdout.close()

        assert [ask(port) for _ in range(3)] == [200, 200, 200]
        assert [ask(port, "/v1/models") for _ in range(3)] == [401, 401, 401]
        process.terminate()
        assert process.wait(30) == 0


def test_it_does_not_outlive_its_terminal(arguments: list[str]) -> None:
    keyboard, terminal = pty.openpty()
    with started("--port=0", *arguments, stdin=terminal) as process:
        os.close(terminal)
        port_served(process.stdout)

        os.close(keyboard)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (0, "Stopped.\n", "")


def test_it_does_not_outlive_whoever_started_it(arguments: list[str]) -> None:
    parent = "import subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]])"
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", parent, "-m", "localcloud", "--port=0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        port = port_served(process.stdout)
        assert ask(port) == 200

        process.kill()
        rest = process.stdout.read()  # until the last who could write to it is gone

    assert rest.endswith("Stopped.\n")
    with pytest.raises(ConnectionRefusedError):
        ask(port)
