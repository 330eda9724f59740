"""A request's body is read to its end, and never beyond."""

from email.message import Message
from http import HTTPStatus
from io import BufferedReader, BytesIO

import pytest

from localcloud.bodies import LARGEST_BODY, UnreadableBodyError, read_body

CHUNKED = {"Transfer-Encoding": "Chunked"}


def stream(content: bytes) -> BufferedReader:
    return BufferedReader(BytesIO(content))


def headers(fields: dict[str, str]) -> Message:
    message = Message()
    for name, value in fields.items():
        message[name] = value
    return message


def test_a_request_without_a_length_has_no_body() -> None:
    assert read_body(stream(b"GET /"), headers({})) == b""


def test_as_much_is_read_as_was_announced() -> None:
    source = stream(b"abcGET /")

    assert read_body(source, headers({"Content-Length": "3"})) == b"abc"
    assert source.read() == b"GET /"


def test_chunks_are_put_together_and_trailers_skipped() -> None:
    source = stream(b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nGET /")

    assert read_body(source, headers(CHUNKED)) == b"abc0123456789"
    assert source.read() == b"GET /"


@pytest.mark.parametrize("length", ["-1", "+1", "1_0", "x", "²", "1,1", ""])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(UnreadableBodyError) as raised:
        read_body(stream(b"abc"), headers({"Content-Length": length}))

    assert raised.value.status is HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("content", [b"", b"3\r\nab", b"-3\r\nabc\r\n0\r\n\r\n", b"3\r\nabc\r\n"])
def test_chunks_that_are_cut_off_or_unreadable_are_refused(content: bytes) -> None:
    with pytest.raises(UnreadableBodyError) as raised:
        read_body(stream(content), headers(CHUNKED))

    assert raised.value.status is HTTPStatus.BAD_REQUEST


def test_a_body_that_is_cut_off_is_refused() -> None:
    with pytest.raises(UnreadableBodyError) as raised:
        read_body(stream(b"ab"), headers({"Content-Length": "3"}))

    assert raised.value.status is HTTPStatus.BAD_REQUEST


def test_any_other_transfer_encoding_is_refused() -> None:
    with pytest.raises(UnreadableBodyError) as raised:
        read_body(stream(b""), headers({"Transfer-Encoding": "gzip, chunked"}))

    assert raised.value.status is HTTPStatus.NOT_IMPLEMENTED


def test_a_body_may_have_10_megabytes_and_no_more() -> None:
    largest = b"x" * LARGEST_BODY
    halves = b"%x\r\n%b\r\n1\r\nx\r\n0\r\n\r\n" % (LARGEST_BODY, largest)

    assert read_body(stream(largest), headers({"Content-Length": str(LARGEST_BODY)})) == largest
    for content, fields in (
        (largest + b"x", {"Content-Length": str(LARGEST_BODY + 1)}),
        (halves, CHUNKED),
    ):
        with pytest.raises(UnreadableBodyError) as raised:
            read_body(stream(content), headers(fields))
        assert raised.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE
