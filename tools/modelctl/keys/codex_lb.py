"""Keys of a codex-lb installation: its SQLite database, or its rows as JSON.

Read as codex-lb 1.24.0 writes them (its ``app/db/models.py``, 2026-11-25): digests are SHA-256 of
the whole secret, times are UTC without a zone, an absent or empty list of models allows all, and a
key that enforces a model lists that one alone.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from model_catalog.snapshot import Json

_SQLITE = b"SQLite format 3\x00"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_GLOBBING = re.compile(
    r"[*?\[]|\A@"
)  # what our allow-lists take for a pattern, and codex-lb does not
_TAKEN_OVER = {
    "name",
    "key_hash",
    "key_prefix",
    "allowed_models",
    "enforced_model",
    "expires_at",
    "is_active",
    "created_at",
    "last_used_at",
}
_OF_NO_CONSEQUENCE = {"id", "usage_sections"}
_USUAL = {"traffic_class": "foreground"}
_CHILDREN = {  # tables whose rows belong to a key, and how they are called here
    "api_key_limits": "limits",
    "api_key_accounts": "assigned accounts",
    "api_key_model_sources": "assigned sources",
}


class UnreadableExportError(Exception):
    """The file is neither a codex-lb database nor its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A key as codex-lb knows it.

    Attributes:
        name: what it is called.
        secret_hash: the SHA-256 of its secret.
        prefix: its secret's first characters.
        allowed_models: what it may use, as an allow-list of ours; empty allows all.
        is_active: whether it works, but for its expiry.
        expires_at: when it stops working.
        created_at: when it was made.
        last_used_at: when it was last used.
        unmapped: what of it has no counterpart here.
    """

    name: str
    secret_hash: str = field(repr=False)
    prefix: str
    allowed_models: frozenset[str]
    is_active: bool
    expires_at: datetime | None
    created_at: datetime | None
    last_used_at: datetime | None
    unmapped: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnusableKey:
    """A row that is no key anybody could use, and why."""

    name: str
    reason: str


def is_database(content: bytes) -> bool:
    """Tell whether a file that begins with ``content`` is a SQLite database."""
    return content.startswith(_SQLITE)


def read_database(path: Path) -> list[ForeignKey | UnusableKey]:
    """Read the keys in a codex-lb database, which may be in use.

    Raises:
        UnreadableExportError: it is damaged, or no codex-lb's.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            rows = [
                dict(row)
                for row in database.execute("SELECT key_hash, * FROM api_keys ORDER BY id")
            ]
            for table, called in _CHILDREN.items():
                _adopt(rows, [*_rows(database, table)], called)
    except sqlite3.Error as error:
        raise UnreadableExportError(f"{path} is no codex-lb database: {error}.") from error
    return _keys(rows)


def read_rows(content: bytes) -> list[ForeignKey | UnusableKey]:
    """Read the rows of codex-lb's table ``api_keys``: an object per line, or one array of them.

    Raises:
        UnreadableExportError: a line is no such object.
    """
    try:
        text = content.decode()
        rows: Any = json.loads(text) if text.lstrip().startswith("[") else _lines(text)
    except (RecursionError, ValueError) as error:
        raise UnreadableExportError(
            f"The file is no JSON, and no SQLite database: {error}."
        ) from error
    return _keys(rows)


def _keys(rows: Sequence[Any]) -> list[ForeignKey | UnusableKey]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or "key_hash" not in row:
            raise UnreadableExportError(f"Row {number} is no key: it has no key_hash.")
    return list(map(_key, rows))


def _lines(text: str) -> list[Json]:
    return [json.loads(each) for each in text.split("\n") if each.strip()]


def _rows(database: sqlite3.Connection, table: str) -> Iterator[dict[str, Json]]:
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if database.execute(known, (table,)).fetchone():  # older releases lack some
        rows = database.execute(f"SELECT api_key_id, * FROM {table}")  # noqa: S608 - one of our constants
        yield from map(dict, rows)


def _adopt(keys: list[dict[str, Json]], children: list[dict[str, Json]], called: str) -> None:
    for key in keys:
        key[called] = [each for each in children if each["api_key_id"] == key["id"]]


def _key(row: Mapping[str, Json]) -> ForeignKey | UnusableKey:
    name = str(row.get("name") or "").strip()
    name = name or str(row.get("key_prefix") or "without a name")
    try:
        if not _DIGEST.match(str(row["key_hash"])):
            return UnusableKey(name, "its digest is no SHA-256 in hex digits")
        return ForeignKey(
            name=name,
            secret_hash=str(row["key_hash"]),
            prefix=str(row.get("key_prefix") or ""),
            allowed_models=_allowed(row),
            is_active=_truth(row.get("is_active", True)),
            expires_at=_time(row.get("expires_at")),
            created_at=_time(row.get("created_at")),
            last_used_at=_time(row.get("last_used_at")),
            unmapped=[*_unmapped(row)],
        )
    except (OverflowError, TypeError, ValueError) as error:
        return UnusableKey(name, str(error))


def _allowed(row: Mapping[str, Json]) -> frozenset[str]:
    models = row.get("allowed_models")
    if isinstance(models, str):
        models = json.loads(models)
    if not isinstance(models, list | None) or not all(
        isinstance(each, str) for each in models or ()
    ):
        raise TypeError("its allowed_models is no list of texts")
    enforced = row.get("enforced_model")
    names = [str(enforced)] if enforced else [each for each in models or () if each.strip()]
    return frozenset(map(_exactly, names))


def _exactly(model: str) -> str:
    """Return a pattern that matches ``model`` alone: there, a name is never one."""
    return _GLOBBING.sub(lambda mark: f"[{mark[0]}]", model)


def _truth(value: Json) -> bool:
    if value not in (True, False):  # which 1 and 0 are, too
        raise ValueError("its is_active is neither true nor false")
    return bool(value)


def _time(value: Json) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _unmapped(row: Mapping[str, Json]) -> Iterator[str]:
    """Describe what has no counterpart here; of accounts and sources, how many."""
    if row.get("enforced_model"):
        yield f"enforced_model: {row['enforced_model']} (here it is all that is allowed)"
    for column, value in row.items():
        if column in _TAKEN_OVER | _OF_NO_CONSEQUENCE or not value:
            continue
        if column == "limits" and isinstance(value, list):
            yield from map(_limit, value)
        elif isinstance(value, list):
            yield f"{len(value)} {column}"
        elif value != _USUAL.get(column):
            yield f"{column}: {value}"


def _limit(limit: Json) -> str:
    """Describe a limit; all of codex-lb's count tokens or money, and none counts requests."""
    if not isinstance(limit, Mapping):
        return f"limit: {limit}"
    of_model = f" for {limit['model_filter']}" if limit.get("model_filter") else ""
    return (
        f"limit: {limit.get('max_value')} {limit.get('limit_type')}"
        f" {limit.get('limit_window')}{of_model}"
    )
