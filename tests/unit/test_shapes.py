"""The wire shapes, key by key: OpenAI's model object and Codex's catalog entry."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.limits import LimitStatus, Window
from model_catalog.selection import Version
from model_catalog.shapes import (
    codex_catalog,
    codex_entry,
    openai_list,
    openai_model,
    usage_window,
    utc_text,
)
from model_catalog.snapshot import CatalogEntry
from support.builders import entry, full_entry
from support.strategies import described, entries

METADATA = [
    *("display_name", "description", "context_window", "input_modalities"),
    *("supported_reasoning_levels", "default_reasoning_level", "supports_reasoning_summaries"),
    *("support_verbosity", "default_verbosity", "prefer_websockets"),
    *("supports_parallel_tool_calls", "supported_in_api", "minimal_client_version", "priority"),
]
NEEDED_BY_CODEX = {
    *("slug", "display_name", "supported_reasoning_levels", "shell_type", "visibility"),
    *("supported_in_api", "priority", "base_instructions", "support_verbosity"),
    *("truncation_policy", "experimental_supported_tools", "supports_parallel_tool_calls"),
    *("supports_reasoning_summaries",),
}
LEVELS = tuple(
    {"effort": effort, "description": effort.title()}
    for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra")
)


def model(shown: CatalogEntry) -> dict[str, Any]:
    return openai_model(shown, created=1795348800, owned_by="codex-lb")


def for_codex(shown: CatalogEntry, version: Version | None = (0, 169, 0)) -> dict[str, Any]:
    return codex_entry(shown, rank=3, version=version, instructions="Work with care.")


# OpenAI


def test_a_model_of_which_everything_is_known() -> None:
    shown = model(full_entry("openai/x"))
    metadata = shown.pop("metadata")

    assert shown == {
        "id": "openai/x",
        "object": "model",
        "created": 1795348800,
        "owned_by": "codex-lb",
        "name": "Full",
        "description": "Says everything.",
        "context_length": 400_000,
        "max_output_tokens": 128_000,
        "architecture": {
            "modality": "text+image+audio+video->text+audio",
            "input_modalities": ("text", "image", "audio", "video"),
            "output_modalities": ("text", "audio"),
        },
        "top_provider": {"context_length": 400_000, "max_completion_tokens": 128_000},
        "supported_parameters": ("tools", "reasoning"),
        "pricing": {"prompt": "0.000002", "completion": "0.00001"},
        "shutdown_date": "2027-01-31",
    }
    assert metadata["display_name"] == "Full"


def test_the_metadata_of_a_model_of_which_everything_is_known() -> None:
    assert model(full_entry("openai/x"))["metadata"] == {
        "display_name": "Full",
        "description": "Says everything.",
        "context_window": 400_000,
        "input_modalities": ("text", "image", "audio", "video"),
        "supported_reasoning_levels": (
            {"effort": "low", "description": "Quick"},
            {"effort": "max", "description": "Slow"},
        ),
        "default_reasoning_level": "max",
        "supports_reasoning_summaries": True,
        "support_verbosity": True,
        "default_verbosity": "medium",
        "prefer_websockets": True,
        "supports_parallel_tool_calls": True,
        "supported_in_api": True,
        "minimal_client_version": "0.150.0",
        "priority": 7,
        "input_context_window": 272_000,
        "max_output_tokens": 128_000,
        "additional_speed_tiers": ("fast",),
        "service_tiers": ({"id": "flex", "name": "Flex", "description": "Cheaper"},),
        "default_service_tier": "flex",
    }


def test_a_model_of_which_little_is_known() -> None:
    assert model(entry("x", display_name="X")) == {
        "id": "x",
        "object": "model",
        "created": 1795348800,
        "owned_by": "codex-lb",
        "metadata": {
            "display_name": "X",
            "description": "",
            "context_window": 1000,
            "input_modalities": ("text",),
            "supported_reasoning_levels": (),
            "default_reasoning_level": None,
            "supports_reasoning_summaries": False,
            "support_verbosity": False,
            "default_verbosity": None,
            "prefer_websockets": False,
            "supports_parallel_tool_calls": False,
            "supported_in_api": True,
            "minimal_client_version": None,
            "priority": 0,
        },
        "name": "X",
        "context_length": 1000,
        "architecture": {
            "modality": "text->text",
            "input_modalities": ("text",),
            "output_modalities": ("text",),
        },
        "top_provider": {"context_length": 1000},
    }


def test_the_keys_come_in_the_contracts_order() -> None:
    shown = model(full_entry("x"))

    assert [*shown] == [
        *("id", "object", "created", "owned_by", "metadata", "name", "description"),
        *("context_length", "max_output_tokens", "architecture", "top_provider"),
        *("supported_parameters", "pricing", "shutdown_date"),
    ]
    assert [*shown["architecture"]] == ["modality", "input_modalities", "output_modalities"]
    assert [*shown["top_provider"]] == ["context_length", "max_completion_tokens"]


def test_the_keys_of_metadata_come_in_the_contracts_order() -> None:
    assert [*model(entry("x"))["metadata"]] == METADATA
    assert [*model(full_entry("x"))["metadata"]] == [
        *METADATA,
        *("input_context_window", "max_output_tokens", "additional_speed_tiers"),
        *("service_tiers", "default_service_tier"),
    ]


@given(described(entries()))
def test_null_stands_nowhere_but_in_metadata(shown: CatalogEntry) -> None:
    answer = model(shown)
    metadata = answer.pop("metadata")

    assert None not in answer.values()
    assert None not in {**answer["architecture"], **answer["top_provider"]}.values()
    assert {key for key, value in metadata.items() if value is None} <= {
        "default_reasoning_level",
        "default_verbosity",
        "minimal_client_version",
    }


def test_empty_lists_the_registry_has_are_shown() -> None:
    known = model(entry("x", supported_parameters=(), service_tiers=()))

    assert known["supported_parameters"] == ()
    assert known["metadata"]["service_tiers"] == ()


def test_a_list_wraps_the_models_and_has_no_error_key() -> None:
    shown = [entry("b"), entry("a")]

    assert openai_list(shown, created=5, owned_by="us") == {
        "object": "list",
        "data": [openai_model(each, created=5, owned_by="us") for each in shown],
    }


def test_an_empty_list_is_still_a_list() -> None:
    assert openai_list([], created=5, owned_by="us") == {"object": "list", "data": []}


# Codex


def test_codexs_entry_of_a_model_without_a_block() -> None:
    assert for_codex(entry("x", display_name="X")) == {
        "slug": "x",
        "display_name": "X",
        "visibility": "list",
        "supported_in_api": True,
        "priority": 3,
        "base_instructions": "Work with care.",
        "shell_type": "shell_command",
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "experimental_supported_tools": [],
        "context_window": 1000,
        "input_modalities": ["text"],
        "supported_reasoning_levels": [],
        "supports_reasoning_summaries": False,
        "support_verbosity": False,
        "supports_parallel_tool_calls": False,
        "prefer_websockets": False,
    }


def test_codexs_entry_of_a_model_of_which_everything_is_known() -> None:
    shown = for_codex(full_entry("x"))

    assert shown == {
        **for_codex(entry("x")),
        "display_name": "Full",
        "description": "Says everything.",
        "context_window": 400_000,
        "input_modalities": ["text", "image", "audio"],
        "supported_reasoning_levels": [*full_entry("x").supported_reasoning_levels],
        "default_reasoning_level": "max",
        "supports_reasoning_summaries": True,
        "support_verbosity": True,
        "default_verbosity": "medium",
        "prefer_websockets": True,
        "supports_parallel_tool_calls": True,
        "minimal_client_version": "0.150.0",
        "additional_speed_tiers": ("fast",),
        "service_tiers": ({"id": "flex", "name": "Flex", "description": "Cheaper"},),
        "default_service_tier": "flex",
        "base_instructions": "Be brief.",
        "upgrade": {"model": "b", "new": [1, None]},
    }


@given(entries(), st.integers(0, 3000), st.sampled_from([None, (0, 125, 0), (0, 169, 0)]))
def test_codexs_entry_has_all_it_needs_and_nothing_null(
    shown: CatalogEntry, rank: int, version: Version | None
) -> None:
    answer = codex_entry(shown, rank=rank, version=version, instructions="Work with care.")

    assert answer.keys() >= NEEDED_BY_CODEX
    assert None not in answer.values()
    assert answer["priority"] == rank


def test_the_block_passes_through() -> None:
    block = {
        "shell_type": "disabled",
        "truncation_policy": {"mode": "bytes", "limit": 1},
        "experimental_supported_tools": ["clock"],
        "tomorrow": {"new": [1, 2.5]},
    }

    shown = for_codex(entry("x", codex=block))

    assert {key: shown[key] for key in block} == block


def test_the_metadata_wins_over_the_block() -> None:
    plain = for_codex(entry("x"))
    block = {key: "from the block" for key in plain if key in NEEDED_BY_CODEX} | {
        "context_window": 1,
        "input_modalities": ["audio"],
        "prefer_websockets": True,
    }
    for key in ("shell_type", "truncation_policy", "experimental_supported_tools"):
        del block[key]

    shown = for_codex(entry("x", codex=block))

    assert shown == plain | {"base_instructions": "from the block"}


@pytest.mark.parametrize(
    ("codex", "instructions"),
    [
        ({}, "Work with care."),
        ({"base_instructions": "Be brief."}, "Be brief."),
        ({"base_instructions": ""}, "Work with care."),
        ({"base_instructions": " \n"}, "Work with care."),
    ],
)
def test_a_model_without_a_prompt_of_its_own_gets_the_documents(
    codex: dict[str, str], instructions: str
) -> None:
    assert for_codex(entry("x", codex=codex))["base_instructions"] == instructions


def test_a_template_goes_with_an_empty_prompt_for_clients_that_need_one() -> None:
    codex = {"model_messages": {"instructions_template": "Be {mood}."}}

    shown = codex_entry(entry("x", codex=codex), rank=0, version=None, instructions="")

    assert shown["base_instructions"] == ""
    assert shown["model_messages"] == codex["model_messages"]


@pytest.mark.parametrize(
    ("version", "wide"),
    [
        ((0, 125, 0), False),
        ((0, 146, 999), False),
        ((0, 147, 0), True),
        ((0, 169, 0), True),
        ((1, 0, 0), True),
        (None, True),
    ],
)
def test_clients_before_0_147_are_spared_values_they_reject_the_whole_list_for(
    version: Version | None, *, wide: bool
) -> None:
    late = for_codex(
        entry(
            "x",
            supported_reasoning_levels=LEVELS,
            default_reasoning_level="ultra",
            input_modalities=("video", "audio", "image", "text"),
        ),
        version,
    )

    assert late["supported_reasoning_levels"] == [*LEVELS[: 8 if wide else 6]]
    assert late.get("default_reasoning_level") == ("ultra" if wide else None)
    assert ("default_reasoning_level" in late) is wide
    assert late["input_modalities"] == (["text", "image", "audio"] if wide else ["text", "image"])


@pytest.mark.parametrize("effort", ["none", "minimal", "low", "medium", "high", "xhigh"])
@pytest.mark.parametrize("version", [(0, 125, 0), (0, 169, 0)])
def test_every_client_takes_the_early_default_efforts(effort: str, version: Version) -> None:
    shown = for_codex(entry("x", default_reasoning_level=effort), version)

    assert shown["default_reasoning_level"] == effort


def test_a_hidden_model_is_hidden_in_codex_too() -> None:
    assert for_codex(entry("x", visibility="hide"))["visibility"] == "hide"


def test_the_catalog_ranks_the_models_in_their_order_from_0() -> None:
    shown = [entry("z", priority=9), entry("hidden", visibility="hide"), entry("a", aliases=("b",))]

    catalog: Any = codex_catalog(shown, (0, 169, 0), "Work with care.")

    assert [*catalog] == ["models"]
    assert [(each["slug"], each["priority"]) for each in catalog["models"]] == [
        ("z", 0),
        ("hidden", 1),
        ("a", 2),
    ]


def test_the_catalog_tells_every_model_the_clients_version_and_the_prompt() -> None:
    shown = entry("x", input_modalities=("text", "audio"))

    assert codex_catalog([shown], (0, 125, 0), "Hello.") == {
        "models": [codex_entry(shown, rank=0, version=(0, 125, 0), instructions="Hello.")]
    }


# Usage


@pytest.mark.parametrize(("limit", "remaining"), [(5, 3), (1, 0), (None, None)])
def test_a_window_of_usage(limit: int | None, remaining: int | None) -> None:
    reset = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
    status = LimitStatus(window=Window.MINUTE, limit=limit, used=2, reset=reset)

    assert [*usage_window(status).items()] == [
        ("limit_type", "requests"),
        ("limit_window", "minute"),
        ("max_value", limit),
        ("current_value", 2),
        ("remaining_value", remaining),
        ("reset_at", "2026-11-22T12:01:00Z"),
    ]


def test_moments_are_told_in_utc_and_whole_seconds() -> None:
    moment = datetime(2026, 11, 22, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=2)))

    assert utc_text(moment) == "2026-11-21T23:02:03Z"
