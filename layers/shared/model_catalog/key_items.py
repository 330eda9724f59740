"""How a key and its counters are laid out in the table: one item, all its attributes typed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

from model_catalog.api_keys import PREFIX, Admission, ApiKey, KeyStatus
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.limits import Counts, Usage, Window

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type Item = Mapping[str, AttributeValueTypeDef]

KEY_SORT = "KEY"  # the sort key of every key
SCHEMA = 1  # written by this release
READABLE_SCHEMAS = frozenset({SCHEMA})  # as of snapshots: whoever introduces N writes N-1 at first

_ID_SHOWN = 8
_FIRST_SCHEMA: "AttributeValueTypeDef" = {"N": "1"}
_NULL: "AttributeValueTypeDef" = {"NULL": True}
_EMPTY_MAP: "AttributeValueTypeDef" = {"M": {}}


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
    key, counts = read_key(item)
    return Admission(key=key, usage=Usage(limits=key.limits, counts=counts, now=now))


def read_key(item: Item) -> tuple[ApiKey, Counts]:
    """Read a key and its counters.

    Raises:
        KeyStoreUnavailableError: an attribute is missing or cannot be read.
    """
    with reading():
        return _key(item), _counts(item)


def text_at(item: Item, name: str) -> str | None:
    """Read a text, or None where there is none."""
    return item[name]["S"] if name in item else None


def time_at(item: Item, name: str) -> datetime | None:
    """Read a time, or None where there is none."""
    return datetime.fromtimestamp(float(item[name]["N"]), UTC) if name in item else None


@contextmanager
def reading() -> Iterator[None]:
    """Turn whatever an item cannot be read for into the one error callers know."""
    try:
        yield
    except (LookupError, OSError, OverflowError, ValueError) as error:
        raise KeyStoreUnavailableError("MalformedItem") from error


def key_id_of(item: Item) -> str:
    """Return the id of a key, of which the table makes sure that it is a text."""
    return item["pk"]["S"].removeprefix("KEY#")


def _counts(item: Item) -> Counts:
    counts = {}
    for name, value in item.items():
        if name.startswith("used_"):
            _, window, number = name.split("_")
            counts[Window(window), int(number)] = int(value["N"])
    return counts


def check_schema(item: Item) -> None:
    """Refuse what a later release wrote: its attributes may mean something else.

    Raises:
        ValueError: it did.
    """
    schema = int(item.get("schema", _FIRST_SCHEMA)["N"])
    if schema not in READABLE_SCHEMAS:
        raise ValueError(f"schema {schema} is unknown")


def _key(item: Item) -> ApiKey:
    check_schema(item)
    key_id = key_id_of(item)
    return ApiKey(
        key_id=key_id,
        name=text_at(item, "name") or "",
        prefix=text_at(item, "prefix") or f"{PREFIX}{key_id[:_ID_SHOWN]}",
        secret_hash=item["secret_hash"]["S"],
        status=KeyStatus(item["status"]["S"]),
        previous_secret_hash=text_at(item, "previous_secret_hash"),
        previous_expires_at=time_at(item, "previous_expires_at"),
        allowed_models=_texts(item, "allowed_models"),
        permissions=_texts(item, "permissions"),
        allowed_ips=frozenset(map(ip_network, _texts(item, "allowed_ips"))),
        limits={
            Window(name): int(value["N"])
            for name, value in item.get("limits", _EMPTY_MAP)["M"].items()
        },
        expires_at=time_at(item, "expires_at"),
    )


def _texts(item: Item, name: str) -> frozenset[str]:
    """Read a list or set of texts; null is as good as empty or absent."""
    value = item.get(name, _NULL)
    if "NULL" in value:
        return frozenset()
    return frozenset(value["SS"] if "SS" in value else (text["S"] for text in value["L"]))
