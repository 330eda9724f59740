"""From an authored document to a snapshot, or to a list of everything wrong with it."""

import hashlib
import json
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.registry import LARGE_RESPONSE, LARGEST_RESPONSE, LONGEST_OWNER, compile_source
from model_catalog.registry_source import InvalidRegistryError, Problem
from model_catalog.rendering import Renderer
from model_catalog.selection import CatalogQuery, CodexQuery
from model_catalog.snapshot import dump, load
from support.builders import entry
from support.documents import PUBLISHED, authored, compiled, document, problems
from support.strategies import documents, json_values, spoilt_documents

DEEP = b"[" * 10_000 + b"]" * 10_000


def warnings(content: Any) -> list[str]:
    return [str(warning) for warning in compiled(content).warnings]


# What is compiled


def test_a_minimal_model_gets_every_default() -> None:
    snapshot = compiled(document(authored("a", display_name="A"))).snapshot

    assert snapshot.entries == (entry("a"),)


def test_what_is_authored_is_compiled() -> None:
    said: dict[str, Any] = {
        "description": "Tous les mots. 模型",
        "aliases": ["b", "c"],
        "groups": ["g"],
        "visibility": "hide",
        "supported_in_api": False,
        "priority": -3,
        "input_modalities": ["text", "video"],
        "output_modalities": ["audio"],
        "supported_reasoning_levels": [{"effort": "max", "description": "Long"}],
        "default_reasoning_level": "max",
        "supports_reasoning_summaries": True,
        "support_verbosity": True,
        "default_verbosity": "high",
        "prefer_websockets": True,
        "supports_parallel_tool_calls": True,
        "minimal_client_version": "0.150.0",
        "supported_parameters": ["tools"],
        "pricing": {"prompt": "0.10", "web_search": "3"},
        "shutdown_date": "2028-02-29",
        "codex": {"shell_type": "disabled"},
    }
    expected = {name: tuple(it) if isinstance(it, list) else it for name, it in said.items()}

    assert compiled(document(authored(**said))).snapshot.entries == (
        entry("a", display_name="A", **expected),
    )


def test_limits_and_tiers_are_compiled() -> None:
    tiers = [{"id": "flex", "name": "Flex", "description": ""}]
    model = authored(
        input_context_window=900,
        max_output_tokens=100,
        additional_speed_tiers=["fast"],
        service_tiers=tiers,
        default_service_tier="flex",
    )

    (shown,) = compiled(document(model)).snapshot.entries

    assert (shown.input_context_window, shown.max_output_tokens) == (900, 100)
    assert shown.additional_speed_tiers == ("fast",)
    assert (shown.service_tiers, shown.default_service_tier) == (tuple(tiers), "flex")


def test_models_are_sorted_by_priority_then_id() -> None:
    models = [authored("c"), authored("b"), authored("z", priority=5), authored("a", priority=-1)]

    snapshot = compiled(document(*models)).snapshot

    assert [model.id for model in snapshot.entries] == ["z", "b", "c", "a"]


def test_a_snapshot_says_what_it_was_made_from_and_when() -> None:
    source = json.dumps(document(authored(), codex_defaults={"base_instructions": "Hi."})).encode()
    moment = datetime(2026, 11, 22, 12, 0, 0, 999, tzinfo=UTC)

    snapshot = compile_source(source, published_at=moment, source_version="v42").snapshot

    assert snapshot.source_sha256 == hashlib.sha256(source).hexdigest()
    assert snapshot.source_version == "v42"
    assert snapshot.published_at == moment - timedelta(microseconds=999)
    assert snapshot.codex_instructions == "Hi."


def test_a_document_without_models_is_an_empty_list() -> None:
    assert compiled({"models": []}).snapshot.entries == ()


@pytest.mark.parametrize("pricing", [None, {}, {"prompt": None}, {"prompt": None, "image": None}])
def test_prices_of_which_none_is_known_are_no_prices(pricing: object) -> None:
    assert compiled(document(authored(pricing=pricing))).snapshot.entries[0].pricing is None


