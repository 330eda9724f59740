"""The OpenAPI document is the code's own, valid, complete, and true in every example."""

import json
import re
import runpy
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # the validator brings it
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contract.document import compact, document, text
from contract.examples import FULL, LISTS
from contract.parameters import QUERY
from contract.refusals import BAD_REQUEST, METHODS, REFUSALS, raised_by
from localcloud.template import PROJECT
from model_catalog.errors import ApiError, InvalidValueError
from model_catalog.selection import parse_query

DOCUMENT = document()
PARAMETERS, RESPONSES, SCHEMAS = (
    DOCUMENT["components"][kind] for kind in ("parameters", "responses", "schemas")
)
WRITTEN = {
    "text": "docs/openapi.json",
    "compact": "functions/api/assets/openapi.json",
    "page": "functions/api/assets/docs.html",
}
OPEN = {"CodexEntry", "Document", "GatewayMessage", "TruncationPolicy"}
WORDS = ("", "0", "1", "1000", "1001", "007", "+1", "1.0", "text", "image", "low", "vision", "TEXT")


def parts(value: Any = DOCUMENT, pointer: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Return every object in the document, with where it is."""
    if isinstance(value, dict):
        yield pointer, value
        for name, inner in value.items():
            yield from parts(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from parts(inner, f"{pointer}/{number}")


def examples() -> Iterator[tuple[str, Any]]:
    """Return every example, with where its schema is."""
    for pointer, part in parts():
        if "schema" in part and not pointer.endswith("/properties"):
            given_ = [named["value"] for named in part.get("examples", {}).values()]
            given_ += [part["example"]] if "example" in part else []
            yield from ((f"{pointer}/schema", example) for example in given_)


def validator(pointer: str) -> Any:
    resource = DRAFT202012.create_resource(DOCUMENT)
    return Draft202012Validator(
        {"$ref": f"urn:contract{pointer}"},
        registry=Registry().with_resource("urn:contract", resource),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def operations() -> list[dict[str, Any]]:
    return [item[method.lower()] for item in DOCUMENT["paths"].values() for method in METHODS]


def kinds_of(error: type[ApiError]) -> Iterator[type[ApiError]]:
    """Return what an error may be, of which there are no kinds any more."""
    kinds = error.__subclasses__()
    yield from (leaf for kind in kinds for leaf in kinds_of(kind))
    if not kinds:
        yield error


@pytest.mark.parametrize(("form", "file"), WRITTEN.items())
def test_no_file_has_drifted_from_what_the_program_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str, file: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["contract", form])

    runpy.run_module("contract", run_name="__main__")

    assert capsys.readouterr().out == (PROJECT / file).read_text("utf-8"), "run `make docs`"


def test_make_writes_these_files_and_no_others() -> None:
    makefile = (PROJECT / "Makefile").read_text()

    assert dict(re.findall(r"-m contract (\w+) > (\S+)", makefile)) == WRITTEN


def test_the_document_is_the_same_in_both_forms() -> None:
    assert json.loads(text()) == json.loads(compact()) == DOCUMENT
    assert compact().count("\n") == 1


def test_it_is_valid() -> None:
    assert [*OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_example_is_what_its_schema_says() -> None:
    checked = [
        f"{pointer}: {error.message}"
        for pointer, example in examples()
        for error in [*validator(pointer).iter_errors(example), None]
        if error
    ]

    assert checked == []
    assert len([*examples()]) > 50


def test_what_is_closed_and_what_may_grow() -> None:
    closed = {name for name, part in SCHEMAS.items() if part.get("additionalProperties") is False}

    assert closed == SCHEMAS.keys() - OPEN


def test_a_model_is_described_in_the_order_it_is_rendered() -> None:
    assert [*SCHEMAS["Model"]["properties"]] == [*FULL]
    assert [*SCHEMAS["Metadata"]["properties"]] == [*FULL["metadata"]]
    assert [*SCHEMAS["CodexEntry"]["properties"]] == [*LISTS["codex"]["models"][0]]


@pytest.mark.parametrize(
    ("schema", "spoilt"),
    [
        ("Model", {"name": None}),
        ("Model", {"extra": 1}),
        ("Model", {"created": "2026"}),
        ("Metadata", {"priority": None}),
        ("Metadata", {"input_modalities": ["smell"]}),
        ("CodexEntry", {"description": None}),
    ],
)
def test_a_body_that_breaks_the_contract_is_told(schema: str, spoilt: dict[str, Any]) -> None:
    good = {
        "Model": FULL,
        "Metadata": FULL["metadata"],
        "CodexEntry": LISTS["codex"]["models"][0],
    }[schema]

    told = validator(f"#/components/schemas/{schema}")

    assert told.is_valid(good)
    assert not told.is_valid({**good, **spoilt})


def test_everything_that_has_a_name_is_referred_to() -> None:
    referred = {part["$ref"] for _, part in parts() if isinstance(part.get("$ref"), str)}
    named = {
        f"#/components/{kind}/{name}"
        for kind, components in DOCUMENT["components"].items()
        for name in components
        if kind != "securitySchemes"
    }

    assert named - referred == set()


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in operations()]

    assert len({*names}) == len(names)


def test_head_is_answered_like_get_without_a_body() -> None:
    for item in DOCUMENT["paths"].values():
        assert item["head"]["responses"].keys() == item["get"]["responses"].keys()
        for answer in item["head"]["responses"].values():
            response = RESPONSES[answer["$ref"].rpartition("/")[2]]
            assert "content" not in response


def test_every_kind_of_error_has_its_example() -> None:
    shown = {type(error) for error in REFUSALS.values()}

    assert shown == {*kinds_of(ApiError)}


def test_every_error_is_an_example_of_its_status() -> None:
    shown = [
        (int(status), example["value"])
        for operation in operations()
        for status, answer in operation["responses"].items()
        for body in RESPONSES[answer["$ref"].rpartition("/")[2]].get("content", {}).values()
        for example in body.get("examples", {}).values()
    ]

    for error in REFUSALS.values():
        assert (error.status, error.envelope) in shown


def test_every_error_has_the_headers_its_status_names() -> None:
    for error in REFUSALS.values():
        documented = [
            RESPONSES[answer["$ref"].rpartition("/")[2]]["headers"]
            for operation in operations()
            for status, answer in operation["responses"].items()
            if status == str(error.status)
        ]
        assert all(error.headers.keys() <= headers.keys() for headers in documented)


def test_every_filter_can_have_a_bad_value() -> None:
    assert {*BAD_REQUEST} == {*QUERY} - {"client_version"}


@given(
    st.sampled_from([name for name in QUERY if name not in {"after", "client_version"}]),
    st.sampled_from(WORDS) | st.text(max_size=4) | st.integers().map(str),
)
def test_a_value_is_refused_if_the_document_does_not_allow_it(name: str, word: str) -> None:
    schema = PARAMETERS[name]["schema"]
    number = schema.get("type") == "integer" and re.fullmatch(r"[0-9]{1,15}", word)
    value: object = int(word) if number else [word] if schema.get("type") == "array" else word

    try:
        parse_query(urlencode({name: word}))
        accepted = True
    except InvalidValueError:
        accepted = False

    assert accepted == Draft202012Validator(schema).is_valid(value)


def test_whoever_reads_it_can_try_it_here() -> None:
    local, _ = DOCUMENT["servers"]

    assert local["url"] in (PROJECT / "README.md").read_text()


def test_an_example_of_an_error_needs_an_error() -> None:
    with pytest.raises(LookupError):
        raised_by(lambda: None)
