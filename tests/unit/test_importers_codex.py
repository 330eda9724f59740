"""Codex's catalog becomes models with everything Codex says of them."""

from typing import Any

import pytest

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json
from modelctl.importers import Imported, Partial, UnreadableSourceError, import_codex


def codex_model(slug: str = "gpt", **changes: Any) -> dict[str, Json]:
    return {"slug": slug, "display_name": slug.upper(), "context_window": 1000, **changes}


def imported(*models: Json) -> Imported:
    return import_codex({"models": models and [*models]})


def only(*models: Json) -> dict[str, Json]:
    """Return the one model there is, of which everything was mapped."""
    result = imported(*models)
    assert not result.unmapped
    [model] = result.models
    return model


def test_what_the_registry_has_a_field_for_goes_there() -> None:
    said: dict[str, Any] = {
        "description": "Good.",
        "supported_in_api": False,
        "input_modalities": ["text", "image"],
        "supported_reasoning_levels": [{"effort": "low", "description": "Quick"}],
        "default_reasoning_level": "low",
        "support_verbosity": True,
        "default_verbosity": "high",
        "prefer_websockets": True,
        "supports_parallel_tool_calls": True,
        "minimal_client_version": "0.150.0",
        "additional_speed_tiers": [],
        "service_tiers": [{"id": "fast", "name": "Fast", "description": ""}],
        "default_service_tier": "fast",
    }

    model = only(codex_model(**said))

    assert model == {"id": "gpt", "display_name": "GPT", "context_window": 1000, **said}


def test_fields_are_in_the_registrys_order() -> None:
    model = only({"context_window": 1, "priority": 3, "display_name": "A", "slug": "a", "x": 1})

    assert [*model] == ["id", "display_name", "priority", "context_window", "codex"]


def test_all_other_fields_but_nulls_go_into_the_codex_block() -> None:
    native: dict[str, Any] = {
        "base_instructions": "",
        "shell_type": "shell_command",
        "truncation_policy": {"mode": "tokens", "limit": 1},
        "of.a.later": {"release": [None]},
    }

    model = only(codex_model(tool_mode=None, default_service_tier=None, **native))

    assert model["codex"] == native


def test_defaults_are_left_out() -> None:
    model = only(codex_model(visibility="list", supported_in_api=True, input_modalities=["text"]))

    assert [*model] == ["id", "display_name", "context_window"]


def test_the_lowest_of_codexs_priorities_becomes_the_highest() -> None:
    models = imported(
        codex_model("second", priority=2), codex_model("best", priority=1), codex_model("none")
    ).models

    assert [model.get("priority") for model in models] == [999, 1000, None]


@pytest.mark.parametrize("priority", ["first", True, -(2**31)])
def test_a_priority_that_is_none_is_reported(priority: Json) -> None:
    result = imported(codex_model(priority=priority))

    assert [problem.path for problem in result.unmapped] == ["models[0].priority"]
    assert "priority" not in result.models[0]


def test_a_hidden_model_stays_hidden() -> None:
    assert only(codex_model(visibility="hide"))["visibility"] == "hide"


def test_any_other_way_of_not_listing_a_model_hides_it_and_is_reported() -> None:
    result = imported(codex_model(visibility="none"))

    assert result.models[0]["visibility"] == "hide"
    assert result.unmapped == [
        Problem("models[0].visibility", '"none" is left out: the model is hidden instead')
    ]


def test_a_native_value_codex_could_not_decode_is_left_out_alone() -> None:
    result = imported(
        codex_model(shell_type="zsh", truncation_policy={"mode": "bytes"}, comp_hash="1")
    )

    assert result.models[0]["codex"] == {"comp_hash": "1"}
    assert sorted(problem.path for problem in result.unmapped) == [
        "models[0].shell_type",
        "models[0].truncation_policy.limit",
    ]


def test_a_block_nested_too_deeply_is_left_out_as_a_whole() -> None:
    deep: Json = "deepest"
    for _ in range(101):
        deep = [deep]

    result = imported(codex_model(shell_type="default", plugins={"a": deep}, tools_of=["b"]))

    assert "codex" not in result.models[0]
    [problem] = result.unmapped
    assert problem.path == "models[0].codex"
    assert problem.message.endswith("is nested deeper than 100 levels; Codex would refuse it")


def test_a_model_without_context_window_is_partial() -> None:
    result = imported({"slug": "gpt", "description": "Good."})

    assert result.models == []
    assert result.partial == [Partial("models[0]", {"id": "gpt", "description": "Good."})]


def test_a_slug_that_can_be_no_id_is_reported() -> None:
    result = imported(codex_model("g p t"), {"slug": 7}, codex_model())

    assert [model["id"] for model in result.models] == ["gpt"]
    assert [str(problem) for problem in result.unmapped] == [
        'models[0].slug: the model is left out: "g p t" cannot be an id of the registry',
        "models[1].slug: the model is left out: 7 cannot be an id of the registry",
    ]


def test_of_two_models_with_one_slug_the_first_is_imported() -> None:
    result = imported(codex_model(display_name="First"), codex_model(display_name="Second"))

    assert [model["display_name"] for model in result.models] == ["First"]
    assert result.unmapped == [
        Problem("models[1]", "the model is left out: models[0] has the same id")
    ]


def test_entries_that_are_no_models_are_reported() -> None:
    result = imported(codex_model(), "gpt", {"display_name": "Nameless"})

    assert [str(problem) for problem in result.unmapped] == [
        "models[1]: is left out: it is no object",
        "models[2]: the model is left out: it has no id",
    ]


def test_an_empty_catalog_is_one() -> None:
    assert import_codex({"models": []}) == Imported([], None, [], [])


@pytest.mark.parametrize("document", [None, [], {}, {"models": {}}, {"data": [{"id": "a"}]}])
def test_anything_else_is_refused_with_what_was_expected(document: Json) -> None:
    with pytest.raises(UnreadableSourceError, match="`codex debug models --bundled`"):
        import_codex(document)


def test_a_list_of_something_else_is_refused_with_the_key_it_lacks() -> None:
    with pytest.raises(UnreadableSourceError, match="Nothing in it has the key `slug`"):
        import_codex({"models": [{"id": "gpt", "context_window": 1}, "gpt"]})
