"""Which key is meant: by id, prefix, name, or a secret somebody found."""

from collections.abc import Callable

from model_catalog.api_keys import PREFIX, masked, parse_secret
from model_catalog.key_ledger import DynamoKeyLedger, KeyNotFoundError, KeyUnreadableError
from model_catalog.key_records import KeyRecord, UnreadableKey
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.output import Output, line, telling

_ID_LENGTH = 16
_SHORTEST_BEGINNING = 8  # of an id: enough not to hit another key by a slip
_MOST_NAMED = 5  # of several keys that are meant perhaps


def find_key(ledger: DynamoKeyLedger, wanted: str, output: Output) -> KeyRecord:
    """Return the key ``wanted`` names.

    Raises:
        RefusedError: there is none, or several, or it cannot be read.
        WrongUsageError: it names nothing.
    """
    wanted = wanted.strip()
    if not wanted:
        raise WrongUsageError("KEY is empty.")
    if secret := parse_secret(wanted):
        output.note(line("That is a whole secret: this shell may remember it.", "yellow"))
        return _known(ledger, secret.key_id, wanted)
    if len(wanted) == _ID_LENGTH:
        try:
            return _read(ledger, wanted)
        except KeyNotFoundError:
            pass  # a name, perhaps
    return _only(_called(ledger, wanted, output), wanted)


def shown(wanted: str) -> str:
    """Return what was typed for a key, masked if it may be a secret."""
    looks_secret = wanted.startswith(PREFIX) and len(wanted) > len(PREFIX) + _ID_LENGTH
    return masked(wanted) if looks_secret else wanted


def is_called(wanted: str) -> Callable[[str, str], bool]:
    """Return how to tell whether a key of that id and name is meant: by its id or how it begins."""
    beginning = wanted.removeprefix(PREFIX).rstrip("…")
    by_id = len(beginning) >= _SHORTEST_BEGINNING

    def called(key_id: str, name: str) -> bool:
        return name == wanted or (by_id and key_id.startswith(beginning))

    return called


def _called(ledger: DynamoKeyLedger, wanted: str, output: Output) -> list[KeyRecord]:
    called = is_called(wanted)
    with output.progress("Looking through the keys") as tell:
        found = [
            record
            for record in telling(ledger.records(), tell)
            if not isinstance(record, UnreadableKey)
            and (
                called(record.key.key_id, record.key.name)
                or record.key.prefix == wanted.rstrip("…")
            )
        ]
    return [record for record in found if record.key.name == wanted] or found


def _only(found: list[KeyRecord], wanted: str) -> KeyRecord:
    match found:
        case [record]:
            return record
        case []:
            raise _missing(wanted)
        case several:
            named = ", ".join(
                f"{each.key.key_id} ({each.key.name}, {each.key.status})"
                for each in several[:_MOST_NAMED]
            )
            raise RefusedError(
                f"{shown(wanted)} names {len(several)} keys: {named}. Say which by its id."
            )


def _known(ledger: DynamoKeyLedger, key_id: str, wanted: str) -> KeyRecord:
    try:
        return _read(ledger, key_id)
    except KeyNotFoundError as error:
        raise _missing(wanted) from error


def _read(ledger: DynamoKeyLedger, key_id: str) -> KeyRecord:
    try:
        return ledger.get(key_id)
    except KeyUnreadableError as error:
        raise unreadable(key_id) from error


def unreadable(key_id: str) -> RefusedError:
    """Say that nobody can read a key."""
    return RefusedError(
        f"The key {key_id} cannot be read (damaged, or of a later release): whoever uses it"
        " gets a 503. Mend or delete its item in the table."
    )


def _missing(wanted: str) -> RefusedError:
    return RefusedError(f"There is no key {shown(wanted)}. See: modelctl keys list")
