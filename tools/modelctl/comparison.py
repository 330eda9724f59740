"""``registry diff``: a document against what is live, and who would notice."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.text import Text

from model_catalog.api_keys import ApiKey
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import UnreadableKey
from model_catalog.registry_source import Problem
from model_catalog.snapshot import EMPTY, Json, Snapshot
from modelctl.aws import Aws
from modelctl.clocks import Clocks
from modelctl.differences import Differences, compare
from modelctl.documents import check, removals_refused
from modelctl.live import described, live_snapshot, provenance
from modelctl.output import Output, line, telling
from modelctl.reach import Affected, affected
from modelctl.reports import affected_lines, difference_lines, first_warning_lines, problems_json


@dataclass(frozen=True, slots=True)
class Comparison:
    """What publishing a document would change, and for whom.

    Attributes:
        live: what is live, if anything is.
        differences: what would change.
        refusal: why removals would have to be allowed, if they would.
        keys: who would notice, if that was asked and could be read.
        warnings: what the document's author may want to look at again.
    """

    live: Snapshot | None
    differences: Differences
    refusal: Problem | None
    keys: Affected | None
    warnings: Sequence[Problem]


def diff(content: bytes, aws: Aws, output: Output, clocks: Clocks, *, with_keys: bool) -> None:
    """Print what publishing ``content`` would change, and for whom."""
    now = clocks.now()
    compiled = check(content, output, now=now)
    live = live_snapshot(aws.registry, output)
    before, after = live or EMPTY, compiled.snapshot
    keys: Affected | None = None
    if with_keys:
        with (
            aws.if_allowed("Which keys would notice is not known", output),
            output.progress("Reading the keys") as tell,
        ):
            keys = affected(telling(_keys(aws.keys), tell), before, after, now)
    comparison = Comparison(
        live, compare(before, after), removals_refused(live, after), keys, compiled.warnings
    )
    output.note(*first_warning_lines(comparison.warnings))
    output.answer(_json(comparison), *_lines(comparison))


def _lines(comparison: Comparison) -> Iterator[Text]:
    yield line(f"Compared with what is live: {described(comparison.live)}.")
    yield from difference_lines(comparison.differences)
    if comparison.keys:
        yield from affected_lines(comparison.keys)
    if comparison.refusal:
        yield line(f"publish would refuse it: it {comparison.refusal.message}.", "red")


def _json(comparison: Comparison) -> Json:
    return {
        "live": provenance(comparison.live) if comparison.live else None,
        "identical": not comparison.differences,
        **asdict(comparison.differences),
        "removals_refused": comparison.refusal.message if comparison.refusal else None,
        "keys": _affected_json(comparison.keys) if comparison.keys else None,
        "warnings": problems_json(comparison.warnings),
    }


def _keys(ledger: DynamoKeyLedger) -> Iterator[ApiKey | UnreadableKey]:
    for record in ledger.records():
        yield record if isinstance(record, UnreadableKey) else record.key


def _affected_json(found: Affected) -> Json:
    return {
        "active": found.active,
        "inactive": found.inactive,
        "unreadable": found.unreadable,
        "gaining": found.gaining,
        "losing": found.losing,
        "gained": found.gained,
        "lost": found.lost,
        "affected": [asdict(key) for key in found.keys],
    }
