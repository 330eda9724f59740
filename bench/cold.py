"""Cold starts under Lambda's emulator: ours, the floor, and ours without bytecode, in turn.

An empty function is started with each of them: what it takes is nobody's doing.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.figures import Spread
from bench.functions import ENVIRONMENT, Functions
from bench.processes import cpu_seconds, peak_megabytes
from bench.scenery import Scenery

from support.builders import event
from support.lambda_emulator import Artefact, running_emulator

EMPTY, OURS, BARE, SOURCES = "empty", "ours", "bare", "sources"
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start.

    Attributes:
        init: seconds of the init phase, by the emulator's clock on the wall.
        started: CPU seconds of the process until the first answer, of a route without AWS.
        own: those beyond what the empty function took in the same round.
        listed: CPU seconds until the second answer too: a list, or the floor's write.
        peak: the most memory it took until the first answer, in MiB.
    """

    init: float
    started: float
    own: float
    listed: float
    peak: float


def cold_starts(functions: Functions, scenery: Scenery, folder: Path) -> dict[str, list[Start]]:
    """Start everything in turn; the first round only warms the disk's cache."""
    usual = {**ENVIRONMENT, **scenery.environment(scenery.unrestricted)}
    starts: dict[str, list[Start]] = defaultdict(list)
    for number in range(ROUNDS + 1):
        nobodys = 0.0
        for start_of, artefact, environment in (
            (EMPTY, functions.empty, usual),
            (OURS, functions.ours, usual),
            (BARE, functions.bare, usual),
            (SOURCES, functions.sources, {**usual, "PYTHONDONTWRITEBYTECODE": "1"}),
        ):
            start = _start(artefact, environment, scenery, folder)
            if start_of == EMPTY:
                nobodys = start.started
            if number:
                starts[start_of].append(replace(start, own=start.started - nobodys))
    return starts


def _start(
    artefact: Artefact, environment: Mapping[str, str], scenery: Scenery, folder: Path
) -> Start:
    with running_emulator(artefact, environment, folder) as emulator:
        health = emulator.invoke(event("/health"))
        pid = emulator.function_pid
        started, peak = cpu_seconds(pid), peak_megabytes(pid)
        listed = emulator.invoke(scenery.unrestricted.event(accept_encoding="gzip"))
        if (health["statusCode"], listed["statusCode"]) != (200, 200):
            raise RuntimeError(emulator.text)
        (init,) = emulator.init_milliseconds
        return Start(init / 1000, started, started, cpu_seconds(pid), peak)


def ratio(starts: Mapping[str, list[Start]], what: str, ours: str, floor: str) -> Spread:
    """Compare an attribute of two kinds of starts, each with the one beside it."""
    mine, theirs = ([getattr(start, what) for start in starts[name]] for name in (ours, floor))
    return Spread.of_ratios(mine, theirs)


def spread(starts: Mapping[str, list[Start]], what: str, name: str) -> Spread:
    """Summarize an attribute of one kind of starts."""
    return Spread.of(getattr(start, what) for start in starts[name])