def test_a_price_that_is_not_known_is_left_out() -> None:
    model = authored(pricing={"prompt": "0", "completion": None})

    assert compiled(document(model)).snapshot.entries[0].pricing == {"prompt": "0"}


@given(documents)
def test_every_proper_document_is_published_and_read_as_compiled(content: dict[str, Any]) -> None:
    snapshot = compiled(content).snapshot

    assert load(dump(snapshot)) == snapshot
    assert {model.id for model in snapshot.entries} == {model["id"] for model in content["models"]}


@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_models_in_the_document_does_not_matter(
    content: dict[str, Any], chance: random.Random
) -> None:
    shuffled = content | {"models": chance.sample(content["models"], len(content["models"]))}

    assert compiled(shuffled).snapshot.entries == compiled(content).snapshot.entries


def test_thousands_of_models_are_compiled() -> None:
    snapshot = compiled(document(*(authored(f"m/{number}") for number in range(3000)))).snapshot

    assert len(snapshot.entries) == 3000


# What is no document at all


@given(json_values | spoilt_documents())
def test_whatever_json_it_is_a_document_is_compiled_or_refused(content: Any) -> None:
    with suppress(InvalidRegistryError):
        dump(compiled(content).snapshot)


@given(st.binary())
def test_whatever_bytes_it_is_a_source_is_compiled_or_refused(content: bytes) -> None:
    with pytest.raises(InvalidRegistryError):
        compiled(content)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "The file is not JSON: line 1, column 1: Expecting value."),
        (b'{\n  "models": [,]\n}', "The file is not JSON: line 2, column 14: Expecting value."),
        (b'{"models": []} x', "The file is not JSON: line 1, column 16: Extra data."),
        (b'\xef\xbb\xbf{"models": []}', "The file starts with a byte order mark."),
        ('{"models": []}'.encode("utf-16"), "The file is not UTF-8: byte 0 cannot be read."),
        ('{"$schema": "é"}'.encode("latin-1"), "The file is not UTF-8: byte 13 cannot be read."),
        (b'{"$schema": "\xed\xa0\x80"}', "The file is not UTF-8: byte 13 cannot be read."),
        (b'{"$schema": "\\ud800"}', "A text holds half of a character"),
        (b'{"\\udfff": 1}', "A text holds half of a character"),
        (b'{"models": NaN}', "NaN is not JSON."),
        (b'{"models": Infinity}', "Infinity is not JSON."),
        (b'{"models": [-Infinity]}', "-Infinity is not JSON."),
        (b'{"models": 1e999}', "The file is not readable JSON"),
        (b'{"models": ' + b"9" * 5000 + b"}", "The file is not readable JSON"),
        (DEEP, "The file is nested too deeply."),
        (b'{"models": [{"codex": ' + DEEP + b"}]}", "The file is nested too deeply."),
        (b'{"models": [], "models": []}', "An object has the key 'models' more than once."),
        (b'{"models": [{"id": "a", "id": "a"}]}', "An object has the key 'id' more than once."),
        (b'{"a": 1, "a": 1, "b": 2, "b": 2, "b": 3}', "An object has the key 'a', 'b' more"),
        (b'{"\\udfff": 1, "\\udfff": 2}', "An object has the key '\\udfff' more than once."),
    ],
)
def test_what_is_not_strict_json_in_utf8_is_refused_and_said_why(
    source: bytes, message: str
) -> None:
    (problem,) = problems(source)

    assert problem.startswith(message)


def test_a_file_that_nobody_can_have_written_by_hand_is_not_even_parsed() -> None:
    assert problems(b"[" * 50_000_000) == ["The file is larger than 20,971,520 bytes."]


def test_more_models_than_any_answer_holds_are_one_problem() -> None:
    assert problems({"models": [{}] * 20_001}) == [
        "models: has 20,001 entries; at most 20,000 are read"
    ]


