"""Whatever callers send, or the gateway hands over: an answer, and nothing but an answer."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api import handler
from model_catalog.api_keys import hash_secret, mint
from model_catalog.limits import Window
from support.builders import api_key, entry, event
from support.hostile import (
    LONGEST,
    Target,
    events,
    examples,
    older_event,
    spoilt_events,
)
from support.stack import Printed, Reply

FOREIGN = "acme/secret-model"  # which the keys may not use
PAGES = {path.read_text("utf-8") for path in handler.ASSETS.iterdir()}  # the same for everybody
HOLDER, UNKNOWN = mint(), mint()
SECRETS = (HOLDER.secret, UNKNOWN.secret)
LONG: dict[str, dict[str, Any]] = {  # each looks for work that grows faster than what is sent
    "path": {"path": "/v1/models/" + "a/" * (LONGEST // 2)},
    "unknown path": {"path": "/" * LONGEST},
    "line breaks": {"path": "/v1/models" + "\n" * LONGEST},
    "query": {"query": "&" * LONGEST},
    "parameters": {"query": "limit=1&" * (LONGEST // 8)},
    "digits": {"query": "limit=" + "9" * LONGEST},
    "version": {"query": "client_version=" + "1." * (LONGEST // 2)},
    "pre-release": {"query": "client_version=1.2.3-" + "\n" * LONGEST},
    "percent signs": {"query": "after=" + "%" * LONGEST},
    "encoded": {"query": "after=" + "%C3%A9" * (LONGEST // 6)},
    "bearer": {"headers": {"authorization": "Bearer " + "a" * LONGEST}},
    "spaces": {"headers": {"authorization": "Bearer" + " " * LONGEST + "x x"}},
    "tabs": {"headers": {"authorization": "\t" * LONGEST}},
    "almost a key": {"headers": {"authorization": "Bearer sk-clb-" + "0" * LONGEST}},
    "open tags": {"headers": {"if-none-match": 'W/"' * (LONGEST // 3)}},
    "weak tags": {"headers": {"if-none-match": "W/" * (LONGEST // 2)}},
    "quotes": {"headers": {"if-none-match": '"' * (LONGEST + 1)}},
    "codings": {"headers": {"accept-encoding": "gzip;q=0," * (LONGEST // 9)}},
    "weight": {"headers": {"accept-encoding": "gzip;q=0." + "0" * LONGEST}},
    "spaced weight": {"headers": {"accept-encoding": "gzip;" + " " * LONGEST + "q=1."}},
    "header": {"headers": {"x" * LONGEST: "y"}},
    "headers": {"headers": {f"x-{number}": "y" for number in range(LONGEST // 10)}},
}


@pytest.fixture
def target() -> Iterator[Target]:
    with Target().installed() as target:
        target.keys.put(api_key(HOLDER, allowed_models=frozenset({"a"})))
        target.registry.publish(entry("a"), entry(FOREIGN))
        yield target


def check_told(reply: Reply, sent: Any) -> None:
    """Hold an answer to what a caller may be told, whoever it is."""
    told = f"{reply.text} {reply.headers}"
    if reply.status == 304 or not reply.text:
        assert reply.status == 304 or sent["requestContext"]["http"]["method"] == "HEAD"
    elif reply.text in PAGES:
        return
    elif reply.status == 200:
        assert "error" not in reply.json
    else:
        assert all(isinstance(text, str | None) for text in reply.error.values())
        assert reply.error["message"]
    for name in ("content-type", "x-request-id", "cache-control", "vary"):
        assert name in reply.headers
    assert "Traceback" not in told
    assert ".py" not in told
    assert FOREIGN not in told
    for secret in SECRETS:
        assert secret[23:-4] not in told
        assert hash_secret(secret)[16:] not in told


@examples(150)
@given(events(SECRETS))
def test_whatever_is_sent_gets_an_answer_that_tells_nothing_it_may_not(
    target: Target, sent: dict[str, Any]
) -> None:
    reply = target.send(sent)

    assert reply.status in {200, 304, 400, 401, 404, 405}
    assert len(reply.text) < 4000 or reply.text in PAGES
    check_told(reply, sent)


@examples(150)
@given(spoilt_events(SECRETS))
def test_an_event_of_another_form_gets_an_answer_too(target: Target, sent: Any) -> None:
    reply = target.send(sent)

    assert reply.status in {200, 304, 400, 401, 403, 404, 405, 500}
    check_told(reply, {"requestContext": {"http": {"method": "HEAD"}}})


@examples(60)
@given(spoilt_events(SECRETS))
@example(event("/v1/models", address="\x85\u2028"))  # which some take for the end of a line
def test_what_breaks_an_event_is_logged_in_single_lines_without_the_secret(
    target: Target, printed: Printed, sent: Any
) -> None:
    target.send(sent)

    output = printed.read()
    assert {line["message"] for line in output.logs} <= {"Unexpected failure", "Request refused"}
    assert all(len(line) < 20_000 for line in output.lines)
    for secret in SECRETS:
        assert secret[23:] not in output.text
        assert hash_secret(secret) not in output.text


def test_an_event_of_payload_format_1_lets_nobody_in(target: Target) -> None:
    reply = target.send(older_event(HOLDER.secret))

    assert (reply.status, reply.error["code"]) == (500, "internal_error")
    assert target.keys.calls == 0


@pytest.mark.parametrize("details", LONG.values(), ids=LONG)
def test_what_is_ten_times_as_long_as_the_gateway_allows_takes_no_time_to_speak_of(
    target: Target, details: dict[str, Any]
) -> None:
    shown = {"authorization": f"Bearer {HOLDER.secret}", **details.get("headers", {})}
    sent = event(details.get("path", "/v1/models"), query=details.get("query", ""), headers=shown)
    started = time.process_time()

    reply = target.send(sent)

    assert time.process_time() - started < 3  # what grows as the square would take minutes
    assert len(reply.text) < 4000 or reply.text in PAGES
    check_told(reply, sent)


@pytest.mark.parametrize("path", ["/v1/models", "/nowhere"])
def test_of_a_long_method_only_the_beginning_is_told_back(target: Target, path: str) -> None:
    reply = target.get(path, method="X" * LONGEST)

    assert len(reply.text) < 4000 or reply.text in PAGES


@pytest.mark.parametrize("path", ["/v1/models/\ud800", "/\udfff"])
def test_half_a_character_in_a_path_is_answered_with_what_can_be_sent(
    target: Target, path: str
) -> None:
    reply = target.get(path, HOLDER.secret)

    assert reply.status == 404


@pytest.mark.parametrize("given", [None, 5, ["x"], {"y": "z"}], ids=str)
def test_a_request_id_that_is_no_text_is_none(target: Target, given: Any) -> None:
    sent = event("/health")
    sent["requestContext"]["requestId"] = given

    reply = target.send(sent)

    assert reply.headers["x-request-id"] == ""


@pytest.mark.parametrize("name", ["authorization", "if-none-match", "accept-encoding"])
@pytest.mark.parametrize("value", [None, 5, ["Bearer x"], {"a": "b"}, True], ids=str)
def test_a_header_that_is_no_text_lets_nobody_in(target: Target, name: str, value: Any) -> None:
    sent = event("/v1/models", headers={"authorization": f"Bearer {UNKNOWN.secret}"})
    sent["headers"][name] = value

    reply = target.send(sent)

    assert reply.status in {401, 500}
    assert reply.error["message"]


@pytest.mark.parametrize("shown", SECRETS, ids=["a key", "no key"])
@pytest.mark.parametrize(
    "form",
    [
        "Bearer {0},{0}",
        "Bearer {0}, Bearer {1}",
        "Bearer {0}\r\nx-forged: 1",
        "Bearer {0}\x00",
        "Bearer {0}\u2028",
        "Bearer %73k-clb-{0}",
        "Bearer \ufeff{0}",
        "Bearer {0}\n",
    ],
)
def test_a_key_with_anything_about_it_is_no_key(target: Target, form: str, shown: str) -> None:
    reply = target.get("/v1/models", headers={"authorization": form.format(shown, UNKNOWN.secret)})

    assert reply.status == 401
    assert target.keys.calls == 0


@examples(100)
@given(path=st.text(max_size=60), query=st.text(max_size=60))
def test_without_a_key_nothing_is_answered_but_the_health_and_the_pages(
    target: Target, path: str, query: str
) -> None:
    reply = target.get("/" + path, query=query)

    assert reply.status in {401, 404} or path.startswith("health") or reply.text in PAGES


@examples(100)
@given(st.sampled_from(Window), st.integers(1, 9))
def test_no_path_or_query_gets_past_a_limit(target: Target, window: Window, limit: int) -> None:
    secret = target.key(limits={window: limit})
    paths = ("/v1/models", "/v1/models/", "/v1/models/a", "/v1/models//a", "/v1/models/%61")

    statuses = [target.get(paths[turn % 5], secret).status for turn in range(limit + 3)]

    assert statuses[limit:] == [429] * 3
    assert 429 not in statuses[:limit]
