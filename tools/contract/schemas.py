"""What bodies look like: JSON Schemas of what is rendered, in the registry's own words."""

from collections.abc import Iterable, Mapping
from typing import Any

from contract.examples import BARE, FULL, LISTS
from contract.refusals import REFUSALS
from model_catalog.codex_block import CodexBlock
from model_catalog.errors import ApiError
from model_catalog.limits import Window
from model_catalog.registry_document import RegisteredModel
from model_catalog.shapes import CODEX_MODALITIES

type Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_AUTHORED: Schema = RegisteredModel.model_json_schema(ref_template=_REFERENCE)
_NATIVE: Schema = CodexBlock.model_json_schema(ref_template=_REFERENCE)
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
}


def reference(name: str) -> Schema:
    """Return a reference to the schema ``name``."""
    return {"$ref": _REFERENCE.format(model=name)}


def model_id(description: str) -> Schema:
    """Return what an id is made of."""
    return {**_authored("id"), "description": description}


def refused_with(errors: Iterable[ApiError]) -> Schema:
    """Return the envelope, narrowed to what ``errors`` say in it."""
    told = [error.envelope["error"] for error in errors]
    narrowed = {
        name: {"enum": [*dict.fromkeys(each[name] for each in told)]}
        for name in ("type", "param", "code")
    }
    inside = {"type": "object", "properties": narrowed}
    return {"allOf": [reference("Error"), {"properties": {"error": inside}}]}


def schemas() -> dict[str, Schema]:
    """Return every schema that has a name."""
    return {
        "ModelList": _model_list(),
        "Model": _model(),
        "Metadata": _metadata(),
        **{name: _part(name) for name in ("ReasoningLevel", "ServiceTier", "Pricing")},
        "Architecture": _architecture(),
        "TopProvider": _top_provider(),
        "CodexCatalog": _codex_catalog(),
        "CodexEntry": _codex_entry(),
        "TruncationPolicy": _plain(_NATIVE["$defs"]["TruncationPolicy"]),
        "Usage": _usage(),
        "UsageKey": _usage_key(),
        "UsageWindow": _usage_window(),
        "Health": _health(),
        "Error": _error(),
        "GatewayMessage": _gateway_message(),
    }


def _model_list() -> Schema:
    paging = ("first_id", "last_id", "has_more")
    return {
        **_closed(
            "The models the key may use, the highest priority first, then by id.",
            {
                "object": {"const": "list"},
                "data": {"type": "array", "items": reference("Model")},
                "first_id": _or_null(model_id("The first id of the page; null if it is empty.")),
                "last_id": _or_null(model_id("What to send as `after` for the next page.")),
                "has_more": {"type": "boolean", "description": "Whether more models follow."},
            },
            required=("object", "data"),
        ),
        "dependentRequired": {name: [*paging] for name in paging},
    }


def _model() -> Schema:
    return _closed(
        "One model: OpenAI's fields, `metadata`, and the same facts where other clients look.",
        {
            "id": model_id("What clients ask for."),
            "object": {"const": "model"},
            "created": {
                **_COUNT,
                "description": "When the registry was published, in Unix seconds.",
            },
            "owned_by": {"type": "string", "description": "The stack's parameter `OwnedBy`."},
            "metadata": reference("Metadata"),
            "name": _authored("display_name"),
            "description": {**_authored("description"), "minLength": 1},
            "context_length": _authored("context_window"),
            "max_output_tokens": _authored("max_output_tokens"),
            "architecture": reference("Architecture"),
            "top_provider": reference("TopProvider"),
            "supported_parameters": _authored("supported_parameters"),
            "pricing": _authored("pricing"),
            "shutdown_date": {**_authored("shutdown_date"), "format": "date"},
        },
        required=BARE,
    )


def _metadata() -> Schema:
    rendered: Mapping[str, object] = BARE["metadata"]
    return _closed(
        "What the model can do. Null is unknown; the fields that may be absent never are null.",
        {
            name: _or_null(_authored(name)) if rendered.get(name, "") is None else _authored(name)
            for name in FULL["metadata"]
        },
        required=rendered,
    )


def _architecture() -> Schema:
    return _closed(
        "What it reads and makes.",
        {
            "modality": {"type": "string", "pattern": r"^[a-z]+(\+[a-z]+)*->[a-z]+(\+[a-z]+)*$"},
            "input_modalities": _authored("input_modalities"),
            "output_modalities": _authored("output_modalities"),
        },
    )


