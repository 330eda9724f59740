"""Whatever lies in the bucket or the table: the good copy stays, and nobody is let in by it."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from api import handler
from model_catalog.admission import Gate
from model_catalog.api_keys import mint
from model_catalog.key_store import DynamoKeyStore
from model_catalog.publishing import Rejected
from model_catalog.registry import compile_source
from model_catalog.registry_source import InvalidRegistryError
from model_catalog.snapshot import dump
from publisher import handler as publisher_handler
from support.builders import full_entry, key_record, snapshot
from support.clock import NOON
from support.hostile import Target, examples
from support.lambda_context import CONTEXT
from support.operator import Operator
from support.stack import Aws, Printed
from support.strategies import json_values, spoilt_documents
from support.tables import JudgingTable, stored_item

GOOD = snapshot(full_entry("good"))
LIVE: dict[str, Any] = json.loads(dump(snapshot(full_entry("new"))))
PATHS = ("/v1/models", "/v1/models/new", "/v1/models?client_version=0.169.0", "/health")
DEEP = 100_000
BYTES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "binary": bytes(range(256)) * 100,
    "another encoding": json.dumps(LIVE).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(LIVE).encode(),
    "cut off": json.dumps(LIVE).encode()[:-1],
    "twice": json.dumps(LIVE).encode() * 2,
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"format":1,"models":' * DEEP,
    "millions of values": b"[" + b"0," * 2**20 + b"0]",
    "endless number": b'{"format":' + b"1" * 10_000 + b"}",
    "endless key": b'{"' + b"x" * 2**20 + b'":1}',
    "markup": b"<html><script>alert(1)</script></html>",
    "compressed": b"\x1f\x8b" + bytes(1000),
    "pickled": b"\x80\x04\x95cposix\nsystem\n(S'true'\ntR.",
}
SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {  # what the publisher never writes
    "half a character": lambda model: model.update(display_name="\ud800"),
    "not a number": lambda model: model["codex"].update(number=float("nan")),
    "infinity": lambda model: model["codex"].update(number=float("inf")),
    "a level without effort": lambda model: model.update(supported_reasoning_levels=[{}]),
}


@pytest.fixture
def target() -> Iterator[Target]:
    with Target().installed() as target:
        yield target


def answers(target: Target, secret: str) -> list[int]:
    """Ask for everything there is; return the statuses of sound answers."""
    statuses = []
    for path, _, query in (path.partition("?") for path in PATHS):
        reply = target.get(path, secret, query=query)
        assert json.loads(reply.text, parse_constant=pytest.fail)
        statuses.append(reply.status)
    return statuses


def is_held(target: Target, content: bytes) -> bool:
    """Tell whether with ``content`` as the live object the good copy is served on."""
    secret = target.key()
    target.registry.write(dump(GOOD))
    target.clock.advance(seconds=60)
    before = target.get("/v1/models", secret)
    assert before.ids == ["good"]
    target.registry.write(content)
    target.clock.advance(seconds=60)
    after = target.get("/v1/models", secret)
    return (after.text, after.headers["etag"]) == (before.text, before.headers["etag"])


# The live snapshot


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_live_object_that_is_no_snapshot_leaves_the_good_copy(
    target: Target, content: bytes
) -> None:
    assert is_held(target, content)


@examples(100)
@given(st.binary(max_size=200))
def test_no_bytes_take_the_good_copy_away(target: Target, content: bytes) -> None:
    target.clock.advance(hours=1)

    assert is_held(target, content)


@st.composite
def spoilt_snapshots(draw: st.DrawFn) -> bytes:
    """Draw a live object of which some parts are something else, missing, or there twice."""
    document = copy.deepcopy(LIVE)
    model = document["models"][0]
    holders = (document, model, model["codex"])
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from([holder for holder in holders if holder]))
        name = draw(st.sampled_from(sorted(holder)))
        if draw(st.integers(0, 9)):
            holder[name] = draw(_like(holder[name]) | json_values)
        else:
            holder[draw(st.text(max_size=5))] = holder.pop(name)
        if document.get("models") != [model]:
            break
    if draw(st.booleans()) and isinstance(document.get("models"), list):
        document["models"] *= 2
    return json.dumps(document).encode()


def _like(value: Any) -> SearchStrategy[Any]:
    """Draw a value of the same type, which only a closer look tells from a good one."""
    match value:
        case bool():
            return st.booleans()
        case int():
            return st.integers() | st.sampled_from((-(10**30), 10**400))
        case str():
            return st.text(max_size=20) | st.just("x" * 10_000)
        case list():
            return st.lists(st.text(max_size=5), max_size=3) | st.just([*value, *value])
        case _:
            return st.dictionaries(st.text(max_size=5), json_values, max_size=3)


@examples(150)
@given(spoilt_snapshots())
def test_a_live_object_is_either_refused_as_a_whole_or_served_without_an_accident(
    target: Target, content: bytes
) -> None:
    secret = target.key()
    target.clock.advance(hours=1)
    target.registry.write(content)

    statuses = answers(target, secret)

    assert statuses[:3] == [503] * 3 or {*statuses} <= {200, 404}
    assert statuses[3] == 200


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_live_object_that_could_not_be_rendered_leaves_the_good_copy(
    target: Target, spoil: Callable[[dict[str, Any]], object]
) -> None:
    document = copy.deepcopy(LIVE)
    spoil(document["models"][0])

    assert is_held(target, json.dumps(document).encode())


# The source


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_source_that_is_no_document_is_rejected_and_what_is_live_stays(
    operator: Operator, content: bytes
) -> None:
    operator.puts_live(dump(GOOD))
    operator.drops(content)

    outcome = operator.publisher.publish()

    assert isinstance(outcome, Rejected)
    assert operator.live == GOOD


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_source_nobody_could_render_is_rejected(
    operator: Operator, spoil: Callable[[dict[str, Any]], object]
) -> None:
    model = {"id": "a", "display_name": "A", "context_window": 1, "codex": {}}
    spoil(model)
    operator.puts_live(dump(GOOD))
    operator.drops(json.dumps({"models": [model]}).encode())

    assert isinstance(operator.publisher.publish(), Rejected)
    assert operator.live == GOOD


def test_a_source_with_an_id_twice_is_rejected(operator: Operator) -> None:
    model = {"id": "a", "display_name": "A", "context_window": 1}
    operator.drops(json.dumps({"models": [model, model]}).encode())

    assert isinstance(operator.publisher.publish(), Rejected)
    assert operator.live is None


@examples(30)
@given(spoilt_documents())
def test_what_the_publisher_makes_of_a_source_can_be_served(target: Target, document: Any) -> None:
    try:
        compiled = compile_source(
            json.dumps(document).encode(), published_at=NOON, source_version="v1"
        )
    except InvalidRegistryError:
        assume(condition=False)
        raise
    target.clock.advance(hours=1)
    target.registry.write(dump(compiled.snapshot))

    statuses = answers(target, target.key())

    assert {*statuses} <= {200, 404}


def test_however_much_is_wrong_with_a_source_its_line_in_the_log_stays_short(
    aws: Aws, operator: Operator, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: Any = publisher_handler.logger.logger_handler
    monkeypatch.setattr(log, "stream", handler.logger.logger_handler.stream)  # type: ignore[attr-defined]
    monkeypatch.setattr(publisher_handler, "publisher", operator.publisher)
    operator.drops(json.dumps({"models": [{"id": "\n" * 50}] * 10_000}).encode())

    publisher_handler.lambda_handler({}, CONTEXT)

    (line,) = printed.read().logs
    assert aws.s3.list_objects_v2(Bucket="registry", Prefix="registry/rejected/")["KeyCount"] == 1
    assert len(json.dumps(line)) < 250_000  # the longest event that CloudWatch takes in one piece


# The table

TYPES = {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS"}
MAY_BE = {  # what each attribute may be; all else nobody can read
    "secret_hash": {"S"},
    "status": {"S"},
    "name": {"S"},
    "prefix": {"S"},
    "allowed_models": {"L", "SS", "NULL"},
    "permissions": {"L", "SS", "NULL"},
    "allowed_ips": {"L", "SS", "NULL"},
    "limits": {"M"},
    "expires_at": {"N"},
    "previous_secret_hash": {"S"},
    "previous_expires_at": {"N"},
    "used_minute_29922480": {"N"},
}
HUGE = ("1" + "0" * 125, "-" + "9" * 38 + "0" * 88, "0." + "0" * 129 + "1")
VALUES: dict[str, SearchStrategy[Any]] = {
    "S": st.text(max_size=10),
    "N": st.sampled_from(HUGE) | st.integers(-(10**37), 10**37).map(str),
    "B": st.binary(max_size=5),
    "BOOL": st.booleans(),
    "NULL": st.just(value=True),
    "L": st.lists(st.just({"N": "1"}), min_size=1, max_size=2),
    "M": st.dictionaries(st.text(max_size=5), st.just({"S": "1"}), min_size=1, max_size=2),
    "SS": st.lists(st.text(max_size=5), min_size=1, max_size=2),
    "NS": st.lists(st.integers().map(str), min_size=1, max_size=2),
}
MINTED = mint()


@pytest.fixture
def tables(target: Target, monkeypatch: pytest.MonkeyPatch) -> JudgingTable:
    """A table whose verdict on the one item in it is given, not worked out."""
    table = JudgingTable(stored_item(key_record(MINTED)))
    store = DynamoKeyStore(table.client, table_name="keys")
    clock = target.clock
    monkeypatch.setattr(handler, "gate", Gate(store, clock=clock, monotonic=clock.monotonic))
    return table


@pytest.mark.parametrize("lets_in", [True, False])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/usage"])
@examples(40)
@given(st.data())
def test_a_key_with_an_attribute_of_another_type_is_let_in_by_nobody(
    target: Target,
    tables: JudgingTable,
    path: str,
    lets_in: bool,  # noqa: FBT001 - a parameter of the test
    data: st.DataObject,
) -> None:
    name = data.draw(st.sampled_from(sorted(MAY_BE)))
    kind = data.draw(st.sampled_from(sorted(TYPES - MAY_BE[name])))
    tables.lets_in, tables.changes = lets_in, {name: {kind: data.draw(VALUES[kind])}}
    target.clock.advance(seconds=11)  # past all that is remembered

    reply = target.get(path, MINTED.secret)

    assert (reply.status, reply.error["code"]) == (503, "service_unavailable")


@pytest.mark.parametrize("lets_in", [True, False])
@pytest.mark.parametrize("name", MAY_BE)
@examples(10)
@given(st.data())
def test_a_value_nobody_expects_never_gets_past_its_check(
    target: Target,
    tables: JudgingTable,
    name: str,
    lets_in: bool,  # noqa: FBT001 - a parameter of the test
    data: st.DataObject,
) -> None:
    kind = data.draw(st.sampled_from(sorted(MAY_BE[name])))
    tables.lets_in, tables.changes = lets_in, {name: {kind: data.draw(VALUES[kind])}}
    target.clock.advance(seconds=11)

    reply = target.get("/v1/usage", MINTED.secret)
    target.clock.advance(seconds=11)  # past all that is remembered of it
    admitted = target.get("/v1/models", MINTED.secret)

    assert reply.status in {200, 401, 403, 503}
    assert admitted.status in ({200, 403, 503} if lets_in else {401, 403, 429, 503})
    if name in {"secret_hash", "status"}:
        assert reply.status in {401, 503}


@pytest.mark.parametrize("missing", ["secret_hash", "status", "pk"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/usage"])
def test_a_key_without_what_every_key_has_is_let_in_by_nobody(
    target: Target, tables: JudgingTable, path: str, missing: str
) -> None:
    tables.changes = {missing: None}

    assert target.get(path, MINTED.secret).status == 503


def test_a_key_as_it_should_be_is_let_in(target: Target, tables: JudgingTable) -> None:
    target.registry.publish()

    assert tables.lets_in
    assert target.get("/v1/models", MINTED.secret).status == 200


@pytest.mark.parametrize("answer", [{}, {"Attributes": None}, {"Attributes": {}}, [], None, "x"])
def test_an_answer_that_is_not_dynamodbs_lets_nobody_in(
    target: Target, tables: JudgingTable, answer: Any
) -> None:
    tables.answer = lambda: answer

    assert target.get("/v1/models", MINTED.secret).status in {500, 503}
