"""The memory of the function's process under Lambda's emulator, with 3,000 models."""

from dataclasses import dataclass
from pathlib import Path

from bench.functions import ENVIRONMENT, Functions
from bench.processes import peak_megabytes, resident_megabytes
from bench.scenery import SIZES, Scenery

from support.builders import event
from support.lambda_emulator import running_emulator

REQUESTS = 2_000


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB: the peak after the start, the peak once all is served, and what further requests add."""

    started: float
    served: float
    grown: float


def memory(functions: Functions, scenery: Scenery, folder: Path) -> Memory:
    """Start, serve the largest registry in every way, and go on for a while."""
    environment = scenery.environment(scenery.unrestricted, str(SIZES[-1]))
    asked = [
        caller.event(accept_encoding=encoding)
        for caller in scenery.callers
        for encoding in ("", "gzip")
    ]
    with running_emulator(functions.ours, {**ENVIRONMENT, **environment}, folder) as emulator:
        emulator.invoke(event("/health"))
        pid = emulator.function_pid
        started = peak_megabytes(pid)
        for sent in asked * 25:
            emulator.invoke(sent)
        served, before = peak_megabytes(pid), resident_megabytes(pid)
        for _ in range(REQUESTS):
            emulator.invoke(asked[-1])
        return Memory(started, served, resident_megabytes(pid) - before)