def _top_provider() -> Schema:
    return _closed(
        "How many tokens it takes.",
        {
            "context_length": _authored("context_window"),
            "max_completion_tokens": _authored("max_output_tokens"),
        },
        required=("context_length",),
    )


def _codex_catalog() -> Schema:
    entries = {"type": "array", "items": reference("CodexEntry")}
    return _closed("The models in Codex's own shape, hidden ones too.", {"models": entries})


def _codex_entry() -> Schema:
    """Return what every entry has; a model's ``codex`` block may add anything."""
    full, bare = LISTS["codex"]["models"]
    known = {**_NATIVE["properties"], **_AUTHORED["properties"]}
    ours = {
        "slug": model_id("The model's id."),
        "description": {**_authored("description"), "minLength": 1},
        "priority": {**_COUNT, "description": "The place in our order: Codex sorts upward."},
        "input_modalities": {"type": "array", "items": {"enum": [*CODEX_MODALITIES]}},
    }
    return {
        "type": "object",
        "description": "One model as Codex decodes it, and whatever its `codex` block adds.",
        "properties": {name: ours.get(name) or _plain(known[name]) for name in full},
        "required": [*bare],
        "additionalProperties": True,
    }


def _usage() -> Schema:
    windows = {
        "type": "array",
        "items": reference("UsageWindow"),
        "minItems": len(Window),
        "maxItems": len(Window),
    }
    return _closed(
        "A key, its limits and its counters.",
        {"object": {"const": "usage"}, "key": reference("UsageKey"), "limits": windows},
    )


def _usage_key() -> Schema:
    return _closed(
        "What a key shows of itself.",
        {
            "key_id": {"type": "string", "pattern": "^[0-9A-Za-z]{16}$"},
            "name": {"type": "string", "description": "What its owner calls it."},
            "prefix": {"type": "string", "description": "The first characters of its secret."},
            "expires_at": _or_null({**_MOMENT, "description": "When it stops working."}),
            "allowed_models": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Ids, aliases, globs and `@groups`; empty allows all models.",
            },
        },
    )


def _usage_window() -> Schema:
    return _closed(
        "One window; `max_value` and `remaining_value` are null where there is no limit.",
        {
            "limit_type": {"const": "requests"},
            "limit_window": {"enum": [*Window]},
            "max_value": _or_null({"type": "integer", "minimum": 1}),
            "current_value": _COUNT,
            "remaining_value": _or_null(_COUNT),
            "reset_at": {**_MOMENT, "description": "When the window ends."},
        },
    )


def _health() -> Schema:
    version = {"type": "string", "description": "Which version of the registry is held."}
    age = {**_COUNT, "description": "Since when it was last confirmed to be the newest."}
    held = _closed(
        "The registry in memory; null if none was read yet.",
        {"version": _or_null(version), "age_seconds": _or_null(age)},
    )
    return _closed("The function runs.", {"status": {"const": "ok"}, "registry": held})


def _error() -> Schema:
    kinds = [*dict.fromkeys(error.type for error in REFUSALS.values())]
    inside = _closed(
        "What went wrong.",
        {
            "message": {"type": "string", "minLength": 1, "description": "For people."},
            "type": {"enum": kinds, "description": "The class of error."},
            "param": {"type": ["string", "null"], "description": "The parameter at fault."},
            "code": {"type": ["string", "null"], "description": "The reason, for programs."},
        },
    )
    return _closed("How everything is refused.", {"error": inside})


def _gateway_message() -> Schema:
    return {
        "type": "object",
        "description": "What API Gateway answers by itself.",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    }


def _closed(
    description: str, properties: Schema, *, required: Iterable[str] | None = None
) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [*(properties if required is None else required)],
        "additionalProperties": False,
    }


def _authored(field: str) -> Schema:
    """Return what ``field`` of a registered model is once the registry says it."""
    return _plain(_AUTHORED["properties"][field])


def _part(name: str) -> Schema:
    part = _plain(_AUTHORED["$defs"][name])
    return {**part, "properties": {key: _plain(each) for key, each in part["properties"].items()}}


def _plain(schema: Schema) -> Schema:
    """Return a schema of pydantic's without title and default, and without null."""
    said = {name: schema[name] for name in schema if name not in {"title", "default", "anyOf"}}
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    return {**choices[0], **said} if choices else said


def _or_null(schema: Schema) -> Schema:
    said = {"description": schema["description"]} if "description" in schema else {}
    either = {name: schema[name] for name in schema if name != "description"}
    return {"anyOf": [either, {"type": "null"}], **said}
