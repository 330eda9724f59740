"""What the explorer says when a key, the API or the network does not do as one hopes."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from model_catalog.api_keys import KeyStatus, mint
from model_catalog.limits import Window
from support.browser import Browsing, reply
from support.cloud import Cloud
from support.explorer import Explorer

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def test_without_a_key_it_asks_for_one_says_where_it_stays_and_asks_the_api_nothing(
    explorer: Explorer, browsing: Browsing
) -> None:
    explorer.open()

    expect(explorer.page.get_by_role("heading", level=1)).to_have_text("Model Catalog")
    expect(explorer.key_field).to_have_attribute("type", "password")
    expect(explorer.page.get_by_role("main")).to_contain_text(re.compile(r"stays|memory|kept"))
    expect(explorer.table).to_be_hidden()
    assert browsing.asked == ["/"]


def test_nothing_is_asked_with_an_empty_key(explorer: Explorer, browsing: Browsing) -> None:
    explorer.open()

    explorer.give("")
    expect(explorer.key_field).to_be_focused()
    explorer.give("  ")
    expect(explorer.notice).to_be_visible()

    assert browsing.asked == ["/"]


def test_a_pasted_key_may_have_space_around_it(explorer: Explorer, everything: str) -> None:
    explorer.show(f"  {everything} ")

    expect(explorer.count).to_have_text(re.compile(r"^\d+ models$"))


@pytest.mark.parametrize(
    "wrong",
    [mint().secret, "hello", "schlüssel 鍵 🔑", "two words"],
    ids=["unknown", "short", "no header takes it", "two words"],
)
def test_a_wrong_key_is_not_known_whatever_it_looks_like(explorer: Explorer, wrong: str) -> None:
    explorer.open().give(wrong)

    expect(explorer.notice).to_contain_text("This key is not known here")
    expect(explorer.table).to_be_hidden()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"expires_at": YESTERDAY}, "This key has expired"),
        ({"status": KeyStatus.REVOKED}, "This key is not known here"),
        ({"status": KeyStatus.DISABLED}, "disabled"),
    ],
    ids=["expired", "revoked", "disabled"],
)
def test_a_key_that_no_longer_works_is_told_apart(
    explorer: Explorer, cloud: Cloud, changes: dict[str, Any], told: str
) -> None:
    explorer.open().give(cloud.new_key(**changes).secret)

    expect(explorer.notice).to_contain_text(told)


@pytest.mark.parametrize(
    "changes",
    [{"permissions": frozenset()}, {"allowed_ips": frozenset({ip_network("203.0.113.0/24")})}],
    ids=["permission", "address"],
)
def test_another_refusal_is_told_in_the_api_s_own_words(
    explorer: Explorer, cloud: Cloud, changes: dict[str, Any]
) -> None:
    key = cloud.new_key(**changes)

    explorer.open().give(key.secret)

    refusal = cloud.ask("/v1/models", secret=key.secret).error["message"]
    assert refusal
    expect(explorer.notice).to_contain_text(refusal)


def test_another_key_can_be_given_after_a_wrong_one(explorer: Explorer, everything: str) -> None:
    explorer.open().give(mint().secret)
    expect(explorer.notice).to_be_visible()

    explorer.give(everything)

    expect(explorer.table).to_be_visible()
    expect(explorer.notice).to_be_empty()


def test_a_key_without_models_is_said_to_have_none(explorer: Explorer, cloud: Cloud) -> None:
    key = cloud.new_key(allowed_models=frozenset({"nobody/*"}))

    explorer.open().give(key.secret)

    expect(explorer.page.get_by_text("This key may use no models.")).to_be_visible()
    expect(explorer.rows).to_have_count(0)


def test_a_key_of_three_models_shows_those(explorer: Explorer, cloud: Cloud) -> None:
    secret = cloud.keys["restricted"]

    explorer.show(secret)

    explorer.expect_ids(cloud.ask("/v1/models", secret=secret).ids)
    expect(explorer.count).to_have_text("3 models")


def test_a_forgotten_key_takes_its_models_with_it(explorer: Explorer, everything: str) -> None:
    explorer.show(everything)

    explorer.button("Forget key").click()

    expect(explorer.table).to_be_hidden()
    expect(explorer.key_field).to_be_visible()
    expect(explorer.key_field).to_have_value("")


def with_time_to_go(route: Route) -> None:
    """Pass on the API's answer, but with more time to look at than the real minute may have."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "retry-after": "42"})


