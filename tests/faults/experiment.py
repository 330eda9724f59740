"""One fault under load: requests before, meanwhile and afterwards, and what they must not show."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from faults.catalog import Fault, Metric, Where
from localcloud.stack import API, NAMES, TABLE
from model_catalog.api_keys import MintedSecret, mint
from model_catalog.key_items import primary_key, time_value
from model_catalog.limits import Window
from model_catalog.record_items import item_of
from model_catalog.snapshot import FORMAT, dump
from support.builders import entry, key_record, snapshot
from support.deployment import Deployment
from support.fault_proxy import FaultProxy, running_proxy
from support.live_functions import Instance, Time, Told, running
from support.traffic import Sent, Traffic

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

INSTANCES = 4
LIMIT = 12  # requests an hour of the limited key: it is spent in the middle of most faults
SPEED = 10  # the functions' pauses are sat out so many times faster
CODEX_WAITS = 5  # seconds
SLACK = 3  # seconds that the machine may take for itself: it is a shared one
AN_HOUR, MAX_AGE = 3600, 60

_versions = count(1)
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded", 503: "service_unavailable"}


@dataclass(frozen=True)
class Scene:
    """The functions, and the proxies between them and their AWS."""

    deployment: Deployment
    keys: FaultProxy
    registry: FaultProxy
    environment: Mapping[str, str]
    instances: Sequence[Instance]

    @property
    def time(self) -> Time:
        return self.instances[0].time

    def next_hour(self) -> None:
        """Begin an hour in which nobody has asked yet."""
        self.time.jump(AN_HOUR - self.time.passed % AN_HOUR + MAX_AGE)

    def start(self) -> None:
        """Start the functions anew, but for the process: that would take a second."""
        for instance in self.instances:
            instance.act("start")

    def key(self, **limits: int) -> MintedSecret:
        """Store a key."""
        minted = mint()
        record = key_record(minted, limits={Window[name.upper()]: limits[name] for name in limits})
        self.deployment.dynamodb.put_item(TableName=NAMES[TABLE], Item=item_of(record))
        return minted

    def publish(self, models: int = 3, in_format: int = FORMAT) -> tuple[str, ...]:
        """Publish models nobody has seen before; return their ids."""
        version = next(_versions)
        ids = tuple(f"model-{version}-{number}" for number in range(models))
        live = json.loads(dump(snapshot(*map(entry, ids), source_version=f"v{version}")))
        self.deployment.put_live(json.dumps({**live, "format": in_format}).encode())
        return tuple(sorted(ids))

    def revoke(self, key: MintedSecret) -> None:
        """Revoke a key past the proxy."""
        self._set(key, "status", {"S": "revoked"})

    def expire(self, key: MintedSecret, *, seconds: float) -> None:
        """Let a key expire in so many seconds."""
        self._set(key, "expires_at", time_value(self.time.now + timedelta(seconds=seconds)))

    def _set(self, key: MintedSecret, name: str, value: "AttributeValueTypeDef") -> None:
        self.deployment.dynamodb.update_item(
            TableName=NAMES[TABLE],
            Key=primary_key(key.key_id),
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    def counters(self, key: MintedSecret, window: Window) -> list[int]:
        """Return a key's counters of one kind of window."""
        found = self.deployment.dynamodb.get_item(
            TableName=NAMES[TABLE], Key=primary_key(key.key_id)
        )
        named = found["Item"].items()
        return [int(value["N"]) for name, value in named if name.startswith(f"used_{window}_")]


@contextmanager
def running_scene(
    deployment: Deployment, folder: Path, instances: int = INSTANCES
) -> Iterator[Scene]:
    """Run functions whose every connection goes through a proxy."""
    with running_proxy(deployment.url) as keys, running_proxy(deployment.url) as registry:
        environment = {
            **deployment.environment_of(API),
            "AWS_ENDPOINT_URL_DYNAMODB": keys.url,
            "AWS_ENDPOINT_URL_S3": registry.url,
        }
        with running("api", instances, environment, folder / "log") as them:
            yield Scene(deployment, keys, registry, environment, them)


