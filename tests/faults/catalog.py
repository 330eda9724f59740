"""The faults that are injected, and what must hold while they last and when they are over."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from support.fault_proxy import (
    FaultProxy,
    Treatment,
    answering,
    close_after,
    cross,
    cut_off,
    damage,
    drip,
    dynamodb_error,
    first_attempts,
    late,
    lose_reply,
    marked_key,
    never_answer,
    reset,
    reset_on_reuse,
    s3_error,
    talk_garbage,
    truncate,
    unconditional,
)
from support.live_functions import Instance

type Injection = Callable[[FaultProxy], AbstractContextManager[None]]
type Staging = Callable[[Stage], AbstractContextManager[None]]

LIVE = "GET /model-catalog-registry/registry/live.json"
HTML = b"<!doctype html><title>Welcome</title>"
_PAGE = {"content-type": "text/html"}
_LATER = {"x-amz-retry-after": "5000"}  # milliseconds, which the SDK heeds


class Stage(Protocol):
    """What a fault finds: the functions, and the proxies before their stores."""

    @property
    def keys(self) -> FaultProxy: ...
    @property
    def registry(self) -> FaultProxy: ...
    @property
    def instances(self) -> Sequence[Instance]: ...


class Where(StrEnum):
    """What a fault befalls."""

    KEYS = "The key store (DynamoDB)"
    REGISTRY = "The registry (S3)"
    FUNCTION = "The function: clocks, memory, snapshots, deployments"
    PUBLISHER = "The publisher"


class Metric(StrEnum):
    """What the functions count; the alarm that watches it stands in ``ALARMS``."""

    KEYS = "KeyStoreUnavailableError"
    STALE = "RegistryNotRefreshed"
    NO_REGISTRY = "RegistryUnavailableError"
    BUG = "InternalError"
    REJECTED = "RegistryRejected"
    PUBLISHED = "RegistryPublished"
    DEAD = "Errors of the publisher"  # Lambda's own count: what is raised is tried twice more


ALARMS = {
    Metric.KEYS: "KeyStoreFailuresAlarm",
    Metric.STALE: "RegistryStaleAlarm",
    Metric.NO_REGISTRY: "ServerErrorsAlarm",
    Metric.BUG: "ServerErrorsAlarm",
    Metric.REJECTED: "RegistryRejectedAlarm",
    Metric.DEAD: "DeadLettersAlarm",
}


@dataclass(frozen=True)
class Fault:
    """One way things go wrong.

    Attributes:
        name: what it is called.
        where: what it befalls.
        injected: how it is brought about.
        must_hold: what must be true of every answer, beside what is true of all faults.
        recovers_within: the seconds after its end from which on all is as before; None if it is
            over by itself, or takes somebody to mend it.
        metrics: what is counted meanwhile, and nothing else is.
        inject: brings it about, for those that befall a store.
        stage: brings it about, for those that befall more than one.
        patience: the answers of each function that are waited for while it lasts.
    """

    name: str
    where: Where
    injected: str
    must_hold: str
    recovers_within: float | None = None
    metrics: frozenset[Metric] = frozenset()
    inject: Injection | None = None
    patience: int = 3
    stage: Staging | None = None

    @property
    def is_hidden(self) -> bool:
        """Tell whether nobody is to notice."""
        return not self.metrics


def treating(requests: str, treatment: Treatment) -> Injection:
    """Treat requests whose operation begins so."""
    return lambda proxy: proxy.treating(requests, treatment)


# The key store

NOBODY = "Nobody is let in: 503 in the envelope, and no count beyond lost replies."
AS_BEFORE = "The retry hides it: everybody is answered as before."
COUNTED = "Counted at most once more per lost reply; the limit holds."


def keys(
    name: str,
    injected: str,
    treatment: Treatment | None,
    must_hold: str = NOBODY,
    *,
    inject: Injection | None = None,
    hidden: bool = False,
    within: float = 1,
    patience: int = 3,
) -> Fault:
    """Describe a fault of the key store; one that is hidden moves no metric."""
    injection = treating("UpdateItem", treatment) if treatment else inject
    metrics = frozenset() if hidden else frozenset({Metric.KEYS})
    within = 0 if hidden else within
    return Fault(name, Where.KEYS, injected, must_hold, within, metrics, injection, patience)


KEY_STORE = [
    keys("Table refuses connections", "TCP: refused", None, inject=FaultProxy.refusing),
    keys(
        "Table's host is dead",
        "TCP: attempts to connect go unanswered",
        None,
        inject=FaultProxy.swallowing,
        patience=1,
    ),
    keys("Table never answers", "accepts, then silence", never_answer, patience=1),
    keys("Table resets requests", "reset before the request is read", reset),
    keys("Table's replies are cut", "reset in the middle of the body", cut_off),
    keys(
        "Table's replies are truncated",
        "half of the body, with a content-length that fits",
        truncate,
    ),
    keys("Table's replies are damaged", "quotes in the body overwritten", damage),
    keys("Table talks garbage", "an SMTP greeting instead of HTTP", talk_garbage),
    keys(
        "Table is a web page",
        "200 with HTML, as a captive proxy sends it",
        answering(200, HTML, _PAGE),
    ),
    keys("Table says nothing at length", "200 with `{}`", answering(200, b"{}")),
    keys("Gateway before the table is down", "502 with HTML", answering(502, HTML, _PAGE)),
    keys(
        "Table has an internal error",
        "500 InternalServerError",
        dynamodb_error("InternalServerError", 500),
    ),
    keys(
        "Table is unavailable", "503 ServiceUnavailable", dynamodb_error("ServiceUnavailable", 503)
    ),
    keys(
        "Table throttles",
        "400 ThrottlingException",
        dynamodb_error("ThrottlingException"),
        patience=1,
    ),
    keys(
        "Table is out of capacity",
        "400 ProvisionedThroughputExceededException",
        dynamodb_error("ProvisionedThroughputExceededException"),
        patience=1,
    ),
    keys(
        "Table throttles and says when to come back",
        "503 with `x-amz-retry-after: 5000`, which the SDK heeds",
        answering(503, b'{"__type":"x#ThrottlingException"}', _LATER),
        patience=1,
    ),
    keys(
        "A transaction is in the way for long",
        "400 TransactionConflictException, always",
        dynamodb_error("TransactionConflictException"),
    ),
    keys(
        "Role lost its permission",
        "400 AccessDeniedException",
        dynamodb_error("AccessDeniedException"),
    ),
    keys(
        "Table is gone",
        "400 ResourceNotFoundException",
        dynamodb_error("ResourceNotFoundException"),
    ),
    keys(
        "Credentials have expired",
        "400 ExpiredTokenException",
        dynamodb_error("ExpiredTokenException"),
    ),
    keys(
        "Function's clock is refused",
        "400 InvalidSignatureException, as for a clock over 5 minutes off",
        dynamodb_error("InvalidSignatureException"),
    ),
    keys("Table's replies are all lost", "the write is applied, then reset", lose_reply),
    keys(
        "First replies are lost",
        "the write of each first attempt is applied, then reset",
        first_attempts(lose_reply),
        f"{AS_BEFORE} {COUNTED}",
        hidden=True,
        patience=10,
    ),
    keys(
        "Table's replies come too late",
        "each 1.2 s after its request, past the client's second",
        late(1.2),
        patience=1,
    ),
    keys(
        "Table is slow",
        "each reply after 0.5 s",
        late(0.5),
        "Everybody is answered as before, half a second later.",
        hidden=True,
    ),
    keys(
        "Replies drip in",
        "a reply takes 6 s, a byte every few milliseconds",
        drip(6),
        within=3,
        patience=1,
    ),
    keys(
        "Connections go stale",
        "closed unannounced after each reply",
        close_after,
        AS_BEFORE,
        hidden=True,
    ),
    keys(
        "Connections are reset on reuse",
        "the second request of each is reset",
        reset_on_reuse,
        AS_BEFORE,
        hidden=True,
    ),
    keys(
        "Replies are crossed",
        "each request of a connection gets the reply to the one before, another key's",
        cross,
        "Nobody is let in on another key's reply: 503 in the envelope.",
        patience=9,
    ),
    keys(
        "First attempts are reset",
        "reset before they are read",
        first_attempts(reset),
        AS_BEFORE,
        hidden=True,
        patience=10,
    ),
    keys(
        "One key is throttled",
        "400 ThrottlingException, for writes to one key only",
        marked_key(dynamodb_error("ThrottlingException")),
        "That key gets 503; the others are answered as before.",
    ),
    keys(
        "Storm of broken connections",
        "all connections are cut 200 times a second",
        None,
        f"Answered, or 503. {COUNTED}",
        inject=lambda proxy: proxy.cutting(0.005),
        patience=10,
    ),
]

# The registry

A_PAUSE = 11  # seconds: ten until a function that holds a list asks again, and the request itself
HELD = "Who holds the list serves it byte for byte; who holds none gets 503, never an empty list."


def registry(
    name: str,
    injected: str,
    treatment: Treatment | None,
    must_hold: str = HELD,
    *,
    inject: Injection | None = None,
    hidden: bool = False,
    within: float = A_PAUSE,
    patience: int = 3,
) -> Fault:
    """Describe a fault of the registry, which half of the functions hold when it begins."""
    injection = treating(LIVE, treatment) if treatment else inject
    metrics = frozenset() if hidden else frozenset({Metric.STALE, Metric.NO_REGISTRY})
    within = 0 if hidden else within
    return Fault(name, Where.REGISTRY, injected, must_hold, within, metrics, injection, patience)


TAGGED = {"etag": '"other"'}
REGISTRY = [
    registry("Bucket refuses connections", "TCP: refused", None, inject=FaultProxy.refusing),
    registry(
        "Bucket's host is dead",
        "TCP: attempts to connect go unanswered",
        None,
        inject=FaultProxy.swallowing,
        patience=1,
    ),
    registry("Bucket never answers", "accepts, then silence", never_answer, patience=1),
    registry("Bucket resets requests", "reset before the request is read", reset),
    registry("Snapshot is cut", "reset in the middle of the body", cut_off),
    registry(
        "Snapshot is truncated",
        "half of the body, with a content-length that fits, no checksum",
        truncate,
    ),
    registry("Snapshot is damaged", "quotes in the body overwritten, no checksum", damage),
    registry("Bucket talks garbage", "an SMTP greeting instead of HTTP", talk_garbage),
    registry(
        "Bucket is a web page", "200 with HTML and no entity tag", answering(200, HTML, _PAGE)
    ),
    registry(
        "Bucket is a web page with a tag",
        "200 with HTML and an entity tag",
        answering(200, HTML, _PAGE | TAGGED),
    ),
    registry("A page says 404", "404 with HTML", answering(404, HTML, _PAGE)),
    registry("Nothing says 404", "404 without a body", answering(404, b"")),
    registry("Bucket has an internal error", "500 InternalError", s3_error("InternalError", 500)),
    registry("Bucket slows down", "503 SlowDown", s3_error("SlowDown", 503), patience=1),
    registry(
        "Bucket slows down and says when to come back",
        "503 SlowDown with `x-amz-retry-after: 5000`, which the SDK heeds",
        s3_error("SlowDown", 503, _LATER),
        patience=1,
    ),
    registry("Role lost its permission to read", "403 AccessDenied", s3_error("AccessDenied", 403)),
    registry(
        "Snapshot was deleted",
        "404 NoSuchKey with a delete marker",
        s3_error("NoSuchKey", 404, {"x-amz-delete-marker": "true"}),
    ),
    registry("Bucket is gone", "404 NoSuchBucket", s3_error("NoSuchBucket", 404)),
    registry("Condition fails", "412 PreconditionFailed", s3_error("PreconditionFailed", 412)),
    registry(
        "Function's clock is refused by S3",
        "403 RequestTimeTooSkewed",
        s3_error("RequestTimeTooSkewed", 403),
    ),
    registry(
        "Snapshot of a later release",
        "200 with `format` 2, whole and with its tag",
        answering(200, b'{"format":2,"models":[]}', TAGGED),
    ),
    registry(
        "Not modified, though nothing is held",
        "304, to requests without a condition",
        unconditional(answering(304, b"")),
        "Who holds a list is served the new one; who holds none gets 503, never an empty list.",
    ),
    registry(
        "Snapshot drips in",
        "the object takes 6 s, a byte every few milliseconds",
        drip(6),
        patience=1,
    ),
    registry(
        "First attempts at the bucket are reset",
        "reset before they are read",
        first_attempts(reset),
        "The retry hides it: the new list is served.",
        hidden=True,
    ),
    registry(
        "Bucket is slow",
        "each reply after 0.5 s",
        late(0.5),
        "The new list is served, half a second later.",
        hidden=True,
    ),
]

# The function

A_DAY, AN_HOUR = 86_400, 3_600


def clocks(*, ahead: float = 0, hurried: float = 0) -> Staging:
    """Put the wall clock or the monotonic clock of one function out by so many seconds."""

    @contextmanager
    def stage(scene: Stage) -> Iterator[None]:
        instance = scene.instances[0]
        instance.ahead, instance.hurried = ahead, hurried
        try:
            yield
        finally:
            instance.ahead = instance.hurried = 0

    return stage


@contextmanager
def both_hang(scene: Stage) -> Iterator[None]:
    """Let the table answer second attempts only, and the bucket none."""
    with (
        scene.keys.treating("UpdateItem", first_attempts(never_answer)),
        scene.registry.treating(LIVE, never_answer),
    ):
        yield


@contextmanager
def restored_without_s3(scene: Stage) -> Iterator[None]:
    """Restore all functions from their snapshots while the bucket resets requests."""
    for instance in scene.instances:
        instance.act("freeze")
    with scene.registry.treating(LIVE, reset):
        for instance in scene.instances:
            instance.act("restore")
        yield


def function(
    name: str, injected: str, must_hold: str, *metrics: Metric, within: float | None = 0
) -> Fault:
    """Describe a fault that a scenario of its own brings about."""
    return Fault(name, Where.FUNCTION, injected, must_hold, within, frozenset(metrics))


def staged(fault: Fault, stage: Staging, patience: int = 3) -> Fault:
    """Let traffic flow meanwhile."""
    return replace(fault, stage=stage, patience=patience)


TIME_HOLDS = "No key passes its limit in any window, and what is published is served."
FUNCTION = [
    staged(
        function("Wall clock jumps ahead", "one function's, by a day, and back", TIME_HOLDS),
        clocks(ahead=A_DAY),
    ),
    staged(
        function("Wall clock falls back", "one function's, by a day, and back", TIME_HOLDS),
        clocks(ahead=-A_DAY),
    ),
    staged(
        function("Monotonic clock jumps ahead", "one function's, by an hour, and back", TIME_HOLDS),
        clocks(hurried=AN_HOUR),
    ),
    staged(
        function("Monotonic clock falls back", "one function's, by an hour, and back", TIME_HOLDS),
        clocks(hurried=-AN_HOUR),
    ),
    staged(
        function(
            "Both stores hang",
            "the table ignores first attempts, the bucket all",
            HELD,
            Metric.STALE,
            Metric.NO_REGISTRY,
            within=A_PAUSE,
        ),
        both_hang,
        patience=1,
    ),
    staged(
        function(
            "Restored without S3",
            "SnapStart's hooks, then the bucket resets requests",
            "The list of the snapshot is served, byte for byte.",
            Metric.STALE,
            within=A_PAUSE,
        ),
        restored_without_s3,
    ),
]
CLOCKS_APART = function(
    "Clocks are 50 s apart",
    "one function's wall clock; both sides of a minute's boundary",
    "No minute admits more than the limit.",
)
CLOCK_FIVE_MINUTES_AHEAD = function(
    "A clock is five minutes ahead",
    "one function's wall clock; beyond, AWS takes its signatures no more",
    "No minute admits more than the limit.",
)
RESTORED_LATE = function(
    "Restored after 14 days",
    "SnapStart's hooks, wall clock 14 days on, monotonic clock where it was",
    "The first list is the newest; keys revoked or expired since are refused.",
)
OUT_OF_MEMORY = function(
    "Memory runs out",
    "`RLIMIT_AS` 24 MB to nothing above what is used, while 3,000 new models are read",
    "An answer is a whole list, old or new, or an error in the envelope; or the process dies.",
    Metric.BUG,
)
TWO_RELEASES = function(
    "Two releases at once",
    "a copy of the shared layer that also reads format 2 beside the one that is here",
    "One limit for both; both list the same.",
)
LATER_FORMAT = function(
    "Later release writes its own format",
    "the same pair, and a live snapshot of format 2",
    "The old release serves what it holds, the new one the new list.",
    Metric.STALE,
    within=None,
)

# The publisher

SOURCE = "GET /model-catalog-registry/registry/source.json"
PUT_LIVE = "PUT /model-catalog-registry/registry/live.json"
UNTOUCHED = "Live stays as it was; the next event publishes."


def publisher(name: str, injected: str, must_hold: str, *metrics: Metric) -> Fault:
    """Describe a fault of the publisher, which the next event mends."""
    return Fault(name, Where.PUBLISHER, injected, must_hold, 0, frozenset(metrics))


WRITE_FAILS = publisher(
    "Bucket fails between reading and writing",
    "500 InternalError to the PUT",
    UNTOUCHED,
    Metric.DEAD,
)
LIVE_FORBIDDEN = publisher(
    "Live cannot be read", "403 AccessDenied to the GET", UNTOUCHED, Metric.DEAD
)
WRITE_CONTESTED = publisher(
    "Somebody is always faster", "412 PreconditionFailed to every PUT", UNTOUCHED, Metric.DEAD
)
SOURCE_CUT = publisher(
    "Source is truncated",
    "half of the body, with a content-length that fits, no checksum",
    "Rejected, live stays as it was; the next event publishes.",
    Metric.REJECTED,
    Metric.PUBLISHED,
)
SOURCE_INVALID = publisher(
    "Source is not valid",
    "a document with an unknown field",
    "Rejected, live stays as it was until a valid one is written.",
    Metric.REJECTED,
    Metric.PUBLISHED,
)
REPLY_LOST = publisher(
    "Reply to the publication is lost",
    "the PUT is applied, then reset",
    "The SDK's second PUT fails its condition, and the source is found live: no error.",
)
EVENT_TWICE = publisher(
    "Event comes twice", "the same event again", "The second does nothing.", Metric.PUBLISHED
)
TWO_PUBLISHERS = publisher(
    "Two publishers at once",
    "ten sources in a row, two functions that publish all the time, PUTs 50 ms late",
    "No error; live is made from the newest source.",
    Metric.PUBLISHED,
)

FAULTS = (
    *KEY_STORE,
    *REGISTRY,
    *FUNCTION,
    *(CLOCKS_APART, CLOCK_FIVE_MINUTES_AHEAD, RESTORED_LATE, OUT_OF_MEMORY),
    *(TWO_RELEASES, LATER_FORMAT),
    *(WRITE_FAILS, LIVE_FORBIDDEN, WRITE_CONTESTED, SOURCE_CUT, SOURCE_INVALID),
    *(REPLY_LOST, EVENT_TWICE, TWO_PUBLISHERS),
)
