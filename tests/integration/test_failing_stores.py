"""With a store failing in any way, the answer is quick, honest, and lets nobody in."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from model_catalog.api_keys import MintedSecret, mint
from model_catalog.snapshot import dump
from support.builders import entry, key_record, ledger, snapshot
from support.failing_server import (
    Behavior,
    FailingServer,
    answering,
    dynamodb_error,
    failing_for,
    never_answer,
    reset,
    s3_error,
)
from support.stack import Api, Aws, KeysTable, Printed, Reply

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

TAGGED = {"etag": '"garbage"'}

KEYS_FAILING: dict[str, tuple[Behavior, str]] = {
    "silent": (never_answer, "ReadTimeoutError"),
    "resetting": (reset, "ConnectionClosedError"),
    "broken": (dynamodb_error("InternalServerError", 500), "InternalServerError"),
    "unavailable": (answering(503, b"Try again."), "503"),
    "out of capacity": (
        dynamodb_error("ProvisionedThroughputExceededException"),
        "ProvisionedThroughputExceededException",
    ),
    "throttling": (dynamodb_error("ThrottlingException"), "ThrottlingException"),
    "without a table": (dynamodb_error("ResourceNotFoundException"), "ResourceNotFoundException"),
    "talking nonsense": (answering(200, b"<html>Welcome!</html>"), "MalformedItem"),
    "talking JSON nonsense": (answering(200, b"[]"), "AttributeError"),
    "cut off": (answering(200, b"{", {"content-length": "99"}), "MalformedItem"),
}
REGISTRY_FAILING: dict[str, tuple[Behavior, str]] = {
    "silent": (never_answer, "ReadTimeoutError"),
    "resetting": (reset, "ConnectionClosedError"),
    "broken": (s3_error("InternalError", 500), "InternalError"),
    "slowing down": (s3_error("SlowDown", 503), "SlowDown"),
    "forbidden": (s3_error("AccessDenied", 403), "AccessDenied"),
    "deleted": (s3_error("NoSuchKey", 404, {"x-amz-delete-marker": "true"}), "Deleted"),
    "talking nonsense": (answering(200, b"<html>Welcome!</html>", TAGGED), "not a snapshot"),
    "without a tag": (answering(200, b"{}"), "KeyError"),
    "of another format": (answering(200, b'{"format":99}', TAGGED), "format 99 is unknown"),
    "cut off": (
        answering(200, b"{", TAGGED | {"content-length": "99"}),
        "IncompleteReadError",
    ),
}


# Both come after `aws`: its own clients have to be built before the environment names a server.


@pytest.fixture
def keys_server(
    aws: Aws,  # noqa: ARG001 - see above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FailingServer]:
    with FailingServer(never_answer).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        yield server


@pytest.fixture
def registry_server(
    aws: Aws,  # noqa: ARG001 - see above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FailingServer]:
    with FailingServer(never_answer).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        yield server


@contextmanager
def in_time() -> Iterator[None]:
    """Hold the answer to three seconds: Codex gives up after five, its own retries included."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 3


def published(*models: str) -> Behavior:
    """Answer as S3 does for a registry of these models."""
    live = dump(snapshot(*map(entry, models)))
    return answering(200, live, {"etag": f'"{"-".join(models)}"'})


def is_unavailable(reply: Reply) -> bool:
    """Tell whether a reply says what a failing store has to say, and nothing else."""
    told = (reply.status, reply.error["type"], reply.error["param"], reply.error["code"])
    assert reply.headers["retry-after"] == "1"
    return told == (503, "server_error", None, "service_unavailable")


# Keys


@pytest.mark.parametrize(("behavior", "reason"), KEYS_FAILING.values(), ids=KEYS_FAILING)
def test_a_failing_key_store_lets_nobody_in_and_says_so_in_time(
    keys_server: FailingServer,
    start: Callable[[], Api],
    printed: Printed,
    behavior: Behavior,
    reason: str,
) -> None:
    api = start()
    secret = api.key()
    keys_server.behavior = behavior

    with in_time():
        reply = api.get("/v1/models", secret)

    assert is_unavailable(reply)
    assert "GetObject" not in api.calls
    output = printed.read()
    (line,) = output.refusals
    assert (line["status"], line["error"], line["reason"]) == (
        503,
        "KeyStoreUnavailableError",
        reason,
    )
    assert [metric["KeyStoreUnavailableError"] for metric in output.metrics] == [[1.0]]


