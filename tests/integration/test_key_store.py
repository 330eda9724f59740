"""The keys' table decides over every request in one conditional write."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HTTPHeaders
from botocore.httpsession import URLLib3Session

from model_catalog.api_keys import (
    MODELS_READ,
    Admission,
    ApiKey,
    KeyStatus,
    PresentedSecret,
    Refusal,
    RefusalReason,
    mint,
)
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_items import counter_name, time_value
from model_catalog.key_records import KeyRecord
from model_catalog.key_store import DynamoKeyStore
from model_catalog.limits import Window
from support.builders import api_key, ledger
from support.clock import NOON, FakeClock
from support.stack import KeysTable, Printed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

OTHER = mint().secret_hash
A_SECOND = timedelta(seconds=1)

type Attributes = dict[str, "AttributeValueTypeDef | None"]


@dataclass
class Store:
    """The store under test, what it slept, and the table past it."""

    table: KeysTable
    slept: list[float] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    @property
    def store(self) -> DynamoKeyStore:
        return DynamoKeyStore(self.table.client, table_name="keys", sleep=self.slept.append)

    def keep(self, key: ApiKey) -> None:
        """Store a key."""
        ledger(self.table.client).create(KeyRecord(key=key, created_at=NOON, created_by="test"))

    def admit(self, secret: PresentedSecret, now: datetime = NOON) -> Admission | Refusal:
        return self.store.admit(secret, MODELS_READ, now)

    def admitted(self, secret: PresentedSecret, now: datetime = NOON) -> Admission:
        answer = self.admit(secret, now)
        assert isinstance(answer, Admission)
        return answer

    def refused(self, secret: PresentedSecret, now: datetime = NOON) -> Refusal:
        answer = self.admit(secret, now)
        assert isinstance(answer, Refusal)
        return answer

    def listen(self) -> None:
        """Write down every request from here on."""
        self.table.client.meta.events.register(
            "provide-client-params.dynamodb",
            lambda params, model, **_: self.sent.append({"operation": model.name, **params}),
        )

    def reply(self, *replies: tuple[int, bytes] | None) -> None:
        """Answer the next requests without the table; None lets one through."""
        left = iter(replies)

        def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
            reply = next(left, None)
            if reply is None:
                return None
            status, body = reply
            return AWSResponse(request.url, status, HTTPHeaders(), Raw(body))

        self.table.client.meta.events.register("before-send.dynamodb", answer)  # type: ignore[arg-type] # it may answer

    def lose_replies(self, *numbers: int) -> None:
        """Let every request through, but answer those of these numbers as if nothing had come."""
        sent = count(1)

        def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
            if next(sent) not in numbers:
                return None
            URLLib3Session().send(request)
            return AWSResponse(request.url, 500, HTTPHeaders(), Raw(b"{}"))

        self.table.client.meta.events.register("before-send.dynamodb", answer)  # type: ignore[arg-type] # it may answer


class Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def error(code: str) -> tuple[int, bytes]:
    return 400, f'{{"__type":"com.amazonaws.dynamodb.v20120810#{code}"}}'.encode()


def number(value: float) -> "AttributeValueTypeDef":
    return {"N": str(value)}


def counters(now: datetime, count: int, *, ago: int = 0) -> dict[str, int]:
    """Return all five windows' counters with the same count, as many windows ago as said."""
    return {counter_name(window, window.number(now) - ago): count for window in Window}


def stored(counts: dict[str, int]) -> Attributes:
    return {name: number(count) for name, count in counts.items()}


@pytest.fixture
def keys(table: KeysTable) -> Store:
    return Store(table)


@pytest.fixture
def atomic_keys(atomic_table: KeysTable) -> Store:
    """A store on ministack: moto would answer in process before anyone could get in between."""
    return Store(atomic_table)


# Admission


def test_an_admission_counts_one_request_in_each_of_the_five_windows(keys: Store) -> None:
    secret = keys.table.add()

    for _ in range(3):
        keys.admitted(secret)

    assert keys.table.counters(secret.key_id) == {
        f"used_minute_{29922480}": 3,
        f"used_hour_{498708}": 3,
        f"used_day_{20779}": 3,
        f"used_week_{2968}": 3,
        f"used_month_{682}": 3,
    }


