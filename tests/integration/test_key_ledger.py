"""Whatever operators do to keys is done as a whole, stands in a trail, and loses no count."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HTTPHeaders
from botocore.config import Config

from model_catalog.api_keys import (
    MODELS_READ,
    Admission,
    KeyStatus,
    MintedSecret,
    PresentedSecret,
    mint,
)
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_ledger import (
    Changed,
    DynamoKeyLedger,
    KeyContendedError,
    KeyExistsError,
    KeyNotFoundError,
    KeyUnreadableError,
)
from model_catalog.key_records import (
    Action,
    Actor,
    AuditRecord,
    FactChange,
    KeyRecord,
    UnreadableAudit,
    UnreadableKey,
    changes_between,
)
from model_catalog.key_store import DynamoKeyStore
from model_catalog.limits import Window
from model_catalog.record_items import trail_key
from support.builders import ACTOR, key_record, ledger
from support.clock import NOON, FakeClock
from support.stack import KeysTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

RIVAL = Actor("rival", "elsewhere")
PASSING = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
THREADS = 8

type Decision = Callable[[KeyRecord], KeyRecord | None]
type Reply = tuple[int, bytes]


@dataclass
class Kept:
    """The ledger under test, its clock, what it slept and sent, and the table past it."""

    table: KeysTable
    clock: FakeClock
    slept: list[float] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ledger(self) -> DynamoKeyLedger:
        return ledger(self.table.client, clock=self.clock, sleep=self.slept.append)

    @property
    def rival(self) -> DynamoKeyLedger:
        """The same table in somebody else's hands."""
        return ledger(self.table.client, actor=lambda: RIVAL, clock=self.clock)

    def create(self, **changes: Any) -> KeyRecord:
        """Store a new key."""
        record = key_record(mint(), **changes)
        self.ledger.create(record)
        return record

    def admit(self, record: KeyRecord, now: datetime = NOON) -> None:
        """Have a request counted."""
        store = DynamoKeyStore(self.table.client, table_name="keys")
        secret = PresentedSecret(record.key.key_id, record.key.secret_hash)
        assert isinstance(store.admit(secret, MODELS_READ, now), Admission)

    def trail(self, record: KeyRecord) -> list[AuditRecord | UnreadableAudit]:
        return [*self.ledger.trail(record.key.key_id)]

    def actions(self, record: KeyRecord) -> list[str]:
        """Return what was done to a key, having checked that all of it is intact."""
        trail = self.trail(record)
        assert all(isinstance(audit, AuditRecord) and audit.intact for audit in trail)
        return [audit.action.value for audit in trail if isinstance(audit, AuditRecord)]

    def listen(self) -> None:
        """Write down every operation from here on."""
        self.table.client.meta.events.register(
            "provide-client-params.dynamodb", lambda model, **_: self.sent.append(model.name)
        )

    def reply(self, *replies: Reply | None) -> None:
        """Answer the next requests without the table; None lets one through."""
        left = iter(replies)

        def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
            assert isinstance(request.body, bytes)
            self.bodies.append(json.loads(request.body))
            reply = next(left, None)
            if reply is None:
                return None
            status, body = reply
            return AWSResponse(request.url, status, HTTPHeaders(), Raw(body))

        self.table.client.meta.events.register("before-send.dynamodb", answer)  # type: ignore[arg-type] # it may answer


class Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def error(code: str, **details: Any) -> Reply:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return 400, json.dumps({"__type": kind, **details}).encode()


def cancelled(*codes: str) -> Reply:
    """Return the answer to a transaction that was cancelled for these reasons."""
    reasons = [{"Code": code} for code in codes]
    return error("TransactionCanceledException", CancellationReasons=reasons)


def owned_by(owner: str) -> Decision:
    return lambda record: replace(record, owner=owner)


def deleted(_: KeyRecord) -> None:
    """Decide that a key goes."""


def with_key(**changes: Any) -> Decision:
    return lambda record: replace(record, key=replace(record.key, **changes))


@pytest.fixture
def kept(table: KeysTable, clock: FakeClock) -> Kept:
    return Kept(table, clock)


@pytest.fixture
def atomic(atomic_table: KeysTable, clock: FakeClock) -> Kept:
    """A ledger on ministack: moto would answer in process before anyone could get in between."""
    return Kept(atomic_table, clock)


