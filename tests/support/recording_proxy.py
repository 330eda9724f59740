"""An S3 endpoint that writes down what it is asked, and keeps connections open as S3 does."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_OF_ONE_CONNECTION = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Asked:
    """One request, its headers' names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


class RecordingProxy(ThreadingHTTPServer):
    """Passes requests on to the server at ``url`` unless it is told to hang up."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.upstream = url.removeprefix("http://")
        self.hangs_up = False
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RecordingProxy

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers))
        if self.server.hangs_up:
            self.close_connection = True
            return
        with closing(HTTPConnection(self.server.upstream, timeout=10)) as upstream:
            upstream.request("GET", self.path, headers=_passed_on(headers))
            reply = upstream.getresponse()
            body = reply.read()
        self.send_response_only(reply.status)
        for name, value in _passed_on(dict(reply.getheaders())).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_proxy(url: str) -> Iterator[RecordingProxy]:
    """Serve on a free port until left."""
    with RecordingProxy(url) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name.lower() not in _OF_ONE_CONNECTION
    }
