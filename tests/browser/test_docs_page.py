"""The page that describes the API."""

from typing import Any

from playwright.sync_api import Page, expect

from support.browser import Browsing, violations
from support.cloud import Cloud

METHODS = {"get", "post", "put", "patch", "delete"}  # HEAD is GET without a body


def opened(browsing: Browsing, **options: Any) -> Page:
    page = browsing.page(**options)
    page.goto("/docs")
    return page


def test_every_operation_and_every_answer_of_the_document_is_described(
    browsing: Browsing, cloud: Cloud
) -> None:
    page = opened(browsing)

    text = page.get_by_role("main").inner_text()

    document = cloud.ask("/openapi.json").json
    operations = [
        operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    ]
    assert len(operations) >= 4
    assert [path for path in document["paths"] if path not in text] == []
    assert [each["summary"] for each in operations if each["summary"] not in text] == []
    statuses = {status for each in operations for status in each["responses"]}
    assert [status for status in statuses if status not in text] == []


def test_axe_finds_nothing_wrong_in_light_and_in_dark(browsing: Browsing) -> None:
    assert violations(opened(browsing), "light", "dark") == []


def test_a_phone_scrolls_in_one_direction_only(browsing: Browsing) -> None:
    page = opened(browsing, viewport={"width": 360, "height": 740})

    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    assert violations(page, "light") == []


def test_it_can_be_read_where_scripts_are_blocked(browsing: Browsing) -> None:
    page = opened(browsing, java_script_enabled=False)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("/v1/models").first).to_be_visible()


def test_every_link_within_the_page_leads_somewhere(browsing: Browsing) -> None:
    page = opened(browsing)

    dangling = page.get_by_role("link").evaluate_all("""links => links
        .map(link => link.getAttribute("href"))
        .filter(href => href.startsWith("#") && !document.getElementById(href.slice(1)))""")

    assert dangling == []


def test_it_leads_to_the_explorer_and_back(browsing: Browsing) -> None:
    page = opened(browsing)

    page.locator("a[href='/']").first.click()
    expect(page.get_by_label("API key", exact=True)).to_be_visible()
    page.get_by_role("link", name="API docs").first.click()

    expect(page.get_by_role("main")).to_contain_text("/v1/models")
