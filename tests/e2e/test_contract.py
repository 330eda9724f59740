"""Every row of the error table, every header and every list rule, over HTTP."""

import json
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from model_catalog.api_keys import KeyStatus, mint
from model_catalog.limits import Window
from support.cloud import Cloud, HttpReply

AUTHORED = json.loads((Path(__file__).parents[2] / "registry" / "models.json").read_text())
LISTED = [
    model["id"]
    for model in sorted(AUTHORED["models"], key=lambda m: (-m.get("priority", 0), m["id"]))
    if model.get("supported_in_api", True) and model.get("visibility", "list") == "list"
]


def assert_usual_headers(reply: HttpReply) -> None:
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-request-id"]
    assert reply.headers["cache-control"] == "private, no-cache"
    assert reply.headers["vary"] == "authorization, accept-encoding"


def assert_refused(
    reply: HttpReply, status: int, kind: str, code: str | None, param: str | None = None
) -> str:
    """Check an error's whole row; return its message."""
    assert (reply.status, reply.error["type"], reply.error["code"], reply.error["param"]) == (
        status,
        kind,
        code,
        param,
    )
    assert_usual_headers(reply)
    message = reply.error["message"]
    assert message
    return message


def test_the_unrestricted_key_lists_every_listed_model_in_order(cloud: Cloud) -> None:
    reply = cloud.ask("/v1/models", secret=cloud.keys["unrestricted"])

    assert reply.status == 200
    assert list(reply.json) == ["object", "data"]
    assert reply.ids == LISTED
    assert len(LISTED) >= 40
    assert_usual_headers(reply)
    assert reply.headers["etag"].startswith('W/"')
    assert not any(name.startswith(("x-ratelimit", "ratelimit")) for name in reply.headers)


def test_every_model_names_its_owner_and_the_time_of_publication(cloud: Cloud) -> None:
    models = cloud.ask("/v1/models", secret=cloud.keys["unrestricted"]).json["data"]

    assert {(model["object"], model["owned_by"]) for model in models} == {("model", "codex-lb")}
    (created,) = {model["created"] for model in models}
    assert abs(created - datetime.now(UTC).timestamp()) < 3600


def test_the_restricted_key_lists_exactly_its_three(cloud: Cloud) -> None:
    reply = cloud.ask("/v1/models", secret=cloud.keys["restricted"])

    demo = [model["id"] for model in AUTHORED["models"] if "demo" in model.get("groups", [])]
    expected = {"gpt-6.1-sol", "anthropic/claude-haiku-4.5", *demo}
    assert reply.ids == [model for model in LISTED if model in expected]
    assert len(reply.ids) == 3


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("authorization", "")],
        [("authorization", "Basic dXNlcjpwYXNz")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer ")],
        [("authorization", "Bearer one two")],
        [("authorization", "Bearer one,two")],
        [("authorization", "Bearer one"), ("authorization", "Bearer two")],
    ],
    ids=["none", "empty", "Basic", "bare", "empty bearer", "two tokens", "comma", "two headers"],
)
def test_a_missing_or_malformed_authorization_is_a_401_that_says_how(
    cloud: Cloud, headers: list[tuple[str, str]]
) -> None:
    reply = cloud.ask("/v1/models", headers=headers)

    message = assert_refused(reply, 401, "invalid_request_error", None)
    assert "Authorization: Bearer YOUR_KEY" in message
    assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "secret",
    [mint().secret, "sk-clb-nonsense", "kéy-" * 10, "x" * 9_000, "sk-" + "\x7f" * 30],
    ids=["never issued", "too short", "not ASCII", "9 kB", "control characters"],
)
def test_an_unknown_key_is_a_401_that_shows_little_of_it(cloud: Cloud, secret: str) -> None:
    reply = cloud.ask("/v1/models", secret=secret)

    message = assert_refused(reply, 401, "invalid_request_error", "invalid_api_key")
    assert secret not in message
    assert secret[8:-4] not in message


def test_a_10_kb_key_is_answered_by_the_gateway_itself(cloud: Cloud) -> None:
    reply = cloud.ask("/v1/models", secret="x" * 10_240)

    assert reply.status == 431
    assert reply.json == {"message": "Request Header Fields Too Large"}