@dataclass(frozen=True)
class Outcome:
    """What came of a fault: whatever should not have, and how long the longest things took."""

    problems: Sequence[str]
    recovered: float
    slowest: float


@dataclass
class Experiment:
    """A fault on a scene.

    Attributes:
        old: the models that are live when the fault begins.
        new: those that are published at that moment.
        begun: when it began, in the functions' time, as are the next two.
        revoked: when the leaver's revocation was told.
        lifted: when it ended.
    """

    fault: Fault
    scene: Scene
    busy: MintedSecret
    limited: MintedSecret
    leaver: MintedSecret
    old: tuple[str, ...]
    new: tuple[str, ...] = ()
    begun: float = 0
    revoked: float = 0
    lifted: float = 0
    sent: Sequence[Sent] = field(default_factory=list)

    @classmethod
    def on(cls, scene: Scene, fault: Fault) -> "Experiment":
        """Set the scene."""
        scene.next_hour()
        many = 10**6
        busy, limited, leaver = scene.key(hour=many), scene.key(hour=LIMIT), scene.key(hour=many)
        scene.keys.marked = busy.key_id
        old = scene.publish()
        scene.start()
        return cls(fault, scene, busy, limited, leaver, old)

    def run(self) -> Outcome:
        """Let the fault come and go while everybody asks."""
        keys = {"busy": self.busy, "limited": self.limited, "leaver": self.leaver}
        secrets = {role: key.secret for role, key in keys.items()}
        traffic = Traffic(self.scene.instances, secrets)
        with traffic.flowing():
            traffic.wait(0.2, 3)
            with ExitStack() as injected:
                self._begin(injected)
                traffic.wait(0.1, 0)
                self.scene.revoke(self.leaver)
                self.revoked = self.scene.time.passed
                traffic.wait(0.2, self.fault.patience, self._is_over_it)
                self.lifted = self.scene.time.passed
            if self._is_about_lists:
                self.scene.time.run_at(SPEED)
            traffic.wait(0.1, 1, self._is_served)
            self.scene.time.run_at(1)
            traffic.wait(0.1, 2)
        self.sent = traffic.sent
        slowest = max(each.told.seconds for each in self.sent)
        return Outcome([*self._problems()], self.recovered, slowest)

    def _begin(self, injected: ExitStack) -> None:
        self.begun = self.scene.time.passed
        if self.fault.stage:
            injected.enter_context(self.fault.stage(self.scene))
        self.new = self.scene.publish() if self._is_about_lists else self.old
        self.scene.time.jump(MAX_AGE if self._is_about_lists else 0)
        if self.fault.inject:
            is_registry = self.fault.where is Where.REGISTRY
            proxy = self.scene.registry if is_registry else self.scene.keys
            injected.enter_context(self.fault.inject(proxy))
        if Metric.NO_REGISTRY in self.fault.metrics:
            for instance in self.scene.instances[::2]:
                instance.act("forget")

    @property
    def _is_about_lists(self) -> bool:
        return self.fault.where is not Where.KEYS

    def _is_over_it(self, sent: Sent) -> bool:
        """Tell whether an answer shows as much of the fault as there is to see."""
        return not self.fault.is_hidden or self._is_good(sent)

    def _is_served(self, sent: Sent) -> bool:
        """Tell whether somebody got the newest list."""
        return sent.told.status == 200 and sent.told.ids == self.new

    def _is_good(self, sent: Sent) -> bool:
        """Tell whether an answer is as it should be without any fault."""
        refused = () if sent.role == "busy" else (401, 429)
        return self._is_served(sent) or sent.told.status in refused

    @property
    def recovered(self) -> float:
        """Return how long after the fault the last answer came that still showed it."""
        bad = [each.told.ended for each in self.sent if not self._is_good(each)]
        return max([0.0, *(ended - self.lifted for ended in bad if ended > self.lifted)])

    # What must not be seen

    def _problems(self) -> Iterator[str]:
        for each in self.sent:
            yield from wrong(each.told, {self.old, self.new})
        yield from self._of_admission()
        yield from self._of_counters()
        yield from self._of_metrics()
        yield from self._of_this_fault()
        yield from self._of_recovery()

    def _of_admission(self) -> Iterator[str]:
        late = [
            each for each in self.sent if each.role == "leaver" and each.told.started > self.revoked
        ]
        if not late:
            yield "nobody asked with the revoked key"
        if any(is_admitted(each.told) for each in late):
            yield "a revoked key was admitted"

    def _of_counters(self) -> Iterator[str]:
        for role, key in (("busy", self.busy), ("limited", self.limited), ("leaver", self.leaver)):
            admitted = sum(is_admitted(each.told) for each in self.sent if each.role == role)
            counter = sum(self.scene.counters(key, Window.HOUR))
            lost = self.scene.keys.lost[key.key_id]
            if counter != self.scene.keys.applied[key.key_id]:
                yield f"{role}: the proxy missed some: {counter}"
            if not admitted <= counter <= admitted + lost:
                yield f"{role}: {admitted} admitted, {counter} counted, {lost} replies lost"
            most = max([0, *self.scene.counters(key, Window.HOUR)])
            if role == "limited" and most > LIMIT:
                yield f"the limit of {LIMIT} was passed: {most}"

    def _of_metrics(self) -> Iterator[str]:
        counted = {name for each in self.sent for name in each.told.metrics}
        early = {n for each in self.sent if each.told.ended < self.begun for n in each.told.metrics}
        expected = {str(metric) for metric in self.fault.metrics}
        if counted != expected or early:
            yield f"counted were {sorted(counted)}, not {sorted(expected)}; early: {sorted(early)}"

    def _of_this_fault(self) -> Iterator[str]:
        during = [
            each
            for each in self.sent
            if self.begun < each.told.started and each.told.ended < self.lifted
        ]
        failed = {each.role for each in during if each.told.status == 503}
        if self.fault.is_hidden and failed:
            yield f"it was not hidden from {sorted(failed)}"
        if not self.fault.is_hidden and all(map(self._is_good, during)):
            yield "nobody noticed"

    def _of_recovery(self) -> Iterator[str]:
        assert self.fault.recovers_within is not None
        slack = SLACK * (SPEED if self._is_about_lists else 1)
        if self.recovered > self.fault.recovers_within + slack:
            yield f"recovered only after {self.recovered:.1f} s"


def wrong(told: Told, lists: set[tuple[str, ...]]) -> Iterator[str]:
    """Say what is wrong with an answer, whatever goes wrong meanwhile."""
    if told.seconds >= CODEX_WAITS:
        yield f"an answer took {told.seconds:.1f} s"
    if told.status == 200:
        if told.ids not in lists:
            yield f"a list that was never published: {told.ids}"
    elif told.status not in _CODES:
        yield f"answered with {told.status}"
    else:
        yield from _wrong_refusal(told)


def _wrong_refusal(told: Told) -> Iterator[str]:
    envelope = told.json
    if envelope.keys() != {"error"} or envelope["error"].keys() != {
        "message",
        "type",
        "param",
        "code",
    }:
        yield f"not the envelope: {envelope}"
    elif envelope["error"]["code"] != _CODES[told.status]:
        yield f"{told.status} with the code {envelope['error']['code']}"
    if told.status == 503 and told.headers.get("retry-after") != "1":
        yield "503 without Retry-After"


def is_admitted(told: Told) -> bool:
    """Tell whether a request was let in: only then does its answer tell what is left."""
    return told.status != 429 and "x-ratelimit-limit-requests" in told.headers
