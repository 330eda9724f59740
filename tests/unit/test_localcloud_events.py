"""HTTP requests become the events an HTTP API would send."""

import json
from datetime import UTC, datetime

import pytest

from localcloud.events import Event, HttpRequest, event_of

NOW = datetime(2026, 3, 12, 19, 3, 58, 123_000, tzinfo=UTC)


def request(
    target: str = "/",
    *headers: tuple[str, str],
    method: str = "GET",
    body: bytes = b"",
) -> HttpRequest:
    return HttpRequest(
        method=method,
        target=target,
        protocol="HTTP/1.1",
        headers=headers,
        body=body,
        source_ip="192.0.2.7",
        port=8000,
    )


def event(
    target: str = "/",
    *headers: tuple[str, str],
    method: str = "GET",
    body: bytes = b"",
) -> Event:
    return event_of(
        request(target, *headers, method=method, body=body),
        request_id="JKJaXmPLvHcESHA=",
        now=NOW,
    )


def test_a_plain_request_has_every_field_and_no_other() -> None:
    assert event("/v1/models", ("Host", "api.example.com:8000"), ("User-Agent", "curl/8")) == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/v1/models",
        "rawQueryString": "",
        "headers": {
            "host": "api.example.com:8000",
            "user-agent": "curl/8",
            "x-forwarded-for": "192.0.2.7",
            "x-forwarded-port": "8000",
            "x-forwarded-proto": "http",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "localcloud",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": "GET",
                "path": "/v1/models",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "curl/8",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1773342238123,
        },
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v1/models/openai%2Fgpt", "/v1/models/openai/gpt"),
        ("//v1//models/", "//v1//models/"),
        ("/a+b%20c", "/a+b c"),
        ("/%E2%82%AC", "/€"),
        ("/%FF", "/\N{REPLACEMENT CHARACTER}"),
        ("/%zz%", "/%zz%"),
        ("/a%0Ab", "/a\nb"),
        ("/?a=%2F", "/"),
    ],
)
def test_the_path_is_decoded_once_and_otherwise_left_alone(target: str, path: str) -> None:
    sent = event(target)

    assert sent["rawPath"] == path
    assert sent["requestContext"]["http"]["path"] == path


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("limit=2", {"limit": "2"}),
        ("a=1&b=2&a=3", {"a": "1,3", "b": "2"}),
        ("a=x%26y&b=c+d%2B", {"a": "x&y", "b": "c d+"}),
        ("flag&empty=", {"flag": "", "empty": ""}),
        ("a=?&b==", {"a": "?", "b": "="}),
        ("&", {}),
    ],
)
def test_the_query_is_handed_on_raw_and_decoded(query: str, parameters: dict[str, str]) -> None:
    sent = event(f"/v1/models?{query}")

    assert sent["rawQueryString"] == query
    assert sent["queryStringParameters"] == parameters


def test_repeated_headers_are_joined_under_a_lower_cased_name() -> None:
    sent = event("/", ("Authorization", "Bearer a"), ("AUTHORIZATION", " Bearer b\t"))

    assert sent["headers"]["authorization"] == "Bearer a,Bearer b"


def test_cookies_leave_the_headers() -> None:
    sent = event("/", ("Cookie", "a=1; b=x,y;"), ("cookie", "c=3"))

    assert sent["cookies"] == ["a=1", "b=x,y", "c=3"]
    assert "cookie" not in sent["headers"]


def test_what_concerns_one_connection_is_not_handed_on() -> None:
    sent = event("/", ("Connection", "keep-alive"), ("TE", "trailers"), ("Accept", "*/*"))

    assert sent["headers"].keys() == {
        "accept",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }


def test_whom_a_caller_claims_to_forward_for_comes_before_the_caller() -> None:
    sent = event("/", ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "gopher"))

    assert sent["headers"]["x-forwarded-for"] == "203.0.113.9, 192.0.2.7"
    assert sent["headers"]["x-forwarded-proto"] == "http"
    assert sent["requestContext"]["http"]["sourceIp"] == "192.0.2.7"


def test_a_request_without_headers_is_an_event_all_the_same() -> None:
    context = event("/")["requestContext"]

    assert (context["domainName"], context["domainPrefix"]) == ("", "")
    assert context["http"]["userAgent"] == ""


def test_header_bytes_beyond_ascii_survive_as_json() -> None:
    sent = event("/", ("X-Name", "caf\xe9 \x85 \x1b"))

    assert json.loads(json.dumps(sent))["headers"]["x-name"] == "caf\xe9 \x85 \x1b"


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "text/plain", "TEXT/HTML", "application/problem+json"],
)
def test_a_text_is_handed_on_as_it_is(content_type: str) -> None:
    sent = event("/", ("Content-Type", content_type), method="POST", body='{"a": "€"}'.encode())

    assert (sent["body"], sent["isBase64Encoded"]) == ('{"a": "€"}', False)


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/octet-stream", b"abc", "YWJj"),
        ("application/x-www-form-urlencoded", b"a=1", "YT0x"),
        ("", b"abc", "YWJj"),
        ("text/plain", b"\xff\xfe", "//4="),
    ],
)
def test_any_other_body_is_base64(content_type: str, body: bytes, encoded: str) -> None:
    sent = event("/", ("Content-Type", content_type), method="POST", body=body)

    assert (sent["body"], sent["isBase64Encoded"]) == (encoded, True)
