"""Requests over real sockets reach the function as API Gateway would hand them on."""

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from localcloud.access_log import Access
from localcloud.bodies import LARGEST_BODY
from localcloud.events import Event, HttpRequest
from localcloud.gateway import respond
from localcloud.http_server import LARGEST_HEAD, HttpServer
from localcloud.responses import HttpResponse
from localcloud.runtime import Handler, LambdaFunction

TOO_LARGE = {"message": "Request Header Fields Too Large"}


@dataclass(frozen=True)
class Server:
    """A gateway that is up, with what it logged."""

    port: int
    log: list[Access] = field(default_factory=list)

    def ask(
        self,
        method: str = "GET",
        target: str = "/",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def send(self, *parts: bytes) -> bytes:
        """Send bytes as they are; return all that comes back until the other side hangs up."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            return received(connection)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def event(self, head: bytes, body: bytes = b"") -> Event:
        """Send a request and return the event an echoing handler got."""
        answer = self.send(head + b"\r\nConnection: close\r\n\r\n" + body)
        event: Event = json.loads(answer.partition(b"\r\n\r\n")[2])
        return event


def received(connection: socket.socket) -> bytes:
    return b"".join(iter(partial(connection.recv, 65536), b""))


def babble(connection: socket.socket) -> None:
    """Send on and on for ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        connection.sendall(b"x")
        time.sleep(0.01)


def echo(event: Event, _context: object) -> object:
    return {"statusCode": 200, "body": json.dumps(event)}


@contextmanager
def serve(handler: Handler) -> Iterator[Server]:
    function = LambdaFunction(handler=handler, name="fn", memory_mb=128, timeout_seconds=3)
    with HttpServer("127.0.0.1", 0) as listening:
        server = Server(listening.port)
        with listening.serving(partial(respond, function), server.log.append):
            yield server


@pytest.fixture(scope="module")
def echoing() -> Iterator[Server]:
    with serve(echo) as server:
        yield server


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/v1/models/openai%2Fgpt?a=%2F&b", "/v1/models/openai/gpt", "a=%2F&b"),
        (b"//v1//models", "//v1//models", ""),
        (b"/?", "/", ""),
        (b"/a?b?c=d#e", "/a", "b?c=d#e"),
        (b"/caf\xc3\xa9", "/café", ""),
        (b"/\xff", "/\N{REPLACEMENT CHARACTER}", ""),
        (b"http://example.com/v1/models?a=1", "/v1/models", "a=1"),
        (b"http://example.com", "/", ""),
        (b"*", "/", ""),
    ],
)
def test_the_target_is_taken_as_it_was_sent(
    echoing: Server, target: bytes, path: str, query: str
) -> None:
    event = echoing.event(b"GET " + target + b" HTTP/1.1\r\nHost: a")

    assert (event["rawPath"], event["rawQueryString"]) == (path, query)


def test_repeated_headers_arrive_joined(echoing: Server) -> None:
    event = echoing.event(
        b"GET / HTTP/1.1\r\nAuthorization: Bearer one\r\nX: y\r\nauthorization: Bearer two"
    )

    assert event["headers"]["authorization"] == "Bearer one,Bearer two"


def test_header_bytes_beyond_ascii_arrive_as_latin_1(echoing: Server) -> None:
    event = echoing.event(b"GET / HTTP/1.1\r\nAuthorization: Bearer caf\xc3\xa9 \xff\x85\x1b")

    assert event["headers"]["authorization"] == "Bearer caf\xc3\xa9 \xff\x85\x1b"


def test_the_caller_is_known(echoing: Server) -> None:
    event = echoing.event(b"GET / HTTP/1.0\r\nUser-Agent: me\r\nHost: api.example.com")

    assert event["requestContext"]["http"] == {
        "method": "GET",
        "path": "/",
        "protocol": "HTTP/1.0",
        "sourceIp": "127.0.0.1",
        "userAgent": "me",
    }
    assert event["headers"]["x-forwarded-port"] == str(echoing.port)
    assert event["requestContext"]["domainName"] == "api.example.com"


def test_every_request_has_an_id_of_its_own(echoing: Server) -> None:
    answers = [echoing.ask() for _ in range(3)]

    ids = {json.loads(body)["requestContext"]["requestId"] for _, body in answers}
    assert ids == {response.getheader("apigw-requestid") for response, _ in answers}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[\w-]{15}=", each) for each in ids)


