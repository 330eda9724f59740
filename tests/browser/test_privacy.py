"""Where the key goes, and where it never does."""

from typing import Any

from playwright.sync_api import Request, expect

from model_catalog.limits import Window
from support.browser import Browsing
from support.cloud import Cloud
from support.explorer import SNIPPETS, Explorer

TRACES = """async () => ({
  storage: { ...localStorage, ...sessionStorage },
  cookies: document.cookie,
  address: location.href,
  history: JSON.stringify(history.state),
  title: document.title,
  name: window.name,
  databases: (await indexedDB.databases()).map(({ name }) => name),
  caches: await caches.keys(),
  globals: Object.entries(window).filter(([, value]) => typeof value === "string"),
  document: document.documentElement.outerHTML,
})"""


def use_everything(explorer: Explorer) -> None:
    """Filter, sort, compare, and look at a model and each of its snippets."""
    explorer.search.fill("gpt")
    explorer.sort_by("Input price")
    for model in ("gpt-6.1-sol", "gpt-5.5"):
        explorer.compare_box(model).check()
    explorer.open_details("gpt-6.1-sol")
    for name in SNIPPETS:
        explorer.choose_snippet(name)


def test_the_key_leaves_the_page_in_one_header_and_leaves_no_trace_in_the_browser(
    explorer: Explorer, cloud: Cloud
) -> None:
    secret = cloud.new_key(limits={Window.DAY: 9}).secret
    requests: list[Request] = []
    explorer.page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright takes no builtin

    explorer.show(secret)
    use_everything(explorer)

    traces: dict[str, Any] = explorer.page.evaluate(TRACES)
    assert secret not in str(traces)
    assert (traces["storage"], traces["databases"], traces["caches"]) == ({}, [], [])
    assert explorer.page.context.cookies() == []
    with_key = [each for each in requests if f"Bearer {secret}" in str(each.all_headers())]
    assert {each.url for each in with_key} == {
        f"{cloud.url}/v1/{name}" for name in ("models", "usage")
    }
    for each in requests:
        assert secret not in f"{each.url} {each.post_data}"
        assert "referer" not in each.all_headers()


def test_the_key_is_shown_only_while_asked_to(explorer: Explorer) -> None:
    explorer.open()
    expect(explorer.key_field).to_have_attribute("autocomplete", "off")

    explorer.button("Show key").click()
    expect(explorer.key_field).to_have_attribute("type", "text")

    explorer.button("Hide key").click()
    expect(explorer.key_field).to_have_attribute("type", "password")


def test_whoever_comes_back_to_the_page_has_to_give_the_key_again(
    explorer: Explorer, browsing: Browsing, everything: str
) -> None:
    explorer.show(everything)
    asked = browsing.asked_for("/v1/models")

    explorer.page.get_by_role("link", name="API docs").first.click()
    explorer.page.wait_for_url("**/docs")
    explorer.page.go_back(wait_until="commit")  # one that was kept is not loaded again

    expect(explorer.key_field).to_be_visible()
    expect(explorer.key_field).to_have_value("")
    expect(explorer.rows).to_have_count(0)
    assert browsing.asked_for("/v1/models") == asked


def test_a_page_that_is_put_aside_has_forgotten_key_and_models(
    explorer: Explorer, everything: str
) -> None:
    explorer.show(everything)
    explorer.open_details("gpt-6.1-sol")

    explorer.page.evaluate("""() =>
        dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))""")

    expect(explorer.key_field).to_have_value("")
    expect(explorer.rows).to_have_count(0)
    expect(explorer.dialog).to_be_hidden()
