"""What is read of an HTTP request, and how the answer to it is put together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from model_catalog.errors import NOTHING
from model_catalog.rendering import Body

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
_WANTED_WEIGHT = re.compile(r"(q=(0\.0*[1-9][0-9]*|1(\.0*)?))?\Z")  # none is 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as the HTTP API hands it over in payload format 2.0."""

    method: str
    path: str
    query: str
    request_id: str
    address: str
    authorization: str = field(repr=False)
    accept_encoding: str
    if_none_match: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read the gateway's event.

        Raises:
            LookupError: the event is not one of payload format 2.0.
        """
        context = event["requestContext"]
        headers = {name.lower(): value for name, value in event.get("headers", NOTHING).items()}
        return cls(
            method=context["http"]["method"],
            path=event["rawPath"].encode(errors="replace").decode(),  # half characters cannot leave
            query=event.get("rawQueryString", ""),
            request_id=request_id_of(event),
            address=context["http"]["sourceIp"],
            authorization=headers.get("authorization", ""),
            accept_encoding=headers.get("accept-encoding", ""),
            if_none_match=headers.get("if-none-match", ""),
        )

    @property
    def accepts_gzip(self) -> bool:
        """Tell whether gzip is asked for, by name or as ``*``."""
        weights = {}
        for part in self.accept_encoding.lower().split(","):
            coding, _, weight = part.partition(";")
            weights[coding.strip()] = "".join(weight.split())
        weight = weights.get("gzip", weights.get("*", "q=0"))
        return _WANTED_WEIGHT.match(weight) is not None

    def holds(self, etag: str) -> bool:
        """Tell whether the caller has what ``etag`` names, compared weakly (RFC 9110, 13.1.2)."""
        if self.if_none_match.strip() == "*":
            return True
        return etag.removeprefix("W/") in _ENTITY_TAG.findall(self.if_none_match)


def request_id_of(event: object) -> str:
    """Return the gateway's name of a request, or "" if it is no event of the gateway's."""
    match event:
        case {"requestContext": {"requestId": str(request_id)}}:
            return request_id
    return ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as the HTTP API wants it."""

    status: int
    headers: dict[str, str]
    body: str = field(repr=False)
    is_base64: bool = False

    @property
    def payload(self) -> dict[str, Any]:
        """Return it in payload format 2.0."""
        return {
            "statusCode": self.status,
            "headers": self.headers,
            "body": self.body,
            "isBase64Encoded": self.is_base64,
        }


def usual_headers(request_id: str) -> dict[str, str]:
    """Return what every answer carries."""
    return {
        "content-type": "application/json",
        "x-request-id": request_id,
        "cache-control": "private, no-cache",  # keep it, but ask again
        "vary": "authorization, accept-encoding",
        "x-content-type-options": "nosniff",  # what callers send is told back to them
        "strict-transport-security": "max-age=31536000",  # a year; nothing is served without TLS
    }


def answer(request: Request, status: int, body: Body, headers: Mapping[str, str]) -> Answer:
    """Answer with ``body``, compressed if that is asked for and pays."""
    headers = {**usual_headers(request.request_id), **headers}
    if request.method == "HEAD" or status == HTTPStatus.NOT_MODIFIED:
        return Answer(status, headers, "")
    if request.accepts_gzip and body.gzip_base64:
        headers["content-encoding"] = "gzip"
        return Answer(status, headers, body.gzip_base64, is_base64=True)
    return Answer(status, headers, body.text)


def answer_unless_held(request: Request, body: Body, headers: Mapping[str, str]) -> Answer:
    """Answer with ``body``, or that the copy the caller holds is still good."""
    status = HTTPStatus.NOT_MODIFIED if request.holds(body.etag) else HTTPStatus.OK
    return answer(request, status, body, {**headers, "etag": body.etag})
