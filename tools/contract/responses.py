"""Every answer there is, with headers, schema and examples."""

from collections.abc import Iterable, Mapping
from typing import Any

from contract import headers, refusals
from contract.examples import HEALTH, LISTS, MODELS, PAGE, USAGE
from contract.headers import LIMITS, USUAL
from contract.json_schema import reference
from contract.refusals import Refusals
from contract.schemas import refused_with

type Part = dict[str, Any]

_MEDIA_TYPE = "application/json"
_ENCODING = "content-encoding"


def responses() -> dict[str, Part]:
    """Return every answer by name, and as ``HEAD`` gets it."""
    every = {**_successes(), **_pages(), **_refusals(), **_gateway()}
    return every | {f"{name}Head": _bodiless(response) for name, response in every.items()}


def referring(answers: Mapping[str, str], suffix: str = "") -> dict[str, Part]:
    """Return an operation's answers, from their names by status."""
    return {
        status: {"$ref": f"#/components/responses/{answers[status]}{suffix}"}
        for status in sorted(answers)
    }


def _successes() -> dict[str, Part]:
    either = {"oneOf": [reference("ModelList"), reference("CodexCatalog")]}
    etagged = ("etag", *LIMITS)
    return {
        "Models": _answer(
            "The list, or Codex's catalog if the query has a `client_version`.",
            _body(either, LISTS),
            etagged,
        ),
        "Model": _answer("The model.", _body(reference("Model"), MODELS), etagged),
        "Usage": _answer(
            "The key's limits and counters.", _body(reference("Usage"), USAGE), LIMITS
        ),
        "Health": _answer("The function runs.", _body(reference("Health"), HEALTH)),
        "NotModified": {
            "description": "What `If-None-Match` names is still good; it has no body.",
            "headers": headers.referring([*USUAL, *etagged]),
        },
    }


def _pages() -> dict[str, Part]:
    html = {"text/html": {"schema": {"type": "string"}, "example": PAGE}}
    document = {_MEDIA_TYPE: {"schema": reference("Document")}}
    held = {
        "description": "What `If-None-Match` names is still good; it has no body.",
        "headers": headers.of_pages(["etag"]),
    }
    return {
        "Page": _page("The page: HTML, with styles and scripts in it.", html),
        "Document": _page("What this document is.", document),
        "PageNotModified": held,
    }


def _page(description: str, body: Part) -> Part:
    return {
        "description": description,
        "headers": headers.of_pages([_ENCODING, "etag"]),
        "content": body,
    }


def _refusals() -> dict[str, Part]:
    return {
        "BadRequest": _refusal(
            "A query parameter, named by `param`, has a value we do not know.",
            refusals.BAD_REQUEST,
            LIMITS,
        ),
        "Unauthorized": _refusal(
            "No key was sent, or not as one `Bearer` token (`code` null); or the key is unknown,"
            " revoked, mistyped, disabled or expired.",
            refusals.UNAUTHORIZED,
            ["www-authenticate"],
        ),
        "Forbidden": _refusal("The key may not do this, or not from there.", refusals.FORBIDDEN),
        "AddressNotAllowed": _refusal(
            "The key may not be used from there.", refusals.ADDRESS_NOT_ALLOWED
        ),
        "NotFound": _refusal(
            "No such model for this key. Or, if what sends the request resolves the dots of an id"
            " like `a/../b`, no such path.",
            refusals.NOT_FOUND,
            LIMITS,
        ),
        "MethodNotAllowed": _refusal(
            "The answer to any other method at this path.", refusals.METHOD_NOT_ALLOWED, ["allow"]
        ),
        "TooManyRequests": _too_many_requests(),
        "InternalError": _refusal("A bug of ours.", refusals.INTERNAL_ERROR, LIMITS),
        "Unavailable": _unavailable(),
    }


def _too_many_requests() -> Part:
    response = _refusal(
        "One of the key's limits is spent: a minute's or an hour's (`rate_limit_exceeded`), or a"
        " day's, week's or month's (`insufficient_quota`).",
        refusals.TOO_MANY_REQUESTS,
        ["retry-after", "retry-after-ms", "x-should-retry"],
    )
    limits = headers.sent_with(LIMITS, refusals.TOO_MANY_REQUESTS["minute"])
    return {**response, "headers": {**response["headers"], **limits}}


def _unavailable() -> Part:
    response = _refusal("A store did not answer.", refusals.UNAVAILABLE, LIMITS)
    wait = headers.sent_with(["retry-after"], refusals.UNAVAILABLE["keys"])
    return {**response, "headers": {**response["headers"], **wait}}


def _gateway() -> dict[str, Part]:
    body = {_MEDIA_TYPE: {"schema": reference("GatewayMessage")}}
    return {
        "BodyTooLarge": {
            "description": "The request has a body over 10 MB. API Gateway says so by itself.",
            "content": body,
        },
        "HeadersTooLarge": {
            "description": "The request line and headers are over 10,240 bytes. API Gateway says"
            " so by itself.",
            "content": body,
        },
    }


def _bodiless(response: Part) -> Part:
    sent = response.get("headers", {})
    return {
        "description": response["description"],
        "headers": {name: sent[name] for name in sent if name != _ENCODING},
    }


def _refusal(description: str, refused: Refusals, names: Iterable[str] = ()) -> Part:
    examples = {name: error.envelope for name, error in refused.items()}
    return _answer(description, _body(refused_with(refused.values()), examples), names)


def _answer(description: str, body: Part, names: Iterable[str] = ()) -> Part:
    return {
        "description": description,
        "headers": headers.referring([*USUAL, _ENCODING, *names]),
        "content": body,
    }


def _body(schema: Part, examples: Mapping[str, object]) -> Part:
    named = {name: {"value": example} for name, example in examples.items()}
    return {_MEDIA_TYPE: {"schema": schema, "examples": named}}
