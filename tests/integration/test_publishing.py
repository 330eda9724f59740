"""Publishers against each other, against operators and against crashes, on S3."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from model_catalog.publishing import (
    Published,
    Publisher,
    PublishingContestedError,
    Rejected,
    Unchanged,
)
from model_catalog.registry import compile_source
from model_catalog.registry_store import S3RegistryStore, WriteConflictError
from model_catalog.snapshot import Snapshot, load
from support.documents import authored, document
from support.stack import Aws
from support.turns import Crash, Turns, interleavings, run_in_turns

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def source_of(*models: str) -> bytes:
    """Return an authored document with those models."""
    return json.dumps(
        {
            "codex_defaults": {"base_instructions": "Work with care."},
            "models": [{"id": m, "display_name": m, "context_window": 1000} for m in models],
        }
    ).encode()


OLD, NEW, BROKEN = source_of("a", "old"), source_of("a", "new"), b'{"models": [{"id": "a"}]}'


@pytest.fixture
def store(aws: Aws) -> S3RegistryStore:
    return S3RegistryStore(aws.s3, bucket_name="registry")


def put(aws: Aws, content: bytes, bucket: str = "registry", **metadata: str) -> str:
    """Drop a source into the bucket as any tool would; return its version."""
    response = aws.s3.put_object(
        Bucket=bucket, Key="registry/source.json", Body=content, Metadata=metadata
    )
    return response["VersionId"]


def publish(store: S3RegistryStore) -> object:
    return Publisher(store, clock=lambda: NOW).publish()


def live(store: S3RegistryStore) -> Snapshot | None:
    held = store.read_live()
    return load(held.content) if held else None


def compiled(content: bytes, version: str) -> Snapshot:
    return compile_source(content, published_at=NOW, source_version=version).snapshot


def test_a_valid_source_becomes_live_as_a_whole(aws: Aws, store: S3RegistryStore) -> None:
    version = put(aws, OLD)

    publish(store)

    assert live(store) == compiled(OLD, version)


def test_the_same_source_twice_does_nothing(aws: Aws, store: S3RegistryStore) -> None:
    put(aws, OLD)
    publish(store)
    before = store.read_live()
    put(aws, OLD)

    outcome = publish(store)

    assert outcome == Unchanged()
    assert store.read_live() == before


def test_without_a_source_nothing_happens(store: S3RegistryStore) -> None:
    assert publish(store) == Unchanged()
    assert live(store) is None


@pytest.mark.parametrize(
    "content",
    [BROKEN, NEW[:-10], b"", b" " * (20 * 2**20 + 2), b"\xff\xfe{}"],
    ids=["invalid", "half uploaded", "empty", "oversized", "wrong encoding"],
)
def test_a_rejected_source_leaves_live_untouched_and_says_why(
    aws: Aws, store: S3RegistryStore, content: bytes
) -> None:
    put(aws, OLD)
    publish(store)
    before = store.read_live()
    version = put(aws, content)

    outcome = publish(store)

    assert isinstance(outcome, Rejected)
    assert store.read_live() == before
    report = json.loads(store.read_rejection(version) or b"")
    assert report["source_version"] == version
    assert [problem["message"] for problem in report["problems"]] == [
        problem.message for problem in outcome.problems
    ]


@pytest.mark.parametrize(("models", "refused"), [((), True), (("a",), False), (("z",), True)])
def test_dropping_most_models_needs_to_be_meant(
    aws: Aws, store: S3RegistryStore, models: tuple[str, ...], *, refused: bool
) -> None:
    put(aws, source_of("a", "b"))
    publish(store)
    put(aws, source_of(*models))

    by_mistake = publish(store)
    put(aws, source_of(*models), **{"allow-removals": "true"})
    publish(store)

    assert isinstance(by_mistake, Rejected) == refused
    snapshot = live(store)
    assert snapshot is not None
    assert tuple(entry.id for entry in snapshot.entries) == models


@pytest.mark.parametrize("change", [{"supported_in_api": False}, {"visibility": "hide"}])
def test_emptying_every_list_needs_to_be_meant(
    aws: Aws, store: S3RegistryStore, change: dict[str, object]
) -> None:
    unlisted = document(authored("a", **change), authored("b", **change))
    put(aws, source_of("a", "b"))
    publish(store)
    put(aws, json.dumps(unlisted).encode())

    by_mistake = publish(store)
    put(aws, json.dumps(unlisted).encode(), **{"allow-removals": "true"})
    meant = publish(store)

    assert isinstance(by_mistake, Rejected)
    assert [str(problem) for problem in by_mistake.problems] == [
        "models: lists none, and 2 are listed now; if you mean it, allow removals"
    ]
    assert isinstance(meant, Published)


def test_models_that_were_never_listed_may_be_published_as_they_are(
    aws: Aws, store: S3RegistryStore
) -> None:
    put(aws, json.dumps(document(authored("a", visibility="hide"))).encode())

    assert isinstance(publish(store), Published)


def test_a_live_object_nobody_can_read_is_replaced(aws: Aws, store: S3RegistryStore) -> None:
    aws.s3.put_object(Bucket="registry", Key="registry/live.json", Body=b"{")
    version = put(aws, NEW)

    publish(store)

    assert live(store) == compiled(NEW, version)


def test_a_deleted_live_object_is_written_again(aws: Aws, store: S3RegistryStore) -> None:
    version = put(aws, NEW)
    publish(store)
    aws.s3.delete_object(Bucket="registry", Key="registry/live.json")

    publish(store)

    assert live(store) == compiled(NEW, version)


class ContestedStore(S3RegistryStore):
    """A bucket in which somebody else is always faster."""

    def write_live(self, content: bytes, *, replacing: str | None) -> None:
        raise WriteConflictError


def test_a_publisher_that_is_never_first_gives_up_and_says_so(aws: Aws) -> None:
    put(aws, NEW)

    with pytest.raises(PublishingContestedError):
        publish(ContestedStore(aws.s3, bucket_name="registry"))


class TurnTakingStore:
    """The real store, one step a turn; it may crash before or after a step."""

    def __init__(
        self, store: S3RegistryStore, turns: Turns, actor: str, crash_at: int | None = None
    ) -> None:
        self._store = store
        self._turns = turns
        self._actor = actor
        self._steps_left = crash_at

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the real operation, in its turn."""

        def step(*given: Any, **named: Any) -> Any:
            if self._steps_left == 0:
                raise Crash
            if self._steps_left is not None:
                self._steps_left -= 1
            action = getattr(self._store, operation)
            return self._turns.step(self._actor, lambda: action(*given, **named))

        return step


