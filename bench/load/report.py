"""What one run brought, as tables for people, and whether it may be so."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from bench.figures import Check, table
from bench.load.latencies import Latencies
from bench.load.memory import BODIES, BODIES_BOUND, REFUSALS, REFUSALS_BOUND, slope_of
from bench.load.run import Run
from bench.load.traffic import Route

from model_catalog.limits import Window

if TYPE_CHECKING:
    from bench.load.answers import Answered

type Table = tuple[str, Sequence[str], list[Sequence[str]]]

SETTLED = 0.6  # of a run: the last edition is out by then, and its bodies are rendered
GROWTH = 2  # MiB that a function may grow by from then on: caches may still be filling
PEAK = 160  # MiB, of the 1,024 a function has
FLOODED = 4  # MiB that a full cache may still grow by
LATE = 1.0  # seconds: a registry is as old as its reply, which may take that long
_SHOWN = 10
_SERVER_ERROR = 500


def text(run: Run) -> str:
    """Return all tables, the verdicts first, as Markdown."""
    return "\n".join(f"**{title}**\n\n{table(head, rows)}\n" for title, head, rows in _tables(run))


def checks(run: Run) -> Iterator[Check]:
    """Hold all that must be so against what was."""
    answers = run.everything
    yield _none("requests never answered", run.unanswered, run.settings["requests"], "requests")
    failed = sum(each.status >= _SERVER_ERROR for each in answers)
    yield _none("answers with 5xx", failed, len(answers))
    yield _none("answers with a wrong status", sum(not it.right for it in answers), len(answers))
    yield _none("answers with a wrong body or header", run.problems.total(), len(answers))
    wrong = list(run.quota_violations)
    yield _none("contradictions of limits, answers and counters", len(wrong), len(run.keys), "keys")
    yield from _registry_checks(run)
    yield from _memory_checks(run)


def complaints(run: Run) -> Iterator[str]:
    """Tell some of what was wrong, each with how often it was."""
    statuses = Counter(
        f"{each.asked.route}, {each.asked.key.kind} key: {each.status}"
        for each in run.everything
        if not each.right
    )
    for found in (statuses, run.problems, Counter(run.quota_violations)):
        yield from (f"{number:,} times {what}" for what, number in found.most_common(_SHOWN))


def _none(name: str, number: int, total: int, of: str = "answers") -> Check:
    return Check(name, number, 0, f"{number:,} of {total:,} {of}", "=")


def _registry_checks(run: Run) -> Iterator[Check]:
    functions, max_age = run.settings["functions"], run.settings["max_age"]
    done, asked = len(run.editions), run.settings["editions"]
    yield Check("editions published under load", done, asked, f"{done}", "=")
    for number, uptake in enumerate(run.uptakes, 1):
        seen = f"{uptake.functions} of {functions}"
        yield Check(f"functions that saw edition {number}", uptake.functions, functions, seen, "=")
        yield Check(
            f"seconds until edition {number} was all there was (max_age {max_age})",
            uptake.last_old,
            max_age + LATE,
            f"{uptake.last_old:.2f}",
        )
    yield _none("steps back to an earlier edition", run.steps_back, len(run.answers))


def _memory_checks(run: Run) -> Iterator[Check]:
    slope = slope_of(run.samples, SETTLED)
    growth = slope * len(run.answers) / run.settings["functions"] * (1 - SETTLED) / 10_000
    shown = f"{growth:.2f}; {slope:.2f} per 10,000 requests of its own"
    yield Check(f"growth of a function in the last {1 - SETTLED:.0%}, MiB", growth, GROWTH, shown)
    peaks = [max(sample.resident) for sample in run.samples]
    peak = max(*peaks, *(flood.after for flood in run.floods.values()))
    yield Check("most memory of a function, MiB", peak, PEAK, f"{peak:.1f}")
    for name, flood in run.floods.items():
        grown = flood.after - flood.full
        yield Check(f"growth beyond a full cache of {name}, MiB", grown, FLOODED, f"{grown:.1f}")
    yield _none(
        "functions that started again", run.restarts, run.settings["functions"], "functions"
    )


def _tables(run: Run) -> Iterator[Table]:
    yield "Verdicts", ("what", "target", "measured", ""), [check.row for check in checks(run)]
    yield _latency_table(run)
    yield _status_table(run)
    yield _limits_table(run)
    yield _memory_table(run)
    if run.floods:
        yield _flood_table(run)
    yield _run_table(run)


def _run_table(run: Run) -> Table:
    facts = {
        **run.settings,
        "answered a second": f"{len(run.answers) / run.seconds:.1f}",
        "waiting in the queue, at most": f"{max(run.depths):,}",
        "requests that may count twice": f"{run.lost_replies:,}",
    }
    return "Run", ("", ""), [(name, str(value)) for name, value in facts.items()]


def _latency_table(run: Run) -> Table:
    """Tell how long each kind of request took, and what of it was spent in a function."""
    kinds: dict[str, Sequence[Answered]] = {"all": run.answers}
    kinds |= {route: [it for it in run.answers if it.asked.route is route] for route in Route}
    rows = [
        (
            name,
            *Latencies.of(each.latency for each in answers).cells,
            *Latencies.of(each.inside for each in answers).cells[1:],
        )
        for name, answers in kinds.items()
        if answers
    ]
    inside = (f"{name}, function" for name in ("p50", "p90", "p99", "max"))
    head = ("route", "requests", "p50", "p90", "p99", "max", *inside)
    return "Latency from when a request was due, and in the function alone, ms", head, [*rows]


def _status_table(run: Run) -> Table:
    statuses = sorted({each.status for each in run.answers})
    found = Counter((each.asked.key.kind, each.status) for each in run.answers)
    rows = [
        (kind, *(f"{found[kind, status]:,}" for status in statuses))
        for kind in dict.fromkeys(kind for kind, _ in sorted(found))
    ]
    totals = Counter(each.status for each in run.answers)
    rows.append(("all", *(f"{totals[status]:,}" for status in statuses)))
    return "Answers by key and status", ("key", *map(str, statuses)), [*rows]


def _limits_table(run: Run) -> Table:
    """Tell how many limits were spent, which is when they have to hold."""
    used = defaultdict[Window, list[int]](list)  # of a limit; negative is what was left of it
    for each in run.keys:
        for window, limit in each.key.limits.items():
            counts = run.counters[each.key.key_id].items()
            most = max([count for (kind, _), count in counts if kind is window], default=0)
            used[window].append(most - limit)
    rows = [
        (window, f"{len(over):,}", f"{over.count(0):,}", f"{sum(more > 0 for more in over):,}")
        for window, over in ((window, used[window]) for window in Window)
    ]
    head = ("per", "limits", "spent to the last request", "counted beyond")
    return "Limits, by the counters in the table", head, [*rows]


def _memory_table(run: Run) -> Table:
    """Tell what the functions had at the ends of tenths of the run, or of 10,000 requests each."""
    step = min(10_000, max(1, len(run.answers) // 10))
    ends = range(0, len(run.answers) + step, step)
    means = []
    for end in ends:
        nearest = min(run.samples, key=lambda sample: abs(sample.answered - end))
        means.append((end, sum(nearest.resident) / len(nearest.resident), max(nearest.resident)))
    rows = [(f"{means[0][0]:,}", f"{means[0][1]:.1f}", f"{means[0][2]:.1f}", "")]
    rows += [
        (f"{end:,}", f"{mean:.1f}", f"{most:.1f}", f"{(mean - before) / step * 10_000:+.1f}")
        for (_, before, _), (end, mean, most) in pairwise(means)
    ]
    head = ("answers", "mean of the functions", "the largest", "growth per 10,000 answers")
    return "Resident memory of the functions, MiB", head, [*rows]


def _flood_table(run: Run) -> Table:
    told = {
        "bodies": f"{BODIES:,} different lists ({BODIES_BOUND} or 32 MiB are kept)",
        "refusals": f"{REFUSALS:,} unknown keys ({REFUSALS_BOUND:,} are remembered)",
    }
    rows = [
        (told[name], f"{flood.before:.1f}", f"{flood.full:.1f}", f"{flood.after:.1f}")
        for name, flood in run.floods.items()
    ]
    return "Caches filled beyond their bounds, MiB", ("with", "before", "full", "after"), [*rows]
