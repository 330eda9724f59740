"""Reading a request's body off the wire."""

from email.message import Message
from http import HTTPStatus
from io import BufferedIOBase

LARGEST_BODY = 10 * 1024 * 1024  # API Gateway's 10 MB


class UnreadableBodyError(Exception):
    """The request has no body the gateway would pass on; it answers ``status`` by itself."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """Read the body that follows ``headers``.

    Raises:
        UnreadableBodyError: it is too large, cut off, or its length cannot be told.
    """
    match headers.get("transfer-encoding", "").lower():
        case "chunked":
            return _read_chunks(stream)
        case "":
            return _read(stream, _number(headers.get("content-length", "0"), 10))
        case _:
            raise UnreadableBodyError(HTTPStatus.NOT_IMPLEMENTED)


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = b""
    while size := _number(stream.readline(100).decode("latin-1").partition(";")[0], 16):
        body += _read(stream, size, already=len(body))
        stream.readline(100)
    while stream.readline(10_000).strip():
        pass  # trailers
    return body


def _read(stream: BufferedIOBase, size: int, *, already: int = 0) -> bytes:
    if already + size > LARGEST_BODY:
        raise UnreadableBodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = stream.read(size)
    if len(body) < size:
        raise UnreadableBodyError(HTTPStatus.BAD_REQUEST)
    return body


def _number(text: str, base: int) -> int:
    digits = text.strip()
    try:
        if digits.isalnum():  # int() would take a sign and underscores, too
            return int(digits, base)
    except ValueError:
        pass
    raise UnreadableBodyError(HTTPStatus.BAD_REQUEST)
