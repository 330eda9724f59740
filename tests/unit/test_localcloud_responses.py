"""What a function returns becomes the response an HTTP API would make of it."""

from http import HTTPStatus

import pytest

from localcloud.responses import (
    HttpResponse,
    UnusableAnswerError,
    gateway_response,
    http_response_of,
)


def test_status_headers_and_body_are_handed_on() -> None:
    answer = {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "caf\xe9"}

    assert http_response_of(answer) == HttpResponse(
        200, (("content-type", "text/html"),), "caf\xe9".encode()
    )


def test_a_base64_body_is_decoded() -> None:
    answer = {"statusCode": 200, "body": "H4s=", "isBase64Encoded": True}

    assert http_response_of(answer).body == b"\x1f\x8b"


def test_each_cookie_becomes_a_header() -> None:
    answer = {"statusCode": 204, "cookies": ["a=1; Secure", "b=2"]}

    assert http_response_of(answer).headers == (
        ("set-cookie", "a=1; Secure"),
        ("set-cookie", "b=2"),
    )


def test_numbers_and_truths_are_headers_too() -> None:
    answer = {"statusCode": 200, "headers": {"retry-after": 3, "x-cached": True, "x-load": 0.5}}

    assert http_response_of(answer).headers == (
        ("retry-after", "3"),
        ("x-cached", "true"),
        ("x-load", "0.5"),
    )


def test_a_body_of_no_stated_type_is_plain_text() -> None:
    answer = {"statusCode": 200, "headers": None, "body": "ok"}

    assert http_response_of(answer).headers == (("content-type", "text/plain;charset=UTF-8"),)


@pytest.mark.parametrize("body", ["", None])
def test_an_empty_body_has_no_type(body: str | None) -> None:
    assert http_response_of({"statusCode": 200, "body": body}) == HttpResponse(200, (), b"")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body_and_no_length(status: int) -> None:
    response = http_response_of({"statusCode": status, "body": "ignored"})

    assert response.body == b""
    assert not response.has_length


def test_what_concerns_the_connection_is_the_gateways_business() -> None:
    headers = {"Connection": "close", "Content-Length": "99", "Transfer-Encoding": "chunked"}

    assert http_response_of({"statusCode": 200, "headers": headers}).headers == ()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "ok",
        ["statusCode"],
        {},
        {"statusCode": "200"},
        {"statusCode": True},
        {"statusCode": 199},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "H4s=!", "isBase64Encoded": True},
        {"statusCode": 200, "body": "\ud800"},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"": "c"}},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a": "€"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": ["a=1\n"]},
    ],
)
def test_anything_else_cannot_be_sent(answer: object) -> None:
    with pytest.raises(UnusableAnswerError):
        http_response_of(answer)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b'{"message":"Request Entity Too Large"}'),
        (
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
            b'{"message":"Request Header Fields Too Large"}',
        ),
        (HTTPStatus.INTERNAL_SERVER_ERROR, b'{"message":"Internal Server Error"}'),
    ],
)
def test_the_gateways_own_answers_are_a_message(status: HTTPStatus, body: bytes) -> None:
    assert gateway_response(status) == HttpResponse(
        status, (("content-type", "application/json"),), body
    )
