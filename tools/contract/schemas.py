"""What bodies look like, as JSON Schemas of what is rendered."""

from collections.abc import Iterable

from contract.json_schema import COUNT, Schema, closed, exactly, one_of, or_null, reference
from contract.model_schemas import model_schemas
from contract.refusals import REFUSALS
from model_catalog.errors import ApiError
from model_catalog.limits import Window

OPENAPI = "3.1.0"
_MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
}


def schemas() -> dict[str, Schema]:
    """Return every schema that has a name."""
    return {
        **model_schemas(),
        "Usage": _usage(),
        "UsageKey": _usage_key(),
        "UsageWindow": _usage_window(),
        "Health": _health(),
        "Document": _document(),
        "Error": _error(),
        "GatewayMessage": _gateway_message(),
    }


def refused_with(errors: Iterable[ApiError]) -> Schema:
    """Return the envelope, narrowed to what ``errors`` say in it."""
    told = [error.envelope["error"] for error in errors]
    narrowed = {
        name: {"enum": [*dict.fromkeys(each[name] for each in told)]}
        for name in ("type", "param", "code")
    }
    inside = {"type": "object", "properties": narrowed}
    return {"allOf": [reference("Error"), {"properties": {"error": inside}}]}


def _usage() -> Schema:
    windows = {
        "type": "array",
        "items": reference("UsageWindow"),
        "minItems": len(Window),
        "maxItems": len(Window),
    }
    return closed(
        "A key, its limits and its counters.",
        {"object": exactly("usage"), "key": reference("UsageKey"), "limits": windows},
    )


def _usage_key() -> Schema:
    return closed(
        "What a key shows of itself.",
        {
            "key_id": {"type": "string", "pattern": "^[0-9A-Za-z]{16}$"},
            "name": {"type": "string", "description": "What its owner calls it."},
            "prefix": {"type": "string", "description": "The first characters of its secret."},
            "expires_at": or_null({**_MOMENT, "description": "When it stops working."}),
            "allowed_models": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Ids, aliases, globs and `@groups`; empty allows all models.",
            },
        },
    )


def _usage_window() -> Schema:
    return closed(
        "One window; `max_value` and `remaining_value` are null where there is no limit.",
        {
            "limit_type": exactly("requests"),
            "limit_window": one_of(Window),
            "max_value": or_null({"type": "integer", "minimum": 1}),
            "current_value": COUNT,
            "remaining_value": or_null(COUNT),
            "reset_at": {**_MOMENT, "description": "When the window ends."},
        },
    )


def _health() -> Schema:
    version = {"type": "string", "description": "Which version of the registry is held."}
    age = {**COUNT, "description": "Since when it was last confirmed to be the newest."}
    held = closed(
        "The registry in memory; null if none was read yet.",
        {"version": or_null(version), "age_seconds": or_null(age)},
    )
    return closed("The function runs.", {"status": exactly("ok"), "registry": held})


def _document() -> Schema:
    return {
        "type": "object",
        "description": "An OpenAPI document.",
        "properties": {
            "openapi": exactly(OPENAPI),
            "info": {"type": "object"},
            "paths": {"type": "object"},
            "components": {"type": "object"},
        },
        "required": ["openapi", "info", "paths", "components"],
    }


def _error() -> Schema:
    kinds = dict.fromkeys(error.type for error in REFUSALS.values())
    inside = closed(
        "What went wrong.",
        {
            "message": {"type": "string", "minLength": 1, "description": "For people."},
            "type": {**one_of(kinds), "description": "The class of error."},
            "param": {"type": ["string", "null"], "description": "The parameter at fault."},
            "code": {"type": ["string", "null"], "description": "The reason, for programs."},
        },
    )
    return closed("How everything is refused.", {"error": inside})


def _gateway_message() -> Schema:
    return {
        "type": "object",
        "description": "What API Gateway answers by itself.",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    }
