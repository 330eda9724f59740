"""``make bench``: measure everything in one run, against floors measured beside it.

Prints tables, writes them to ``bench/results.json`` with what they are made of, and exits with 1
if a target is missed. Speeds are ratios of things measured in turn; the machine may be busy.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from bench.calls import warm_calls
from bench.cold import cold_starts
from bench.figures import exit_code, table
from bench.functions import Functions
from bench.growth import growth
from bench.machine import load, machine
from bench.memory import memory
from bench.processes import running_replier
from bench.report import Measured, checks, document, tables
from bench.scenery import set_up
from bench.sizes import sizes
from bench.warm import warm_requests

from support.ministack import running_ministack

RESULTS = Path(__file__).parent / "results.json"


def measure(folder: Path) -> Measured:
    """Measure all there is; the folder takes copies, logs and recordings."""
    before = load()
    functions = Functions.prepared(folder)
    with running_ministack(folder) as endpoint:
        scenery = set_up(endpoint, folder)
        fresh, stale = _told("calls", lambda: warm_calls(functions, scenery))
    with running_replier(folder) as endpoint:
        scenery = replace(scenery, endpoint=endpoint)
        return Measured(
            machine=machine(),
            load_before=before,
            sizes=sizes(functions),
            fresh_calls=fresh,
            stale_calls=stale,
            cold=_told("cold starts", lambda: cold_starts(functions, scenery, folder)),
            warm=_told("warm requests", lambda: warm_requests(functions, scenery)),
            growth=_told("growth", lambda: growth(functions, scenery)),
            memory=_told("memory", lambda: memory(functions, scenery, folder)),
            load_after=load(),
        )


def _told[T](what: str, measuring: Callable[[], T]) -> T:
    """Say how long it takes: the whole takes minutes."""
    started = monotonic()
    print(f"{what} ...", end=" ", file=sys.stderr, flush=True)
    measured = measuring()
    print(f"{monotonic() - started:.0f} s", file=sys.stderr)
    return measured


def main() -> int:
    """Measure, print, write; tell whether all targets are met."""
    with TemporaryDirectory() as folder:
        measured = measure(Path(folder))
    held = checks(measured)
    for title, head, rows in tables(measured):
        print(f"\n**{title}**\n\n{table(head, rows)}")
    print(
        f"\n**Targets**\n\n{table(('what', 'target', 'measured', ''), [it.row for it in held])}\n"
    )
    results: dict[str, Any] = document(measured)
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return exit_code(held)


if __name__ == "__main__":
    sys.exit(main())