def as_another_key(secret: str) -> Callable[[Route], None]:
    """Let the API answer as it answers another key."""

    def ask(route: Route) -> None:
        authorization = {"authorization": f"Bearer {secret}"}
        route.continue_(headers={**route.request.headers, **authorization})

    return ask


def test_a_spent_minute_is_counted_down_and_then_the_page_asks_again_by_itself(
    explorer: Explorer, browsing: Browsing, cloud: Cloud, everything: str
) -> None:
    key = cloud.new_key(limits={Window.MINUTE: 1})
    cloud.spend(key, Window.MINUTE)
    clock = explorer.page.clock
    clock.install()
    # Else the page would learn from its answers that the API's clock has not been turned.
    explorer.page.route("**/v1/usage", lambda route: route.abort())
    explorer.page.route("**/v1/models", with_time_to_go)
    explorer.open().give(key.secret)
    expect(explorer.notice).to_contain_text("Over the limit")
    clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    first = explorer.countdown()
    expect(explorer.button("Show models")).to_be_disabled()

    clock.run_for(1000)
    assert explorer.countdown() == first - 1
    explorer.page.route("**/v1/models", as_another_key(everything))  # its minute is not over
    clock.run_for((first - 2) * 1000)
    assert browsing.asked_for("/v1/models") == 1
    clock.run_for(2000)

    expect(explorer.table).to_be_visible()
    expect(explorer.notice).to_be_empty()
    assert browsing.asked_for("/v1/models") == 2


def test_a_spent_month_tells_its_end_and_the_page_does_not_ask_again_by_itself(
    explorer: Explorer, browsing: Browsing, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.MONTH: 1})
    cloud.ask("/v1/models", secret=key.secret)
    explorer.page.clock.install()

    explorer.open().give(key.secret)

    expect(explorer.notice).to_contain_text("Over the limit")
    resets = cloud.ask("/v1/usage", secret=key.secret).json["limits"][-1]["reset_at"]
    expect(explorer.notice).to_contain_text(re.compile(r"00:00.*UTC"))
    explorer.page.clock.fast_forward(
        (datetime.fromisoformat(resets) - datetime.now(UTC)).total_seconds() * 1000 + 5000
    )
    explorer.page.clock.run_for(5000)
    expect(explorer.button("Show models")).to_be_enabled()
    assert browsing.asked_for("/v1/models") == 1


def test_models_that_are_there_stay_when_a_limit_is_spent(explorer: Explorer, cloud: Cloud) -> None:
    key = cloud.new_key(limits={Window.MONTH: 9})
    explorer.show(key.secret)
    ids = explorer.ids
    cloud.spend(key, Window.MONTH)

    explorer.button("Load again").click()

    expect(explorer.notice).to_contain_text("Over the limit")
    explorer.expect_ids(ids)


def test_the_countdown_is_right_on_a_computer_whose_clock_is_wrong(
    explorer: Explorer, cloud: Cloud
) -> None:
    key = cloud.new_key(limits={Window.MINUTE: 1})
    cloud.spend(key, Window.MINUTE)
    explorer.page.clock.install(time=datetime.now(UTC) - timedelta(hours=3))

    explorer.open().give(key.secret)

    assert explorer.countdown() <= 61
    expect(explorer.region("Limits").get_by_text("resets in")).to_have_text(
        re.compile(r"^resets in [01]:\d\d$")
    )


