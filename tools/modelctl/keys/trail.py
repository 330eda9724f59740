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
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.keys.changing import change_lines
from modelctl.keys.finding import is_called, shown
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
    if wanted is not None and not wanted.strip():
        raise WrongUsageError("KEY is empty.")
    with output.progress("Reading the trail") as tell:
        found = sorted(telling(_records(ledger, wanted, since), tell), key=_place)
    if wanted is not None and not found and since is None:
        raise RefusedError(
            f"There is no trail of a key {shown(wanted)}: it was not made with modelctl."
        )
    output.answer(
        [_json(each) for each in found],
        *(text for each in found for text in _lines(each)),
        line(f"{counted(len(found), 'change')}.", "bold"),
    )


def _records(
    ledger: DynamoKeyLedger, wanted: str | None, since: datetime | None
) -> Iterator[Audit]:
    """Find the records that are looked for; a key's own trail is all that is read for its id."""
    if wanted is None:
        yield from ledger.trail(since=since)
        return
    secret = parse_secret(wanted)
    own = [*ledger.trail(secret.key_id if secret else wanted, since=since)]
    yield from own
    if not own and not secret:
        called = is_called(wanted)
        for each in ledger.trail(since=since):
            if called(each.key_id, getattr(each, "key_name", "")):
                yield each


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
