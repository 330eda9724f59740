"""The built publisher under Lambda's emulator: what it makes live, and what it refuses."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.publishing import source_written
from localcloud.stack import BUCKET, NAMES, PUBLISHER
from model_catalog.registry import compile_source
from model_catalog.registry_source import InvalidRegistryError
from model_catalog.registry_store import LIVE_KEY, REJECTED_PREFIX
from model_catalog.snapshot import dump, load
from support.deployment import SAMPLE_REGISTRY, Deployment, running_deployment
from support.lambda_emulator import Artefact, Emulator, running_emulator, why_not_here
from support.stack import Output

pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=str(why_not_here()))

SCHEDULED = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-22T13:45:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/quarter-hour"],
    "detail": {},
}
INVALID = b'{"models": [{"id": "a", "display_nam": "A", "context_window": -1}]}'


@dataclass(frozen=True)
class Publishing:
    """The built publisher in front of its bucket."""

    deployment: Deployment
    emulator: Emulator

    def put_and_wake(self, source: bytes, by: str) -> tuple[str, Output]:
        """Store a source and wake the publisher; return its version and what was printed."""
        version, before = self.deployment.put_source(source), self.emulator.printed
        written = source_written(NAMES[BUCKET], version, datetime.now(UTC))
        events: Mapping[str, Any] = {"object": written, "schedule": SCHEDULED}
        assert self.emulator.invoke(events[by]) is None
        return version, Output(self.emulator.printed.removeprefix(before))

    @property
    def live(self) -> bytes:
        return self.deployment.read(LIVE_KEY)


@pytest.fixture(scope="module")
def publishing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publishing]:
    """A publisher that is warm, and the sample registry live."""
    folder = tmp_path_factory.mktemp("publisher")
    with running_deployment(folder) as deployment:
        environment = deployment.environment_of(PUBLISHER)
        with running_emulator(
            Artefact.of(PUBLISHER), environment, folder, timeout_seconds=60
        ) as emulator:
            warm = Publishing(deployment, emulator)
            warm.put_and_wake(SAMPLE_REGISTRY.read_bytes(), "object")
            yield warm


def renamed(name: str) -> bytes:
    """Return the sample registry with another name for its first model."""
    document = json.loads(SAMPLE_REGISTRY.read_bytes())
    document["models"][0]["display_name"] = name
    return json.dumps(document).encode()


@pytest.mark.parametrize("by", ["object", "schedule"])
def test_what_is_published_is_what_the_sources_compile(publishing: Publishing, by: str) -> None:
    source = renamed(f"New by {by}")

    version, _ = publishing.put_and_wake(source, by)

    live = publishing.live
    published_at = load(live).published_at
    compiled = compile_source(source, published_at=published_at, source_version=version)
    assert live == dump(compiled.snapshot)
    assert abs(datetime.now(UTC) - published_at) < timedelta(minutes=1)


@pytest.mark.parametrize("by", ["object", "schedule"])
def test_publishing_is_logged_and_counted(publishing: Publishing, by: str) -> None:
    version, output = publishing.put_and_wake(renamed(f"Logged by {by}"), by)

    (log,), (metric,) = output.logs, output.metrics
    assert (log["message"], log["source_version"]) == ("Registry published", version)
    assert metric["RegistryPublished"] == [1.0]


@pytest.mark.parametrize("by", ["object", "schedule"])
def test_an_invalid_source_is_reported_and_leaves_what_is_live(
    publishing: Publishing, by: str
) -> None:
    before = publishing.live

    version, _ = publishing.put_and_wake(INVALID, by)

    report = json.loads(publishing.deployment.read(f"{REJECTED_PREFIX}{version}.json"))
    with pytest.raises(InvalidRegistryError) as invalid:
        compile_source(INVALID, published_at=datetime.now(UTC), source_version=version)
    assert report["source_version"] == version
    assert report["problems"] == [
        {"path": problem.path, "message": problem.message} for problem in invalid.value.problems
    ]
    assert publishing.live == before


@pytest.mark.parametrize("by", ["object", "schedule"])
def test_an_invalid_source_is_logged_and_counted(publishing: Publishing, by: str) -> None:
    version, output = publishing.put_and_wake(INVALID, by)

    (log,), (metric,) = output.logs, output.metrics
    assert (log["message"], log["level"]) == ("Registry rejected", "ERROR")
    assert log["source_version"] == version
    assert len(log["problems"]) == 3
    assert metric["RegistryRejected"] == [1.0]


def test_an_event_that_comes_twice_publishes_once(publishing: Publishing) -> None:
    source = renamed("Once")
    publishing.put_and_wake(source, "object")
    before = publishing.live

    _, output = publishing.put_and_wake(source, "schedule")

    assert [log["message"] for log in output.logs] == ["Registry unchanged"]
    assert output.metrics == []
    assert publishing.live == before


def test_one_start_was_enough(publishing: Publishing) -> None:
    publishing.put_and_wake(renamed("Warm"), "object")

    assert len(publishing.emulator.init_milliseconds) == 1