# Creating and reading


def test_a_created_key_is_read_as_it_was_created(kept: Kept) -> None:
    record = replace(
        key_record(mint(), limits={Window.DAY: 5}, expires_at=NOON), owner="me", tags={"a": "b"}
    )

    kept.ledger.create(record)

    assert kept.ledger.get(record.key.key_id) == record


def test_the_first_record_of_a_trail_tells_who_created_the_key_and_as_what(kept: Kept) -> None:
    record = kept.create(limits={Window.DAY: 5})

    assert kept.trail(record) == [
        AuditRecord(
            key_id=record.key.key_id,
            key_name="test",
            action=Action.CREATED,
            at=NOON,
            actor=ACTOR,
            version=1,
            changes=changes_between(None, record),
        )
    ]


def test_an_imported_key_was_not_created_here(kept: Kept) -> None:
    record = key_record(mint())

    kept.ledger.create(record, Action.IMPORTED)

    assert kept.actions(record) == ["imported"]


def test_creating_is_one_transaction_and_nothing_else(kept: Kept) -> None:
    kept.listen()

    kept.create()

    assert kept.sent == ["TransactWriteItems"]


def test_creating_a_key_never_replaces_one(kept: Kept) -> None:
    minted = mint()
    first = key_record(minted)
    kept.ledger.create(first)
    kept.admit(first)
    before = kept.table.item(minted.key_id)
    kept.clock.advance(seconds=1)

    with pytest.raises(KeyExistsError, match=minted.key_id):
        kept.ledger.create(replace(first, owner="somebody else"))

    assert kept.table.item(minted.key_id) == before
    assert kept.actions(first) == ["created"]
    assert kept.slept == []


def test_no_audit_record_is_replaced_and_a_key_whose_record_cannot_be_written_is_not_there(
    kept: Kept,
) -> None:
    record = kept.create()
    kept.table.delete(record.key.key_id)

    with pytest.raises(KeyExistsError):
        kept.ledger.create(record)

    assert kept.table.item(record.key.key_id) == {}
    assert kept.actions(record) == ["created"]


def test_a_key_nobody_created_is_not_found(kept: Kept) -> None:
    with pytest.raises(KeyNotFoundError, match="0123456789abcdef"):
        kept.ledger.get("0123456789abcdef")


def test_reading_asks_for_what_was_written_a_moment_ago(kept: Kept) -> None:
    requests: list[dict[str, Any]] = []
    record = kept.create()
    kept.table.client.meta.events.register(
        "provide-client-params.dynamodb.GetItem", lambda params, **_: requests.append({**params})
    )

    kept.ledger.get(record.key.key_id)

    assert [request["ConsistentRead"] for request in requests] == [True]


def test_an_item_that_is_no_key_is_unreadable(kept: Kept) -> None:
    record = kept.create()
    kept.table.change(record.key.key_id, status={"S": "asleep"})

    with pytest.raises(KeyUnreadableError, match=record.key.key_id):
        kept.ledger.get(record.key.key_id)


def test_what_requests_counted_is_read_with_the_key(kept: Kept) -> None:
    record = kept.create(limits={Window.DAY: 5})
    kept.admit(record)

    found = kept.ledger.get(record.key.key_id)

    counts = {(window, window.number(NOON)): 1 for window in Window}
    assert found == replace(record, counts=counts, last_used_at=NOON)
    assert [status.remaining for status in found.usage(NOON).limited] == [4]


def test_all_keys_are_told_the_unreadable_ones_too_and_no_trails(kept: Kept) -> None:
    records = {record.key.key_id: record for record in (kept.create() for _ in range(3))}
    broken = kept.create().key.key_id
    kept.table.change(broken, status={"S": "asleep"})

    found = [*kept.ledger.records()]

    assert len(found) == 4
    assert UnreadableKey(broken) in found
    assert {each.key.key_id: each for each in found if isinstance(each, KeyRecord)} == records


def test_an_empty_table_holds_no_keys_and_no_trails(kept: Kept) -> None:
    assert [*kept.ledger.records()] == []
    assert [*kept.ledger.trail()] == []
    assert [*kept.ledger.trail("0123456789abcdef")] == []


