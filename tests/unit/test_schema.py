"""The JSON Schema in the repository is the document's, and editors can rely on it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # cfn-lint brings it
from pydantic import BaseModel

from model_catalog.codex_block import CodexBlock
from model_catalog.registry import json_schema, schema_text
from model_catalog.registry_document import RegisteredModel, Registry
from support.documents import authored, document, problems

FOLDER = Path(__file__).parents[2] / "registry"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((FOLDER / "registry.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema)


def test_the_file_is_what_make_schema_writes() -> None:
    assert (FOLDER / "registry.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_text_is_the_schema_and_ends_its_last_line() -> None:
    assert json.loads(schema_text()) == json_schema()
    assert schema_text().endswith("}\n")


def test_it_is_a_schema_of_the_draft_it_names(schema: Any) -> None:
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_it_accepts_the_sample_registry(validator: Draft202012Validator) -> None:
    sample = json.loads((FOLDER / "models.json").read_bytes())

    assert [*validator.iter_errors(sample)] == []


@pytest.mark.parametrize(
    "fields",
    [
        {"displayname": "A"},
        {"priority": "high"},
        {"context_window": 0},
        {"id": "a b"},
        {"input_modalities": ["smell"]},
        {"input_modalities": []},
        {"pricing": {"prompt": 0.5}},
        {"pricing": {"prompt": "1e-6"}},
        {"shutdown_date": "soon"},
        {"minimal_client_version": "1"},
        {"service_tiers": [{"id": "flex"}]},
        {"supported_reasoning_levels": [{"effort": "hard", "description": ""}]},
        {"codex": {"shell_type": "bash"}},
        {"codex": {"truncation_policy": {"mode": "bytes"}}},
    ],
    ids=str,
)
def test_what_it_refuses_is_refused_at_publishing_too(
    validator: Draft202012Validator, fields: dict[str, Any]
) -> None:
    content = document({**authored(), **fields})

    assert not validator.is_valid(content)
    assert problems(content)


def test_it_lets_codex_grow(validator: Draft202012Validator) -> None:
    assert validator.is_valid(document(authored(codex={"tomorrow": [1]})))


@pytest.mark.parametrize("part", [Registry, RegisteredModel])
def test_it_tells_editors_what_each_field_is_for(part: type[BaseModel]) -> None:
    assert [name for name, field in part.model_fields.items() if not field.description] == []


def test_it_completes_every_field(schema: Any) -> None:
    offered = {name for names in _properties(schema) for name in names}

    assert offered >= RegisteredModel.model_fields.keys() | CodexBlock.model_fields.keys()
    assert {"$schema", "codex_defaults", "models"} <= offered


def _properties(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield value["properties"]
        for item in value.values():
            yield from _properties(item)
