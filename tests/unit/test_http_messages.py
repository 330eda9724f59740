"""A gateway's event becomes a request, and a body becomes the answer that request wants."""

import base64
import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.http_messages import (
    Answer,
    Request,
    answer,
    answer_unless_held,
    usual_headers,
)
from model_catalog.rendering import Body
from support.builders import event, request

SMALL = Body.of({"text": "é"})
LARGE = Body.of({"text": "é" * 1000})
ETAG = 'W/"0123456789abcdef"'


def body_of_size(size: int) -> Body:
    return Body("x" * size)


def test_what_is_asked_for_is_read_as_the_gateway_hands_it_over() -> None:
    read = Request.of(event("/v1/models/a/b", method="HEAD", query="limit=1&a=%2F"))

    assert read == request("/v1/models/a/b", method="HEAD", query="limit=1&a=%2F")


def test_who_asks_is_told_by_the_gateway_and_not_by_a_header() -> None:
    headers = {"X-Forwarded-For": "198.51.100.1", "X-Request-Id": "mine"}

    read = Request.of(event("/", headers=headers, address="192.0.2.1", request_id="id="))

    assert read == request("/", address="192.0.2.1", request_id="id=")


def test_the_headers_that_matter_are_read() -> None:
    headers = {
        "Authorization": "Bearer abc",
        "Accept-Encoding": "gzip, br",
        "If-None-Match": '"a"',
    }

    read = Request.of(event("/", headers=headers))

    assert read == request("/", "abc", accept_encoding="gzip, br", if_none_match='"a"')


def test_header_names_are_read_in_any_case() -> None:
    headers = {"AUTHORIZATION": "Bearer abc", "accept-Encoding": "gzip"}

    read = Request.of({**event("/"), "headers": headers})

    assert (read.authorization, read.accept_encoding) == ("Bearer abc", "gzip")


