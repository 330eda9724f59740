"""Who would notice a new snapshot."""

from datetime import timedelta
from typing import Any

import pytest

from model_catalog.api_keys import ApiKey, KeyStatus, mint
from model_catalog.key_records import UnreadableKey
from model_catalog.snapshot import CatalogEntry
from modelctl.reach import Affected, affected
from support.builders import api_key, entry, snapshot
from support.clock import NOON


def key(*allowed: str, **changes: Any) -> ApiKey:
    return api_key(mint(), allowed_models=frozenset(allowed), **changes)


def effect(
    keys: list[ApiKey], before: list[CatalogEntry], after: list[CatalogEntry]
) -> list[tuple[list[str], list[str]]]:
    """Return what each affected key gains and loses."""
    found = affected(keys, snapshot(*before), snapshot(*after), NOON)
    return [([*each.gained], [*each.lost]) for each in found.keys]


def test_keys_gain_and_lose_the_models_they_may_use() -> None:
    keys = [key(), key("a"), key("b"), key("c*"), key("@new")]

    found = effect(keys, [entry("a"), entry("x")], [entry("x"), entry("b", groups=("new",))])

    assert found == [(["b"], ["a"]), ([], ["a"]), (["b"], []), (["b"], [])]


def test_whoever_is_affected_is_named_and_counted() -> None:
    one, other = key("a", name="one"), key("a", "b", name="other")

    found = affected([one, other, key("z")], snapshot(entry("a")), snapshot(entry("b")), NOON)

    assert [(each.key_id, each.name) for each in found.keys] == [
        (one.key_id, "one"),
        (other.key_id, "other"),
    ]
    assert (found.active, found.gaining, found.losing) == (3, 1, 2)
    assert (found.gained, found.lost) == ({"b": 1}, {"a": 2})


@pytest.mark.parametrize(
    ("before", "after", "gained", "lost"),
    [
        ({}, {"visibility": "hide"}, [], ["a"]),
        ({"visibility": "hide"}, {}, ["a"], []),
        ({"visibility": "hide"}, {"supported_in_api": False}, [], ["a"]),
        ({"supported_in_api": False}, {"supported_in_api": False, "visibility": "hide"}, [], []),
        ({"groups": ("g",)}, {}, [], ["a"]),
        ({}, {"aliases": ("old",)}, ["a"], []),
        ({"groups": ("g",)}, {"groups": ("g",), "priority": 1}, [], []),
    ],
)
def test_models_appear_and_disappear_without_being_added_or_removed(
    before: dict[str, Any], after: dict[str, Any], gained: list[str], lost: list[str]
) -> None:
    holder = key("@g", "old") if {"groups", "aliases"} & {*before, *after} else key()

    found = effect([holder], [entry("a", **before)], [entry("a", **after)])

    assert found == ([(gained, lost)] if gained or lost else [])


@pytest.mark.parametrize(
    "changes",
    [
        {"status": KeyStatus.DISABLED},
        {"status": KeyStatus.REVOKED},
        {"expires_at": NOON - timedelta(seconds=1)},
        {"permissions": frozenset()},
    ],
)
def test_a_key_that_lists_nothing_anyway_is_not_affected(changes: dict[str, Any]) -> None:
    found = affected([key(**changes)], snapshot(), snapshot(entry("a")), NOON)

    assert found == Affected(active=0, inactive=1, unreadable=[], keys=[])


def test_keys_nobody_can_read_are_told() -> None:
    found = affected([UnreadableKey("x"), key()], snapshot(), snapshot(), NOON)

    assert found == Affected(active=1, inactive=0, unreadable=["x"], keys=[])
