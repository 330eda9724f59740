"""Clients of AWS that give up soon enough to answer inside a caller's five seconds."""

import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError


def impatient_client(service: str) -> Any:  # noqa: ANN401 - one of several kinds
    """Return a client with two attempts of 0.3 s to connect and 1 s to read."""
    client = boto3.client(  # type: ignore[call-overload] # any service
        service,
        config=Config(
            connect_timeout=0.3,
            read_timeout=1,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )
    client.meta.events.register("before-parse", _ignore_wish)
    return client


def close_connections(clients: Iterable[BaseClient]) -> None:
    """Close all that the clients hold open, and what their credentials came over.

    For SnapStart functions Lambda keeps credentials behind an HTTP endpoint, and the SDK its
    connection to that one. A test with a real endpoint holds the names below to the locked SDK.
    """
    for client in clients:
        client.close()
    session = boto3._get_default_session()._session  # noqa: SLF001 - boto3 hands it to nobody
    fetcher = session.get_component("credential_provider").get_provider("container-role")._fetcher  # noqa: SLF001 - no public way to close it
    fetcher._session.close()  # noqa: SLF001 - no public way to close it


class _TimeIsUp(BaseException):  # else the SDK would take it for a failure, and try again
    """What ends a call that takes too long."""


def within[T](seconds: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns, unless that takes longer than ``seconds``.

    A client's own time-out starts anew with each byte that comes. Only the main thread can be
    interrupted, where Lambda runs the handler, and a look-up of a name nowhere: there calls end
    when they end.

    Raises:
        ReadTimeoutError: it took longer.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    running = True

    def stop(*_: object) -> None:
        if running:
            raise _TimeIsUp

    before = signal.signal(signal.SIGALRM, stop)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            return call()
        finally:
            running = False  # an alarm that goes off from here on is late
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeIsUp:
        raise ReadTimeoutError(endpoint_url=f"whose reply took over {seconds} s") from None
    finally:
        signal.signal(signal.SIGALRM, before)


def _ignore_wish(response_dict: dict[str, Any], **_: object) -> None:
    """Take away how long the service asks us to wait: the SDK would, for five seconds and more."""
    response_dict["headers"].pop("x-amz-retry-after", None)
