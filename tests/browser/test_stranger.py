"""Somebody who has never seen the page finds the cheapest model for a task, and uses it."""

from decimal import Decimal
from pathlib import Path

from support.clients import run_client
from support.cloud import Cloud
from support.explorer import Explorer
from support.markdown import snippet


def test_a_stranger_finds_the_cheapest_vision_model_of_200k_and_copies_a_working_snippet(
    explorer: Explorer, cloud: Cloud, everything: str, tmp_path: Path
) -> None:
    explorer.open().give(everything)
    explorer.capability("vision").check()
    explorer.choose("Context window", "at least 200k")
    explorer.sort_by("Input price")
    explorer.rows.first.get_by_role("rowheader").get_by_role("button").click()
    snippet = explorer.copy()

    found = run_client(["sh", "-c", snippet], tmp_path, MODEL_CATALOG_KEY=everything).json
    candidates = cloud.ask(
        "/v1/models?capability=vision&min_context_window=200000", secret=everything
    ).json["data"]
    priced = [model for model in candidates if "prompt" in model.get("pricing", {})]
    cheapest = min(Decimal(model["pricing"]["prompt"]) for model in priced)
    assert found in candidates
    assert Decimal(found["pricing"]["prompt"]) == cheapest


def test_the_link_of_the_docs_leads_to_that_model_first(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    link = snippet("docs/explorer.md", "text").strip()

    explorer.show(everything, link.removeprefix("https://YOUR-API/"))

    first = explorer.ids[0]
    candidates = cloud.ask(
        "/v1/models?capability=vision&min_context_window=200000", secret=everything
    ).json["data"]
    prices = {each["id"]: each.get("pricing", {}).get("prompt") for each in candidates}
    assert set(explorer.ids) == set(prices)
    assert Decimal(prices[first]) == min(Decimal(price) for price in prices.values() if price)
