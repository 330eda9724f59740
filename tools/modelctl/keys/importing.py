"""``keys import``: takes over the keys of a codex-lb; their holders keep their secrets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.text import Text

from model_catalog.api_keys import ApiKey, KeyStatus, imported_key_id
from model_catalog.key_ledger import DynamoKeyLedger, KeyExistsError
from model_catalog.key_records import Action, KeyRecord, UnreadableKey
from model_catalog.snapshot import Json
from modelctl.aws import Aws
from modelctl.documents import STANDARD_INPUT, counted, read_document
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.keys.codex_lb import (
    ForeignKey,
    UnreadableExportError,
    UnusableKey,
    is_database,
    read_database,
    read_rows,
)
from modelctl.output import Output, line, telling

_COMPARED = ("name", "status", "allowed_models", "expires_at")  # what codex-lb may say otherwise


@dataclass(slots=True)
class _Outcome:
    """What came of each key."""

    imported: list[ForeignKey] = field(default_factory=list)
    kept: list[tuple[ForeignKey, list[str]]] = field(default_factory=list)
    left_out: list[UnusableKey] = field(default_factory=list)
    unmapped: list[tuple[str, str]] = field(default_factory=list)


def import_keys(aws: Aws, output: Output, path: Path, *, now: datetime, dry_run: bool) -> None:
    """Take over the keys in ``path`` that are not here yet; those that are stay as they are.

    Raises:
        RefusedError: the file cannot be read.
        WrongUsageError: it is a database, and not a file.
    """
    foreign, outcome = _read(path), _Outcome()
    with output.progress("Importing") as tell:
        here = _here(aws.keys)
        for each in telling(foreign, tell):
            if isinstance(each, UnusableKey):
                outcome.left_out.append(each)
                continue
            outcome.unmapped += [(each.name, what) for what in each.unmapped]
            record = _record(each, made_by=aws.actor.name, now=now)
            if record.key.key_id in here:
                outcome.kept.append((each, [*_differences(here[record.key.key_id], record)]))
            elif reason := _refusal(aws.keys, record, dry_run=dry_run):
                outcome.left_out.append(UnusableKey(each.name, reason))
            else:
                outcome.imported.append(each)
                here[record.key.key_id] = record
    output.answer(_json(outcome, dry_run=dry_run), *_lines(outcome, dry_run=dry_run))


def _read(path: Path) -> list[ForeignKey | UnusableKey]:
    content = read_document(path)
    if path == STANDARD_INPUT and is_database(content):
        raise WrongUsageError("A database cannot be read from standard input. Name its file.")
    try:
        return read_database(path) if is_database(content) else read_rows(content)
    except UnreadableExportError as error:
        raise RefusedError(str(error)) from error


def _here(ledger: DynamoKeyLedger) -> dict[str, KeyRecord | UnreadableKey]:
    return {
        each.key_id if isinstance(each, UnreadableKey) else each.key.key_id: each
        for each in ledger.records()
    }


def _refusal(ledger: DynamoKeyLedger, record: KeyRecord, *, dry_run: bool) -> str | None:
    """Store a key, or say why it is not to be."""
    key_id = record.key.key_id
    if any(True for _ in ledger.trail(key_id)):
        return f"it was deleted here: modelctl keys audit {key_id}"
    try:
        if not dry_run:
            ledger.create(record, Action.IMPORTED)
    except KeyExistsError:
        return "somebody else imported it at the same time"
    return None


def _record(foreign: ForeignKey, *, made_by: str, now: datetime) -> KeyRecord:
    return KeyRecord(
        key=ApiKey(
            key_id=imported_key_id(foreign.secret_hash),
            name=foreign.name,
            prefix=foreign.prefix,
            secret_hash=foreign.secret_hash,
            status=KeyStatus.ACTIVE if foreign.is_active else KeyStatus.DISABLED,
            allowed_models=foreign.allowed_models,
            expires_at=foreign.expires_at,
        ),
        created_at=foreign.created_at or now,
        created_by=made_by,
        last_used_at=foreign.last_used_at,
    )


def _differences(here: KeyRecord | UnreadableKey, there: KeyRecord) -> Iterator[str]:
    if isinstance(here, UnreadableKey):
        yield "cannot be read here"
        return
    for fact in _COMPARED:
        if here.facts[fact] != there.facts[fact]:
            yield f"{fact} is {here.facts[fact]} here and {there.facts[fact]} there"


def _json(outcome: _Outcome, *, dry_run: bool) -> Json:
    return {
        "dry_run": dry_run,
        "imported": [{"name": each.name, "prefix": each.prefix} for each in outcome.imported],
        "kept": [
            {"name": each.name, "prefix": each.prefix, "differences": told}
            for each, told in outcome.kept
        ],
        "left_out": [{"name": each.name, "reason": each.reason} for each in outcome.left_out],
        "unmapped": [{"name": name, "what": what} for name, what in outcome.unmapped],
    }


def _lines(outcome: _Outcome, *, dry_run: bool) -> Iterator[Text]:
    for each in outcome.imported:
        yield line(f"+ {each.name} ({each.prefix}…)", "green")
    for each, differences in outcome.kept:
        told = f", but: {'; '.join(differences)}" if differences else ""
        yield line(f"= {each.name} ({each.prefix}…): here already{told}")
    for unusable in outcome.left_out:
        yield line(f"! {unusable.name}: not imported; {unusable.reason}", "red")
    for name, what in outcome.unmapped:
        yield line(f"? {name}: no counterpart here: {what}", "yellow")
    verb = "would be imported" if dry_run else "imported"
    yield line(
        f"{counted(len(outcome.imported), 'key')} {verb}, {len(outcome.kept):,} here already,"
        f" {len(outcome.left_out):,} left out,"
        f" {counted(len(outcome.unmapped), 'thing')} without a counterpart.",
        "bold",
    )
