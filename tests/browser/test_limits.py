"""The key's limits, as meters that know when they start anew."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import expect

from model_catalog.limits import Window
from support.browser import Browsing
from support.cloud import Cloud
from support.explorer import Explorer

COLORS = """meter => {
  const { backgroundImage, backgroundColor } = getComputedStyle(meter);
  return [backgroundImage, backgroundColor].map(
    (color) => color.match(/rgb\\((.+?)\\)/)[1].split(",").map(Number));
}"""


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the contrast of two colors, as WCAG defines it."""

    def luminance(color: Sequence[int]) -> float:
        shares = [part / 255 for part in color]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_each_limit_is_a_meter_with_what_is_left_and_when_it_starts_anew(
    explorer: Explorer, cloud: Cloud
) -> None:
    limits = {Window.DAY: 5, Window.WEEK: 50, Window.MONTH: 1000}
    key = cloud.new_key(limits=limits, name="Painter")

    explorer.show(key.secret)

    usage = cloud.ask("/v1/usage", secret=key.secret).json
    region = explorer.region("Limits")
    expect(region.get_by_role("meter")).to_have_count(len(limits))
    for status in usage["limits"]:
        meter = region.get_by_role("meter", name=status["limit_window"])
        if status["max_value"] is None:
            expect(meter).to_have_count(0)
            continue
        expect(meter).to_be_visible()
        assert status["current_value"] > 0
        expect(region).to_contain_text(
            f"{status['remaining_value']:,} of {status['max_value']:,} left"
        )
        expect(region).to_contain_text(f"{status['reset_at'][:10]}")
    expect(region).to_contain_text(re.compile("resets in .*UTC"))
    expect(explorer.page.get_by_role("main")).to_contain_text("Painter")
    expect(explorer.page.get_by_role("main")).to_contain_text(usage["key"]["prefix"])


def test_a_key_without_limits_is_said_to_have_none(explorer: Explorer, everything: str) -> None:
    explorer.show(everything)

    expect(explorer.region("Limits")).to_contain_text("· no limits")


def test_the_time_to_the_reset_runs(explorer: Explorer, cloud: Cloud) -> None:
    key = cloud.new_key(limits={Window.HOUR: 50})
    explorer.page.clock.install()
    explorer.show(key.secret)
    region = explorer.region("Limits")
    expect(region).to_contain_text("resets in")
    explorer.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    shown = region.inner_text()

    explorer.page.clock.run_for(1000)

    assert region.inner_text() != shown


def test_usage_is_asked_for_after_a_list_and_at_a_reset_and_not_all_the_time(
    explorer: Explorer, browsing: Browsing, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.MINUTE: 50})
    explorer.page.clock.install()
    explorer.show(key.secret)
    expect(explorer.region("Limits")).to_contain_text("of 50 left")
    assert browsing.asked_for("/v1/usage") == 1

    # As on a computer whose clock is fast: for the API, the minute is not over.
    explorer.page.clock.run_for(62_000)

    explorer.page.wait_for_timeout(0)
    assert 2 <= browsing.asked_for("/v1/usage") <= 4
    assert browsing.asked_for("/v1/models") == 1


def test_what_is_left_of_a_day_is_asked_for_again_each_minute_somebody_looks(
    explorer: Explorer, browsing: Browsing, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.DAY: 50})
    explorer.page.clock.install()
    explorer.show(key.secret)
    region = explorer.region("Limits")
    expect(region).to_contain_text("49 of 50 left")
    cloud.ask("/v1/models", secret=key.secret)

    explorer.page.clock.run_for(62_000)

    expect(region).to_contain_text("48 of 50 left")
    assert browsing.asked_for("/v1/usage") == 2
    assert browsing.asked_for("/v1/models") == 1


COUNT_ANNOUNCEMENTS = """() => {
  window.announcements = 0;
  const observer = new MutationObserver((records) => { announcements += records.length; });
  for (const status of document.querySelectorAll("[role=status]"))
    observer.observe(status, { childList: true });
}"""


