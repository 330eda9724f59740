"""What a run under load may not get wrong: its verdicts on limits, editions, memory and time."""

import importlib
import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.template import PROJECT
from model_catalog.api_keys import mint
from model_catalog.limits import Window
from model_catalog.registry import compile_source
from model_catalog.rendering import Body, Renderer
from model_catalog.selection import CatalogQuery
from support.builders import api_key, entry, snapshot
from support.clock import NOON

SAMPLE = PROJECT / "registry" / "models.json"
AT_NOON = NOON.timestamp()
MINUTE = Window.MINUTE.number(NOON)


@pytest.fixture(autouse=True, scope="module")
def scripts() -> Iterator[None]:
    """Make ``bench`` importable, however the tests were started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PROJECT)
        yield


def script(name: str) -> Any:
    return importlib.import_module(f"bench.load.{name}")


def spans(*moments: float, lasting: float = 0.5) -> list[Any]:
    """Return requests that were sent so many seconds after noon."""
    span = script("quotas").Span
    return [span(AT_NOON + moment, AT_NOON + moment + lasting) for moment in moments]


def counted(minutes: dict[int, int], total: int) -> dict[tuple[Window, int], int]:
    """Return an item's counters: some of minutes after noon, and all others alike."""
    longer = {
        (window, window.number(NOON)): total for window in Window if window is not Window.MINUTE
    }
    return longer | {(Window.MINUTE, MINUTE + minute): used for minute, used in minutes.items()}


# Limits


def test_counters_that_equal_what_was_admitted_are_right() -> None:
    admitted = spans(1, 2, 61)

    found = script("quotas").violations(
        {Window.MINUTE: 2}, admitted, spans(3), counted({0: 2, 1: 1}, total=3)
    )

    assert list(found) == []


@pytest.mark.parametrize(
    ("minutes", "total", "told"),
    [
        ({0: 2, 1: 1}, 4, "hour: counted 4, admitted 3 to 3"),
        ({0: 3, 1: 1}, 3, "minute: counted 3 of 2"),
        ({0: 1, 1: 1}, 3, "minute: counted 1, admitted 2 to 2"),
        ({0: 2}, 3, "minute: counted 0, admitted 1 to 1"),
    ],
)
def test_a_counter_that_differs_is_told(minutes: dict[int, int], total: int, told: str) -> None:
    found = script("quotas").violations(
        {Window.MINUTE: 2}, spans(1, 2, 61), [], counted(minutes, total)
    )

    assert told in list(found)


def test_more_than_the_limit_is_told_though_the_counter_is_gone() -> None:
    admitted = spans(1, 2, 3, 181)

    found = script("quotas").violations({Window.MINUTE: 2}, admitted, [], counted({3: 1}, total=4))

    assert list(found) == ["minute: admitted 3 of 2"]


@pytest.mark.parametrize("minutes", [{0: 2}, {0: 1, 1: 1}])
def test_a_request_at_a_windows_end_may_count_in_either(minutes: dict[int, int]) -> None:
    admitted = [*spans(1), *spans(59.8)]

    found = script("quotas").violations({}, admitted, [], counted(minutes, total=2))

    assert list(found) == []


@pytest.mark.parametrize(("total", "wrong"), [(2, 0), (3, 0), (4, 4)])
def test_a_request_whose_reply_was_lost_may_count_twice(total: int, wrong: int) -> None:
    admitted = [*spans(1), *spans(2, lasting=1.2)]

    found = script("quotas").violations({}, admitted, [], counted({0: 2}, total))

    assert len(list(found)) == wrong


def test_a_refusal_before_the_limit_is_spent_is_told() -> None:
    found = script("quotas").violations(
        {Window.MINUTE: 2}, spans(1), spans(3), counted({0: 1}, total=1)
    )

    assert list(found) == ["refused before a limit was spent"]


# Answers


@pytest.mark.parametrize(
    ("route", "kind", "counts", "statuses"),
    [
        ("LIST", "OPEN", True, {200}),
        ("AGAIN", "LIMITED", True, {200, 304, 429}),
        ("MISSING", "RESTRICTED", True, {404}),
        ("USAGE", "LIMITED", False, {200}),
        ("USAGE", "POWERLESS", False, {200}),
        ("LIST", "POWERLESS", True, {403}),
        ("BAD_QUERY", "REVOKED", True, {401}),
        ("UNKNOWN_PATH", "UNKNOWN", False, {404}),
    ],
)
def test_a_status_is_right_by_route_and_key(
    route: str, kind: str, *, counts: bool, statuses: set[int]
) -> None:
    traffic = script("traffic")

    right = traffic.expected(traffic.Route[route], script("keys").Kind[kind], counts=counts)

    assert right == statuses


