"""What nobody sends by accident, and the function to send it to, without an AWS behind it."""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from api import handler
from model_catalog.admission import Gate
from model_catalog.rendering import Renderer
from model_catalog.snapshot_cache import SnapshotCache
from support.builders import ADDRESS, event
from support.clock import FakeClock
from support.fakes import FakeKeyStore, FakeRegistryStore
from support.lambda_context import CONTEXT
from support.stack import Reply
from support.strategies import json_values

LONGEST = 100_000  # ten times what the gateway lets through

# What some parser, terminal, log or cache takes for more than a character.
MARKS = (
    *("\r\n", "\n", "\r", "\x00", "\x08", "\x1b[31m", "\x1b]0;x\x07", "\x7f", "\x85", "\u2028"),
    *("\u2029", "\u202e", "\ufeff", "\U0001f600", "é", "\u0130", "ﬀ"),
    *("%0d%0a", "%0D%0AX-Forged:%201", "%00", "%", "%2", "%zz", "%ff", "%ed%a0%80", "%2e%2e%2f"),
    *("..", "/", "//", "\\", "?", "#", "&", ";", "=", "+", ",", " ", "\t", '"', "'", "`", "*", "["),
    *("W/", '"x"', "$", "${x}", "{0}", "{}", "%s", "%(message)s", "<script>", "</script>"),
    *('{"level":"ERROR"}', "bearer", "Bearer ", "sk-clb-", "gzip", "q=", "0.", "client_version="),
)
WORDS = ("a", "v1", "models", "limit", "after", "usage", "health", "1", "9" * 30, "-1", "e")


@st.composite
def _texts(draw: st.DrawFn) -> str:
    parts = st.sampled_from(MARKS) | st.sampled_from(WORDS) | st.text(max_size=6)
    text = "".join(draw(st.lists(parts, max_size=6)))
    times = draw(st.sampled_from((1, 1, 1, 1, 1, 1, 7, 1000, LONGEST)))
    return (text * times)[:LONGEST]


texts: SearchStrategy[str] = _texts()
_plain_paths = st.sampled_from(("/v1/models", "/v1/models/a", "/v1/usage", "/health", "/", "/docs"))
_odd_paths = st.one_of(
    st.builds("/v1/models/{}".format, texts),
    st.builds("/v1/models{}".format, texts),
    st.builds("/{}".format, texts),
    texts,
)
paths: SearchStrategy[str] = st.booleans().flatmap((_odd_paths, _plain_paths).__getitem__)
_names = st.sampled_from(
    ("limit", "after", "capability", "input_modality", "min_context_window", "client_version")
)
_parameters = st.builds("{}={}".format, _names | texts, texts)
queries: SearchStrategy[str] = st.one_of(
    st.sampled_from(("", "limit=1", "client_version=0.169.0")),
    st.lists(_parameters, max_size=4).map("&".join),
    texts,
)
methods: SearchStrategy[str] = st.sampled_from(("GET",) * 6 + ("HEAD",) * 2 + ("POST", "get", ""))


def headers(secrets: tuple[str, ...]) -> SearchStrategy[dict[str, str]]:
    """Draw headers, some of them twice in other letters, with ``secrets`` or what looks so."""
    shown = st.sampled_from(secrets)
    plain = st.builds("Bearer {}".format, shown)
    bearers = st.one_of(
        plain,
        st.builds("Bearer {}{}".format, shown, texts),
        st.builds("Bearer {0}, Bearer {0}".format, shown),
        st.builds("Bearer {}".format, texts),
        texts,
    )
    drawn = st.fixed_dictionaries(
        {"authorization": st.sampled_from((0, 0, 1)).flatmap((plain, bearers).__getitem__)},
        optional={
            "accept-encoding": st.just("gzip") | texts,
            "if-none-match": st.just("*") | texts,
            "If-None-Match": texts,
            "x-forwarded-for": texts,
            "x-request-id": texts,
            "user-agent": texts,
        },
    )
    odd = st.dictionaries(texts | st.just("AUTHORIZATION"), texts, max_size=2)
    return st.builds(lambda usual, more: usual | more, drawn, odd)


