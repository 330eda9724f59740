"""A table whose answers are made up: any item, with either verdict on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from model_catalog.key_records import KeyRecord
from model_catalog.record_items import item_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class _ConditionalCheckFailedError(ClientError):
    """As the SDK makes it for each client."""


class _TransactionConflictError(ClientError):
    """As the SDK makes it for each client."""


def stored_item(record: KeyRecord) -> dict[str, Any]:
    """Return a key as it lies in the table."""
    return dict(item_of(record))


@dataclass
class JudgingTable:
    """One item, what it differs by, and whether the condition of a write is said to hold."""

    item: Mapping[str, Any]
    changes: Mapping[str, Any] = field(default_factory=dict)
    lets_in: bool = True
    answer: Callable[[], Any] | None = None

    @property
    def client(self) -> "DynamoDBClient":
        exceptions = SimpleNamespace(
            ConditionalCheckFailedException=_ConditionalCheckFailedError,
            TransactionConflictException=_TransactionConflictError,
        )
        double = SimpleNamespace(
            update_item=self._update, get_item=self._get, exceptions=exceptions
        )
        return cast("DynamoDBClient", double)

    @property
    def _changed(self) -> dict[str, Any]:
        changed = {**self.item, **self.changes}
        return {name: value for name, value in changed.items() if value is not None}

    def _update(self, **_: Any) -> Any:
        if self.answer is not None:
            return self.answer()
        if self.lets_in:
            return {"Attributes": self._changed, "ResponseMetadata": {"RetryAttempts": 0}}
        told: Any = {
            "Error": {"Code": "ConditionalCheckFailedException"},
            "Item": self._changed,
        }
        raise _ConditionalCheckFailedError(told, "UpdateItem")

    def _get(self, **_: Any) -> Any:
        return self.answer() if self.answer is not None else {"Item": self._changed}
