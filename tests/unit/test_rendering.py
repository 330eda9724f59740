"""Answers as text: the same for the same question, and kept within bounds."""

import base64
import gzip
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.api_keys import Admission, mint
from model_catalog.errors import InvalidValueError, ModelNotFoundError
from model_catalog.limits import Usage, Window
from model_catalog.rendering import Body, Renderer, health_body, usage_body
from model_catalog.selection import CatalogQuery, CodexQuery
from model_catalog.shapes import codex_catalog, openai_list, openai_model
from model_catalog.snapshot import EMPTY, Snapshot
from support.builders import api_key, entry, full_entry, snapshot
from support.strategies import MODELS, allow_lists, codex_queries, filters, snapshots

ALL: frozenset[str] = frozenset()
LIST = CatalogQuery()
NEWEST_CODEX = CodexQuery((0, 169, 0))
NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)

asked = st.tuples(
    allow_lists,
    filters
    | st.builds(
        CatalogQuery,
        limit=st.integers(1, 3),
        after=st.none() | st.sampled_from(MODELS),
    )
    | codex_queries
    | st.sampled_from([*MODELS, *(f"{model}-latest/" for model in MODELS)]),
)


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(owned_by="codex-lb")


def answer(renderer: Renderer, published: Snapshot, question: tuple[frozenset[str], Any]) -> str:
    """Return what ``renderer`` answers, or how it refuses."""
    allowed, query = question
    try:
        if isinstance(query, str):
            return renderer.model(published, allowed, query).text
        return renderer.models(published, allowed, query).text
    except (InvalidValueError, ModelNotFoundError) as error:
        return f"refused: {error}"


def rendered(body: Body) -> Any:
    return json.loads(body.text)


def as_json(content: Any) -> Any:
    return json.loads(json.dumps(content))


# Lists


def test_a_list_is_openais_with_the_publications_time_and_the_owner(renderer: Renderer) -> None:
    published = snapshot(full_entry("a"), entry("b"))

    shown = rendered(renderer.models(published, ALL, LIST))

    assert shown == as_json(
        openai_list(published.entries, created=published.created, owned_by="codex-lb")
    )


def test_a_list_holds_only_what_is_allowed_and_asked_for(renderer: Renderer) -> None:
    published = snapshot(entry("a"), entry("b", context_window=5), entry("c", context_window=5))
    query = CatalogQuery(min_context_window=6)

    shown = rendered(renderer.models(published, frozenset({"a", "b"}), query))

    assert [model["id"] for model in shown["data"]] == ["a"]


def test_before_the_first_publication_the_list_is_empty(renderer: Renderer) -> None:
    assert renderer.models(EMPTY, ALL, LIST).text == '{"object":"list","data":[]}'


@pytest.mark.parametrize(
    ("query", "page"),
    [
        (CatalogQuery(limit=2), {"first_id": "a", "last_id": "b", "has_more": True}),
        (CatalogQuery(after="b"), {"first_id": "c", "last_id": "c", "has_more": False}),
        (CatalogQuery(after="c"), {"first_id": None, "last_id": None, "has_more": False}),
    ],
)
def test_a_page_tells_its_ends_and_whether_more_follows(
    renderer: Renderer, query: CatalogQuery, page: dict[str, object]
) -> None:
    shown = rendered(renderer.models(snapshot(entry("a"), entry("b"), entry("c")), ALL, query))

    assert [*shown] == ["object", "data", "first_id", "last_id", "has_more"]
    assert {key: shown[key] for key in page} == page


def test_a_page_after_an_unknown_model_is_refused(renderer: Renderer) -> None:
    with pytest.raises(InvalidValueError):
        renderer.models(snapshot(entry("a")), ALL, CatalogQuery(after="b"))


def test_codexs_catalog_is_rendered_for_the_clients_version(renderer: Renderer) -> None:
    models = [
        entry("new", minimal_client_version="0.150.0"),
        full_entry("full", minimal_client_version=None),
        entry("forbidden"),
    ]
    published = snapshot(*models, codex_instructions="Hello.")

    shown = rendered(
        renderer.models(published, frozenset({"new", "full"}), CodexQuery((0, 125, 0)))
    )

    assert shown == as_json(codex_catalog([models[1]], (0, 125, 0), "Hello."))


# One model


@pytest.mark.parametrize("name", ["openai/x", "openai/x/", "x-latest", "x-latest/"])
def test_a_model_is_shown_by_id_or_alias_one_trailing_slash_ignored(
    renderer: Renderer, name: str
) -> None:
    model = full_entry("openai/x", aliases=("x-latest",))
    published = snapshot(model)

    shown = rendered(renderer.model(published, ALL, name))

    assert shown == as_json(openai_model(model, created=published.created, owned_by="codex-lb"))


def test_an_id_that_ends_in_a_slash_is_found(renderer: Renderer) -> None:
    published = snapshot(entry("x"), entry("x/"))

    assert rendered(renderer.model(published, ALL, "x/"))["id"] == "x/"


