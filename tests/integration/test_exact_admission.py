"""Many functions at once, each a process of its own, on an AWS whose writes are atomic.

Once in each run of the tests, and twenty times by ``make stress``.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from model_catalog.api_keys import mint
from model_catalog.key_items import counter_name
from model_catalog.limits import Window
from model_catalog.registry_store import LIVE_KEY
from model_catalog.snapshot import dump
from modelctl.clocks import Clocks
from modelctl.command_line import app
from support.builders import entry, key_record, ledger, snapshot
from support.clock import NOON
from support.functions import Instance, running_functions
from support.stack import KeysTable

INSTANCES = 8
THREADS = 64
REQUESTS = 200  # of each thread
A_MINUTE = timedelta(minutes=1)
RATE = 50  # requests a second


@pytest.fixture
def functions(
    atomic_table: KeysTable,  # noqa: ARG001 - the table has to be there
    ministack_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Sequence[Instance]]:
    """Eight warm functions in front of the table, and a registry of one model."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="registry")
    s3.put_object(Bucket="registry", Key=LIVE_KEY, Body=dump(snapshot(entry("a"))))
    with running_functions(
        INSTANCES, {"AWS_ENDPOINT_URL": ministack_url}, tmp_path / "log"
    ) as them:
        yield them


def test_limits_of_a_minute_and_an_hour_hold_exactly_whoever_asks(
    functions: Sequence[Instance], atomic_table: KeysTable, run: int
) -> None:
    minted = mint()
    ledger(atomic_table.client).create(
        key_record(minted, limits={Window.MINUTE: 1000, Window.HOUR: 1500})
    )
    chance = random.Random(run)  # noqa: S311 - another mix each run, the same in each of that number

    def ask(moment: int) -> int:
        now = NOON + A_MINUTE * moment + timedelta(seconds=chance.uniform(0, 59))
        status: int = chance.choice(functions).ask(minted.secret, now)["statusCode"]
        return status

    answers = []
    for minute in (0, 1):
        with ThreadPoolExecutor(THREADS) as threads:
            answers.append(Counter(threads.map(ask, [minute] * (THREADS * REQUESTS // 2))))

    half = THREADS * REQUESTS // 2
    assert answers == [{200: 1000, 429: half - 1000}, {200: 500, 429: half - 500}]
    counted = atomic_table.counters(minted.key_id)
    first = Window.MINUTE.number(NOON)
    assert [
        counted[counter_name(window, number)]
        for window, number in (
            (Window.MINUTE, first),
            (Window.MINUTE, first + 1),
            (Window.HOUR, Window.HOUR.number(NOON)),
        )
    ] == [1000, 500, 1500]


def test_a_rotation_under_load_loses_no_request_and_wins_none(
    functions: Sequence[Instance], atomic_table: KeysTable
) -> None:
    limit, seconds = 250, 6
    minted = mint()
    ledger(atomic_table.client).create(key_record(minted, limits={Window.HOUR: limit}))
    secrets = [minted.secret]

    def ask(number: int) -> int:
        now = NOON + timedelta(seconds=number / RATE)
        secret = secrets[
            number % len(secrets)
        ]  # once there are two, half of the clients have moved
        status: int = functions[number % INSTANCES].ask(secret, now)["statusCode"]
        return status

    with ThreadPoolExecutor(THREADS) as threads:
        answers = [threads.submit(ask, number) for number in paced(range(seconds * RATE // 3))]
        rotation = threads.submit(lambda: secrets.append(rotated(minted.key_id)))
        rest = range(seconds * RATE // 3, seconds * RATE)
        answers += [threads.submit(ask, number) for number in paced(rest)]
        rotation.result()
        statuses = Counter(each.result() for each in answers)

    assert statuses == {200: limit, 429: seconds * RATE - limit}
    assert (
        atomic_table.counters(minted.key_id)[counter_name(Window.HOUR, Window.HOUR.number(NOON))]
        == limit
    )
    later = NOON + timedelta(hours=1, minutes=1)  # the overlap is over
    assert [functions[0].ask(each, later)["statusCode"] for each in secrets] == [401, 200]


def test_once_a_revocation_is_told_no_function_lets_anyone_in(
    functions: Sequence[Instance], atomic_table: KeysTable
) -> None:
    minted = mint()
    ledger(atomic_table.client).create(key_record(minted))
    told: list[str] = []

    def ask(number: int) -> tuple[bool, int]:
        late = bool(told)
        status: int = functions[number % INSTANCES].ask(minted.secret, NOON)["statusCode"]
        return late, status

    def revoke() -> None:
        told.append(operate("revoke", minted.key_id, "--yes"))

    with ThreadPoolExecutor(THREADS) as threads:
        answers = [threads.submit(ask, number) for number in paced(range(RATE))]
        revocation = threads.submit(revoke)
        afterwards = 0
        for number in paced(range(60 * RATE)):
            answers.append(threads.submit(ask, number))
            afterwards += bool(told)
            if afterwards > 2 * RATE:
                break
        revocation.result()
        counts = Counter(each.result() for each in answers)

    assert counts[True, 401] >= 2 * RATE
    assert counts.keys() <= {(False, 200), (False, 401), (True, 401)}


def paced(requests: range) -> Iterator[int]:
    """Let one request start every fiftieth of a second, whether the others are answered or not."""
    start = time.monotonic()
    for number in requests:
        time.sleep(max(0, start + (number - requests.start) / RATE - time.monotonic()))
        yield number


def rotated(key_id: str) -> str:
    """Rotate a key as an operator does; return its new secret."""
    return operate("rotate", key_id, "--overlap", "1h", "--quiet").strip()


def operate(*arguments: str) -> str:
    """Run ``modelctl keys``; return what it prints."""
    now = NOON + timedelta(seconds=2)
    result = CliRunner().invoke(app, ["keys", *arguments], obj=Clocks(now=lambda: now))
    assert result.exit_code == 0, result.output
    return result.stdout
