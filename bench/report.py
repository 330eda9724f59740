"""What one run measured, as tables for people."""

from collections.abc import Iterator, Mapping, Sequence

from bench.checks import checks
from bench.cold import BARE, EMPTY, OURS, SOURCES, Start, spread
from bench.figures import Check, Spread, table
from bench.growth import ENCODINGS, Blocks, Cell, callers_of, growth_ratio, seconds
from bench.measured import Measured
from bench.memory import REQUESTS as FURTHER
from bench.memory import Memory
from bench.scenery import SIZES
from bench.settings_table import WAIT_SECONDS, Setting
from bench.warm import Warm

type Table = tuple[str, Sequence[str], list[Sequence[str]]]

_TIMES = ("init", "started", "own", "listed")
_STARTS = {
    EMPTY: "empty",
    OURS: "ours",
    BARE: "bare: boto3, two clients",
    SOURCES: "ours without bytecode",
}
_MILLI, _MICRO = 1e3, 1e6


def text(measured: Measured) -> str:
    """Return all tables, the targets first, as Markdown."""
    return "\n".join(
        f"**{title}**\n\n{table(head, rows)}\n" for title, head, rows in _tables(measured)
    )


def _tables(measured: Measured) -> Iterator[Table]:
    yield _targets_table(checks(measured))
    yield _machine_table(measured)
    yield _cold_table(measured.cold)
    yield _warm_table(measured.warm)
    for what, told in (("handler", "handler alone"), ("runtime", "with marshalling")):
        yield _growth_table(measured.growth, what, told)
    yield _memory_table(measured.memory)
    yield _settings_table(measured.settings)


def _targets_table(held: Sequence[Check]) -> Table:
    return "Targets", ("what", "target", "measured", ""), [check.row for check in held]


def _machine_table(measured: Measured) -> Table:
    floor = measured.warm["unrestricted"].spread("floor", "handler")
    bare = spread(measured.cold, "started", BARE)
    rows = [(name, str(value)) for name, value in measured.machine.items()]
    rows += [
        ("load, before and after", f"{measured.load_before} and {measured.load_after}"),
        ("noise: range of the warm floor", f"{floor.noise:.0%} of its median"),
        ("noise: range of the cold floor", f"{bare.noise:.0%} of its median"),
    ]
    return "Machine", ("", ""), [*rows]


def _cold_table(cold: Mapping[str, list[Start]]) -> Table:
    rows = [
        (
            told,
            *(spread(cold, what, name).text(_MILLI, 0) for what in _TIMES),
            spread(cold, "peak", name).text(1, 0),
        )
        for name, told in _STARTS.items()
    ]
    head = (
        "cold start",
        "init, ms",
        "CPU to first answer, ms",
        "of it its own, ms",
        "CPU to first list, ms",
        "peak, MiB",
    )
    return f"Cold starts, {len(cold[OURS])} of each", head, [*rows]


def _warm_table(warm: Mapping[str, Warm]) -> Table:
    rows = [
        (
            caller,
            told,
            figures.spread("ours", what).text(_MICRO, 0),
            figures.spread("floor", what).text(_MICRO, 0),
            figures.ratio(what).text(),
        )
        for caller, figures in warm.items()
        for what, told in (("handler", "handler alone"), ("runtime", "with marshalling"))
    ]
    head = ("key", "measured", "ours, µs", "bare, µs", "ratio")
    return "CPU of a warm request, sample registry, gzip accepted", head, [*rows]


def _growth_table(blocks: Blocks, what: str, told: str) -> Table:
    rows = [
        (
            caller,
            encoding,
            *(
                Spread.of(seconds(blocks, Cell(caller, encoding, models), what)).text(_MICRO, 0)
                for models in SIZES
            ),
            growth_ratio(blocks, Cell(caller, encoding, SIZES[-1]), what).text(),
        )
        for caller in callers_of(blocks)
        for encoding in ENCODINGS
    ]
    head = ("key", "answer", *(f"{models:,} models, µs" for models in SIZES), "ratio")
    return f"CPU of a warm request as the registry grows, {told}", head, [*rows]


def _memory_table(memory: Memory) -> Table:
    rows = [
        ("peak after the start", f"{memory.started:.0f}"),
        (f"peak after {SIZES[-1]:,} models in every way", f"{memory.served:.0f}"),
        (f"growth over {FURTHER:,} further requests", f"{memory.grown:.1f}"),
    ]
    return "Memory of the function's process, MiB", ("", ""), [*rows]


def _settings_table(found: Sequence[Setting]) -> Table:
    rows = [
        (
            f"{it.megabytes:,}",
            f"{it.cold * _MILLI:,.0f}",
            f"{it.warm * _MILLI:.1f}",
            f"{it.gb_seconds:.4f}",
            f"{it.dollars:.3f}",
        )
        for it in found
    ]
    title = f"Memory settings, worked out; DynamoDB assumed to take {WAIT_SECONDS * _MILLI:.0f} ms"
    head = ("MB", "cold, ms", "warm, ms", "GB-s per warm request", "US$ per million")
    return title, head, [*rows]
