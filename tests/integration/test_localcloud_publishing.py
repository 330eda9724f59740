"""New sources wake the publisher, as they do in the cloud."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from localcloud.publishing import SourceWatch, watching
from localcloud.runtime import LambdaFunction
from model_catalog.registry_store import SOURCE_KEY
from support.stack import Aws


@dataclass
class Woken:
    """A publisher that only writes down what woke it, after failing a few times."""

    failures: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, event: dict[str, Any], _: object) -> None:
        self.events.append(event)
        if len(self.events) <= self.failures:
            raise RuntimeError("S3 blinked")

    @property
    def versions(self) -> list[str]:
        return [event["detail"]["object"]["version-id"] for event in self.events]

    @property
    def function(self) -> LambdaFunction:
        return LambdaFunction(handler=self, name="publisher", memory_mb=128, timeout_seconds=60)


def put(aws: Aws, content: bytes = b"{}") -> str:
    return aws.s3.put_object(Bucket="registry", Key=SOURCE_KEY, Body=content)["VersionId"]


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait up to ten seconds."""
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


def test_each_new_version_is_delivered_once(aws: Aws) -> None:
    woken = Woken()
    watch = SourceWatch("registry", woken.function, aws.s3)
    watch.look()

    first = put(aws)
    watch.look()
    watch.look()
    second = put(aws)
    watch.look()

    assert woken.versions == [first, second]


def test_another_object_whose_name_begins_alike_wakes_nobody(aws: Aws) -> None:
    woken = Woken()
    aws.s3.put_object(Bucket="registry", Key=f"{SOURCE_KEY}.bak", Body=b"{}")

    SourceWatch("registry", woken.function, aws.s3).look()

    assert woken.events == []


def test_the_event_says_what_eventbridge_says(aws: Aws) -> None:
    woken = Woken()
    version = put(aws)

    SourceWatch("registry", woken.function, aws.s3).look()

    (event,) = woken.events
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["detail"]["bucket"] == {"name": "registry"}
    assert event["detail"]["object"] == {"key": SOURCE_KEY, "version-id": version}


@pytest.mark.parametrize(("failures", "deliveries"), [(0, 1), (2, 3), (9, 3)])
def test_a_publisher_that_fails_is_tried_twice_more(
    aws: Aws, failures: int, deliveries: int
) -> None:
    woken = Woken(failures)
    put(aws)

    SourceWatch("registry", woken.function, aws.s3).look()

    assert len(woken.events) == deliveries


def test_a_source_written_while_it_watches_is_noticed(aws: Aws) -> None:
    woken = Woken()
    first = put(aws)

    with watching("registry", woken.function, pause=0.01):
        at_once = list(woken.versions)
        second = put(aws)
        noticed = eventually(lambda: woken.versions == [first, second])

    assert at_once == [first]
    assert noticed