@pytest.mark.parametrize("name", ["y", "x//", "/x", "", "/", "X", "withdrawn", "forbidden"])
def test_a_model_that_is_not_there_and_one_not_allowed_are_the_same_refusal(
    renderer: Renderer, name: str
) -> None:
    models = [entry("x"), entry("withdrawn", supported_in_api=False), entry("forbidden")]

    with pytest.raises(ModelNotFoundError) as raised:
        renderer.model(snapshot(*models), frozenset({"x", "withdrawn"}), name)

    assert str(raised.value) == f"No model `{name}` is available to this API key."


def test_a_refusal_is_not_undone_by_what_others_may_see(renderer: Renderer) -> None:
    published = snapshot(entry("x"))
    renderer.model(published, ALL, "x")

    with pytest.raises(ModelNotFoundError):
        renderer.model(published, frozenset({"y"}), "x")


# Text, entity tag, compressed form


def test_text_is_compact_json_in_the_letters_people_wrote() -> None:
    assert Body.of({"name": "Überblick 模型", "n": [1, None]}).text == (
        '{"name":"Überblick 模型","n":[1,null]}'
    )


@given(snapshots(), allow_lists, filters | codex_queries)
def test_equal_questions_have_equal_answers(
    published: Snapshot, allowed: frozenset[str], query: CatalogQuery | CodexQuery
) -> None:
    bodies = [
        Renderer(owned_by="codex-lb").models(replace(published), frozenset([*allowed]), query)
        for _ in range(2)
    ]

    assert bodies[0].text == bodies[1].text
    assert bodies[0].etag == bodies[1].etag


@given(st.text(), st.text())
def test_the_entity_tag_is_weak_and_differs_as_the_text_does(one: str, other: str) -> None:
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', Body(one).etag)
    assert (Body(one).etag == Body(other).etag) is (one == other)


@given(st.text(min_size=1100), st.sampled_from(["", "é", "模", "🙂"]))
def test_the_compressed_form_is_the_same_text(text: str, letter: str) -> None:
    body = Body(text + letter * 500)
    assert body.gzip_base64 is not None

    compressed = base64.b64decode(body.gzip_base64, validate=True)

    assert gzip.decompress(compressed).decode() == body.text


def test_the_compressed_form_is_made_once() -> None:
    body = Body("x" * 2000)

    assert body.gzip_base64 is body.gzip_base64


def test_the_compressed_form_carries_no_time() -> None:
    compressed = base64.b64decode(Body("x" * 2000).gzip_base64 or "")

    assert compressed[4:8] == bytes(4)


@pytest.mark.parametrize(
    ("text", "compressed"),
    [("x" * 1024, False), ("x" * 1025, True), ("é" * 512, False), ("é" * 513, True)],
)
def test_only_what_is_over_1_kib_is_compressed(text: str, *, compressed: bool) -> None:
    assert (Body(text).gzip_base64 is not None) is compressed


# What is kept


def test_the_same_question_is_answered_from_memory(renderer: Renderer) -> None:
    published = snapshot(full_entry("a"))

    for ask in (
        partial(renderer.models, published, frozenset({"a", "@g"}), LIST),
        partial(renderer.models, published, ALL, NEWEST_CODEX),
        partial(renderer.model, published, ALL, "a"),
    ):
        assert ask() is ask()


def test_a_model_is_kept_once_whoever_asks_by_whatever_name(renderer: Renderer) -> None:
    published = snapshot(entry("a", aliases=("b",)))

    body = renderer.model(published, ALL, "a")

    assert renderer.model(published, frozenset({"b"}), "b/") is body


@given(snapshots(at_most=4), st.lists(asked, min_size=2, max_size=12), st.integers(0, 4))
def test_no_key_is_given_anothers_answer(
    published: Snapshot, questions: list[tuple[frozenset[str], Any]], kept: int
) -> None:
    shared = Renderer(owned_by="codex-lb", bodies_at_most=kept)

    for question in questions + questions[::-1]:
        alone = answer(Renderer(owned_by="codex-lb"), published, question)

        assert answer(shared, published, question) == alone


def test_a_new_snapshot_is_rendered_anew(renderer: Renderer) -> None:
    before = renderer.models(snapshot(entry("a")), ALL, LIST)
    after = renderer.models(snapshot(entry("b")), ALL, LIST)

    assert [rendered(body)["data"][0]["id"] for body in (before, after)] == ["a", "b"]


def test_nothing_of_an_older_snapshot_is_kept(renderer: Renderer) -> None:
    older, newer = snapshot(entry("a")), snapshot(entry("a"))
    body = renderer.models(older, ALL, LIST)
    renderer.model(newer, ALL, "a")

    assert renderer.models(older, ALL, LIST) is not body


def test_of_too_many_answers_the_least_recently_used_is_dropped() -> None:
    renderer, published = Renderer(owned_by="codex-lb", bodies_at_most=2), snapshot(entry("a"))
    ask = [
        partial(renderer.models, published, ALL, CatalogQuery(min_context_window=number))
        for number in range(3)
    ]
    first, second = ask[0](), ask[1]()

    ask[0]()
    ask[2]()

    assert ask[0]() is first
    assert ask[1]() is not second


