"""Warm requests: ours against a function that only makes the same write, in alternating blocks."""

from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.alternation import alternated
from bench.figures import Spread
from bench.functions import Functions
from bench.processes import Block, running_worker
from bench.scenery import Caller, Scenery

PAIRS = 6  # of processes, because where a process happens to lie in memory makes a difference
ROUNDS, BLOCKS, REQUESTS, WARM_UP = 3, 12, 10, 100


@dataclass(frozen=True, slots=True)
class Warm:
    """Ours and the floor, block beside block; in CPU seconds per request."""

    ours: list[Block] = field(default_factory=list)
    floor: list[Block] = field(default_factory=list)

    def ratio(self, what: str) -> Spread:
        """Compare the blocks, of the handler alone or in the runtime."""
        return Spread.of_ratios(self._seconds("ours", what), self._seconds("floor", what))

    def spread(self, whose: str, what: str) -> Spread:
        """Summarize one side."""
        return Spread.of(self._seconds(whose, what))

    def _seconds(self, whose: str, what: str) -> list[float]:
        return [getattr(block, what) for block in getattr(self, whose)]


def warm_requests(functions: Functions, scenery: Scenery) -> dict[str, Warm]:
    """Measure each key's requests for the sample registry, gzip accepted."""
    measured = {caller.name: Warm() for caller in scenery.callers}
    for _ in range(PAIRS):
        for caller in scenery.callers:
            _measure(functions, scenery, caller, measured[caller.name])
    return measured


def _measure(functions: Functions, scenery: Scenery, caller: Caller, measured: Warm) -> None:
    environment = scenery.environment(caller)
    event = caller.event(accept_encoding="gzip")
    with ExitStack() as running:
        ours = running.enter_context(running_worker(functions.ours, **environment))
        floor = running.enter_context(running_worker(functions.bare, **environment))
        for worker in (ours, floor):
            worker.block(event, WARM_UP)
        for _ in range(ROUNDS):
            blocks = alternated(
                {"ours": (ours, event), "floor": (floor, event)}, blocks=BLOCKS, requests=REQUESTS
            )
            measured.ours.append(blocks["ours"])
            measured.floor.append(blocks["floor"])