def test_an_admission_changes_the_counters_and_the_time_of_use_and_nothing_else(
    keys: Store,
) -> None:
    secret = keys.table.add(limits={Window.DAY: 9}, expires_at=NOON + A_SECOND)
    before = keys.table.item(secret.key_id)

    keys.admitted(secret)

    after = keys.table.item(secret.key_id)
    assert float(after.pop("last_used_at")["N"]) == NOON.timestamp()
    assert after == {**before, **stored(counters(NOON, 1))}


def test_an_admission_is_one_call(keys: Store) -> None:
    secret = keys.table.add(limits=dict.fromkeys(Window, 5))
    keys.listen()

    keys.admitted(secret)

    assert [request["operation"] for request in keys.sent] == ["UpdateItem"]


def test_an_admission_tells_whose_key_it_is_and_what_is_left_after_it(keys: Store) -> None:
    minted = mint()
    key = api_key(minted, limits={Window.MINUTE: 5, Window.MONTH: 100})
    keys.keep(key)
    secret = PresentedSecret(minted.key_id, minted.secret_hash)

    keys.admitted(secret)
    admission = keys.admitted(secret)

    assert admission.key == key
    assert [(status.used, status.remaining) for status in admission.usage] == [
        (2, 3),
        (2, None),
        (2, None),
        (2, None),
        (2, 98),
    ]


def test_every_time_of_use_replaces_the_last(keys: Store) -> None:
    secret = keys.table.add()
    keys.admitted(secret)

    keys.admitted(secret, NOON + timedelta(seconds=90.25))

    assert float(keys.table.item(secret.key_id)["last_used_at"]["N"]) == 1795348890.25


# Refusals

REFUSED = {
    "another secret": ({"secret_hash": {"S": OTHER}}, RefusalReason.UNKNOWN),
    "disabled": ({"status": {"S": "disabled"}}, RefusalReason.DISABLED),
    "revoked": ({"status": {"S": "revoked"}}, RefusalReason.REVOKED),
    "expired long ago": ({"expires_at": number(1.5)}, RefusalReason.EXPIRED),
    "expiring right now": ({"expires_at": time_value(NOON)}, RefusalReason.EXPIRED),
    "no permissions": ({"permissions": {"L": []}}, RefusalReason.PERMISSION),
    "no list of permissions": ({"permissions": None}, RefusalReason.PERMISSION),
    "other permissions": ({"permissions": {"L": [{"S": "models"}]}}, RefusalReason.PERMISSION),
    "a limit of nothing": ({"limits": {"M": {"day": number(0)}}}, RefusalReason.LIMIT),
}


@pytest.mark.parametrize(("attributes", "reason"), REFUSED.values(), ids=REFUSED)
def test_each_condition_alone_refuses_and_changes_nothing(
    keys: Store, attributes: Attributes, reason: RefusalReason
) -> None:
    secret = keys.table.add()
    keys.table.change(secret.key_id, **attributes)
    before = keys.table.item(secret.key_id)
    keys.listen()

    refusal = keys.refused(secret)

    assert refusal.reason is reason
    assert [request["operation"] for request in keys.sent] == ["UpdateItem"]
    assert keys.table.item(secret.key_id) == before


def test_a_key_nobody_created_is_unknown_and_is_not_created_by_asking(keys: Store) -> None:
    minted = mint()

    refusal = keys.refused(PresentedSecret(minted.key_id, minted.secret_hash))

    assert refusal == Refusal(RefusalReason.UNKNOWN)
    assert keys.table.item(minted.key_id) == {}


def test_permissions_may_be_stored_as_a_set(keys: Store) -> None:
    secret = keys.table.add()
    keys.table.change(secret.key_id, permissions={"SS": [MODELS_READ, "other"]})

    admission = keys.admitted(secret)

    assert admission.key.permissions == {MODELS_READ, "other"}


