"""The registry's events: each new source wakes the real publisher, as EventBridge would."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event as Flag
from threading import Thread
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3

from localcloud.environment import REGION
from localcloud.events import ACCOUNT_ID, Event
from localcloud.runtime import FunctionError, LambdaFunction
from model_catalog.registry_store import SOURCE_KEY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DELIVERIES = 3  # Lambda tries an event twice more


def source_written(bucket: str, version: str, now: datetime) -> Event:
    """Return the event EventBridge delivers for a new version of the source."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT_ID,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {"key": SOURCE_KEY, "version-id": version},
            "reason": "PutObject",
        },
    }


class SourceWatch:
    """Looks for new versions of the source, and delivers each to the publisher."""

    def __init__(self, bucket: str, publisher: LambdaFunction, client: "S3Client") -> None:
        self._bucket = bucket
        self._publisher = publisher
        self._client = client
        self._delivered: str | None = None

    def look(self) -> None:
        """Deliver the newest version, if it is new."""
        found = self._client.list_object_versions(Bucket=self._bucket, Prefix=SOURCE_KEY)
        newest = [
            each["VersionId"]
            for each in found.get("Versions", [])
            if each["IsLatest"] and each["Key"] == SOURCE_KEY
        ]
        if newest and newest[0] != self._delivered:
            self._delivered = newest[0]
            self._deliver(source_written(self._bucket, newest[0], datetime.now(UTC)))

    def _deliver(self, event: Event) -> None:
        for _ in range(_DELIVERIES):
            try:
                self._publisher.invoke(event)
            except FunctionError:
                traceback.print_exc()
            else:
                return


@contextmanager
def watching(bucket: str, publisher: LambdaFunction, pause: float) -> Iterator[None]:
    """Publish what is there, then keep looking every ``pause`` seconds."""
    client = boto3.client("s3")
    watch = SourceWatch(bucket, publisher, client)
    stopping = Flag()

    def keep_looking() -> None:
        while not stopping.wait(pause):
            watch.look()

    watch.look()
    thread = Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        client.close()
