"""The access log: a line on standard output for every request."""

import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

_SECRET = re.compile(r"(?<![^\W_])sk-[\w%-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A request that was answered."""

    method: str
    target: str
    status: int
    seconds: float
    size: int

    def __str__(self) -> str:
        """Return the line to log: no query and no header, since those may hold secrets."""
        path = _SECRET.sub("sk-***", unquote(self.target.partition("?")[0]))
        return (
            f"{time.strftime('%H:%M:%S')} {_printable(self.method)} {_printable(path)}"
            f" {self.status} {self.seconds * 1000:.0f} ms {self.size} bytes"
        )


def _printable(text: str) -> str:
    """Return ``text`` with whatever a terminal could act upon escaped."""
    return ascii(text)[1:-1] or "-"


def say(text: str) -> None:
    """Write a line to standard output, or, once nobody reads it any more, to nowhere."""
    try:
        print(f"{text}\n", end="", flush=True)  # noqa: T201 - in one piece, also without a stdout
    except OSError:
        # Else what is still buffered fails again at exit.
        with suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
