"""Which models a key may see, and which of them a query asks for."""

import re
from contextlib import suppress
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.errors import InvalidValueError
from model_catalog.selection import (
    AllowList,
    CatalogQuery,
    CodexQuery,
    Page,
    Version,
    find,
    has_instructions,
    parse_query,
    parse_version,
    select,
    select_for_codex,
)
from model_catalog.snapshot import CatalogEntry, Json, Snapshot
from support.builders import entry, snapshot
from support.strategies import (
    CAPABILITIES,
    EFFORTS,
    MODALITIES,
    allow_lists,
    codex_queries,
    entries,
    filters,
    patterns,
    snapshots,
)

EVERYTHING = AllowList(())
KNOWN_PARAMETERS = (
    *("input_modality", "output_modality", "reasoning_effort", "capability"),
    *("min_context_window", "limit", "after", "client_version"),
)


def catalog_query(query: str) -> CatalogQuery:
    parsed = parse_query(query)
    assert isinstance(parsed, CatalogQuery)
    return parsed


def listed(published: Snapshot, query: str = "", allowed: AllowList = EVERYTHING) -> list[str]:
    """Return the ids of what ``query`` lists."""
    return [model.id for model in select(published, allowed, catalog_query(query)).entries]


def of_codex(published: Snapshot, query: str, allowed: AllowList = EVERYTHING) -> list[str]:
    parsed = parse_query(query)
    assert isinstance(parsed, CodexQuery)
    return [model.id for model in select_for_codex(published, allowed, parsed)]


# Allow-lists


@pytest.mark.parametrize(
    ("pattern", "permitted"),
    [
        ("openai/gpt-5", True),
        ("gpt-latest", True),
        ("@frontier", True),
        ("*", True),
        ("openai/*", True),
        ("openai*", True),
        ("*gpt*", True),
        ("openai/gpt-?", True),
        ("openai/gpt-[45]", True),
        ("openai/*[t]-?", True),
        ("openai/gpt-[!4]", True),
        ("OpenAI/gpt-5", False),
        ("OPENAI/*", False),
        ("openai/GPT-?", False),
        ("openai", False),
        ("openai/", False),
        ("gpt-5", False),
        ("gpt-*", False),
        ("gpt-lates?", False),
        ("openai/gpt", False),
        ("openai/gpt-5.5", False),
        ("frontier", False),
        ("@Frontier", False),
        ("@front*", False),
        ("@", False),
        ("", False),
    ],
)
def test_a_pattern_is_an_id_an_alias_a_glob_over_ids_or_a_group(
    pattern: str, *, permitted: bool
) -> None:
    model = entry("openai/gpt-5", aliases=("gpt-latest",), groups=("frontier",))

    assert AllowList([pattern]).permits(model) is permitted


@pytest.mark.parametrize(
    ("model", "permitted"),
    [
        ("openai/x", True),
        ("openai/beta/x", True),
        ("openai/", True),
        ("openaiz/x", False),
        ("OpenAI/x", False),
        ("my/openai/x", False),
        ("openai", False),
    ],
)
def test_a_family_is_allowed_by_its_prefix_alone(model: str, *, permitted: bool) -> None:
    assert AllowList(["openai/*"]).permits(entry(model)) is permitted


def test_several_patterns_permit_what_any_of_them_permits() -> None:
    published = snapshot(entry("a"), entry("b"), entry("c", groups=("g",)), entry("d"))

    assert listed(published, allowed=AllowList(["a", "@g", "x*"])) == ["a", "c"]


@given(entries())
def test_an_empty_list_allows_all(model: CatalogEntry) -> None:
    assert AllowList(()).permits(model)


@given(snapshots())
def test_a_list_that_matches_nothing_allows_nothing(published: Snapshot) -> None:
    assert listed(published, allowed=AllowList(["no-such-model", "@none", "no/*"])) == []


@given(entries(), allow_lists.filter(len), patterns)
def test_a_further_pattern_never_takes_a_model_away(
    model: CatalogEntry, given_patterns: frozenset[str], further: str
) -> None:
    wider = AllowList(given_patterns | {further})

    assert wider.permits(model) >= AllowList(given_patterns).permits(model)


@given(entries(), allow_lists.filter(len))
def test_a_list_permits_what_one_of_its_patterns_permits(
    model: CatalogEntry, given_patterns: frozenset[str]
) -> None:
    by_any = any(AllowList([pattern]).permits(model) for pattern in given_patterns)

    assert AllowList(given_patterns).permits(model) is by_any


