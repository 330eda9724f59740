"""The compiled registry: what the publisher writes and every request reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from types import MappingProxyType, NoneType
from typing import Any

type Json = bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None

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
        UnreadableSnapshotError: it is truncated, not a snapshot, or of an unknown format.
    """
    try:
        document = json.loads(content)
        if document["format"] not in READABLE_FORMATS:
            raise UnreadableSnapshotError(f"snapshot format {document['format']!r} is unknown")
        return Snapshot(
            source_sha256=_typed(document["source_sha256"], (str,)),
            source_version=_typed(document["source_version"], (str,)),
            published_at=datetime.fromisoformat(document["published_at"]).astimezone(UTC),
            codex_instructions=_typed(document["codex_instructions"], (str,)),
            entries=tuple(map(_entry, _typed(document["models"], (list,)))),
        )
    except (LookupError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise UnreadableSnapshotError(f"not a snapshot: {error}") from error


def _entry(model: Mapping[str, Any]) -> CatalogEntry:
    if unknown := model.keys() - _TYPES_BY_FIELD.keys():
        raise ValueError(f"unknown fields {sorted(unknown)}")
    return CatalogEntry(
        **{name: _typed(model[name], types) for name, types in _TYPES_BY_FIELD.items()}
    )


def _typed(value: Any, types: tuple[type, ...]) -> Any:  # noqa: ANN401 - JSON, before it is checked
    if type(value) not in types:  # exactly: JSON's true is not a number
        raise TypeError(f"{value!r:.80} is not {' or '.join(kind.__name__ for kind in types)}")
    return tuple(value) if isinstance(value, list) else value


_TYPES_BY_ANNOTATION: Mapping[object, tuple[type, ...]] = {
    str: (str,),
    str | None: (str, NoneType),
    int: (int,),
    int | None: (int, NoneType),
    bool: (bool,),
    tuple[str, ...]: (list,),
    tuple[str, ...] | None: (list, NoneType),
    tuple[Mapping[str, str], ...]: (list,),
    tuple[Mapping[str, str], ...] | None: (list, NoneType),
    Mapping[str, str] | None: (dict, NoneType),
    Mapping[str, Json]: (dict,),
}
_TYPES_BY_FIELD = {field.name: _TYPES_BY_ANNOTATION[field.type] for field in fields(CatalogEntry)}
