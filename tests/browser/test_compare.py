"""Two or three models side by side."""

from playwright.sync_api import expect

from model_catalog.limits import Window
from support.cloud import Cloud
from support.explorer import Explorer

FOUR = ("gpt-6.1-sol", "gpt-5.5", "anthropic/claude-haiku-4.5", "openai/gpt-oss-120b")


def compare(explorer: Explorer, *models: str) -> None:
    for model in models:
        explorer.compare_box(model).check()


def test_two_models_stand_side_by_side_fact_by_fact(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    explorer.show(everything)
    compare(explorer, *FOUR[:2])

    table = explorer.region("Compare").get_by_role("table")

    listed = {each["id"]: each for each in cloud.ask("/v1/models", secret=everything).json["data"]}
    for model in FOUR[:2]:
        expect(table.get_by_role("columnheader", name=listed[model]["name"])).to_be_visible()
    row = table.get_by_role("row").filter(
        has=explorer.page.get_by_role("rowheader", name="Context")
    )
    for model in FOUR[:2]:
        expect(row.first).to_contain_text(f"{listed[model]['context_length']:,}")


def test_rows_that_differ_say_so_in_words(explorer: Explorer, everything: str) -> None:
    explorer.show(everything)
    compare(explorer, "gpt-6.1-sol", "gpt-6-astra")

    rows = explorer.region("Compare").get_by_role("table").locator("tbody").get_by_role("row")

    kinds = set()
    for row in rows.all():
        cells = row.get_by_role("cell").all_inner_texts()
        differs = len(set(cells)) > 1
        marked = "differs" in row.get_by_role("rowheader").inner_text().casefold()
        assert marked is differs, cells
        kinds.add(differs)
    assert kinds == {True, False}


def test_a_fourth_model_is_refused_until_another_goes(explorer: Explorer, everything: str) -> None:
    explorer.show(everything)
    compare(explorer, *FOUR[:3])
    headers = explorer.region("Compare").get_by_role("columnheader")
    expect(headers).to_have_count(3)
    said = explorer.region("Compare").get_by_role("status")

    explorer.compare_box(FOUR[3]).click()

    expect(said).to_contain_text("At most 3 models")
    expect(explorer.compare_box(FOUR[3])).not_to_be_checked()
    expect(headers).to_have_count(3)

    explorer.compare_box(FOUR[0]).uncheck()
    expect(said).to_be_empty()
    explorer.compare_box(FOUR[3]).check()
    expect(headers).to_have_count(3)


def test_a_countdown_goes_on_while_a_fourth_model_is_refused(
    explorer: Explorer, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.MONTH: 9})
    explorer.show(key.secret)
    compare(explorer, *FOUR[:3])
    cloud.spend(key, Window.MONTH)
    explorer.button("Load again").click()
    expect(explorer.notice).to_contain_text("Over the limit")

    explorer.compare_box(FOUR[3]).click()

    expect(explorer.region("Compare")).to_contain_text("At most 3 models")
    expect(explorer.notice).to_contain_text("Over the limit")
    expect(explorer.button("Load again")).to_be_disabled()


def test_what_is_compared_is_removed_by_a_button_even_while_a_search_hides_it(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)
    compare(explorer, *FOUR[:3])
    explorer.search.fill(FOUR[3])
    explorer.compare_box(FOUR[3]).click()
    region = explorer.region("Compare")
    expect(region).to_contain_text("Remove one of them first")

    explorer.button("Remove GPT-5.5").click()
    explorer.compare_box(FOUR[3]).check()

    expect(region.get_by_role("columnheader")).to_have_count(3)
    expect(region.get_by_role("columnheader", name="GPT-5.5")).to_have_count(0)


def test_the_only_model_that_is_compared_is_named_and_can_be_removed(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)
    compare(explorer, "gpt-5.5")
    expect(explorer.region("Compare")).to_contain_text("GPT-5.5")

    explorer.button("Remove GPT-5.5").click()

    expect(explorer.region("Compare")).to_be_hidden()
    expect(explorer.compare_box("gpt-5.5")).not_to_be_checked()


def test_the_comparison_is_given_more_room_and_less_again(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)
    compare(explorer, *FOUR[:2])
    comparison = explorer.region("Compare").get_by_role("group")
    small = comparison.bounding_box()

    explorer.button("Expand").click()
    expect(explorer.button("Shrink")).to_have_attribute("aria-expanded", "true")
    large = comparison.bounding_box()
    explorer.button("Shrink").click()
    expect(explorer.button("Expand")).to_have_attribute("aria-expanded", "false")

    assert small
    assert large
    assert large["height"] > 1.5 * small["height"]
    assert comparison.bounding_box() == small


def test_comparing_can_be_stopped(explorer: Explorer, everything: str) -> None:
    explorer.show(everything)
    compare(explorer, *FOUR[:2])

    explorer.button("Stop comparing").click()

    expect(explorer.region("Compare")).to_be_hidden()
    for model in FOUR[:2]:
        expect(explorer.compare_box(model)).not_to_be_checked()


def test_what_is_compared_stays_while_filters_hide_it(explorer: Explorer, everything: str) -> None:
    explorer.show(everything)
    compare(explorer, *FOUR[:2])

    explorer.search.fill("no such model")

    expect(explorer.region("Compare").get_by_role("columnheader")).to_have_count(2)
