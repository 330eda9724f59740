"""``modelctl`` itself: help, reference, completion, and how processes end."""

import io
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from localcloud.template import PROJECT
from modelctl import __main__
from modelctl.command_line import app
from modelctl.reference import reference
from support.documents import authored, document
from support.operator import Operator

COMMANDS = ("validate", "diff", "publish", "show", "history", "rollback", "import", "schema")
KEYS_COMMANDS = (
    *("create", "list", "show", "usage", "update", "disable", "enable", "revoke", "rotate"),
    *("delete", "allows", "test", "audit", "import"),
)


def modelctl(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run it as a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "modelctl", *arguments], check=False, **{**streams, **options}
    )


def help_of(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], prog_name="modelctl")
    assert result.exit_code == 0
    return result.stdout


def test_the_help_says_what_there_is_to_know() -> None:
    text = help_of()

    for fact in ("--stack NAME", "$BUCKET_NAME", "Exit codes:", ".local/aws.env", "--json"):
        assert fact in text
    assert [each for each in COMMANDS if each in help_of("registry")] == [*COMMANDS]
    assert [each for each in KEYS_COMMANDS if each in help_of("keys")] == [*KEYS_COMMANDS]


@pytest.mark.parametrize(
    "command",
    [*(("registry", each) for each in COMMANDS), *(("keys", each) for each in KEYS_COMMANDS)],
)
def test_every_command_serves_scripts_and_explains_itself(command: tuple[str, str]) -> None:
    text = help_of(*command)

    assert "--json" in text
    assert "--debug" in text
    assert "context" not in re.sub(r"\w*context_\w*", "", text)
    assert max(map(len, text.splitlines())) <= 80


def test_the_reference_is_what_help_prints() -> None:
    assert (PROJECT / "docs" / "modelctl.md").read_text() == reference()
    for arguments in (
        *((), ("keys",), ("registry",)),
        *(("keys", command) for command in KEYS_COMMANDS),
        *(("registry", command) for command in COMMANDS),
    ):
        assert f"```text\n{help_of(*arguments).rstrip()}\n```" in reference()


def test_it_tells_its_version() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert (result.exit_code, result.stdout) == (0, f"modelctl {version('model-catalog')}\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["registry", "publishh"], "Did you mean 'publish'?"),
        (["registry", "show", "--jsn"], "--json"),
        (["registry", "rollback"], "Missing argument 'VERSION'"),
        (["registry", "history", "--limit=0"], "--limit"),
        ([], "Usage: modelctl"),
        (["registry"], "Usage: modelctl registry"),
    ],
)
def test_wrong_usage_is_told_with_a_hint(arguments: list[str], hint: str) -> None:
    result = CliRunner().invoke(app, arguments, prog_name="modelctl")

    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr


def test_main_runs_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["modelctl", "--version"])

    with pytest.raises(SystemExit) as ended:
        __main__.main()

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("modelctl ")


def test_main_takes_whatever_standard_output_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.argv", ["modelctl", "registry", "schema", "--help"])
    monkeypatch.setattr("sys.stdout", out)

    with pytest.raises(SystemExit):
        __main__.main()

    assert out.getvalue().startswith("Usage: modelctl registry schema")