def test_a_key_store_that_refuses_connections_lets_nobody_in(
    start: Callable[[], Api], monkeypatch: pytest.MonkeyPatch, printed: Printed
) -> None:
    with FailingServer(never_answer).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    api = start()

    with in_time():
        reply = api.get("/v1/models", api.key())

    assert is_unavailable(reply)
    assert printed.read().refusals[0]["reason"] == "EndpointConnectionError"


@pytest.mark.parametrize("behavior", [never_answer, dynamodb_error("ThrottlingException")])
def test_usage_needs_the_key_store_too(
    keys_server: FailingServer, start: Callable[[], Api], behavior: Behavior
) -> None:
    api = start()
    keys_server.behavior = behavior

    with in_time():
        reply = api.get("/v1/usage", api.key())

    assert is_unavailable(reply)


def test_a_failing_key_store_is_asked_twice_and_again_by_the_next_request(
    keys_server: FailingServer, start: Callable[[], Api]
) -> None:
    keys_server.behavior = dynamodb_error("InternalServerError", 500)
    api = start()
    secret = api.key()

    for asked in (2, 4):
        assert is_unavailable(api.get("/v1/models", secret))
        assert keys_server.connections == asked


def stored(table: KeysTable) -> MintedSecret:
    """Store a key on the atomic table; the handler is led there."""
    minted = mint()
    ledger(table.client).create(key_record(minted))
    return minted


def test_a_key_whose_item_is_throttled_waits_while_the_others_are_let_in(
    start: Callable[[], Api],
    atomic_table: KeysTable,
    ministack_url: str,
    monkeypatch: pytest.MonkeyPatch,
    printed: Printed,
) -> None:
    hot, other = stored(atomic_table), stored(atomic_table)
    throttled = dynamodb_error("ThrottlingException")
    with FailingServer(failing_for(hot.key_id, throttled, ministack_url)).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
        api = start()
        api.publish(entry("a"))

        with in_time():
            refused = api.get("/v1/models", hot.secret)
        let_in = api.get("/v1/models", other.secret)

    assert is_unavailable(refused)
    assert let_in.status == 200
    output = printed.read()
    assert [(line["reason"], line["key_id"]) for line in output.refusals] == [
        ("ThrottlingException", hot.key_id)
    ]
    assert [metric["KeyStoreUnavailableError"] for metric in output.metrics] == [[1.0]]
    assert atomic_table.counters(hot.key_id) == {}


@pytest.mark.parametrize(
    "malformed",
    [
        {"status": {"N": "1"}},
        {"limits": {"S": "many"}},
        {"limits": {"M": {"minute": {"S": "5"}}}},
        {"used_minute_29922480": {"S": "three"}},
        {"allowed_ips": {"L": [{"S": "nowhere"}]}},
        {"permissions": {"S": "models.read"}},
        {"expires_at": {"S": "tomorrow"}},
    ],
    ids=str,
)
def test_a_malformed_key_lets_nobody_in_and_is_told_to_whoever_is_paged(
    start: Callable[[], Api],
    atomic_table: KeysTable,
    printed: Printed,
    malformed: dict[str, "AttributeValueTypeDef"],
) -> None:
    minted = stored(atomic_table)
    atomic_table.change(minted.key_id, **malformed)
    api = start()
    api.publish(entry("a"))

    with in_time():
        reply = api.get("/v1/models", minted.secret)

    assert is_unavailable(reply)
    output = printed.read()
    assert output.refusals[0]["key_id"] == minted.key_id
    assert [metric["KeyStoreUnavailableError"] for metric in output.metrics] == [[1.0]]


# The registry


