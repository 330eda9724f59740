"""Everything there is to a run: the table with its keys, the registry, the functions."""

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.load.answers import Reader
from bench.load.keys import LoadKey, make_keys, store_keys
from bench.load.pool import Pool
from bench.load.registry import Publishing
from bench.load.traffic import Traffic

from localcloud.stack import API, NAMES, PUBLISHER, TABLE
from model_catalog.key_records import KeyRecord
from model_catalog.limits import Counts
from support.builders import event, ledger
from support.deployment import Deployment, running_deployment
from support.lambda_emulator import BUILT, Artefact, Emulator, running_emulator

MAX_AGE = 2  # seconds


@dataclass(frozen=True, slots=True)
class Stage:
    """What is set up.

    Attributes:
        deployment: the table and the bucket.
        publishing: the publisher, which has published once.
        keys: all keys; those that are known to the table are in it.
        traffic: what they ask.
        reader: reads the answers.
        pool: the functions, which have started.
        pids: their processes at the start.
    """

    deployment: Deployment
    publishing: Publishing
    keys: list[LoadKey]
    traffic: Traffic
    reader: Reader
    pool: Pool
    pids: list[int] = field(default_factory=list)

    @property
    def restarts(self) -> int:
        """Count the functions that are not the processes they were."""
        return sum(pid not in self.pids for pid in map(_start, self.pool.functions))

    def counters(self) -> dict[str, Counts]:
        """Return what the table has counted, by key."""
        records = ledger(self.deployment.dynamodb, table_name=NAMES[TABLE]).records()
        return {each.key.key_id: each.counts for each in records if isinstance(each, KeyRecord)}


@contextmanager
def set_up(folder: Path, *, functions: int, keys: int, chance: random.Random) -> Iterator[Stage]:
    """Run all of it until the block ends; the folder takes logs."""
    with ExitStack() as running:
        deployment = running.enter_context(running_deployment(folder))
        built = shutil.copytree(BUILT, folder / "built")  # somebody may build anew meanwhile
        publisher = running.enter_context(
            running_emulator(
                Artefact.of(PUBLISHER, built),
                deployment.environment_of(PUBLISHER),
                folder,
                timeout_seconds=60,
            )
        )
        environment = deployment.environment_of(API) | {"REGISTRY_MAX_AGE": str(MAX_AGE)}
        started = [
            running.enter_context(running_emulator(Artefact.of(API, built), environment, folder))
            for _ in range(functions)
        ]
        publishing = Publishing(deployment, publisher)
        snapshot, made = publishing.publish(), make_keys(keys, chance)
        store_keys(deployment.dynamodb, NAMES[TABLE], made)
        reader, traffic = Reader(snapshot), Traffic(made, snapshot, chance)
        pids = [_start(function) for function in started]
        yield Stage(deployment, publishing, made, traffic, reader, Pool(started, reader), pids)


def _start(function: Emulator) -> int:
    """Ask a function for something, which starts it unless it runs; return its process."""
    function.invoke(event("/health"))
    return function.function_pid
