"""The bucket's store tells every way of not getting the live snapshot apart."""

import pytest

from model_catalog.errors import RegistryUnavailableError
from model_catalog.registry_store import (
    LIVE_KEY,
    SOURCE_KEY,
    LiveObject,
    NoLiveObject,
    S3RegistryStore,
    s3_client,
)
from model_catalog.snapshot import LARGEST_SNAPSHOT, LARGEST_SOURCE
from support.failing_server import Behavior, FailingServer, answering, s3_error
from support.stack import Aws


@pytest.fixture
def store(aws: Aws) -> S3RegistryStore:
    return S3RegistryStore(aws.s3, bucket_name="registry")


def write_live(store: S3RegistryStore, content: bytes) -> None:
    """Put ``content`` in the place of whatever is live."""
    held = store.read_live()
    store.write_live(content, replacing=held.etag if held else None)


def write_source(store: S3RegistryStore, content: bytes) -> str:
    """Put ``content`` in the place of whatever is the source; return its version."""
    held = store.read_source()
    return store.write_source(content, replacing=held.etag if held else None, metadata={})


def fetched(store: S3RegistryStore) -> LiveObject:
    """Return the live object, having checked that there is one."""
    found = store.fetch_live(None)
    assert isinstance(found, LiveObject)
    return found


def test_what_was_written_is_fetched(store: S3RegistryStore) -> None:
    write_live(store, b"first")

    assert fetched(store).content == b"first"


def test_a_snapshot_that_is_held_is_not_fetched_again(store: S3RegistryStore) -> None:
    write_live(store, b"first")

    answer = store.fetch_live(fetched(store).etag)

    assert answer is NoLiveObject.NOT_MODIFIED


def test_a_snapshot_that_changed_is_fetched_under_another_tag(store: S3RegistryStore) -> None:
    write_live(store, b"first")
    first = fetched(store)
    write_live(store, b"second")

    second = store.fetch_live(first.etag)

    assert isinstance(second, LiveObject)
    assert second.content == b"second"
    assert second.etag != first.etag


@pytest.mark.parametrize("held", [None, '"held"'])
def test_a_registry_that_was_never_published_is_no_failure(
    store: S3RegistryStore, held: str | None
) -> None:
    write_source(store, b"{}")

    assert store.fetch_live(held) is NoLiveObject.NEVER_PUBLISHED


def test_a_snapshot_written_after_a_deletion_is_fetched(store: S3RegistryStore, aws: Aws) -> None:
    write_live(store, b"first")
    aws.s3.delete_object(Bucket="registry", Key=LIVE_KEY)
    write_live(store, b"second")

    assert fetched(store).content == b"second"


def test_a_bucket_that_is_not_there_is_a_failure(aws: Aws) -> None:
    store = S3RegistryStore(aws.s3, bucket_name="elsewhere")

    with pytest.raises(RegistryUnavailableError) as raised:
        store.fetch_live(None)

    assert raised.value.details == {"reason": "NoSuchBucket"}


TAGGED = {"etag": '"a"', "last-modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
FAILURES: dict[str, tuple[Behavior, str]] = {
    "forbidden": (s3_error("AccessDenied", 403), "AccessDenied"),
    "deleted": (s3_error("NoSuchKey", 404, {"x-amz-delete-marker": "true"}), "Deleted"),
    "slowed down": (s3_error("SlowDown", 503), "SlowDown"),
    "cut off": (answering(200, b"{", TAGGED | {"content-length": "9"}), "IncompleteReadError"),
    "damaged": (
        answering(200, b"{}", TAGGED | {"x-amz-checksum-crc32": "AAAAAA=="}),
        "FlexibleChecksumError",
    ),
    "unreadable": (answering(400, b"<Error><Code></Error>"), "400"),
    "without a tag": (answering(200, b"{}"), "KeyError"),
    "an error without a code": (answering(400, b"<Error/>"), "Unknown"),
    "an error of somebody else's": (answering(404, b"Not here."), "404"),
}


@pytest.mark.parametrize(("behavior", "reason"), FAILURES.values(), ids=FAILURES)
def test_what_the_bucket_fails_with_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, behavior: Behavior, reason: str
) -> None:
    with FailingServer(behavior).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        store = S3RegistryStore(s3_client(), bucket_name="registry")

        with pytest.raises(RegistryUnavailableError) as raised:
            store.fetch_live('"held"')

    assert raised.value.details == {"reason": reason}


@pytest.mark.parametrize("cause", ["cut off", "damaged"])
def test_a_source_that_arrives_in_part_or_damaged_is_not_taken_for_what_was_written(
    monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    behavior, reason = FAILURES[cause]
    with FailingServer(behavior).running() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        store = S3RegistryStore(s3_client(), bucket_name="registry")

        with pytest.raises(RegistryUnavailableError) as raised:
            store.read_source()

    assert raised.value.details == {"reason": reason}


@pytest.mark.parametrize(
    ("key", "largest"), [(LIVE_KEY, LARGEST_SNAPSHOT), (SOURCE_KEY, LARGEST_SOURCE)]
)
def test_of_an_object_that_is_too_large_no_more_is_read_than_tells_so(
    store: S3RegistryStore, aws: Aws, key: str, largest: int
) -> None:
    aws.s3.put_object(Bucket="registry", Key=key, Body=bytes(largest + 1_000_000))

    found = store.read_source() if key == SOURCE_KEY else fetched(store)

    assert found
    assert len(found.content) == largest + 1


def test_every_source_that_is_stored_is_a_version_of_its_own(
    store: S3RegistryStore, aws: Aws
) -> None:
    first, second = write_source(store, b"first"), write_source(store, b"second")

    stored = aws.s3.get_object(Bucket="registry", Key=SOURCE_KEY, VersionId=first)
    assert stored["Body"].read() == b"first"
    assert aws.s3.get_object(Bucket="registry", Key=SOURCE_KEY)["VersionId"] == second


def test_a_source_is_not_what_readers_see(store: S3RegistryStore) -> None:
    write_live(store, b"live")

    write_source(store, b"source")

    assert fetched(store).content == b"live"


def test_what_lies_in_the_bucket_says_that_it_is_json(store: S3RegistryStore, aws: Aws) -> None:
    write_live(store, b"{}")
    write_source(store, b"{}")

    kinds = {
        aws.s3.head_object(Bucket="registry", Key=key)["ContentType"]
        for key in (LIVE_KEY, SOURCE_KEY)
    }
    assert kinds == {"application/json"}
