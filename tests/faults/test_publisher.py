"""Whatever befalls the publisher, live is whole, and in the end made from the newest source."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count

import pytest

from faults.catalog import (
    EVENT_TWICE,
    LIVE,
    LIVE_FORBIDDEN,
    PUT_LIVE,
    REPLY_LOST,
    SOURCE,
    SOURCE_CUT,
    SOURCE_INVALID,
    TWO_PUBLISHERS,
    WRITE_CONTESTED,
    WRITE_FAILS,
    Fault,
    Metric,
)
from faults.page import Measured
from localcloud.stack import PUBLISHER
from model_catalog.registry_store import LIVE_KEY
from support.deployment import Deployment
from support.documents import authored, document
from support.fault_proxy import (
    FaultProxy,
    Treatment,
    first_attempts,
    late,
    lose_reply,
    running_proxy,
    s3_error,
    truncate,
)
from support.live_functions import Instance, Told, running

_sources = count(1)


@dataclass(frozen=True)
class Publishing:
    """Two publishers behind a proxy, with something live."""

    deployment: Deployment
    proxy: FaultProxy
    publishers: Sequence[Instance]

    def put(self) -> str:
        """Write a new source; return its one model."""
        model = f"source-{next(_sources)}"
        self.deployment.put_source(json.dumps(document(authored(model), authored("a"))).encode())
        return model

    def wake(self) -> Told:
        """Send the first publisher an event."""
        return self.publishers[0].act("invoke", {"source": "aws.s3"})

    def treating(self, requests: str, treatment: Treatment) -> AbstractContextManager[None]:
        return self.proxy.treating(requests, treatment)

    @property
    def live(self) -> list[str]:
        """Return the models that are live."""
        return [each["id"] for each in json.loads(self.deployment.read(LIVE_KEY))["models"]]


@pytest.fixture(scope="module")
def publishers(
    deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Publishing]:
    log = tmp_path_factory.mktemp("publishers") / "log"
    with running_proxy(deployment.url) as proxy:
        environment = {
            **deployment.environment_of(PUBLISHER),
            "AWS_ENDPOINT_URL_S3": proxy.url,
            "AWS_MAX_ATTEMPTS": "2",  # else the SDK tries for ten seconds
        }
        with running("publisher", 2, environment, log) as them:
            yield Publishing(deployment, proxy, them)


@pytest.fixture
def publishing(publishers: Publishing) -> Publishing:
    """Return the publishers, with the newest source live."""
    publishers.deployment.s3.delete_object(Bucket="model-catalog-registry", Key=LIVE_KEY)
    publishers.put()
    assert publishers.wake().metrics == {Metric.PUBLISHED}
    return publishers


@pytest.mark.parametrize(
    ("fault", "requests", "treatment"),
    [
        (WRITE_FAILS, PUT_LIVE, s3_error("InternalError", 500)),
        (LIVE_FORBIDDEN, LIVE, s3_error("AccessDenied", 403)),
        (WRITE_CONTESTED, PUT_LIVE, s3_error("PreconditionFailed", 412)),
    ],
    ids=lambda each: each.name if isinstance(each, Fault) else "",
)
def test_a_bucket_that_fails_makes_the_publisher_fail_and_leaves_live_alone(
    publishing: Publishing, measured: Measured, fault: Fault, requests: str, treatment: Treatment
) -> None:
    before, new = publishing.live, publishing.put()

    with publishing.treating(requests, treatment):
        failed = publishing.wake()
        meanwhile = publishing.live
    mended = publishing.wake()

    assert failed.raised is not None  # so that Lambda tries again, and alarms in the end
    assert (failed.metrics, meanwhile) == (set(), before)
    assert mended.metrics == {Metric.PUBLISHED}
    assert new in publishing.live
    measured(fault, recovered=mended.seconds, slowest=max(failed.seconds, mended.seconds))


def test_a_source_cut_on_its_way_is_rejected_and_published_by_the_next_event(
    publishing: Publishing, measured: Measured
) -> None:
    before, new = publishing.live, publishing.put()

    with publishing.treating(SOURCE, truncate):
        cut = publishing.wake()
        meanwhile = publishing.live
    mended = publishing.wake()

    assert (cut.metrics, meanwhile) == ({Metric.REJECTED}, before)
    assert mended.metrics == {Metric.PUBLISHED}
    assert new in publishing.live
    measured(SOURCE_CUT, recovered=mended.seconds, slowest=max(cut.seconds, mended.seconds))


def test_a_source_that_is_not_valid_is_rejected_until_a_valid_one_is_written(
    publishing: Publishing, measured: Measured
) -> None:
    before = publishing.live
    publishing.deployment.put_source(json.dumps(document(authored("b", colour="red"))).encode())

    rejected = [publishing.wake(), publishing.wake()]
    meanwhile = publishing.live
    new = publishing.put()
    mended = publishing.wake()

    assert [each.metrics for each in rejected] == [{Metric.REJECTED}] * 2
    assert meanwhile == before
    assert mended.metrics == {Metric.PUBLISHED}
    assert new in publishing.live
    measured(SOURCE_INVALID, recovered=mended.seconds, slowest=mended.seconds)


def test_a_publication_whose_reply_is_lost_is_found_done(
    publishing: Publishing, measured: Measured
) -> None:
    new = publishing.put()

    with publishing.treating(PUT_LIVE, first_attempts(lose_reply)):
        done = publishing.wake()

    assert (done.raised, done.metrics) == (None, set())
    assert new in publishing.live
    measured(REPLY_LOST, slowest=done.seconds)


def test_an_event_that_comes_twice_publishes_once(
    publishing: Publishing, measured: Measured
) -> None:
    new = publishing.put()

    told = [publishing.wake(), publishing.wake()]

    assert [each.metrics for each in told] == [{Metric.PUBLISHED}, set()]
    assert new in publishing.live
    measured(EVENT_TWICE, slowest=max(each.seconds for each in told))


def test_publishers_that_race_end_with_the_newest_source(
    publishing: Publishing, measured: Measured
) -> None:
    told: list[Told] = []

    with publishing.treating(PUT_LIVE, late(0.05)), ThreadPoolExecutor(2) as threads:
        new = ""
        for _ in range(10):
            new = publishing.put()
            told += threads.map(lambda each: each.act("invoke", {}), publishing.publishers)

    assert {each.raised for each in told} == {None}
    assert {name for each in told for name in each.metrics} == {Metric.PUBLISHED}
    assert new in publishing.live
    measured(TWO_PUBLISHERS, slowest=max(each.seconds for each in told))
