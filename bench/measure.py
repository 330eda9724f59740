"""``make bench``: measure everything in one run, against floors measured beside it.

Prints tables, writes them into ``docs/performance.md`` and what they are made of to
``bench/results.json``, and exits with 1 if a target is missed. Speeds are ratios of things measured
in turn; the machine may be busy.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from bench.calls import warm_calls
from bench.checks import checks
from bench.cold import cold_starts
from bench.figures import Check, exit_code
from bench.functions import Functions
from bench.growth import growth
from bench.machine import load, machine
from bench.measured import Measured
from bench.memory import memory
from bench.processes import running_replier
from bench.report import text
from bench.scenery import set_up
from bench.sizes import sizes
from bench.warm import warm_requests

from localcloud.template import PROJECT
from support.ministack import running_ministack

RESULTS = PROJECT / "bench" / "results.json"
PAGE = PROJECT / "docs" / "performance.md"
GENERATED = re.compile(r"(<!-- generated [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)


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


def keep(measured: Measured, held: list[Check], told: str) -> None:
    """Write what was measured to where it is kept."""
    targets = [{**asdict(check), "passed": check.passed} for check in held]
    kept = json.dumps({"targets": targets, **measured.document}, indent=1, ensure_ascii=False)
    RESULTS.write_text(f"{kept}\n", "utf-8")
    page = PAGE.read_text("utf-8")
    PAGE.write_text(GENERATED.sub(lambda marks: f"{marks[1]}\n{told}\n{marks[2]}", page), "utf-8")


def main() -> int:
    """Measure, print, write; tell whether all targets are met."""
    with TemporaryDirectory() as folder:
        measured = measure(Path(folder))
    held, told = checks(measured), text(measured)
    print(f"\n{told}")
    keep(measured, held, told)
    return exit_code(held)


if __name__ == "__main__":
    sys.exit(main())