def test_more_than_one_page_of_keys_and_of_trails_is_read(kept: Kept) -> None:
    record = kept.create()
    for letter in "abcdef":
        kept.ledger.create(replace(key_record(mint()), owner=letter * 300_000))
        kept.clock.advance(seconds=1)
        kept.ledger.change(record.key.key_id, Action.UPDATED, owned_by(letter * 150_000))
    kept.listen()

    found, whole, own = [*kept.ledger.records()], [*kept.ledger.trail()], kept.trail(record)

    assert len(found) == 7
    assert len(whole) == 7 + 6
    assert len(own) == 1 + 6
    assert kept.sent.count("Scan") > 2
    assert kept.sent.count("Query") > 1


# Changing


def test_a_change_is_told_before_and_after_and_read_afterwards(kept: Kept) -> None:
    record = kept.create()

    changed = kept.ledger.change(record.key.key_id, Action.UPDATED, owned_by("you"))

    after = replace(record, owner="you", version=2)
    assert changed == Changed(record, after)
    assert kept.ledger.get(record.key.key_id) == after


def test_a_change_stands_in_the_trail_with_what_it_changed(kept: Kept) -> None:
    record = kept.create()
    kept.clock.advance(seconds=5)

    kept.rival.change(record.key.key_id, Action.DISABLED, with_key(status=KeyStatus.DISABLED))

    assert kept.trail(record)[1:] == [
        AuditRecord(
            key_id=record.key.key_id,
            key_name="test",
            action=Action.DISABLED,
            at=NOON + timedelta(seconds=5),
            actor=RIVAL,
            version=2,
            changes=(FactChange("status", "active", "disabled"),),
        )
    ]


def test_a_change_is_one_read_and_one_transaction(kept: Kept) -> None:
    record = kept.create()
    kept.listen()

    kept.ledger.change(record.key.key_id, Action.UPDATED, owned_by("you"))

    assert kept.sent == ["GetItem", "TransactWriteItems"]


def everything_else(record: KeyRecord) -> KeyRecord:
    """Return a key of which every fact and both digests differ."""
    key = replace(
        record.key,
        name="other",
        prefix="sk-clb-other",
        secret_hash="d" * 64,
        previous_secret_hash=record.key.secret_hash,
        previous_expires_at=NOON + timedelta(hours=1),
        status=KeyStatus.DISABLED,
        allowed_models=frozenset({"gpt-5"}),
        permissions=frozenset({"other"}),
        limits={Window.DAY: 9},
        expires_at=NOON + timedelta(days=1),
    )
    return replace(record, key=key, owner="you", tags={"team": "search"})


def test_everything_operators_set_may_change_at_once_and_be_taken_back(kept: Kept) -> None:
    record = kept.create()
    first = kept.table.item(record.key.key_id)

    kept.clock.advance(seconds=1)
    changed = kept.ledger.change(record.key.key_id, Action.UPDATED, everything_else)
    between = kept.ledger.get(record.key.key_id)
    kept.clock.advance(seconds=1)
    kept.ledger.change(record.key.key_id, Action.UPDATED, lambda _: record)

    assert between == changed.after == replace(everything_else(record), version=2)
    assert kept.table.item(record.key.key_id) == {**first, "version": {"N": "3"}}
    assert kept.actions(record) == ["created", "updated", "updated"]


def test_attributes_no_longer_said_are_removed(kept: Kept) -> None:
    record = kept.create(expires_at=NOON)
    before = kept.table.item(record.key.key_id)

    kept.ledger.change(record.key.key_id, Action.UPDATED, with_key(expires_at=None))

    gone = {"expires_at", "remove_at"}
    assert gone < before.keys()
    assert kept.table.item(record.key.key_id) == {
        **{name: value for name, value in before.items() if name not in gone},
        "version": {"N": "2"},
    }
    assert kept.ledger.get(record.key.key_id).key.expires_at is None


def test_counters_and_the_time_of_use_survive_every_change(kept: Kept) -> None:
    record = kept.create()
    for _ in range(3):
        kept.admit(record)
    counters = kept.table.counters(record.key.key_id)

    for decide in (owned_by("you"), everything_else, with_key(expires_at=None)):
        kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert len(counters) == 5
    assert set(counters.values()) == {3}
    assert kept.table.counters(record.key.key_id) == counters
    assert kept.ledger.get(record.key.key_id).last_used_at == NOON
    assert kept.ledger.get(record.key.key_id).version == 4


