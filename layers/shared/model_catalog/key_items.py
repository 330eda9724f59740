"""How a key and its counters are laid out in the table: one item, all its attributes typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

from model_catalog.api_keys import PREFIX, Admission, ApiKey, KeyStatus
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.limits import Counts, Usage, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = Mapping[str, AttributeValueTypeDef]

SCHEMA = "1"
KEY_SORT = "KEY"  # the sort key of every key

_ID_SHOWN = 8
_NULL: "AttributeValueTypeDef" = {"NULL": True}
_EMPTY_MAP: "AttributeValueTypeDef" = {"M": {}}


@dataclass(frozen=True, slots=True)
class UnreadableKey:
    """An item that should be a key, and that nobody can read; whoever uses it gets a 503."""

    key_id: str


def primary_key(key_id: str) -> "dict[str, AttributeValueTypeDef]":
    """Return where the key ``key_id`` lies."""
    return {"pk": {"S": f"KEY#{key_id}"}, "sk": {"S": KEY_SORT}}


def counter_name(window: Window, number: int) -> str:
    """Return the attribute that counts the requests of one window."""
    return f"used_{window}_{number}"


def time_value(moment: datetime) -> "AttributeValueTypeDef":
    """Return ``moment`` as it is stored: Unix seconds, so that conditions can compare it."""
    return {"N": f"{moment.timestamp():.6f}"}


def admission_of(item: Item, now: datetime) -> Admission:
    """Read a key with its counters, as they stand at ``now``.

    Raises:
        KeyStoreUnavailableError: an attribute is missing or cannot be read.
    """
    key, counts = _read(item)
    return Admission(key=key, usage=Usage(limits=key.limits, counts=counts, now=now))


def key_of(item: Item) -> ApiKey:
    """Read a key.

    Raises:
        KeyStoreUnavailableError: an attribute is missing or cannot be read, a counter's included.
    """
    key, _ = _read(item)
    return key


def key_id_of(item: Item) -> str:
    """Return the id of a key, of which the table makes sure that it is a text."""
    return item["pk"]["S"].removeprefix("KEY#")


def _read(item: Item) -> tuple[ApiKey, Counts]:
    try:
        return _key(item), _counts(item)
    except (LookupError, OSError, OverflowError, ValueError) as error:
        raise KeyStoreUnavailableError("MalformedItem") from error


def _counts(item: Item) -> Counts:
    counts = {}
    for name, value in item.items():
        if name.startswith("used_"):
            _, window, number = name.split("_")
            counts[Window(window), int(number)] = int(value["N"])
    return counts


def _key(item: Item) -> ApiKey:
    key_id = key_id_of(item)
    return ApiKey(
        key_id=key_id,
        name=_text(item, "name") or "",
        prefix=_text(item, "prefix") or f"{PREFIX}{key_id[:_ID_SHOWN]}",
        secret_hash=item["secret_hash"]["S"],
        status=KeyStatus(item["status"]["S"]),
        previous_secret_hash=_text(item, "previous_secret_hash"),
        previous_expires_at=_time(item, "previous_expires_at"),
        allowed_models=_texts(item, "allowed_models"),
        permissions=_texts(item, "permissions"),
        allowed_ips=frozenset(map(ip_network, _texts(item, "allowed_ips"))),
        limits={
            Window(name): int(value["N"])
            for name, value in item.get("limits", _EMPTY_MAP)["M"].items()
        },
        expires_at=_time(item, "expires_at"),
    )


def _text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def _time(item: Item, name: str) -> datetime | None:
    return datetime.fromtimestamp(float(item[name]["N"]), UTC) if name in item else None


def _texts(item: Item, name: str) -> frozenset[str]:
    """Read a list or set of texts; null is as good as empty or absent."""
    value = item.get(name, _NULL)
    if "NULL" in value:
        return frozenset()
    return frozenset(value["SS"] if "SS" in value else (text["S"] for text in value["L"]))


def item_of(key: ApiKey, *, created_at: datetime, created_by: str) -> Item:
    """Return a new key as it is stored."""
    expiry = {"expires_at": time_value(key.expires_at)} if key.expires_at else {}
    return {
        **primary_key(key.key_id),
        **expiry,
        "schema": {"N": SCHEMA},
        "version": {"N": "1"},
        "name": {"S": key.name},
        "prefix": {"S": key.prefix},
        "status": {"S": key.status},
        "secret_hash": {"S": key.secret_hash},
        "permissions": _texts_value(key.permissions),
        "allowed_models": _texts_value(key.allowed_models),
        "allowed_ips": _texts_value(map(str, key.allowed_ips)),
        "limits": {"M": {window: {"N": str(limit)} for window, limit in key.limits.items()}},
        "created_at": time_value(created_at),
        "created_by": {"S": created_by},
    }


def _texts_value(texts: Iterable[str]) -> "AttributeValueTypeDef":
    return {"L": [{"S": text} for text in sorted(texts)]}
