"""What a command prints: its answer to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from model_catalog.snapshot import Json

_UNBROKEN = 1_000_000  # columns: what goes into a file or a pipe is not wrapped
_BETWEEN_COLUMNS = (0, 2, 0, 0)
_BETWEEN_SIGNS = 100  # things read between two signs of life


def printable(text: str) -> str:
    """Return ``text`` with whatever a terminal could act upon escaped."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def line(text: str, style: str = "") -> Text:
    """Return one line for people."""
    return Text(printable(text), style)


def table(headers: Sequence[str], rows: Iterable[Sequence[str | RenderableType]]) -> Table:
    """Return rows under their headers, for people; without headers if there are none."""
    made = Table(box=None, padding=_BETWEEN_COLUMNS, pad_edge=False, show_header=any(headers))
    for header in headers:
        made.add_column(header, header_style="bold", overflow="fold")
    for row in rows:
        made.add_row(*(line(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def telling[T](things: Iterable[T], tell: Callable[[str], None]) -> Iterator[T]:
    """Pass ``things`` on, and tell now and then how many there were."""
    for number, thing in enumerate(things):
        if number % _BETWEEN_SIGNS == 0:
            tell(f"{number:,}")
        yield thing


class Output:
    """Standard output and standard error, with colors and progress on terminals only."""

    def __init__(
        self, *, as_json: bool, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self._out = stdout or sys.stdout
        self._err = stderr or sys.stderr

    def answer(self, document: Json, *for_people: RenderableType) -> None:
        """Print the command's answer: to scripts ``document``, else the rest."""
        if self.as_json:
            self._out.write(json.dumps(document, indent=2) + "\n")
        else:
            _print(self._out, for_people)

    def verbatim(self, content: bytes) -> None:
        """Print an answer that is a file's content, byte for byte."""
        self._out.flush()
        self._out.buffer.write(content)

    def note(self, *for_people: RenderableType) -> None:
        """Print what is not the answer, but worth knowing."""
        _print(self._err, for_people)

    def ask(self, question: str) -> bool:
        """Ask for a yes."""
        self._err.write(f"{printable(question)} [y/N] ")
        self._err.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def flush(self) -> None:
        """Hand over what is printed; whoever reads it may have gone."""
        self._out.flush()

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show on a terminal that ``text`` is under way; call the value to say how far it is."""
        if not self._err.isatty():
            yield lambda _: None
            return
        with _console(self._err).status(line(text), spinner="line") as status:
            yield lambda detail: status.update(line(f"{text}: {detail}"))


def _print(stream: TextIO, for_people: Iterable[RenderableType]) -> None:
    console = _console(stream)
    for each in for_people:
        if isinstance(each, Text) and not (each.style and console.is_terminal):
            stream.write(f"{each.plain}\n")  # what there is nothing to do about: ten times as fast
            continue
        with console.capture() as capture:
            console.print(each, soft_wrap=isinstance(each, Text))
        stream.writelines(f"{text.rstrip()}\n" for text in capture.get().splitlines())


def _console(stream: TextIO) -> Console:
    terminal = stream.isatty()
    return Console(
        file=stream,
        force_terminal=terminal,
        width=None if terminal else _UNBROKEN,
        highlight=False,
        markup=False,
        emoji=False,
    )