@pytest.mark.parametrize("content", [None, [], "models", 7, True, [authored()]])
def test_a_document_is_an_object(content: Any) -> None:
    (problem,) = problems(content)

    assert "should be an object" in problem


@pytest.mark.parametrize("models", [None, {}, "a", 1, {"a": authored()}])
def test_models_are_a_list(models: Any) -> None:
    assert problems({"models": models}) == ["models: should be a valid list"]


def test_models_are_required() -> None:
    assert problems({}) == ["models: is required"]


# Every problem at once


def test_all_problems_are_told_each_with_its_path() -> None:
    models: list[Any] = [
        {"id": "a b", "context_window": "1000"},
        authored("fine"),
        7,
        authored("fine", default_verbosity="high", pricing={"prompt": "1e-6"}),
    ]

    found = {problem.partition(":")[0] for problem in problems(document(*models, version=1))}

    assert found == {
        "models[0].id",
        "models[0].display_name",
        "models[0].context_window",
        "models[2]",
        "models[3].id",
        "models[3].default_verbosity",
        "models[3].pricing.prompt",
        "version",
    }


def test_an_error_lists_its_problems_line_by_line() -> None:
    error = InvalidRegistryError([Problem("models[0].id", "is required"), Problem("", "No.")])

    assert str(error) == "models[0].id: is required\nNo."


@pytest.mark.parametrize("field", ["id", "display_name", "context_window"])
def test_what_a_model_cannot_do_without_is_required(field: str) -> None:
    model = authored()
    del model[field]

    assert problems(document(model)) == [f"models[0].{field}: is required"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (document(codex_default={}), "codex_default: is no field; did you mean `codex_defaults`?"),
        (document(**{"$shema": ""}), "$shema: is no field; did you mean `$schema`?"),
        (document(schema_url=""), "schema_url: is no field; did you mean `$schema`?"),
        (document(zzz=1), "zzz: is no field"),
        (
            document(codex_defaults={"base_instruction": ""}),
            "codex_defaults.base_instruction: is no field; did you mean `base_instructions`?",
        ),
        (
            document(authored(contextWindow=1)),
            "models[0].contextWindow: is no field; did you mean `context_window`?",
        ),
        (document(authored(), authored("b", q=1)), "models[1].q: is no field"),
        (
            document(authored(pricing={"promt": "1"})),
            "models[0].pricing.promt: is no field; did you mean `prompt`?",
        ),
        (
            document(
                authored(
                    service_tiers=[{"id": "a", "name": "A", "description": "", "descripton": ""}]
                )
            ),
            "models[0].service_tiers[0].descripton: is no field; did you mean `description`?",
        ),
        (
            document(
                authored(
                    supported_reasoning_levels=[
                        {"effort": "low", "description": ""},
                        {"effort": "high", "description": "", "efort": "high"},
                    ]
                )
            ),
            "models[0].supported_reasoning_levels[1].efort: is no field; did you mean `effort`?",
        ),
    ],
)
def test_a_misspelt_field_is_told_with_the_one_that_was_meant(
    content: dict[str, Any], problem: str
) -> None:
    assert problems(content) == [problem]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (
            [authored("a"), authored("b"), authored("a"), authored("a")],
            [
                "models[2].id: `a` is already the name at models[0].id",
                "models[3].id: `a` is already the name at models[0].id",
            ],
        ),
        (
            [authored("a", aliases=["x", "b"]), authored("b")],
            ["models[1].id: `b` is already the name at models[0].aliases[1]"],
        ),
        (
            [authored("a", aliases=["x"]), authored("b", aliases=["y", "x", "a"])],
            [
                "models[1].aliases[1]: `x` is already the name at models[0].aliases[0]",
                "models[1].aliases[2]: `a` is already the name at models[0].id",
            ],
        ),
        (
            [authored("a", aliases=["a"])],
            ["models[0].aliases[0]: `a` is already the name at models[0].id"],
        ),
        (
            [authored("a", aliases=["x", "x"])],
            ["models[0].aliases[1]: `x` is already the name at models[0].aliases[0]"],
        ),
    ],
)
def test_a_name_means_one_model_only(models: list[dict[str, Any]], expected: list[str]) -> None:
    assert problems(document(*models)) == expected


