"""The OpenAPI document: which paths there are, and what each takes and answers."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from contract import headers, parameters, responses, schemas

type Part = dict[str, Any]

_DESCRIPTION = """\
Which models may an API key use, and what can each of them do?

The answer at `/v1/models` is OpenAI's list; to Codex, which sends its `client_version`, it is the
catalog Codex decodes. `HEAD` is answered like `GET`, without a body. One trailing slash is ignored,
and so are query parameters not named here.

What is wrong with a request is looked for in this order: path and method, key, permission, address
and limits, query, model. Every refusal has the same envelope, as OpenAI's clients expect it. A path
that is not named here is a 404 with the code `unknown_url`.

Some things API Gateway answers by itself, as `{"message": "…"}` and without the headers named here:
besides 413 and 431, its own throttling (429) and a function that is throttled or does not answer
in time (5xx). Where the stack's parameter `CorsOrigins` is set, it also answers preflights and adds
`access-control-…` headers.
"""
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "sk-clb-…",
    "description": "An API key, in `Authorization: Bearer sk-clb-…`.",
}
_SERVERS = [
    {"url": "http://127.0.0.1:8000", "description": "The local cloud, as `make run` starts it."},
    {
        "url": "https://{host}",
        "description": "A deployed stack.",
        "variables": {
            "host": {
                "default": "models.example.com",
                "description": "The host in the stack's output `ApiUrl`, or your own domain.",
            }
        },
    },
]
_CONDITIONAL = ("If-None-Match", "Accept-Encoding")
_EVERYWHERE = {
    "405": "MethodNotAllowed",
    "413": "BodyTooLarge",
    "431": "HeadersTooLarge",
    "500": "InternalError",
}
_WITH_KEY = {**_EVERYWHERE, "401": "Unauthorized", "503": "Unavailable"}
_COUNTED = {
    **_WITH_KEY,
    "304": "NotModified",
    "403": "Forbidden",
    "429": "TooManyRequests",
}


def text() -> str:
    """Return the document as people read it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def compact() -> str:
    """Return the document as it is served."""
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")) + "\n"


def document() -> Part:
    """Return the document."""
    return {
        "openapi": schemas.OPENAPI,
        "info": {
            "title": "Model Catalog",
            "version": version("model-catalog"),
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": _SERVERS,
        "security": [{"bearer": []}],
        "tags": [
            {"name": "Models", "description": "What a key may use. Each request counts."},
            {"name": "Key", "description": "How a key stands. No request counts."},
            {"name": "Service", "description": "For monitors. No key is needed."},
            {"name": "Pages", "description": "For people and their tools. No key is needed."},
        ],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"bearer": _BEARER},
            "parameters": parameters.parameters(),
            "headers": headers.headers(),
            "responses": responses.responses(),
            "schemas": schemas.schemas(),
        },
    }


def _paths() -> Part:
    return {
        "/v1/models": _path(
            {
                "operationId": "list_models",
                "tags": ["Models"],
                "summary": "List the models the key may use",
                "description": "All of them, by descending priority and then by id; filters"
                " combine, and `limit` or `after` ask for a page. To Codex, its catalog.",
            },
            [*parameters.QUERY, *_CONDITIONAL],
            {**_COUNTED, "200": "Models", "400": "BadRequest"},
        ),
        "/v1/models/{model}": _path(
            {
                "operationId": "retrieve_model",
                "tags": ["Models"],
                "summary": "Retrieve one model",
                "description": "By id or alias; also one that lists do not show.",
            },
            ["model", *_CONDITIONAL],
            {**_COUNTED, "200": "Model", "404": "NotFound"},
        ),
        "/v1/usage": _path(
            {
                "operationId": "get_usage",
                "tags": ["Key"],
                "summary": "Tell a key's limits and counters",
                "description": "Any valid key will do, whatever it is permitted.",
            },
            ["Accept-Encoding"],
            {**_WITH_KEY, "200": "Usage", "403": "AddressNotAllowed"},
        ),
        "/health": _path(
            {
                "operationId": "get_health",
                "tags": ["Service"],
                "summary": "Tell that the function runs",
                "description": "Asks no other service. It also tells which registry is held.",
                "security": [],
            },
            ["Accept-Encoding"],
            {**_EVERYWHERE, "200": "Health"},
        ),
        "/": _page(
            "get_explorer",
            "Show the model explorer",
            "A page on which the holder of a key looks at its models. Asks no other service.",
            "Page",
        ),
        "/docs": _page(
            "get_docs",
            "Show what the API takes and answers",
            "A page made from this document. Asks no other service.",
            "Page",
        ),
        "/openapi.json": _page(
            "get_document",
            "Describe the API to programs",
            "This document. Asks no other service.",
            "Document",
        ),
    }


def _page(operation: str, summary: str, description: str, answer: str) -> Part:
    return _path(
        {
            "operationId": operation,
            "tags": ["Pages"],
            "summary": summary,
            "description": description,
            "security": [],
        },
        _CONDITIONAL,
        {**_EVERYWHERE, "200": answer, "304": "PageNotModified"},
    )


def _path(described: Part, takes: Sequence[str], answers: Mapping[str, str]) -> Part:
    """Return a path's two operations; what it takes and answers is said of both."""
    bodiless = {
        "operationId": f"{described['operationId']}_head",
        "summary": f"{described['summary']}: only the headers",
    }
    return {
        "parameters": parameters.referring(takes),
        "get": {**described, "responses": responses.referring(answers)},
        "head": {**described, **bodiless, "responses": responses.referring(answers, "Head")},
    }
