"""OpenRouter's list becomes models, and what it says otherwise is reported."""

from typing import Any

import pytest

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json
from modelctl.importers import Imported, Partial, UnreadableSourceError, import_openrouter


def router_model(model: str = "a/x", **changes: Any) -> dict[str, Json]:
    return {"id": model, "name": "A: X", "context_length": 1000, **changes}


def imported(*models: Json) -> Imported:
    return import_openrouter({"data": [*models]})


def only(model: Json) -> dict[str, Json]:
    """Return the one model there is, of which everything was mapped."""
    result = imported(model)
    assert not result.unmapped
    [found] = result.models
    return found


def messages(result: Imported) -> list[str]:
    return [str(problem) for problem in result.unmapped]


def test_a_model_is_imported_with_all_the_registry_has_a_field_for() -> None:
    model = router_model(
        description="Good.",
        canonical_slug="a/x-2026",
        architecture={
            "modality": "text+image->text",
            "input_modalities": ["image", "text"],
            "output_modalities": ["text"],
        },
        pricing={"prompt": "0.000002", "completion": "1e-05", "request": "0"},
        top_provider={"context_length": 1000, "max_completion_tokens": 100},
        supported_parameters=["tools", "reasoning"],
        expiration_date="2027-01-31",
    )

    assert only(model) == {
        "id": "a/x",
        "display_name": "A: X",
        "description": "Good.",
        "aliases": ["a/x-2026"],
        "context_window": 1000,
        "max_output_tokens": 100,
        "input_modalities": ["image", "text"],
        "supported_parameters": ["tools", "reasoning"],
        "pricing": {"prompt": "0.000002", "completion": "0.00001", "request": "0"},
        "shutdown_date": "2027-01-31",
    }


def test_what_the_list_leaves_open_is_left_out() -> None:
    model = router_model(
        description="",
        canonical_slug=None,
        top_provider={"context_length": None, "max_completion_tokens": None},
        pricing={},
        expiration_date=None,
    )

    assert only(model) == {"id": "a/x", "display_name": "A: X", "context_window": 1000}


def test_a_model_without_a_name_is_called_by_its_id() -> None:
    assert only(router_model(name=None))["display_name"] == "a/x"


def test_a_model_without_context_window_is_partial() -> None:
    result = imported(router_model(context_length=None))

    assert result.models == []
    assert result.partial == [Partial("data[0]", {"id": "a/x", "display_name": "A: X"})]


def test_what_the_provider_says_otherwise_is_reported() -> None:
    result = imported(router_model(top_provider={"context_length": 900}))

    assert result.models[0]["context_window"] == 1000
    assert messages(result) == [
        "data[0].top_provider.context_length: 900 is left out: context_length says otherwise"
    ]


def test_fields_the_registry_does_not_have_are_counted() -> None:
    result = imported(
        router_model("a", created=1, pricing={"audio": "1", "discount": 0}, links={"b": {}}),
        router_model("b", created=2, hugging_face_id="", tags=[], per_request_limits=None),
    )

    assert messages(result) == [
        "data[*].created: the registry has no field for it (entries: 2)",
        "data[*].pricing.audio: the registry has no field for it (entries: 1)",
        "data[*].pricing.discount: the registry has no field for it (entries: 1)",
        "data[*].links: the registry has no field for it (entries: 1)",
    ]


def test_the_price_of_an_image_is_not_taken_from_that_of_its_tokens() -> None:
    result = imported(router_model(pricing={"image": "0.000002", "prompt": "0.000002"}))

    assert result.models[0]["pricing"] == {"prompt": "0.000002"}
    assert [problem.path for problem in result.unmapped] == ["data[*].pricing.image"]


def test_prices_that_are_none_are_reported_and_the_others_taken() -> None:
    result = imported(router_model(pricing={"prompt": "-1", "completion": "0"}))

    assert result.models[0]["pricing"] == {"completion": "0"}
    assert messages(result) == [
        'data[0].pricing.prompt: "-1" is left out: it is no price of 0 or more'
    ]


def test_prices_that_are_no_object_are_reported() -> None:
    result = imported(router_model(pricing="free"))

    assert "pricing" not in result.models[0]
    assert [problem.path for problem in result.unmapped] == ["data[*].pricing"]


