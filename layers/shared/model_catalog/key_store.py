"""Keys in DynamoDB: one conditional write admits a request, or says why not."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from model_catalog.api_keys import (
    Admission,
    KeyStatus,
    PresentedSecret,
    Refusal,
    RefusalReason,
)
from model_catalog.aws_clients import impatient_client, within
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_items import (
    Item,
    admission_of,
    counter_name,
    primary_key,
    time_value,
)
from model_catalog.limits import Usage, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        UpdateItemInputTypeDef,
        UpdateItemOutputTypeDef,
    )

_ANSWERED_WITHIN = 2.2  # seconds
_SWEPT_WITHIN = 0.3  # seconds, on top
_CONFLICT_RETRIES = 3
_SWEEP_FROM = 8  # leftover counters that are worth a write of their own
# How many of the latest windows keep their counter. DynamoDB refuses a function whose clock is
# over 5 minutes off (AWS's rule for signatures), so none reaches a counter that one with the right
# time still counts on.
_KEPT = {window: 7 if window is Window.MINUTE else 2 for window in Window}
_ATTRIBUTE_NAMES = {
    "#status": "status",
    "#permissions": "permissions",  # reserved words, as are the windows' names
    **{f"#{window}": window.value for window in Window},
}
_HOLDER = (
    "(secret_hash = :digest OR (previous_secret_hash = :digest AND previous_expires_at > :now))"
)
_CONDITION = " AND ".join(
    [
        _HOLDER,
        "#status = :active",
        "(attribute_not_exists(expires_at) OR expires_at > :now)",
        "contains(#permissions, :permission)",
        *(
            f"(attribute_not_exists(limits.#{window}) OR #{window}_now < limits.#{window}"
            f" OR (attribute_not_exists(#{window}_now) AND limits.#{window} > :zero))"
            for window in Window
        ),
    ]
)
_UPDATE = (
    "SET last_used_at = :now, "
    + ", ".join(f"#{window}_now = if_not_exists(#{window}_now, :zero) + :one" for window in Window)
    + " REMOVE "
    + ", ".join(f"#{window}_old" for window in Window)
)

logger = Logger(child=True)


def dynamodb_client() -> "DynamoDBClient":
    """Return a client that gives up soon enough to answer inside a caller's five seconds."""
    client: DynamoDBClient = impatient_client("dynamodb")
    return client