def test_a_key_with_one_character_changed_is_unknown(cloud: Cloud) -> None:
    secret = cloud.keys["unrestricted"]
    changed = secret[:30] + ("a" if secret[30] != "a" else "b") + secret[31:]

    reply = cloud.ask("/v1/models", secret=changed)

    assert_refused(reply, 401, "invalid_request_error", "invalid_api_key")


def test_a_revoked_key_reads_like_an_unknown_one(cloud: Cloud) -> None:
    revoked = cloud.new_key(status=KeyStatus.REVOKED)

    message = assert_refused(
        cloud.ask("/v1/models", secret=revoked.secret),
        401,
        "invalid_request_error",
        "invalid_api_key",
    )

    assert "is not valid" in message


def test_the_holder_of_a_disabled_key_is_told_so(cloud: Cloud) -> None:
    disabled = cloud.new_key(status=KeyStatus.DISABLED)

    reply = cloud.ask("/v1/models", secret=disabled.secret)

    message = assert_refused(reply, 401, "invalid_request_error", "invalid_api_key")
    assert "is disabled" in message


def test_the_holder_of_an_expired_key_is_told_so(cloud: Cloud) -> None:
    expired = cloud.new_key(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    reply = cloud.ask("/v1/models", secret=expired.secret)

    message = assert_refused(reply, 401, "invalid_request_error", "invalid_api_key")
    assert "is expired" in message


def test_a_key_without_the_permission_is_a_403(cloud: Cloud) -> None:
    powerless = cloud.new_key(permissions=frozenset())

    reply = cloud.ask("/v1/models", secret=powerless.secret)

    message = assert_refused(reply, 403, "permission_error", "insufficient_permissions")
    assert "models.read" in message


def test_a_key_used_from_elsewhere_is_a_403(cloud: Cloud) -> None:
    fixed = cloud.new_key(allowed_ips=frozenset({ip_network("192.0.2.0/24")}))

    for path in ("/v1/models", "/v1/usage"):
        message = assert_refused(
            cloud.ask(path, secret=fixed.secret), 403, "permission_error", "ip_not_allowed"
        )
        assert "127.0.0.1" in message


@pytest.mark.parametrize("model", ["no-such-model", "gpt-5.5", "a%20b", "%00", "x" * 300])
def test_an_unknown_model_and_a_forbidden_one_are_the_same_404(cloud: Cloud, model: str) -> None:
    reply = cloud.ask(f"/v1/models/{model}", secret=cloud.keys["restricted"])

    assert_refused(reply, 404, "invalid_request_error", "model_not_found", "model")


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/models%0A", "/v1/model", "//v1/models"])
def test_an_unknown_path_is_a_404_for_everybody(cloud: Cloud, path: str) -> None:
    reply = cloud.ask(path)

    assert_refused(reply, 404, "invalid_request_error", "unknown_url")


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/a/b", "/v1/usage", "/health"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_a_wrong_method_is_a_405_that_names_the_right_ones(
    cloud: Cloud, method: str, path: str
) -> None:
    reply = cloud.ask(path, method=method)

    assert_refused(reply, 405, "invalid_request_error", "method_not_allowed")
    assert reply.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=1", "limit"),
        ("after=no-such-model", "after"),
        ("after=", "after"),
        ("input_modality=smell", "input_modality"),
        ("output_modality=", "output_modality"),
        ("reasoning_effort=huge", "reasoning_effort"),
        ("capability=telepathy", "capability"),
        ("min_context_window=-1", "min_context_window"),
    ],
)
def test_a_bad_query_value_is_a_400_that_names_it(cloud: Cloud, query: str, param: str) -> None:
    reply = cloud.ask(f"/v1/models?{query}", secret=cloud.keys["unrestricted"])

    message = assert_refused(reply, 400, "invalid_request_error", "invalid_value", param)
    assert param in message


def test_parameters_we_do_not_know_are_ignored(cloud: Cloud) -> None:
    reply = cloud.ask("/v1/models?order=desc&x=%ff&=", secret=cloud.keys["unrestricted"])

    assert reply.ids == LISTED


