"""The targets, and how a run stands to them."""

from collections.abc import Iterator

from bench.calls import REQUESTS
from bench.cold import BARE, OURS, SOURCES, ratio
from bench.figures import Check
from bench.growth import Blocks, Cell, callers_of, growth_ratio
from bench.measured import Measured
from bench.scenery import SIZES

_SIZES = {
    "function": 32 * 1024,
    "pages": 256 * 1024,
    "shared": 256 * 1024,
    "dependencies": 24 * 2**20,
}


def checks(measured: Measured) -> list[Check]:
    """Hold everything that has a target against it."""
    return [
        Check.of_spread("init CPU, ours : bare", ratio(measured.cold, "own", OURS, BARE), 1.25),
        Check.of_spread(
            "init CPU, with : without bytecode",
            ratio(measured.cold, "own", OURS, SOURCES),
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
    yield Check("DynamoDB calls per request", writes / REQUESTS, 1, f"{writes / REQUESTS:g}", "=")
    yield Check("S3 calls within max_age", reads, 0, f"{reads} in {REQUESTS} requests", "=")
    asked = {call: count for call, count in measured.stale_calls.items() if call.startswith("s3.")}
    shown = ", ".join(f"{count} {call}" for call, count in asked.items())
    conditional = asked == {"s3.GetObject 304": 1}
    yield Check("S3 calls after max_age: one, answered 304", int(conditional), 1, shown, "=")


def _growth_checks(blocks: Blocks) -> Iterator[Check]:
    large, small = f"{SIZES[-1]:,}", SIZES[0]
    for what, told, target in (("handler", "handler", 1.3), ("runtime", "with marshalling", 1.7)):
        for caller in callers_of(blocks):
            ratio = growth_ratio(blocks, Cell(caller, "gzip", SIZES[-1]), what)
            yield Check.of_spread(f"{large} : {small} models, {told}, {caller}", ratio, target)