def test_requests_counted_while_a_change_is_decided_stay_counted(kept: Kept) -> None:
    record = kept.create()
    asked: list[KeyRecord] = []

    def decide(before: KeyRecord) -> KeyRecord:
        asked.append(before)
        kept.admit(record)
        return replace(before, owner="you")

    kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert len(asked) == 1
    assert set(kept.table.counters(record.key.key_id).values()) == {1}
    assert kept.ledger.get(record.key.key_id).owner == "you"


def test_attributes_of_other_programs_survive_a_change(kept: Kept) -> None:
    record = kept.create()
    kept.table.change(record.key.key_id, note={"S": "by hand"})

    kept.ledger.change(record.key.key_id, Action.UPDATED, owned_by("you"))

    assert kept.table.item(record.key.key_id)["note"] == {"S": "by hand"}


@pytest.mark.parametrize(
    "decide",
    [
        lambda record: record,
        lambda record: replace(record, version=9, counts={(Window.DAY, 1): 1}, last_used_at=None),
        lambda record: replace(record, created_at=NOON + timedelta(1), created_by="somebody else"),
    ],
    ids=["the same", "what requests write", "who made it"],
)
def test_what_changes_nothing_writes_nothing_and_leaves_no_record(
    kept: Kept, decide: Decision
) -> None:
    record = kept.create()
    before = kept.table.item(record.key.key_id)
    kept.listen()

    changed = kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert changed == Changed(record, record)
    assert kept.sent == ["GetItem"]
    assert kept.table.item(record.key.key_id) == before
    assert kept.actions(record) == ["created"]


def test_a_key_that_is_not_there_cannot_be_changed(kept: Kept) -> None:
    with pytest.raises(KeyNotFoundError, match="0123456789abcdef"):
        kept.ledger.change("0123456789abcdef", Action.UPDATED, owned_by("you"))

    assert [*kept.ledger.trail()] == []


def test_a_key_nobody_can_read_cannot_be_changed(kept: Kept) -> None:
    record = kept.create()
    kept.table.change(record.key.key_id, version=None)

    with pytest.raises(KeyUnreadableError, match=record.key.key_id):
        kept.ledger.change(record.key.key_id, Action.DELETED, deleted)

    assert kept.table.item(record.key.key_id)
    assert kept.actions(record) == ["created"]


def test_what_deciding_raises_ends_the_change(kept: Kept) -> None:
    record = kept.create()
    before = kept.table.item(record.key.key_id)

    def refuse(_: KeyRecord) -> KeyRecord:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kept.ledger.change(record.key.key_id, Action.UPDATED, refuse)

    assert kept.table.item(record.key.key_id) == before
    assert kept.actions(record) == ["created"]


# Deleting


def test_a_deleted_key_is_gone_and_its_trail_is_not(kept: Kept) -> None:
    record = kept.create(limits={Window.DAY: 5})
    kept.clock.advance(seconds=1)

    changed = kept.ledger.change(record.key.key_id, Action.DELETED, deleted)

    assert changed == Changed(record, None)
    assert kept.table.item(record.key.key_id) == {}
    assert kept.trail(record)[1:] == [
        AuditRecord(
            key_id=record.key.key_id,
            key_name="test",
            action=Action.DELETED,
            at=NOON + timedelta(seconds=1),
            actor=ACTOR,
            version=1,
            changes=changes_between(record, None),
        )
    ]


def test_a_deleted_key_may_be_created_anew_and_its_trail_goes_on(kept: Kept) -> None:
    record = kept.create()
    kept.clock.advance(seconds=1)
    kept.ledger.change(record.key.key_id, Action.DELETED, deleted)
    kept.clock.advance(seconds=1)

    kept.ledger.create(record)

    assert kept.ledger.get(record.key.key_id) == record
    assert kept.actions(record) == ["created", "deleted", "created"]


# Others who change the same key


@dataclass
class Interrupted:
    """A decision in the middle of which somebody else changes the key, as often as said."""

    kept: Kept
    decide: Decision
    rivals: list[Decision]
    asked: list[KeyRecord] = field(default_factory=list)

    def __call__(self, before: KeyRecord) -> KeyRecord | None:
        self.asked.append(before)
        if self.rivals:
            self.kept.clock.advance(seconds=1)
            self.kept.rival.change(before.key.key_id, Action.UPDATED, self.rivals.pop())
            self.kept.clock.advance(seconds=1)
        return self.decide(before)


