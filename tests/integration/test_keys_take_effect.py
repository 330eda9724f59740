"""What operators change reaches every warm function: the stricter at once, the looser soon."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from api import handler
from model_catalog.settings import Settings
from support.builders import entry
from support.operator import Operator, keys
from support.stack import Api

FUNCTIONS = 3


@dataclass
class Fleet:
    """Several warm functions in front of one table, and an operator."""

    api: Api
    operator: Operator
    parts: list[tuple[Any, ...]]
    monkeypatch: pytest.MonkeyPatch

    def ask(self, secret: str) -> list[int]:
        """Ask each function once; return what each answers."""
        return [self._ask(parts, secret) for parts in self.parts]

    def _ask(self, parts: tuple[Any, ...], secret: str) -> int:
        for name, part in zip(("gate", "snapshots", "renderer", "clients"), parts, strict=True):
            self.monkeypatch.setattr(handler, name, part)
        return self.api.get("/v1/models", secret).status

    def types(self, *arguments: str) -> None:
        printed = keys(self.operator, *arguments)
        assert printed.code == 0, printed.err

    def creates(self, *options: str) -> str:
        """Make a key called k; return its secret."""
        printed = keys(self.operator, "create", "k", "--quiet", *options)
        assert printed.code == 0, printed.err
        return printed.out.strip()


@pytest.fixture
def fleet(start: Callable[[], Api], operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    api = start()
    api.publish(entry("a"), entry("b"))
    settings = Settings.from_env(os.environ)
    parts = [handler.wire(settings, api.clock, api.clock.monotonic) for _ in range(FUNCTIONS)]
    return Fleet(api, operator, parts, monkeypatch)


TIGHTENED = {
    "revoked": (["revoke", "k", "--yes"], 401),
    "disabled": (["disable", "k"], 401),
    "without the permission": (["update", "k", "--permission", "other.read"], 403),
    "for another address": (["update", "k", "--ip", "10.0.0.0/8"], 403),
    "limited to less than was used": (["update", "k", "--limit", "hour=1"], 429),
    "rotated without an overlap": (["rotate", "k", "--overlap", "0"], 401),
}
LOOSENED = {
    "enabled": (["disable", "k"], 401, ["enable", "k"]),
    "given time": (["update", "k", "--expires", "1s"], 401, ["update", "k", "--expires", "never"]),
    "given the permission": (
        ["update", "k", "--permission", "other.read"],
        403,
        ["update", "k", "--permission", "models.read"],
    ),
    "let in from everywhere": (
        ["update", "k", "--ip", "10.0.0.0/8"],
        403,
        ["update", "k", "--any-ip"],
    ),
    "rid of its limit": (
        ["update", "k", "--limit", "day=1"],
        429,
        ["update", "k", "--limit", "day=none"],
    ),
}


@pytest.mark.parametrize(("change", "status"), TIGHTENED.values(), ids=TIGHTENED)
def test_what_tightens_a_key_holds_on_the_next_request_of_every_function(
    fleet: Fleet, change: list[str], status: int
) -> None:
    secret = fleet.creates()
    assert fleet.ask(secret) == [200] * FUNCTIONS

    fleet.types(*change)

    assert fleet.ask(secret) == [status] * FUNCTIONS


def test_an_expiry_holds_from_its_moment_on_in_every_function(fleet: Fleet) -> None:
    secret = fleet.creates()
    fleet.types("update", "k", "--expires", "1s")

    before = fleet.ask(secret)
    fleet.api.clock.advance(seconds=1)

    assert (before, fleet.ask(secret)) == ([200] * FUNCTIONS, [401] * FUNCTIONS)


def test_a_shorter_allow_list_holds_on_the_next_request_of_every_function(fleet: Fleet) -> None:
    secret = fleet.creates()
    assert fleet.ask(secret) == [200] * FUNCTIONS

    fleet.types("update", "k", "--allow", "a")

    fleet.ask(secret)
    assert fleet.api.get("/v1/models", secret).ids == ["a"]


@pytest.mark.parametrize(("tighten", "status", "loosen"), LOOSENED.values(), ids=LOOSENED)
def test_what_loosens_a_key_holds_within_ten_seconds_in_every_function(
    fleet: Fleet, tighten: list[str], status: int, loosen: list[str]
) -> None:
    secret = fleet.creates()
    fleet.ask(secret)
    fleet.types(*tighten)
    fleet.api.clock.advance(seconds=1)
    assert fleet.ask(secret) == [status] * FUNCTIONS

    fleet.types(*loosen)
    fleet.api.clock.advance(seconds=10)

    assert fleet.ask(secret) == [200] * FUNCTIONS


def test_limits_may_be_added_raised_lowered_and_lifted_while_requests_are_counted(
    fleet: Fleet,
) -> None:
    secret = fleet.creates()
    answers = [fleet.ask(secret)]

    for limit in ("3", "5", "4", "none", "8"):
        fleet.types("update", "k", "--limit", f"day={limit}")
        fleet.api.clock.advance(seconds=10)  # no refusal is remembered for longer
        answers.append(fleet.ask(secret))

    assert answers == [
        [200, 200, 200],
        [429, 429, 429],
        [200, 200, 429],
        [429, 429, 429],
        [200, 200, 200],
        [429, 429, 429],
    ]


def test_being_let_in_never_comes_from_memory(fleet: Fleet) -> None:
    secret = fleet.creates()
    fleet.ask(secret)
    fleet.api.calls.clear()

    let_in = [*fleet.ask(secret), *fleet.ask(secret)]

    assert let_in == [200] * 2 * FUNCTIONS
    assert fleet.api.calls == ["UpdateItem"] * 2 * FUNCTIONS
    fleet.api.aws.dynamodb.delete_table(TableName="keys")
    assert fleet.ask(secret) == [503] * FUNCTIONS
