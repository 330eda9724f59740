"""The access log tells what was asked, and nothing that must stay secret."""

import os
import re

import pytest

from localcloud.access_log import Access, say


def access(method: str = "GET", target: str = "/v1/models") -> Access:
    return Access(method=method, target=target, status=200, seconds=0.0123, size=456)


def test_a_line_tells_time_method_path_status_milliseconds_and_bytes() -> None:
    line = str(access())

    assert re.fullmatch(r"\d\d:\d\d:\d\d GET /v1/models 200 12 ms 456 bytes", line)


@pytest.mark.parametrize(
    "target",
    [
        "/v1/models?api_key=sk-clb-0123456789abcdef",
        "/v1/models/sk-clb-0123456789abcdef",
        "/SK-CLB-0123456789%61bcdef/x",
    ],
)
def test_secrets_in_the_wrong_place_are_hidden(target: str) -> None:
    assert "0123" not in str(access(target=target))


def test_a_query_is_not_logged() -> None:
    assert "?" not in str(access(target="/v1/models?password=hunter2"))


def test_control_characters_and_other_scripts_are_escaped() -> None:
    line = str(access("G\x1b[2J", "/a\x1b]0;x\x07\x85\N{RIGHT-TO-LEFT OVERRIDE}\r\n"))

    assert line.isascii()
    assert line.isprintable()
    assert r"G\x1b[2J /a\x1b]0;x\x07\x85\u202e\r\n" in line


def test_a_request_that_could_not_be_read_has_a_line_too() -> None:
    assert " - - 200 " in str(access("", ""))


def test_a_line_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    say("one line")

    assert capsys.readouterr().out == "one line\n"


def test_nothing_happens_when_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)

        say("into the void")
        say("and again")


def test_nothing_happens_without_a_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)

    say("into the void")