def test_a_change_is_decided_again_on_what_somebody_else_made_of_the_key(kept: Kept) -> None:
    record = kept.create()
    tagged = replace(record, tags={"team": "search"}, version=2)
    decide = Interrupted(kept, owned_by("you"), [lambda now: replace(now, tags=tagged.tags)])

    changed = kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    after = replace(tagged, owner="you", version=3)
    assert decide.asked == [record, tagged]
    assert changed == Changed(tagged, after)
    assert kept.ledger.get(record.key.key_id) == after
    _, first, second = kept.trail(record)
    assert isinstance(first, AuditRecord)
    assert isinstance(second, AuditRecord)
    assert (first.actor, first.version) == (RIVAL, 2)
    assert (second.actor, second.version) == (ACTOR, 3)
    assert second.changes == (FactChange("owner", "", "you"),)


def test_a_change_somebody_else_made_first_is_not_made_twice(kept: Kept) -> None:
    record = kept.create()
    decide = Interrupted(kept, owned_by("you"), [owned_by("you")])

    changed = kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    after = replace(record, owner="you", version=2)
    assert changed == Changed(after, after)
    assert kept.actions(record) == ["created", "updated"]


def test_a_key_changed_in_between_is_not_deleted_before_that_is_decided_again(kept: Kept) -> None:
    record = kept.create()
    decide = Interrupted(kept, deleted, [owned_by("you")])

    changed = kept.ledger.change(record.key.key_id, Action.DELETED, decide)

    assert [before.owner for before in decide.asked] == ["", "you"]
    assert changed == Changed(replace(record, owner="you", version=2), None)
    assert kept.table.item(record.key.key_id) == {}
    assert kept.actions(record) == ["created", "updated", "deleted"]


def test_a_key_deleted_in_between_is_not_brought_back(kept: Kept) -> None:
    record = kept.create()
    decide = Interrupted(kept, owned_by("you"), [deleted])

    with pytest.raises(KeyNotFoundError):
        kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert kept.table.item(record.key.key_id) == {}
    assert len(kept.trail(record)) == 2


@pytest.mark.parametrize("decide", [owned_by("you"), deleted], ids=["changed", "deleted"])
def test_whoever_is_slower_eight_times_gives_up_and_leaves_nothing(
    kept: Kept, decide: Decision
) -> None:
    record = kept.create()
    rivals = [owned_by(f"rival {number}") for number in reversed(range(8))]
    interrupted = Interrupted(kept, decide, rivals)

    with pytest.raises(KeyContendedError, match=record.key.key_id):
        kept.ledger.change(record.key.key_id, Action.UPDATED, interrupted)

    assert len(interrupted.asked) == 8
    assert kept.ledger.get(record.key.key_id) == replace(record, owner="rival 7", version=9)
    assert len(kept.trail(record)) == 1 + 8
    assert {audit.actor for audit in kept.trail(record)[1:] if isinstance(audit, AuditRecord)} == {
        RIVAL
    }


def test_whoever_is_quicker_the_eighth_time_gets_it_done(kept: Kept) -> None:
    record = kept.create()
    rivals = [owned_by(f"rival {number}") for number in range(7)]
    decide = Interrupted(kept, owned_by("you"), rivals)

    kept.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert len(decide.asked) == 8
    assert kept.ledger.get(record.key.key_id).owner == "you"
    assert len(kept.trail(record)) == 1 + 8


# A table that does not write

UNWRITTEN: dict[str, tuple[Sequence[Reply], str]] = {
    "refused": ([error("AccessDeniedException")], "AccessDeniedException"),
    "broken": ([(500, b"")] * 2, "500"),
    "unreadable": ([(400, b'{"__type":5}')], "TypeError"),
    "cancelled for good": ([cancelled("None", "ValidationError")], "TransactionCanceledException"),
    "cancelled for no reason": (
        [error("TransactionCanceledException")],
        "TransactionCanceledException",
    ),
    "too large": (
        [cancelled("ItemCollectionSizeLimitExceeded", "None")],
        "TransactionCanceledException",
    ),
}


