"""However many functions ask at once, a window admits exactly its limit."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from model_catalog.api_keys import MODELS_READ, Admission
from model_catalog.key_store import DynamoKeyStore
from model_catalog.limits import Window
from support.clock import NOON
from support.stack import KeysTable

THREADS = 32
LIMIT = 100


def moments(requests: int) -> list[datetime]:
    """Return as many moments before noon's minute begins as after it, all mixed up."""
    around = [
        NOON + timedelta(seconds=side * (1 + n % 25)) for n in range(requests) for side in (-1, 1)
    ]
    random.Random(1).shuffle(around)  # noqa: S311 - the same mix every time
    return around


def patient_store() -> DynamoKeyStore:
    """Return a store for many threads that loses no reply: a retried request may count twice."""
    config = Config(
        max_pool_connections=THREADS, read_timeout=60, retries={"total_max_attempts": 1}
    )
    return DynamoKeyStore(boto3.client("dynamodb", config=config), table_name="keys")


def test_threads_around_a_windows_boundary_are_let_in_exactly_up_to_the_limit(
    atomic_table: KeysTable,
) -> None:
    secret = atomic_table.add(limits={Window.MINUTE: LIMIT})
    store = patient_store()

    def ask(now: datetime) -> tuple[int, bool]:
        answer = store.admit(secret, MODELS_READ, now)
        return Window.MINUTE.number(now), isinstance(answer, Admission)

    with ThreadPoolExecutor(THREADS) as threads:
        asked = moments(requests=2 * LIMIT)
        answers = Counter(threads.map(ask, asked))

    after = Window.MINUTE.number(NOON)
    assert answers == {
        (minute, let): LIMIT for minute in (after - 1, after) for let in (True, False)
    }


def test_what_threads_were_let_in_is_what_was_counted(atomic_table: KeysTable) -> None:
    secret = atomic_table.add(limits={Window.MINUTE: 10**6})
    store = patient_store()

    def used(_: int) -> int:
        answer = store.admit(secret, MODELS_READ, NOON)
        assert isinstance(answer, Admission)
        return next(iter(answer.usage)).used

    with ThreadPoolExecutor(THREADS) as threads:
        told = sorted(threads.map(used, range(200)))

    assert told == list(range(1, 201))


@pytest.mark.parametrize("limit", [1, 7])
def test_one_after_the_other_they_are_let_in_up_to_the_limit_too(
    table: KeysTable, limit: int
) -> None:
    secret = table.add(limits={Window.MINUTE: limit})
    store = DynamoKeyStore(table.client, table_name="keys")

    admissions = [store.admit(secret, MODELS_READ, now) for now in sorted(moments(requests=10))]

    let_in = [isinstance(answer, Admission) for answer in admissions]
    assert let_in == [n < limit for n in range(10)] * 2