def test_an_interrupt_while_it_starts_ends_it_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelctl.command_line.app", interrupted)

    with pytest.raises(SystemExit) as ended:
        __main__.main()

    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_reader_that_goes_away_ends_it_silently(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        arguments = ["registry", "validate", str(operator.writes(document(authored("a"))))]
        with pytest.raises(SystemExit) as ended:
            app(arguments)

        assert ended.value.code == 141
        pipe.write("what comes after goes nowhere")


def test_the_process_ends_silently_when_nobody_reads(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"models": [' + "{}," * 5000 + "{}]}")
    reading, writing = os.pipe()
    os.close(reading)

    ended = modelctl("registry", "validate", str(tmp_path / "broken.json"), stdout=writing)
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (141, b"")


def with_streams(redirections: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run it from a shell that closes or leads elsewhere some of its streams."""
    return subprocess.run(  # noqa: S603 - our own program
        [
            "/bin/sh",
            "-c",
            f'"$@" {redirections}',
            "sh",
            sys.executable,
            "-m",
            "modelctl",
            *arguments,
        ],
        capture_output=True,
        check=False,
    )


def test_standard_input_that_is_closed_is_an_empty_one() -> None:
    closed = with_streams("<&-", "registry", "validate", "-")
    empty = with_streams("</dev/null", "registry", "validate", "-")

    assert closed.returncode == 1
    assert (closed.stdout, closed.stderr) == (empty.stdout, empty.stderr)


def test_nothing_is_done_if_standard_output_is_closed() -> None:
    ended = with_streams(">&-", "registry", "schema")

    assert ended.returncode == 2
    assert ended.stderr == b"Error: standard output is closed, and nobody would see the answer.\n"


def test_the_exit_code_tells_even_those_who_closed_every_stream() -> None:
    ended = with_streams(">&- 2>&- <&-", "registry", "schema")

    assert ended.returncode == 2


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_is_told_of(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text('{"models": []}')

    ended = with_streams(
        ">/dev/full", "registry", "validate", str(tmp_path / "registry.json"), *options
    )

    assert ended.returncode == 2
    assert ended.stderr == b"Error: No space left on device.\n"


def test_what_a_full_disk_did_not_take_goes_nowhere(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = operator.writes(document(authored("a")))
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(SystemExit) as ended:
            app(["registry", "validate", str(path), "--json"])

        assert ended.value.code == 2
        full.write("what comes after, too")


def test_streams_that_are_closed_are_stood_in_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setattr("sys.argv", ["modelctl", "--version"])

    with pytest.raises(SystemExit) as ended:
        __main__.main()

    assert not ended.value.code
    assert capsys.readouterr().out.startswith("modelctl ")
    assert sys.stdin.read() == ""
    assert sys.stderr.writable()


def test_a_closed_standard_output_ends_it_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout", None)

    with pytest.raises(SystemExit) as ended:
        __main__.main()

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Error: standard output is closed")


def opened_for_writing(fifo: Path) -> int:
    """Wait until somebody reads the pipe."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(OSError):
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.01)
    pytest.fail("nobody reads")


def interrupted(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Press Ctrl-C until it is heeded: between opening a file and reading it, Python does not."""
    for _ in range(20):
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=2)
    pytest.fail("Ctrl-C is not heeded")


@pytest.fixture
def heeded() -> Iterator[None]:
    """Have processes heed Ctrl-C even where the tests, run in the background, do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_ctrl_c_ends_the_process_in_a_line(tmp_path: Path) -> None:
    fifo = tmp_path / "never-written"
    os.mkfifo(fifo)
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "modelctl", "registry", "validate", str(fifo)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        writing = opened_for_writing(fifo)
        try:
            out, err = interrupted(process)
        finally:
            os.close(writing)

    assert (process.returncode, out, err) == (130, b"", b"Interrupted.\n")


def test_what_the_terminals_encoding_lacks_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "bücher.json"
    path.write_text('{"models": []}')

    ended = modelctl(
        "registry", "validate", str(path), env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )

    assert ended.returncode == 0
    assert b"b\\xfccher.json is valid" in ended.stdout


def test_colors_and_progress_appear_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text('{"models": []}')
    controller, terminal = pty.openpty()

    ended = modelctl(
        "registry",
        "validate",
        str(path),
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    shown = os.read(controller, 10_000)
    os.close(controller)

    assert ended.returncode == 0
    assert b"Checking the document" in shown
    assert b"\x1b[1;32m" in shown


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("modelctl ", {"doctor", "keys", "prune", "registry"}),
        ("modelctl registry ", {*COMMANDS}),
        ("modelctl registry publish --al", {"--allow-removals"}),
        ("modelctl registry import ", {"codex", "openrouter", "litellm", "openai"}),
    ],
)
def test_shells_complete_commands_options_and_catalogs(line: str, expected: set[str]) -> None:
    ended = modelctl(
        env={
            **os.environ,
            "_MODELCTL_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        }
    )

    assert {*ended.stdout.decode().split()} == expected


def test_help_and_completion_load_no_aws_library() -> None:
    script = "import sys, modelctl.command_line; print(*sys.modules)"

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", script], stdout=subprocess.PIPE, check=True
    )

    loaded = {*ended.stdout.decode().split()}
    assert "modelctl.registry_commands" in loaded
    assert not loaded & {"boto3", "botocore", "pydantic"}
