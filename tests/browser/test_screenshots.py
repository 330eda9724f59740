"""The pictures in the documentation, taken of what they show."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from localcloud.template import PROJECT
from support.browser import Browsing, reply
from support.cloud import Cloud
from support.explorer import Explorer
from support.screenshots import refresh

FOLDER = PROJECT / "docs" / "img"
ORIGIN = "https://models.example.com"
NOW = datetime(2026, 11, 25, 14, 32, 18, tzinfo=UTC)
LIMITS = {  # those of a real key would differ from run to run
    "minute": (60, 48, "2026-11-25T14:33:00Z"),
    "day": (5000, 1730, "2026-11-26T00:00:00Z"),
    "month": (100_000, 64_210, "2026-12-01T00:00:00Z"),
}
USAGE = {
    "object": "usage",
    "key": {
        "key_id": "5fQ0aXb81LmTzR3c",
        "name": "Painter",
        "prefix": "sk-clb-5fQ0aXb8",
        "expires_at": "2027-03-01T00:00:00Z",
        "allowed_models": [],
    },
    "limits": [
        {
            "limit_type": "requests",
            "limit_window": window,
            "max_value": most,
            "current_value": most - left,
            "remaining_value": left,
            "reset_at": reset,
        }
        for window, (most, left, reset) in LIMITS.items()
    ],
}


@pytest.fixture
def pages(browser: Browser, cloud: Cloud) -> Iterator[Callable[..., Page]]:
    """Open pages as if they were deployed, at a moment that stands still."""
    browsing = Browsing(browser, ORIGIN)

    def serve(route: Route) -> None:
        answer = route.fetch(url=route.request.url.replace(ORIGIN, cloud.url))
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        route.fulfill(response=answer, headers={**headers, "date": f"{NOW:%a, %d %b %Y %T} GMT"})

    def opened(**options: Any) -> Page:
        page = browsing.page(**options)
        page.clock.set_fixed_time(NOW)
        page.route(f"{ORIGIN}/**", serve)
        page.route("**/v1/usage", lambda route: route.fulfill(**reply(USAGE)))
        return page

    yield opened
    browsing.close()
    assert browsing.faults == []


@pytest.fixture
def taken(request: pytest.FixtureRequest, browser: Browser) -> Callable[[Page, str], None]:
    """Take a picture; keep it if pytest was told to."""

    def take(page: Page, name: str) -> None:
        picture = page.screenshot(animations="disabled")
        if request.config.getoption("write_screenshots"):
            refresh(browser, FOLDER / f"{name}.png", picture)

    return take


def test_the_explorer_is_photographed_in_light_and_in_dark(
    pages: Callable[..., Page], taken: Callable[[Page, str], None], everything: str
) -> None:
    explorer = Explorer(pages()).show(everything)
    expect(explorer.region("Limits")).to_contain_text("48 of 60 left")

    taken(explorer.page, "explorer-light")
    explorer.page.emulate_media(color_scheme="dark")
    taken(explorer.page, "explorer-dark")


def test_the_explorer_is_photographed_on_a_phone(
    pages: Callable[..., Page], taken: Callable[[Page, str], None], everything: str
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    explorer = Explorer(pages(**phone)).show(everything)
    expect(explorer.region("Limits")).to_contain_text("48 of 60 left")

    taken(explorer.page, "explorer-phone")


def test_a_model_s_details_are_photographed(
    pages: Callable[..., Page], taken: Callable[[Page, str], None], everything: str
) -> None:
    explorer = Explorer(pages()).show(everything)
    explorer.open_details("anthropic/claude-haiku-4.5")
    explorer.choose_snippet("OpenAI Python")

    taken(explorer.page, "explorer-details")


def test_the_cheapest_model_for_a_task_is_photographed(
    pages: Callable[..., Page], taken: Callable[[Page, str], None], everything: str
) -> None:
    explorer = Explorer(pages()).show(everything)
    explorer.capability("vision").check()
    explorer.choose("Context window", "at least 200k")
    explorer.sort_by("Input price")
    expect(explorer.count).to_contain_text("of")

    taken(explorer.page, "explorer-cheapest")


def test_models_side_by_side_are_photographed(
    pages: Callable[..., Page], taken: Callable[[Page, str], None], everything: str
) -> None:
    explorer = Explorer(pages()).show(everything)
    for model in ("gpt-6.1-sol", "gpt-5.5", "anthropic/claude-haiku-4.5"):
        explorer.compare_box(model).check()
    explorer.count.evaluate("each => scrollTo(0, each.offsetTop - 16)")
    explorer.page.mouse.move(0, 0)

    taken(explorer.page, "explorer-compare")


def test_the_description_of_the_api_is_photographed(
    pages: Callable[..., Page], taken: Callable[[Page, str], None]
) -> None:
    page = pages()
    page.goto("/docs")
    expect(page.get_by_role("main")).to_contain_text(re.compile("/v1/models"))

    taken(page, "docs-page")
