"""Functions asked in turn, in small blocks, so that whatever else the machine does meets all."""

import statistics
from collections.abc import Hashable, Mapping
from typing import Any

from bench.processes import Block, Worker


def alternated[K: Hashable](
    asked: Mapping[K, tuple[Worker, Mapping[str, Any]]], *, blocks: int, requests: int
) -> dict[K, Block]:
    """Return each one's typical block: the medians of so many."""
    taken: dict[K, list[Block]] = {name: [] for name in asked}
    for _ in range(blocks):
        for name, (worker, event) in asked.items():
            taken[name].append(worker.block(event, requests))
    return {name: _typical(its) for name, its in taken.items()}


def _typical(blocks: list[Block]) -> Block:
    (answer,) = {(block.status, block.etag, block.characters) for block in blocks}
    handler, runtime = (
        statistics.median(getattr(block, what) for block in blocks)
        for what in ("handler", "runtime")
    )
    return Block(handler, runtime, *answer)
