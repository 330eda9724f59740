"""From what a Lambda function returns to the HTTP response an HTTP API makes of it."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")
_OWN_HEADERS = {"connection", "content-length", "date", "transfer-encoding"}
# Where Python's phrase is not the gateway's.
_MESSAGES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large"}


class UnusableAnswerError(Exception):
    """The function returned something no HTTP response can be made of."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response, but for the headers every response has."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def has_length(self) -> bool:
        """Tell whether a response of this status says how long its body is."""
        return self.status not in _BODILESS


def gateway_response(status: HTTPStatus) -> HttpResponse:
    """Return what the gateway answers by itself, without asking the function."""
    body = json.dumps({"message": _MESSAGES.get(status, status.phrase)}, separators=(",", ":"))
    return HttpResponse(status, (("content-type", "application/json"),), body.encode())


def http_response_of(answer: object) -> HttpResponse:
    """Return the response for a function's ``answer``.

    A gateway would make a 200 of an answer without a status; here that is a bug to be shown.

    Raises:
        UnusableAnswerError: a part of it is absent or malformed.
    """
    if not isinstance(answer, Mapping):
        raise UnusableAnswerError(f"Expected an object, not {type(answer).__name__}.")
    status = answer.get("statusCode")
    if type(status) is not int or not 200 <= status <= 599:  # noqa: PLR2004 - HTTP's own bounds
        raise UnusableAnswerError(f"Not a final status: {status!r}.")
    body = b"" if status in _BODILESS else _body(answer)
    headers = _headers(answer)
    if body and "content-type" not in dict(headers):
        headers = (("content-type", "text/plain;charset=UTF-8"), *headers)
    return HttpResponse(status, headers, body)


def _body(answer: Mapping[str, object]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise UnusableAnswerError(f"Expected a text as body, not {type(body).__name__}.")
    try:
        if answer.get("isBase64Encoded"):
            return base64.b64decode(body, validate=True)
        return body.encode()
    except ValueError as error:
        raise UnusableAnswerError(f"The body cannot be sent: {error}.") from error


def _headers(answer: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    headers = answer.get("headers") or {}
    cookies = answer.get("cookies") or []
    if not isinstance(headers, Mapping) or not isinstance(cookies, list):
        raise UnusableAnswerError("Headers must be an object and cookies an array.")
    pairs = [
        *((str(name).lower(), value) for name, value in headers.items()),
        *(("set-cookie", cookie) for cookie in cookies),
    ]
    return tuple(
        (_header_name(name), _header_value(value))
        for name, value in pairs
        if name not in _OWN_HEADERS
    )


def _header_name(name: str) -> str:
    if not _HEADER_NAME.match(name):
        raise UnusableAnswerError(f"Not a header name: {name!r}.")
    return name


def _header_value(value: object) -> str:
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str) or not _HEADER_VALUE.match(text):
        raise UnusableAnswerError(f"Not a header value: {value!r}.")
    return text
