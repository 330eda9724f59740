"""A handler is called as Lambda would call it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localcloud.events import Event
from localcloud.runtime import FunctionError, Handler, LambdaFunction


def function(handler: Handler) -> LambdaFunction:
    return LambdaFunction(handler=handler, name="fn", memory_mb=512, timeout_seconds=6)


def test_the_handler_gets_the_event_and_its_answer_comes_back() -> None:
    assert function(lambda event, _: {"seen": event}).invoke({"a": [1]}) == {"seen": {"a": [1]}}


def test_event_and_answer_cross_as_json() -> None:
    event: Event = {"a": {"b": 1}}

    def handler(seen: Event, _context: object) -> object:
        return seen is event, seen["a"] is event["a"], seen

    assert function(handler).invoke(event) == [False, False, event]


def test_the_context_tells_about_the_function_and_this_call() -> None:
    contexts: list[Any] = []
    called = function(lambda _, context: contexts.append(context))

    called.invoke({})
    called.invoke({})

    assert contexts[0].function_name == "fn"
    assert contexts[0].memory_limit_in_mb == 512
    assert contexts[0].invoked_function_arn == ("arn:aws:lambda:us-east-1:123456789012:function:fn")
    assert contexts[0].aws_request_id != contexts[1].aws_request_id


def test_the_context_counts_the_time_that_is_left() -> None:
    left = function(lambda _, context: context.get_remaining_time_in_millis()).invoke({})
    none_left = LambdaFunction(
        handler=lambda _, context: context.get_remaining_time_in_millis(),
        name="fn",
        memory_mb=512,
        timeout_seconds=-1,
    ).invoke({})

    assert isinstance(left, int)
    assert 5000 < left <= 6000
    assert none_left == 0


def test_the_handler_is_called_once_at_a_time() -> None:
    at_once: list[int] = []
    inside: list[int] = []

    def handler(_event: Event, _context: object) -> None:
        inside.append(1)
        time.sleep(0.01)
        at_once.append(len(inside))
        inside.pop()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(function(handler).invoke, [{}] * 8))

    assert at_once == [1] * 8


def test_a_handler_that_raises_is_an_error_with_its_cause() -> None:
    def handler(_event: Event, _context: object) -> None:
        raise ZeroDivisionError

    called = function(handler)

    with pytest.raises(FunctionError) as raised:
        called.invoke({})
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    with pytest.raises(FunctionError):  # and not a lock that is never given back
        called.invoke({})


@pytest.mark.parametrize("answer", [b"bytes", {1, 2}, object()])
def test_an_answer_that_is_no_json_is_an_error(answer: object) -> None:
    with pytest.raises(FunctionError):
        function(lambda _event, _context: answer).invoke({})


def test_an_answer_of_over_6_megabytes_is_an_error() -> None:
    fitting = "x" * (6_291_556 - 2)

    assert function(lambda _event, _context: fitting).invoke({}) == fitting
    with pytest.raises(FunctionError, match="larger"):
        function(lambda _event, _context: fitting + "x").invoke({})
