"""A server that fails in a chosen way, for clients that have to live with it."""

import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection

from model_catalog.errors import NOTHING

type Behavior = Callable[[socket.socket], None]


class FailingServer:
    """Treats every connection as ``behavior`` says, which may change while it runs."""

    def __init__(self, behavior: Behavior) -> None:
        self.behavior = behavior
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    @contextmanager
    def running(self) -> Iterator["FailingServer"]:
        """Serve until left, then hang up on whoever still waits."""
        self._thread.start()
        try:
            yield self
        finally:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            for held in (self._listening, *self._open):
                held.close()

    @property
    def is_left(self) -> bool:
        """Tell whether the client has closed all of its connections, with nothing more to say."""
        readable, _, _ = select.select(self._open, [], [], 0)
        return len(readable) == len(self._open) and not any(each.recv(1) for each in readable)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # it was shut down
                return
            self._open.append(connection)
            self.connections += 1
            with suppress(OSError):  # the client gave up first
                self.behavior(connection)


def never_answer(connection: socket.socket) -> None:
    """Take the request and say nothing."""


def reset(connection: socket.socket) -> None:
    """Hang up without the usual good-bye."""
    _read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answering(status: int, body: bytes, headers: Mapping[str, str] = NOTHING) -> Behavior:
    """Give everyone the same answer, whatever they ask."""

    def answer(connection: socket.socket) -> None:
        _read_request(connection)
        _answer(connection, status, body, headers)

    return answer


def staying(status: int, body: bytes, headers: Mapping[str, str] = NOTHING) -> Behavior:
    """Answer the same way, and keep the connection open for more."""

    def answer(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(_head(status, {"content-length": str(len(body)), **headers}) + body)

    return answer


def depending_on(cases: Mapping[str, Behavior]) -> Behavior:
    """Treat a request as the first of ``cases`` says whose text its head has in it."""

    def treat(connection: socket.socket) -> None:
        head = connection.recv(65_536, socket.MSG_PEEK)
        while b"\r\n\r\n" not in head:
            head = connection.recv(65_536, socket.MSG_PEEK)
        next(behavior for text, behavior in cases.items() if text in head.decode())(connection)

    return treat


def failing_for(text: str, failing: Behavior, url: str) -> Behavior:
    """Fail for requests that mention ``text``, and pass all others on to the server at ``url``."""

    def treat(connection: socket.socket) -> None:
        peeked = connection.recv(65_536, socket.MSG_PEEK)
        while b"\r\n\r\n" not in peeked or not peeked.endswith(b"}"):
            peeked = connection.recv(65_536, socket.MSG_PEEK)
        if text.encode() in peeked:
            failing(connection)
            return
        headers, body = _read_request(connection)
        upstream = HTTPConnection(url.removeprefix("http://"), timeout=10)
        upstream.request("POST", "/", body, headers)
        reply = upstream.getresponse()
        _answer(connection, reply.status, reply.read(), {})
        upstream.close()

    return treat


def dynamodb_error(code: str, status: int = 400) -> Behavior:
    """Answer as DynamoDB does when it will not do what it is asked to."""
    body = f'{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no"}}'
    return answering(status, body.encode())


def s3_error(code: str, status: int, headers: Mapping[str, str] = NOTHING) -> Behavior:
    """Answer as S3 does when it will not do what it is asked to."""
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    return answering(status, body.encode(), headers)


def _answer(
    connection: socket.socket, status: int, body: bytes, headers: Mapping[str, str]
) -> None:
    usual = {"content-length": str(len(body)), "connection": "close"}
    connection.sendall(_head(status, {**usual, **headers}) + body)
    connection.close()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _read_request(connection: socket.socket) -> tuple[dict[str, str], bytes]:
    """Read to the end: closing with something unread would be a reset."""
    with connection.makefile("rb") as lines:
        headers: dict[str, str] = {}
        lines.readline()  # what is asked for
        while (line := lines.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return headers, lines.read(int(headers.get("content-length", 0)))
