"""The sample registry shows everything a registry can say, and publishes without a warning."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_catalog.codex_block import CodexBlock
from model_catalog.registry import Compiled
from model_catalog.rendering import Renderer
from model_catalog.selection import (
    AllowList,
    CatalogQuery,
    CodexQuery,
    find,
    parse_query,
    select,
    select_for_codex,
)
from model_catalog.snapshot import CatalogEntry
from support.documents import compiled

SOURCE = Path(__file__).parents[2] / "registry" / "models.json"
EVERYTHING = AllowList(())

# What Codex 0.169 lists by itself, in its own order, and what it keeps hidden.
VISIBLE_IN_CODEX = [
    *("gpt-6.1-sol", "gpt-6-astra", "gpt-6-sol", "gpt-6-luna", "gpt-5.6-sol", "gpt-6.1-terra"),
    *("gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.5"),
]
HIDDEN_IN_CODEX = ["gpt-daybreak-blue-latest", "gpt-daybreak-red-latest", "codex-auto-review"]


@pytest.fixture(scope="module")
def sample() -> Compiled:
    return compiled(SOURCE.read_bytes())


@pytest.fixture(scope="module")
def listed(sample: Compiled) -> list[CatalogEntry]:
    return [*select(sample.snapshot, EVERYTHING, CatalogQuery()).entries]


def asked(sample: Compiled, query: str) -> list[CatalogEntry]:
    parsed = parse_query(query)
    assert isinstance(parsed, CatalogQuery)
    return [*select(sample.snapshot, EVERYTHING, parsed).entries]


def test_it_is_published_without_a_warning(sample: Compiled) -> None:
    assert sample.warnings == []


def test_it_lists_at_least_40_models(listed: list[CatalogEntry]) -> None:
    assert len(listed) >= 40


def test_the_demo_key_sees_exactly_three_of_them(sample: Compiled) -> None:
    allowed = AllowList(["gpt-6.1-sol", "anthropic/claude-haiku-4.5", "@demo"])

    shown = [model.id for model in select(sample.snapshot, allowed, CatalogQuery()).entries]

    assert len(shown) == 3
    assert {"gpt-6.1-sol", "anthropic/claude-haiku-4.5"} < {*shown}


@pytest.mark.parametrize("model", VISIBLE_IN_CODEX)
def test_a_model_codex_lists_has_its_block(sample: Compiled, model: str) -> None:
    shown = sample.snapshot.find(model)

    assert shown is not None
    assert shown.listed
    assert shown.codex.keys() >= {"shell_type", "truncation_policy", "apply_patch_tool_type"}


@pytest.mark.parametrize("model", HIDDEN_IN_CODEX)
def test_a_model_codex_hides_is_hidden(sample: Compiled, model: str) -> None:
    shown = find(sample.snapshot, EVERYTHING, model)

    assert shown is not None
    assert shown.visibility == "hide"


def test_codexs_models_come_in_codexs_order_before_all_others(listed: list[CatalogEntry]) -> None:
    assert [model.id for model in listed[: len(VISIBLE_IN_CODEX)]] == VISIBLE_IN_CODEX


def test_codexs_blocks_say_nothing_unknown(sample: Compiled) -> None:
    said = {key for model in sample.snapshot.entries for key in model.codex}

    assert said <= CodexBlock.model_fields.keys()


def test_codexs_catalog_has_every_supported_model(sample: Compiled) -> None:
    in_catalog = select_for_codex(sample.snapshot, EVERYTHING, CodexQuery(None))

    assert in_catalog == [model for model in sample.snapshot.entries if model.supported_in_api]


def test_the_default_prompt_is_short(sample: Compiled) -> None:
    assert 100 < len(sample.snapshot.codex_instructions) < 2000


@pytest.mark.parametrize(
    "query",
    [
        *(f"input_modality={kind}" for kind in ("image", "audio", "video")),
        *(f"output_modality={kind}" for kind in ("image", "audio")),
        *(f"reasoning_effort={effort}" for effort in ("none", "low", "medium", "high")),
        *(f"reasoning_effort={effort}" for effort in ("xhigh", "max", "ultra")),
        *(f"capability={name}" for name in ("parallel_tool_calls", "reasoning_summaries")),
        *(f"capability={name}" for name in ("verbosity", "websockets", "reasoning", "vision")),
        "min_context_window=1000000",
    ],
)
def test_every_filter_finds_some_models_but_not_all(
    sample: Compiled, listed: list[CatalogEntry], query: str
) -> None:
    assert 0 < len(asked(sample, query)) < len(listed)


@pytest.mark.parametrize("query", ["input_modality=text", "output_modality=text"])
def test_models_of_text_are_found(sample: Compiled, query: str) -> None:
    assert len(asked(sample, query)) >= 40


@pytest.mark.parametrize(
    "field",
    [
        *("description", "max_output_tokens", "supported_reasoning_levels"),
        *("default_reasoning_level", "default_verbosity", "minimal_client_version"),
        *("additional_speed_tiers", "service_tiers", "supported_parameters", "pricing"),
        *("shutdown_date", "aliases", "groups", "codex"),
    ],
)
def test_every_field_is_said_of_some_listed_model(listed: list[CatalogEntry], field: str) -> None:
    assert any(getattr(model, field) for model in listed)


def test_some_models_do_not_reason(listed: list[CatalogEntry]) -> None:
    assert any(
        model.supported_parameters and "reasoning" not in model.supported_parameters
        for model in listed
    )


def test_some_ids_hold_a_slash_and_some_a_colon(listed: list[CatalogEntry]) -> None:
    assert any("/" in model.id for model in listed)
    assert any(":" in model.id for model in listed)


def test_one_model_is_withdrawn(sample: Compiled) -> None:
    withdrawn = [model for model in sample.snapshot.entries if not model.supported_in_api]

    assert len(withdrawn) >= 1
    assert all(find(sample.snapshot, EVERYTHING, model.id) is None for model in withdrawn)


@pytest.mark.parametrize("text", ["display_name", "description"])
def test_no_two_models_share_a_text(sample: Compiled, text: str) -> None:
    said = [getattr(model, text) for model in sample.snapshot.entries]

    assert len({*said}) == len(said)
    assert all(said)


def test_prices_are_complete_where_there_are_any(listed: list[CatalogEntry]) -> None:
    for model in listed:
        assert model.pricing is None or model.pricing.keys() >= {"prompt", "completion"}


def test_every_listed_model_can_be_retrieved(sample: Compiled, listed: list[CatalogEntry]) -> None:
    renderer = Renderer(owned_by="codex-lb")

    for model in listed:
        for name in (model.id, *model.aliases):
            shown = json.loads(renderer.model(sample.snapshot, frozenset(), name).text)

            assert shown["id"] == model.id


def test_it_names_the_schema_beside_it() -> None:
    document: dict[str, Any] = json.loads(SOURCE.read_bytes())

    assert (SOURCE.parent / document["$schema"]).is_file()
