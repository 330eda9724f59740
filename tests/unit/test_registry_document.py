"""The authoring document, field by field: what operators may write and what is refused."""

from typing import Any, get_args

import pytest

from model_catalog.registry_document import Effort, Modality, RegisteredModel
from model_catalog.selection import EFFORTS, MODALITIES
from support.documents import authored, compiled, document, problems

LEVELS = [{"effort": "low", "description": "Quick"}, {"effort": "max", "description": "Slow"}]
TIERS = [{"id": "flex", "name": "Flex", "description": "Cheaper"}]


def refused(**fields: Any) -> list[str]:
    """Return where a model with ``fields`` is wrong."""
    return [problem.partition(": ")[0] for problem in problems(document(authored(**fields)))]


RIGHT: dict[str, tuple[Any, ...]] = {
    "id": ("a", "A/b.c_d~e:f@g+h-9", "x" * 256, "@a", "/"),
    "aliases": ([], ["b", "a/b", "x" * 256]),
    "groups": ([], ["a.b_c-9", "x" * 64]),
    "display_name": (" ", "模型"),
    "description": ("", "é"),
    "visibility": ("list", "hide"),
    "supported_in_api": (True, False),
    "priority": (-(2**31), 0, 2**31 - 1),
    "context_window": (1, 10**12),
    "input_context_window": (None, 1, 10**12),
    "max_output_tokens": (None, 1, 10**12),
    "input_modalities": (["video", "text"], ["text", "image", "audio", "video"]),
    "output_modalities": (["video"], ["text", "image", "audio", "video"]),
    "supported_reasoning_levels": ([], LEVELS),
    "default_reasoning_level": (None,),
    "supports_reasoning_summaries": (True, False),
    "support_verbosity": (True, False),
    "default_verbosity": (None,),
    "prefer_websockets": (True, False),
    "supports_parallel_tool_calls": (True, False),
    "minimal_client_version": (None, "0.153.0", "999999999.0.0"),
    "additional_speed_tiers": (None, [], ["fast"]),
    "service_tiers": (None, [], TIERS),
    "default_service_tier": (None,),
    "supported_parameters": (None, [], ["tools", "reasoning"]),
    "pricing": (None, {}, *({"image": price} for price in ("0", "0.0", "0.10", "12", "1.0001"))),
    "shutdown_date": (None, "2028-02-29", "1999-12-31"),
    "codex": (None, {}),
}
WRONG: dict[str, tuple[Any, ...]] = {
    "id": ("", "a b", "a\n", "é", "a*", "a?", "a[1]", "x" * 257, 7, None),
    "aliases": ("b", None, {}),
    "groups": ("g", None, ["g", "g"]),
    "display_name": ("", None, 7),
    "description": (None, 7),
    "visibility": ("none", "List", "", None, True),
    "supported_in_api": (None, 1, "true"),
    "priority": (1.0, 1.5, "1", True, None, 2**31, -(2**31) - 1),
    "context_window": (0, -1, 1000.0, "1000", True, None, 10**12 + 1, 10**4000),
    "input_context_window": (0, -1, 1000.0, "1000", True, 10**12 + 1),
    "max_output_tokens": (0, -1, 1000.0, "1000", True, 10**12 + 1),
    "input_modalities": ([], None, "text", {"text": 1}, ["image", "text", "image"]),
    "output_modalities": ([], None, "text", ["text", "text"]),
    "supported_reasoning_levels": (None, "low", {}, [*LEVELS, LEVELS[0]]),
    "default_reasoning_level": ("", "Low", 7),
    "supports_reasoning_summaries": (None, 0, "yes"),
    "support_verbosity": (None, 0, "yes"),
    "default_verbosity": ("", "none", 7),
    "prefer_websockets": (None, 0, "yes"),
    "supports_parallel_tool_calls": (None, 0, "yes"),
    "minimal_client_version": ("0.153", "v0.1.0", "0.1.0-rc1", "0.1.0\n", "", 1),
    "additional_speed_tiers": ("fast", {}, ["fast", "fast"]),
    "service_tiers": ("flex", {}, [*TIERS, *TIERS]),
    "default_service_tier": ("", 7),
    "supported_parameters": ("tools", {}, ["tools", "tools"]),
    "pricing": ([], "1", 0.5),
    "shutdown_date": (
        *("2026-02-30", "2027-02-29", "2026-13-01", "0000-01-01"),
        *("2026-1-1", "20260101", "2026-W01-1", "2026-01-01T00:00", "2026-01-01\n", "", 20260101),
        "\u0662\u0660\u0662\u0666-01-01",
    ),
    "codex": ([], "shell", 7),
}


def test_every_field_is_tried() -> None:
    assert RIGHT.keys() == WRONG.keys() == RegisteredModel.model_fields.keys()


@pytest.mark.parametrize("field", RIGHT)
def test_what_operators_may_write(field: str) -> None:
    for value in RIGHT[field]:
        assert compiled(document({**authored("the-model"), field: value})).warnings == []


