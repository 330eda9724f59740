"""The registry, published anew while requests are answered."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.load.answers import Answered
from bench.load.pool import now

from localcloud.publishing import source_written
from localcloud.stack import BUCKET, NAMES
from model_catalog.registry_store import LIVE_KEY
from model_catalog.snapshot import Snapshot, load
from support.deployment import SAMPLE_REGISTRY, Deployment
from support.lambda_emulator import Emulator


@dataclass(frozen=True, slots=True)
class Publication:
    """One edition: when the publisher was done with it, and what its models' ``created`` says."""

    done: float
    created: int


class Publishing:
    """The built publisher, woken by each new source.

    Attributes:
        editions: what was published so far.
    """

    def __init__(self, deployment: Deployment, publisher: Emulator) -> None:
        self._deployment = deployment
        self._publisher = publisher
        self.editions: list[Publication] = []

    def publish(self) -> Snapshot:
        """Publish the sample registry as another edition; return what is live then."""
        document = json.loads(SAMPLE_REGISTRY.read_bytes())
        document["models"][0]["display_name"] = f"Edition {len(self.editions) + 1}"
        version = self._deployment.put_source(json.dumps(document).encode())
        told = self._publisher.invoke(source_written(NAMES[BUCKET], version, datetime.now(UTC)))
        snapshot = load(self._deployment.read(LIVE_KEY))
        if told is not None or snapshot.source_version != version:
            raise RuntimeError(self._publisher.text)
        self.editions.append(Publication(now(), snapshot.created))
        return snapshot


@dataclass(frozen=True, slots=True)
class Uptake:
    """How one edition spread: to how many functions, and when the last earlier one was asked for.

    Attributes:
        functions: how many of them answered with it, or a later one.
        last_old: seconds after its publication when a request was sent whose answer was made from
            an earlier edition; 0 if there was none.
    """

    functions: int
    last_old: float


def uptakes(editions: Iterable[Publication], answers: Iterable[Answered]) -> Iterator[Uptake]:
    """Tell how each edition spread, as answers show that tell what they are made from."""
    telling = [(each, each.created) for each in answers if each.created is not None]
    for edition in editions:
        seen = {each.function for each, created in telling if created >= edition.created}
        old = [each.sent - edition.done for each, created in telling if created < edition.created]
        yield Uptake(len(seen), max([0.0, *old]))


def steps_back(answers: Iterable[Answered]) -> int:
    """Count the answers of a function that are older than what it answered with before."""
    newest: dict[int, int] = {}
    steps = 0
    for each in answers:
        if each.created is not None:
            steps += each.created < newest.get(each.function, 0)
            newest[each.function] = max(each.created, newest.get(each.function, 0))
    return steps


def document_of(uptake: Uptake, edition: Publication, start: float) -> Mapping[str, float]:
    """Return an edition as JSON has it, in seconds from the start."""
    return {"at": edition.done - start, "functions": uptake.functions, "old": uptake.last_old}
