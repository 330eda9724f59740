"""HTTP on a socket: requests in, responses out, connections kept alive."""

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socket import SHUT_WR
from socketserver import TCPServer, ThreadingMixIn
from threading import Condition, Thread

from localcloud.access_log import Access
from localcloud.bodies import UnreadableBodyError, read_body
from localcloud.events import HttpRequest
from localcloud.responses import HttpResponse, gateway_response

type Respond = Callable[[HttpRequest], HttpResponse]
type Log = Callable[[Access], None]

LARGEST_HEAD = 10_240  # bytes of request line and header values: API Gateway's limit
_LONGEST_LINE = 65_536
_DRAIN_SECONDS = 3.0  # how long requests under way may take to end when the server stops
_LINGER_SECONDS = 2.0  # how long a refused caller may go on sending before we hang up
_POLL_SECONDS = 0.05  # how soon the server notices that it shall stop


class HttpServer(ThreadingMixIn, TCPServer):
    """Connections on one port, each in a thread of its own; listens from the beginning."""

    allow_reuse_address = True
    daemon_threads = True  # idle connections must not keep the process alive
    request_queue_size = 128
    respond: Respond
    log: Log

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), _Connection)
        self.port = int(self.server_address[1])
        self._changed = Condition()
        self._busy = 0
        self._stopping = False

    @contextmanager
    def serving(self, respond: Respond, log: Log) -> Iterator[None]:
        """Answer requests with ``respond``; at the end, wait for those under way."""
        self.respond, self.log = respond, log
        thread = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()
            with self._changed:
                self._stopping = True
                self._changed.wait_for(lambda: self._busy == 0, timeout=_DRAIN_SECONDS)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Keep the server from stopping while a request is being answered."""
        with self._changed:
            if self._stopping:
                raise ConnectionAbortedError
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's signature
        """Tell about bugs, but not about callers who hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


class _Connection(BaseHTTPRequestHandler):
    """One caller's connection, and the request on it that is being answered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for its headers' receipt
    timeout = 60
    server: HttpServer
    _refused = False
    _started = 0.0

    def handle_one_request(self) -> None:
        """Read a request and answer it, whatever its method."""
        self.command = self.requestline = self.request_version = ""
        self.close_connection = True
        try:
            self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
            self._started = time.perf_counter()
            if len(self.raw_requestline) > _LONGEST_LINE:
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            elif self.raw_requestline and self.parse_request():
                with self.server.answering():
                    self._send(self._response())
        except TimeoutError:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - http.server's signature
        """Refuse what cannot be read as a request."""
        with self.server.answering():
            self._send(self._refusal(HTTPStatus(code)))

    def finish(self) -> None:
        """Hang up, but only once a refused caller had time to read why.

        Closing a socket that still receives makes the kernel throw away what was sent.
        """
        super().finish()
        if not self._refused:
            return
        with suppress(OSError):
            self.connection.shutdown(SHUT_WR)
            self.connection.settimeout(_LINGER_SECONDS)
            until = time.monotonic() + _LINGER_SECONDS
            while time.monotonic() < until and self.connection.recv(_LONGEST_LINE):
                pass

    def _response(self) -> HttpResponse:
        if len(self.requestline) + sum(map(len, self.headers.values())) > LARGEST_HEAD:
            return self._refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        try:
            body = read_body(self.rfile, self.headers)
        except UnreadableBodyError as error:
            return self._refusal(error.status)
        return self.server.respond(
            HttpRequest(
                method=self.command,
                target=self._target(),
                protocol=self.request_version,
                headers=self.headers.items(),
                body=body,
                source_ip=self.client_address[0],
                port=self.server.port,
            )
        )

    def _refusal(self, status: HTTPStatus) -> HttpResponse:
        self.close_connection = self._refused = True
        return gateway_response(status)

    def _target(self) -> str:
        """Return path and query as sent: ``self.path`` has lost a second slash at the start."""
        target = "".join(self.requestline.split()[1:2])
        if not target.startswith("/"):  # as proxies are asked: http://host/path
            target = "/" + target.partition("://")[2].partition("/")[2]
        return target.encode("latin-1").decode(errors="replace")

    def _send(self, response: HttpResponse) -> None:
        body = b"" if self.command == "HEAD" else response.body
        self.server.log(
            Access(
                method=self.command or "-",
                target=self._target(),
                status=response.status,
                seconds=time.perf_counter() - self._started,
                size=len(body),
            )
        )
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("date", self.date_time_string())
        if response.has_length:
            self.send_header("content-length", str(len(response.body)))
        self.send_header("connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        self.wfile.write(body)
