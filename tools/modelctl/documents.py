"""Authored documents: read without ever reading too much, and checked as the publisher does."""

import hashlib
import sys
from datetime import datetime
from pathlib import Path

from model_catalog.publishing import check_removals
from model_catalog.registry import Compiled, compile_source
from model_catalog.registry_source import InvalidRegistryError, Problem
from model_catalog.snapshot import LARGEST_SOURCE, Snapshot
from modelctl.failures import RefusedError
from modelctl.output import Output

STANDARD_INPUT = Path("-")


def read_document(path: Path) -> bytes:
    """Return what a file holds, ``-`` being standard input, cut off where it is too large."""
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read(LARGEST_SOURCE + 1)
    with path.open("rb") as file:
        return file.read(LARGEST_SOURCE + 1)


def sha256_of(content: bytes) -> str:
    """Return the hex digest that tells documents apart."""
    return hashlib.sha256(content).hexdigest()


def check(content: bytes, output: Output, *, now: datetime) -> Compiled:
    """Check a document as the publisher will.

    Raises:
        RefusedError: it has problems; all of them are told.
    """
    try:
        with output.progress("Checking the document"):
            return compile_source(content, published_at=now, source_version="")
    except InvalidRegistryError as error:
        raise RefusedError(
            f"The document cannot be published: {counted(len(error.problems), 'problem')}.",
            error.problems,
        ) from error


def removals_refused(live: Snapshot | None, new: Snapshot) -> Problem | None:
    """Return why ``new`` needs removals to be allowed, if it does."""
    try:
        check_removals(live, new, allowed=False)
    except InvalidRegistryError as error:
        [problem] = error.problems
        return problem
    return None


def counted(number: int, thing: str) -> str:
    """Return how many of a thing there are: ``1 model``, ``2,000 models``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
