"""The keys of a run: thousands, of every kind there is, stored as operators' keys are."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_network
from itertools import batched
from typing import TYPE_CHECKING, Any

from model_catalog.api_keys import ApiKey, KeyStatus, mint
from model_catalog.key_records import KeyRecord
from model_catalog.limits import Window
from model_catalog.record_items import item_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 25  # items that a batch takes


class Kind(StrEnum):
    """What sets a key apart; all but the first three are refused."""

    OPEN = "open"
    RESTRICTED = "restricted"
    LIMITED = "limited"
    REVOKED = "revoked"
    DISABLED = "disabled"
    EXPIRED = "expired"
    POWERLESS = "without permission"
    ELSEWHERE = "from elsewhere"
    UNKNOWN = "unknown"


_SHARES = {  # of a hundred keys
    Kind.OPEN: 30,
    Kind.RESTRICTED: 22,
    Kind.LIMITED: 30,
    Kind.REVOKED: 4,
    Kind.DISABLED: 2,
    Kind.EXPIRED: 2,
    Kind.POWERLESS: 2,
    Kind.ELSEWHERE: 2,
    Kind.UNKNOWN: 6,
}
EVERYTHING: frozenset[str] = frozenset()
ALLOW_LISTS = tuple(
    frozenset(patterns.split())
    for patterns in (
        "@frontier",
        "@coding",
        "@fast",
        "@vision",
        "@open-weights",
        "@frontier @coding",
        "@fast gpt-6-sol",
        "openai/*",
        "anthropic/* claude-*",
        "google/* gemini/*",
        "mistral/* mistralai/*",
        "qwen/* minimax/*",
        "gpt-*",
        "sol",
        "opus sonnet haiku",
        "@security gpt-5.5",
    )
)
_LIMITS: Sequence[Mapping[Window, int]] = (
    {Window.MINUTE: 1},
    {Window.MINUTE: 3},
    {Window.MINUTE: 5, Window.HOUR: 12},
    {Window.HOUR: 2},
    {Window.HOUR: 8},
    {Window.HOUR: 20, Window.DAY: 15},
    {Window.DAY: 4},
    {Window.WEEK: 6},
    {Window.MONTH: 10, Window.MINUTE: 4},
    {Window.MONTH: 1_000_000},
)


@dataclass(frozen=True, slots=True, eq=False)
class LoadKey:
    """A key, and the secret its holder sends."""

    kind: Kind
    secret: str = field(repr=False)
    key: ApiKey


def make_keys(number: int, chance: random.Random) -> list[LoadKey]:
    """Make so many keys, their kinds in equal shares every time, in another order."""
    share = number / sum(_SHARES.values())
    kinds = [kind for kind, part in _SHARES.items() for _ in range(max(1, round(part * share)))]
    keys = [make_key(kind, chance) for kind in kinds]
    chance.shuffle(keys)
    return keys


def store_keys(client: "DynamoDBClient", table: str, keys: Iterable[LoadKey]) -> None:
    """Write all but the unknown ones, without their trails: those are an operator's."""
    now = datetime.now(UTC)
    items = (
        item_of(KeyRecord(key=each.key, created_at=now, created_by="load"))
        for each in keys
        if each.kind is not Kind.UNKNOWN
    )
    for batch in batched(items, _AT_ONCE, strict=False):
        left: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]


def make_key(kind: Kind, chance: random.Random) -> LoadKey:
    """Make a key of that kind, whatever else it is."""
    minted = mint()
    key = ApiKey(
        key_id=minted.key_id,
        name=kind,
        prefix=minted.prefix,
        secret_hash=minted.secret_hash,
        **dict(_rules(kind, chance)),
    )
    return LoadKey(kind, minted.secret, key)


def _rules(kind: Kind, chance: random.Random) -> Iterator[tuple[str, Any]]:
    if kind is Kind.RESTRICTED or (kind is Kind.LIMITED and chance.random() < 1 / 2):
        yield "allowed_models", chance.choice(ALLOW_LISTS)
    match kind:
        case Kind.LIMITED:
            yield "limits", chance.choice(_LIMITS)
        case Kind.REVOKED | Kind.DISABLED:
            yield "status", KeyStatus(kind.value)
        case Kind.EXPIRED:
            yield "expires_at", datetime.now(UTC) - timedelta(days=1)
        case Kind.POWERLESS:
            yield "permissions", frozenset({"models.write"})
        case Kind.ELSEWHERE:
            yield "allowed_ips", frozenset({ip_network("198.51.100.0/24")})