@pytest.mark.parametrize("permission", ["models", "models.rea", "models.read.all"])
def test_a_permission_is_never_matched_in_part(keys: Store, permission: str) -> None:
    secret = keys.table.add(permissions=frozenset({permission}))

    assert keys.refused(secret).reason is RefusalReason.PERMISSION


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret_hash": OTHER}, RefusalReason.UNKNOWN),
        ({"status": KeyStatus.DISABLED}, RefusalReason.DISABLED),
        ({"expires_at": NOON}, RefusalReason.EXPIRED),
        ({}, RefusalReason.PERMISSION),
    ],
)
def test_the_first_condition_in_the_order_of_trust_is_the_reason(
    keys: Store, changes: dict[str, Any], reason: RefusalReason
) -> None:
    minted = mint()
    worst = {"permissions": frozenset[str](), "limits": {Window.DAY: 0}}
    key = api_key(minted, **{**worst, **changes})
    keys.keep(key)

    assert keys.refused(PresentedSecret(minted.key_id, minted.secret_hash)).reason is reason


def test_a_key_works_until_the_moment_it_expires(keys: Store) -> None:
    secret = keys.table.add(expires_at=NOON + timedelta(microseconds=1))

    keys.admitted(secret)

    assert keys.refused(secret, NOON + timedelta(microseconds=1)).reason is RefusalReason.EXPIRED


# Rotation


def rotated(keys: Store, **changes: Any) -> tuple[PresentedSecret, PresentedSecret]:
    """Return a key's new secret and the one it replaces."""
    new, previous = mint(), mint()
    key = api_key(new, previous_secret_hash=previous.secret_hash, **changes)
    keys.keep(key)
    end: Attributes = {"previous_secret_hash": {"S": previous.secret_hash}}
    if key.previous_expires_at:
        end["previous_expires_at"] = time_value(key.previous_expires_at)
    keys.table.change(new.key_id, **end)
    return (
        PresentedSecret(new.key_id, new.secret_hash),
        PresentedSecret(new.key_id, previous.secret_hash),
    )


def test_a_replaced_secret_works_until_its_end_and_the_new_one_after_it(keys: Store) -> None:
    current, previous = rotated(keys, previous_expires_at=NOON + A_SECOND)

    before = [keys.admit(current), keys.admit(previous)]
    after = [keys.admit(secret, NOON + A_SECOND) for secret in (current, previous)]

    assert all(isinstance(answer, Admission) for answer in [*before, after[0]])
    assert after[1] == Refusal(RefusalReason.UNKNOWN)


def test_both_secrets_of_a_rotation_share_the_counters(keys: Store) -> None:
    current, previous = rotated(
        keys, previous_expires_at=NOON + A_SECOND, limits={Window.MINUTE: 2}
    )

    keys.admitted(current)
    keys.admitted(previous)

    assert keys.refused(current).reason is RefusalReason.LIMIT
    assert keys.refused(previous).reason is RefusalReason.LIMIT


def test_a_replaced_secret_without_an_end_has_ended(keys: Store) -> None:
    _, previous = rotated(keys)

    assert keys.refused(previous) == Refusal(RefusalReason.UNKNOWN)


# Limits


@pytest.mark.parametrize("limits", [None, {"M": {}}], ids=["absent", "empty"])
def test_a_key_without_limits_is_always_let_in(
    keys: Store, limits: "AttributeValueTypeDef | None"
) -> None:
    secret = keys.table.add()
    keys.table.change(secret.key_id, limits=limits, **stored(counters(NOON, 10**9)))

    admission = keys.admitted(secret)

    assert admission.usage.limited == []
    assert admission.usage.counts[Window.DAY, Window.DAY.number(NOON)] == 10**9 + 1


@pytest.mark.parametrize("window", Window)
def test_a_window_admits_its_limit_and_the_next_one_as_many_again(
    keys: Store, window: Window
) -> None:
    secret = keys.table.add(limits={window: 2})
    reset = window.reset(NOON)

    answers = [keys.admit(secret, now) for now in [NOON] * 3 + [reset] * 3]

    assert [isinstance(answer, Admission) for answer in answers] == [True, True, False] * 2


@pytest.mark.parametrize("window", Window)
def test_of_five_limits_the_one_that_is_full_refuses(keys: Store, window: Window) -> None:
    secret = keys.table.add(limits=dict.fromkeys(Window, 5) | {window: 3})
    keys.table.change(secret.key_id, **stored(counters(NOON, 3)))

    refusal = keys.refused(secret)

    assert refusal.reason is RefusalReason.LIMIT
    assert refusal.usage is not None
    assert refusal.spent is not None
    assert (refusal.spent.window, refusal.spent.limit, refusal.spent.used) == (window, 3, 3)
    assert [status.used for status in refusal.usage] == [3] * 5


