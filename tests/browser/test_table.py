"""The explorer's table: the API's own order and filters, sorting, searching, sharing."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from model_catalog.selection import CAPABILITIES, EFFORTS, MODALITIES
from support.browser import Browsing, reply
from support.cloud import Cloud
from support.explorer import FILTERS, Explorer

CONTEXTS = {
    "at least 32k": 32_000,
    "at least 128k": 128_000,
    "at least 200k": 200_000,
    "at least 400k": 400_000,
    "at least 1M": 1_000_000,
}
PARAMETERS: dict[str, tuple[str, dict[str, str | int]]] = {  # of the API, and what they may say
    "Input modality": ("input_modality", {each: each for each in MODALITIES}),
    "Output modality": ("output_modality", {each: each for each in MODALITIES}),
    "Reasoning effort": ("reasoning_effort", {each: each for each in EFFORTS}),
    "Context window": ("min_context_window", {**CONTEXTS}),
}


def models(cloud: Cloud, secret: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = cloud.ask("/v1/models", secret=secret).json["data"]
    return listed


def occurring(listed: list[dict[str, Any]], side: str) -> set[str]:
    return {
        modality for model in listed for modality in model["architecture"][f"{side}_modalities"]
    }


def in_steps(name: str) -> list[tuple[str, int]]:
    """Return what sorts names as people do: whatever the case, and 20 before 120."""
    return [
        (word, int(number or 0))
        for word, number in re.findall(r"([^0-9]*)([0-9]*)", name.casefold())
    ]


def test_the_table_shows_the_api_s_models_in_the_api_s_order_for_one_request(
    explorer: Explorer, browsing: Browsing, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)

    ids = cloud.ask("/v1/models", secret=everything).ids
    explorer.expect_ids(ids)
    assert explorer.sorting == {"Priority": "descending"}
    expect(explorer.count).to_have_text(f"{len(ids)} models")
    assert browsing.asked_for("/v1/models") == 1


def test_the_filters_offer_what_occurs(explorer: Explorer, cloud: Cloud, everything: str) -> None:
    explorer.show(everything)

    listed = models(cloud, everything)
    efforts = {
        level["effort"]
        for model in listed
        for level in model["metadata"]["supported_reasoning_levels"]
    }
    offered = {name: explorer.filter(name).locator("option").all_inner_texts() for name in FILTERS}
    inputs, outputs = (
        [each for each in MODALITIES if each in occurring(listed, side)]
        for side in ("input", "output")
    )
    assert offered == {
        "Input modality": ["Any", *inputs],
        "Output modality": ["Any", *outputs],
        "Reasoning effort": ["Any", *(effort for effort in EFFORTS if effort in efforts)],
        "Context window": ["Any", *CONTEXTS],
    }
    for name in CAPABILITIES:
        expect(explorer.capability(name.replace("_", " "))).to_be_visible()
    expect(explorer.capabilities).to_have_count(len(CAPABILITIES))


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_filter_leaves_what_the_api_s_own_filter_leaves_in_its_order(
    explorer: Explorer, cloud: Cloud, everything: str, name: str
) -> None:
    explorer.show(everything)
    parameter, values = PARAMETERS[name]
    total = len(explorer.ids)
    offered = explorer.filter(name).locator("option").all_inner_texts()

    for option in offered[1:]:
        explorer.choose(name, option)

        query = f"{parameter}={values[option]}"
        ids = cloud.ask(f"/v1/models?{query}", secret=everything).ids
        explorer.expect_ids(ids)
        expect(explorer.count).to_have_text(
            f"{total} models" if len(ids) == total else f"{len(ids)} of {total} models"
        )


@pytest.mark.parametrize("names", [*((name,) for name in CAPABILITIES), ("vision", "reasoning")])
def test_a_model_has_all_the_capabilities_that_are_asked_for_as_the_api_means_them(
    explorer: Explorer, cloud: Cloud, everything: str, names: Sequence[str]
) -> None:
    explorer.show(everything)

    for name in names:
        explorer.capability(name.replace("_", " ")).check()

    query = "&".join(f"capability={name}" for name in names)
    explorer.expect_ids(cloud.ask(f"/v1/models?{query}", secret=everything).ids)


def test_a_link_may_ask_for_several_capabilities(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything, "#vision=1&reasoning=1")

    query = "capability=vision&capability=reasoning"
    explorer.expect_ids(cloud.ask(f"/v1/models?{query}", secret=everything).ids)
    explorer.capability("vision").uncheck()
    expect(explorer.page).to_have_url(re.compile("#reasoning=1$"))


def test_filters_combine_as_the_api_s_do_and_are_cleared_together(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)

    explorer.capability("vision").check()
    explorer.choose("Reasoning effort", "high")
    explorer.choose("Context window", "at least 200k")

    query = "capability=vision&reasoning_effort=high&min_context_window=200000"
    explorer.expect_ids(cloud.ask(f"/v1/models?{query}", secret=everything).ids)

    explorer.button("Clear filters").first.click()

    explorer.expect_ids(cloud.ask("/v1/models", secret=everything).ids)


@pytest.mark.parametrize("words", ["ANTHROPIC/", "Claude Haiku", "gpt-6.1-SOL", "everyday WORK"])
def test_the_search_finds_parts_of_ids_names_and_descriptions_whatever_the_case(
    explorer: Explorer, cloud: Cloud, everything: str, words: str
) -> None:
    listed = models(cloud, everything)
    texts = {
        each["id"]: f"{each['id']} {each['name']} {each.get('description')}".casefold()
        for each in listed
    }

    explorer.show(everything).search.fill(words)

    found = [
        each
        for each, text in texts.items()
        if all(word in text for word in words.casefold().split())
    ]
    assert found
    explorer.expect_ids(found)
    expect(explorer.count).to_have_text(f"{len(found)} of {len(listed)} models")


def test_a_search_that_finds_nothing_says_so_and_can_be_taken_back(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)

    explorer.search.fill("no such model")

    expect(explorer.page.get_by_text("No model matches.")).to_be_visible()
    explorer.expect_ids([])
    explorer.button("Clear filters").last.click()
    explorer.expect_ids(cloud.ask("/v1/models", secret=everything).ids)
    expect(explorer.search).to_have_value("")


def test_models_are_sorted_by_name_and_back_into_the_api_s_order(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)
    listed = models(cloud, everything)
    shown = explorer.table.get_by_role("rowheader").get_by_role("button")

    explorer.sort_by("Model")
    assert explorer.sorting == {"Model": "ascending"}
    names = shown.all_inner_texts()
    assert [in_steps(name) for name in names] == sorted(in_steps(model["name"]) for model in listed)
    explorer.sort_by("Model")
    assert explorer.sorting == {"Model": "descending"}
    assert shown.all_inner_texts() == names[::-1]

    explorer.sort_by("Priority")

    explorer.expect_ids([model["id"] for model in listed])
    assert explorer.sorting == {"Priority": "descending"}


def test_the_widest_context_comes_first_and_then_the_narrowest(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)
    context = {each["id"]: each["context_length"] for each in models(cloud, everything)}

    explorer.sort_by("Context")
    expect(explorer.table.get_by_role("columnheader", name="Context")).to_have_attribute(
        "aria-sort", "descending"
    )
    widest = [context[each] for each in explorer.ids]
    explorer.sort_by("Context")
    expect(explorer.table.get_by_role("columnheader", name="Context")).to_have_attribute(
        "aria-sort", "ascending"
    )
    narrowest = [context[each] for each in explorer.ids]

    assert widest == sorted(context.values(), reverse=True)
    assert narrowest == sorted(context.values())


@pytest.mark.parametrize(
    ("column", "price"), [("Input price", "prompt"), ("Output price", "completion")]
)
def test_the_cheapest_comes_first_then_the_dearest_and_unknown_prices_always_last(
    explorer: Explorer, cloud: Cloud, everything: str, column: str, price: str
) -> None:
    explorer.show(everything)
    prices = {
        each["id"]: Decimal(each["pricing"][price]) if price in each.get("pricing", {}) else None
        for each in models(cloud, everything)
    }
    known = [each for each in prices.values() if each is not None]
    unknown = [None] * (len(prices) - len(known))
    assert unknown

    explorer.sort_by(column)
    assert explorer.sorting == {column: "ascending"}
    cheapest = [prices[each] for each in explorer.ids]
    explorer.sort_by(column)
    assert explorer.sorting == {column: "descending"}
    dearest = [prices[each] for each in explorer.ids]

    assert cheapest == [*sorted(known), *unknown]
    assert dearest == [*sorted(known, reverse=True), *unknown]


def test_a_row_tells_modalities_context_and_prices_per_million_tokens(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)

    row = explorer.rows.filter(has=explorer.compare_box("gpt-6.1-sol"))

    expect(row).to_contain_text("GPT-6.1-Sol")
    expect(row).to_contain_text("image")
    expect(row).to_contain_text("272k")
    expect(row.get_by_title(re.compile("272,000"))).to_be_visible()
    expect(row).to_contain_text(re.compile(r"\$2(\.00)?\b"))
    expect(row).to_contain_text(re.compile(r"\$10(\.00)?\b"))


def test_a_view_is_shared_by_its_link_to_somebody_with_another_key(
    explorer: Explorer, browsing: Browsing, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)
    explorer.search.fill("gpt")
    explorer.capability("vision").check()
    explorer.choose("Context window", "at least 200k")
    explorer.sort_by("Input price")
    expect(explorer.page).to_have_url(re.compile("#.*gpt"))
    link, ids, filters, sorting = (
        explorer.page.url,
        explorer.ids,
        explorer.filters,
        explorer.sorting,
    )
    assert everything not in link

    stranger = Explorer(browsing.page())
    stranger.page.goto(link)
    expect(stranger.table).to_be_hidden()
    stranger.give(cloud.new_key().secret)

    stranger.expect_ids(ids)
    assert (stranger.filters, stranger.sorting) == (filters, sorting)
    assert stranger.page.url == link


def test_the_link_to_a_view_is_copied_and_holds_no_key(explorer: Explorer, everything: str) -> None:
    explorer.show(everything).search.fill("gpt")

    link = explorer.copy("Copy link")

    assert link == explorer.page.url
    assert link.endswith("#q=gpt")
    assert everything not in link


def test_a_link_opens_the_model_and_the_comparison_it_was_made_with(
    explorer: Explorer, browsing: Browsing, everything: str
) -> None:
    explorer.show(everything)
    for model in ("gpt-6.1-sol", "anthropic/claude-haiku-4.5"):
        explorer.compare_box(model).check()
    explorer.open_details("gpt-6.1-sol")

    again = Explorer(browsing.page())
    again.page.goto(explorer.page.url)
    again.give(everything)

    expect(again.dialog.get_by_role("heading", name="GPT-6.1-Sol", exact=True)).to_be_visible()
    again.page.keyboard.press("Escape")
    expect(again.region("Compare").get_by_role("columnheader")).to_have_count(2)


def test_a_fragment_typed_over_another_changes_the_view(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)
    explorer.capability("vision").check()
    expect(explorer.page).to_have_url(re.compile("vision"))
    fragment = explorer.page.evaluate("location.hash")
    explorer.button("Clear filters").first.click()
    everything_shown = cloud.ask("/v1/models", secret=everything).ids
    explorer.expect_ids(everything_shown)

    explorer.page.evaluate("fragment => { location.hash = fragment }", fragment)

    explorer.expect_ids(cloud.ask("/v1/models?capability=vision", secret=everything).ids)
    explorer.page.evaluate("location.hash = ''")
    explorer.expect_ids(everything_shown)


def test_a_link_to_a_model_the_key_may_not_use_says_so_in_our_words_until_one_goes_on(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything, "#model=call+555-0100&q=gpt")
    expect(explorer.notice).to_have_text("This key may not use the model that the link names.")

    explorer.search.fill("no such model")

    expect(explorer.notice).to_contain_text("No model matches.")
    explorer.button("Clear filters").click()
    expect(explorer.notice).to_be_empty()
    assert "#" not in explorer.page.url


@pytest.mark.parametrize(
    "fragment",
    [
        "#sort=__proto__&desc=7&input=constructor&capability=toString",
        "#model=nobody&compare=a,b,c,d,e,f",
        "#%E0%A4%A&=&&&&q",
        "#q=",
        "#<img src=x onerror=alert(1)>",
    ],
)
def test_a_fragment_that_makes_no_sense_is_ignored(
    explorer: Explorer, cloud: Cloud, everything: str, fragment: str
) -> None:
    explorer.show(everything, fragment)

    explorer.expect_ids(cloud.ask("/v1/models", secret=everything).ids)
    expect(explorer.dialog).to_be_hidden()


def test_what_operators_write_is_shown_as_text(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    hostile = "<img src=x onerror=alert(1)><b>bold</b>"
    model = models(cloud, everything)[0]
    model |= {"name": hostile, "description": hostile}
    model["metadata"] |= {"display_name": hostile, "description": hostile}
    explorer.open().page.route(  # rather than publish such a registry for all tests
        "**/v1/models*",
        lambda route: route.fulfill(**reply({"object": "list", "data": [model]})),
    )

    explorer.give(everything)
    explorer.open_details(model["id"])

    expect(explorer.dialog.get_by_role("heading", name=hostile)).to_be_visible()
    expect(explorer.page.locator("b, img")).to_have_count(0)