@given(entries(), st.text("xy/5.*", max_size=8))
def test_a_star_stands_for_any_characters_and_a_dot_for_itself(
    model: CatalogEntry, pattern: str
) -> None:
    spelt = ".*".join(map(re.escape, pattern.split("*")))

    assert AllowList([pattern]).permits(model) is bool(re.fullmatch(spelt, model.id))


# Lists


def test_a_list_is_ordered_by_priority_then_id() -> None:
    published = snapshot(entry("b"), entry("a"), entry("z", priority=1), entry("m", priority=-1))

    assert listed(published) == ["z", "a", "b", "m"]


def test_hidden_and_unsupported_models_are_not_listed() -> None:
    published = snapshot(
        entry("a"), entry("b", visibility="hide"), entry("c", supported_in_api=False)
    )

    assert listed(published) == ["a"]


def test_a_model_past_its_shutdown_date_stays_listed() -> None:
    assert listed(snapshot(entry("a", shutdown_date="2020-01-01"))) == ["a"]


@given(snapshots(), allow_lists, filters)
def test_a_list_is_what_is_listed_permitted_and_matching_in_the_snapshots_order(
    published: Snapshot, allowed: frozenset[str], query: CatalogQuery
) -> None:
    page = select(published, AllowList(allowed), query)

    assert [*page.entries] == [
        model
        for model in published.entries
        if model.listed and AllowList(allowed).permits(model) and query.matches(model)
    ]
    assert not page.has_more


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["plain", "rich"]),
        ("input_modality=text", ["plain", "rich"]),
        ("input_modality=image", ["rich"]),
        ("input_modality=video", []),
        ("output_modality=text", ["plain"]),
        ("output_modality=audio", ["rich"]),
        ("reasoning_effort=high", ["rich"]),
        ("reasoning_effort=low", []),
        ("min_context_window=0", ["plain", "rich"]),
        ("min_context_window=1000", ["plain", "rich"]),
        ("min_context_window=1001", ["rich"]),
        ("min_context_window=2001", []),
        ("capability=verbosity", ["rich"]),
        ("capability=verbosity&capability=vision", ["rich"]),
        ("capability=verbosity&capability=websockets", []),
        ("input_modality=image&output_modality=audio&min_context_window=2000", ["rich"]),
        ("input_modality=image&output_modality=text", []),
    ],
)
def test_filters_keep_what_passes_all_of_them(query: str, expected: list[str]) -> None:
    rich = entry(
        "rich",
        context_window=2000,
        input_modalities=("text", "image"),
        output_modalities=("audio",),
        supported_reasoning_levels=({"effort": "high", "description": ""},),
        support_verbosity=True,
    )

    assert listed(snapshot(entry("plain"), rich), query) == expected


@pytest.mark.parametrize(
    ("capability", "has_it"),
    [
        ("parallel_tool_calls", {"supports_parallel_tool_calls": True}),
        ("reasoning_summaries", {"supports_reasoning_summaries": True}),
        ("verbosity", {"support_verbosity": True}),
        ("websockets", {"prefer_websockets": True}),
        ("reasoning", {"supported_reasoning_levels": ({"effort": "low", "description": ""},)}),
        ("reasoning", {"supports_reasoning_summaries": True}),
        ("reasoning", {"supported_parameters": ("tools", "reasoning")}),
        ("vision", {"input_modalities": ("image",)}),
    ],
)
def test_each_capability_is_found_where_the_registry_says_it(
    capability: str, has_it: dict[str, object]
) -> None:
    other = entry("other", output_modalities=("image",), supported_parameters=("tools",))
    published = snapshot(entry("able", **has_it), other, entry("plain"))

    assert listed(published, f"capability={capability}") == ["able"]


# Pages


@given(snapshots(), allow_lists, filters, st.integers(1, 4))
def test_walking_the_pages_gives_exactly_the_unpaged_list(
    published: Snapshot, allowed: frozenset[str], query: CatalogQuery, limit: int
) -> None:
    allow_list = AllowList(allowed)
    walked: list[CatalogEntry] = []
    has_more, after = True, None

    while has_more:
        page = select(published, allow_list, replace(query, limit=limit, after=after))
        assert len(page.entries) == limit or not page.has_more
        walked += page.entries
        has_more, after = page.has_more, walked[-1].id if walked else None

    assert walked == [*select(published, allow_list, query).entries]


