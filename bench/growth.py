"""How a warm request's cost grows with the registry: 10 to 3,000 models, in alternating blocks."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from bench.figures import Spread
from bench.functions import Functions
from bench.processes import Block, Worker, running_worker
from bench.scenery import SIZES, Caller, Scenery

ROUNDS, REQUESTS = 7, 50
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
        for number in range(ROUNDS + 1):
            for cell, block in _round(workers, scenery.callers):
                if number:  # the first one renders
                    blocks[cell].append(block)
    return blocks


def _round(workers: dict[int, Worker], callers: tuple[Caller, ...]) -> Iterator[tuple[Cell, Block]]:
    for caller in callers:
        for encoding in ENCODINGS:
            for models, worker in workers.items():
                block = _block(worker, caller, encoding)
                yield Cell(caller.name, encoding, models), block


def _block(worker: Worker, caller: Caller, encoding: str) -> Block:
    event = caller.event(accept_encoding="gzip" if encoding == "gzip" else "")
    if encoding == "304":
        etag = worker.block(event, 1).etag or ""
        event = caller.event(if_none_match=etag)
    block = worker.block(event, REQUESTS)
    if block.status != (304 if encoding == "304" else 200):
        raise RuntimeError(f"an answer was {block.status}")
    return block


def seconds(blocks: Blocks, cell: Cell, what: str) -> list[float]:
    """Return CPU seconds per request, of the handler alone or in the runtime."""
    return [getattr(block, what) for block in blocks[cell]]


def growth_ratio(blocks: Blocks, caller: str, encoding: str, what: str) -> Spread:
    """Compare the largest registry with the smallest."""
    small, *_, large = (seconds(blocks, Cell(caller, encoding, models), what) for models in SIZES)
    return Spread.of_ratios(large, small)
