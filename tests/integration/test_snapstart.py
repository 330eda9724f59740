"""The hooks around SnapStart's snapshot: the registry is taken along, and not believed for long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from snapshot_restore_py import get_after_restore, get_before_snapshot

from api import handler
from model_catalog.api_keys import mint
from model_catalog.snapshot import dump
from support.builders import entry, snapshot
from support.failing_server import Behavior, FailingServer, reset, s3_error, staying
from support.stack import Api, Printed

TAG = '"tag"'
LIVE = staying(200, dump(snapshot(entry("old"), source_version="first")), {"etag": TAG})
DOWN: dict[str, Behavior] = {"resetting": reset, "broken": s3_error("InternalError", 500)}


@dataclass(frozen=True)
class Function:
    """The API in front of stores that do as they are told."""

    api: Api
    dynamodb: FailingServer
    s3: FailingServer

    @property
    def version(self) -> object:
        return self.api.get("/health").json["registry"]["version"]


@pytest.fixture
def function(start: Callable[[], Api], monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    """A function whose S3 has a registry, and whose table has no key."""
    none = staying(200, b"{}")
    with FailingServer(none).running() as dynamodb, FailingServer(LIVE).running() as s3:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.url)
        yield Function(start(), dynamodb, s3)


@pytest.fixture
def conditions(api: Api) -> list[str | None]:
    """The entity tags S3 is asked with."""
    asked: list[str | None] = []
    _, s3 = handler.clients
    s3.meta.events.register(
        "before-call.s3.GetObject",
        lambda params, **_: asked.append(params["headers"].get("If-None-Match")),
    )
    assert api.calls == []
    return asked


def ids(api: Api) -> list[str]:
    return api.get("/v1/models", api.key()).ids


# Before the snapshot


def test_the_hooks_are_registered() -> None:
    before: Any = get_before_snapshot()  # tuples, whatever its annotation says
    after: Any = get_after_restore()

    assert (handler.before_snapshot, (), {}) in before
    assert (handler.after_restore, (), {}) in after


def test_the_registry_is_taken_into_the_snapshot(api: Api) -> None:
    api.publish(entry("a"), source_version="first")

    handler.before_snapshot()

    assert api.get("/health").json["registry"]["version"] == "first"
    assert api.calls == ["GetObject"]


def test_a_registry_that_was_never_published_does_not_keep_the_snapshot_from_being_taken(
    api: Api,
) -> None:
    handler.before_snapshot()

    assert api.get("/health").json["registry"]["version"] is None
    assert ids(api) == []


@pytest.mark.parametrize("down", DOWN.values(), ids=DOWN)
def test_an_s3_that_fails_does_not_keep_the_snapshot_from_being_taken(
    down: Behavior, function: Function, printed: Printed
) -> None:
    function.s3.behavior = down

    handler.before_snapshot()

    assert function.version is None
    assert [metric["RegistryNotRefreshed"] for metric in printed.read().metrics] == [[1.0]]


def test_no_connection_is_taken_into_the_snapshot(function: Function) -> None:
    function.api.get("/v1/usage", mint().secret)
    handler.snapshots.get()
    before = [function.dynamodb.is_left, function.s3.is_left]

    handler.before_snapshot()

    assert before == [False, False]
    assert [function.dynamodb.is_left, function.s3.is_left] == [True, True]


def test_after_the_snapshot_the_stores_are_connected_to_anew(function: Function) -> None:
    function.api.get("/v1/usage", mint().secret)
    handler.before_snapshot()
    handler.after_restore()
    function.s3.behavior = staying(
        200, dump(snapshot(entry("new"), source_version="second")), {"etag": '"other"'}
    )

    refused = function.api.get("/v1/usage", mint().secret)
    handler.snapshots.get()

    assert (refused.status, function.version) == (401, "second")
    assert [function.dynamodb.connections, function.s3.connections] == [2, 2]


# After the restore


def test_the_first_request_asks_s3_whether_the_copy_is_still_the_live_one(
    api: Api, conditions: list[str | None]
) -> None:
    api.publish(entry("a"))
    handler.before_snapshot()
    handler.after_restore()

    listed = [ids(api), ids(api)]

    assert listed == [["a"], ["a"]]
    first, second = conditions
    assert (first, bool(second)) == (None, True)


def test_without_a_restore_a_young_copy_is_not_asked_for_again(
    api: Api, conditions: list[str | None]
) -> None:
    api.publish(entry("a"))
    handler.before_snapshot()

    assert ids(api) == ["a"]
    assert conditions == [None]


def test_what_was_published_since_the_snapshot_is_served(api: Api) -> None:
    api.publish(entry("old"))
    handler.before_snapshot()
    api.publish(entry("new"))
    handler.after_restore()

    assert ids(api) == ["new"]


@pytest.mark.parametrize("down", DOWN.values(), ids=DOWN)
def test_the_copy_is_served_while_s3_fails(
    down: Behavior, function: Function, printed: Printed
) -> None:
    handler.before_snapshot()
    handler.after_restore()
    function.s3.behavior = down

    held = handler.snapshots.get()

    assert [model.id for model in held.entries] == ["old"]
    assert [metric["RegistryNotRefreshed"] for metric in printed.read().metrics] == [[1.0]]


def test_a_failure_before_the_snapshot_does_not_delay_the_first_try_after_the_restore(
    function: Function,
) -> None:
    function.s3.behavior = reset
    handler.before_snapshot()
    function.s3.behavior = LIVE
    handler.after_restore()

    held = handler.snapshots.get()

    assert [model.id for model in held.entries] == ["old"]
