"""A key survives the table, and an item nobody can read is never taken for a key."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.api_keys import ApiKey
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_items import (
    admission_of,
    counter_name,
    primary_key,
    time_value,
)
from model_catalog.limits import Window
from support.clock import NOON

MINIMAL: dict[str, Any] = {
    "pk": {"S": "KEY#0123456789abcdef"},
    "sk": {"S": "KEY"},
    "status": {"S": "active"},
    "secret_hash": {"S": "f" * 64},
}
COMPLETE: dict[str, Any] = {
    **MINIMAL,
    "name": {"S": "laptop"},
    "prefix": {"S": "sk-clb-01234567"},
    "previous_secret_hash": {"S": "e" * 64},
    "previous_expires_at": {"N": "1795348800"},
    "allowed_models": {"L": [{"S": "gpt-5"}, {"S": "@frontier"}]},
    "permissions": {"L": [{"S": "models.read"}]},
    "allowed_ips": {"L": [{"S": "10.0.0.0/8"}]},
    "limits": {"M": {"minute": {"N": "5"}, "month": {"N": "1000"}}},
    "expires_at": {"N": "1795348800.5"},
    "used_minute_29922480": {"N": "3"},
}


def read(item: dict[str, Any]) -> ApiKey:
    return admission_of(item, NOON).key


def test_a_key_lies_under_its_id() -> None:
    assert primary_key("0123456789abcdef") == {
        "pk": {"S": "KEY#0123456789abcdef"},
        "sk": {"S": "KEY"},
    }


def test_an_item_written_by_hand_needs_no_more_than_a_status_and_a_digest() -> None:
    assert read(MINIMAL) == ApiKey(
        key_id="0123456789abcdef",
        name="",
        prefix="sk-clb-01234567",
        secret_hash="f" * 64,
        permissions=frozenset(),
    )


def test_everything_an_item_says_is_read() -> None:
    assert read(COMPLETE) == ApiKey(
        key_id="0123456789abcdef",
        name="laptop",
        prefix="sk-clb-01234567",
        secret_hash="f" * 64,
        previous_secret_hash="e" * 64,
        previous_expires_at=NOON,
        allowed_models=frozenset({"gpt-5", "@frontier"}),
        permissions=frozenset({"models.read"}),
        allowed_ips=frozenset({ip_network("10.0.0.0/8")}),
        limits={Window.MINUTE: 5, Window.MONTH: 1000},
        expires_at=NOON + timedelta(seconds=0.5),
    )


def test_attributes_of_other_programs_are_let_be() -> None:
    assert read({**MINIMAL, "owner": {"S": "me"}, "ttl": {"NULL": True}}) == read(MINIMAL)


@pytest.mark.parametrize("name", ["allowed_models", "permissions", "allowed_ips"])
@pytest.mark.parametrize("nothing", [{"NULL": True}, {"L": []}, None])
def test_a_list_that_is_null_empty_or_absent_is_empty(name: str, nothing: Any) -> None:
    given_item = {**COMPLETE, name: nothing}
    item = {key: value for key, value in given_item.items() if value is not None}

    assert getattr(read(item), name) == frozenset()


@pytest.mark.parametrize("name", ["allowed_models", "permissions"])
def test_texts_may_be_a_list_or_a_set(name: str) -> None:
    as_list = read({**MINIMAL, name: {"L": [{"S": "a"}, {"S": "b"}]}})
    as_set = read({**MINIMAL, name: {"SS": ["a", "b"]}})

    assert getattr(as_list, name) == getattr(as_set, name) == frozenset({"a", "b"})


@pytest.mark.parametrize("limits", [{"M": {}}, None])
def test_a_key_may_have_no_limits(limits: Any) -> None:
    item = {**MINIMAL, "limits": limits} if limits else MINIMAL

    assert read(item).limits == {}


@pytest.mark.parametrize("name", ["pk", "secret_hash", "status"])
def test_an_item_without_what_every_key_has_cannot_be_read(name: str) -> None:
    item = {other: value for other, value in COMPLETE.items() if other != name}

    with pytest.raises(KeyStoreUnavailableError):
        read(item)


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "sk"])
@pytest.mark.parametrize(
    "broken",
    [{"B": b"x"}, {"BOOL": True}, {"NS": ["1"]}, {"L": [{"N": "1"}]}, {"M": {"x": {"S": "y"}}}],
)
def test_an_attribute_of_another_type_makes_the_item_unreadable(name: str, broken: Any) -> None:
    with pytest.raises(KeyStoreUnavailableError):
        read({**COMPLETE, name: broken})


@pytest.mark.parametrize(
    "broken",
    [
        {"status": {"S": "paused"}},
        {"status": {"S": ""}},
        {"name": {"NULL": True}},
        {"expires_at": {"NULL": True}},
        {"expires_at": {"S": "2026-11-22T12:00:00Z"}},
        {"expires_at": {"N": "1795348800000"}},
        {"expires_at": {"N": "1795348800000000000"}},
        {"expires_at": {"N": "9" + "0" * 125}},
        {"previous_expires_at": {"N": "-1795348800000000000"}},
        {"allowed_models": {"S": "gpt-5"}},
        {"permissions": {"S": "models.read"}},
        {"allowed_ips": {"L": [{"S": "10.0.0.0/99"}]}},
        {"allowed_ips": {"L": [{"S": "10.0.0.7/8"}]}},
        {"allowed_ips": {"SS": ["office"]}},
        {"limits": {"NULL": True}},
        {"limits": {"M": {"year": {"N": "5"}}}},
        {"limits": {"M": {"minute": {"S": "5"}}}},
        {"limits": {"M": {"minute": {"N": "2.5"}}}},
        {"used_minute_29922480": {"S": "3"}},
        {"used_fortnight_1": {"N": "3"}},
        {"used_minute": {"N": "3"}},
        {"used_minute_x": {"N": "3"}},
    ],
)
def test_a_value_that_means_nothing_makes_the_item_unreadable(broken: dict[str, Any]) -> None:
    with pytest.raises(KeyStoreUnavailableError) as caught:
        read({**COMPLETE, **broken})

    assert caught.value.details == {"reason": "MalformedItem"}
    assert caught.value.__cause__ is not None


@given(
    st.sampled_from(["expires_at", "previous_expires_at"]),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
)
def test_any_number_is_a_moment_or_unreadable(name: str, number: object) -> None:
    try:
        key = read({**MINIMAL, name: {"N": str(number)}})
    except KeyStoreUnavailableError:
        return

    assert getattr(key, name).tzinfo is UTC


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(Window), st.integers(0, 10**9)), st.integers(0, 10**9)
    )
)
def test_counters_are_read_with_their_window_and_number(
    counts: dict[tuple[Window, int], int],
) -> None:
    counters = {counter_name(*counted): {"N": str(count)} for counted, count in counts.items()}

    assert admission_of(MINIMAL | counters, NOON).usage.counts == counts


def test_usage_is_told_for_the_moment_and_the_keys_own_limits() -> None:
    usage = admission_of(COMPLETE, NOON).usage

    assert [(status.window, status.limit, status.used) for status in usage.limited] == [
        (Window.MINUTE, 5, 3),
        (Window.MONTH, 1000, 0),
    ]


@pytest.mark.parametrize(
    ("moment", "stored"),
    [
        (NOON, "1795348800.000000"),
        (NOON + timedelta(microseconds=1), "1795348800.000001"),
        (datetime(2026, 11, 22, 13, tzinfo=UTC), "1795352400.000000"),
    ],
)
def test_a_moment_is_stored_as_unix_seconds_to_the_microsecond(
    moment: datetime, stored: str
) -> None:
    assert time_value(moment) == {"N": stored}