@pytest.mark.parametrize(
    ("query", "expected", "has_more"),
    [
        ("limit=2", ["a", "b"], True),
        ("limit=4", ["a", "b", "c", "d"], False),
        ("limit=1000", ["a", "b", "c", "d"], False),
        ("after=b", ["c", "d"], False),
        ("after=b&limit=1", ["c"], True),
        ("after=c&limit=1", ["d"], False),
        ("after=d&limit=1", [], False),
        ("after=b&input_modality=text", ["c"], False),
        ("after=a&input_modality=image&limit=1", ["b"], True),
        ("after=c&input_modality=image&limit=1", ["d"], False),
    ],
)
def test_after_is_a_position_in_the_unfiltered_list(
    query: str, expected: list[str], *, has_more: bool
) -> None:
    text, image = {"input_modalities": ("text",)}, {"input_modalities": ("image",)}
    published = snapshot(
        entry("a", **text), entry("b", **image), entry("c", **text), entry("d", **image)
    )

    page = select(published, EVERYTHING, catalog_query(query))

    assert ([model.id for model in page.entries], page.has_more) == (expected, has_more)


@pytest.mark.parametrize("after", ["unknown", "A", "hidden", "withdrawn", "forbidden", "alias"])
def test_after_must_name_a_model_of_the_keys_list(after: str) -> None:
    published = snapshot(
        entry("a", aliases=("alias",)),
        entry("hidden", visibility="hide"),
        entry("withdrawn", supported_in_api=False),
        entry("forbidden"),
    )
    allowed = AllowList(["a", "hidden", "withdrawn"])

    with pytest.raises(InvalidValueError) as raised:
        select(published, allowed, CatalogQuery(after=after))

    assert raised.value.param == "after"
    assert str(raised.value).endswith("expected the id of a model in this list.")


@pytest.mark.parametrize(("query", "paged"), [("", False), ("limit=1", True), ("after=a", True)])
def test_a_list_is_paged_only_if_asked(query: str, *, paged: bool) -> None:
    assert catalog_query(query).paged is paged


# Query strings


@pytest.mark.parametrize(
    ("query", "param"),
    [
        *((f"{name}=", name) for name in KNOWN_PARAMETERS if name != "client_version"),
        *((f"{name}", name) for name in KNOWN_PARAMETERS if name != "client_version"),
        *((f"limit={value}", "limit") for value in ("0", "1001", "-1", "1.5", "1e2", "ten")),
        *((f"limit={value}", "limit") for value in ("+5", "%205", "5%20", "5%0A", "0x1", "1_0")),
        *((f"limit={quote(value)}", "limit") for value in ("\u0663", "\u00b2", "\uff15")),
        ("limit=" + "9" * 5000, "limit"),
        ("min_context_window=-1", "min_context_window"),
        ("min_context_window=1000000000000000", "min_context_window"),
        ("min_context_window=many", "min_context_window"),
        ("input_modality=smell", "input_modality"),
        ("input_modality=Text", "input_modality"),
        ("output_modality=text,image", "output_modality"),
        ("reasoning_effort=ludicrous", "reasoning_effort"),
        ("capability=vision&capability=flight", "capability"),
        ("capability=vision,verbosity", "capability"),
        ("limit=5&limit=5", "limit"),
        ("after=a&after=a", "after"),
        ("after=&after=a", "after"),
        ("input_modality=text&input_modality=text", "input_modality"),
        ("output_modality=text&output_modality=image", "output_modality"),
        ("reasoning_effort=low&reasoning_effort=low", "reasoning_effort"),
        ("min_context_window=1&min_context_window=1", "min_context_window"),
    ],
)
def test_a_malformed_value_is_refused_and_its_parameter_named(query: str, param: str) -> None:
    with pytest.raises(InvalidValueError) as raised:
        parse_query(query)

    assert raised.value.param == param
    assert f"`{param}`" in str(raised.value)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", "a whole number from 1 to 1000"),
        ("min_context_window=x", "a whole number from 0 to 999999999999999"),
        ("input_modality=smell", "one of text, image, audio, video"),
        ("reasoning_effort=x", "one of none, minimal, low, medium, high, xhigh, max, ultra"),
        ("capability=x", f"one of {', '.join(CAPABILITIES)}"),
        ("after=", "the id of a model in this list, once"),
        ("limit=1&limit=2", "a whole number from 1 to 1000, once"),
        ("input_modality=text&input_modality=text", "one of text, image, audio, video, once"),
    ],
)
def test_the_refusal_says_what_was_expected(query: str, expected: str) -> None:
    with pytest.raises(InvalidValueError, match=rf"expected {re.escape(expected)}\.\Z"):
        parse_query(query)


