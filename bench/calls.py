"""The calls to AWS that warm requests make, counted at an embedded one."""

import time
from collections import Counter

from bench.functions import Functions
from bench.processes import running_worker
from bench.scenery import Scenery

_BLOCK = 50
REQUESTS = 2 * _BLOCK + 1  # a block makes each twice, after a first one
_MAX_AGE = 1  # second, the shortest there is


def warm_calls(functions: Functions, scenery: Scenery) -> tuple[Counter[str], Counter[str]]:
    """Return the calls of ``REQUESTS`` within max_age, and of a few once it is over."""
    environment = scenery.environment(scenery.unrestricted)
    event = scenery.unrestricted.event()
    with running_worker(functions.ours, COUNT_CALLS="1", **environment) as worker:
        worker.block(event, 1)
        cold = Counter(worker.calls())
        worker.block(event, _BLOCK)
        fresh = Counter(worker.calls()) - cold
    short = {**environment, "REGISTRY_MAX_AGE": str(_MAX_AGE)}
    with running_worker(functions.ours, COUNT_CALLS="1", **short) as worker:
        worker.block(event, 1)
        before = Counter(worker.calls())
        time.sleep(_MAX_AGE + 0.1)
        worker.block(event, 1)
        stale = Counter(worker.calls()) - before
    return fresh, stale
