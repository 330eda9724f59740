"""``keys audit``: who did what to which key, when, from where, and what that changed."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from rich.text import Text

from model_catalog.api_keys import parse_secret
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import Action, AuditRecord, UnreadableAudit
from model_catalog.shapes import utc_text
from model_catalog.snapshot import Json
from modelctl.documents import counted
from modelctl.failures import RefusedError
from modelctl.keys.changing import change_lines
from modelctl.keys.finding import ID_LENGTH, called_keys, is_called, meant, shown
from modelctl.output import Output, line, telling

type Audit = AuditRecord | UnreadableAudit


def show_trail(
    ledger: DynamoKeyLedger, output: Output, wanted: str | None, *, since: datetime | None
) -> None:
    """Print what was done to one key or to all, the oldest first.

    Raises:
        RefusedError: nothing was ever done to such a key.
        WrongUsageError: it names nothing.
    """
    key_ids = [None] if wanted is None else _named(ledger, output, meant(wanted))
    with output.progress("Reading the trail") as tell:
        records = (each for key_id in key_ids for each in ledger.trail(key_id, since=since))
        found = sorted(telling(records, tell), key=_place)
    output.answer(
        [_json(each) for each in found],
        *(text for each in found for text in _lines(each)),
        line(f"{counted(len(found), 'change')}.", "bold"),
    )


def _named(ledger: DynamoKeyLedger, output: Output, wanted: str) -> list[str]:
    """Return the ids of the keys that are meant, each with a trail.

    A key that is called so now goes before those that once were, deleted ones included.

    Raises:
        RefusedError: there is none.
    """
    secret = parse_secret(wanted)
    key_id = secret.key_id if secret else wanted
    if len(key_id) == ID_LENGTH and _has_trail(ledger, key_id):
        return [key_id]
    if not secret:
        here = [record.key.key_id for record in called_keys(ledger, wanted, output)]
        named = here or _once_called(ledger, output, wanted)
        if found := [each for each in named if _has_trail(ledger, each)]:
            return found
    raise RefusedError(
        f"There is no trail of a key {shown(wanted)}: it was not made with modelctl."
    )


def _has_trail(ledger: DynamoKeyLedger, key_id: str) -> bool:
    return any(True for _ in ledger.trail(key_id))


def _once_called(ledger: DynamoKeyLedger, output: Output, wanted: str) -> list[str]:
    """Return the ids of the keys that were ever called so, whatever became of them."""
    called = is_called(wanted)
    with output.progress("Looking through the trails") as tell:
        records = telling(ledger.trail(), tell)
        return sorted({each.key_id for each in records if called(each.key_id, *_names(each))})


def _names(audit: Audit) -> tuple[str, list[Json]]:
    """Return what a key was called when something was done to it, and the prefixes told of."""
    if isinstance(audit, UnreadableAudit):
        return "", []
    told = [each for each in audit.changes if each.fact == "prefix"]
    return audit.key_name, [prefix for each in told for prefix in (each.before, each.after)]


def _place(audit: Audit) -> tuple[str, str]:
    return audit.sort_key, audit.key_id


def _json(audit: Audit) -> Json:
    if isinstance(audit, UnreadableAudit):
        return {"key_id": audit.key_id, "sort_key": audit.sort_key, "intact": False}
    return {
        "key_id": audit.key_id,
        "name": audit.key_name,
        "action": audit.action,
        "at": utc_text(audit.at),
        "by": audit.actor.name,
        "from": audit.actor.host,
        "version": audit.version,
        "changes": [asdict(each) for each in audit.changes],
        "intact": audit.intact,
    }


def _lines(audit: Audit) -> Iterator[Text]:
    if isinstance(audit, UnreadableAudit):
        yield line(
            f"{audit.sort_key.partition('#')[0]}  {audit.key_id}: THIS RECORD CANNOT BE READ:"
            " it was replaced in its place.",
            "bold red",
        )
        return
    yield line(
        f"{utc_text(audit.at)}  {audit.action:8}  {audit.key_name} ({audit.key_id})"
        f"  by {audit.actor.name} from {audit.actor.host}",
        "bold",
    )
    if not audit.intact:
        yield line(
            "  THIS RECORD IS NOT WHAT WAS WRITTEN; it was replaced in its place.", "bold red"
        )
    yield from change_lines(audit.changes, gone=audit.action is Action.DELETED)
