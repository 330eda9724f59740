"""``keys update``, ``disable``, ``enable``, ``revoke`` and ``delete``: what changed is told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.text import Text

from model_catalog.key_ledger import (
    Changed,
    DynamoKeyLedger,
    KeyContendedError,
    KeyNotFoundError,
    KeyUnreadableError,
)
from model_catalog.key_records import Action, FactChange, KeyRecord, changes_between
from model_catalog.shapes import utc_text
from model_catalog.snapshot import Json
from modelctl.aws import Aws
from modelctl.failures import RefusedError
from modelctl.keys.finding import find_key, unreadable
from modelctl.keys.lifecycle import disabled, enabled, refuse_unless_ended, revoked
from modelctl.keys.options import ChangeOptions
from modelctl.keys.patterns import warn_of_unmatched
from modelctl.keys.rules import changed
from modelctl.keys.views import key_json
from modelctl.output import Output, line

_EMPTY = {"allowed_models": "all", "allowed_ips": "everywhere", "expires_at": "never"}


@dataclass(frozen=True, slots=True)
class Changing:
    """Changes keys of one stack.

    Attributes:
        aws: the stack.
        output: where it is told what changed.
        now: the time of it.
    """

    aws: Aws
    output: Output
    now: datetime

    def update(self, wanted: str, given: ChangeOptions) -> None:
        """Change what a key may do."""
        found = self._find(wanted)
        allowed = changed(found, given, self.now).key.allowed_models
        warn_of_unmatched(self.aws, self.output, allowed - found.key.allowed_models)
        self._change(found, Action.UPDATED, lambda record: changed(record, given, self.now))

    def disable(self, wanted: str) -> None:
        """Stop a key until it is enabled again."""
        self._change(self._find(wanted), Action.DISABLED, disabled)

    def enable(self, wanted: str) -> None:
        """Let a key work again."""
        change = self._change(self._find(wanted), Action.ENABLED, enabled)
        end = change.before.key.expires_at
        if end and end <= self.now:
            self.output.note(
                line(
                    f"It expired at {utc_text(end)} and goes on being refused until it is given"
                    " time: modelctl keys update --expires",
                    "yellow",
                )
            )

    def revoke(self, wanted: str, *, sure: bool) -> None:
        """Stop a key for ever, once whoever asks for it is sure."""
        found = self._find(wanted)
        question = f"Revoke {found.key.name} ({found.key.key_id}) for ever?"
        if not sure and not self.output.ask(question):
            raise RefusedError("Nothing was revoked. (--yes revokes without asking.)")
        self._change(found, Action.REVOKED, revoked)

    def delete(self, wanted: str) -> None:
        """Delete a key that is revoked or expired; its trail stays."""
        found = self._find(wanted)

        def gone(record: KeyRecord) -> None:
            refuse_unless_ended(record, self.now)

        settled(self.aws.keys, found, Action.DELETED, gone)
        self.output.answer(
            {"key_id": found.key.key_id, "outcome": Action.DELETED},
            line(f"Deleted {found.key.name} ({found.key.key_id}). Its trail stays:", "bold green"),
            line(f"  modelctl keys audit {found.key.key_id}"),
        )

    def _find(self, wanted: str) -> KeyRecord:
        return find_key(self.aws.keys, wanted, self.output)

    def _change(
        self, found: KeyRecord, action: Action, decide: Callable[[KeyRecord], KeyRecord]
    ) -> Changed:
        change = settled(self.aws.keys, found, action, decide)
        assert change.after is not None  # noqa: S101 - these delete nothing
        changes = changes_between(change.before, change.after)
        self.output.answer(
            {
                "outcome": action if changes else "unchanged",
                "changes": [asdict(each) for each in changes],
                "key": key_json(change.after, self.now),
            },
            *_lines(change.after, action, changes),
        )
        return change


def settled(
    ledger: DynamoKeyLedger,
    found: KeyRecord,
    action: Action,
    decide: Callable[[KeyRecord], KeyRecord | None],
) -> Changed:
    """Change a key that was found a moment ago.

    Raises:
        RefusedError: it is gone since, or others change it all the time.
    """
    key_id = found.key.key_id
    try:
        return ledger.change(key_id, action, decide)
    except KeyNotFoundError as error:
        raise RefusedError(f"The key {key_id} was deleted in the meantime.") from error
    except KeyUnreadableError as error:
        raise unreadable(key_id) from error
    except KeyContendedError as error:
        raise RefusedError(
            f"Others kept changing {key_id}; nothing was changed. Try again."
        ) from error


def change_lines(changes: tuple[FactChange, ...], *, gone: bool = False) -> Iterator[Text]:
    """Describe what changed, fact by fact; of a key that is ``gone``, what it was."""
    for each in changes:
        if gone:
            yield line(f"  {each.fact}: {_written(each.fact, each.before)}")
            continue
        before, after = (_written(each.fact, value) for value in (each.before, each.after))
        yield line(f"  {each.fact}: {before} -> {after}")


def _lines(record: KeyRecord, action: Action, changes: tuple[FactChange, ...]) -> Iterator[Text]:
    name = f"{record.key.name} ({record.key.key_id})"
    if not changes:
        yield line(f"{name} is as it was: nothing to change.")
        return
    yield line(f"{action.capitalize()} {name}.", "bold green")
    yield from change_lines(changes)


def _written(fact: str, value: Json) -> str:
    return json.dumps(value, ensure_ascii=False) if value else _EMPTY.get(fact, "nothing")
