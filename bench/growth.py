"""How a warm request's cost grows with the registry: 10 to 3,000 models, in alternating blocks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from bench.alternation import alternated
from bench.figures import Spread
from bench.functions import Functions
from bench.processes import Block, Worker, running_worker
from bench.scenery import SIZES, Caller, Scenery

ROUNDS, BLOCKS, REQUESTS = 5, 5, 6
ENCODINGS = ("identity", "gzip", "304")


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of request."""

    caller: str
    encoding: str
    models: int


type Blocks = dict[Cell, list[Block]]


def growth(functions: Functions, scenery: Scenery) -> Blocks:
    """Measure each key, size and encoding, one after the other and then all over again."""
    blocks: Blocks = defaultdict(list)
    with ExitStack() as running:
        workers = {
            models: running.enter_context(
                running_worker(
                    functions.ours, **scenery.environment(scenery.unrestricted, str(models))
                )
            )
            for models in SIZES
        }
        for _ in range(ROUNDS):
            for caller in scenery.callers:
                for encoding in ENCODINGS:
                    for cell, block in _round(workers, caller, encoding):
                        blocks[cell].append(block)
    return blocks


def _round(
    workers: Mapping[int, Worker], caller: Caller, encoding: str
) -> Iterator[tuple[Cell, Block]]:
    asked = {}
    for models, worker in workers.items():
        first = worker.block(caller.event(), 1)  # which renders, if it is the very first
        headers = {
            "identity": {},
            "gzip": {"accept_encoding": "gzip"},
            "304": {"if_none_match": first.etag or ""},
        }
        event = caller.event(**headers[encoding])
        worker.block(event, 1)
        asked[Cell(caller.name, encoding, models)] = worker, event
    yield from alternated(asked, blocks=BLOCKS, requests=REQUESTS).items()


def seconds(blocks: Blocks, cell: Cell, what: str) -> list[float]:
    """Return CPU seconds per request, of the handler alone or in the runtime."""
    return [getattr(block, what) for block in blocks[cell]]


def growth_ratio(blocks: Blocks, cell: Cell, what: str) -> Spread:
    """Compare a registry with the smallest, round by round."""
    smallest = replace(cell, models=SIZES[0])
    return Spread.of_ratios(seconds(blocks, cell, what), seconds(blocks, smallest, what))


def callers_of(blocks: Blocks) -> list[str]:
    """Return the keys' names, in order."""
    return list(dict.fromkeys(cell.caller for cell in blocks))
