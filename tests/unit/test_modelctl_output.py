"""What goes where, and how it looks on a terminal and elsewhere."""

import io
import json
import re

import pytest

from modelctl.output import Output, line, printable, table


class Terminal(io.StringIO):
    """A stream somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")


def test_people_get_text_and_scripts_get_json() -> None:
    to_people, to_scripts = io.StringIO(), io.StringIO()

    for stream in (to_people, to_scripts):
        Output(as_json=stream is to_scripts, stdout=stream).answer({"a": "ü"}, line("text"))

    assert to_people.getvalue() == "text\n"
    assert json.loads(to_scripts.getvalue()) == {"a": "ü"}
    assert to_scripts.getvalue().isascii()


def test_notes_go_to_standard_error() -> None:
    out, err = io.StringIO(), io.StringIO()

    Output(as_json=True, stdout=out, stderr=err).note(line("one"), line("two", "red"))

    assert (out.getvalue(), err.getvalue()) == ("", "one\ntwo\n")


def test_colors_are_for_terminals() -> None:
    terminal, file = Terminal(), io.StringIO()

    for stream in (terminal, file):
        Output(as_json=False, stdout=stream).answer({}, line("plain"), line("good", "green"))

    assert terminal.getvalue() == "plain\n\x1b[32mgood\x1b[0m\n"
    assert file.getvalue() == "plain\ngood\n"


def test_colors_can_be_refused_but_not_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    file = io.StringIO()
    Output(as_json=False, stdout=file).answer({}, line("good", "green"))
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    Output(as_json=False, stdout=terminal).answer({}, line("good", "green"))

    assert (file.getvalue(), terminal.getvalue()) == ("good\n", "good\n")


def test_what_a_terminal_could_act_upon_is_escaped() -> None:
    assert printable("ü 日本 a\\b") == "ü 日本 a\\b"
    assert printable("a\x1b[31m\nb\u202ec") == "a\\x1b[31m\\nb\\u202ec"
    assert line("[red]\x07[/red]").plain == "[red]\\x07[/red]"


def test_a_table_is_folded_on_terminals_only() -> None:
    wide = table(("Name", "Text"), [("a", "long " * 20), ("\x1b", "short")])
    terminal, file = Terminal(), io.StringIO()

    for stream in (terminal, file):
        Output(as_json=False, stdout=stream).answer({}, wide)

    header, first, second = file.getvalue().splitlines()
    assert header == "Name  Text"
    assert first == "a     " + ("long " * 20).rstrip()
    assert second == "\\x1b  short"
    shown = re.sub(r"\x1b\[\d*m", "", terminal.getvalue()).splitlines()
    assert len(shown) == 5
    assert max(map(len, shown)) <= 40


def test_a_table_needs_no_headers() -> None:
    file = io.StringIO()

    Output(as_json=False, stdout=file).answer({}, table(("", ""), [("a", "1"), ("bb", "2")]))

    assert file.getvalue() == "a   1\nbb  2\n"


def test_progress_is_shown_on_terminals_only() -> None:
    terminal, file = Terminal(), io.StringIO()

    for stream in (terminal, file):
        with Output(as_json=True, stdout=io.StringIO(), stderr=stream).progress("Going") as tell:
            tell("1 of 2")

    assert "Going: 1 of 2" in terminal.getvalue()
    assert file.getvalue() == ""


@pytest.mark.parametrize(
    ("answer", "sure"), [("y\n", True), (" YES \n", True), ("n\n", False), ("", False)]
)
def test_only_a_yes_is_a_yes(answer: str, sure: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a case
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    assert Output(as_json=True, stdout=out, stderr=err).ask("Sure?") is sure

    assert (out.getvalue(), err.getvalue()) == ("", "Sure? [y/N] ")
