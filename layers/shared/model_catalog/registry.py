"""From an authored document to a snapshot: everything checked, all problems told at once."""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from model_catalog.registry_document import (
    CodexDefaults,
    Pricing,
    ReasoningLevel,
    RegisteredModel,
    Registry,
    ServiceTier,
)
from model_catalog.registry_source import InvalidRegistryError, Problem, decode_document
from model_catalog.selection import (
    AllowList,
    CatalogQuery,
    CodexQuery,
    has_instructions,
    select,
    select_for_codex,
)
from model_catalog.shapes import CODEX_KEYS_OF_METADATA, codex_catalog, openai_list
from model_catalog.snapshot import LARGEST_SNAPSHOT, CatalogEntry, Json, Snapshot, dump, in_order

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-22): 6 MB
LARGEST_RESPONSE = 6 * 2**20 - 2**14  # bytes; the rest is for the status and the headers
LONGEST_OWNER = 64  # characters: the template's parameter OwnedBy takes no more
MOST_MODELS = 20_000  # more than any answer holds; each one beyond is memory for its problems
LARGE_RESPONSE = 2 * 2**20  # bytes; LiteLLM reads no more

# Which part of the document a path leads into, numbers left out.
_PARTS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Registry,
    ("codex_defaults",): CodexDefaults,
    ("models",): RegisteredModel,
    ("models", "supported_reasoning_levels"): ReasoningLevel,
    ("models", "service_tiers"): ServiceTier,
    ("models", "pricing"): Pricing,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A snapshot ready to be published, and what its author may want to look at again."""

    snapshot: Snapshot
    warnings: Sequence[Problem]


def compile_source(source: bytes, *, published_at: datetime, source_version: str) -> Compiled:
    """Check a whole authored document and make it into a snapshot.

    Raises:
        InvalidRegistryError: with every problem found, not only the first.
    """
    registry = _parse(source)
    snapshot = Snapshot(
        source_sha256=hashlib.sha256(source).hexdigest(),
        source_version=source_version,
        published_at=published_at.replace(microsecond=0),
        codex_instructions=registry.codex_defaults.base_instructions,
        entries=in_order([_entry(model) for model in registry.models]),
    )
    sizes = dict(_response_sizes(snapshot))
    too_large = [
        Problem("", f"{name} would be {size:,} bytes; Lambda can answer {LARGEST_RESPONSE:,}")
        for name, size in sizes.items()
        if size > LARGEST_RESPONSE
    ]
    if (size := len(dump(snapshot))) > LARGEST_SNAPSHOT:
        message = f"The snapshot would be {size:,} bytes; at most {LARGEST_SNAPSHOT:,} are read"
        too_large.append(Problem("", message))
    if too_large:
        raise InvalidRegistryError(too_large)
    return Compiled(snapshot, [*_warnings(registry, snapshot, sizes)])


def json_schema() -> dict[str, Any]:
    """Return the document's JSON Schema, for editors that complete and check as people type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Registry.model_json_schema(by_alias=True),
        "title": "Model Catalog registry",
    }


def schema_text() -> str:
    """Return the content of ``registry.schema.json``."""
    return json.dumps(json_schema(), indent=2) + "\n"


def _parse(source: bytes) -> Registry:
    document = decode_document(source)
    models = _models(document)
    if len(models) > MOST_MODELS:
        message = f"has {len(models):,} entries; at most {MOST_MODELS:,} are read"
        raise InvalidRegistryError([Problem("models", message)])
    problems = [*_duplicate_names(models), *_names_of_groups(models)]
    try:
        registry = Registry.model_validate(document)
    except ValidationError as error:
        raise InvalidRegistryError(
            [*map(_problem, error.errors(include_url=False)), *problems]
        ) from None
    if problems:
        raise InvalidRegistryError(problems)
    return registry


def _models(document: Json) -> list[Json]:
    models = document.get("models") if isinstance(document, dict) else None
    return models if isinstance(models, list) else []


def _duplicate_names(models: list[Json]) -> Iterator[Problem]:
    """Find ids and aliases that mean two models, even in a document with other problems."""
    first: dict[str, str] = {}
    for path, name in _names(models):
        if name in first:
            yield Problem(path, f"`{name}` is already the name at {first[name]}")
        first.setdefault(name, path)