def test_names_that_differ_in_case_are_two() -> None:
    assert len(compiled(document(authored("a"), authored("A"))).snapshot.entries) == 2


@pytest.mark.parametrize("broken", [7, None, {"id": []}, {"aliases": "a"}, {"aliases": [{}, "x"]}])
def test_a_name_taken_twice_is_found_beside_other_problems(broken: Any) -> None:
    taken = "models[2].id: `a` is already the name at models[0].id"

    found = problems(document(authored("a"), broken, authored("a")))

    assert taken in found
    assert len(found) > 1


# Answers too large


def _of_size(total: int, **changes: Any) -> dict[str, Any]:
    """Return a document of 20 models whose list has about ``total`` bytes."""
    share = total // 20 - 1000
    half = share // 2  # a description is shown twice
    return document(*(authored(f"m{n}", description="x" * half, **changes) for n in range(20)))


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (authored("@fast"), "models[1].id"),
        (authored("b", aliases=["c", "@fast"]), "models[1].aliases[1]"),
    ],
)
def test_no_model_is_called_what_allow_lists_call_a_group(model: Any, path: str) -> None:
    content = document(authored("a", groups=["fast"]), model)

    assert problems(content) == [f"{path}: `@fast` is what allow-lists call the group `fast`"]


def test_a_model_may_begin_like_a_group() -> None:
    content = document(authored("a", groups=["fast"]), authored("@fast/b"), authored("@slow"))

    assert [entry.id for entry in compiled(content).snapshot.entries] == ["@fast/b", "@slow", "a"]


def test_a_list_too_large_for_lambda_is_refused_and_the_limit_named() -> None:
    (problem,) = problems(_of_size(LARGEST_RESPONSE + 100_000))

    assert problem.startswith("The list of models would be 6,3")
    assert problem.endswith(" bytes; Lambda can answer 6,275,072")


def test_a_codex_catalog_too_large_for_lambda_is_refused() -> None:
    fields = {"codex": {"base_instructions": "y" * 350_000}, "minimal_client_version": "9.0.0"}

    (problem,) = problems(
        document(*(authored(f"m{n}", visibility="hide", **fields) for n in range(20)))
    )

    assert problem.startswith("Codex's catalog would be 7,0")


@pytest.mark.parametrize("letter", ['"', "\\", "\n", "模"])
def test_the_size_is_that_of_the_escaped_utf8_text(letter: str) -> None:
    prompts = {"base_instructions": "Be brief." + letter * 450_000}

    (problem,) = problems(document(*(authored(f"m{n}", codex=prompts) for n in range(5))))

    assert problem.startswith("Codex's catalog would be")


def test_letters_beyond_ascii_take_the_bytes_of_utf8_and_no_more() -> None:
    (warning,) = warnings(document(authored(codex={"base_instructions": "模" * 1_500_000})))

    assert warning.startswith("Codex's catalog is 4,50")


def test_what_just_fits_into_lambdas_answer_is_published() -> None:
    content = _of_size(LARGEST_RESPONSE - 20_000)
    published = compiled(content).snapshot

    body = Renderer(owned_by="codex-lb").models(published, frozenset(), CatalogQuery())
    envelope = json.dumps({"statusCode": 200, "body": body.text}, ensure_ascii=False)

    assert LARGEST_RESPONSE - 100_000 < len(envelope.encode()) < 6 * 2**20


def test_the_size_told_is_the_size_sent_with_the_longest_owner() -> None:
    content = document(*(authored(f"m/{number}") for number in range(5000)))
    body = Renderer(owned_by="x" * LONGEST_OWNER).models(
        compiled(content).snapshot, frozenset(), CatalogQuery()
    )

    size = len(json.dumps(body.text, ensure_ascii=False).encode())

    assert f"The list of models is {size:,} bytes; LiteLLM reads at most 2,097,152" in warnings(
        content
    )


