"""What the local cloud cannot be made to do from outside: the function failing, over HTTP."""

import gzip
import http.client
from collections.abc import Iterator
from functools import partial

import pytest

from api import handler
from localcloud.access_log import Access
from localcloud.gateway import respond
from localcloud.http_server import HttpServer
from localcloud.runtime import LambdaFunction
from support.builders import entry
from support.cloud import HttpReply
from support.stack import Api


@pytest.fixture
def port() -> Iterator[int]:
    """The function of this process behind the local cloud's gateway."""
    function = LambdaFunction(
        handler=handler.lambda_handler, name="api", memory_mb=512, timeout_seconds=10
    )
    server, log = HttpServer("127.0.0.1", 0), list[Access]()
    with server, server.serving(partial(respond, function), log.append):
        yield server.port


def ask(port: int, path: str, secret: str, **headers: str) -> HttpReply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"authorization": f"Bearer {secret}", **headers})
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return HttpReply(response.status, received, response.read())
    finally:
        connection.close()


def test_a_bug_is_a_500_in_the_envelope(
    api: Api, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "renderer", None)

    reply = ask(port, "/v1/models", api.key())

    assert (reply.status, reply.error["type"], reply.error["code"], reply.error["param"]) == (
        500,
        "server_error",
        "internal_error",
        None,
    )
    assert reply.headers["x-request-id"]


def test_a_key_store_that_fails_is_a_503_that_says_when_to_come_back(api: Api, port: int) -> None:
    secret = api.key()
    api.aws.dynamodb.delete_table(TableName="keys")

    reply = ask(port, "/v1/models", secret)

    assert (reply.status, reply.error["type"], reply.error["code"], reply.error["param"]) == (
        503,
        "server_error",
        "service_unavailable",
        None,
    )
    assert reply.headers["retry-after"] == "1"


def test_a_registry_that_cannot_be_read_is_a_503_only_while_none_is_held(
    api: Api, port: int
) -> None:
    secret = api.key()
    api.publish(entry("a"))
    held = ask(port, "/v1/models", secret)
    api.aws.s3.put_object(Bucket="registry", Key="registry/live.json", Body=b"{")
    api.clock.advance(seconds=61)

    warm = ask(port, "/v1/models", secret)
    handler.snapshots.clear()
    cold = ask(port, "/v1/models", secret)

    assert (warm.status, warm.body) == (200, held.body)
    assert (cold.status, cold.error["code"]) == (503, "service_unavailable")


def test_a_page_is_served_as_it_is_and_once(port: int) -> None:
    page = (handler.ASSETS / "openapi.json").read_bytes()
    plain, packed = (
        ask(port, "/openapi.json", "", **{"accept-encoding": accepted})
        for accepted in ("identity", "gzip")
    )

    held = ask(port, "/openapi.json", "", **{"if-none-match": plain.headers["etag"]})

    assert (plain.status, plain.body, gzip.decompress(packed.body)) == (200, page, page)
    assert (held.status, held.body) == (304, b"")


def test_gzip_is_for_those_who_ask(api: Api, port: int) -> None:
    secret = api.key()
    api.publish(*(entry(f"model-{number}") for number in range(10)))

    plain, packed = (
        ask(port, "/v1/models", secret, **{"accept-encoding": accepted})
        for accepted in ("identity", "gzip")
    )

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert plain.headers["etag"] == packed.headers["etag"]
