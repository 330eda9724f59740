"""What property tests draw: models, snapshots, allow-lists, queries, authored documents."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from model_catalog.selection import CatalogQuery, CodexQuery
from model_catalog.snapshot import CatalogEntry, Snapshot
from support.builders import snapshot

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
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
json_values: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def _some(values: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=4).map(tuple)


def _levels() -> SearchStrategy[tuple[dict[str, str], ...]]:
    return st.tuples(_some(EFFORTS), texts).map(
        lambda drawn: tuple({"effort": effort, "description": drawn[1]} for effort in drawn[0])
    )


def _texts_by_name(*names: str) -> SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(dict.fromkeys(names, texts))


@st.composite
def entries(draw: st.DrawFn) -> CatalogEntry:
    """Draw a model; its alias is its id with ``-latest``."""
    model = draw(st.sampled_from(MODELS))
    drawn: CatalogEntry = draw(
        st.builds(
            CatalogEntry,
            id=st.just(model),
            aliases=st.sampled_from(((), (f"{model}-latest",))),
            groups=_some(GROUPS),
            visibility=st.sampled_from(("list", "list", "hide")),
            supported_in_api=st.sampled_from((True, True, False)),
            priority=st.integers(-1, 1),
            display_name=texts,
            description=texts,
            context_window=st.integers(1, 3),
            input_modalities=_some(MODALITIES),
            output_modalities=_some(MODALITIES),
            supported_reasoning_levels=_levels(),
            minimal_client_version=st.sampled_from((None, "0.98.0", "0.150.0")),
            service_tiers=st.none()
            | st.lists(_texts_by_name("id", "name", "description"), max_size=2).map(tuple),
            supported_parameters=st.none() | _some(("tools", "reasoning")),
            additional_speed_tiers=st.none() | _some(("fast", "faster")),
            pricing=st.none() | _texts_by_name("prompt", "completion"),
            codex=st.dictionaries(texts, json_values, max_size=3)
            | st.just({"base_instructions": "Be brief."}),
        )
    )
    return drawn


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a snapshot of distinct models."""
    return snapshot(
        *draw(st.lists(entries(), max_size=8, unique_by=lambda entry: entry.id)),
        source_version=draw(texts),
        codex_instructions=draw(texts),
        published_at=draw(
            st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is the last argument
        ),
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