@st.composite
def events(draw: st.DrawFn, secrets: tuple[str, ...]) -> dict[str, Any]:
    """Draw an event of payload format 2.0 that says anything where callers say something."""
    path = draw(paths)
    sent = event(path, method=draw(methods), query=draw(queries))
    return {**sent, "headers": draw(headers(secrets)), "body": draw(st.none() | texts)}


@st.composite
def spoilt_events(draw: st.DrawFn, secrets: tuple[str, ...]) -> Any:
    """Draw an event of either payload format of which parts are missing or something else."""
    whole = draw(events(secrets) | st.just(older_event(secrets[0])))
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from([*_holders(whole)]))
        if holder:
            name = draw(st.sampled_from([*holder]))
            if draw(st.booleans()):
                del holder[name]
            elif name != "requestId":  # which no caller has a say in
                holder[name] = draw(json_values)
    return whole


def older_event(secret: str) -> dict[str, Any]:
    """Return a request as the gateway would hand it over in payload format 1.0."""
    return {
        "version": "1.0",
        "resource": "$default",
        "path": "/v1/models",
        "httpMethod": "GET",
        "headers": {"Authorization": f"Bearer {secret}"},
        "multiValueHeaders": {"Authorization": [f"Bearer {secret}"]},
        "queryStringParameters": None,
        "requestContext": {
            "identity": {"sourceIp": ADDRESS, "userAgent": "test"},
            "httpMethod": "GET",
            "requestId": "test-request",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def _holders(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _holders(inner)


def examples(usual: int) -> settings:
    """Return the settings of a property that is tried ``usual`` times, where others are 100."""
    return settings(
        max_examples=usual * settings().max_examples // 100,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@dataclass
class Target:
    """The function with its stores in memory; what examples leave there does no harm."""

    clock: FakeClock = field(default_factory=FakeClock)
    keys: FakeKeyStore = field(default_factory=FakeKeyStore)
    registry: FakeRegistryStore = field(default_factory=FakeRegistryStore)

    @contextmanager
    def installed(self) -> Iterator["Target"]:
        """Put the stores behind the handler, as after a cold start."""
        with pytest.MonkeyPatch.context() as patch:
            gate = Gate(self.keys, clock=self.clock, monotonic=self.clock.monotonic)
            snapshots = SnapshotCache(
                self.registry,
                max_age=timedelta(seconds=60),
                clock=self.clock,
                monotonic=self.clock.monotonic,
                on_failure=handler.on_registry_failure,
            )
            patch.setattr(handler, "gate", gate)
            patch.setattr(handler, "snapshots", snapshots)
            patch.setattr(handler, "renderer", Renderer("codex-lb"))
            yield self

    def key(self, **changes: Any) -> str:
        """Store a key and return its secret."""
        return self.keys.issue(**changes).secret

    def get(self, path: str, secret: str | None = None, **details: Any) -> Reply:
        """Send one request; ``details`` as for ``builders.event``."""
        headers = dict(details.pop("headers", {}))
        if secret is not None:
            headers["authorization"] = f"Bearer {secret}"
        return self.send(event(path, headers=headers, **details))

    def send(self, sent: Any) -> Reply:
        """Send an event as it is, and check that what comes back can be sent on as it is."""
        answer = handler.lambda_handler(sent, CONTEXT)
        check_sendable(answer)
        text = answer["body"]
        if answer["isBase64Encoded"]:
            text = gzip.decompress(base64.b64decode(text)).decode()
        return Reply(answer["statusCode"], answer["headers"], text)


_NAME = re.compile(r"[a-z0-9-]+\Z")
_VALUE = re.compile(r"[\x20-\x7e]*\Z")


def check_sendable(answer: Mapping[str, Any]) -> None:
    """Hold an answer to what the gateway takes, and HTTP after it."""
    assert answer.keys() == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert answer["statusCode"] in range(200, 600)
    for name, value in answer["headers"].items():
        assert _NAME.match(name), name
        assert _VALUE.match(value), (name, value)
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()  # as Lambda's runtime does