def test_limits_that_are_asked_for_again_leave_alone_what_is_selected_and_what_was_read_out(
    explorer: Explorer, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.DAY: 50})
    page, region = explorer.page, explorer.region("Limits")
    page.clock.install()
    explorer.show(key.secret)
    expect(region).to_contain_text("49 of 50 left")
    explorer.open_details("gpt-6.1-sol")
    explorer.snippet.evaluate("code => getSelection().selectAllChildren(code)")
    page.evaluate(COUNT_ANNOUNCEMENTS)
    cloud.ask("/v1/models", secret=key.secret)

    page.clock.run_for(62_000)
    expect(region).to_contain_text("48 of 50 left")

    assert page.evaluate("getSelection().toString()").startswith("curl")
    assert page.evaluate("announcements") == 0


def test_a_key_without_limits_is_not_asked_for_them_again(
    explorer: Explorer, browsing: Browsing, everything: str
) -> None:
    explorer.page.clock.install()
    explorer.show(everything)
    expect(explorer.region("Limits")).to_contain_text("no limits")

    explorer.page.clock.run_for(130_000)

    assert browsing.asked_for("/v1/usage") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_meter_of_which_less_than_a_tenth_is_left_has_a_warm_color_that_stands_out(
    explorer: Explorer, cloud: Cloud, scheme: Literal["light", "dark"]
) -> None:
    explorer.page.emulate_media(color_scheme=scheme)
    key = cloud.new_key(limits={Window.DAY: 20, Window.MONTH: 100})
    for _ in range(18):
        cloud.ask("/v1/models", secret=key.secret)
    explorer.show(key.secret)

    (low, track), (high, _) = (
        explorer.region("Limits").get_by_role("meter", name=window).evaluate(COLORS)
        for window in ("day", "month")
    )

    assert low != high
    assert contrast(low, track) >= 3


def test_limits_that_do_not_come_are_given_up_and_asked_for_again_a_minute_later(
    explorer: Explorer, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.DAY: 50})
    page, region = explorer.page, explorer.region("Limits")
    page.clock.install()
    page.route("**/v1/usage", lambda _: None)  # the real one answers in milliseconds
    explorer.show(key.secret)

    page.clock.run_for(12_000)
    expect(region).to_be_hidden()
    page.clock.run_for(4000)
    expect(region).to_contain_text("The limits could not be read.")
    page.unroute("**/v1/usage")
    page.clock.run_for(62_000)

    expect(region).to_contain_text("49 of 50 left")


def test_limits_that_are_known_stay_while_they_cannot_be_read_anew(
    explorer: Explorer, browsing: Browsing, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.MINUTE: 50})
    page, region = explorer.page, explorer.region("Limits")

    def run_until_asked(times: int) -> None:
        """Let the page's time pass in steps that leave the API time to answer."""
        for _ in range(200):
            if browsing.asked_for("/v1/usage") == times:
                return
            page.clock.run_for(1000)
        raise AssertionError(f"asked {browsing.asked_for('/v1/usage')} times, not {times}")

    page.clock.install()
    explorer.show(key.secret)
    expect(region).to_contain_text("49 of 50 left")
    page.route("**/v1/usage", lambda route: route.fulfill(status=503))

    run_until_asked(2)
    run_until_asked(3)  # the first failure is known by then

    expect(region).to_contain_text("49 of 50 left")
    cloud.spend(key, Window.MINUTE)
    page.unroute("**/v1/usage")
    run_until_asked(4)
    expect(region.get_by_text("0 of 50 left", exact=True)).to_be_visible()


def test_when_the_key_expires_is_told(explorer: Explorer, cloud: Cloud) -> None:
    key = cloud.new_key(expires_at=datetime(2099, 3, 4, tzinfo=UTC))

    explorer.show(key.secret)

    expect(explorer.page.get_by_role("main")).to_contain_text("2099-03-04")
