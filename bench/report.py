"""What was measured, as tables, as checks against the targets, and as a document to keep."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.calls import REQUESTS as COUNTED
from bench.cold import BARE, OURS, SOURCES, Start, ratio, spread
from bench.figures import Check, Spread
from bench.growth import ENCODINGS, Blocks, Cell, growth_ratio, seconds
from bench.memory import REQUESTS as FURTHER
from bench.memory import Memory
from bench.scenery import SIZES
from bench.settings_table import WAIT_SECONDS, Setting, settings
from bench.warm import Warm

type Table = tuple[str, Sequence[str], list[Sequence[str]]]

_STARTS = {OURS: "ours", BARE: "bare: boto3, two clients", SOURCES: "ours without bytecode"}
_SIZES = {"function": 32 * 1024, "shared": 256 * 1024, "dependencies": 24 * 2**20}
_MILLI, _MICRO = 1e3, 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    machine: Mapping[str, object]
    load_before: float
    sizes: Mapping[str, int]
    fresh_calls: Counter[str]
    stale_calls: Counter[str]
    cold: Mapping[str, list[Start]]
    warm: Mapping[str, Warm]
    growth: Blocks
    memory: Memory
    load_after: float

    @property
    def settings(self) -> list[Setting]:
        """Return what memory settings come to, by the unrestricted key's requests."""
        cold = spread(self.cold, "listed", OURS).median
        warm = self.warm["unrestricted"].spread("ours", "runtime").median
        return list(settings(cold, warm))


def checks(measured: Measured) -> list[Check]:
    """Hold everything that has a target against it."""
    return [
        Check.of_spread("cold CPU, ours : bare", ratio(measured.cold, "started", OURS, BARE), 1.25),
        Check.of_spread(
            "cold CPU, with : without bytecode",
            ratio(measured.cold, "started", OURS, SOURCES),
            0.45,
        ),
        *(
            Check.of_spread(f"warm CPU, ours : bare, {caller} key", warm.ratio("handler"), 1.25)
            for caller, warm in measured.warm.items()
        ),
        *_call_checks(measured),
        *_growth_checks(measured.growth),
        *(
            Check(f"size, {name}, bytes", size, _SIZES[name], f"{size:,}")
            for name, size in measured.sizes.items()
        ),
    ]


def _call_checks(measured: Measured) -> Iterator[Check]:
    writes, reads = (
        sum(count for call, count in measured.fresh_calls.items() if call.startswith(service))
        for service in ("dynamodb.", "s3.")
    )
    yield Check("DynamoDB calls per request", writes / COUNTED, 1, f"{writes / COUNTED:g}", "=")
    yield Check("S3 calls within max_age", reads, 0, f"{reads} in {COUNTED} requests", "=")
    asked = {call: count for call, count in measured.stale_calls.items() if call.startswith("s3.")}
    shown = ", ".join(f"{count} {call}" for call, count in asked.items())
    conditional = asked == {"s3.GetObject 304": 1}
    yield Check("S3 calls after max_age: one, answered 304", int(conditional), 1, shown, "=")


def _growth_checks(blocks: Blocks) -> Iterator[Check]:
    large, small = f"{SIZES[-1]:,}", SIZES[0]
    for what, told, target in (("handler", "handler", 1.3), ("runtime", "with marshalling", 1.7)):
        for caller in _callers(blocks):
            ratio = growth_ratio(blocks, caller, "gzip", what)
            yield Check.of_spread(f"{large} : {small} models, {told}, {caller}", ratio, target)


def tables(measured: Measured) -> Iterator[Table]:
    """Iterate over what is printed, the targets apart."""
    yield _machine_table(measured)
    yield _cold_table(measured.cold)
    yield _warm_table(measured.warm)
    for what, told in (("handler", "handler alone"), ("runtime", "with marshalling")):
        yield _growth_table(measured.growth, what, told)
    yield _memory_table(measured.memory)
    yield _settings_table(measured.settings)


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
            *(spread(cold, what, name).text(_MILLI, 0) for what in ("init", "started", "listed")),
            spread(cold, "peak", name).text(1, 0),
        )
        for name, told in _STARTS.items()
    ]
    head = ("cold start", "init, ms", "CPU to first answer, ms", "and first list, ms", "peak, MiB")
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
            growth_ratio(blocks, caller, encoding, what).text(),
        )
        for caller in _callers(blocks)
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


def _callers(blocks: Blocks) -> list[str]:
    return list(dict.fromkeys(cell.caller for cell in blocks))


def document(measured: Measured) -> dict[str, Any]:
    """Return all of it as JSON has it: medians with their ranges, and seconds throughout."""
    return {
        "machine": {
            **measured.machine,
            "load": [measured.load_before, measured.load_after],
        },
        "targets": [asdict(check) | {"passed": check.passed} for check in checks(measured)],
        "cold": {
            name: {
                what: asdict(spread(measured.cold, what, name))
                for what in ("init", "started", "listed", "peak")
            }
            for name in _STARTS
        },
        "warm": {
            caller: {
                f"{whose}_{what}": asdict(warm.spread(whose, what))
                for whose in ("ours", "floor")
                for what in ("handler", "runtime")
            }
            for caller, warm in measured.warm.items()
        },
        "growth": [
            {
                **asdict(cell),
                "characters": blocks[-1].characters,
                **{
                    what: asdict(Spread.of(seconds(measured.growth, cell, what)))
                    for what in ("handler", "runtime")
                },
            }
            for cell, blocks in measured.growth.items()
        ],
        "memory": asdict(measured.memory),
        "sizes": dict(measured.sizes),
        "calls": {"fresh": measured.fresh_calls, "stale": measured.stale_calls},
        "settings": [asdict(setting) for setting in measured.settings],
    }
