"""Keys and audit records survive the table, and what was tampered with is never taken for whole."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from model_catalog.api_keys import ApiKey, KeyStatus, mint
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_items import counter_name
from model_catalog.key_records import (
    Action,
    Actor,
    AuditRecord,
    FactChange,
    KeyRecord,
    UnreadableAudit,
    UnreadableKey,
)
from model_catalog.limits import Window
from model_catalog.record_items import (
    attributes_of,
    audit_item_of,
    audit_of,
    item_of,
    record_of,
    record_or_unreadable,
    trail_key,
    trail_start,
    version_value,
)
from support.builders import ACTOR, key_record
from support.clock import NOON
from support.strategies import json_values, texts

MINTED = mint("0123456789abcdef")
PLAIN = key_record(MINTED)
FULL = replace(
    key_record(
        MINTED,
        name="laptop",
        previous_secret_hash="e" * 64,
        previous_expires_at=NOON,
        allowed_models=frozenset({"gpt-5", "@frontier"}),
        allowed_ips=frozenset({ip_network("10.0.0.0/8")}),
        limits={Window.MINUTE: 5, Window.MONTH: 1000},
        expires_at=NOON + timedelta(seconds=0.5),
    ),
    owner="me",
    tags={"team": "search"},
    last_used_at=NOON + timedelta(seconds=1),
    version=7,
)
AUDIT = AuditRecord(
    key_id="0123456789abcdef",
    key_name="laptop",
    action=Action.UPDATED,
    at=NOON,
    actor=ACTOR,
    version=2,
    changes=(FactChange("owner", "me", "you"), FactChange("limits", None, {"day": 5})),
)

MOMENTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001 - the zone is given beside it
    datetime(2199, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
NETWORKS = st.builds(IPv4Network, st.ip_addresses(v=4)) | st.builds(
    IPv6Network, st.tuples(st.integers(0, 2**64 - 1).map(lambda high: high << 64), st.just(64))
)
KEY_IDS = st.from_regex(r"[0-9A-Za-z]{16}", fullmatch=True)
DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
KEYS = st.builds(
    ApiKey,
    key_id=KEY_IDS,
    name=st.text(),
    prefix=st.text(min_size=1),
    secret_hash=DIGESTS,
    status=st.sampled_from([KeyStatus.ACTIVE, KeyStatus.DISABLED, KeyStatus.REVOKED]),
    previous_secret_hash=st.none() | DIGESTS,
    previous_expires_at=st.none() | MOMENTS,
    allowed_models=st.frozensets(st.text()),
    permissions=st.frozensets(st.text(min_size=1)),
    allowed_ips=st.frozensets(NETWORKS, max_size=5),
    limits=st.dictionaries(st.sampled_from(Window), st.integers(1, 10**18)),
    expires_at=st.none() | MOMENTS,
)
RECORDS = st.builds(
    KeyRecord,
    key=KEYS,
    owner=texts,
    tags=st.dictionaries(texts, texts, max_size=4),
    created_at=MOMENTS,
    created_by=texts,
    last_used_at=st.none() | MOMENTS,
    version=st.integers(1, 10**9),
)
AUDITS = st.builds(
    AuditRecord,
    key_id=KEY_IDS,
    key_name=texts,
    action=st.sampled_from(Action),
    at=MOMENTS,
    actor=st.builds(Actor, texts, texts),
    version=st.integers(1, 10**9),
    changes=st.lists(
        st.builds(FactChange, texts, json_values, json_values),
        max_size=4,
        unique_by=lambda change: change.fact,
    ).map(tuple),
)
VALUES: st.SearchStrategy[dict[str, Any]] = (
    texts.map(lambda text: {"S": text})
    | st.sampled_from(Action).map(lambda action: {"S": action.value})
    | st.dictionaries(texts, st.tuples(json_values, json_values), max_size=2).map(
        lambda changes: {"S": json.dumps(changes)}
    )
    | st.integers(0, 10**6).map(lambda number: {"N": str(number)})
    | st.sampled_from([{"NULL": True}, {"L": []}, {"M": {}}, {"SS": ["a"]}, {"B": b"x"}])
)


# Keys


@given(RECORDS)
@example(FULL)
def test_a_record_is_read_as_it_was_stored(record: KeyRecord) -> None:
    assert record_of(item_of(record)) == record
    assert record_or_unreadable(item_of(record)) == record


def test_a_new_key_is_stored_with_all_that_is_said_of_it() -> None:
    assert item_of(FULL) == {
        "pk": {"S": "KEY#0123456789abcdef"},
        "sk": {"S": "KEY"},
        "schema": {"N": "1"},
        "version": {"N": "7"},
        "name": {"S": "laptop"},
        "prefix": {"S": "sk-clb-01234567"},
        "status": {"S": "active"},
        "secret_hash": {"S": MINTED.secret_hash},
        "previous_secret_hash": {"S": "e" * 64},
        "previous_expires_at": {"N": "1795348800.000000"},
        "permissions": {"L": [{"S": "models.read"}]},
        "allowed_models": {"L": [{"S": "@frontier"}, {"S": "gpt-5"}]},
        "allowed_ips": {"L": [{"S": "10.0.0.0/8"}]},
        "limits": {"M": {"minute": {"N": "5"}, "month": {"N": "1000"}}},
        "expires_at": {"N": "1795348800.500000"},
        "remove_at": {"N": "1803124800"},
        "owner": {"S": "me"},
        "tags": {"M": {"team": {"S": "search"}}},
        "last_used_at": {"N": "1795348801.000000"},
        "created_at": {"N": "1795348800.000000"},
        "created_by": {"S": "test"},
    }


@pytest.mark.parametrize(
    "expires_at",
    [
        datetime(9999, 10, 2, 23, 59, 59, tzinfo=UTC),
        datetime(9999, 10, 3, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_key_may_expire_as_late_as_there_is_a_time(expires_at: datetime) -> None:
    record = key_record(MINTED, expires_at=expires_at)

    item = item_of(record)

    latest = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert item["remove_at"] == {"N": str(int(latest.timestamp()))}
    assert record_of(item).key.expires_at == min(expires_at, latest)


def test_what_a_key_does_not_say_is_no_attribute_but_its_lists_and_limits_are() -> None:
    assert item_of(PLAIN) == {
        "pk": {"S": "KEY#0123456789abcdef"},
        "sk": {"S": "KEY"},
        "schema": {"N": "1"},
        "version": {"N": "1"},
        "name": {"S": "test"},
        "prefix": {"S": "sk-clb-01234567"},
        "status": {"S": "active"},
        "secret_hash": {"S": MINTED.secret_hash},
        "permissions": {"L": [{"S": "models.read"}]},
        "allowed_models": {"L": []},
        "allowed_ips": {"L": []},
        "limits": {"M": {}},
        "created_at": {"N": "1795348800.000000"},
        "created_by": {"S": "test"},
    }


@pytest.mark.parametrize("record", [PLAIN, FULL], ids=["plain", "full"])
def test_a_key_that_never_expires_has_no_time_of_expiry(record: KeyRecord) -> None:
    never = replace(record, key=replace(record.key, expires_at=None))

    assert "expires_at" not in item_of(never)


def test_of_a_secret_only_its_digest_is_stored() -> None:
    text = repr(item_of(PLAIN))

    assert MINTED.secret_hash in text
    assert MINTED.secret not in text
    assert MINTED.secret[len(MINTED.prefix) :] not in text
    assert MINTED.secret[23:55] not in text


@pytest.mark.parametrize("record", [PLAIN, FULL], ids=["plain", "full"])
def test_a_new_key_has_counted_nothing(record: KeyRecord) -> None:
    used = replace(record, counts={(Window.DAY, 1): 5})

    assert item_of(used) == item_of(record)


@pytest.mark.parametrize("record", [PLAIN, FULL], ids=["plain", "full"])
def test_a_change_never_writes_what_requests_write_nor_who_made_the_key(record: KeyRecord) -> None:
    written = attributes_of(record)
    later = replace(
        record,
        counts={(Window.DAY, 1): 5},
        last_used_at=NOON,
        created_at=NOON,
        created_by="me",
        version=record.version + 1,
    )

    others = {"pk", "sk", "schema", "version", "last_used_at", "created_at", "created_by"}
    assert not written.keys() & others
    assert attributes_of(later) == written
    assert item_of(record).items() >= written.items()


def test_a_version_is_stored_as_a_number() -> None:
    assert version_value(12) == {"N": "12"}


def test_counters_and_the_last_use_are_read_with_the_key() -> None:
    counter = {counter_name(Window.MINUTE, 29922480): {"N": "3"}}

    record = record_of({**item_of(FULL), **counter})  # type: ignore[dict-item] # a number

    assert record == replace(FULL, counts={(Window.MINUTE, 29922480): 3})


@pytest.mark.parametrize("name", ["created_at", "created_by", "version", "secret_hash", "status"])
def test_a_record_without_what_every_key_has_cannot_be_read(name: str) -> None:
    item = {other: value for other, value in item_of(FULL).items() if other != name}

    with pytest.raises(KeyStoreUnavailableError) as caught:
        record_of(item)

    assert caught.value.details == {"reason": "MalformedItem"}
    assert record_or_unreadable(item) == UnreadableKey("0123456789abcdef")


@pytest.mark.parametrize("name", ["owner", "tags", "last_used_at"])
def test_a_record_need_not_say_anything_else(name: str) -> None:
    item = {other: value for other, value in item_of(FULL).items() if other != name}

    record = record_of(item)

    assert not getattr(record, name)


@pytest.mark.parametrize(
    "broken",
    [
        {"owner": {"N": "1"}},
        {"owner": {"NULL": True}},
        {"tags": {"NULL": True}},
        {"tags": {"L": []}},
        {"tags": {"M": {"team": {"N": "1"}}}},
        {"created_at": {"S": "2026-11-22T12:00:00Z"}},
        {"created_at": {"N": "1795348800000000"}},
        {"created_at": {"N": "9" + "0" * 125}},
        {"created_by": {"NULL": True}},
        {"last_used_at": {"S": "now"}},
        {"last_used_at": {"N": "1E+100"}},
        {"version": {"S": "1"}},
        {"version": {"N": "1.5"}},
        {"status": {"S": "asleep"}},
        {"used_year_1": {"N": "1"}},
    ],
)
def test_a_value_that_means_nothing_makes_the_record_unreadable(broken: dict[str, Any]) -> None:
    item = {**item_of(FULL), **broken}

    with pytest.raises(KeyStoreUnavailableError) as caught:
        record_of(item)

    assert caught.value.details == {"reason": "MalformedItem"}
    assert record_or_unreadable(item) == UnreadableKey("0123456789abcdef")


# The trail


def test_a_trail_lies_apart_from_its_key() -> None:
    assert trail_key("0123456789abcdef") == {"S": "AUDIT#0123456789abcdef"}


def test_a_trail_begins_with_its_first_record_or_at_a_moment() -> None:
    assert trail_start(None) == {"S": "0"}
    assert trail_start(NOON) == {"S": "2026-11-22T12:00:00.000000Z"}


@given(AUDITS, MOMENTS)
def test_a_record_lies_behind_where_the_trail_since_a_moment_begins_if_it_is_of_that_time(
    audit: AuditRecord, since: datetime
) -> None:
    lies = audit_item_of(audit)["sk"]["S"]

    assert trail_start(None)["S"] <= lies
    assert trail_start(audit.at)["S"] <= lies
    assert (trail_start(since)["S"] <= lies) is (since <= audit.at)


def test_an_audit_record_is_stored_with_all_it_says() -> None:
    assert audit_item_of(AUDIT) == {
        "pk": {"S": "AUDIT#0123456789abcdef"},
        "sk": {"S": AUDIT.sort_key},
        "schema": {"N": "1"},
        "key_name": {"S": "laptop"},
        "action": {"S": "updated"},
        "actor": {"S": "tester"},
        "host": {"S": "test-host"},
        "version": {"N": "2"},
        "changes": {"S": '{"owner": ["me", "you"], "limits": [null, {"day": 5}]}'},
    }


@given(AUDITS)
@example(AUDIT)
def test_an_audit_record_is_read_as_it_was_stored(audit: AuditRecord) -> None:
    read = audit_of(audit_item_of(audit))

    assert read == audit
    assert isinstance(read, AuditRecord)
    assert read.intact


def whole(item: dict[str, Any]) -> bool:
    """Tell whether an item reads as an audit record that is as it was written."""
    read = audit_of(item)
    return isinstance(read, AuditRecord) and read.intact


@given(
    AUDITS,
    st.sampled_from(["key_name", "action", "actor", "host", "version", "changes"]),
    VALUES,
)
def test_no_replaced_attribute_goes_unnoticed(
    audit: AuditRecord, name: str, value: dict[str, Any]
) -> None:
    item: dict[str, Any] = {**audit_item_of(audit)}
    assume(item[name] != value)

    assert not whole({**item, name: value})


@given(AUDITS, KEY_IDS)
def test_no_record_moved_to_another_keys_trail_goes_unnoticed(
    audit: AuditRecord, key_id: str
) -> None:
    assume(key_id != audit.key_id)

    assert not whole({**audit_item_of(audit), "pk": trail_key(key_id)})


@given(AUDITS, texts | MOMENTS.map(lambda at: replace(AUDIT, at=at).sort_key))
def test_no_record_moved_to_another_place_goes_unnoticed(audit: AuditRecord, place: str) -> None:
    assume(place != audit.sort_key)

    assert not whole({**audit_item_of(audit), "sk": {"S": place}})


@given(AUDITS, MOMENTS)
def test_no_record_moved_to_another_time_goes_unnoticed(audit: AuditRecord, at: datetime) -> None:
    assume(at != audit.at)
    moment, _, digest = audit.sort_key.partition("#")
    other = replace(audit, at=at).sort_key.partition("#")[0]
    assert moment != other

    read = audit_of({**audit_item_of(audit), "sk": {"S": f"{other}#{digest}"}})

    assert read == replace(audit, at=at, intact=False)


@pytest.mark.parametrize("name", ["key_name", "action", "actor", "host", "version", "changes"])
def test_an_audit_record_that_lacks_something_is_told_by_its_place(name: str) -> None:
    item = {other: value for other, value in audit_item_of(AUDIT).items() if other != name}

    assert audit_of(item) == UnreadableAudit("0123456789abcdef", AUDIT.sort_key)


@pytest.mark.parametrize(
    "broken",
    [
        {"sk": {"S": "yesterday"}},
        {"sk": {"S": ""}},
        {"sk": {"S": "0001-01-01T00:00:00+01:00#before the first moment there is"}},
        {"changes": {"S": "[" * 200_000}},
        {"action": {"S": "stolen"}},
        {"actor": {"NULL": True}},
        {"version": {"N": "1.5"}},
        {"version": {"S": "2"}},
        {"changes": {"M": {}}},
        {"changes": {"S": "not JSON"}},
        {"changes": {"S": "[]"}},
        {"changes": {"S": "null"}},
        {"changes": {"S": '{"owner": null}'}},
        {"changes": {"S": '{"owner": 5}'}},
        {"changes": {"S": '{"owner": ["me"]}'}},
        {"changes": {"S": '{"owner": ["me", "you", "both"]}'}},
    ],
    ids=lambda broken: str(broken)[:60],
)
def test_what_is_no_audit_record_is_told_by_its_place(broken: dict[str, Any]) -> None:
    item: dict[str, Any] = {**audit_item_of(AUDIT), **broken}

    assert audit_of(item) == UnreadableAudit("0123456789abcdef", item["sk"]["S"])


def test_a_record_that_was_tampered_with_says_what_it_says_now() -> None:
    item = {**audit_item_of(AUDIT), "actor": {"S": "somebody else"}}

    read = audit_of(item)  # type: ignore[arg-type] # a text

    assert read == replace(AUDIT, actor=Actor("somebody else", ACTOR.host), intact=False)