STEPS = "AAA", "OBBB"  # a publisher nobody disturbs reads live, reads the source, writes live


@dataclass(frozen=True)
class Race:
    """Publisher A and an old source, against an operator's new one and publisher B."""

    store: S3RegistryStore
    aws: Aws
    bucket: str
    order: str

    def run(self, newer: bytes, crash_at: int | None = None) -> tuple[Snapshot, str]:
        """Return what the old source compiles to, and the new one's version."""
        turns = Turns(self.order)
        old = compiled(OLD, put(self.aws, OLD, self.bucket))
        versions: list[str] = []

        def publish_as(actor: str, crash_at: int | None = None) -> None:
            store = TurnTakingStore(self.store, turns, actor, crash_at)
            Publisher(store, clock=lambda: NOW).publish()

        def write_and_publish() -> None:
            versions.append(turns.step("O", lambda: put(self.aws, newer, self.bucket)))
            publish_as("B", crash_at)

        run_in_turns(turns, {"A": lambda: publish_as("A"), "B": write_and_publish})
        return old, versions[0]


@pytest.fixture
def races(aws: Aws) -> Iterator[Race]:
    """Every interleaving, each in a bucket of its own."""

    def race(order: str) -> Race:
        bucket = f"registry-{order.lower()}"
        aws.s3.create_bucket(Bucket=bucket)
        aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        return Race(S3RegistryStore(aws.s3, bucket_name=bucket), aws, bucket, order)

    return map(race, interleavings(*STEPS))


def test_no_interleaving_of_two_publishers_ends_with_an_older_source(
    races: Iterator[Race],
) -> None:
    for race in races:
        _, new = race.run(NEW)

        assert live(race.store) == compiled(NEW, new), race.order


def test_no_interleaving_lets_a_broken_source_touch_what_is_live(races: Iterator[Race]) -> None:
    for race in races:
        old, new = race.run(BROKEN)

        assert live(race.store) in (None, old), race.order
        assert race.store.read_rejection(new), race.order


@pytest.mark.parametrize("crash_at", range(4))
def test_a_crashed_publisher_leaves_a_whole_source_live_and_the_next_one_the_newest(
    races: Iterator[Race], crash_at: int
) -> None:
    for race in races:
        old, new = race.run(NEW, crash_at)
        halfway = live(race.store)
        publish(race.store)  # Lambda's retry, or the schedule

        assert halfway in (None, old, compiled(NEW, new)), race.order
        assert live(race.store) == compiled(NEW, new), race.order
