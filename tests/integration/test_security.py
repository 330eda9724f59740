"""What an attacker could hope to learn, forge or confuse through a request."""

import ast
import hmac
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import handler
from localcloud.template import PROJECT
from model_catalog import api_keys
from model_catalog.api_keys import KeyStatus, MintedSecret, hash_secret, mint
from model_catalog.refusal_memory import RefusalMemory
from model_catalog.rendering import Renderer
from support.builders import api_key, entry, event
from support.clock import NOON
from support.hostile import MARKS, Target, examples, texts
from support.stack import Printed, Reply

SOURCES = [
    path
    for folder in ("functions", "layers/shared", "tools")
    for path in sorted((PROJECT / folder).rglob("*.py"))
]
ENTRIES = [entry(name) for name in ("a", "b", "c", "d/e")]
ALLOWED: tuple[frozenset[str], ...] = (
    frozenset({"a"}),
    frozenset({"b"}),
    frozenset({"a", "b"}),
    frozenset({"*"}),
    frozenset(),
)


@pytest.fixture
def target() -> Iterator[Target]:
    with Target().installed() as target:
        target.registry.publish(*ENTRIES)
        yield target


# Comparing secrets


def named(node: ast.expr) -> str:
    """Return what a value is called where it is used."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return named(function)
    return ""


def compared_in(path: Path) -> list[str]:
    """Return the names of what ==, != and in compare in a source; ``is`` looks at no content."""
    return [
        named(side)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare) and not isinstance(node.ops[0], ast.Is | ast.IsNot)
        for side in (node.left, *node.comparators)
    ]


def test_no_digest_of_a_secret_is_compared_in_a_time_that_depends_on_it() -> None:
    compared = {path: compared_in(path) for path in SOURCES}

    assert len(compared) > 50
    for path, names in compared.items():
        assert not [name for name in names if re.search("secret_hash|hash_secret", name)], path


@pytest.mark.parametrize("previous", [True, False])
def test_digests_are_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch, *, previous: bool
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def observed(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(api_keys, "hmac", type("hmac", (), {"compare_digest": observed}))
    held, shown = mint(), mint()
    changes = {"previous_secret_hash": "0" * 64, "previous_expires_at": NOON.replace(year=2027)}
    key = api_key(held, **(changes if previous else {}))

    key.has_secret(shown.secret_hash, NOON)

    digests = [held.secret_hash, "0" * 64] if previous else [held.secret_hash]
    assert compared == [(digest.encode(), shown.secret_hash.encode()) for digest in digests]


# Learning from refusals


def refused(target: Target, minted: MintedSecret, **details: Any) -> tuple[int, str, Any]:
    """Return all that a refusal says, but for the part of the secret that is told back."""
    reply = target.get("/v1/models", minted.secret, **details)
    secret = minted.secret
    told = reply.text.replace(f"{secret[:8]}***{secret[-4:]}", "THE KEY")
    return reply.status, told, dict(reply.headers)


def test_an_unknown_id_a_wrong_secret_and_a_revoked_key_read_the_same(target: Target) -> None:
    existing, revoked = target.keys.issue(), target.keys.issue(status=KeyStatus.REVOKED)
    asked = [mint(), mint(existing.key_id), mint(revoked.key_id), revoked]

    first, again = ([refused(target, minted) for minted in asked] for _ in range(2))

    assert first == again == [first[0]] * 4
    assert first[0][0] == 401


@pytest.mark.parametrize(
    "changes", [{"status": KeyStatus.DISABLED}, {"expires_at": NOON}, {"permissions": frozenset()}]
)
def test_whoever_knows_an_id_alone_cannot_tell_how_its_key_stands(
    target: Target, changes: dict[str, Any]
) -> None:
    held = target.keys.issue(**changes)
    refused(target, held)

    assert refused(target, mint(held.key_id)) == refused(target, mint())


def test_a_mistyped_key_is_told_nothing_but_what_its_checksum_tells_anybody(
    target: Target,
) -> None:
    held = target.keys.issue()
    wrong = held.secret[:-1] + ("0" if held.secret[-1] != "0" else "1")
    mistyped = MintedSecret(wrong, held.key_id, hash_secret(wrong))

    assert refused(target, mistyped) == refused(target, mint())
    assert api_keys.parse_secret(wrong) is None  # as everybody can work out for themselves


def test_refusals_are_remembered_by_the_digest_of_what_was_shown(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered: list[tuple[str, str]] = []
    remember = RefusalMemory.remember

    def observed(memory: RefusalMemory, secret_hash: str, scope: str, *rest: Any) -> None:
        remembered.append((secret_hash, scope))
        remember(memory, secret_hash, scope, *rest)

    monkeypatch.setattr(RefusalMemory, "remember", observed)
    held = target.keys.issue()
    guessed = mint(held.key_id)

    statuses = [target.get("/v1/models", shown.secret).status for shown in (guessed, held)]

    assert statuses == [401, 200]
    assert remembered == [(guessed.secret_hash, "")]


# Confusing caches

_turns = st.lists(
    st.tuples(
        st.integers(0, len(ALLOWED) - 1),
        st.sampled_from(("/v1/models", "/v1/models/a", "/v1/models/b", "/v1/usage")),
        st.sampled_from(("", "limit=1", "client_version=1.0.0")),
        st.sampled_from(("", "gzip")),
        st.sampled_from(("nothing", "own", "any", "*")),
    ),
    min_size=2,
    max_size=12,
)


@examples(60)
@given(turns=_turns, few=st.booleans())
def test_no_key_ever_gets_what_another_key_is_answered(
    target: Target, turns: list[tuple[int, str, str, str, str]], *, few: bool
) -> None:
    """Each answer has to be what a function answers that never saw another key."""
    keys = [target.keys.issue(allowed_models=allowed) for allowed in ALLOWED]
    bodies_at_most = {"bodies_at_most": 1} if few else {}
    shared, fresh = partial(Renderer, "codex-lb", **bodies_at_most), partial(Renderer, "codex-lb")
    handler.renderer = warm = shared()
    tags: list[str] = []

    for number, path, query, coding, held in turns:
        tag = {"nothing": "", "own": tags[-1] if tags else "", "any": ", ".join(tags), "*": "*"}
        headers = {"accept-encoding": coding, "if-none-match": tag[held]}
        handler.renderer = fresh()
        alone = target.get(path, keys[number].secret, query=query)
        handler.renderer = warm
        reply = target.get(path, keys[number].secret, query=query, headers=headers)
        check_same(reply, alone, tag[held])
        if "etag" in reply.headers:
            tags.append(reply.headers["etag"])


def check_same(reply: Reply, alone: Reply, held: str) -> None:
    """Hold an answer to the one that was given alone, or to a 304 for that very body."""
    assert reply.headers.get("etag") == alone.headers.get("etag")
    assert "authorization" in reply.headers["vary"]
    assert reply.headers["cache-control"].startswith("private")
    if reply.status == 304:
        assert held == "*" or alone.headers["etag"] in held
        assert reply.text == ""
    elif "limits" not in reply.text:  # counters go on
        assert (reply.status, reply.text) == (alone.status, alone.text)


def test_an_entity_tag_names_one_body_whoever_holds_it(target: Target) -> None:
    narrow = [target.key(allowed_models=frozenset({name})) for name in ("a", "b")]
    tags = [target.get("/v1/models", secret).headers["etag"] for secret in narrow]

    swapped = [
        target.get("/v1/models", secret, headers={"if-none-match": tag})
        for secret, tag in zip(narrow, reversed(tags), strict=True)
    ]

    assert tags[0] != tags[1]
    assert [(reply.status, reply.ids) for reply in swapped] == [(200, ["a"]), (200, ["b"])]


# Headers

EVERY_PATH = ("/v1/models", "/v1/models/a", "/v1/models/none", "/v1/usage", "/health", "/none")


@pytest.mark.parametrize("path", EVERY_PATH)
def test_what_a_browser_or_a_proxy_may_do_with_an_answer_is_said(target: Target, path: str) -> None:
    for reply in (target.get(path, target.key()), target.get(path), target.get(path, method="PUT")):
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "private, no-cache"
        assert reply.headers["vary"] == "authorization, accept-encoding"


@pytest.mark.parametrize("path", EVERY_PATH)
def test_no_browser_guesses_what_an_answer_is_or_asks_without_tls(
    target: Target, path: str
) -> None:
    reply = target.get(path, target.key())

    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["strict-transport-security"] == "max-age=31536000"


@examples(150)
@given(texts, texts, texts)
def test_nothing_that_a_caller_says_gets_into_a_header(
    target: Target, path: str, query: str, value: str
) -> None:
    secret = target.key(name=value)
    hostile = {"if-none-match": value, "accept-encoding": value, "x-request-id": value}

    replies = [
        target.get("/v1/models", secret, query=query, headers=hostile),
        target.get(f"/v1/models/{path}", secret, headers=hostile),
        target.get(path, secret, method="GET\r\nx-forged: 1", headers=hostile),
    ]

    for reply in replies:
        told = {name: reply.headers[name] for name in reply.headers if name != "etag"}
        assert told.items() <= {
            ("content-type", "application/json"),
            ("x-request-id", "test-request"),
            ("cache-control", "private, no-cache"),
            ("vary", "authorization, accept-encoding"),
            ("allow", "GET, HEAD"),
            ("www-authenticate", "Bearer"),
            ("content-encoding", "gzip"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=31536000"),
        }


# Logs and metrics

FORGED = '","level":"FORGED","status":200,"x":"'


def forged(mark: str) -> str:
    return f"{mark}{FORGED}{mark}\n{{{FORGED[3:]}}}"


@pytest.mark.parametrize("mark", [*MARKS, "x" * 100_000], ids=lambda mark: ascii(mark)[:20])
def test_whatever_is_sent_a_line_of_the_log_says_what_it_says_without_it(
    target: Target, printed: Printed, mark: str
) -> None:
    text = forged(mark)
    headers = dict.fromkeys(("user-agent", "accept-encoding", "if-none-match", text), text)
    secret = target.key()

    def lines(path: str, query: str, more: Mapping[str, str], shown: str) -> list[str]:
        for each, given_query in ((path, ""), ("/v1/models", query), (f"/v1/models/{path}", "")):
            target.get(each, secret, query=given_query, headers=more)
        target.get("/v1/models", headers={"authorization": shown})
        return printed.read().text.split("\n")[:-1]

    plain = lines("x", "after=x", {}, "Bearer x")
    hostile = lines(text, f"after={text}", headers, f"Bearer {text}")

    told = [json.loads(line) for line in hostile]
    expected = [json.loads(line) for line in plain]
    for line in (*told, *expected):
        del line["timestamp"], line["reason"]  # of what cannot be a key there are two reasons
    assert told == expected
    assert all(len(line) < 1000 for line in hostile)


def test_a_failure_is_one_line_however_long_and_odd_what_caused_it(
    target: Target, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("\n".join(map(forged, MARKS)))

    monkeypatch.setattr(handler, "renderer", Broken())

    reply = target.get("/v1/models", target.key())

    assert (reply.status, "FORGED" in reply.text) == (500, False)
    failure, refusal, metric = map(json.loads, printed.read().text.split("\n")[:-1])
    assert [line["level"] for line in (failure, refusal)] == ["ERROR", "INFO"]
    assert "_aws" in metric


def test_at_debug_too_no_secret_or_digest_is_printed_even_by_a_traceback() -> None:
    minted = mint()
    sent = event("/v1/models", headers={"authorization": f"Bearer {minted.secret}"})
    script = """
import json, logging, sys
sys.path.insert(0, "tests")
from api import handler
from support.lambda_context import CONTEXT
assert handler.logger.log_level == logging.DEBUG
sent = json.load(sys.stdin)
print(handler.lambda_handler(sent, CONTEXT)["statusCode"])
sent["requestContext"]["http"]["sourceIp"] = None
sent["rawPath"] = None
print(handler.lambda_handler(sent, CONTEXT)["statusCode"])
del handler.gate._keys
sent["rawPath"] = "/v1/models"
print(handler.lambda_handler(sent, CONTEXT)["statusCode"])
"""
    unreachable = {
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "POWERTOOLS_LOGGER_LOG_EVENT": "true",
        "POWERTOOLS_DEV": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }

    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", script],
        input=json.dumps(sent),
        env={**os.environ, **unreachable},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    told = done.stdout + done.stderr
    assert done.returncode == 0, told.replace(minted.secret, "SECRET")
    assert [line for line in told.splitlines() if line.isdigit()] == ["503", "500", "500"]
    assert "Traceback" in told
    for secret in (minted.secret[23:], minted.secret_hash):
        assert secret not in told