def test_requests_are_due_in_order_at_the_rate_and_some_at_once() -> None:
    chance = random.Random(1)  # noqa: S311 - a mix, no secret
    keys = script("keys").make_keys(100, chance)

    sample = compile_source(SAMPLE.read_bytes(), published_at=NOON, source_version="v1").snapshot

    plan = list(script("traffic").Traffic(keys, sample, chance).plan(1_000, rate=50))

    moments = [asked.due for asked in plan]
    assert len(plan) == 1_000
    assert moments == sorted(moments)
    assert moments[-1] == pytest.approx(20, rel=0.15)
    assert len(set(moments)) == 1_000 - 2 * 16


EDITION = snapshot(entry("a"), entry("b"), published_at=NOON)


def asked(*allowed: str) -> Any:
    """Return a request for the list, by a key that may see ``allowed``."""
    keys, traffic = script("keys"), script("traffic")
    key = api_key(mint(), allowed_models=frozenset(allowed))
    return traffic.Asked(0.0, traffic.Route.LIST, keys.LoadKey(keys.Kind.OPEN, "secret", key))


def listed(*allowed: str) -> dict[str, Any]:
    """Return the function's answer to whoever may see ``allowed``."""
    body = Renderer("codex-lb").models(EDITION, frozenset(allowed), CatalogQuery())
    return sent(body.text, body.etag)


def sent(text: str, etag: str) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"etag": etag}, "body": text}


def test_an_answer_tells_its_edition_and_so_does_a_304_of_it() -> None:
    reader, mine, answer = script("answers").Reader(EDITION), asked("a"), listed("a")

    first = reader.read(mine, answer)
    second = reader.read(mine, {**answer, "statusCode": 304, "body": ""})

    assert (first, second) == ((200, AT_NOON), (304, AT_NOON))
    assert reader.held(mine) == answer["headers"]["etag"]
    assert not reader.problems


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (listed("a", "b"), "list: a model the key may not see"),
        (sent('{"data":[]}', 'W/"another"'), "list: the entity tag is not the body's"),
        ({**listed("a"), "statusCode": 304, "body": ""}, "304: of something never sent"),
        ({"statusCode": 429, "headers": {}, "body": '{"error":{}}'}, "429: no retry-after"),
        ("Task timed out after 10.00 seconds", "no answer: Task timed out after 10.00 seconds"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(answer: object, problem: str) -> None:
    reader = script("answers").Reader(EDITION)

    reader.read(asked("a"), answer)

    assert problem in reader.problems


def test_two_answers_to_one_question_are_told() -> None:
    reader = script("answers").Reader(EDITION)
    body = Body.of({"data": [{"id": "a", "created": int(AT_NOON)}]})

    reader.read(asked("a"), listed("a"))
    reader.read(asked("a"), sent(body.text, body.etag))

    assert reader.problems == {"list: two answers to one question": 1}


# Editions


def answers(*given: tuple[int, float, int | None]) -> list[Any]:
    """Return answers: by which function, sent when, and of which edition."""
    return [
        SimpleNamespace(function=function, sent=sent, created=created)
        for function, sent, created in given
    ]


def test_an_edition_has_spread_once_the_last_earlier_answer_is_past() -> None:
    registry = script("registry")
    told = answers((0, 9.0, 1), (1, 11.5, 1), (0, 12.0, 10), (1, 14.0, None), (1, 15.0, 20))

    first, second = registry.uptakes(
        [registry.Publication(10.0, 10), registry.Publication(15.0, 20)], told
    )

    assert (first.functions, first.last_old) == (2, 1.5)
    assert (second.functions, second.last_old) == (1, 0.0)


def test_a_function_that_goes_back_to_an_earlier_edition_is_told() -> None:
    assert script("registry").steps_back(answers((0, 1, 5), (1, 2, 4), (0, 3, 4), (0, 4, 5))) == 1


# Figures


def test_growth_is_the_slope_of_a_function_after_its_caches_are_full() -> None:
    memory = script("memory")
    samples = [memory.Sample(0, (10.0, 10.0)), memory.Sample(2_000, (50.0, 52.0))]
    samples += [
        memory.Sample(n, (60 + n / 20_000, 62 + n / 20_000)) for n in (6_000, 8_000, 10_000)
    ]

    assert memory.slope_of(samples, since=0.6) == pytest.approx(1.0)


def test_percentiles_are_values_that_were_measured() -> None:
    told = script("latencies").Latencies.of(n / 1_000 for n in range(1, 201))

    assert (told.number, told.p50, told.p90, told.p99, told.most) == (200, 0.1, 0.18, 0.198, 0.2)
    assert told.cells == ("200", "100.0", "180.0", "198.0", "200.0")