def test_an_answer_that_comes_after_the_key_was_forgotten_is_not_shown(
    explorer: Explorer, everything: str
) -> None:
    held: list[Route] = []
    explorer.open().page.route("**/v1/models*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no builtin
    explorer.give(everything)
    expect(explorer.button("Show models")).to_be_disabled()

    explorer.button("Forget key").click()
    held[0].continue_()

    expect(explorer.button("Show models")).to_be_enabled()
    expect(explorer.table).to_be_hidden()
    expect(explorer.notice).to_be_empty()


def test_nothing_more_is_asked_with_a_key_that_has_expired_meanwhile(
    explorer: Explorer, browsing: Browsing, cloud: Cloud
) -> None:
    expired = cloud.new_key(expires_at=YESTERDAY)
    explorer.page.clock.install()
    explorer.show(cloud.new_key(limits={Window.MINUTE: 50}).secret)
    expect(explorer.region("Limits")).to_contain_text("of 50 left")
    explorer.page.route("**/v1/*", as_another_key(expired.secret))
    explorer.button("Load again").click()
    expect(explorer.notice).to_contain_text("This key has expired")
    asked = len(browsing.asked)

    explorer.page.clock.run_for(62_000)

    expect(explorer.region("Limits")).to_be_hidden()
    assert len(browsing.asked) == asked


def test_without_a_network_it_says_so_and_tries_again_when_asked(
    explorer: Explorer, everything: str
) -> None:
    explorer.open()
    explorer.page.context.set_offline(True)
    explorer.give(everything)
    expect(explorer.notice).to_contain_text("The API cannot be reached")

    explorer.page.context.set_offline(False)
    explorer.button("Try again").click()

    expect(explorer.table).to_be_visible()
    expect(explorer.notice).to_be_empty()


def test_a_slow_api_is_waited_for_and_then_given_up(explorer: Explorer, everything: str) -> None:
    page = explorer.page
    page.clock.install()
    explorer.open()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    page.route("**/v1/models*", lambda _: None)  # the real one answers in milliseconds
    explorer.give(everything)

    page.clock.run_for(1900)
    expect(page.get_by_text("Still waiting")).to_be_hidden()
    page.clock.run_for(200)
    expect(page.get_by_text("Still waiting")).to_be_visible()
    page.clock.run_for(12_000)
    expect(explorer.notice).to_be_empty()
    page.clock.run_for(1000)
    expect(explorer.notice).to_contain_text("No answer after 15 seconds")
    expect(page.get_by_text("Still waiting")).to_be_hidden()

    page.unroute("**/v1/models*")
    explorer.button("Try again").click()
    expect(explorer.table).to_be_visible()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_api_is_told_with_the_request_s_id(
    explorer: Explorer, everything: str, status: int
) -> None:
    def fail(route: Route) -> None:  # the real one cannot be broken from here
        body = {"error": {"message": "No.", "type": "server_error", "param": None, "code": None}}
        route.fulfill(**reply(body, status, **{"x-request-id": "request-7"}))

    explorer.open().page.route("**/v1/models*", fail)
    explorer.give(everything)
    expect(explorer.notice).to_contain_text(f"The API has a problem ({status})")
    expect(explorer.notice).to_contain_text("request-7")

    explorer.page.unroute("**/v1/models*")
    explorer.button("Try again").click()

    expect(explorer.table).to_be_visible()


OPENAI_LIST = '{"object": "list", "data": [{"id": "gpt-4o", "object": "model"}]}'


@pytest.mark.parametrize(
    "body", ["", "<html>a proxy's login</html>", "{}", "null", OPENAI_LIST, '{"data": [null]}']
)
def test_an_answer_that_is_no_list_of_ours_is_told_apart_from_none(
    explorer: Explorer, everything: str, body: str
) -> None:
    explorer.open().page.route(  # what stands between a browser and the API may answer for it
        "**/v1/models*", lambda route: route.fulfill(status=200, body=body)
    )

    explorer.give(everything)

    expect(explorer.notice).to_contain_text("Something else answered in place of the API")
    explorer.page.unroute("**/v1/models*")
    explorer.button("Try again").click()
    expect(explorer.table).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, ""),
        *((200, body) for body in ("", "<html>a proxy's login</html>", "{}", "null")),
        *((200, body) for body in ('{"limits": [null]}', '{"limits": [{}]}')),
    ],
)
def test_models_are_shown_even_if_the_limits_cannot_be_read(
    explorer: Explorer, everything: str, status: int, body: str
) -> None:
    explorer.open().page.route("**/v1/usage", lambda route: route.fulfill(status=status, body=body))

    explorer.give(everything)

    expect(explorer.table).to_be_visible()
    expect(explorer.region("Limits")).to_contain_text("The limits could not be read.")


def test_a_key_that_is_loaded_can_be_loaded_again_and_another_one_be_shown(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)
    expect(explorer.button("Show models")).to_be_hidden()
    expect(explorer.button("Load again")).to_be_visible()

    explorer.key_field.fill("another")

    expect(explorer.button("Show models")).to_be_visible()


def test_scripts_that_are_blocked_leave_a_page_that_says_so_and_shows_the_command(
    browsing: Browsing,
) -> None:
    explorer = Explorer(browsing.page(java_script_enabled=False)).open()

    expect(explorer.page.get_by_text(re.compile("script", re.IGNORECASE)).first).to_be_visible()
    command = re.compile(r"export MODEL_CATALOG_KEY=sk-clb-…\ncurl .*/v1/models")
    expect(explorer.page.get_by_text(command)).to_be_visible()
    expect(explorer.key_field).to_be_hidden()