def test_pages_make_up_the_whole_list(cloud: Cloud) -> None:
    secret = cloud.keys["unrestricted"]
    collected: list[str] = []
    query = "limit=7"
    while True:
        page = cloud.ask(f"/v1/models?{query}", secret=secret).json
        collected += [model["id"] for model in page["data"]]
        assert page["last_id"] == collected[-1]
        if not page["has_more"]:
            break
        query = f"limit=7&after={page['last_id']}"

    assert collected == LISTED


def test_filters_combine(cloud: Cloud) -> None:
    query = "input_modality=audio&capability=vision&min_context_window=200000"

    models = cloud.ask(f"/v1/models?{query}", secret=cloud.keys["unrestricted"]).json["data"]

    assert models
    for model in models:
        assert {"audio", "image"} <= set(model["metadata"]["input_modalities"])
        assert model["metadata"]["context_window"] >= 200_000


def test_the_sixth_request_of_a_minute_is_a_429_that_says_when(cloud: Cloud) -> None:
    limited = cloud.new_key(limits={Window.MINUTE: 5, Window.MONTH: 100}).secret
    if (second := datetime.now(UTC).second) > 50:  # else the window could end in between
        time.sleep(61 - second)

    replies = [cloud.ask("/v1/models", secret=limited) for _ in range(6)]

    remaining = [reply.headers["x-ratelimit-remaining-requests"] for reply in replies]
    assert remaining == ["4", "3", "2", "1", "0", "0"]
    refused = replies[-1]
    message = assert_refused(refused, 429, "requests", "rate_limit_exceeded")
    assert "5 requests per minute" in message
    wait = int(refused.headers["retry-after"])
    left = 60 - datetime.now(UTC).second
    assert left <= wait <= left + 2
    assert (wait - 1) * 1000 < int(refused.headers["retry-after-ms"]) <= wait * 1000
    assert refused.headers["x-ratelimit-limit-requests"] == "5"
    assert refused.headers["x-ratelimit-reset-requests"].endswith("s")
    assert refused.headers["ratelimit"].startswith('"minute";r=0;t=')
    assert '"month";r=95' in refused.headers["ratelimit"]
    assert refused.headers["ratelimit-policy"].startswith('"minute";q=5;w=60, "month";q=100;w=')
    assert "x-should-retry" not in refused.headers


def test_an_hours_limit_is_a_limit_and_no_quota(cloud: Cloud) -> None:
    secret = cloud.new_key(limits={Window.HOUR: 1}).secret
    cloud.ask("/v1/models", secret=secret)

    reply = cloud.ask("/v1/models", secret=secret)

    message = assert_refused(reply, 429, "requests", "rate_limit_exceeded")
    assert "1 request per hour" in message


@pytest.mark.parametrize("window", [Window.DAY, Window.WEEK, Window.MONTH])
def test_a_spent_quota_is_a_429_of_its_own_kind(cloud: Cloud, window: Window) -> None:
    secret = cloud.new_key(limits={window: 1}).secret
    cloud.ask("/v1/models", secret=secret)

    reply = cloud.ask("/v1/models", secret=secret)

    message = assert_refused(reply, 429, "insufficient_quota", "insufficient_quota")
    assert f"1 request per {window}" in message
    waits_long = int(reply.headers["retry-after-ms"]) > 60_000
    assert (reply.headers.get("x-should-retry") == "false") == waits_long


def test_what_is_wrong_with_an_admitted_request_counts(cloud: Cloud) -> None:
    secret = cloud.new_key(limits={Window.MONTH: 10}).secret

    left = [
        cloud.ask(path, secret=secret, headers=headers).headers["x-ratelimit-remaining-requests"]
        for path, headers in [
            ("/v1/models?limit=0", {}),
            ("/v1/models/none", {}),
            ("/v1/models", {"if-none-match": "*"}),
        ]
    ]

    assert left == ["9", "8", "7"]


