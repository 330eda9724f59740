"""``python -m modelctl.reference``: writes docs/modelctl.md anew, from what ``--help`` prints."""

import sys
from collections.abc import Iterator

import typer
from typer.core import TyperGroup
from typer.main import get_command

from modelctl.command_line import app

_COLUMNS = 80
_INTRODUCTION = """\
# modelctl

The operator's command line. It is installed with the project's development environment, as
`.venv/bin/modelctl`. What follows is what `--help` prints, as written by
`python -m modelctl.reference`.
"""


def reference() -> str:
    """Return the reference of all commands."""
    return "\n".join(
        [
            _INTRODUCTION,
            *_sections(
                typer.Context(get_command(app), info_name="modelctl", terminal_width=_COLUMNS)
            ),
        ]
    )


def _sections(context: typer.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n\n```text\n{context.get_help()}\n```\n"
    if isinstance(context.command, TyperGroup):
        for name, command in context.command.commands.items():
            yield from _sections(typer.Context(command, context, info_name=name))


if __name__ == "__main__":
    sys.stdout.write(reference())