def test_of_several_full_windows_the_latest_to_reset_is_named(keys: Store) -> None:
    secret = keys.table.add(limits={Window.MINUTE: 1, Window.WEEK: 1, Window.DAY: 1})
    keys.admitted(secret)

    spent = keys.refused(secret).spent

    # 22 November 2026 is a Sunday: day and week end together.
    assert spent is not None
    assert spent.reset == NOON + timedelta(hours=12)


def test_a_limit_lowered_below_its_counter_refuses_and_a_raised_one_admits(keys: Store) -> None:
    secret = keys.table.add(limits={Window.DAY: 10})
    keys.table.change(secret.key_id, **stored(counters(NOON, 5)))

    keys.table.change(secret.key_id, limits={"M": {"day": number(2)}})
    lowered = keys.refused(secret)
    keys.table.change(secret.key_id, limits={"M": {"day": number(6)}})
    raised = keys.admitted(secret)

    assert lowered.spent is not None
    assert lowered.spent.remaining == 0
    assert raised.usage.tightest is not None
    assert raised.usage.tightest.remaining == 0


# Counters that have had their time


@pytest.mark.parametrize("window", Window)
def test_one_counter_is_removed_that_no_function_may_still_need(
    keys: Store, window: Window
) -> None:
    secret = keys.table.add()
    name, current = counter_name, window.number(NOON)
    removed = 7 if window is Window.MINUTE else 2
    old = {name(window, current - ago): 7 for ago in range(1, 9)}
    keys.table.change(secret.key_id, **stored(old))

    keys.admitted(secret)

    kept = {name(window, current - ago): 7 for ago in range(1, 9) if ago != removed}
    assert keys.table.counters(secret.key_id) == {**counters(NOON, 1), **kept}


def leftovers(count: int) -> Attributes:
    """Return so many counters nobody needs, beside some that somebody may."""
    old = {counter_name(Window.HOUR, number): 1 for number in range(count)}
    return stored({**old, **counters(NOON, 4, ago=1), **counters(NOON, 4, ago=-1)})


def test_a_sweep_leaves_the_minutes_of_functions_whose_clocks_are_behind(keys: Store) -> None:
    secret = keys.table.add()
    minute = Window.MINUTE.number(NOON)
    minutes = {counter_name(Window.MINUTE, minute - ago): 1 for ago in (1, 2, 3, 4, 5, 6, 8)}
    keys.table.change(secret.key_id, **{**leftovers(7), **stored(minutes)})

    keys.admitted(secret)

    left = {name for name in keys.table.counters(secret.key_id) if "_minute_" in name}
    assert left == {counter_name(Window.MINUTE, minute - ago) for ago in range(-1, 7)}


def test_eight_leftover_counters_are_swept_with_one_further_write(keys: Store) -> None:
    secret = keys.table.add(limits={Window.DAY: 9})
    keys.table.change(secret.key_id, **leftovers(8))
    before = keys.table.item(secret.key_id).keys()
    keys.listen()

    keys.admitted(secret)

    assert [request["operation"] for request in keys.sent] == ["UpdateItem", "UpdateItem"]
    needed = counters(NOON, 4, ago=1) | counters(NOON, 4, ago=-1) | counters(NOON, 1)
    assert keys.table.counters(secret.key_id) == needed
    after = keys.table.item(secret.key_id).keys()
    assert before - after == {counter_name(Window.HOUR, number) for number in range(8)}


def test_fewer_leftover_counters_are_not_worth_a_write(keys: Store) -> None:
    secret = keys.table.add()
    keys.table.change(secret.key_id, **leftovers(7))
    keys.listen()

    keys.admitted(secret)

    assert [request["operation"] for request in keys.sent] == ["UpdateItem"]
    assert counter_name(Window.HOUR, 0) in keys.table.counters(secret.key_id)


