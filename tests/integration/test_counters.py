"""A key's counters stay few and true for years, though nobody remembers which there are."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from model_catalog.api_keys import MODELS_READ, Admission, PresentedSecret, Refusal, mint
from model_catalog.key_store import DynamoKeyStore
from model_catalog.limits import Window
from model_catalog.record_items import item_of
from support.builders import key_record, ledger
from support.clock import NOON
from support.stack import KeysTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MINTED = mint()
SECRET = PresentedSecret(MINTED.key_id, MINTED.secret_hash)
RECORD = key_record(MINTED, limits=dict(zip(Window, (5, 60, 500, 2000, 5000), strict=True)))
KEY = RECORD.key

type Gaps = Callable[[random.Random], Iterator[float]]  # seconds from one request to the next


class RefusedError(ClientError):
    """A condition that did not hold, with the item it did not hold for."""

    def __init__(self, item: dict[str, Any]) -> None:
        error: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": item}
        super().__init__(error, "UpdateItem")


class NeverError(ClientError):
    """What one caller at a time does not meet."""


@dataclass
class OneItem:
    """UpdateItem on one key's item, for more requests than an emulator answers in time.

    That it answers as an emulator does is tested below.
    """

    item: dict[str, Any] = field(default_factory=lambda: dict(item_of(RECORD)))
    sweeps: int = 0
    most: int = 0

    class exceptions:  # noqa: D106, N801 - as it is called on a client
        ConditionalCheckFailedException = RefusedError
        TransactionConflictException = NeverError

    @property
    def counters(self) -> dict[str, int]:
        return {name: int(self.item[name]["N"]) for name in self.item if name.startswith("used_")}

    def update_item(self, **request: Any) -> dict[str, Any]:
        names: dict[str, str] = request["ExpressionAttributeNames"]
        if request["ConditionExpression"] == "attribute_exists(pk)":
            self.sweeps += 1
            removed = list(names.values())
        else:
            self._count([names[f"#{window}_now"] for window in Window])
            removed = [names[f"#{window}_old"] for window in Window]
        for name in removed:
            self.item.pop(name, None)
        self.most = max(self.most, len(self.counters))
        return {"Attributes": dict(self.item)}

    def _count(self, names: list[str]) -> None:
        counted = [self.counters.get(name, 0) for name in names]
        if any(count >= limit for count, limit in zip(counted, KEY.limits.values(), strict=True)):
            raise RefusedError(self.item)
        self.item |= {
            name: {"N": str(count + 1)} for name, count in zip(names, counted, strict=True)
        }


@dataclass
class Ledger:
    """What was admitted in every window there ever was: nothing is forgotten here."""

    counts: Counter[tuple[Window, int]] = field(default_factory=Counter)

    def expects(self, now: datetime) -> bool:
        """Tell whether a request has to be let in, and write it down if so."""
        windows = [(window, window.number(now)) for window in Window]
        room = all(self.counts[window] < KEY.limits[window[0]] for window in windows)
        if room:
            self.counts.update(windows)
        return room

    def agrees(self, answer: Admission | Refusal) -> bool:
        """Tell whether an answer's usage is the truth."""
        assert answer.usage is not None
        now = answer.usage.now
        told = [status.used for status in answer.usage]
        return told == [self.counts[window, window.number(now)] for window in Window]


def moments(gaps: Gaps, count: int) -> Iterator[datetime]:
    """Return when requests meet functions whose clocks are up to 2 s wrong."""
    chance = random.Random(1)  # noqa: S311 - the same traffic every time
    for passed in accumulate(islice(gaps(chance), count)):
        yield NOON + timedelta(seconds=passed + chance.choice([-2, 0, 2]))


def steady(chance: random.Random) -> Iterator[float]:
    while True:
        yield chance.expovariate(1 / 8)


def every(seconds: float) -> Gaps:
    """Return gaps of about the same length."""

    def gaps(chance: random.Random) -> Iterator[float]:
        while True:
            yield seconds * chance.uniform(0.9, 1.1)

    return gaps


def bursts(chance: random.Random) -> Iterator[float]:
    while True:
        yield from (0.5 for _ in range(chance.randrange(1, 30)))
        yield 10 ** chance.uniform(1, 6)  # from seconds to weeks


def anything(chance: random.Random) -> Iterator[float]:
    while True:
        yield 10 ** chance.uniform(-2, 7)  # from one function to the other, to months


# How many requests, how many counters at most, and how many of the requests may sweep.
PATTERNS: dict[str, tuple[Gaps, int, int, float]] = {
    "several a minute": (steady, 20_000, 22, 0.01),
    "one a minute": (every(60), 10_000, 22, 0.01),
    "one an hour": (every(3600), 10_000, 19, 0.13),
    "one a day": (every(86_400), 2_000, 19, 0.5),
    "one a month": (every(2_629_746), 500, 19, 0.5),
    "bursts": (bursts, 10_000, 22, 0.04),
    # The most there can be, and only until the same request has swept: 7 leftovers, those
    # kept (7 minutes, two of the others) that a pause has just made leftovers, and five new ones.
    "anything": (anything, 5_000, 27, 0.5),
}


@pytest.mark.parametrize(("gaps", "requests", "most", "swept"), PATTERNS.values(), ids=PATTERNS)
def test_counters_stay_few_and_true_whatever_the_traffic(
    gaps: Gaps, requests: int, most: int, swept: float
) -> None:
    table, ledger = OneItem(), Ledger()
    store = DynamoKeyStore(cast("DynamoDBClient", table), table_name="keys")

    for now in moments(gaps, requests):
        expected = ledger.expects(now)
        answer = store.admit(SECRET, MODELS_READ, now)

        assert isinstance(answer, Admission) is expected
        assert ledger.agrees(answer)

    assert table.most <= most
    assert table.sweeps <= swept * requests


@pytest.mark.parametrize("gaps", [every(7), every(1_000), anything], ids=["dense", "thin", "any"])
def test_the_reenacted_table_answers_as_an_emulator_does(table: KeysTable, gaps: Gaps) -> None:
    emulated = DynamoKeyStore(table.client, table_name="keys")
    ledger(table.client).create(RECORD)
    item = OneItem()
    reenacted = DynamoKeyStore(cast("DynamoDBClient", item), table_name="keys")

    for now in moments(gaps, 50):
        answers = [store.admit(SECRET, MODELS_READ, now) for store in (emulated, reenacted)]

        assert answers[0] == answers[1]
        assert table.counters(KEY.key_id) == item.counters