@pytest.mark.parametrize(("replies", "reason"), UNWRITTEN.values(), ids=UNWRITTEN)
def test_when_creating_fails_there_is_neither_key_nor_record(
    atomic: Kept, replies: Sequence[Reply], reason: str
) -> None:
    record = key_record(mint())
    atomic.reply(*replies)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        atomic.ledger.create(record)

    assert raised.value.details == {"reason": reason}
    assert len(atomic.bodies) == len(replies)
    assert atomic.slept == []
    assert atomic.table.item(record.key.key_id) == {}
    assert atomic.trail(record) == []


@pytest.mark.parametrize("decide", [owned_by("you"), deleted], ids=["changed", "deleted"])
@pytest.mark.parametrize(("replies", "reason"), UNWRITTEN.values(), ids=UNWRITTEN)
def test_when_a_change_fails_the_key_is_as_it_was_and_there_is_no_record(
    atomic: Kept, decide: Decision, replies: Sequence[Reply], reason: str
) -> None:
    record = atomic.create()
    before = atomic.table.item(record.key.key_id)
    atomic.reply(None, *replies)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        atomic.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert raised.value.details == {"reason": reason}
    assert atomic.slept == []
    assert atomic.table.item(record.key.key_id) == before
    assert atomic.actions(record) == ["created"]


@pytest.mark.parametrize("code", PASSING)
@pytest.mark.parametrize("times", [1, 7])
def test_creating_waits_out_what_passes(atomic: Kept, code: str, times: int) -> None:
    record = key_record(mint())
    atomic.reply(*[cancelled(code, "None")] * times)

    atomic.ledger.create(record)

    assert len(atomic.slept) == times
    assert atomic.ledger.get(record.key.key_id) == record
    assert atomic.actions(record) == ["created"]


@pytest.mark.parametrize("code", PASSING)
def test_a_change_waits_out_what_passes_without_being_decided_again(
    atomic: Kept, code: str
) -> None:
    record = atomic.create(expires_at=NOON + timedelta(days=1))
    atomic.admit(record)
    counters = atomic.table.counters(record.key.key_id)
    decide = Interrupted(atomic, with_key(expires_at=None), [])
    atomic.clock.advance(seconds=1)
    atomic.reply(None, *[cancelled("None", code)] * 3)

    atomic.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert len(decide.asked) == 1
    assert len(atomic.slept) == 3
    assert atomic.ledger.get(record.key.key_id).key.expires_at is None
    assert atomic.table.counters(record.key.key_id) == counters
    assert atomic.actions(record) == ["created", "updated"]


def test_a_deletion_waits_out_what_passes(atomic: Kept) -> None:
    record = atomic.create()
    atomic.clock.advance(seconds=1)
    atomic.reply(None, cancelled("TransactionConflict", "None"))

    atomic.ledger.change(record.key.key_id, Action.DELETED, deleted)

    assert atomic.table.item(record.key.key_id) == {}
    assert atomic.actions(record) == ["created", "deleted"]


def test_every_pause_is_longer_than_the_last_on_average_and_none_are_alike(atomic: Kept) -> None:
    atomic.reply(*[cancelled("TransactionConflict", "None")] * 7)

    atomic.create()

    assert len(set(atomic.slept)) == 7
    assert all(
        0.05 * attempt <= pause <= 0.15 * attempt for attempt, pause in enumerate(atomic.slept, 1)
    )


@pytest.mark.parametrize("code", PASSING)
def test_after_an_eighth_cancellation_creating_fails_and_nothing_is_written(
    atomic: Kept, code: str
) -> None:
    record = key_record(mint())
    atomic.reply(*[cancelled(code, "None")] * 8)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        atomic.ledger.create(record)

    assert raised.value.details == {"reason": "TransactionCanceledException"}
    assert len(atomic.bodies) == 8
    assert len(atomic.slept) == 7
    assert atomic.table.item(record.key.key_id) == {}
    assert atomic.trail(record) == []


def test_after_an_eighth_cancellation_a_change_fails_and_nothing_is_written(atomic: Kept) -> None:
    record = atomic.create()
    before = atomic.table.item(record.key.key_id)
    atomic.reply(None, *[cancelled("TransactionConflict", "None")] * 8)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        atomic.ledger.change(record.key.key_id, Action.UPDATED, owned_by("you"))

    assert raised.value.details == {"reason": "TransactionCanceledException"}
    assert len(atomic.slept) == 7
    assert atomic.table.item(record.key.key_id) == before
    assert atomic.actions(record) == ["created"]