def test_an_admission_that_took_a_second_attempt_is_followed_by_a_sweep_like_any_other(
    atomic_keys: Store,
) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.table.change(secret.key_id, **leftovers(8))
    atomic_keys.reply((500, b""))

    atomic_keys.admitted(secret)

    assert counter_name(Window.HOUR, 0) not in atomic_keys.table.counters(secret.key_id)


FAILURES = {
    "refused": [error("ValidationException")],
    "broken": [(500, b"")] * 2,
    "unreadable": [(200, b"[]")],
}


@pytest.mark.parametrize("failures", FAILURES.values(), ids=FAILURES)
def test_a_sweep_that_fails_fails_nobody(
    printed: Printed, atomic_keys: Store, failures: Sequence[tuple[int, bytes]]
) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.table.change(secret.key_id, **leftovers(8))
    atomic_keys.reply(None, *failures)

    atomic_keys.admitted(secret)

    (line,) = printed.read().logs
    assert (line["message"], line["key_id"]) == ("Leftover counters not swept", secret.key_id)
    assert len(atomic_keys.table.counters(secret.key_id)) == 5 + 8 + 10


def test_a_sweep_does_not_bring_a_deleted_key_back(atomic_keys: Store) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.table.change(secret.key_id, **leftovers(8))
    events, admission = atomic_keys.table.client.meta.events, "after-call.dynamodb.UpdateItem"

    def delete(**_: object) -> None:
        events.unregister(admission, delete)
        atomic_keys.table.delete(secret.key_id)

    events.register(admission, delete)

    atomic_keys.admitted(secret)

    assert atomic_keys.table.item(secret.key_id) == {}


# A table that does not answer


def test_a_conflict_with_an_operators_transaction_is_waited_out(atomic_keys: Store) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.reply(*[error("TransactionConflictException")] * 3)

    atomic_keys.admitted(secret)

    assert len(atomic_keys.slept) == 3
    assert all(0.01 <= pause <= 0.04 for pause in atomic_keys.slept)
    assert len(set(atomic_keys.slept)) > 1
    assert atomic_keys.table.counters(secret.key_id) == counters(NOON, 1)


@pytest.mark.parametrize(("lost", "let_in"), [(1, 4), (5, 4)])
def test_a_write_that_was_retried_may_count_twice_and_never_admits_more_than_the_limit(
    atomic_keys: Store, lost: int, let_in: int
) -> None:
    secret = atomic_keys.table.add(limits={Window.DAY: 5})
    atomic_keys.lose_replies(lost)

    answers = [isinstance(atomic_keys.admit(secret), Admission) for _ in range(7)]

    assert answers.count(True) == let_in
    assert atomic_keys.table.counters(secret.key_id) == counters(NOON, 5)


def test_after_a_fourth_conflict_nobody_is_let_in(atomic_keys: Store) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.reply(*[error("TransactionConflictException")] * 4)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        atomic_keys.admit(secret)

    assert raised.value.details == {"reason": "TransactionConflictException"}
    assert len(atomic_keys.slept) == 3
    assert atomic_keys.table.counters(secret.key_id) == {}


@pytest.mark.parametrize(
    "ask",
    [
        lambda store, secret: store.admit(secret, MODELS_READ, NOON),
        lambda store, secret: store.recognize(secret, NOON),
    ],
    ids=["admit", "recognize"],
)
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error("AccessDeniedException"), "AccessDeniedException"),
        ((200, b"[]"), "AttributeError"),
        ((200, b"\xff"), "UnicodeDecodeError"),
        ((400, b'{"__type":5}'), "TypeError"),
    ],
)
def test_what_the_table_fails_with_is_the_reason(
    atomic_keys: Store, ask: Callable[..., object], reply: tuple[int, bytes], reason: str
) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.reply(reply, reply)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        ask(atomic_keys.store, secret)

    assert raised.value.details == {"reason": reason}