def test_modalities_the_registry_does_not_know_are_left_out_and_counted() -> None:
    files = {"input_modalities": ["file", "text", "text", {}], "output_modalities": ["image"]}

    result = imported(router_model("a", architecture=files), router_model("b", architecture=files))

    assert "input_modalities" not in result.models[0]  # text alone is the default
    assert result.models[0]["output_modalities"] == ["image"]
    reason = "is left out: the registry has no such modality (entries: 2)"
    assert messages(result) == [
        f'data[*].architecture.input_modalities: "file" {reason}',
        f"data[*].architecture.input_modalities: {{}} {reason}",
    ]


def test_a_model_without_any_modality_the_registry_knows_is_left_out() -> None:
    result = imported(router_model(architecture={"output_modalities": ["embeddings"]}))

    assert result.models == []
    assert (
        "data[0].architecture.output_modalities:"
        " the model is left out: the registry has none of its modalities"
    ) in messages(result)


def test_modalities_that_are_no_list_are_reported() -> None:
    result = imported(router_model(architecture={"input_modalities": "text"}))

    assert len(result.models) == 1
    assert messages(result) == [
        'data[0].architecture.input_modalities: "text" is left out: should be a valid list'
    ]


def test_only_the_wrong_items_of_a_list_are_left_out() -> None:
    result = imported(router_model(supported_parameters=["tools", 1, "", "stop"]))

    assert result.models[0]["supported_parameters"] == ["tools", "stop"]
    assert [problem.path for problem in result.unmapped] == [
        "data[0].supported_parameters[1]",
        "data[0].supported_parameters[2]",
    ]


def test_long_values_are_reported_in_short() -> None:
    [problem] = imported(router_model(expiration_date="2027" * 100)).unmapped

    assert problem.path == "data[0].expiration_date"
    assert problem.message.startswith(f'"{"2027" * 14}... is left out: ')


def test_a_slug_shared_by_variants_names_the_one_without_a_suffix() -> None:
    result = imported(
        router_model("a/x:free", canonical_slug="a/x-1"),
        router_model("a/x", canonical_slug="a/x-1"),
    )

    assert [model.get("aliases") for model in result.models] == [None, ["a/x-1"]]
    assert messages(result) == ['data[0].canonical_slug: "a/x-1" is left out: it names data[1]']


def test_a_slug_of_a_single_variant_names_it() -> None:
    assert only(router_model("a/x:free", canonical_slug="a/x-1"))["aliases"] == ["a/x-1"]


def test_a_slug_that_could_name_several_models_names_none() -> None:
    result = imported(
        router_model("a", canonical_slug="c"),
        router_model("b", canonical_slug="c"),
        router_model("b", canonical_slug="c"),
    )

    assert not any("aliases" in model for model in result.models)
    assert 'data[0].canonical_slug: "c" is left out: it names several variants' in messages(result)


def test_a_slug_that_is_another_models_id_names_that_model() -> None:
    result = imported(router_model("a:free", canonical_slug="a"), router_model("a"))

    assert not any("aliases" in model for model in result.models)
    assert messages(result) == ['data[0].canonical_slug: "a" is left out: it names data[1]']


@pytest.mark.parametrize("slug", ["a b", 5])
def test_a_slug_that_can_be_no_name_is_reported(slug: Json) -> None:
    result = imported(router_model(canonical_slug=slug))

    assert "aliases" not in result.models[0]
    assert [problem.path for problem in result.unmapped] == ["data[0].canonical_slug[0]"]


def test_an_entry_without_a_usable_id_is_reported() -> None:
    result = imported(router_model(), {"id": None, "canonical_slug": "b"}, {"id": ["a"]})

    assert len(result.models) == 1
    assert [problem.path for problem in result.unmapped] == [
        "data[1].canonical_slug",
        "data[1]",
        "data[2].id",
    ]


def test_anything_else_is_refused_with_what_was_expected() -> None:
    with pytest.raises(UnreadableSourceError, match="/api/v1/models"):
        import_openrouter({"models": []})


def test_problems_are_those_of_the_registry() -> None:
    [problem] = imported(router_model(created=1)).unmapped

    assert problem == Problem("data[*].created", "the registry has no field for it (entries: 1)")
