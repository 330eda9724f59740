"""How what operators write is laid out in the table: keys, and the trail of their changes."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_items import (
    SCHEMA,
    Item,
    check_schema,
    key_id_of,
    primary_key,
    read_key,
    reading,
    text_at,
    time_at,
    time_value,
)
from model_catalog.key_records import (
    Action,
    Actor,
    AuditRecord,
    FactChange,
    KeyRecord,
    UnreadableAudit,
    UnreadableKey,
    utc_micros,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

AUDIT_PREFIX = "AUDIT#"  # of the partition key of every trail
KEPT_AFTER_EXPIRY = timedelta(days=90)  # then the table removes the key; its trail stays
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # that can be stored, and read again

_UNREADABLE = (  # whatever somebody may have put there
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
_NO_TAGS: "AttributeValueTypeDef" = {"M": {}}


def attributes_of(record: KeyRecord) -> "dict[str, AttributeValueTypeDef]":
    """Return what an operator's change may write: all but counters, time of use and version."""
    key = record.key
    times = {"expires_at": key.expires_at, "previous_expires_at": key.previous_expires_at}
    texts = {"owner": record.owner, "previous_secret_hash": key.previous_secret_hash}
    tags: AttributeValueTypeDef = {"M": {name: {"S": text} for name, text in record.tags.items()}}
    return {
        "name": {"S": key.name},
        "prefix": {"S": key.prefix},
        "status": {"S": key.status},
        "secret_hash": {"S": key.secret_hash},
        "permissions": _texts_value(key.permissions),
        "allowed_models": _texts_value(key.allowed_models),
        "allowed_ips": _texts_value(map(str, key.allowed_ips)),
        "limits": {"M": {window: {"N": str(limit)} for window, limit in key.limits.items()}},
        **{name: time_value(min(moment, LATEST)) for name, moment in times.items() if moment},
        **({"remove_at": _removal(key.expires_at)} if key.expires_at else {}),
        **{name: {"S": text} for name, text in texts.items() if text},
        **({"tags": tags} if record.tags else {}),
    }


def item_of(record: KeyRecord) -> Item:
    """Return a new key as it is stored; it has counted nothing yet."""
    used = {"last_used_at": time_value(record.last_used_at)} if record.last_used_at else {}
    return {
        **primary_key(record.key.key_id),
        **attributes_of(record),
        **used,
        "schema": {"N": str(SCHEMA)},
        "version": version_value(record.version),
        "created_at": time_value(record.created_at),
        "created_by": {"S": record.created_by},
    }


def version_value(version: int) -> "AttributeValueTypeDef":
    """Return a key's version as it is stored."""
    return {"N": str(version)}


def record_of(item: Item) -> KeyRecord:
    """Read a key with all that is stored of it.

    Raises:
        KeyStoreUnavailableError: an attribute is missing or cannot be read.
    """
    key, counts = read_key(item)
    with reading():
        return KeyRecord(
            key=key,
            owner=text_at(item, "owner") or "",
            tags={name: text["S"] for name, text in item.get("tags", _NO_TAGS)["M"].items()},
            created_at=datetime.fromtimestamp(float(item["created_at"]["N"]), UTC),
            created_by=item["created_by"]["S"],
            last_used_at=time_at(item, "last_used_at"),
            counts=counts,
            version=int(item["version"]["N"]),
        )


def record_or_unreadable(item: Item) -> KeyRecord | UnreadableKey:
    """Read a key, or tell which one cannot be read."""
    try:
        return record_of(item)
    except KeyStoreUnavailableError:
        return UnreadableKey(key_id_of(item))


def trail_key(key_id: str) -> "AttributeValueTypeDef":
    """Return the partition that holds a key's trail, and nothing else."""
    return {"S": f"{AUDIT_PREFIX}{key_id}"}


def trail_start(since: datetime | None) -> "AttributeValueTypeDef":
    """Return where in a trail the records since a moment begin."""
    return {"S": utc_micros(since) if since else "0"}


def audit_item_of(audit: AuditRecord) -> Item:
    """Return an audit record as it is stored."""
    return {
        "pk": trail_key(audit.key_id),
        "sk": {"S": audit.sort_key},
        "schema": {"N": str(SCHEMA)},
        "key_name": {"S": audit.key_name},
        "action": {"S": audit.action},
        "actor": {"S": audit.actor.name},
        "host": {"S": audit.actor.host},
        "version": version_value(audit.version),
        "changes": {"S": audit.changes_text},
    }


def audit_of(item: Item) -> AuditRecord | UnreadableAudit:
    """Read an audit record, and whether it says what it said when it was written."""
    key_id, sort_key = item["pk"]["S"].removeprefix(AUDIT_PREFIX), item["sk"]["S"]
    try:
        return _audit(item, key_id, sort_key)
    except _UNREADABLE:
        return UnreadableAudit(key_id, sort_key)


def _audit(item: Item, key_id: str, sort_key: str) -> AuditRecord:
    check_schema(item)
    audit = AuditRecord(
        key_id=key_id,
        key_name=item["key_name"]["S"],
        action=Action(item["action"]["S"]),
        at=datetime.fromisoformat(sort_key.partition("#")[0]).astimezone(UTC),
        actor=Actor(item["actor"]["S"], item["host"]["S"]),
        version=int(item["version"]["N"]),
        changes=tuple(
            FactChange(fact, before, after)
            for fact, (before, after) in json.loads(item["changes"]["S"]).items()
        ),
    )
    return audit if audit.sort_key == sort_key else replace(audit, intact=False)


def _removal(expires_at: datetime) -> "AttributeValueTypeDef":
    """Return when the table may remove a key, in the whole seconds that its rule reads."""
    end = min(expires_at, LATEST - KEPT_AFTER_EXPIRY) + KEPT_AFTER_EXPIRY
    return {"N": str(int(end.timestamp()))}


def _texts_value(texts: Iterable[str]) -> "AttributeValueTypeDef":
    return {"L": [{"S": text} for text in sorted(texts)]}