@pytest.mark.parametrize("query", ["", "&", "=", "foo=1&bar", "Limit=0", "limit%20=0", "limits=0"])
def test_unknown_parameters_are_ignored(query: str) -> None:
    assert parse_query(query) == CatalogQuery()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1", CatalogQuery(limit=1)),
        ("limit=1000", CatalogQuery(limit=1000)),
        ("li%6Dit=%35", CatalogQuery(limit=5)),
        ("after=openai/gpt-5", CatalogQuery(after="openai/gpt-5")),
        ("after=openai%2Fgpt-5&x=1", CatalogQuery(after="openai/gpt-5")),
        ("capability=vision&capability=vision", CatalogQuery(capabilities=frozenset({"vision"}))),
        (
            "&".join(f"capability={name}" for name in CAPABILITIES),
            CatalogQuery(capabilities=frozenset(CAPABILITIES)),
        ),
        ("min_context_window=0", CatalogQuery()),
        ("min_context_window=999999999999999", CatalogQuery(min_context_window=10**15 - 1)),
        ("client_version=", CatalogQuery()),
        ("client_version=&limit=2", CatalogQuery(limit=2)),
        ("client_version&client_version=", CatalogQuery()),
        ("Client_Version=0.169.0", CatalogQuery()),
    ],
)
def test_a_query_is_read_as_clients_encode_it(query: str, expected: CatalogQuery) -> None:
    assert parse_query(query) == expected


@given(filters, st.none() | st.integers(1, 1000), st.none() | st.text("aé/%+&=;", min_size=1))
def test_every_query_that_can_be_asked_is_read_back(
    query: CatalogQuery, limit: int | None, after: str | None
) -> None:
    query = replace(query, limit=limit, after=after)
    asked = {
        "input_modality": query.input_modality,
        "output_modality": query.output_modality,
        "reasoning_effort": query.reasoning_effort,
        "capability": sorted(query.capabilities) or None,
        "min_context_window": query.min_context_window,
        "limit": query.limit,
        "after": query.after,
    }

    sent = urlencode(
        {name: value for name, value in asked.items() if value is not None}, doseq=True
    )

    assert parse_query(sent) == query


@given(
    st.lists(
        st.sampled_from([*KNOWN_PARAMETERS, *MODALITIES, *EFFORTS, *"=&%;+?#/.-", "%00", "%ED%A0"])
        | st.text(max_size=3)
        | st.text("0123456789abcdefABCDEF%", max_size=4),
        max_size=12,
    ).map("".join)
)
def test_no_query_string_fails_in_any_other_way(query: str) -> None:
    with suppress(InvalidValueError):
        assert isinstance(parse_query(query), CatalogQuery | CodexQuery)


