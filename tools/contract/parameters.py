"""What can be said in a request: query, path and headers."""

from collections.abc import Sequence
from typing import Any

from contract.examples import BARE_MODEL, ETAG, MODEL
from contract.json_schema import model_id, one_of
from model_catalog.selection import (
    CAPABILITIES,
    CONTEXT_WINDOWS,
    EFFORTS,
    MODALITIES,
    PAGE_SIZES,
)

type Part = dict[str, Any]


def parameters() -> dict[str, Part]:
    """Return every parameter by name."""
    every = (_path_parameter(), *_query_parameters(), *_header_fields())
    return {each["name"]: each for each in every}


def referring(names: Sequence[str]) -> list[Part]:
    """Return an operation's parameters."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _path_parameter() -> Part:
    return {
        "name": "model",
        "in": "path",
        "required": True,
        "description": "An id or alias. A slash in it may be sent as it is or as `%2F`; OpenAPI"
        " knows only the latter.",
        "schema": model_id("What ids and aliases are made of."),
        "examples": {"id": {"value": MODEL}, "id_with_a_slash": {"value": BARE_MODEL}},
    }


def _query_parameters() -> list[Part]:
    return [
        _query("input_modality", "Models that take it.", one_of(MODALITIES), "image"),
        _query("output_modality", "Models that make it.", one_of(MODALITIES), "text"),
        _query("reasoning_effort", "Models that can be asked for it.", one_of(EFFORTS), "low"),
        _query(
            "capability",
            "Models that have it; if repeated, all of them.",
            {"type": "array", "items": one_of(CAPABILITIES)},
            ["reasoning", "vision"],
        ),
        _query(
            "min_context_window",
            "Models that take at least so many tokens.",
            _whole_number(CONTEXT_WINDOWS),
            200_000,
        ),
        _query("limit", "How many models make a page.", _whole_number(PAGE_SIZES), 20),
        _query(
            "after",
            "The id in the key's list that the page comes after.",
            model_id("An id in the list, never an alias."),
            MODEL,
        ),
        _query(
            "client_version",
            "Codex's version. If it is not empty, the answer is Codex's catalog of models that"
            " suit it, and no filter or page applies; one that cannot be read suits all.",
            {"type": "string"},
            "0.169.0",
        ),
    ]


def _header_fields() -> list[Part]:
    return [
        _header(
            "If-None-Match",
            "The `etag` of a copy that is held, or several: if still good, the answer is a 304.",
            {"etag": ETAG, "any": "*"},
        ),
        _header("Accept-Encoding", "Whether bodies may be compressed.", {"gzip": "gzip"}),
    ]


def _query(name: str, description: str, schema: Part, example: object) -> Part:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": schema,
        "example": example,
    }


def _header(name: str, description: str, examples: dict[str, str]) -> Part:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string"},
        "examples": {key: {"value": example} for key, example in examples.items()},
    }


def _whole_number(numbers: range) -> Part:
    return {"type": "integer", "minimum": numbers.start, "maximum": numbers.stop - 1}


QUERY = tuple(each["name"] for each in _query_parameters())
