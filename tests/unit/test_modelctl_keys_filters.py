"""Which keys are listed, and how somebody who waits for them is kept company."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from model_catalog.api_keys import KeyStatus, mint
from modelctl.keys.filters import Filter
from modelctl.output import telling
from support.builders import entry, key_record
from support.clock import NOON

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("looked_for", "found"),
    [
        ({}, True),
        ({"status": KeyStatus.ACTIVE}, True),
        ({"status": KeyStatus.EXPIRED}, False),
        ({"name": "CI-"}, True),
        ({"name": "STRASSE"}, True),
        ({"name": "prod"}, False),
        ({"owner": "Ada"}, True),
        ({"owner": "ada"}, False),
        ({"owner": ""}, False),
        ({"tags": [("team", "search")]}, True),
        ({"tags": [("team", "search"), ("env", "ci")]}, True),
        ({"tags": [("team", "search"), ("env", "prod")]}, False),
        ({"tags": [("other", "")]}, False),
        ({"model": entry("openai/a")}, True),
        ({"model": entry("b")}, False),
        ({"expires_before": NOON + HOUR}, True),
        ({"expires_before": NOON + HOUR / 2}, False),
        ({"unused_since": NOON - HOUR}, True),
        ({"unused_since": NOON - 2 * HOUR}, False),
        ({"name": "ci", "owner": "Ada", "status": KeyStatus.DISABLED}, False),
    ],
)
def test_a_key_is_found_by_all_that_is_said_of_it(looked_for: dict[str, Any], found: bool) -> None:  # noqa: FBT001 - a column of the table
    record = replace(
        key_record(
            mint(),
            name="ci-straße",
            allowed_models=frozenset({"openai/*"}),
            expires_at=NOON + HOUR,
        ),
        owner="Ada",
        tags={"team": "search", "env": "ci"},
        last_used_at=NOON - HOUR,
    )

    assert Filter(**looked_for).matches(record, NOON) is found


def test_a_key_counts_as_it_stands_now() -> None:
    expired = key_record(mint(), expires_at=NOON)

    assert Filter(status=KeyStatus.EXPIRED).matches(expired, NOON)
    assert not Filter(status=KeyStatus.ACTIVE).matches(expired, NOON)


def test_a_key_that_never_expires_does_not_expire_soon() -> None:
    assert not Filter(expires_before=NOON + 1000 * HOUR).matches(key_record(mint()), NOON)


def test_a_key_nobody_used_counts_from_when_it_was_made() -> None:
    record = key_record(mint())

    assert Filter(unused_since=NOON).matches(record, NOON)
    assert not Filter(unused_since=NOON - HOUR).matches(record, NOON)


def test_a_key_without_an_allow_list_may_use_any_model() -> None:
    assert Filter(model=entry("a")).matches(key_record(mint()), NOON)


def test_no_key_may_use_a_model_outside_the_api() -> None:
    outside = entry("a", supported_in_api=False)

    assert not Filter(model=outside).matches(key_record(mint()), NOON)
    assert not Filter(model=outside).matches(
        key_record(mint(), allowed_models=frozenset("a")), NOON
    )


def test_a_key_without_an_owner_can_be_looked_for() -> None:
    assert Filter(owner="").matches(key_record(mint()), NOON)


def test_every_hundredth_thing_is_told_and_all_are_passed_on() -> None:
    told: list[str] = []

    passed = [*telling(range(1_101), told.append)]

    assert passed == [*range(1_101)]
    assert told[:3] == ["0", "100", "200"]
    assert told[-2:] == ["1,000", "1,100"]
    assert len(told) == 12


def test_of_nothing_there_is_nothing_to_tell() -> None:
    told: list[str] = []

    assert [*telling([], told.append)] == told == []
