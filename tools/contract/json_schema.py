"""JSON Schemas: the words they are written in, and those the registry brings."""

from collections.abc import Iterable
from typing import Any

from model_catalog.codex_block import CodexBlock
from model_catalog.registry_document import RegisteredModel

type Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
AUTHORED: Schema = RegisteredModel.model_json_schema(ref_template=_REFERENCE)
NATIVE: Schema = CodexBlock.model_json_schema(ref_template=_REFERENCE)
COUNT: Schema = {"type": "integer", "minimum": 0}


def reference(name: str) -> Schema:
    """Return a reference to the schema ``name``."""
    return {"$ref": _REFERENCE.format(model=name)}


def one_of(values: Iterable[str]) -> Schema:
    """Return a text of which all values are known."""
    return {"type": "string", "enum": [*values]}


def exactly(value: str) -> Schema:
    """Return a text that never changes."""
    return {"type": "string", "const": value}


def model_id(description: str) -> Schema:
    """Return what an id is made of."""
    return {**authored("id"), "description": description}


def closed(
    description: str, properties: Schema, *, required: Iterable[str] | None = None
) -> Schema:
    """Return an object of nothing but ``properties``, all of them required unless said."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [*(properties if required is None else required)],
        "additionalProperties": False,
    }


def or_null(schema: Schema) -> Schema:
    """Return ``schema``, or null instead."""
    said = {"description": schema["description"]} if "description" in schema else {}
    either = {name: schema[name] for name in schema if name != "description"}
    return {"anyOf": [either, {"type": "null"}], **said}


def authored(field: str) -> Schema:
    """Return what ``field`` of a registered model is once the registry says it."""
    return plain(AUTHORED["properties"][field])


def part_of_model(name: str) -> Schema:
    """Return an object that models have in them."""
    part = plain(AUTHORED["$defs"][name])
    return {**part, "properties": {key: plain(each) for key, each in part["properties"].items()}}


def plain(schema: Schema) -> Schema:
    """Return a schema of pydantic's without title and default, and without null."""
    said = {name: schema[name] for name in schema if name not in {"title", "default", "anyOf"}}
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    return {**choices[0], **said} if choices else said
