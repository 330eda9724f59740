"""The explorer with 3,000 models."""

from statistics import median
from typing import Any

import pytest
from playwright.sync_api import expect

from support.browser import reply
from support.cloud import Cloud
from support.explorer import Explorer

MANY = 3000
TYPE = """async ([search, text]) => {
  const times = [];
  for (let length = 1; length <= text.length; length++) {
    const start = performance.now();
    search.value = text.slice(0, length);
    search.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - start);
  }
  return times;
}"""


def fleet(cloud: Cloud, secret: str, size: int) -> list[dict[str, Any]]:
    """Return so many models, made of the sample ones: the cloud that all tests share has 70."""
    sample = cloud.ask("/v1/models", secret=secret).json["data"]
    return [
        {
            **sample[number % len(sample)],
            "id": f"fleet/{number:04}-{sample[number % len(sample)]['id']}",
        }
        for number in range(size)
    ]


def show(explorer: Explorer, secret: str, models: list[dict[str, Any]]) -> Explorer:
    explorer.open().page.route(
        "**/v1/models*", lambda route: route.fulfill(**reply({"object": "list", "data": models}))
    )
    explorer.give(secret)
    expect(explorer.table).to_be_visible()
    return explorer


@pytest.fixture
def models(cloud: Cloud, everything: str) -> list[dict[str, Any]]:
    return fleet(cloud, everything, MANY)


def test_a_hundred_rows_are_put_in_and_more_as_one_asks_for_them(
    explorer: Explorer, everything: str, models: list[dict[str, Any]]
) -> None:
    show(explorer, everything, models)
    assert explorer.rows.count() <= 300
    assert explorer.ids[:100] == [model["id"] for model in models[:100]]
    expect(explorer.count).to_have_text("3,000 models")

    before = explorer.rows.count()
    explorer.button("Show more models").press("Enter")

    expect(explorer.rows.nth(before)).to_be_attached()
    assert explorer.ids == [model["id"] for model in models[: explorer.rows.count()]]


def test_more_rows_come_as_one_scrolls(
    explorer: Explorer, everything: str, models: list[dict[str, Any]]
) -> None:
    show(explorer, everything, models)
    before = explorer.rows.count()

    explorer.rows.last.scroll_into_view_if_needed()
    explorer.page.mouse.wheel(0, 5000)

    expect(explorer.rows.nth(before)).to_be_attached()


def test_sorting_and_searching_look_at_all_of_them(
    explorer: Explorer, everything: str, models: list[dict[str, Any]]
) -> None:
    show(explorer, everything, models)

    explorer.search.fill("fleet/2999")
    explorer.expect_ids([models[2999]["id"]])
    explorer.search.fill("")
    explorer.sort_by("Context")

    widest = max(model["context_length"] for model in models)
    first = next(model for model in models if model["id"] == explorer.ids[0])
    assert first["context_length"] == widest


def test_a_keystroke_does_not_cost_in_proportion_to_the_models(
    explorer: Explorer, everything: str, models: list[dict[str, Any]]
) -> None:
    """A ratio, since how fast a machine is says nothing about the page."""
    costs = []
    for some in (models[:70], models):
        show(explorer, everything, some)
        search = explorer.search.element_handle()
        times = [explorer.page.evaluate(TYPE, [search, "anthropic/claude"]) for _ in range(3)]
        costs.append(median(time for each in times for time in each))
        explorer.page.unroute("**/v1/models*")

    few, many = costs

    assert many < 10 * few  # 43 times as many models
