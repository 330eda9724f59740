"""Keys in DynamoDB as operators keep them: each change is one transaction with its audit record."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from model_catalog.key_items import KEY_SORT, Item, primary_key
from model_catalog.key_records import (
    Action,
    Actor,
    AuditRecord,
    FactChange,
    KeyRecord,
    UnreadableAudit,
    UnreadableKey,
    changes_between,
)
from model_catalog.key_store import answering
from model_catalog.record_items import (
    AUDIT_PREFIX,
    attributes_of,
    audit_item_of,
    audit_of,
    item_of,
    record_or_unreadable,
    trail_key,
    trail_start,
    version_value,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_ATTEMPTS = 8
_UNCHANGED = "#version = :version"
_PASSING = frozenset(  # why a transaction may be cancelled that succeeds a moment later
    {"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"}
)


class KeyNotFoundError(Exception):
    """No key has that id."""


class KeyUnreadableError(Exception):
    """An item has that id, but it is no key anybody can read."""


class KeyExistsError(Exception):
    """There is a key with that id already."""


class KeyContendedError(Exception):
    """The key was being changed by others every time."""


class _ConditionFailedError(Exception):
    """The key is not what it was when it was read."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A key before a change and after it, None once it is deleted; the same if nothing changed."""

    before: KeyRecord
    after: KeyRecord | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DynamoKeyLedger:
    """The keys' table, as operators use it: who did what stands in each key's trail."""

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        table_name: str,
        actor: Callable[[], Actor],
        clock: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._actor = actor
        self._clock = clock
        self._sleep = sleep

    def get(self, key_id: str) -> KeyRecord:
        """Return the key ``key_id`` names, as it is now.

        Raises:
            KeyNotFoundError: no key has that id.
            KeyUnreadableError: nobody can read it.
            KeyStoreUnavailableError: the table did not answer.
        """
        with answering():
            response = self._client.get_item(
                TableName=self._table_name, Key=primary_key(key_id), ConsistentRead=True
            )
        if "Item" not in response:
            raise KeyNotFoundError(key_id)
        record = record_or_unreadable(response["Item"])
        if isinstance(record, UnreadableKey):
            raise KeyUnreadableError(key_id)
        return record

    def records(self) -> Iterator[KeyRecord | UnreadableKey]:
        """Iterate over all keys in no order, reading the table page by page.

        Raises:
            KeyStoreUnavailableError: the table did not answer.
        """
        items = self._pages(
            "scan",
            FilterExpression="sk = :key",  # the trails lie in the same table
            ExpressionAttributeValues={":key": {"S": KEY_SORT}},
        )
        return map(record_or_unreadable, items)

    def trail(
        self, key_id: str | None = None, *, since: datetime | None = None
    ) -> Iterator[AuditRecord | UnreadableAudit]:
        """Iterate over the audit records of one key, the oldest first, or of all in no order.

        Raises:
            KeyStoreUnavailableError: the table did not answer.
        """
        of_one, of_all = "pk = :trail AND sk >= :since", "begins_with(pk, :trail) AND sk >= :since"
        start = {":since": trail_start(since)}
        if key_id is not None:
            values = {":trail": trail_key(key_id), **start}
            items = self._pages(
                "query", KeyConditionExpression=of_one, ExpressionAttributeValues=values
            )
        else:
            values = {":trail": {"S": AUDIT_PREFIX}, **start}
            items = self._pages("scan", FilterExpression=of_all, ExpressionAttributeValues=values)
        return map(audit_of, items)

    def create(self, record: KeyRecord, action: Action = Action.CREATED) -> None:
        """Store a new key.

        Raises:
            KeyExistsError: there is a key with that id.
            KeyStoreUnavailableError: the table did not answer.
        """
        made = changes_between(None, record)
        try:
            self._write(self._put(item_of(record)), self._audit(action, record, made))
        except _ConditionFailedError as error:
            raise KeyExistsError(record.key.key_id) from error

    def change(
        self, key_id: str, action: Action, decide: Callable[[KeyRecord], KeyRecord | None]
    ) -> Changed:
        """Make of a key what ``decide`` makes of it, None deleting it.

        Its counters stay, and requests go on being counted. ``decide`` is asked again if the key
        was changed by somebody else since it was read; what it raises ends the change.

        Raises:
            KeyContendedError: others were quicker every time.
            KeyNotFoundError: no key has that id.
            KeyUnreadableError: nobody can read it.
            KeyStoreUnavailableError: the table did not answer.
        """
        for _ in range(_ATTEMPTS):
            before = self.get(key_id)
            after = decide(before)
            if after is not None and attributes_of(after) == attributes_of(before):
                return Changed(before, before)
            if after is not None:
                after = replace(after, version=before.version + 1)
            changes = changes_between(before, after)
            try:
                self._write(
                    self._replacement(before, after), self._audit(action, after or before, changes)
                )
            except _ConditionFailedError:
                continue
            return Changed(before, after)
        raise KeyContendedError(key_id)

    def _pages(self, operation: Any, **request: Any) -> Iterator[Item]:  # noqa: ANN401 - boto3's own
        with answering():
            for page in self._client.get_paginator(operation).paginate(
                TableName=self._table_name, **request
            ):
                yield from page["Items"]

    def _replacement(
        self, before: KeyRecord, after: KeyRecord | None
    ) -> "TransactWriteItemTypeDef":
        """Return the write that sets what differs; the item as a whole would lose its counters."""
        names, values = {"#version": "version"}, {":version": version_value(before.version)}
        if after is None:
            return {
                "Delete": {
                    "TableName": self._table_name,
                    "Key": primary_key(before.key.key_id),
                    "ConditionExpression": _UNCHANGED,
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": values,
                }
            }
        old, new = attributes_of(before), attributes_of(after)
        changed = [name for name in new if new[name] != old.get(name)]
        removed = [name for name in old if name not in new]
        names |= {f"#{name}": name for name in (*changed, *removed)}
        values |= {f":{name}": new[name] for name in changed}
        values[":next"] = version_value(after.version)
        setting = ", ".join(["#version = :next", *(f"#{name} = :{name}" for name in changed)])
        removing = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
        return {
            "Update": {
                "TableName": self._table_name,
                "Key": primary_key(before.key.key_id),
                "UpdateExpression": f"SET {setting}{removing}",
                "ConditionExpression": _UNCHANGED,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }

    def _audit(
        self, action: Action, record: KeyRecord, changes: tuple[FactChange, ...]
    ) -> "TransactWriteItemTypeDef":
        audit = AuditRecord(
            key_id=record.key.key_id,
            key_name=record.key.name,
            action=action,
            at=self._clock(),
            actor=self._actor(),
            version=record.version,
            changes=changes,
        )
        return self._put(audit_item_of(audit))

    def _put(self, item: Item) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._table_name,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _write(self, *actions: "TransactWriteItemTypeDef") -> None:
        """Do all of it or nothing, and try again while requests on the same key are in the way.

        The SDK gives each call a token, so that one whose reply was lost does not happen twice.
        """
        attempt = 0
        with answering():
            while True:
                attempt += 1
                try:
                    self._client.transact_write_items(TransactItems=actions)
                except self._client.exceptions.TransactionCanceledException as error:
                    _raise_unless_passing(error)
                    if attempt == _ATTEMPTS:
                        raise
                else:
                    return
                self._sleep(attempt * random.uniform(0.05, 0.15))  # noqa: S311 - jitter, no secret


def _raise_unless_passing(error: ClientError) -> None:
    """Raise what another attempt would not mend."""
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons}
    if "ConditionalCheckFailed" in codes:
        raise _ConditionFailedError from error
    if not codes & _PASSING:
        raise error