@pytest.mark.parametrize(
    "value",
    [CatalogQuery(), CodexQuery(None), Page([], has_more=False)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_asked_and_told_neither_changes_nor_grows(value: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)

    assert not hasattr(value, "__dict__")


def test_what_a_list_is_asked_for_is_given_by_name() -> None:
    assert all(field.kw_only for field in fields(CatalogQuery))


# One model


@pytest.mark.parametrize("name", ["a", "alias"])
@pytest.mark.parametrize("visibility", ["list", "hide"])
def test_a_model_is_retrieved_by_id_or_alias_hidden_or_not(name: str, visibility: str) -> None:
    model = entry("a", aliases=("alias",), visibility=visibility)

    assert find(snapshot(model), EVERYTHING, name) == model


@pytest.mark.parametrize(
    ("allowed", "found"),
    [(["a"], True), (["alias"], True), (["@g"], True), (["?"], True), (["b"], False)],
)
def test_a_model_is_retrieved_by_whom_it_is_allowed_to(allowed: list[str], *, found: bool) -> None:
    published = snapshot(entry("a", aliases=("alias",), groups=("g",)))

    assert (find(published, AllowList(allowed), "alias") is not None) is found


@pytest.mark.parametrize("name", ["withdrawn", "unknown", "", "a*", "@g"])
def test_nothing_else_is_retrieved(name: str) -> None:
    published = snapshot(entry("a", groups=("g",)), entry("withdrawn", supported_in_api=False))

    assert find(published, EVERYTHING, name) is None


@given(snapshots(), allow_lists)
def test_everything_listed_can_be_retrieved(published: Snapshot, allowed: frozenset[str]) -> None:
    allow_list = AllowList(allowed)

    for model in select(published, allow_list, CatalogQuery()).entries:
        assert find(published, allow_list, model.id) == model


# Codex


@pytest.mark.parametrize(
    ("query", "version"),
    [
        ("client_version=0.169.0", (0, 169, 0)),
        ("client_version=0.169.0-alpha.3", (0, 169, 0)),
        ("client_version=0.169.0%2Bbuild", (0, 169, 0)),
        ("client_version=&client_version=0.125.0", (0, 125, 0)),
        ("client_version=latest", None),
        ("client_version=0.169", None),
        ("client_version=0.169.0.1", None),
        ("client_version=v0.169.0", None),
        ("client_version=0.169.0%0A", None),
        ("client_version=\u0660.\u0661.\u0662", None),
        ("client_version=0.%2F.0", None),
        ("client_version=" + "9" * 5000 + ".0.0", None),
        ("client_version=0.125.0&client_version=0.125.0", None),
        ("client_version=0.169.0&limit=0&after=&input_modality=x&limit=1", (0, 169, 0)),
    ],
)
def test_a_client_version_asks_for_codexs_catalog_whatever_else_is_asked(
    query: str, version: Version | None
) -> None:
    assert parse_query(query) == CodexQuery(version)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("0.0.0", (0, 0, 0)),
        ("1.2.3", (1, 2, 3)),
        ("10.020.3", (10, 20, 3)),
        ("1.2.3-rc\n1", (1, 2, 3)),
        ("1.2.3-", (1, 2, 3)),
        ("1.2.3rc1", None),
        ("1.2.-3", None),
        (" 1.2.3", None),
        ("", None),
    ],
)
def test_a_version_is_three_numbers_and_perhaps_a_suffix(
    text: str, version: Version | None
) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ("0.152.9", ["any"]),
        ("0.153.0-alpha.1", ["any", "new"]),
        ("0.153.0", ["any", "new"]),
        ("0.1530.0", ["any", "new"]),
        ("1.0.0", ["any", "new"]),
        ("0.9.999", ["any"]),
        ("unreadable", ["any", "new"]),
    ],
)
def test_models_too_new_for_the_client_are_left_out(client: str, shown: list[str]) -> None:
    published = snapshot(entry("any"), entry("new", minimal_client_version="0.153.0"))

    assert of_codex(published, f"client_version={client}") == shown


def test_codex_sees_hidden_models_but_no_unsupported_one() -> None:
    published = snapshot(
        entry("a"), entry("b", visibility="hide", priority=1), entry("c", supported_in_api=False)
    )

    assert of_codex(published, "client_version=0.169.0") == ["b", "a"]


def test_codex_sees_only_what_the_key_may_see() -> None:
    published = snapshot(entry("a"), entry("b", aliases=("alias",)), entry("c", groups=("g",)))

    assert of_codex(published, "client_version=x", AllowList(["alias", "@g"])) == ["b", "c"]


@pytest.mark.parametrize(
    ("codex", "brought"),
    [
        ({"base_instructions": "Be brief."}, True),
        ({"model_messages": {"instructions_template": "Be {mood}."}}, True),
        ({}, False),
        ({"base_instructions": ""}, False),
        ({"model_messages": {}}, False),
        ({"model_messages": {"instructions_template": ""}}, False),
        ({"model_messages": {"persistent_instructions": "Be brief."}}, False),
    ],
)
def test_codex_needs_a_system_prompt(codex: dict[str, Json], *, brought: bool) -> None:
    published = snapshot(entry("a", codex=codex), codex_instructions="")

    assert of_codex(published, "client_version=0.169.0") == (["a"] if brought else [])
    assert has_instructions(codex, "") is brought
    assert has_instructions(codex, "Default.")


@given(snapshots(), allow_lists, codex_queries)
def test_codexs_catalog_is_part_of_what_the_key_may_see_in_order(
    published: Snapshot, allowed: frozenset[str], query: CodexQuery
) -> None:
    shown = select_for_codex(published, AllowList(allowed), query)

    assert shown == [model for model in published.entries if model in shown]
    assert all(find(published, AllowList(allowed), model.id) for model in shown)
