"""LiteLLM's price map becomes its chat models."""

from typing import Any

import pytest

from model_catalog.snapshot import Json
from modelctl.importers import Imported, Partial, UnreadableSourceError, import_litellm


def entry(**changes: Any) -> dict[str, Json]:
    return {"litellm_provider": "p", "mode": "chat", "max_input_tokens": 1000, **changes}


def imported(provider: str | None = None, /, **entries: Json) -> Imported:
    return import_litellm(entries, provider=provider)


def only(**changes: Any) -> dict[str, Json]:
    """Return the one model there is, of which everything but the provider was mapped."""
    result = imported(m=entry(**changes))
    assert [problem.path for problem in result.unmapped] == ["*.litellm_provider"]
    [model] = result.models
    return model


def problems(result: Imported) -> list[str]:
    """Return what was reported, but for the provider."""
    return [str(p) for p in result.unmapped if not p.path.endswith("litellm_provider")]


def test_a_model_is_imported_with_all_the_registry_has_a_field_for() -> None:
    model = only(
        max_output_tokens=100,
        max_tokens=100,
        deprecation_date="2027-01-31",
        supports_parallel_function_calling=True,
        input_cost_per_token=4e-06,
        output_cost_per_token=0,
        cache_read_input_token_cost=1.25e-07,
        input_cost_per_token_cache_hit=1.25e-07,
        cache_creation_input_token_cost=5e-06,
        output_cost_per_reasoning_token=1e-05,
        input_cost_per_request=0.005,
        input_cost_per_image=0.0011,
    )

    assert model == {
        "id": "m",
        "display_name": "m",
        "context_window": 1000,
        "max_output_tokens": 100,
        "supports_parallel_tool_calls": True,
        "pricing": {
            "prompt": "0.000004",
            "completion": "0",
            "input_cache_read": "0.000000125",
            "input_cache_write": "0.000005",
            "internal_reasoning": "0.00001",
            "request": "0.005",
            "image": "0.0011",
        },
        "shutdown_date": "2027-01-31",
    }


def test_models_reached_through_responses_only_are_chat_models() -> None:
    assert only(mode="responses")["id"] == "m"


def test_other_modes_are_counted() -> None:
    result = imported(a=entry(mode="embedding"), b=entry(mode="embedding"), c=entry(mode=None))

    assert result.models == []
    assert problems(result) == [
        '["c"]: is left out: it has no mode',
        "*.mode: embedding is left out: only chat models are imported (entries: 2)",
    ]


def test_the_sample_is_no_model() -> None:
    result = imported(sample_spec=entry(litellm_provider="one of many"), m=entry())

    assert [model["id"] for model in result.models] == ["m"]
    assert problems(result) == []


def test_models_are_in_the_maps_order() -> None:
    result = imported(b=entry(), a=entry())

    assert [model["id"] for model in result.models] == ["b", "a"]


def test_a_provider_can_be_chosen() -> None:
    result = imported("q", a=entry(), b=entry(litellm_provider="q"), c="nothing")

    assert [model["id"] for model in result.models] == ["b"]
    assert problems(result) == []


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ("opnai", "nothing of the provider `opnai`; did you mean `openai`"),
        ("x", "nothing of the provider `x`."),
    ],
)
def test_a_provider_the_map_does_not_have_is_refused(provider: str, message: str) -> None:
    with pytest.raises(UnreadableSourceError, match=message):
        imported(provider, m=entry(litellm_provider="openai"))


def test_a_model_without_input_limit_is_partial_even_with_the_legacy_limit() -> None:
    result = imported(m=entry(max_input_tokens=None, max_output_tokens=100, max_tokens=100))

    assert result.models == []
    assert result.partial == [Partial('["m"]', {"id": "m", "max_output_tokens": 100})]


def test_a_limit_of_no_tokens_is_no_limit() -> None:
    result = imported(m=entry(max_input_tokens=0))

    assert result.partial == [Partial('["m"]', {"id": "m"})]
    assert problems(result) == [
        '["m"].max_input_tokens: 0 is left out: should be greater than or equal to 1'
    ]


def test_the_legacy_limit_is_reported_if_it_says_something_else() -> None:
    result = imported(m=entry(max_tokens=900))

    assert problems(result) == [
        '["m"].max_tokens: 900 is left out: it differs from max_output_tokens and max_input_tokens'
    ]


def test_ids_with_other_characters_are_reported_and_left_out() -> None:
    result = imported(**{"bedrock/*/x": entry(), "a b": entry(), "m": entry()})

    assert [model["id"] for model in result.models] == ["m"]
    assert problems(result) == [
        '["bedrock/*/x"]: the model is left out: "bedrock/*/x" cannot be an id of the registry',
        '["a b"]: the model is left out: "a b" cannot be an id of the registry',
    ]


def test_chat_models_take_and_make_text_unless_told_otherwise() -> None:
    model = only(supports_vision=False, supports_audio_input=False, supports_audio_output=False)

    assert not {"input_modalities", "output_modalities"} & model.keys()