@pytest.mark.parametrize("times", [1, 7])
def test_a_key_changed_while_a_conflict_was_waited_out_is_decided_on_again(
    atomic: Kept, times: int
) -> None:
    record = atomic.create()
    decide = Interrupted(atomic, owned_by("you"), [])
    conflicts = [cancelled("TransactionConflict", "None")] * times
    atomic.reply(None, *conflicts, cancelled("ConditionalCheckFailed", "None"))

    atomic.ledger.change(record.key.key_id, Action.UPDATED, decide)

    assert len(decide.asked) == 2
    assert atomic.ledger.get(record.key.key_id) == replace(record, owner="you", version=2)


def test_a_request_the_sdk_repeats_carries_the_same_token(atomic: Kept) -> None:
    record = key_record(mint())
    atomic.reply((500, b""), None)

    atomic.ledger.create(record)

    first, second = (body["ClientRequestToken"] for body in atomic.bodies)
    assert first == second
    assert atomic.actions(record) == ["created"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda ledger: ledger.get("0123456789abcdef"),
        lambda ledger: ledger.change("0123456789abcdef", Action.UPDATED, deleted),
        lambda ledger: [*ledger.records()],
        lambda ledger: [*ledger.trail()],
        lambda ledger: [*ledger.trail("0123456789abcdef")],
    ],
    ids=["get", "change", "records", "trail of all", "trail of one"],
)
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (error("AccessDeniedException"), "AccessDeniedException"),
        ((200, b"\xff"), "UnicodeDecodeError"),
        ((400, b'{"__type":5}'), "TypeError"),
    ],
)
def test_what_the_table_fails_to_read_with_is_the_reason(
    atomic: Kept, ask: Callable[[DynamoKeyLedger], object], reply: Reply, reason: str
) -> None:
    atomic.reply(reply, reply)

    with pytest.raises(KeyStoreUnavailableError) as raised:
        ask(atomic.ledger)

    assert raised.value.details == {"reason": reason}


# The trail


@pytest.fixture
def told(kept: Kept) -> KeyRecord:
    """Three changes of one key, a second apart, and another key created with the last."""
    record = kept.create()
    for owner in ("a", "b"):
        kept.clock.advance(seconds=1)
        kept.ledger.change(record.key.key_id, Action.UPDATED, owned_by(owner))
    kept.create(name="other")
    return record


def versions(trail: Sequence[AuditRecord | UnreadableAudit]) -> list[int]:
    return [audit.version for audit in trail if isinstance(audit, AuditRecord)]


def test_the_trail_of_a_key_is_told_from_the_oldest_record_and_of_no_other_key(
    kept: Kept, told: KeyRecord
) -> None:
    assert versions(kept.trail(told)) == [1, 2, 3]
    assert {audit.key_id for audit in kept.trail(told)} == {told.key.key_id}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, [1, 2, 3]), (0, [1, 2, 3]), (0.5, [2, 3]), (1, [2, 3]), (1.000001, [3]), (3, [])],
)
def test_the_trail_of_a_key_is_told_since_a_moment(
    kept: Kept, told: KeyRecord, seconds: float, expected: list[int]
) -> None:
    since = NOON + timedelta(seconds=seconds)

    assert versions([*kept.ledger.trail(told.key.key_id, since=since)]) == expected


@pytest.mark.usefixtures("told")
def test_the_trails_of_all_keys_are_told_together_and_no_keys(kept: Kept) -> None:
    trail = [*kept.ledger.trail()]

    assert sorted(versions(trail)) == [1, 1, 2, 3]
    assert len({audit.key_id for audit in trail}) == 2


@pytest.mark.parametrize(("seconds", "expected"), [(0, [1, 1, 2, 3]), (2, [1, 3]), (3, [])])
@pytest.mark.usefixtures("told")
def test_the_trails_of_all_keys_are_told_since_a_moment(
    kept: Kept, seconds: float, expected: list[int]
) -> None:
    since = NOON + timedelta(seconds=seconds)

    assert sorted(versions([*kept.ledger.trail(since=since)])) == expected