@pytest.mark.parametrize(("behavior", "reason"), REGISTRY_FAILING.values(), ids=REGISTRY_FAILING)
def test_with_no_list_held_a_failing_registry_is_told_in_time(
    registry_server: FailingServer,
    start: Callable[[], Api],
    printed: Printed,
    behavior: Behavior,
    reason: str,
) -> None:
    registry_server.behavior = behavior
    api = start()
    secret = api.key()

    with in_time():
        reply = api.get("/v1/models", secret)

    assert is_unavailable(reply)
    output = printed.read()
    (line,) = [line for line in output.logs if line["message"] == "Registry not refreshed"]
    assert reason in line["exception"]
    counted = [name for metric in output.metrics for name in metric if name.startswith("Registry")]
    assert counted == ["RegistryNotRefreshed", "RegistryUnavailableError"]


@pytest.mark.parametrize(("behavior", "reason"), REGISTRY_FAILING.values(), ids=REGISTRY_FAILING)
def test_a_list_that_is_held_is_served_on_byte_for_byte_while_the_registry_fails(
    registry_server: FailingServer,
    start: Callable[[], Api],
    printed: Printed,
    behavior: Behavior,
    reason: str,
) -> None:
    registry_server.behavior = published("a", "b")
    api = start()
    secret = api.key()
    before = api.get("/v1/models", secret)
    registry_server.behavior = behavior
    api.clock.advance(seconds=60)

    with in_time():
        after = api.get("/v1/models", secret)

    assert (after.status, after.text) == (200, before.text)
    assert after.headers == before.headers
    output = printed.read()
    assert [metric["RegistryNotRefreshed"] for metric in output.metrics] == [[1.0]]
    assert reason in output.logs[-1]["exception"]


def test_a_registry_that_refuses_connections_is_told_or_outlived(
    start: Callable[[], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FailingServer(published("a")).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        warm = start()
        secret = warm.key()
        before = warm.get("/v1/models", secret)
    warm.clock.advance(seconds=60)

    with in_time():
        outlived = warm.get("/v1/models", secret)
    with in_time():
        told = start().get("/v1/models", secret)

    assert outlived.text == before.text
    assert is_unavailable(told)


def test_a_failing_registry_is_tried_again_after_ten_seconds_and_not_before(
    registry_server: FailingServer, start: Callable[[], Api]
) -> None:
    registry_server.behavior = published("old")
    api = start()
    secret = api.key()
    api.get("/v1/models", secret)
    registry_server.behavior = s3_error("AccessDenied", 403)
    api.clock.advance(seconds=60)
    api.get("/v1/models", secret)
    registry_server.behavior = published("new")

    api.clock.advance(seconds=9.99)
    early = api.get("/v1/models", secret)
    api.clock.advance(seconds=0.01)
    late = api.get("/v1/models", secret)

    assert (early.ids, late.ids) == (["old"], ["new"])


def test_with_none_held_the_registry_is_tried_again_after_a_second(
    registry_server: FailingServer, start: Callable[[], Api]
) -> None:
    registry_server.behavior = s3_error("AccessDenied", 403)
    api = start()
    secret = api.key()
    api.get("/v1/models", secret)
    registry_server.behavior = published("new")

    api.clock.advance(seconds=0.99)
    early = api.get("/v1/models", secret)
    api.clock.advance(seconds=0.01)
    late = api.get("/v1/models", secret)

    assert is_unavailable(early)
    assert late.ids == ["new"]


def test_a_registry_that_was_never_published_is_an_empty_list(
    registry_server: FailingServer, start: Callable[[], Api]
) -> None:
    registry_server.behavior = s3_error("NoSuchKey", 404)
    api = start()

    reply = api.get("/v1/models", api.key())

    assert (reply.status, reply.json) == (200, {"object": "list", "data": []})


def test_a_failing_registry_keeps_nobody_from_their_usage_or_the_health(
    registry_server: FailingServer, start: Callable[[], Api]
) -> None:
    api = start()

    replies = [api.get("/v1/usage", api.key()), api.get("/health")]

    assert [reply.status for reply in replies] == [200, 200]
    assert registry_server.connections == 0
