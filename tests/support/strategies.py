"""What property tests draw: models, snapshots, allow-lists, queries, authored documents."""

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from model_catalog.selection import CatalogQuery, CodexQuery
from model_catalog.snapshot import CatalogEntry, Snapshot
from support.builders import entry, snapshot

MODALITIES = ("text", "image", "audio", "video")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra")
CAPABILITIES = (
    "parallel_tool_calls",
    "reasoning_summaries",
    "verbosity",
    "websockets",
    "reasoning",
    "vision",
)
MODELS = tuple(
    f"{family}{name}"
    for family in ("", "openai/", "openaiz/", "OpenAI/", "openai/beta/")
    for name in ("x", "y", "gpt-5", "gpt-5.5:free")
)
GROUPS = ("frontier", "demo", "x")
PATTERNS = (
    *MODELS,
    *(f"{model}-latest" for model in MODELS),
    *(f"@{group}" for group in GROUPS),
    *("*", "openai/*", "*/x", "gpt-?", "*gpt*", "[xy]", "OPENAI/*", "@*", "unknown", "unknown/*"),
)

texts = st.text(max_size=20)
json_values: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)


def _levels(*efforts: str) -> tuple[dict[str, str], ...]:
    return tuple({"effort": effort, "description": "…"} for effort in efforts)


@st.composite
def entries(draw: st.DrawFn) -> CatalogEntry:
    """Draw a model that differs in what selecting looks at; its alias is its id with -latest."""
    model = draw(st.sampled_from(MODELS))
    return entry(
        model,
        aliases=draw(st.sampled_from(((), (f"{model}-latest",)))),
        groups=draw(st.sampled_from(((), ("frontier",), ("demo", "x")))),
        visibility=draw(st.sampled_from(("list", "list", "hide"))),
        supported_in_api=draw(st.sampled_from((True, True, False))),
        priority=draw(st.integers(-1, 1)),
        context_window=draw(st.integers(1, 3)),
        input_modalities=draw(st.sampled_from((("text",), ("text", "image"), ("audio",)))),
        output_modalities=draw(st.sampled_from((("text",), ("image", "video")))),
        supported_reasoning_levels=draw(
            st.sampled_from((_levels(), _levels("none", "low"), _levels("low", "max")))
        ),
        supported_parameters=draw(st.sampled_from((None, ("tools", "reasoning")))),
        supports_parallel_tool_calls=draw(st.booleans()),
        minimal_client_version=draw(st.sampled_from((None, "0.98.0", "0.150.0"))),
        codex=draw(st.sampled_from(({}, {"base_instructions": "Be brief."}))),
    )


@st.composite
def described(draw: st.DrawFn, models: SearchStrategy[CatalogEntry]) -> CatalogEntry:
    """Draw a model whose texts, prices and Codex fields may be anything."""
    return replace(
        draw(models),
        display_name=draw(texts),
        description=draw(texts),
        service_tiers=draw(st.none() | texts.map(lambda text: ({"id": text, "name": text},))),
        pricing=draw(st.none() | st.dictionaries(texts, texts, max_size=2)),
        shutdown_date=draw(st.none() | texts),
        codex=draw(st.dictionaries(texts, json_values, max_size=2)),
    )


@st.composite
def snapshots(
    draw: st.DrawFn, models: SearchStrategy[CatalogEntry] | None = None, *, at_most: int = 8
) -> Snapshot:
    """Draw a snapshot of distinct models."""
    models = entries() if models is None else models
    return snapshot(
        *draw(st.lists(models, max_size=at_most, unique_by=lambda model: model.id)),
        source_version=draw(texts),
        codex_instructions=draw(texts),
        published_at=draw(st.datetimes(timezones=st.just(UTC))),
    )


patterns = st.sampled_from(PATTERNS)
allow_lists = st.frozensets(patterns, max_size=4)
filters = st.builds(
    CatalogQuery,
    input_modality=st.none() | st.sampled_from(MODALITIES),
    output_modality=st.none() | st.sampled_from(MODALITIES),
    reasoning_effort=st.none() | st.sampled_from(EFFORTS),
    capabilities=st.frozensets(st.sampled_from(CAPABILITIES), max_size=2),
    min_context_window=st.integers(0, 3),
    limit=st.none(),
    after=st.none(),
)
codex_queries = st.builds(
    CodexQuery, st.none() | st.sampled_from([(0, 125, 0), (0, 146, 9), (0, 147, 0), (0, 169, 0)])
)

_levels_of_documents = st.lists(
    st.sampled_from(EFFORTS).map(lambda effort: {"effort": effort, "description": "…"}),
    unique_by=lambda level: level["effort"],
    max_size=3,
)
registered_models: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.sampled_from(MODELS),
        "display_name": st.text(min_size=1, max_size=20),
        "context_window": st.integers(1, 10**12),
    },
    optional={
        "description": texts,
        "priority": st.integers(-2, 2),
        "visibility": st.sampled_from(("list", "hide")),
        "supported_in_api": st.booleans(),
        "groups": st.lists(st.sampled_from(GROUPS), unique=True),
        "input_modalities": st.lists(st.sampled_from(MODALITIES), unique=True, min_size=1),
        "supported_reasoning_levels": _levels_of_documents,
        "pricing": st.sampled_from([{}, {"prompt": "0.5"}, {"prompt": None, "image": "1"}]),
        "shutdown_date": st.dates().map(lambda day: day.isoformat()),
        "codex": st.fixed_dictionaries(
            {}, optional={"base_instructions": texts, "later": json_values, "comp_hash": st.none()}
        ),
    },
)
documents: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"models": st.lists(registered_models, max_size=5, unique_by=lambda model: model["id"])},
    optional={"codex_defaults": st.fixed_dictionaries({}, optional={"base_instructions": texts})},
)


@st.composite
def spoilt_documents(draw: st.DrawFn) -> Any:
    """Draw a document of which any one part may have been replaced by anything."""
    document = json.loads(json.dumps(draw(documents)))
    holders = [*_holders(document)]
    holder = draw(st.sampled_from(holders))
    if holder:
        key = draw(st.sampled_from([*holder] if isinstance(holder, dict) else range(len(holder))))
        holder[key] = draw(json_values)
    return document


def _holders(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value
    nested = [item for item in inner if isinstance(item, dict | list)]
    return [value, *(holder for item in nested for holder in _holders(item))]
