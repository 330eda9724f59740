"""What is kept of a key, what of it is shown, and how its changes are told and ordered."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.api_keys import KeyStatus, imported_key_id, mint
from model_catalog.key_records import (
    Action,
    Actor,
    AuditRecord,
    FactChange,
    KeyRecord,
    UnreadableAudit,
    UnreadableKey,
    changes_between,
    utc_micros,
)
from model_catalog.limits import Window
from support.builders import ACTOR, key_record
from support.clock import NOON

MINTED = mint("0123456789abcdef")
PLAIN = key_record(MINTED)
FULL = replace(
    key_record(
        MINTED,
        name="laptop",
        status=KeyStatus.DISABLED,
        previous_secret_hash="e" * 64,
        previous_expires_at=NOON + timedelta(hours=1),
        allowed_models=frozenset({"gpt-5", "@frontier"}),
        permissions=frozenset({"models.read", "a"}),
        allowed_ips=frozenset({ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")}),
        limits={Window.MONTH: 1000, Window.MINUTE: 5},
        expires_at=NOON + timedelta(days=1, microseconds=1),
    ),
    owner="me@example.com",
    tags={"team": "search"},
)
AUDIT = AuditRecord(
    key_id="0123456789abcdef",
    key_name="laptop",
    action=Action.UPDATED,
    at=NOON,
    actor=ACTOR,
    version=2,
    changes=(FactChange("owner", "me", "you"),),
)
ANYWHERE = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.datetimes(
    datetime(1970, 1, 3),  # noqa: DTZ001 - the zone is given beside it
    datetime(2199, 12, 29),  # noqa: DTZ001
    timezones=ANYWHERE,
)


# Keys


def test_a_secret_is_recognized_by_its_prefix_and_half_its_key_id() -> None:
    assert MINTED.prefix == "sk-clb-01234567"
    assert MINTED.secret.startswith(MINTED.prefix)


def test_a_key_whose_secret_carries_no_id_is_named_by_16_digits_of_its_digest() -> None:
    assert imported_key_id("0123456789abcdef" + "f" * 48) == "0123456789abcdef"


def test_a_new_key_is_nobodys_was_never_used_and_is_in_its_first_version() -> None:
    record = KeyRecord(key=PLAIN.key, created_at=NOON, created_by="me")

    assert record.owner == ""
    assert record.tags == {}
    assert record.last_used_at is None
    assert record.counts == {}
    assert record.version == 1


def test_two_new_keys_share_no_tags_and_no_counters() -> None:
    other = KeyRecord(key=PLAIN.key, created_at=NOON, created_by="me")

    assert other.tags is not PLAIN.tags
    assert other.counts is not PLAIN.counts


def test_usage_is_told_for_the_moment_from_the_keys_own_limits_and_counters() -> None:
    minute = Window.MINUTE.number(NOON)
    record = replace(FULL, counts={(Window.MINUTE, minute): 3, (Window.MINUTE, minute + 1): 1})

    now, later = (record.usage(NOON + timedelta(minutes=minutes)) for minutes in (0, 1))

    assert [(status.window, status.remaining) for status in now.limited] == [
        (Window.MINUTE, 2),
        (Window.MONTH, 1000),
    ]
    assert [status.remaining for status in later.limited] == [4, 1000]


def test_facts_are_everything_operators_set_in_a_fixed_order() -> None:
    facts = FULL.facts

    assert facts == {
        "name": "laptop",
        "owner": "me@example.com",
        "tags": {"team": "search"},
        "status": "disabled",
        "prefix": "sk-clb-01234567",
        "allowed_models": ["@frontier", "gpt-5"],
        "permissions": ["a", "models.read"],
        "allowed_ips": ["10.0.0.0/8", "2001:db8::/32"],
        "limits": {"minute": 5, "month": 1000},
        "expires_at": "2026-11-23T12:00:00Z",
        "previous_expires_at": "2026-11-22T13:00:00Z",
    }
    assert isinstance(facts["limits"], dict)
    assert [*facts["limits"]] == ["minute", "month"]


def test_a_key_without_any_restriction_has_all_facts_too() -> None:
    assert PLAIN.facts == {
        "name": "test",
        "owner": "",
        "tags": {},
        "status": "active",
        "prefix": "sk-clb-01234567",
        "allowed_models": [],
        "permissions": ["models.read"],
        "allowed_ips": [],
        "limits": {},
        "expires_at": None,
        "previous_expires_at": None,
    }


def test_facts_are_json_and_secrets_leave_no_trace_in_them() -> None:
    text = json.dumps(FULL.facts)

    assert json.loads(text) == FULL.facts
    for hidden in (MINTED.secret_hash, "e" * 64, MINTED.secret, MINTED.secret[23:]):
        assert hidden not in text


def test_facts_are_a_copy_that_leaves_the_key_as_it_was() -> None:
    tags = FULL.facts["tags"]
    assert isinstance(tags, dict)

    tags["team"] = "other"

    assert FULL.tags == {"team": "search"}


def test_what_a_record_shows_of_itself_holds_no_digest() -> None:
    assert MINTED.secret_hash not in repr(FULL)
    assert "e" * 64 not in repr(FULL)


# Changes


def test_a_new_key_changes_every_fact_it_says() -> None:
    changes = changes_between(None, FULL)

    assert changes == tuple(FactChange(fact, None, after) for fact, after in FULL.facts.items())


def test_what_a_new_key_does_not_say_is_no_change() -> None:
    changes = changes_between(None, PLAIN)

    assert changes == (
        FactChange("name", None, "test"),
        FactChange("status", None, "active"),
        FactChange("prefix", None, "sk-clb-01234567"),
        FactChange("permissions", None, ["models.read"]),
    )


def test_a_deleted_key_takes_every_fact_it_said_with_it() -> None:
    changes = changes_between(FULL, None)

    assert changes == tuple(FactChange(fact, before, None) for fact, before in FULL.facts.items())


def test_between_a_key_and_itself_nothing_changes() -> None:
    assert changes_between(FULL, FULL) == ()
    assert changes_between(None, None) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"owner": "you"}, FactChange("owner", "me@example.com", "you")),
        ({"owner": ""}, FactChange("owner", "me@example.com", "")),
        ({"tags": {}}, FactChange("tags", {"team": "search"}, {})),
        (
            {"tags": {"team": "search", "a": ""}},
            FactChange("tags", {"team": "search"}, {"team": "search", "a": ""}),
        ),
    ],
)
def test_only_what_differs_is_a_change(changes: dict[str, Any], expected: FactChange) -> None:
    assert changes_between(FULL, replace(FULL, **changes)) == (expected,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"expires_at": None}, FactChange("expires_at", "2026-11-23T12:00:00Z", None)),
        ({"status": KeyStatus.ACTIVE}, FactChange("status", "disabled", "active")),
        ({"limits": {Window.DAY: 1}}, FactChange("limits", FULL.facts["limits"], {"day": 1})),
        ({"allowed_models": frozenset()}, FactChange("allowed_models", ["@frontier", "gpt-5"], [])),
    ],
)
def test_a_change_of_the_key_itself_is_told(changes: dict[str, Any], expected: FactChange) -> None:
    after = replace(FULL, key=replace(FULL.key, **changes))

    assert changes_between(FULL, after) == (expected,)


def test_what_requests_do_to_a_key_is_no_change_of_it() -> None:
    used = replace(FULL, last_used_at=NOON, counts={(Window.DAY, 1): 5}, version=9)

    assert changes_between(FULL, used) == ()


def test_a_new_secret_changes_no_fact() -> None:
    rotated = replace(FULL, key=replace(FULL.key, secret_hash="d" * 64))

    assert changes_between(FULL, rotated) == ()


# The trail


def test_actions_are_told_in_one_word() -> None:
    assert [*map(str, Action)] == [
        "created",
        "imported",
        "updated",
        "disabled",
        "enabled",
        "revoked",
        "rotated",
        "deleted",
    ]


def test_an_audit_record_is_as_it_was_written_until_it_turns_out_not_to_be() -> None:
    assert AUDIT.intact


def test_an_audit_record_lies_at_its_time_and_a_digest_of_32_digits() -> None:
    moment, _, digest = AUDIT.sort_key.partition("#")

    assert moment == "2026-11-22T12:00:00.000000Z"
    assert len(digest) == 32
    assert set(digest) <= set("0123456789abcdef")


def test_the_same_record_always_lies_in_the_same_place() -> None:
    again = replace(AUDIT, at=NOON.astimezone(timezone(timedelta(hours=2))), intact=False)

    assert again.sort_key == AUDIT.sort_key


@pytest.mark.parametrize(
    "changes",
    [
        {"key_id": "fedcba9876543210"},
        {"key_name": "desktop"},
        {"action": Action.ROTATED},
        {"at": NOON + timedelta(microseconds=1)},
        {"actor": Actor("somebody else", ACTOR.host)},
        {"actor": Actor(ACTOR.name, "another-host")},
        {"actor": Actor(ACTOR.host, ACTOR.name)},
        {"version": 3},
        {"changes": ()},
        {"changes": (FactChange("owner", "you", "me"),)},
        {"changes": (FactChange("name", "me", "you"),)},
        {"changes": (*AUDIT.changes, FactChange("name", "a", "b"))},
    ],
)
def test_a_record_that_says_anything_else_has_another_digest(changes: dict[str, Any]) -> None:
    other = replace(AUDIT, **changes)

    assert other.sort_key.partition("#")[2] != AUDIT.sort_key.partition("#")[2]


def test_changes_are_stored_by_fact_as_a_pair_of_before_and_after() -> None:
    audit = replace(AUDIT, changes=(*AUDIT.changes, FactChange("limits", None, {"day": 5})))

    assert audit.changes_text == '{"owner": ["me", "you"], "limits": [null, {"day": 5}]}'


def test_what_cannot_be_read_is_told_by_its_place() -> None:
    assert UnreadableKey("a") == UnreadableKey(key_id="a")
    assert UnreadableAudit("a", "b") == UnreadableAudit(key_id="a", sort_key="b")


# Moments


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2026-11-22T12:00:00.000000Z"),
        (NOON + timedelta(microseconds=7), "2026-11-22T12:00:00.000007Z"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))), "2025-12-31T23:00:00.000000Z"),
    ],
)
def test_a_moment_is_told_in_utc_to_the_microsecond(moment: datetime, text: str) -> None:
    assert utc_micros(moment) == text


@given(MOMENTS)
def test_a_told_moment_is_read_back(moment: datetime) -> None:
    read = datetime.fromisoformat(utc_micros(moment))

    assert read == moment
    assert read.tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_told_moments_sort_by_time(one: datetime, other: datetime) -> None:
    assert (utc_micros(one) < utc_micros(other)) is (one < other)