@pytest.mark.parametrize("field", WRONG)
def test_what_is_refused_at_its_field(field: str) -> None:
    for value in WRONG[field]:
        wrong = problems(document({**authored(), field: value}))

        assert [problem.partition(": ")[0] for problem in wrong] == [f"models[0].{field}"], value


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("aliases", ["ok", "not ok"], "aliases[1]"),
        ("aliases", [""], "aliases[0]"),
        ("aliases", [7], "aliases[0]"),
        ("groups", ["@g"], "groups[0]"),
        ("groups", ["x" * 65], "groups[0]"),
        ("groups", ["a/b"], "groups[0]"),
        ("input_modalities", ["text", "smell"], "input_modalities[1]"),
        ("output_modalities", ["Text"], "output_modalities[0]"),
        ("additional_speed_tiers", [""], "additional_speed_tiers[0]"),
        ("supported_parameters", ["tools", ""], "supported_parameters[1]"),
        ("supported_reasoning_levels", ["low"], "supported_reasoning_levels[0]"),
        ("service_tiers", [[]], "service_tiers[0]"),
    ],
)
def test_what_is_refused_inside_a_list_is_told_by_its_place(
    field: str, value: object, path: str
) -> None:
    assert refused(**{field: value}) == [f"models[0].{path}"]


@pytest.mark.parametrize(
    "kind",
    [
        *("prompt", "completion", "input_cache_read", "input_cache_write"),
        *("internal_reasoning", "request", "image", "web_search"),
    ],
)
def test_a_price_is_a_plain_decimal_text(kind: str) -> None:
    for wrong in (
        "1e-6",
        "1E6",
        "-1",
        "+1",
        ".5",
        "1.",
        "01",
        "1,5",
        "$1",
        "",
        " 1",
        "1\n",
        1,
        0.5,
    ):
        assert refused(pricing={kind: wrong}) == [f"models[0].pricing.{kind}"]


@pytest.mark.parametrize("missing", ["effort", "description"])
def test_a_reasoning_level_has_an_effort_and_a_description(missing: str) -> None:
    level = {key: value for key, value in LEVELS[0].items() if key != missing}

    assert refused(supported_reasoning_levels=[level]) == [
        f"models[0].supported_reasoning_levels[0].{missing}"
    ]


@pytest.mark.parametrize("missing", ["id", "name", "description"])
def test_a_service_tier_has_an_id_a_name_and_a_description(missing: str) -> None:
    tier = {key: value for key, value in TIERS[0].items() if key != missing}

    assert refused(service_tiers=[tier]) == [f"models[0].service_tiers[0].{missing}"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (
            {"default_reasoning_level": "high", "supported_reasoning_levels": LEVELS},
            "default_reasoning_level: must be one of the supported: low, max",
        ),
        (
            {"default_reasoning_level": "high"},
            "default_reasoning_level: must be one of the supported: there is none",
        ),
        (
            {"default_service_tier": "priority", "service_tiers": TIERS},
            "default_service_tier: must be one of the supported: flex",
        ),
        (
            {"default_service_tier": "priority"},
            "default_service_tier: must be one of the supported: there is none",
        ),
        (
            {"default_service_tier": "priority", "service_tiers": None},
            "default_service_tier: must be one of the supported: there is none",
        ),
        (
            {"default_verbosity": "low"},
            "default_verbosity: the model does not have support_verbosity",
        ),
        (
            {"default_verbosity": "low", "support_verbosity": False},
            "default_verbosity: the model does not have support_verbosity",
        ),
    ],
)
def test_a_default_outside_what_is_supported_is_refused(
    fields: dict[str, object], problem: str
) -> None:
    assert problems(document({**authored(), **fields})) == [f"models[0].{problem}"]


@pytest.mark.parametrize(
    "fields",
    [
        {"default_reasoning_level": "max", "supported_reasoning_levels": LEVELS},
        {"default_service_tier": "flex", "service_tiers": TIERS},
        {"default_verbosity": "high", "support_verbosity": True},
        {"default_verbosity": None, "default_reasoning_level": None, "default_service_tier": None},
    ],
)
def test_a_default_among_what_is_supported_is_taken(fields: dict[str, object]) -> None:
    assert compiled(document({**authored(), **fields})).warnings == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        (
            {"default_reasoning_level": "low", "supported_reasoning_levels": 7},
            ["supported_reasoning_levels"],
        ),
        ({"default_service_tier": "flex", "service_tiers": "flex"}, ["service_tiers"]),
        ({"default_verbosity": "low", "support_verbosity": "yes"}, ["support_verbosity"]),
        (
            {"default_reasoning_level": "lo", "supported_reasoning_levels": 7},
            ["supported_reasoning_levels", "default_reasoning_level"],
        ),
    ],
)
def test_a_default_is_not_blamed_for_what_is_wrong_with_the_supported(
    fields: dict[str, object], wrong: list[str]
) -> None:
    assert refused(**fields) == [f"models[0].{field}" for field in wrong]


@pytest.mark.parametrize("defaults", [None, [], "Work.", {"base_instructions": None}])
def test_what_holds_for_codex_as_a_whole_is_checked_too(defaults: object) -> None:
    (problem,) = problems(document(codex_defaults=defaults))

    assert problem.startswith("codex_defaults")


def test_a_document_may_name_its_schema() -> None:
    content = document(authored(), **{"$schema": "./registry.schema.json"})

    assert compiled(content).warnings == []


def test_a_repeated_item_is_named() -> None:
    assert problems(document(authored(groups=["g", "h", "g", "h"]))) == [
        "models[0].groups: g, h is listed more than once"
    ]


def test_queries_filter_by_all_that_can_be_registered_and_nothing_else() -> None:
    assert (get_args(Modality), get_args(Effort)) == (MODALITIES, EFFORTS)
