"""Which key is meant: by id, prefix, name, or a secret somebody found."""

import re
from collections.abc import Callable, Iterable

from model_catalog.api_keys import PREFIX, masked, parse_secret
from model_catalog.key_ledger import DynamoKeyLedger, KeyNotFoundError, KeyUnreadableError
from model_catalog.key_records import KeyRecord, UnreadableKey
from model_catalog.snapshot import Json
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.output import Output, line, telling

ID_LENGTH = 16
_SHORTEST_BEGINNING = 8  # of an id: enough not to hit another key by a slip
_MOST_NAMED = 5  # of several keys that are meant perhaps
_BETWEEN = re.compile(r"[^0-9A-Za-z_-]+")  # what no secret has: quotes, a header's name, space
_SECRET_LIKE = re.compile(  # with whatever follows it, or copied without its first part
    rf"(?is:{PREFIX}.{{{ID_LENGTH + 1},}})|[0-9A-Za-z]{{38,}}"
)


def find_key(ledger: DynamoKeyLedger, wanted: str, output: Output) -> KeyRecord:
    """Return the key ``wanted`` names.

    Raises:
        RefusedError: there is none, or several, or it cannot be read.
        WrongUsageError: it names nothing.
    """
    wanted = meant(wanted)
    if secret := parse_secret(wanted):
        output.note(line("That is a whole secret: this shell may remember it.", "yellow"))
        return _known(ledger, secret.key_id, wanted)
    if len(wanted) == ID_LENGTH:
        try:
            return _read(ledger, wanted)
        except KeyNotFoundError:
            pass  # a name, perhaps
    return _only(called_keys(ledger, wanted, output), wanted)


def meant(wanted: str) -> str:
    """Return what was typed for a key: of a line with a secret in it, say a header, the secret.

    Raises:
        WrongUsageError: nothing was typed.
    """
    if not wanted.strip():
        raise WrongUsageError("KEY is empty.")
    return next(filter(parse_secret, _BETWEEN.split(wanted)), wanted.strip())


def shown(wanted: str) -> str:
    """Return what was typed for a key, with whatever may be a secret in it masked."""
    return _SECRET_LIKE.sub(lambda secret: masked(secret[0]), wanted)


def is_called(wanted: str) -> Callable[[str, str, Iterable[Json]], bool]:
    """Return how to tell whether a key of that id, name and prefixes is meant.

    It is by its name, its prefix as listed, or how its id begins.
    """
    typed = wanted.rstrip("…")
    beginning = typed.removeprefix(PREFIX)
    by_id = len(beginning) >= _SHORTEST_BEGINNING

    def called(key_id: str, name: str, prefixes: Iterable[Json]) -> bool:
        return name == wanted or typed in prefixes or (by_id and key_id.startswith(beginning))

    return called


def called_keys(ledger: DynamoKeyLedger, wanted: str, output: Output) -> list[KeyRecord]:
    """Return the keys that ``wanted`` names now; if it is the whole name of some, those alone."""
    called = is_called(wanted)
    with output.progress("Looking through the keys") as tell:
        found = [
            record
            for record in telling(ledger.records(), tell)
            if not isinstance(record, UnreadableKey)
            and called(record.key.key_id, record.key.name, [record.key.prefix])
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
