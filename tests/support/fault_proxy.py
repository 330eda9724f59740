"""A proxy before an AWS endpoint: it takes requests in over TCP and fails them in a chosen way."""

import json
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from typing import IO

from model_catalog.errors import NOTHING

type Treatment = Callable[[Exchange], None]

_IN_TIME = 0.8  # seconds: a reply that comes later may find that nobody waits for it any more
_OF_ONE_CONNECTION = {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"}
_WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


@dataclass(frozen=True)
class Request:
    """One request as it came in, its headers' names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def operation(self) -> str:
        """Return what it asks for: DynamoDB's operation, or S3's method and the object's key."""
        target = self.headers.get("x-amz-target")
        return target.rpartition(".")[2] if target else f"{self.method} {self.path}"

    @property
    def written_key(self) -> str | None:
        """Return the id of the key it counts a request of, if it does."""
        if self.operation != "UpdateItem":
            return None
        return str(json.loads(self.body)["Key"]["pk"]["S"]).removeprefix("KEY#")


@dataclass(frozen=True)
class Reply:
    """What the endpoint said to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> bytes:
        """Return it as it goes over the wire."""
        length = {} if self.status in _WITHOUT_BODY else {"content-length": str(len(self.body))}
        return _head(self.status, {**self.headers, **length}) + self.body


class HungUpError(Exception):
    """Nothing more comes over this connection."""


class FaultProxy:
    """Passes requests on to the endpoint at ``url``, but for those it is told to treat.

    Attributes:
        applied: how many requests of each key the endpoint has counted.
        lost: of how many of them the function may not have got the reply.
        marked: the id of the key that some treatments are meant for.
    """

    def __init__(self, url: str) -> None:
        self.upstream = url.removeprefix("http://")
        self.applied: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.marked = ""
        self.lock = threading.Lock()
        self._treats = ""
        self._treatment: Treatment = pass_on
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._reserved = _bound(0)  # never listens: it keeps the port while nothing else does
        self._port = self._reserved.getsockname()[1]
        self._listening = self._listen(backlog=128)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @contextmanager
    def treating(self, requests: str, treatment: Treatment) -> Iterator[None]:
        """Treat requests whose operation begins with ``requests`` so until left."""
        self._treats, self._treatment = requests, treatment
        try:
            yield
        finally:
            self._treats, self._treatment = "", pass_on

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections until left, those that are open included."""
        self._stop()
        try:
            yield
        finally:
            self._listening = self._listen(backlog=128)

    @contextmanager
    def swallowing(self) -> Iterator[None]:
        """Let connection attempts go unanswered until left, as a dead host does."""
        self._stop()
        full = _bound(self._port)
        full.listen(0)
        waiting = []
        try:
            with suppress(TimeoutError):
                while True:  # until the queue is full: from then on the kernel drops attempts
                    waiting.append(socket.create_connection(("127.0.0.1", self._port), 0.05))
            yield
        finally:
            for each in (*waiting, full):
                each.close()
            self._listening = self._listen(backlog=128)

    @contextmanager
    def cutting(self, seconds: float) -> Iterator[None]:
        """Cut all connections every so many seconds until left, whatever is under way on them."""
        over = threading.Event()

        def cut() -> None:
            while not over.wait(seconds):
                self.cut()

        thread = threading.Thread(target=cut)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def cut(self) -> None:
        """Cut all connections that are open now."""
        with self.lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up on everybody."""
        self._stop()
        self._reserved.close()
        for thread in self._threads:
            thread.join()

    def _listen(self, backlog: int) -> socket.socket:
        listening = _bound(self._port)
        listening.listen(backlog)
        thread = threading.Thread(target=self._accept, args=(listening,))
        self._threads.append(thread)
        thread.start()
        return listening

    def _stop(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self.cut()

    def _accept(self, listening: socket.socket) -> None:
        with listening:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:  # it was shut down
                    return
                thread = threading.Thread(target=self._attend, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _attend(self, client: socket.socket) -> None:
        with self.lock:
            self._open.add(client)
        try:
            held: list[bytes] = []
            with client.makefile("rb") as incoming:
                for number in count(1):
                    request = _read_request(client, incoming)
                    self._exchange(Exchange(self, client, request, number, held))
        except (OSError, HungUpError):
            pass
        finally:
            with self.lock:
                self._open.discard(client)
            client.close()

    def _exchange(self, exchange: "Exchange") -> None:
        treats, treatment = self._treats, self._treatment
        if treats and exchange.request.operation.startswith(treats):
            treatment(exchange)
        else:
            pass_on(exchange)


@dataclass(frozen=True)
class Exchange:
    """One request on its way through.

    Attributes:
        number: the how manieth it is on its connection.
        held: what is held back on its connection for a later exchange.
    """

    proxy: FaultProxy
    client: socket.socket
    request: Request
    number: int
    held: list[bytes]

    def forward(self) -> Reply:
        """Let the endpoint answer; until its reply is delivered, it counts as lost."""
        headers = _passed_on(self.request.headers)
        with closing(HTTPConnection(self.proxy.upstream, timeout=30)) as upstream:
            upstream.request(self.request.method, self.request.path, self.request.body, headers)
            response = upstream.getresponse()
            body = response.read()
        named = {name.lower(): value for name, value in response.getheaders()}
        reply = Reply(response.status, _passed_on(named), body)
        key = self.request.written_key
        if key and reply.status == HTTPStatus.OK:
            with self.proxy.lock:
                self.proxy.applied[key] += 1
                self.proxy.lost[key] += 1
        return reply

    def deliver(self, reply: Reply, since: float) -> None:
        """Send the endpoint's reply to a request that came in at ``since``."""
        self.client.sendall(reply.content)
        key = self.request.written_key
        if key and reply.status == HTTPStatus.OK and time.monotonic() - since < _IN_TIME:
            with self.proxy.lock:
                self.proxy.lost[key] -= 1

    def wait(self) -> None:
        """Wait until the client hangs up."""
        self.client.recv(1)
        raise HungUpError

    def reset(self) -> None:
        """Hang up without the usual good-bye."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HungUpError

    def pause(self, seconds: float) -> None:
        """Wait for so long, or until the client hangs up."""
        readable, _, _ = select.select([self.client], [], [], seconds)
        if readable:
            raise HungUpError


@contextmanager
def running_proxy(url: str) -> Iterator[FaultProxy]:
    """Serve on a free port until left."""
    proxy = FaultProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()


# What can be done to one exchange


def pass_on(exchange: Exchange) -> None:
    """Do nothing to it."""
    since = time.monotonic()
    exchange.deliver(exchange.forward(), since)


def never_answer(exchange: Exchange) -> None:
    """Take the request and say nothing."""
    exchange.wait()


def reset(exchange: Exchange) -> None:
    """Reset the connection before the request gets anywhere."""
    exchange.reset()


def lose_reply(exchange: Exchange) -> None:
    """Let the request take effect, and drop the connection instead of saying so."""
    exchange.forward()
    exchange.reset()


def close_after(exchange: Exchange) -> None:
    """Answer, then close the connection without having said so: a later request finds it stale."""
    pass_on(exchange)
    raise HungUpError


def reset_on_reuse(exchange: Exchange) -> None:
    """Answer the first request of a connection, and reset it on the second."""
    if exchange.number > 1:
        exchange.reset()
    pass_on(exchange)


def cut_off(exchange: Exchange) -> None:
    """Reset the connection in the middle of the reply's body."""
    reply = exchange.forward()
    exchange.client.sendall(reply.content[: -(len(reply.body) // 2 + 1)])
    exchange.reset()


def truncate(exchange: Exchange) -> None:
    """Send half of the body, with a content-length that fits."""
    reply = exchange.forward()
    half = reply.body[: len(reply.body) // 2]
    exchange.client.sendall(Reply(reply.status, _unsealed(reply.headers), half).content)


def damage(exchange: Exchange) -> None:
    """Turn some of the body's quotes into something else, as a bad cable would not."""
    reply = exchange.forward()
    body = reply.body.replace(b'"', b"\xff", 3)
    exchange.client.sendall(Reply(reply.status, _unsealed(reply.headers), body).content)


def cross(exchange: Exchange) -> None:
    """Send the reply to the request before, once there was one on the connection."""
    reply = exchange.forward()
    exchange.client.sendall(exchange.held.pop() if exchange.held else reply.content)
    exchange.held.append(reply.content)


def talk_garbage(exchange: Exchange) -> None:
    """Answer with bytes that are no HTTP."""
    exchange.client.sendall(b"220 mail.example.com ESMTP\r\n\x00\xff\xfe\r\n")
    raise HungUpError


def late(seconds: float) -> Treatment:
    """Answer after so many seconds."""

    def treat(exchange: Exchange) -> None:
        since = time.monotonic()
        reply = exchange.forward()
        exchange.pause(seconds)
        exchange.deliver(reply, since)

    return treat


def drip(seconds: float) -> Treatment:
    """Answer byte after byte, so that the whole reply takes so many seconds."""

    def treat(exchange: Exchange) -> None:
        content = exchange.forward().content
        for part in range(100):
            exchange.client.sendall(
                content[len(content) * part // 100 : len(content) * (part + 1) // 100]
            )
            exchange.pause(seconds / 100)

    return treat


def answering(status: int, body: bytes, headers: Mapping[str, str] = NOTHING) -> Treatment:
    """Give everyone the same answer, whatever they ask."""
    return lambda exchange: exchange.client.sendall(Reply(status, headers, body).content)


def dynamodb_error(code: str, status: int = 400) -> Treatment:
    """Answer as DynamoDB does when it will not do what it is asked to."""
    body = f'{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no"}}'
    return answering(status, body.encode(), {"content-type": "application/x-amz-json-1.0"})


def s3_error(code: str, status: int, headers: Mapping[str, str] = NOTHING) -> Treatment:
    """Answer as S3 does when it will not do what it is asked to."""
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    return answering(status, body.encode(), {"content-type": "application/xml", **headers})


def first_attempts(treatment: Treatment) -> Treatment:
    """Treat the first attempt of each request so, and pass the SDK's second on."""

    def treat(exchange: Exchange) -> None:
        is_first = exchange.request.headers["amz-sdk-request"].startswith("attempt=1")
        (treatment if is_first else pass_on)(exchange)

    return treat


def unconditional(treatment: Treatment) -> Treatment:
    """Treat requests so that name no entity tag, and pass the others on."""

    def treat(exchange: Exchange) -> None:
        (pass_on if "if-none-match" in exchange.request.headers else treatment)(exchange)

    return treat


def marked_key(treatment: Treatment) -> Treatment:
    """Treat requests of the marked key so, and pass the others on."""

    def treat(exchange: Exchange) -> None:
        is_marked = exchange.proxy.marked == exchange.request.written_key
        (treatment if is_marked else pass_on)(exchange)

    return treat


# What the wire needs


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _read_request(client: socket.socket, incoming: IO[bytes]) -> Request:
    first = incoming.readline().decode().split()
    if len(first) != 3:
        raise HungUpError
    headers: dict[str, str] = {}
    while (line := incoming.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("expect"):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(headers.get("content-length", 0))
    body = incoming.read(length)
    if len(body) < length:
        raise HungUpError
    return Request(first[0], first[1], headers, body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in headers if name.lower() not in _OF_ONE_CONNECTION}


def _unsealed(headers: Mapping[str, str]) -> dict[str, str]:
    """Take the checksums away, which would give the change away."""
    sealed = ("x-amz-crc32", "x-amz-checksum-", "content-md5")
    return {name: headers[name] for name in headers if not name.startswith(sealed)}
