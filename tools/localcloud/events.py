"""From an HTTP request to the event an HTTP API hands to Lambda (payload format 2.0)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

type Event = dict[str, Any]

ACCOUNT_ID = "123456789012"  # moto's, too
API_ID = "localcloud"
_DROPPED = {"connection", "cookie", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it came over the wire.

    Attributes:
        method: the verb.
        target: path and query, still encoded.
        protocol: ``HTTP/1.1``, mostly.
        headers: names and values in their order, repeated ones repeated.
        body: what followed the headers.
        source_ip: who is calling.
        port: where the gateway listens.
    """

    method: str
    target: str
    protocol: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    port: int


def event_of(request: HttpRequest, *, request_id: str, now: datetime) -> Event:
    """Return the event for ``request``, which came in at ``now``."""
    path, _, query = request.target.partition("?")
    headers = _headers(request)
    cookies = _cookies(request)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(path),
        "rawQueryString": query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": _parameters(query)} if query else {}),
        "requestContext": {
            **_api(headers.get("host", "")),
            "http": _http(request, unquote(path), headers.get("user-agent", "")),
            "requestId": request_id,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        **_body(request.body, headers.get("content-type", "")),
    }


def _api(host: str) -> dict[str, str]:
    domain = host.partition(":")[0]
    return {
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "routeKey": "$default",
        "stage": "$default",
    }


def _http(request: HttpRequest, path: str, user_agent: str) -> dict[str, str]:
    return {
        "method": request.method,
        "path": path,
        "protocol": request.protocol,
        "sourceIp": request.source_ip,
        "userAgent": user_agent,
    }


def _headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers under lower-cased names, repeated ones joined by commas."""
    headers = _joined([(name.lower(), value.strip()) for name, value in request.headers])
    claimed = headers.get("x-forwarded-for")
    source = f"{claimed}, {request.source_ip}" if claimed else request.source_ip
    return {
        **{name: value for name, value in headers.items() if name not in _DROPPED},
        "x-forwarded-for": source,
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": "http",
    }


def _cookies(request: HttpRequest) -> list[str]:
    values = [value for name, value in request.headers if name.lower() == "cookie"]
    cookies = [cookie.strip() for cookie in ";".join(values).split(";")]
    return [cookie for cookie in cookies if cookie]


def _parameters(query: str) -> dict[str, str]:
    """Return the query's parameters decoded, repeated ones joined by commas."""
    return _joined(parse_qsl(query, keep_blank_values=True))


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(each) for name, each in values.items()}


def _body(body: bytes, content_type: str) -> Event:
    """Return the body as text if its type says so and it can be read, else as base64."""
    if not body:
        return {"isBase64Encoded": False}
    if _is_text(content_type):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _is_text(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return (
        media_type in _TEXT_TYPES
        or media_type.startswith("text/")
        or media_type.endswith(("+json", "+xml"))
    )
