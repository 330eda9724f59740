"""Which models a key may see, and which of them a query asks for."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self, TypeIs
from urllib.parse import parse_qs

from model_catalog.errors import InvalidValueError
from model_catalog.snapshot import CatalogEntry, Json, Snapshot

MODALITIES = ("text", "image", "audio", "video")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra")
PAGE_SIZES = range(1, 1001)
CONTEXT_WINDOWS = range(10**15)  # that may be asked for

_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}\Z")
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?:[-+ ].*)?\Z", re.DOTALL)

type Version = tuple[int, int, int]


class AllowList:
    """The models a key may see: exact ids or aliases, globs over ids, ``@groups``; empty is all."""

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = frozenset(patterns)
        self._names = patterns
        self._groups = frozenset(text[1:] for text in patterns if text.startswith("@"))
        self._globs = tuple(text for text in patterns if any(mark in text for mark in "*?["))

    def permits(self, entry: CatalogEntry) -> bool:
        """Tell whether the key may see ``entry``."""
        return (
            not self._names
            or entry.id in self._names
            or not self._names.isdisjoint(entry.aliases)
            or not self._groups.isdisjoint(entry.groups)
            or any(fnmatchcase(entry.id, glob) for glob in self._globs)
        )


CAPABILITIES: Mapping[str, Callable[[CatalogEntry], bool]] = {
    "parallel_tool_calls": lambda entry: entry.supports_parallel_tool_calls,
    "reasoning_summaries": lambda entry: entry.supports_reasoning_summaries,
    "verbosity": lambda entry: entry.support_verbosity,
    "websockets": lambda entry: entry.prefer_websockets,
    "reasoning": lambda entry: (
        bool(entry.supported_reasoning_levels)
        or entry.supports_reasoning_summaries
        or "reasoning" in (entry.supported_parameters or ())
    ),
    "vision": lambda entry: "image" in entry.input_modalities,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogQuery:
    """What a list's query string asks for; None and empty ask for nothing."""

    input_modality: str | None = None
    output_modality: str | None = None
    reasoning_effort: str | None = None
    capabilities: frozenset[str] = frozenset()
    min_context_window: int = 0
    limit: int | None = None
    after: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, list[str]]) -> Self:
        """Read a parsed query string; what we do not know is ignored.

        Raises:
            InvalidValueError: a parameter we know is repeated or has a value we do not know.
        """
        return cls(
            input_modality=_one_of(given, "input_modality", MODALITIES),
            output_modality=_one_of(given, "output_modality", MODALITIES),
            reasoning_effort=_one_of(given, "reasoning_effort", EFFORTS),
            capabilities=_all_of(given, "capability", tuple(CAPABILITIES)),
            min_context_window=_number(given, "min_context_window", CONTEXT_WINDOWS) or 0,
            limit=_number(given, "limit", PAGE_SIZES),
            after=_single(given, "after", "the id of a model in this list"),
        )

    @property
    def paged(self) -> bool:
        """Tell whether the list is wanted in pages."""
        return self.limit is not None or self.after is not None

    def matches(self, entry: CatalogEntry) -> bool:
        """Tell whether ``entry`` passes every filter."""
        return (
            self.input_modality in (None, *entry.input_modalities)
            and self.output_modality in (None, *entry.output_modalities)
            and self.reasoning_effort
            in (None, *(level["effort"] for level in entry.supported_reasoning_levels))
            and entry.context_window >= self.min_context_window
            and all(CAPABILITIES[name](entry) for name in self.capabilities)
        )


@dataclass(frozen=True, slots=True)
class CodexQuery:
    """A request for Codex's catalog; ``version`` is None if the client's cannot be read."""

    version: Version | None

    def suits(self, entry: CatalogEntry) -> bool:
        """Tell whether the client is new enough for ``entry``; Codex itself does not check."""
        needed = parse_version(entry.minimal_client_version or "")
        return self.version is None or needed is None or needed <= self.version


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a key's models, in order, and whether more of them follow."""

    entries: Sequence[CatalogEntry]
    has_more: bool


