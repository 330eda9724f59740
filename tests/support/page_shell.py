"""The shell of somebody who types, from top to bottom, what a page shows."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from localcloud.template import PROJECT
from support.markdown import Block

FALLBACKS = PROJECT / "tests" / "support" / "fallbacks"  # of programs a machine may lack
_PROMISED = re.compile(r"#.*\bexit code (\d+)")
_COMMENT = re.compile(r"\s+# .*$")


@dataclass(frozen=True)
class Command:
    """One command of a page, which may take several lines, and what the page says comes of it."""

    text: str
    place: str
    shown: tuple[str, ...] = ()

    @property
    def bare(self) -> str:
        """Return the command without the comments beside it."""
        return "\n".join(_COMMENT.sub("", line) for line in self.text.splitlines())

    @property
    def exit_code(self) -> int:
        promised = _PROMISED.search(self.text)
        return int(promised[1]) if promised else 0

    @property
    def program(self) -> str:
        """Return what is run, or the whole of an assignment's left side."""
        found = re.match(r"\w+=|[^\s;=()]+", self.text)
        assert found is not None
        return found[0]


def commands(blocks: Sequence[Block]) -> Iterator[Command]:
    """Take the shell's blocks apart; what a `text` block right below one shows belongs to it."""
    for block, below in pairwise([*blocks, None]):
        assert block is not None
        if block.language == "sh":
            shown = (
                below.text if below and (below.language, below.follows) == ("text", "sh") else ""
            )
            found = list(_apart(block))
            yield from found[:-1]
            yield Command(found[-1].text, found[-1].place, tuple(shown.splitlines()))


def _apart(block: Block) -> Iterator[Command]:
    lines: list[str] = []
    for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
        if not lines and (not line.strip() or line.startswith("#")):
            continue
        lines.append(line)
        if _is_whole("\n".join(lines)):
            yield Command("\n".join(lines), f"{block.page}:{number}")
            lines = []
    assert not lines, f"{block.place}: the shell waits for more after {lines}"


def _is_whole(text: str) -> bool:
    """Tell whether a shell would run this rather than ask for more."""
    if text.endswith("\\"):
        return False
    read = subprocess.run(
        ["bash", "-n"],  # noqa: S607 - whichever bash
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return read.returncode == 0 and not read.stderr


@dataclass(frozen=True)
class Ran:
    """A command that was run, and what it printed."""

    command: Command
    code: int
    output: str


@dataclass(frozen=True)
class PageShell:
    """A copy of the project, and a shell in it in which all of a page's commands are run."""

    folder: Path
    environment: Mapping[str, str]

    def stand_in(self, program: str, script: str) -> None:
        """Let ``program`` be ``script``, a shell's."""
        path = self.folder / ".stand-ins" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, typed: Sequence[tuple[Command, str]]) -> list[Ran]:
        """Run commands, each as it is really typed, up to the first that does not end as it said.

        They share one shell, so what one exports or defines the next one has. Whatever asks whether
        it shall go on hears yes.
        """
        outputs = self.folder / ".outputs"
        outputs.mkdir()
        agreement = outputs / "y"
        agreement.write_text("y\n")
        script = ["set -o pipefail"]
        for number, (command, text) in enumerate(typed):
            script += [
                f"{{ {text}\n}} < '{agreement}' > '{outputs}/{number}' 2>&1",
                f"code=$?; echo \"$code\" > '{outputs}/{number}.code'",
                f'[ "$code" = {command.exit_code} ] || exit',
            ]
        subprocess.run(  # noqa: S603 - what our own pages show
            ["bash", "-c", "\n".join(script)],  # noqa: S607 - whichever bash
            cwd=self.folder,
            env=self.environment,
            check=False,
            timeout=600,
        )
        return [
            Ran(command, int(code.read_text()), (outputs / str(number)).read_text())
            for number, (command, _) in enumerate(typed)
            if (code := outputs / f"{number}.code").exists()
        ]


def page_shell(folder: Path) -> PageShell:
    """Copy what git would hand out, and link the environments that `make` has made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the user's git
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name, follow_symlinks=False)
    for made in [*PROJECT.glob(".venv*"), PROJECT / ".aws-sam"]:
        (folder / made.name).symlink_to(made)
    places = (folder / ".stand-ins", Path(sys.executable).parent)
    environment = {
        "PATH": os.pathsep.join([*map(str, places), os.environ["PATH"], str(FALLBACKS)]),
        "HOME": str(folder),
        "EDITOR": "touch",
        "DATABASE_URL": "postgresql:///codex_lb",
    }
    return PageShell(folder, environment)


def shows(output: str, line: str) -> bool:
    """Tell whether a line that a page shows was printed; … stands for anything."""
    pattern = r"\s+".join(".*".join(map(re.escape, word.split("…"))) for word in line.split())
    return re.search(pattern, output) is not None