def test_the_trail_of_a_key_whose_id_another_id_begins_with_is_its_own(kept: Kept) -> None:
    short, long = (
        key_record(MintedSecret(secret="sk", key_id=key_id, secret_hash="f" * 64))
        for key_id in ("abc", "abcd")
    )
    kept.ledger.create(short)
    kept.ledger.create(long)

    assert {audit.key_id for audit in kept.trail(short)} == {"abc"}


def test_a_record_that_was_tampered_with_is_told_and_not_intact(
    kept: Kept, told: KeyRecord
) -> None:
    place = place_of(kept, told)
    item = kept.table.client.get_item(TableName="keys", Key=place)["Item"]
    kept.table.client.put_item(TableName="keys", Item={**item, "actor": {"S": "somebody else"}})

    first, *others = kept.trail(told)

    assert isinstance(first, AuditRecord)
    assert first.actor.name == "somebody else"
    assert not first.intact
    assert all(isinstance(audit, AuditRecord) and audit.intact for audit in others)


def test_what_is_no_record_does_not_hide_the_others(kept: Kept, told: KeyRecord) -> None:
    kept.table.client.put_item(
        TableName="keys", Item={"pk": trail_key(told.key.key_id), "sk": {"S": "2026"}}
    )

    assert kept.trail(told)[0] == UnreadableAudit(told.key.key_id, "2026")
    assert UnreadableAudit(told.key.key_id, "2026") in [*kept.ledger.trail()]
    assert versions(kept.trail(told)) == [1, 2, 3]


def place_of(kept: Kept, record: KeyRecord) -> "dict[str, AttributeValueTypeDef]":
    """Return where the first record of a key's trail lies."""
    first = kept.trail(record)[0]
    assert isinstance(first, AuditRecord)
    return {"pk": trail_key(first.key_id), "sk": {"S": first.sort_key}}


# Who and when


def test_whoever_only_looks_is_not_asked_who_they_are(kept: Kept) -> None:
    record = kept.create()

    def nobody() -> Actor:
        raise AssertionError

    looking = ledger(kept.table.client, actor=nobody)

    assert looking.get(record.key.key_id) == record
    assert [*looking.records()] == [record]
    assert len([*looking.trail(record.key.key_id)]) == 1
    assert looking.change(record.key.key_id, Action.UPDATED, lambda now: now).after == record


def test_a_record_says_what_time_it_is_unless_told_otherwise(kept: Kept) -> None:
    record = key_record(mint())
    usual = DynamoKeyLedger(kept.table.client, table_name="keys", actor=lambda: ACTOR)

    before = datetime.now(UTC)
    usual.create(record)
    after = datetime.now(UTC)

    (audit,) = kept.trail(record)
    assert isinstance(audit, AuditRecord)
    assert before <= audit.at <= after
    assert audit.at.tzinfo is UTC


# Requests in the meantime


def test_changes_while_requests_are_counted_lose_no_count_and_no_change(
    atomic_table: KeysTable,
) -> None:
    secret = atomic_table.add(limits={Window.MINUTE: 10**6})
    config = Config(
        max_pool_connections=THREADS + 1, read_timeout=60, retries={"total_max_attempts": 1}
    )
    client = boto3.client("dynamodb", config=config)
    store, books = DynamoKeyStore(client, table_name="keys"), ledger(client)
    owners = [f"owner {number}" for number in range(20)]

    def admit(_: int) -> bool:
        return isinstance(store.admit(secret, MODELS_READ, NOON), Admission)

    with ThreadPoolExecutor(THREADS) as threads:
        answers = threads.map(admit, range(200))
        for owner in owners:
            books.change(secret.key_id, Action.UPDATED, owned_by(owner))
        admitted = [*answers]

    assert admitted == [True] * 200
    assert set(atomic_table.counters(secret.key_id).values()) == {200}
    assert books.get(secret.key_id).owner == "owner 19"
    assert books.get(secret.key_id).version == 21
    trail = [audit for audit in books.trail(secret.key_id) if isinstance(audit, AuditRecord)]
    assert sorted(versions(trail)) == [*range(1, 22)]
    changes = {audit.version: audit.changes for audit in trail if audit.version > 1}
    assert [changes[version] for version in sorted(changes)] == [
        (FactChange("owner", before, after),)
        for before, after in zip(["", *owners], owners, strict=False)
    ]
