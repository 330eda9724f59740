"""The embedded AWS: moto's server on a free port of this machine."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HOST = "127.0.0.1"
_POLL_SECONDS = 0.05  # how soon the server notices that it shall stop


class _OneCallAtATime:
    """Moto behind a lock: two threads in it at once lose each other's conditional writes."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        with self._lock:
            response: Iterable[bytes] = self._moto(environ, start_response)
            return response


class _QuietRequestHandler(MotoRequestHandler):
    """Moto's request handler, without a log line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def embedded_aws() -> Iterator[str]:
    """Run an AWS with nothing in it; the value is its endpoint URL."""
    BackendDict.reset()  # what an earlier one in this process held
    server = make_server(
        _HOST, 0, _OneCallAtATime(), threaded=True, request_handler=_QuietRequestHandler
    )
    thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"http://{_HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        BackendDict.reset()