def test_asking_for_the_usage_does_not_count(cloud: Cloud) -> None:
    key = cloud.new_key(limits={Window.MONTH: 10}, allowed_models=frozenset({"gpt-5.5"}))
    cloud.ask("/v1/models", secret=key.secret)
    cloud.ask("/v1/usage", secret=key.secret)

    reply = cloud.ask("/v1/usage", secret=key.secret)

    assert_usual_headers(reply)
    assert reply.json["object"] == "usage"
    assert reply.json["key"] == {
        "key_id": key.key_id,
        "name": "test",
        "prefix": key.secret[:15],
        "expires_at": None,
        "allowed_models": ["gpt-5.5"],
    }
    month = reply.json["limits"][-1]
    now = datetime.now(UTC)
    turn = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    assert month == {
        "limit_type": "requests",
        "limit_window": "month",
        "max_value": 10,
        "current_value": 1,
        "remaining_value": 9,
        "reset_at": turn.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    minute = reply.json["limits"][0]
    assert (minute["max_value"], minute["remaining_value"]) == (None, None)


def test_health_needs_no_key(cloud: Cloud) -> None:
    cloud.ask("/v1/models", secret=cloud.keys["unrestricted"])

    reply = cloud.ask("/health")

    assert reply.json["status"] == "ok"
    assert reply.json["registry"]["version"]
    assert reply.json["registry"]["age_seconds"] >= 0
    assert_usual_headers(reply)


@pytest.mark.parametrize("form", ["{weak}", "{strong}", '"other", {weak}', "*", 'W/"x" , {strong}'])
def test_a_copy_that_is_still_good_is_a_304(cloud: Cloud, form: str) -> None:
    secret = cloud.keys["unrestricted"]
    weak = cloud.ask("/v1/models", secret=secret).headers["etag"]
    header = form.format(weak=weak, strong=weak.removeprefix("W/"))

    reply = cloud.ask("/v1/models", secret=secret, headers={"if-none-match": header})

    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", weak)
    assert_usual_headers(reply)


def test_a_copy_of_something_else_is_answered_in_full(cloud: Cloud) -> None:
    secret = cloud.keys["unrestricted"]

    reply = cloud.ask("/v1/models", secret=secret, headers={"if-none-match": 'W/"other"'})

    assert reply.status == 200
    assert reply.ids == LISTED


def test_the_same_request_twice_gives_the_same_bytes(cloud: Cloud) -> None:
    secret = cloud.keys["unrestricted"]

    first, second = (cloud.ask("/v1/models", secret=secret) for _ in range(2))

    assert (first.body, first.headers["etag"]) == (second.body, second.headers["etag"])


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/gpt-5.5", "/health", "/nothing"])
def test_head_answers_like_get_without_a_body(cloud: Cloud, path: str) -> None:
    secret = cloud.keys["unrestricted"]
    got = cloud.ask(path, secret=secret)

    reply = cloud.ask(path, secret=secret, method="HEAD")

    assert (reply.status, reply.body) == (got.status, b"")
    assert reply.headers.get("etag") == got.headers.get("etag")


@pytest.mark.parametrize("path", ["/v1/models/", "/v1/models/gpt-5.5/", "/health/", "/v1/usage/"])
def test_one_trailing_slash_is_ignored(cloud: Cloud, path: str) -> None:
    assert cloud.ask(path, secret=cloud.keys["unrestricted"]).status == 200


@pytest.mark.parametrize("slash", ["/", "%2F", "%2f"])
def test_an_id_with_a_slash_may_be_escaped_or_not(cloud: Cloud, slash: str) -> None:
    path = f"/v1/models/anthropic{slash}claude-haiku-4.5"

    reply = cloud.ask(path, secret=cloud.keys["restricted"])

    assert reply.json["id"] == "anthropic/claude-haiku-4.5"


def test_a_model_is_found_by_its_alias(cloud: Cloud) -> None:
    reply = cloud.ask("/v1/models/haiku", secret=cloud.keys["unrestricted"])

    assert reply.json["id"] == "anthropic/claude-haiku-4.5"


def test_a_hidden_model_is_retrieved_and_one_outside_the_api_is_not(cloud: Cloud) -> None:
    secret = cloud.keys["unrestricted"]

    statuses = [
        cloud.ask(f"/v1/models/{model['id']}", secret=secret).status
        for model in AUTHORED["models"]
        if model["id"] not in LISTED
    ]

    supported = [
        200 if model.get("supported_in_api", True) else 404
        for model in AUTHORED["models"]
        if model["id"] not in LISTED
    ]
    assert statuses == supported
    assert {200, 404} <= set(statuses)