def test_flags_add_modalities_to_the_listed_ones() -> None:
    model = only(
        supported_modalities=["text", "video"],
        supports_vision=True,
        supports_image_input=True,
        supports_audio_input=True,
        supports_video_input=True,
        supported_output_modalities=["audio"],
        supports_audio_output=True,
    )

    assert model["input_modalities"] == ["text", "video", "image", "audio"]
    assert model["output_modalities"] == ["audio"]


def test_flags_alone_add_modalities_to_text() -> None:
    model = only(supports_vision=True, supports_audio_output=True)

    assert model["input_modalities"] == ["text", "image"]
    assert model["output_modalities"] == ["text", "audio"]


def test_flags_that_contradict_or_cannot_be_read_are_reported() -> None:
    result = imported(
        m=entry(supported_output_modalities=["audio"], supports_audio_output=False),
        n=entry(supports_vision="yes", supported_modalities="text"),
    )

    assert result.models[0]["output_modalities"] == ["audio"]
    assert problems(result) == [
        '["m"].supports_audio_output: false is left out: another key says otherwise',
        '["n"].supports_vision: "yes" is left out: another key says otherwise',
        '["n"].supported_modalities: "text" is left out: it is no list',
    ]


def test_modalities_the_registry_does_not_know_are_counted() -> None:
    result = imported(m=entry(supported_output_modalities=["text", "code"]))

    assert "output_modalities" not in result.models[0]
    [problem] = problems(result)
    assert problem.startswith('*.supported_output_modalities: "code" is left out')


def test_exact_effort_levels_are_taken_without_descriptions() -> None:
    model = only(reasoning_effort_levels=["low", "max"], default_reasoning_effort="max")

    assert model["supported_reasoning_levels"] == [
        {"effort": "low", "description": ""},
        {"effort": "max", "description": ""},
    ]
    assert model["default_reasoning_level"] == "max"


def test_a_level_the_registry_does_not_know_is_left_out_alone() -> None:
    result = imported(m=entry(reasoning_effort_levels=["low", "extreme"]))

    assert result.models[0]["supported_reasoning_levels"] == [{"effort": "low", "description": ""}]
    assert result.unmapped[0].path == '["m"].reasoning_effort_levels[1].effort'


@pytest.mark.parametrize("levels", ["low", {"low": True}])
def test_levels_that_are_no_list_are_reported(levels: Json) -> None:
    result = imported(m=entry(reasoning_effort_levels=levels))

    assert "supported_reasoning_levels" not in result.models[0]
    assert '["m"].reasoning_effort_levels' in [p.path for p in result.unmapped]


def test_a_default_effort_without_levels_is_counted() -> None:
    result = imported(m=entry(default_reasoning_effort="none"))

    assert "default_reasoning_level" not in result.models[0]
    assert problems(result) == [
        "*.default_reasoning_effort: is left out: the levels themselves are not told (entries: 1)"
    ]


def test_flags_that_mean_none_of_the_registrys_fields_are_counted() -> None:
    result = imported(m=entry(supports_reasoning=True, supports_function_calling=False))

    assert [*result.models[0]] == ["id", "display_name", "context_window"]
    assert problems(result) == [
        "*.supports_reasoning: the registry has no field for it (entries: 1)",
        "*.supports_function_calling: the registry has no field for it (entries: 1)",
    ]


def test_the_price_of_a_search_is_taken_if_it_is_one_price_per_query() -> None:
    costs = {"search_context_size_low": 0.014, "search_context_size_high": 0.014}

    model = only(search_context_cost_per_query=costs, web_search_billing_unit="per_query")

    assert model["pricing"] == {"web_search": "0.014"}


@pytest.mark.parametrize(
    ("costs", "unit"),
    [
        ({"low": 0.01, "high": 0.02}, "per_query"),
        ({"low": 0.01}, "per_prompt"),
        ({"low": 0.01}, None),
        ({"low": "?"}, "per_query"),
        ({}, "per_query"),
        (0.01, "per_query"),
    ],
)
def test_any_other_price_of_a_search_is_counted(costs: Json, unit: str | None) -> None:
    result = imported(m=entry(search_context_cost_per_query=costs, web_search_billing_unit=unit))

    assert "pricing" not in result.models[0]
    assert "*.search_context_cost_per_query" in [p.path for p in result.unmapped]


def test_entries_that_are_no_objects_are_reported() -> None:
    result = imported(m=entry(), n=[1])

    assert problems(result) == ['["n"]: is left out: it is no object']


@pytest.mark.parametrize(
    "document", [None, [], {}, {"m": {"mode": "chat"}}, {"sample_spec": {"litellm_provider": "p"}}]
)
def test_anything_else_is_refused_with_what_was_expected(document: Json) -> None:
    with pytest.raises(UnreadableSourceError, match="LiteLLM's price map was expected"):
        import_litellm(document, provider=None)
