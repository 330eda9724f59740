"""The function end to end, on an AWS in process."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC
from ipaddress import ip_network
from typing import Any

import pytest

from api import handler
from model_catalog.api_keys import KeyStatus, hash_secret, mint
from model_catalog.limits import Window
from support.builders import entry
from support.clock import NOON
from support.stack import Api, Printed, Reply

ELSEWHERE = frozenset({ip_network("192.0.2.0/24")})
UNKNOWN = mint().secret
MISTYPED = UNKNOWN[:-1] + ("0" if UNKNOWN[-1] != "0" else "1")
NO_PERMISSION = frozenset[str]()
RATE_HEADERS = {
    "x-ratelimit-limit-requests",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-reset-requests",
    "ratelimit-policy",
    "ratelimit",
}

type Ask = Callable[[Api], Reply]


class Broken:
    """A collaborator with a bug."""

    def __getattr__(self, name: str) -> Any:  # noqa: D105 - whatever is asked of it
        raise RuntimeError(f"a bug in {name}")


def used(api: Api, secret: str) -> int:
    """Return how often a key was counted this month."""
    counters = api.table.counters(secret[7:23])
    return counters.get(f"used_month_{Window.MONTH.number(api.clock())}", 0)


def over_limit(api: Api, **changes: Any) -> str:
    """Return a key that has spent its only request of the day."""
    secret = api.key(limits={Window.DAY: 1}, **changes)
    assert api.get("/v1/models", secret).status == 200
    return secret


# The list


def test_a_list_is_what_the_key_may_see_highest_priority_first(api: Api) -> None:
    api.publish(entry("low", priority=1), entry("high", priority=9), entry("other"))
    secret = api.key(allowed_models=frozenset({"low", "high"}))

    reply = api.get("/v1/models", secret)

    assert reply.status == 200
    assert reply.ids == ["high", "low"]


def test_a_query_with_a_client_version_is_answered_with_codexs_catalog(api: Api) -> None:
    api.publish(entry("a"))

    reply = api.get("/v1/models", api.key(), query="client_version=0.169.0")

    assert [model["slug"] for model in reply.json["models"]] == ["a"]


def test_a_registry_that_was_never_published_is_an_empty_list(api: Api) -> None:
    reply = api.get("/v1/models", api.key())

    assert (reply.status, reply.json) == (200, {"object": "list", "data": []})


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/a", "/v1/usage", "/health"])
def test_one_trailing_slash_is_ignored(api: Api, path: str) -> None:
    api.publish(entry("a"))
    secret = api.key()

    replies = [api.get(path, secret), api.get(f"{path}/", secret)]

    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].json.keys() == replies[1].json.keys()


@pytest.mark.parametrize("model", ["a", "openai/gpt-5", "a/b/c:free", "~x@y+z/..", "alias/of-a"])
def test_a_model_is_retrieved_by_id_or_alias_slashes_included(api: Api, model: str) -> None:
    api.publish(
        entry("a", aliases=("alias/of-a",)),
        *map(entry, ["openai/gpt-5", "a/b/c:free", "~x@y+z/.."]),
    )

    reply = api.get(f"/v1/models/{model}", api.key())

    assert (reply.status, reply.json["object"]) == (200, "model")
    assert reply.json["id"] == ("a" if model == "alias/of-a" else model)


@pytest.mark.parametrize("model", ["secret", "nowhere", "unsupported"])
def test_a_model_the_key_may_not_see_is_as_unknown_as_one_that_is_not_there(
    api: Api, model: str
) -> None:
    api.publish(entry("a"), entry("secret"), entry("unsupported", supported_in_api=False))
    secret = api.key(allowed_models=frozenset({"a", "unsupported"}))

    error = api.get(f"/v1/models/{model}", secret).error

    assert (error["type"], error["param"]) == ("invalid_request_error", "model")
    assert error["code"] == "model_not_found"
    assert error["message"] == f"No model `{model}` is available to this API key."


@pytest.mark.parametrize("path", ["/v1/models\n", "/health\n", "/v1/usage\n"])
def test_a_line_break_makes_another_path(api: Api, path: str) -> None:
    api.publish(entry("a"))

    reply = api.get(path, api.key())

    assert (reply.status, reply.error["code"]) == (404, "unknown_url")


@pytest.mark.parametrize(
    "path", ["/v1", "/v2/models", "/v1/modelsx", "/x/v1/models", "/V1/models", "/v1/usage/a"]
)
def test_any_other_path_is_unknown(api: Api, path: str) -> None:
    error = api.get(path, api.key()).error

    assert (error["type"], error["param"]) == ("invalid_request_error", None)
    assert error["code"] == "unknown_url"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/a/b", "/v1/usage", "/health"])
def test_a_wrong_method_is_told_the_right_ones(api: Api, path: str, method: str) -> None:
    reply = api.get(path, method=method)

    assert (reply.status, reply.error["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "GET, HEAD"


# HEAD, entity tags, compression


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/models", 200),
        ("/v1/models/a", 200),
        ("/v1/models/b", 404),
        ("/v1/usage", 200),
        ("/health", 200),
        ("/nowhere", 404),
    ],
)
def test_head_answers_as_get_does_but_for_the_body(api: Api, path: str, status: int) -> None:
    api.publish(entry("a"))
    secret = api.key()
    api.get("/v1/models", secret)

    get, head = (api.get(path, secret, method=method) for method in ("GET", "HEAD"))

    assert (get.status, head.status) == (status, status)
    assert head.headers == get.headers
    assert (bool(get.text), head.text) == (True, "")


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/a"])
def test_what_the_caller_holds_is_not_sent_again(api: Api, path: str) -> None:
    api.publish(entry("a"))
    secret = api.key()
    first = api.get(path, secret)

    etag = first.headers["etag"]
    second = api.get(path, secret, headers={"If-None-Match": f'"other", {etag}'})

    assert etag.startswith('W/"')
    assert (second.status, second.text, second.headers["etag"]) == (304, "", etag)
    assert used(api, secret) == 2


def test_what_the_caller_holds_of_another_list_is_of_no_use(api: Api) -> None:
    api.publish(entry("a"), entry("b"))
    held = api.get("/v1/models", api.key()).headers["etag"]
    secret = api.key(allowed_models=frozenset({"a"}))

    reply = api.get("/v1/models", secret, headers={"If-None-Match": held})

    assert (reply.status, reply.ids) == (200, ["a"])


def test_a_long_answer_is_compressed_for_those_who_ask(api: Api) -> None:
    api.publish(*(entry(f"model-{number}") for number in range(20)))
    secret = api.key()

    plain = api.get("/v1/models", secret)
    small = api.get("/v1/models", secret, headers={"Accept-Encoding": "br, gzip"})

    assert small.headers["content-encoding"] == "gzip"
    assert small.text == plain.text
    assert small.headers["etag"] == plain.headers["etag"]
    assert "content-encoding" not in plain.headers


def test_a_short_answer_is_never_compressed(api: Api) -> None:
    reply = api.get("/v1/models", api.key(), headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in reply.headers


# The order of decisions, and what counts


def test_the_path_is_judged_before_the_key(api: Api) -> None:
    unknown, wrong_method = api.get("/nowhere", UNKNOWN), api.get("/v1/models", method="POST")

    assert (unknown.status, wrong_method.status) == (404, 405)
    assert api.calls == []


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, None),
        ("", None),
        ("Basic dXNlcjpwYXNz", None),
        ("Bearer", None),
        ("Bearer ", None),
        (f"Bearer {UNKNOWN} {UNKNOWN}", None),
        (f"Bearer {UNKNOWN},Bearer {UNKNOWN}", None),
        pytest.param(f"Bearer {MISTYPED}", "invalid_api_key", id="mistyped"),
        ("Bearer " + "x" * 10_000, "invalid_api_key"),
        ("Bearer sk-clb-ключ", "invalid_api_key"),
    ],
)
def test_what_cannot_be_a_key_is_refused_before_the_query_and_without_a_call(
    api: Api, authorization: str | None, code: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}

    reply = api.get("/v1/models", query="limit=0", headers=headers)

    assert (reply.status, reply.error["type"]) == (401, "invalid_request_error")
    assert (reply.error["param"], reply.error["code"]) == (None, code)
    assert reply.headers["www-authenticate"] == "Bearer"
    assert api.calls == []


@pytest.mark.parametrize(
    ("changes", "status", "code", "told"),
    [
        ({"status": KeyStatus.REVOKED}, 401, "invalid_api_key", "is not valid"),
        ({"status": KeyStatus.DISABLED}, 401, "invalid_api_key", "is disabled"),
        ({"expires_at": NOON}, 401, "invalid_api_key", "is expired"),
        ({"permissions": NO_PERMISSION}, 403, "insufficient_permissions", "lacks"),
        ({"allowed_ips": ELSEWHERE}, 403, "ip_not_allowed", "from 203.0.113.7"),
    ],
)
def test_the_key_is_judged_before_the_query(
    api: Api, changes: dict[str, Any], status: int, code: str, told: str
) -> None:
    reply = api.get("/v1/models", api.key(**changes), query="limit=0")

    assert (reply.status, reply.error["code"]) == (status, code)
    assert told in str(reply.error["message"])
    assert not RATE_HEADERS & reply.headers.keys()


def test_the_limit_is_judged_before_the_query_and_the_model(api: Api) -> None:
    secret = over_limit(api)

    replies = [
        api.get("/v1/models", secret, query="limit=0"),
        api.get("/v1/models/nowhere", secret),
    ]

    assert [reply.status for reply in replies] == [429, 429]


def test_a_list_s_parameters_mean_nothing_to_one_model(api: Api) -> None:
    api.publish(entry("a"))

    reply = api.get("/v1/models/a", api.key(), query="limit=0")

    assert reply.status == 200


@pytest.mark.parametrize(("path", "query"), [("/v1/models", "after=x"), ("/v1/models/x", "")])
def test_query_and_model_are_judged_before_what_the_caller_holds(
    api: Api, path: str, query: str
) -> None:
    reply = api.get(path, api.key(), query=query, headers={"If-None-Match": "*"})

    assert reply.status == (400 if query else 404)


@pytest.mark.parametrize(
    ("path", "details", "status"),
    [
        ("/v1/models", {}, 200),
        ("/v1/models/a", {"method": "HEAD"}, 200),
        ("/v1/models", {"headers": {"If-None-Match": "*"}}, 304),
        ("/v1/models", {"query": "limit=0"}, 400),
        ("/v1/models/b", {}, 404),
    ],
)
def test_whatever_an_admitted_request_comes_to_it_counts_and_tells_what_is_left(
    api: Api, path: str, details: dict[str, Any], status: int
) -> None:
    api.publish(entry("a"))
    limited, unlimited = api.key(limits={Window.MINUTE: 5, Window.DAY: 9}), api.key()

    reply, other = (api.get(path, secret, **details) for secret in (limited, unlimited))

    assert (reply.status, other.status) == (status, status)
    assert (used(api, limited), used(api, unlimited)) == (1, 1)
    assert {name: reply.headers[name] for name in RATE_HEADERS} == {
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-remaining-requests": "4",
        "x-ratelimit-reset-requests": "1m0s",
        "ratelimit-policy": '"minute";q=5;w=60, "day";q=9;w=86400',
        "ratelimit": '"minute";r=4;t=60, "day";r=8;t=43200',
    }
    assert not RATE_HEADERS & other.headers.keys()


UNCOUNTED: dict[str, tuple[str, dict[str, Any], dict[str, Any], int]] = {
    "unknown path": ("/nowhere", {}, {}, 404),
    "wrong method": ("/v1/models", {"method": "POST"}, {}, 405),
    "usage": ("/v1/usage", {}, {}, 200),
    "health": ("/health", {}, {}, 200),
    "disabled": ("/v1/models", {}, {"status": KeyStatus.DISABLED}, 401),
    "no permission": ("/v1/models", {}, {"permissions": NO_PERMISSION}, 403),
}


@pytest.mark.parametrize(
    ("path", "details", "changes", "status"), UNCOUNTED.values(), ids=UNCOUNTED
)
def test_what_is_not_admitted_does_not_count(
    api: Api, path: str, details: dict[str, Any], changes: dict[str, Any], status: int
) -> None:
    secret = api.key(limits={Window.MINUTE: 5}, **changes)

    assert api.get(path, secret, **details).status == status

    assert used(api, secret) == 0


def test_a_wrong_secret_for_a_key_that_exists_does_not_count(api: Api) -> None:
    secret = api.key()

    reply = api.get("/v1/models", mint(secret[7:23]).secret)

    assert (reply.status, used(api, secret)) == (401, 0)


# Limits


def test_the_sixth_request_of_five_waits_for_the_next_minute(api: Api) -> None:
    secret = api.key(limits={Window.MINUTE: 5})
    api.clock.advance(seconds=17.5)

    replies = [api.get("/v1/models", secret) for _ in range(6)]
    api.clock.advance(seconds=42.5)

    assert [reply.status for reply in replies] == [200] * 5 + [429]
    refused = replies[-1]
    assert (refused.error["type"], refused.error["code"]) == ("requests", "rate_limit_exceeded")
    assert (refused.headers["retry-after"], refused.headers["retry-after-ms"]) == ("43", "42500")
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    assert refused.headers["ratelimit"] == '"minute";r=0;t=43'
    assert "x-should-retry" not in refused.headers
    assert api.get("/v1/models", secret).status == 200


def test_a_spent_quota_is_told_as_one(api: Api) -> None:
    refused = api.get("/v1/models", over_limit(api))

    assert (refused.error["type"], refused.error["code"]) == ("insufficient_quota",) * 2
    assert (refused.headers["retry-after"], refused.headers["x-should-retry"]) == ("43200", "false")


def test_what_is_remembered_of_a_spent_limit_still_tells_the_time_that_is_left(api: Api) -> None:
    secret = over_limit(api)
    api.get("/v1/models", secret)
    api.clock.advance(seconds=3)
    api.calls.clear()

    refused = api.get("/v1/models", secret)

    assert refused.headers["x-ratelimit-reset-requests"] == "11h59m57s"
    assert api.calls == []


# Cost and freshness


def test_a_warm_request_makes_one_dynamodb_call_and_no_s3_call(api: Api) -> None:
    api.publish(entry("a"))
    secret = api.key()
    api.get("/v1/models", secret)
    api.calls.clear()

    reply = api.get("/v1/models", secret)

    assert reply.ids == ["a"]
    assert api.calls == ["UpdateItem"]


def test_the_registry_is_asked_for_again_once_per_max_age(api: Api) -> None:
    api.publish(entry("a"))
    secret = api.key()
    api.get("/v1/models", secret)
    api.calls.clear()

    for _ in range(6):
        api.clock.advance(seconds=20)
        api.get("/v1/models", secret)

    assert api.calls == ["UpdateItem", "UpdateItem", "UpdateItem", "GetObject"] * 2


def test_a_changed_registry_appears_after_max_age(api: Api) -> None:
    api.publish(entry("old"))
    secret = api.key()
    api.get("/v1/models", secret)
    api.publish(entry("new"))

    api.clock.advance(seconds=59.9)
    before = api.get("/v1/models", secret)
    api.clock.advance(seconds=0.1)
    after = api.get("/v1/models", secret)

    assert (before.ids, after.ids) == (["old"], ["new"])
    assert before.headers["etag"] != after.headers["etag"]


def test_an_unreadable_live_object_keeps_the_last_good_list(api: Api) -> None:
    api.publish(entry("good"))
    secret = api.key()
    before = api.get("/v1/models", secret)
    api.aws.s3.put_object(Bucket="registry", Key="registry/live.json", Body=b'{"format":1')
    api.clock.advance(seconds=60)

    after = api.get("/v1/models", secret)

    assert (after.text, after.headers) == (before.text, before.headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": KeyStatus.REVOKED},
        {"expires_at": NOON},
        {"permissions": NO_PERMISSION},
        {"allowed_ips": ELSEWHERE},
        {"limits": {Window.MONTH: 0}},
    ],
)
def test_a_thousand_requests_with_a_refused_key_cost_a_handful_of_writes(
    api: Api, changes: dict[str, Any]
) -> None:
    secret = api.key(**changes)

    statuses = set()
    for _ in range(1000):
        statuses.add(api.get("/v1/models", secret).status)
        api.clock.advance(seconds=0.01)

    assert statuses <= {401, 403, 429}
    assert len(api.calls) <= 3


def test_nobody_who_knows_a_keys_id_gets_its_owner_refused(api: Api) -> None:
    secret = api.key()
    other = mint(secret[7:23]).secret

    statuses = [api.get("/v1/models", shown).status for shown in [other, secret] * 5]

    assert statuses == [401, 200] * 5


def test_raising_a_limit_takes_effect_within_ten_seconds(api: Api) -> None:
    secret = over_limit(api)
    refused = api.get("/v1/models", secret)
    api.table.change(secret[7:23], limits={"M": {"day": {"N": "2"}}})

    api.clock.advance(seconds=10)

    assert (refused.status, api.get("/v1/models", secret).status) == (429, 200)


def test_disabling_a_key_takes_effect_on_the_next_request(api: Api) -> None:
    secret = api.key()
    before = api.get("/v1/models", secret)
    api.table.change(secret[7:23], status={"S": "disabled"})

    assert (before.status, api.get("/v1/models", secret).status) == (200, 401)


def test_a_key_created_after_it_was_refused_as_unknown_works_within_ten_seconds(api: Api) -> None:
    secret = api.key()
    item = api.table.item(secret[7:23])
    api.table.delete(secret[7:23])
    refused = api.get("/v1/models", secret)
    api.table.client.put_item(TableName="keys", Item=item)

    api.clock.advance(seconds=10)

    assert (refused.status, api.get("/v1/models", secret).status) == (401, 200)


# Usage and health


def test_usage_tells_a_keys_limits_and_counters_and_counts_nothing(api: Api) -> None:
    secret = over_limit(api, allowed_models=frozenset({"b", "a"}))

    replies = [api.get("/v1/usage", secret) for _ in range(2)]

    assert replies[0].json == replies[1].json
    assert replies[0].json["object"] == "usage"
    assert replies[0].json["key"] == {
        "key_id": secret[7:23],
        "name": "test",
        "prefix": secret[:15],
        "expires_at": None,
        "allowed_models": ["a", "b"],
    }
    limits = replies[0].json["limits"]
    assert [limit["limit_window"] for limit in limits] == list(Window)
    assert limits[2] == {
        "limit_type": "requests",
        "limit_window": "day",
        "max_value": 1,
        "current_value": 1,
        "remaining_value": 0,
        "reset_at": "2026-11-23T00:00:00Z",
    }
    assert (limits[0]["max_value"], limits[0]["remaining_value"]) == (None, None)
    assert limits[0]["current_value"] == 1


def test_usage_is_for_any_valid_key_even_one_that_is_refused_elsewhere(api: Api) -> None:
    spent, powerless = over_limit(api), api.key(permissions=NO_PERMISSION)
    refused = [api.get("/v1/models", secret).status for secret in (spent, powerless)]

    replies = [api.get("/v1/usage", secret) for secret in (spent, powerless)]

    assert refused == [429, 403]
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[0].headers["x-ratelimit-remaining-requests"] == "0"
    assert not RATE_HEADERS & replies[1].headers.keys()


def test_usage_is_not_for_a_wrong_address_or_an_invalid_key(api: Api) -> None:
    secrets = [api.key(allowed_ips=ELSEWHERE), api.key(status=KeyStatus.DISABLED), UNKNOWN]

    assert [api.get("/v1/usage", secret).status for secret in secrets] == [403, 401, 401]


def test_health_touches_no_aws_service(api: Api) -> None:
    cold = api.get("/health")

    assert (cold.status, api.calls) == (200, [])
    assert cold.json == {"status": "ok", "registry": {"version": None, "age_seconds": None}}


def test_health_tells_which_registry_is_held_and_how_old_it_is(api: Api) -> None:
    api.publish(entry("a"), source_version="v7")
    api.get("/v1/models", api.key())
    api.calls.clear()
    api.clock.advance(seconds=90)

    warm = api.get("/health")

    assert warm.json == {"status": "ok", "registry": {"version": "v7", "age_seconds": 90}}
    assert api.calls == []


# Every answer, and what is printed about it

ANSWERS: dict[str, tuple[int, Ask]] = {
    "list": (200, lambda api: api.get("/v1/models", api.key())),
    "usage": (200, lambda api: api.get("/v1/usage", api.key())),
    "health": (200, lambda api: api.get("/health")),
    "held": (304, lambda api: api.get("/v1/models", api.key(), headers={"if-none-match": "*"})),
    "bad query": (400, lambda api: api.get("/v1/models", api.key(), query="limit=x")),
    "no key": (401, lambda api: api.get("/v1/models")),
    "unknown key": (401, lambda api: api.get("/v1/models", UNKNOWN)),
    "mistyped key": (401, lambda api: api.get("/v1/models", MISTYPED)),
    "expired": (401, lambda api: api.get("/v1/models", api.key(expires_at=NOON))),
    "no permission": (403, lambda api: api.get("/v1/models", api.key(permissions=NO_PERMISSION))),
    "elsewhere": (403, lambda api: api.get("/v1/models", api.key(allowed_ips=ELSEWHERE))),
    "unknown path": (404, lambda api: api.get("/nowhere", api.key())),
    "unknown model": (404, lambda api: api.get("/v1/models/nowhere", api.key())),
    "wrong method": (405, lambda api: api.get("/v1/models", api.key(), method="POST")),
    "over limit": (429, lambda api: api.get("/v1/models", over_limit(api))),
    "unreadable key": (503, lambda api: api.get("/v1/models", unreadable(api))),
}
NO_EVENTS: dict[str, Any] = {
    "no event": {},
    "nothing": None,
    "a list": [],
    "no context": {"requestContext": None},
}
BUGS: dict[str, Ask] = {
    "bug": lambda api: api.get("/v1/models", api.key(limits={Window.DAY: 9})),
    "half an event": lambda api: api.send({"requestContext": {"requestId": "test-request"}}),
}


def unreadable(api: Api) -> str:
    """Return a key whose item nobody can read."""
    secret = api.key()
    api.table.change(secret[7:23], used_year_1={"N": "1"})
    return secret


@pytest.mark.parametrize(("status", "ask"), ANSWERS.values(), ids=ANSWERS)
def test_every_answer_has_the_usual_headers(api: Api, status: int, ask: Ask) -> None:
    reply = ask(api)

    assert reply.status == status
    assert reply.headers.items() >= {
        ("content-type", "application/json"),
        ("x-request-id", "test-request"),
        ("cache-control", "private, no-cache"),
        ("vary", "authorization, accept-encoding"),
    }
    assert status < 400 or reply.error["message"]
    assert ("etag" in reply.headers) is (ask in {ANSWERS["list"][1], ANSWERS["held"][1]})


@pytest.mark.parametrize("ask", BUGS.values(), ids=BUGS)
def test_a_bug_is_answered_in_the_envelope_logged_and_counted(
    api: Api, printed: Printed, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    monkeypatch.setattr(handler, "renderer", Broken())

    reply = ask(api)

    assert (reply.status, reply.error["type"]) == (500, "server_error")
    assert (reply.error["param"], reply.error["code"]) == (None, "internal_error")
    assert "bug" not in str(reply.error["message"])
    assert reply.headers["x-request-id"] == "test-request"
    assert reply.headers["cache-control"] == "private, no-cache"
    output = printed.read()
    (line,) = [line for line in output.logs if line["level"] == "ERROR"]
    assert (line["message"], "Traceback" in line["exception"]) == ("Unexpected failure", True)
    assert [metric["InternalError"] for metric in output.metrics] == [[1.0]]


@pytest.mark.parametrize("sent", NO_EVENTS.values(), ids=NO_EVENTS)
def test_even_what_is_no_event_is_answered_in_the_envelope(
    api: Api, printed: Printed, sent: Any
) -> None:
    reply = api.send(sent)

    assert (reply.status, reply.error["code"]) == (500, "internal_error")
    assert reply.headers["x-request-id"] == ""
    output = printed.read()
    assert [line["message"] for line in output.logs] == ["Unexpected failure"]
    assert [metric["InternalError"] for metric in output.metrics] == [[1.0]]


def test_after_a_bug_the_next_caller_is_told_nothing_of_the_one_before(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(handler, "renderer", Broken())
        api.get("/v1/models", api.key(limits={Window.DAY: 9}))

    replies = [api.get("/nowhere"), api.get("/v1/models", UNKNOWN), api.send({})]

    assert not any(RATE_HEADERS & reply.headers.keys() for reply in replies)


LOGGED: dict[str, tuple[dict[str, Any], str, int]] = {
    "revoked": ({"status": KeyStatus.REVOKED}, "revoked", 401),
    "disabled": ({"status": KeyStatus.DISABLED}, "disabled", 401),
    "expired": ({"expires_at": NOON}, "expired", 401),
    "no permission": ({"permissions": NO_PERMISSION}, "insufficient_permissions", 403),
    "elsewhere": ({"allowed_ips": ELSEWHERE}, "ip_not_allowed", 403),
    "over limit": ({"limits": {Window.DAY: 0}}, "over_limit", 429),
}


@pytest.mark.parametrize(("changes", "reason", "status"), LOGGED.values(), ids=LOGGED)
def test_every_refusal_is_one_line_that_says_who_why_and_from_where(
    api: Api, printed: Printed, changes: dict[str, Any], reason: str, status: int
) -> None:
    secret = api.key(**changes)

    for number in range(2):  # from the table, then from memory
        api.get("/v1/models", secret, request_id=f"request-{number}")

    lines = printed.read().logs
    assert [line["correlation_id"] for line in lines] == ["request-0", "request-1"]
    for line in lines:
        assert line["message"] == "Request refused"
        assert (line["key_id"], line["reason"]) == (secret[7:23], reason)
        assert (line["status"], line["address"]) == (status, "203.0.113.7")


def test_an_unknown_key_is_logged_by_the_id_it_claims(api: Api, printed: Printed) -> None:
    api.get("/v1/models", UNKNOWN)

    (line,) = printed.read().logs
    assert (line["key_id"], line["reason"]) == (UNKNOWN[7:23], "unknown")


def test_what_is_refused_without_a_key_is_logged_by_its_error(api: Api, printed: Printed) -> None:
    api.get("/nowhere")
    api.get("/v1/models", method="POST")
    api.get("/v1/models")

    lines = printed.read().refusals
    errors = ["UnknownUrlError", "MethodNotAllowedError", "AuthenticationError"]
    assert [line["error"] for line in lines] == errors
    assert [line["status"] for line in lines] == [404, 405, 401]
    assert not any("key_id" in line for line in lines)


def test_what_succeeds_is_not_logged(api: Api, printed: Printed) -> None:
    for name in ("list", "held", "usage", "health"):
        ANSWERS[name][1](api)

    assert printed.read().text == ""


def test_metrics_are_lines_that_cloudwatch_reads(api: Api, printed: Printed) -> None:
    ANSWERS["unreadable key"][1](api)

    (metric,) = printed.read().metrics
    (declared,) = metric["_aws"]["CloudWatchMetrics"]
    assert declared == {
        "Namespace": "ModelCatalog",
        "Dimensions": [["service"], ["service", "executed_version"]],
        "Metrics": [{"Name": "KeyStoreUnavailableError", "Unit": "Count"}],
    }
    assert (metric["service"], metric["executed_version"]) == ("model-catalog", "7")
    assert metric["KeyStoreUnavailableError"] == [1.0]


def test_no_secret_and_no_digest_is_ever_printed_or_answered(
    api: Api, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = [ask(api) for _, ask in ANSWERS.values()]
    monkeypatch.setattr(handler, "renderer", Broken())
    replies += [ask(api) for ask in BUGS.values()]

    output = printed.read()
    assert len(output.refusals) == len([reply for reply in replies if reply.status >= 400]) - 1
    told = output.text + "".join(f"{reply.text}{reply.headers}" for reply in replies)
    for secret in [*api.issued, UNKNOWN, MISTYPED]:
        assert secret[23:55] not in told
        assert hash_secret(secret) not in told


def test_the_functions_clock_tells_the_time_in_utc() -> None:
    before, told, after = time.time(), handler.utc_now(), time.time()

    assert told.tzinfo is UTC
    assert before - 0.001 <= told.timestamp() <= after + 0.001


def test_the_function_imports_no_pydantic() -> None:
    script = "import sys, api.handler; print(sorted(n for n in sys.modules if 'pydantic' in n))"

    imported = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert imported.stdout == "[]\n"
