"""The memory of the functions' processes, while they answer and when their caches are full."""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread

from bench.load.keys import Kind, LoadKey, make_key
from bench.load.pool import Pool, now
from bench.load.traffic import Asked, Route
from bench.processes import resident_megabytes

PAUSE = 1.0  # seconds between two looks
BODIES, BODIES_BOUND = 1_200, 512  # lists nobody asked for before; as many may be kept
REFUSALS, REFUSALS_BOUND = 14_000, 10_000  # unknown keys; as many may be remembered


@dataclass(frozen=True, slots=True)
class Sample:
    """MiB of each function, after so many answers of all of them."""

    answered: int
    resident: tuple[float, ...]


@dataclass(slots=True)
class Watch:
    """Looks at the functions' memory now and then."""

    pids: Sequence[int]
    answered: Callable[[], int]
    samples: list[Sample] = field(default_factory=list)

    def look(self) -> None:
        """Take a sample."""
        resident = tuple(resident_megabytes(pid) for pid in self.pids)
        self.samples.append(Sample(self.answered(), resident))

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Take samples until the block ends."""
        stopping = Flag()

        def look() -> None:
            while not stopping.wait(PAUSE):
                self.look()

        thread = Thread(target=look)
        self.look()
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
            self.look()


def slope_of(samples: Sequence[Sample], since: float = 0.0) -> float:
    """Return by how many MiB a function grows while it answers 10,000 requests.

    The straight line tells that best fits the samples after the share ``since`` of all answers:
    until then, caches fill up.
    """
    first = samples[-1].answered * since
    late = [sample for sample in samples if sample.answered >= first]
    answered = [sample.answered / len(sample.resident) / 10_000 for sample in late]
    resident = [statistics.mean(sample.resident) for sample in late]
    return statistics.linear_regression(answered, resident).slope


@dataclass(frozen=True, slots=True)
class Flood:
    """MiB of a function before a cache of it filled, when it was full, and long after."""

    before: float
    full: float
    after: float


def flood_caches(pool: Pool, keys: Sequence[LoadKey], pids: Sequence[int]) -> dict[str, Flood]:
    """Fill two functions' caches beyond their bounds: one's bodies, the other's refusals."""
    holder = next(each for each in keys if each.kind is Kind.OPEN)
    lists = (
        Asked(0, Route.LIST, holder, query=f"min_context_window={size}") for size in range(BODIES)
    )
    chance = random.Random()  # noqa: S311 - no secrets: those are minted
    strangers = (
        Asked(0, Route.USAGE, make_key(Kind.UNKNOWN, chance), path="/v1/usage")
        for _ in range(REFUSALS)
    )
    with ThreadPoolExecutor(2) as threads:
        bodies = threads.submit(_flood, pool, 0, lists, BODIES_BOUND, pids[0])
        refusals = threads.submit(_flood, pool, 1, strangers, REFUSALS_BOUND, pids[1])
        return {"bodies": bodies.result(), "refusals": refusals.result()}


def _flood(pool: Pool, number: int, asked: Iterator[Asked], bound: int, pid: int) -> Flood:
    before = full = resident_megabytes(pid)
    for sent, each in enumerate(asked):
        if sent == bound:
            full = resident_megabytes(pid)
        pool.answers.append(pool.ask(number, each, now()))
    return Flood(before, full, resident_megabytes(pid))
