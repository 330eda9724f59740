"""The function end to end, on an AWS in process."""

from support.builders import entry
from support.stack import Api


def test_a_list_is_what_the_key_may_see_highest_priority_first(api: Api) -> None:
    api.publish(entry("low", priority=1), entry("high", priority=9), entry("other"))
    secret = api.key(allowed_models=frozenset({"low", "high"}))

    reply = api.get("/v1/models", secret)

    assert reply.status == 200
    assert reply.ids == ["high", "low"]


def test_a_warm_request_makes_one_dynamodb_call_and_no_s3_call(api: Api) -> None:
    api.publish(entry("a"))
    secret = api.key()
    api.get("/v1/models", secret)
    api.calls.clear()

    reply = api.get("/v1/models", secret)

    assert reply.ids == ["a"]
    assert api.calls == ["UpdateItem"]
