"""What a page shows is taken apart into the commands somebody would type, one after the other."""

import os
from pathlib import Path

import pytest

from support.markdown import Block, Page
from support.page_shell import Command, PageShell, commands, shows

TYPED = """\
# a comment of its own
export A=1    # and one beside it

for each in a b; do
  echo "$each"
done
cat <<'EOF' |
x \\
EOF
  sort
false      # exit code 1: nothing is there"""


@pytest.fixture
def shell(tmp_path: Path) -> PageShell:
    return PageShell(tmp_path, {"PATH": os.environ["PATH"]})


def of(text: str) -> list[Command]:
    return list(commands([Block("sh", text, "page.md", 10)]))


def test_a_command_ends_where_a_shell_would_run_it() -> None:
    exported, looped, piped, failed = of(TYPED)

    assert exported.bare == "export A=1"
    assert looped.text.splitlines()[0] == "for each in a b; do"
    assert piped.text.splitlines()[-1] == "  sort"
    assert [each.exit_code for each in (exported, looped, piped, failed)] == [0, 0, 0, 1]
    assert [each.program for each in (exported, looped, piped)] == ["export", "for", "cat"]
    assert exported.place == "page.md:12"


def test_what_a_shell_would_wait_after_is_no_command() -> None:
    with pytest.raises(AssertionError, match=r"page\.md:10: the shell waits for more"):
        of("for each in a b; do")


def test_what_is_shown_right_below_belongs_to_the_last_command(tmp_path: Path) -> None:
    page = Page(str(tmp_path / "page.md"))
    page.path.write_text("```sh\na\nb\n```\n\n```text\nc\n```\n\nElse:\n\n```text\nd\n```\n")

    first, last = commands(page.blocks)

    assert (first.shown, last.shown) == ((), ("c",))


def test_commands_share_a_shell_and_stop_at_the_first_that_fails(shell: PageShell) -> None:
    typed = of("export A=1\necho $A\nfalse  # exit code 1\nfalse | true\necho never")

    ran = shell.run([(each, each.text) for each in typed])

    assert [each.code for each in ran] == [0, 0, 1, 1]
    assert ran[1].output == "1\n"


@pytest.mark.parametrize(("line", "shown"), [("a  b…d", True), ("b … d", True), ("a d", False)])
def test_an_ellipsis_stands_for_anything(line: str, shown: bool) -> None:  # noqa: FBT001 - data
    assert shows("x\na b c d\n", line) == shown