def parse_query(query: str) -> CatalogQuery | CodexQuery:
    """Read a raw query string: a non-empty ``client_version`` asks for Codex's catalog.

    Raises:
        InvalidValueError: a parameter we know is repeated or has a value we do not know.
    """
    given = parse_qs(query, keep_blank_values=True)
    versions = [version for version in given.get("client_version", []) if version]
    if not versions:
        return CatalogQuery.of(given)
    return CodexQuery(parse_version(versions[0]) if len(versions) == 1 else None)


def parse_version(text: str) -> Version | None:
    """Return the numbers of ``major.minor.patch``, whatever pre-release follows; else None."""
    match = _VERSION.match(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def select(snapshot: Snapshot, allowed: AllowList, query: CatalogQuery) -> Page:
    """Return the listed models ``allowed`` lets through and ``query`` asks for, in order.

    Raises:
        InvalidValueError: ``after`` names none of the key's models.
    """
    visible = [entry for entry in snapshot.entries if entry.listed and allowed.permits(entry)]
    if query.after is not None:
        visible = visible[_position(visible, query.after) + 1 :]
    matching = [entry for entry in visible if query.matches(entry)]
    end = len(matching) if query.limit is None else query.limit
    return Page(entries=matching[:end], has_more=end < len(matching))


def find(snapshot: Snapshot, allowed: AllowList, name: str) -> CatalogEntry | None:
    """Return the model of that id or alias, hidden ones too, if the key may see it."""
    entry = snapshot.find(name)
    if entry is None or not entry.supported_in_api or not allowed.permits(entry):
        return None
    return entry


def select_for_codex(
    snapshot: Snapshot, allowed: AllowList, query: CodexQuery
) -> list[CatalogEntry]:
    """Return the models for Codex's catalog, hidden ones too, in order.

    Codex takes a served entry whole, system prompt included, so one without is left out.
    """
    return [
        entry
        for entry in snapshot.entries
        if entry.supported_in_api
        and allowed.permits(entry)
        and query.suits(entry)
        and has_instructions(entry.codex, snapshot.codex_instructions)
    ]


def has_instructions(codex: Mapping[str, Json], default: str) -> bool:
    """Tell whether a model's ``codex`` block, or the document, brings Codex a system prompt."""
    messages = codex.get("model_messages")
    template = messages.get("instructions_template") if isinstance(messages, dict) else None
    return any(map(says_something, (default, codex.get("base_instructions"), template)))


def says_something(text: Json) -> TypeIs[str]:
    """Tell a system prompt from none and from a blank one."""
    return isinstance(text, str) and bool(text.strip())


def _position(entries: Sequence[CatalogEntry], model: str) -> int:
    for position, entry in enumerate(entries):
        if entry.id == model:
            return position
    raise InvalidValueError("after", "the id of a model in this list")


def _single(given: Mapping[str, list[str]], name: str, expected: str) -> str | None:
    values = given.get(name, [None])
    if len(values) > 1 or values == [""]:
        raise InvalidValueError(name, f"{expected}, once")
    return values[0]


def _one_of(given: Mapping[str, list[str]], name: str, known: Sequence[str]) -> str | None:
    expected = f"one of {', '.join(known)}"
    value = _single(given, name, expected)
    if value is not None and value not in known:
        raise InvalidValueError(name, expected)
    return value


def _all_of(given: Mapping[str, list[str]], name: str, known: Sequence[str]) -> frozenset[str]:
    values = frozenset(given.get(name, []))
    if not values <= frozenset(known):
        raise InvalidValueError(name, f"one of {', '.join(known)}")
    return values


def _number(given: Mapping[str, list[str]], name: str, allowed: range) -> int | None:
    expected = f"a whole number from {allowed.start} to {allowed.stop - 1}"
    value = _single(given, name, expected)
    if value is None:
        return None
    if not _WHOLE_NUMBER.match(value) or int(value) not in allowed:
        raise InvalidValueError(name, expected)
    return int(value)