def test_the_time_is_now(echoing: Server) -> None:
    context = echoing.event(b"GET / HTTP/1.1")["requestContext"]

    assert abs(context["timeEpoch"] / 1000 - time.time()) < 60
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["time"])


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "PURGE", "get"])
def test_any_method_reaches_the_function(echoing: Server, method: str) -> None:
    _, body = echoing.ask(method)

    assert json.loads(body)["requestContext"]["http"]["method"] == method


def test_a_binary_body_arrives_as_base64(echoing: Server) -> None:
    event = echoing.event(b"POST / HTTP/1.1\r\nContent-Length: 3", b"\x00\xff\x10")

    assert (event["body"], event["isBase64Encoded"]) == ("AP8Q", True)


def test_a_chunked_body_arrives_in_one_piece(echoing: Server) -> None:
    event = echoing.event(
        b"POST / HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked",
        b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
    )

    assert (event["body"], event["isBase64Encoded"]) == ("abc", False)


def test_a_caller_who_waits_to_be_asked_for_the_body_is_asked(echoing: Server) -> None:
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close"
    with echoing.connect() as connection:
        connection.sendall(head + b"\r\n\r\n")
        asked = connection.recv(65536)
        connection.sendall(b"x")

        assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert received(connection).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_connection_serves_one_request_after_the_other(echoing: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", echoing.port, timeout=10)
    connection.request("POST", "/first", b"body")
    first = connection.getresponse()
    first.read()
    own_end = connection.sock.getsockname()

    connection.request("GET", "/second")
    second = connection.getresponse()

    assert first.getheader("connection") == "keep-alive"
    assert json.loads(second.read())["rawPath"] == "/second"
    assert connection.sock.getsockname() == own_end
    connection.close()


def test_an_answer_comes_without_delay(echoing: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", echoing.port, timeout=10)
    taken = []

    for _ in range(50):
        started = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        taken.append(time.perf_counter() - started)
    connection.close()

    assert sorted(taken)[10] < 0.03  # with Nagle's algorithm each takes 40 ms, however fast it is


def test_head_is_answered_without_a_body(echoing: Server) -> None:
    answer = echoing.send(b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")

    assert int(re.findall(rb"content-length: (\d+)", head)[0]) > 0
    assert body == b""
    assert echoing.log[-1].size == 0


def test_a_base64_answer_is_sent_as_bytes() -> None:
    answer = {"statusCode": 200, "body": "H4sI", "isBase64Encoded": True}
    with serve(lambda _event, _context: answer) as server:
        response, body = server.ask()

    assert body == b"\x1f\x8b\x08"
    assert response.getheader("content-length") == "3"


def test_not_modified_has_neither_body_nor_length() -> None:
    answer = {"statusCode": 304, "headers": {"ETag": 'W/"1"'}, "cookies": ["a=1", "b=2"]}
    with serve(lambda _event, _context: answer) as server:
        response, body = server.ask()

    assert (response.status, body) == (304, b"")
    assert response.getheader("content-length") is None
    assert response.getheader("etag") == 'W/"1"'
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("answer", [None, {"body": "x"}, b"no json"])
def test_an_answer_nobody_can_send_is_a_500(
    answer: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(lambda _event, _context: answer) as server:
        response, body = server.ask()

    assert (response.status, json.loads(body)) == (500, {"message": "Internal Server Error"})
    assert response.getheader("content-type") == "application/json"
    assert "Traceback" in capsys.readouterr().err


def test_a_function_that_raises_is_a_500_and_tells_why_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def handler(_event: Event, _context: object) -> None:
        raise ZeroDivisionError

    with serve(handler) as server:
        first, body = server.ask()
        second, _ = server.ask()

    assert (first.status, second.status) == (500, 500)
    assert json.loads(body) == {"message": "Internal Server Error"}
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_headers_may_have_10_240_bytes_and_no_more(echoing: Server) -> None:
    line = "GET / HTTP/1.1"
    room = LARGEST_HEAD - len(line) - len(f"127.0.0.1:{echoing.port}") - len("identity")

    fitting, _ = echoing.ask(headers={"X": "x" * room})
    over, body = echoing.ask(headers={"X": "x" * (room + 1)})

    assert fitting.status == 200
    assert (over.status, json.loads(body)) == (431, TOO_LARGE)
    assert over.getheader("connection") == "close"


@pytest.mark.parametrize(
    "headers",
    [b"X: " + b"x" * 1_000_000, b"\r\n".join(b"X-%d: x" % number for number in range(101))],
    ids=["long", "many"],
)
def test_headers_beyond_all_measure_are_refused_all_the_same(
    echoing: Server, headers: bytes
) -> None:
    answer = echoing.send(b"GET / HTTP/1.1\r\n" + headers + b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == TOO_LARGE


def test_a_request_line_beyond_all_measure_is_refused(echoing: Server) -> None:
    answer = echoing.send(b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 414 ")
    assert (echoing.log[-1].method, echoing.log[-1].target) == ("-", "/")


def test_a_body_of_more_than_10_megabytes_is_refused(echoing: Server) -> None:
    response, body = echoing.ask("POST", "/", b"x" * (LARGEST_BODY + 1))

    assert (response.status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(echoing: Server, request_bytes: bytes) -> None:
    answer = echoing.send(request_bytes)

    assert b'{"message":"Bad Request"}' in answer
    assert echoing.log[-1].status == 400


def test_a_caller_who_says_nothing_is_let_go(echoing: Server) -> None:
    before = len(echoing.log)

    with echoing.connect() as connection:
        connection.shutdown(socket.SHUT_WR)

        assert received(connection) == b""
    assert len(echoing.log) == before


def test_a_caller_who_falls_silent_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.http_server._Connection.timeout", 0.1)
    with serve(echo) as server:
        assert server.send(b"GET / HT") == b""
        assert server.send(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab") == b""


def test_a_refused_caller_who_goes_on_sending_is_hung_up_on(
    echoing: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.http_server._LINGER_SECONDS", 0.1)
    with echoing.connect() as connection:
        connection.sendall(b"nonsense\r\n\r\n")

        with pytest.raises(ConnectionError):
            babble(connection)


def test_a_caller_who_hangs_up_is_no_reason_for_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    inside, gone = threading.Event(), threading.Event()

    def handler(_event: Event, _context: object) -> object:
        inside.set()
        gone.wait(10)
        return {"statusCode": 200, "body": "x" * 5_000_000}

    with serve(handler) as server:
        connection = server.connect()
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        inside.wait(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        gone.set()

    assert capsys.readouterr().err == ""
    assert [access.status for access in server.log] == [200]


def test_a_bug_of_the_server_itself_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def bug(_request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    with HttpServer("127.0.0.1", 0) as listening, listening.serving(bug, lambda _access: None):
        assert Server(listening.port).send(b"GET / HTTP/1.1\r\n\r\n") == b""

    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_handler_is_called_once_at_a_time_whoever_calls() -> None:
    at_once: list[int] = []
    inside: list[int] = []

    def handler(_event: Event, _context: object) -> object:
        inside.append(1)
        time.sleep(0.01)
        at_once.append(len(inside))
        inside.pop()
        return {"statusCode": 200}

    with serve(handler) as server:
        threads = [threading.Thread(target=server.ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert at_once == [1] * 8


def test_a_request_under_way_is_answered_before_the_server_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("localcloud.http_server._DRAIN_SECONDS", 60)
    inside = threading.Event()
    answers: list[Any] = []

    def handler(_event: Event, _context: object) -> object:
        inside.set()
        time.sleep(0.2)
        return {"statusCode": 200, "body": "done"}

    with serve(handler) as server:
        thread = threading.Thread(target=lambda: answers.append(server.ask()))
        thread.start()
        inside.wait(10)
        stopping = time.monotonic()
    took = time.monotonic() - stopping
    logged = list(server.log)
    thread.join()

    assert took < 30  # no longer than the request
    assert [access.status for access in logged] == [200]
    assert answers[0][1] == b"done"


def test_a_connection_kept_alive_is_closed_once_the_server_stopped() -> None:
    with serve(echo) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read()

    connection.request("GET", "/")

    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_the_log_tells_each_request(echoing: Server) -> None:
    _, body = echoing.ask("GET", "/v1/models?limit=1")
    access = echoing.log[-1]

    assert (access.method, access.target) == ("GET", "/v1/models?limit=1")
    assert (access.status, access.size) == (200, len(body))
    assert 0 < access.seconds < 10
