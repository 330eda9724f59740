"""``keys list``, ``show`` and ``usage``: how keys stand."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from model_catalog.api_keys import KeyStatus
from model_catalog.key_records import KeyRecord, UnreadableKey
from modelctl.aws import Aws
from modelctl.documents import counted
from modelctl.failures import RefusedError
from modelctl.keys.filters import Filter
from modelctl.keys.finding import find_key
from modelctl.keys.options import ListOptions
from modelctl.keys.patterns import for_nobody
from modelctl.keys.rules import span, tag
from modelctl.keys.views import fact_table, key_json, key_table, usage_json, usage_table
from modelctl.live import live_snapshot
from modelctl.output import Output, line, telling
from modelctl.reports import unreadable_lines


def list_keys(aws: Aws, output: Output, wanted: ListOptions, *, now: datetime) -> None:
    """Print the keys that are looked for, by name."""
    looked_for = _filter(aws, output, wanted, now)
    with output.progress("Reading the keys") as tell:
        read = [*telling(aws.keys.records(), tell)]
    unreadable = [each.key_id for each in read if isinstance(each, UnreadableKey)]
    found = [
        each
        for each in read
        if not isinstance(each, UnreadableKey) and looked_for.matches(each, now)
    ]
    found.sort(key=lambda record: (record.key.name.casefold(), record.key.key_id))
    output.note(*unreadable_lines(unreadable))
    output.answer(
        [key_json(record, now) for record in found],
        *([key_table(found, now)] if found else []),
        _summary(found, len(read), now),
    )


def show_key(aws: Aws, output: Output, wanted: str, *, now: datetime) -> None:
    """Print all there is to know of one key."""
    record = find_key(aws.keys, wanted, output)
    output.answer(key_json(record, now), fact_table(record, now))


def show_usage(aws: Aws, output: Output, wanted: str, *, now: datetime) -> None:
    """Print how every window of a key stands."""
    record = find_key(aws.keys, wanted, output)
    output.answer(
        {"key_id": record.key.key_id, "name": record.key.name, "limits": usage_json(record, now)},
        line(f"{record.key.name} ({record.key.key_id})", "bold"),
        usage_table(record, now),
    )


def _filter(aws: Aws, output: Output, wanted: ListOptions, now: datetime) -> Filter:
    model = None
    if wanted.model is not None:
        live = live_snapshot(aws.registry, output)
        model = live.find(wanted.model) if live else None
        if model is None:
            raise RefusedError(f"No model {wanted.model} is live. See: modelctl registry show")
        if not model.supported_in_api:
            output.note(line(for_nobody(model), "yellow"))
    within, unused = wanted.expires_within, wanted.unused_for
    return Filter(
        status=wanted.status,
        name=wanted.name or "",
        owner=wanted.owner,
        tags=[tag(each) for each in wanted.tag or ()],
        model=model,
        expires_before=now + span(within) if within is not None else None,
        unused_since=now - span(unused) if unused is not None else None,
    )


def _summary(found: Sequence[KeyRecord], total: int, now: datetime) -> Text:
    if not total:
        return line("There is no key yet: modelctl keys create NAME")
    statuses = [record.key.status_at(now) for record in found]
    counts = ((status, statuses.count(status)) for status in KeyStatus)
    told = ", ".join(f"{number:,} {status}" for status, number in counts if number)
    return line(f"{len(found):,} of {counted(total, 'key')}{f': {told}' if told else ''}.", "bold")