def test_an_event_with_nothing_optional_is_read() -> None:
    sparse = {
        "rawPath": "/",
        "requestContext": {
            "requestId": "id",
            "http": {"method": "GET", "sourceIp": "192.0.2.1"},
        },
    }

    assert Request.of(sparse) == request("/", request_id="id", address="192.0.2.1")


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"rawPath": "/"},
        {"httpMethod": "GET", "path": "/", "requestContext": {"requestId": "id"}},
        {"rawPath": "/", "requestContext": {"requestId": "id", "http": {"method": "GET"}}},
        {"requestContext": {"requestId": "id", "http": {"method": "GET", "sourceIp": "::1"}}},
    ],
)
def test_an_event_of_another_kind_is_none(other: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        Request.of(other)


def test_a_request_does_not_show_its_credentials() -> None:
    assert "sk-clb-secret" not in repr(request(secret="sk-clb-secret"))


@pytest.mark.parametrize(
    "accepted",
    [
        "gzip",
        "GZIP",
        "gzip, deflate, br",
        "br,gzip",
        " gzip ",
        "*",
        "br, *",
        "gzip;q=1",
        "gzip;q=0.001",
        "gzip; q=0.5",
        "gzip ; Q=0.5",
        "identity;q=0, gzip;q=1.000",
        "*;q=0, gzip",
    ],
)
def test_gzip_is_accepted_by_name_or_as_anything(accepted: str) -> None:
    assert request(accept_encoding=accepted).accepts_gzip


@pytest.mark.parametrize(
    "accepted",
    [
        "",
        "identity",
        "br, deflate",
        "gzip;q=0",
        "gzip;q=0.",
        "gzip;q=0.000",
        "GZIP;Q=0",
        "gzip ; q=0",
        "gzip;\tq=0\t",
        "*;q=0",
        "gzip;q=0, *",
        "*, gzip;q=0",
        "br, *;q=0.0",
        "notgzip",
        "gzip2",
    ],
)
def test_gzip_is_not_forced_on_whoever_does_not_want_it(accepted: str) -> None:
    assert not request(accept_encoding=accepted).accepts_gzip


@given(st.text())
def test_no_header_breaks_the_reading_of_it(text: str) -> None:
    read = request(accept_encoding=text, if_none_match=text)

    assert read.accepts_gzip in {True, False}
    assert read.holds(ETAG) is (text.strip() == "*")


@pytest.mark.parametrize(
    "tags",
    [
        ETAG,
        '"0123456789abcdef"',
        f'"a", {ETAG}',
        f'{ETAG},W/"b"',
        f'"a,b" , {ETAG}',
        f'"", {ETAG}',
        "*",
        " * ",
    ],
)
def test_a_caller_holds_what_one_of_its_tags_names(tags: str) -> None:
    assert request(if_none_match=tags).holds(ETAG)


@pytest.mark.parametrize(
    "tags",
    [
        "",
        '"a"',
        'W/"0123456789abcde"',
        'W/"0123456789abcdef0"',
        'W/"0123456789ABCDEF"',
        "0123456789abcdef",
        '"a, 0123456789abcdef"',
        '"*"',
        '"a", *',
    ],
)
def test_a_caller_does_not_hold_what_none_of_its_tags_names(tags: str) -> None:
    assert not request(if_none_match=tags).holds(ETAG)


def test_a_tag_with_commas_is_one_tag() -> None:
    assert request(if_none_match='"x", W/"a,b"').holds('W/"a,b"')
    assert not request(if_none_match='"a,b"').holds('W/"a"')


def test_every_answer_has_the_usual_headers() -> None:
    given_answer = answer(request(request_id="abc="), 200, SMALL, {})

    assert given_answer == Answer(
        200,
        {
            "content-type": "application/json",
            "x-request-id": "abc=",
            "cache-control": "private, no-cache",
            "vary": "authorization, accept-encoding",
            "x-content-type-options": "nosniff",
            "strict-transport-security": "max-age=31536000",
        },
        '{"text":"é"}',
    )


def test_an_answers_own_headers_come_beside_the_usual_or_in_their_place() -> None:
    headers = {"retry-after": "1", "cache-control": "no-store"}

    given_answer = answer(request(), 503, SMALL, headers)

    assert given_answer.headers == usual_headers("test-request") | headers


@pytest.mark.parametrize("body", [SMALL, LARGE])
def test_head_answers_like_get_without_a_body(body: Body) -> None:
    to_get = answer(request(), 200, body, {"etag": body.etag})
    to_head = answer(request(method="HEAD", accept_encoding="gzip"), 200, body, {"etag": body.etag})

    assert to_head == Answer(200, to_get.headers, "")


def test_a_large_body_is_compressed_for_whoever_asks() -> None:
    given_answer = answer(request(accept_encoding="gzip"), 200, LARGE, {})

    assert given_answer.is_base64
    assert given_answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(base64.b64decode(given_answer.body)).decode() == LARGE.text


def test_a_large_body_is_left_as_it_is_for_everyone_else() -> None:
    given_answer = answer(request(), 200, LARGE, {})

    assert given_answer == Answer(200, usual_headers("test-request"), LARGE.text)


@pytest.mark.parametrize(("size", "compressed"), [(1024, False), (1025, True)])
def test_a_body_is_compressed_from_above_1_kib(size: int, compressed: bool) -> None:  # noqa: FBT001
    given_answer = answer(request(accept_encoding="gzip"), 200, body_of_size(size), {})

    assert given_answer.is_base64 is compressed
    assert ("content-encoding" in given_answer.headers) is compressed


def test_an_error_is_compressed_like_any_other_body() -> None:
    given_answer = answer(request(accept_encoding="gzip"), 404, LARGE, {})

    assert (given_answer.status, given_answer.is_base64) == (404, True)


@pytest.mark.parametrize("tags", ["", '"another"'])
def test_a_caller_without_a_good_copy_gets_the_body_and_its_tag(tags: str) -> None:
    given_answer = answer_unless_held(request(if_none_match=tags), SMALL, {"x": "y"})

    assert (given_answer.status, given_answer.body) == (200, SMALL.text)
    assert given_answer.headers == usual_headers("test-request") | {"x": "y", "etag": SMALL.etag}


@pytest.mark.parametrize("tags", ["*", SMALL.etag, f'"another", {SMALL.etag.removeprefix("W/")}'])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_caller_with_a_good_copy_is_told_so_with_the_same_headers(tags: str, method: str) -> None:
    asked = request(if_none_match=tags, method=method, accept_encoding="gzip")

    given_answer = answer_unless_held(asked, SMALL, {"x": "y"})

    headers = usual_headers("test-request") | {"x": "y", "etag": SMALL.etag}
    assert given_answer == Answer(304, headers, "")


def test_the_copy_of_a_compressed_answer_is_as_good() -> None:
    asked = request(accept_encoding="gzip")
    etag = answer_unless_held(asked, LARGE, {}).headers["etag"]

    again = answer_unless_held(request(if_none_match=etag), LARGE, {})

    assert again.status == 304
    assert "content-encoding" not in again.headers


def test_an_answer_does_not_show_its_body() -> None:
    assert "payload" not in repr(answer(request(), 200, Body("payload"), {}))