class DynamoKeyStore:
    """The keys' table, as requests use it."""

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        table_name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._sleep = sleep

    def admit(self, secret: PresentedSecret, permission: str, now: datetime) -> Admission | Refusal:
        """Count one request against the key, or say why not, in one write.

        Raises:
            KeyStoreUnavailableError: the table did not answer, or holds an unreadable key.
        """
        with answering():
            try:
                update = _admission_update(secret, permission, now)
                response: Any = within(_ANSWERED_WITHIN, lambda: self._update(update))
            except self._client.exceptions.ConditionalCheckFailedException as refused:
                response = refused.response
        if "Error" in response:
            return _refusal(response.get("Item", {}), secret, permission, now)
        admission = _found(response.get("Attributes", {}), secret, now)
        self._sweep(secret.key_id, admission.usage)
        return admission

    def recognize(self, secret: PresentedSecret, now: datetime) -> Admission | Refusal:
        """Return the secret's key and its counters, counting nothing, or say why not.

        Raises:
            KeyStoreUnavailableError: the table did not answer, or holds an unreadable key.
        """
        with answering():
            response = within(
                _ANSWERED_WITHIN,
                lambda: self._client.get_item(
                    TableName=self._table_name, Key=primary_key(secret.key_id), ConsistentRead=True
                ),
            )
        if "Item" not in response:
            return Refusal(RefusalReason.UNKNOWN)
        found = _found(response["Item"], secret, now)
        reason = found.key.refuses(secret.secret_hash, now)
        return Refusal(reason) if reason else found

    def _update(self, request: "UpdateItemInputTypeDef") -> "UpdateItemOutputTypeDef":
        """Write, waiting out an operator's transaction on the same key: the SDK does not."""
        request = {"TableName": self._table_name, **request}
        for _ in range(_CONFLICT_RETRIES):
            try:
                return self._client.update_item(**request)
            except self._client.exceptions.TransactionConflictException:
                self._sleep(random.uniform(0.01, 0.04))  # noqa: S311 - jitter, not a secret
        return self._client.update_item(**request)

    def _sweep(self, key_id: str, usage: Usage) -> None:
        """Remove leftover counters once they add up, so that the item stays small.

        The request is admitted already: a sweep that fails is left to the next request.
        """
        if len(usage.counts) < _SWEEP_FROM:
            return
        leftover = [
            counter_name(window, number)
            for window, number in usage.counts
            if number <= window.number(usage.now) - _KEPT[window]
        ]
        if len(leftover) < _SWEEP_FROM:
            return
        names = {f"#c{number}": name for number, name in enumerate(leftover)}
        try:
            with answering():
                within(
                    _SWEPT_WITHIN,
                    lambda: self._client.update_item(
                        TableName=self._table_name,
                        Key=primary_key(key_id),
                        UpdateExpression=f"REMOVE {', '.join(names)}",
                        ConditionExpression="attribute_exists(pk)",
                        ExpressionAttributeNames=names,
                    ),
                )
        except KeyStoreUnavailableError:
            logger.warning("Leftover counters not swept", exc_info=True, key_id=key_id)


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever the table fails with into the one error callers know.

    The last three are the SDK's on an answer that is not DynamoDB's, a list, say.
    """
    try:
        yield
    except ClientError as error:
        raise KeyStoreUnavailableError(error.response["Error"]["Code"]) from error
    except (BotoCoreError, AttributeError, TypeError, ValueError) as error:
        raise KeyStoreUnavailableError(type(error).__name__) from error


def _admission_update(
    secret: PresentedSecret, permission: str, now: datetime
) -> "UpdateItemInputTypeDef":
    return {  # type: ignore[typeddict-item] # the table's name is added where it is sent
        "Key": primary_key(secret.key_id),
        "UpdateExpression": _UPDATE,
        "ConditionExpression": _CONDITION,
        "ExpressionAttributeNames": _attribute_names(now.replace(second=0, microsecond=0)),
        "ExpressionAttributeValues": {
            ":digest": {"S": secret.secret_hash},
            ":active": {"S": KeyStatus.ACTIVE},
            ":permission": {"S": permission},
            ":now": time_value(now),
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
        },
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


@lru_cache(maxsize=2)
def _attribute_names(minute: datetime) -> Mapping[str, str]:
    """Return what stands for which attribute in requests of that minute."""
    names = dict(_ATTRIBUTE_NAMES)
    for window in Window:
        number = window.number(minute)
        names[f"#{window}_now"] = counter_name(window, number)
        names[f"#{window}_old"] = counter_name(window, number - _KEPT[window])
    return names


def _refusal(item: Item, secret: PresentedSecret, permission: str, now: datetime) -> Refusal:
    """Say why the condition failed, judging the item it failed on as the table did."""
    if not item:
        return Refusal(RefusalReason.UNKNOWN)
    found = _found(item, secret, now)
    if reason := found.key.refuses(secret.secret_hash, now):
        return Refusal(reason)
    if permission not in found.key.permissions:
        return Refusal(RefusalReason.PERMISSION)
    if spent := found.usage.exhausted:
        return Refusal(RefusalReason.LIMIT, found.usage, spent)
    raise KeyStoreUnavailableError("MalformedItem")  # the table and we read it differently


def _found(item: Item, secret: PresentedSecret, now: datetime) -> Admission:
    """Read the item that came back, if it is the one that was asked for.

    Raises:
        KeyStoreUnavailableError: it is another key's, by a reply that crossed, or unreadable.
    """
    found = admission_of(item, now)
    if found.key.key_id != secret.key_id:
        raise KeyStoreUnavailableError("ForeignItem")
    return found