def test_models_no_answer_shows_take_no_room() -> None:
    withdrawn = _of_size(LARGEST_RESPONSE + 100_000, supported_in_api=False)

    assert warnings(withdrawn) == []


def test_a_snapshot_too_large_to_be_read_is_refused_whatever_answers_show_of_it() -> None:
    withdrawn = {"description": "模" * 200_000, "supported_in_api": False}
    content = document(*(authored(f"m{n}", **withdrawn) for n in range(20)))

    (problem,) = problems(json.dumps(content, ensure_ascii=False).encode())

    assert problem.startswith("The snapshot would be 24,0")
    assert problem.endswith(" bytes; at most 20,971,520 are read")


# Warnings


def test_a_clean_document_has_no_warnings() -> None:
    assert warnings(document(authored(codex={"shell_type": "local", "tomorrow": 1}))) == []


def test_models_left_out_of_codexs_catalog_are_warned_of() -> None:
    models = [
        authored("own", codex={"base_instructions": "Be brief."}),
        authored("template", codex={"model_messages": {"instructions_template": "Be {mood}."}}),
        authored("none", codex={"base_instructions": ""}),
        authored("hidden", visibility="hide"),
        authored("withdrawn", supported_in_api=False),
    ]

    found = warnings({"models": models})

    left_out = "is left out of Codex's catalog: neither it nor `codex_defaults` has"
    assert found == [
        f"models[2]: `none` {left_out} base_instructions",
        f"models[3]: `hidden` {left_out} base_instructions",
    ]


def test_codexs_fields_that_the_models_own_decide_are_warned_of_and_left_out() -> None:
    model = authored(codex={"slug": 7, "priority": 1, "visibility": "none", "comp_hash": "1"})

    result = compiled(document(model))

    assert [str(warning) for warning in result.warnings] == [
        f"models[0].codex.{key}: is ignored: the model's own field decides"
        for key in ("priority", "slug", "visibility")
    ]
    assert result.snapshot.entries[0].codex == {"comp_hash": "1"}


def test_nothing_the_block_says_of_the_models_own_fields_reaches_codex() -> None:
    plain, block = (
        Renderer(owned_by="us")
        .models(compiled(document(authored(codex=codex))).snapshot, frozenset(), CodexQuery(None))
        .text
        for codex in ({}, dict.fromkeys(OWN_FIELDS, "from the block"))
    )

    assert block == plain


OWN_FIELDS = [
    *("slug", "display_name", "description", "default_reasoning_level", "context_window"),
    *("supported_reasoning_levels", "visibility", "supported_in_api", "priority"),
    *("additional_speed_tiers", "service_tiers", "default_service_tier", "support_verbosity"),
    *("supports_reasoning_summaries", "default_verbosity", "supports_parallel_tool_calls"),
    *("input_modalities", "minimal_client_version", "prefer_websockets"),
]


def test_answers_larger_than_litellm_reads_are_warned_of() -> None:
    found = warnings(_of_size(LARGE_RESPONSE + 100_000))

    assert len(found) == 1
    assert found[0].startswith("The list of models is 2,1")


def test_a_large_codex_catalog_is_warned_of() -> None:
    found = warnings(document(authored(codex={"base_instructions": "y" * 2**21})))

    assert found[0].startswith("Codex's catalog is 2,09")


def test_what_litellm_can_read_is_not_warned_of() -> None:
    assert warnings(_of_size(LARGE_RESPONSE - 100_000)) == []


def test_warnings_name_the_models_place_in_the_document() -> None:
    models = [authored("a"), authored("b", priority=9, codex={"slug": "x"})]

    (warning,) = warnings(document(*models))

    assert warning.startswith("models[1].codex.slug: ")


def test_compiling_reads_no_clock() -> None:
    assert compiled(document()).snapshot.published_at == PUBLISHED
