"""The explorer without a mouse, without eyes, in light and dark, and on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.browser import Browsing, violations
from support.cloud import Cloud
from support.explorer import SNIPPETS, Explorer

FEW = ("gpt-6.1-sol", "gpt-5.5", "anthropic/claude-haiku-4.5")
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 640}


def without_key(explorer: Explorer, _: Cloud) -> None:
    explorer.open()


def refused(explorer: Explorer, _: Cloud) -> None:
    explorer.open().give(mint().secret)
    expect(explorer.notice).to_be_visible()


def over_the_limit(explorer: Explorer, cloud: Cloud) -> None:
    key = cloud.new_key(limits={Window.MONTH: 1})
    cloud.spend(key, Window.MONTH)
    explorer.open().give(key.secret)
    expect(explorer.notice).to_contain_text("Over the limit")


def models(explorer: Explorer, cloud: Cloud) -> None:
    explorer.show(cloud.keys["unrestricted"])


def few_models(explorer: Explorer, cloud: Cloud) -> None:
    key = cloud.new_key(allowed_models=frozenset(FEW), limits={Window.HOUR: 50, Window.DAY: 9})
    explorer.show(key.secret)
    expect(explorer.region("Limits").get_by_role("meter")).to_have_count(2)


def nothing_found(explorer: Explorer, cloud: Cloud) -> None:
    few_models(explorer, cloud)
    explorer.search.fill("no such model")


def no_models(explorer: Explorer, cloud: Cloud) -> None:
    explorer.open().give(cloud.new_key(allowed_models=frozenset({"nobody/*"})).secret)
    expect(explorer.page.get_by_text("This key may use no models.")).to_be_visible()


def details(explorer: Explorer, cloud: Cloud) -> None:
    few_models(explorer, cloud)
    explorer.open_details(FEW[0])


def compared(explorer: Explorer, cloud: Cloud) -> None:
    few_models(explorer, cloud)
    for model in FEW:
        explorer.compare_box(model).check()


def expanded(explorer: Explorer, cloud: Cloud) -> None:
    compared(explorer, cloud)
    explorer.button("Expand").click()


def filtered(explorer: Explorer, cloud: Cloud) -> None:
    explorer.show(cloud.keys["unrestricted"], "#vision=1&context=200000")


def offline(explorer: Explorer, cloud: Cloud) -> None:
    explorer.open().page.context.set_offline(True)
    explorer.give(cloud.keys["unrestricted"])
    expect(explorer.button("Try again")).to_be_visible()


STATES = {
    state.__name__: state
    for state in (
        without_key,
        refused,
        over_the_limit,
        models,
        few_models,
        nothing_found,
        no_models,
        details,
        compared,
        expanded,
        filtered,
        offline,
    )
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_axe_finds_nothing_wrong_in_light_and_in_dark(
    explorer: Explorer, cloud: Cloud, state: Callable[[Explorer, Cloud], None]
) -> None:
    state(explorer, cloud)

    assert violations(explorer.page, "light", "dark") == []


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_phone_scrolls_in_one_direction_only_and_axe_finds_nothing_there_either(
    browsing: Browsing, cloud: Cloud, state: Callable[[Explorer, Cloud], None]
) -> None:
    explorer = Explorer(browsing.page(viewport=SMALL_PHONE, has_touch=True, is_mobile=True))

    state(explorer, cloud)

    wide: list[str] = explorer.page.evaluate("""() => [...document.querySelectorAll("body *")]
        .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth
            && !each.closest("pre, [tabindex='0']"))
        .map(each => each.outerHTML.slice(0, 80))""")
    width: int = explorer.page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= SMALL_PHONE["width"], wide
    assert violations(explorer.page, "light") == []


def test_on_a_phone_each_model_still_tells_its_context_and_price(
    browsing: Browsing, everything: str
) -> None:
    explorer = Explorer(browsing.page(viewport=PHONE)).show(everything)

    row = explorer.rows.filter(has=explorer.compare_box("gpt-6.1-sol"))

    expect(row.get_by_text("272k")).to_be_visible()
    expect(row.get_by_text("$2", exact=False).first).to_be_visible()


@pytest.fixture
def phone(browsing: Browsing) -> Explorer:
    return Explorer(browsing.page(viewport=PHONE, has_touch=True, is_mobile=True))


def test_on_a_phone_the_first_model_is_on_the_first_screen_even_under_three_limits(
    phone: Explorer, cloud: Cloud
) -> None:
    limits = {Window.MINUTE: 60, Window.DAY: 5000, Window.MONTH: 100_000}

    phone.show(cloud.new_key(limits=limits, name="Painter").secret)

    expect(phone.region("Limits").get_by_role("meter")).to_have_count(3)
    first = phone.rows.first.bounding_box()
    assert first
    assert first["y"] + first["height"] < PHONE["height"]


def test_on_a_phone_the_field_of_the_key_makes_room_until_the_key_is_forgotten(
    phone: Explorer, everything: str
) -> None:
    phone.show(everything)
    expect(phone.key_field).to_be_hidden()

    phone.button("Forget key").tap()

    expect(phone.key_field).to_be_focused()


def test_on_a_phone_the_filters_are_behind_a_button_that_tells_how_many_are_set(
    phone: Explorer, everything: str
) -> None:
    phone.show(everything)
    expect(phone.filter("Context window")).to_be_hidden()
    phone.button("Filters").tap()
    phone.choose("Context window", "at least 200k")
    phone.capability("vision").check()

    phone.button("Filters (2)").tap()

    expect(phone.filter("Context window")).to_be_hidden()
    expect(phone.button("Filters (2)")).to_have_attribute("aria-expanded", "false")
    expect(phone.count).to_contain_text("of")


def test_on_a_phone_the_filters_that_a_link_sets_are_shown(
    phone: Explorer, everything: str
) -> None:
    phone.show(everything, "#vision=1")

    expect(phone.button("Filters (1)")).to_have_attribute("aria-expanded", "true")
    expect(phone.capability("vision")).to_be_checked()


def test_on_a_phone_models_are_sorted_by_a_list_to_choose_from(
    phone: Explorer, everything: str
) -> None:
    phone.show(everything)

    phone.page.get_by_label("Sort by").select_option(label="Input price, lowest first")

    expect(phone.page).to_have_url(re.compile("#sort=input-price$"))
    assert phone.sorting == {"Input price": "ascending"}


def test_on_a_phone_the_whole_card_opens_a_model_and_beside_the_box_it_says_what_it_does(
    phone: Explorer, everything: str
) -> None:
    row = phone.show(everything).rows.first
    row.get_by_text("Compare", exact=True).tap()
    expect(phone.region("Compare")).to_be_visible()
    phone.button("Stop comparing").tap()

    card = row.bounding_box()
    assert card
    phone.page.touchscreen.tap(card["x"] + 8, card["y"] + card["height"] - 8)

    expect(phone.dialog).to_be_visible()


def test_in_forced_colors_sorting_and_filters_can_still_be_told(
    explorer: Explorer, everything: str
) -> None:
    page = explorer.show(everything).page
    explorer.choose("Context window", "at least 200k")
    explorer.search.focus()
    page.emulate_media(forced_colors="active")

    arrow = explorer.table.get_by_role("button", name="Priority").evaluate(
        """button => {
          const { borderTopColor, borderLeftColor } = getComputedStyle(button, "::after");
          return [borderTopColor, borderLeftColor];
        }"""
    )

    assert arrow[1] == "rgba(0, 0, 0, 0)"
    assert arrow[0] != arrow[1]
    expect(explorer.filter("Context window")).to_have_css("outline-style", "solid")
    expect(explorer.filter("Reasoning effort")).to_have_css("outline-style", "none")


HIDDEN_FOCUS = """() => {
  const focused = document.activeElement, { x, y, width, height } = focused.getBoundingClientRect();
  const seen = document.elementFromPoint(x + width / 2, y + height / 2);
  return focused.contains(seen) || focused === document.body ? null : focused.outerHTML;
}"""


def press_until_focused(page: Page, key: str, wanted: Locator, *, at_most: int = 60) -> None:
    """Press a key until ``wanted`` has the focus, which nothing may hide on its way."""
    for _ in range(at_most):
        page.keyboard.press(key)
        assert page.evaluate(HIDDEN_FOCUS) is None
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"{key} does not lead to {wanted}")


def test_a_keyboard_is_enough_from_the_key_to_a_copied_snippet(
    explorer: Explorer, everything: str
) -> None:
    page = explorer.open().page

    if not explorer.key_field.evaluate("each => each === document.activeElement"):
        press_until_focused(page, "Tab", explorer.key_field)
    page.keyboard.type(everything)
    page.keyboard.press("Enter")
    expect(explorer.table).to_be_visible()
    press_until_focused(page, "Tab", explorer.search)
    page.keyboard.type("haiku")
    expect(explorer.rows).to_have_count(1)
    name = explorer.table.get_by_role("rowheader").get_by_role("button")
    press_until_focused(page, "Tab", name)
    page.keyboard.press("Enter")
    chooser = explorer.dialog.get_by_label("Snippet")
    press_until_focused(page, "Tab", chooser)
    page.keyboard.press("ArrowDown")
    expect(chooser.locator("option:checked")).to_have_text(SNIPPETS[1])
    press_until_focused(page, "Tab", explorer.button("Copy"))
    page.keyboard.press("Enter")
    expect(explorer.dialog.get_by_text("Copied")).to_be_visible()
    page.keyboard.press("Escape")

    expect(name).to_be_focused()
    assert "haiku" in page.evaluate("navigator.clipboard.readText()")


def test_the_focus_is_never_under_what_floats_above_the_models(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)
    for model in FEW[:2]:
        explorer.compare_box(model).check()
    names = explorer.table.get_by_role("rowheader").get_by_role("button")

    explorer.search.focus()
    press_until_focused(explorer.page, "Tab", names.nth(25), at_most=80)
    press_until_focused(explorer.page, "Shift+Tab", names.nth(5), at_most=80)


@pytest.mark.parametrize("name", ["Show models", "Try again", "Stop comparing", "Clear filters"])
def test_the_focus_is_not_lost_with_the_button_that_was_pressed(
    explorer: Explorer, everything: str, name: str
) -> None:
    page = explorer.open().page
    explorer.key_field.fill(everything)
    if name == "Try again":
        page.context.set_offline(True)
        page.keyboard.press("Enter")
        expect(explorer.button(name)).to_be_visible()
        page.context.set_offline(False)
    elif name != "Show models":
        page.keyboard.press("Enter")
        explorer.compare_box(FEW[0]).check()
        explorer.search.fill("gpt")

    explorer.button(name).first.press("Enter")

    expect(explorer.table).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") != "BODY"


def test_the_first_stop_of_the_keyboard_skips_to_the_models(
    explorer: Explorer, everything: str
) -> None:
    page = explorer.show(everything).page
    page.mouse.click(1, 1)  # beside everything, so that the keyboard begins anew
    skip = page.get_by_role("link", name="Skip to models")

    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('section').ariaLabel") == "Models"


def test_every_control_shows_that_it_has_the_focus(explorer: Explorer, everything: str) -> None:
    page = explorer.show(everything).page
    outlines = set()

    for _ in range(20):
        page.keyboard.press("Tab")
        outlines.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))

    assert "none" not in outlines


MOVABLE = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const { transitionDuration, animationName } = getComputedStyle(each);
  return transitionDuration !== "0s" || animationName !== "none";
}).length"""


def test_nothing_moves_for_those_who_asked_for_stillness(
    explorer: Explorer, everything: str
) -> None:
    page = explorer.show(everything).page
    explorer.open_details("gpt-6.1-sol")
    assert page.evaluate(MOVABLE) > 0

    page.emulate_media(reduced_motion="reduce")

    assert page.evaluate(MOVABLE) == 0


def test_a_screen_reader_is_told_what_a_filter_leaves_and_what_went_wrong(
    explorer: Explorer, everything: str
) -> None:
    page = explorer.open().page
    alert, status = page.get_by_role("alert"), page.get_by_role("status")
    expect(alert).to_be_empty()  # a region that comes with its words is not read out
    explorer.give(everything)
    expect(status.filter(has_text=re.compile(r"^\d+ models$"))).to_have_count(1)

    explorer.search.fill("haiku")
    expect(status.filter(has_text=re.compile(r"^1 of \d+ models$"))).to_have_count(1)
    page.context.set_offline(True)
    explorer.button("Load again").click()

    expect(alert).to_contain_text("The API cannot be reached")