def _names_of_groups(models: list[Json]) -> Iterator[Problem]:
    """Find ids and aliases that mean a group on allow-lists."""
    groups = {f"@{group}" for model in models for _, group in _texts(model, "groups")}
    for path, name in _names(models):
        if name in groups:
            yield Problem(path, f"`{name}` is what allow-lists call the group `{name[1:]}`")


def _names(models: list[Json]) -> Iterator[tuple[str, str]]:
    for number, model in enumerate(models):
        for field in ("id", "aliases"):
            for path, name in _texts(model, field):
                yield f"models[{number}].{path}", name


def _texts(model: Json, field: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of a field, each with its path, of whatever may stand for a model."""
    value = model.get(field) if isinstance(model, dict) else None
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, list):
        yield from (
            (f"{field}[{number}]", text)
            for number, text in enumerate(value)
            if isinstance(text, str)
        )


def _problem(error: "ErrorDetails") -> Problem:
    *parents, last = error["loc"] or ("",)
    path = _path(error["loc"])
    match error["type"]:
        case "missing":
            return Problem(path, "is required")
        case "extra_forbidden":
            part = _PARTS.get(tuple(name for name in parents if isinstance(name, str)))
            near = difflib.get_close_matches(str(last), _field_names(part), n=1) if part else []
            return Problem(
                path, f"is no field; did you mean `{near[0]}`?" if near else "is no field"
            )
        case "model_type" | "dict_type":
            return Problem(path, "should be an object")
        case _:
            message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
            return Problem(path, message)


def _path(location: Sequence[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return text.removeprefix(".")


def _field_names(part: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in part.model_fields.items()]


def _entry(model: RegisteredModel) -> CatalogEntry:
    fields = model.model_dump()
    tuples = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return CatalogEntry(
        **fields
        | tuples
        | {
            "pricing": _pricing(model),
            "codex": _codex(model),
        }
    )


def _pricing(model: RegisteredModel) -> dict[str, str] | None:
    """Return the prices that are known, or None if none is."""
    return (model.pricing and model.pricing.model_dump(exclude_none=True)) or None


def _codex(model: RegisteredModel) -> dict[str, Json]:
    """Return what the block adds: no null, and nothing that the metadata decides."""
    block = model.codex.model_dump(exclude_none=True) if model.codex else {}
    return {key: value for key, value in block.items() if key not in CODEX_KEYS_OF_METADATA}


def _response_sizes(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Measure the largest answers as Lambda sends them: a JSON text inside JSON."""
    everything = AllowList(())
    listed = select(snapshot, everything, CatalogQuery()).entries
    for_codex = select_for_codex(snapshot, everything, CodexQuery(None))
    yield (
        "The list of models",
        _escaped_size(openai_list(listed, created=snapshot.created, owned_by="x" * LONGEST_OWNER)),
    )
    yield (
        "Codex's catalog",
        _escaped_size(codex_catalog(for_codex, None, snapshot.codex_instructions)),
    )


def _escaped_size(answer: Json) -> int:
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return len(json.dumps(text, ensure_ascii=False).encode())


def _warnings(
    registry: Registry, snapshot: Snapshot, sizes: Mapping[str, int]
) -> Iterator[Problem]:
    for number, model in enumerate(registry.models):
        ignored = CODEX_KEYS_OF_METADATA.intersection(
            model.codex.model_fields_set if model.codex else ()
        )
        for key in sorted(ignored):
            yield Problem(
                f"models[{number}].codex.{key}", "is ignored: the model's own field decides"
            )
        if model.supported_in_api and not has_instructions(
            _codex(model), snapshot.codex_instructions
        ):
            yield Problem(
                f"models[{number}]",
                f"`{model.id}` is left out of Codex's catalog: neither it nor `codex_defaults`"
                " has base_instructions",
            )
    for name, size in sizes.items():
        if size > LARGE_RESPONSE:
            yield Problem("", f"{name} is {size:,} bytes; LiteLLM reads at most {LARGE_RESPONSE:,}")