def test_answers_are_kept_only_within_the_bytes_allowed() -> None:
    published = snapshot(entry("a"), entry("b"), entry("c"))
    size = sys.getsizeof(Renderer(owned_by="codex-lb").model(published, ALL, "a").text)
    renderer = Renderer(owned_by="codex-lb", bytes_at_most=2 * size)
    bodies = {name: renderer.model(published, ALL, name) for name in "abc"}

    kept = {name for name in "cba" if renderer.model(published, ALL, name) is bodies[name]}

    assert kept == {"b", "c"}


def test_an_answer_larger_than_the_bound_is_given_but_not_kept() -> None:
    renderer = Renderer(owned_by="codex-lb", bytes_at_most=1000)
    published = snapshot(entry("large", description="x" * 1000), entry("small"))

    large = renderer.model(published, ALL, "large")

    assert rendered(large)["id"] == "large"
    assert renderer.model(published, ALL, "large") is not large


@pytest.mark.parametrize("interlude", ["an answer beyond the bound", "a new snapshot"])
def test_there_is_room_again_once_answers_are_dropped(interlude: str) -> None:
    published = snapshot(entry("large", description="x" * 1500), entry("a"), entry("b"))
    renderer = Renderer(owned_by="codex-lb", bytes_at_most=1700)
    renderer.model(published, ALL, "a")
    if interlude == "a new snapshot":
        published = replace(published)
    else:
        renderer.model(published, ALL, "large")

    bodies = [renderer.model(published, ALL, name) for name in "ab"]

    assert [renderer.model(published, ALL, name) for name in "ab"] == bodies


# Usage and health


def test_usage_tells_the_key_and_all_five_windows() -> None:
    minted = mint()
    key = api_key(
        minted,
        name="CI",
        allowed_models=frozenset("hgfedcba"),
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        limits={Window.MINUTE: 5},
    )
    counts = {(Window.MINUTE, Window.MINUTE.number(NOON)): 2}

    shown = rendered(usage_body(Admission(key, Usage(key.limits, counts, NOON))))

    assert [*shown] == ["object", "key", "limits"]
    assert shown["object"] == "usage"
    assert [*shown["key"].items()] == [
        ("key_id", minted.key_id),
        ("name", "CI"),
        ("prefix", minted.secret[:15]),
        ("expires_at", "2027-01-01T00:00:00Z"),
        ("allowed_models", [*"abcdefgh"]),
    ]
    assert [*shown["limits"][0].items()] == [
        ("limit_type", "requests"),
        ("limit_window", "minute"),
        ("max_value", 5),
        ("current_value", 2),
        ("remaining_value", 3),
        ("reset_at", "2026-11-22T12:01:00Z"),
    ]


def test_usage_of_an_unlimited_key_has_nulls_for_what_is_unlimited() -> None:
    shown = rendered(usage_body(Admission(api_key(mint()), Usage({}, {}, NOON))))

    assert shown["key"]["expires_at"] is None
    assert shown["key"]["allowed_models"] == []
    assert [
        (window["limit_window"], window["max_value"], window["remaining_value"], window["reset_at"])
        for window in shown["limits"]
    ] == [
        ("minute", None, None, "2026-11-22T12:01:00Z"),
        ("hour", None, None, "2026-11-22T13:00:00Z"),
        ("day", None, None, "2026-11-23T00:00:00Z"),
        ("week", None, None, "2026-11-23T00:00:00Z"),
        ("month", None, None, "2026-12-01T00:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("held", "age", "version", "seconds"),
    [
        (None, None, "null", "null"),
        (EMPTY, timedelta(seconds=3), "null", "3"),
        (snapshot(source_version="v7"), timedelta(minutes=1, milliseconds=999), '"v7"', "60"),
    ],
)
def test_health_tells_which_registry_is_held_and_how_old_it_is(
    held: Snapshot | None, age: timedelta | None, version: str, seconds: str
) -> None:
    assert health_body(held, age).text == (
        f'{{"status":"ok","registry":{{"version":{version},"age_seconds":{seconds}}}}}'
    )


def test_512_bodies_are_kept_and_no_more() -> None:
    renderer, published = Renderer("codex-lb"), snapshot(entry("a"))
    questions = [CatalogQuery(min_context_window=number) for number in range(513)]
    bodies = [renderer.models(published, ALL, question) for question in questions]

    assert renderer.models(published, ALL, questions[1]) is bodies[1]
    assert renderer.models(published, ALL, questions[0]) is not bodies[0]


def test_32_mib_of_bodies_are_kept_and_no_more() -> None:
    large = entry("a", description="x" * 2**19)  # shown twice: a megabyte
    renderer, published = Renderer("codex-lb"), snapshot(large)
    questions = [CatalogQuery(min_context_window=number) for number in range(32)]
    bodies = [renderer.models(published, ALL, question) for question in questions]

    assert renderer.models(published, ALL, questions[1]) is bodies[1]
    assert renderer.models(published, ALL, questions[0]) is not bodies[0]