UNREADABLE: dict[str, Attributes] = {
    "no status": {"status": None},
    "unknown status": {"status": {"S": "asleep"}},
    "status of another type": {"status": {"BOOL": True}},
    "expiry of another type": {"expires_at": {"S": "2027"}},
    "expiry beyond all calendars": {"expires_at": {"N": "1E+100"}},
    "limit of another type": {"limits": {"M": {"minute": {"S": "5"}}}},
    "limit in fractions": {"limits": {"M": {"minute": {"N": "0.5"}}}},
    "limit on another window": {"limits": {"M": {"year": {"N": "5"}}}},
    "limits that are a list": {"limits": {"L": []}},
    "counter of another window": {"used_year_56": {"N": "5"}},
    "counter without a number": {"used_minute_now": {"N": "5"}},
    "counter of another type": {"used_hour_1": {"S": "5"}},
    "permissions as a text": {"permissions": {"S": MODELS_READ}},
    "address that is none": {"allowed_ips": {"L": [{"S": "localhost"}]}},
    "models of another type": {"allowed_models": {"L": [{"N": "4"}]}},
}


@pytest.mark.parametrize("attributes", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_key_lets_nobody_in(atomic_keys: Store, attributes: Attributes) -> None:
    secret = atomic_keys.table.add()
    atomic_keys.table.change(secret.key_id, **attributes)

    for ask in (atomic_keys.admit, lambda secret: atomic_keys.store.recognize(secret, NOON)):
        with pytest.raises(KeyStoreUnavailableError) as raised:
            ask(secret)

        assert raised.value.details == {"reason": "MalformedItem"}


def test_a_refusal_that_the_key_does_not_explain_makes_it_unreadable(keys: Store) -> None:
    secret = keys.table.add(limits={Window.DAY: 5})
    twice = {"used_day_20779": number(5), "used_day_020779": number(0)}
    keys.table.change(secret.key_id, **twice)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        keys.admit(secret)

    assert raised.value.details == {"reason": "MalformedItem"}


# Recognizing and creating


def test_recognizing_a_key_tells_how_it_stands_and_counts_nothing(keys: Store) -> None:
    secret = keys.table.add(limits={Window.HOUR: 1}, permissions=frozenset[str]())
    keys.table.change(secret.key_id, **stored(counters(NOON, 1)))
    before = keys.table.item(secret.key_id)

    found = keys.store.recognize(secret, NOON)

    assert isinstance(found, Admission)
    assert [status.used for status in found.usage] == [1] * 5
    assert keys.table.item(secret.key_id) == before


def test_recognizing_reads_what_was_written_a_moment_ago(keys: Store) -> None:
    secret = keys.table.add()
    keys.listen()

    keys.store.recognize(secret, NOON)

    (request,) = keys.sent
    assert (request["operation"], request["ConsistentRead"]) == ("GetItem", True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret_hash": OTHER}, RefusalReason.UNKNOWN),
        ({"status": KeyStatus.DISABLED}, RefusalReason.DISABLED),
        ({"status": KeyStatus.REVOKED}, RefusalReason.REVOKED),
        ({"expires_at": NOON}, RefusalReason.EXPIRED),
    ],
)
def test_recognizing_refuses_whoever_is_not_the_keys_holder(
    keys: Store, changes: dict[str, Any], reason: RefusalReason
) -> None:
    minted = mint()
    keys.keep(api_key(minted, **changes))

    answer = keys.store.recognize(PresentedSecret(minted.key_id, minted.secret_hash), NOON)

    assert answer == Refusal(reason)


def test_a_key_nobody_created_is_not_recognized(keys: Store, clock: FakeClock) -> None:
    minted = mint()

    answer = keys.store.recognize(PresentedSecret(minted.key_id, minted.secret_hash), clock())

    assert answer == Refusal(RefusalReason.UNKNOWN)


# A reply that belongs to another request


@pytest.mark.parametrize("limit", [5, 1], ids=["admitted", "over its limit"])
def test_another_keys_item_lets_nobody_in(keys: Store, limit: int) -> None:
    revoked = keys.table.add(status=KeyStatus.REVOKED)
    other = keys.table.add(limits={Window.DAY: limit})
    if limit == 1:
        keys.admit(other)
    item = keys.table.item(other.key_id)
    crossed = {"Attributes": item, "Item": item}

    keys.table.client.meta.events.register(
        "after-call.dynamodb", lambda parsed, **_: parsed.update(crossed)
    )

    for ask in (keys.admit, lambda secret: keys.store.recognize(secret, NOON)):
        with pytest.raises(KeyStoreUnavailableError) as refused:
            ask(revoked)
        assert refused.value.details == {"reason": "ForeignItem"}
