"""The compiled registry: what the publisher writes and every request reads."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

type Json = bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None

LARGEST_SOURCE = 20 * 2**20  # bytes of an authored document that are read at all
LARGEST_SNAPSHOT = 20 * 2**20  # bytes of a live object; all that answers can show is smaller
FORMAT = 1  # written by this release
READABLE_FORMATS = frozenset({FORMAT})  # a release that introduces N reads N and N-1, writes N-1


class UnreadableSnapshotError(Exception):
    """The object is not a snapshot, or of a format this release does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One model, checked and with every default filled in.

    The fields are the authored ones (see ``registry.RegisteredModel``); None stands for what the
    registry does not say.
    """

    id: str
    display_name: str
    description: str
    context_window: int
    input_context_window: int | None
    max_output_tokens: int | None
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    supported_reasoning_levels: tuple[Mapping[str, str], ...]
    default_reasoning_level: str | None
    supports_reasoning_summaries: bool
    support_verbosity: bool
    default_verbosity: str | None
    prefer_websockets: bool
    supports_parallel_tool_calls: bool
    supported_in_api: bool
    visibility: str
    minimal_client_version: str | None
    priority: int
    additional_speed_tiers: tuple[str, ...] | None
    service_tiers: tuple[Mapping[str, str], ...] | None
    default_service_tier: str | None
    supported_parameters: tuple[str, ...] | None
    pricing: Mapping[str, str] | None
    shutdown_date: str | None
    aliases: tuple[str, ...]
    groups: tuple[str, ...]
    codex: Mapping[str, Json]

    @property
    def listed(self) -> bool:
        """Tell whether lists show the model to whoever may see it."""
        return self.supported_in_api and self.visibility == "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All models of one published registry.

    Attributes:
        source_sha256: the hex digest of the authored document.
        source_version: which version of that object it was; "" if there is none.
        published_at: when it became live, in whole seconds of UTC.
        codex_instructions: the system prompt of Codex entries that have none of their own.
        entries: the models, highest priority first, then by id.
    """

    source_sha256: str
    source_version: str
    published_at: datetime
    codex_instructions: str
    entries: tuple[CatalogEntry, ...]
    _named: Mapping[str, CatalogEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the entries by everything they are called."""
        named = {alias: entry for entry in self.entries for alias in entry.aliases}
        named |= {entry.id: entry for entry in self.entries}
        object.__setattr__(self, "_named", MappingProxyType(named))

    @property
    def created(self) -> int:
        """Return what every model's ``created`` says: Unix seconds of the publication."""
        return int(self.published_at.timestamp())

    def find(self, name: str) -> CatalogEntry | None:
        """Return the model with that id or alias."""
        return self._named.get(name)


EMPTY = Snapshot(
    source_sha256="",
    source_version="",
    published_at=datetime.fromtimestamp(0, UTC),
    codex_instructions="",
    entries=(),
)


def in_order(entries: list[CatalogEntry]) -> tuple[CatalogEntry, ...]:
    """Return ``entries`` as every list shows them: highest priority first, then by id."""
    return tuple(sorted(entries, key=lambda entry: (-entry.priority, entry.id)))


def dump(snapshot: Snapshot) -> bytes:
    """Return the live object's content."""
    document = {
        "format": FORMAT,
        "source_sha256": snapshot.source_sha256,
        "source_version": snapshot.source_version,
        "published_at": snapshot.published_at.isoformat(),
        "codex_instructions": snapshot.codex_instructions,
        "models": [asdict(entry) for entry in snapshot.entries],
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode()


def load(content: bytes) -> Snapshot:
    """Read the live object's content.

    Raises:
        UnreadableSnapshotError: it is truncated, too large, no snapshot, or of an unknown format.
    """
    if len(content) > LARGEST_SNAPSHOT:
        raise UnreadableSnapshotError(f"larger than {LARGEST_SNAPSHOT:,} bytes")
    try:
        document = _object(json.loads(content.decode()))
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()  # as it has to leave
        if _integer(document["format"]) not in READABLE_FORMATS:
            raise UnreadableSnapshotError(f"snapshot format {document['format']} is unknown")
        return Snapshot(
            source_sha256=_text(document["source_sha256"]),
            source_version=_text(document["source_version"]),
            published_at=datetime.fromisoformat(_text(document["published_at"])).astimezone(UTC),
            codex_instructions=_text(document["codex_instructions"]),
            entries=tuple(map(_entry, _list(document["models"]))),
        )
    except (LookupError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise UnreadableSnapshotError(f"not a snapshot: {error}") from error


def _entry(value: object) -> CatalogEntry:
    model = _object(value)
    if unknown := model.keys() - _READERS_BY_FIELD.keys():
        raise ValueError(f"unknown fields {sorted(unknown)}")
    entry = CatalogEntry(**{name: read(model[name]) for name, read in _READERS_BY_FIELD.items()})
    for level in entry.supported_reasoning_levels:
        _text(level["effort"])
    return entry


def _exactly[T](kind: type[T]) -> Callable[[object], T]:
    def read(value: object) -> T:
        if type(value) is not kind:  # exactly: JSON's true is not a number
            raise TypeError(f"{value!r:.80} is not {kind.__name__}")
        return value

    return read


def _optional[T](read: Callable[[object], T]) -> Callable[[object], T | None]:
    return lambda value: None if value is None else read(value)


def _tuple_of[T](read: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    return lambda value: tuple(map(read, _list(value)))


def _texts_by_name(value: object) -> Mapping[str, str]:
    return {name: _text(text) for name, text in _object(value).items()}


_text, _integer, _truth = _exactly(str), _exactly(int), _exactly(bool)
_list, _object = _exactly(list), _exactly(dict)
_READERS_BY_ANNOTATION: Mapping[object, Callable[[object], Any]] = {
    str: _text,
    str | None: _optional(_text),
    int: _integer,
    int | None: _optional(_integer),
    bool: _truth,
    tuple[str, ...]: _tuple_of(_text),
    tuple[str, ...] | None: _optional(_tuple_of(_text)),
    tuple[Mapping[str, str], ...]: _tuple_of(_texts_by_name),
    tuple[Mapping[str, str], ...] | None: _optional(_tuple_of(_texts_by_name)),
    Mapping[str, str] | None: _optional(_texts_by_name),
    Mapping[str, Json]: _object,
}
_READERS_BY_FIELD = {
    field.name: _READERS_BY_ANNOTATION[field.type] for field in fields(CatalogEntry)
}
