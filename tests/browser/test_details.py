"""A model's details, and snippets that work as they are copied."""

import json
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from support.browser import node_program
from support.clients import in_node_modules, in_venv, run_client
from support.cloud import Cloud
from support.explorer import SNIPPETS, Explorer

MODEL = "anthropic/claude-haiku-4.5"


def ran(command: Sequence[str | Path], secret: str, home: Path) -> str:
    """Run a command that knows the key by its variable; return what it printed."""
    offline = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # else LiteLLM fetches prices when imported
    done = run_client(command, home, MODEL_CATALOG_KEY=secret, **offline)
    assert done.code == 0, done.errors
    return done.output


@pytest.fixture
def details(explorer: Explorer, everything: str) -> Explorer:
    explorer.show(everything).open_details(MODEL)
    return explorer


def test_the_details_tell_everything_the_api_says_of_a_model(
    details: Explorer, cloud: Cloud, everything: str
) -> None:
    model: dict[str, Any] = cloud.ask(f"/v1/models/{MODEL}", secret=everything).json

    told = details.dialog.inner_text()

    expect(details.dialog.get_by_role("heading", level=2)).to_have_text(model["name"])
    for fact in (
        model["id"],
        model["description"],
        f"{model['context_length']:,}",
        f"{model['max_output_tokens']:,}",
        *model["architecture"]["input_modalities"],
        *(level["effort"] for level in model["metadata"]["supported_reasoning_levels"]),
        *model.get("supported_parameters", ()),
    ):
        assert fact in told


def test_escape_closes_the_details_and_leads_back_to_the_model(details: Explorer) -> None:
    details.page.keyboard.press("Escape")

    expect(details.dialog).to_be_hidden()
    row = details.rows.filter(has=details.compare_box(MODEL))
    expect(row.get_by_role("rowheader").get_by_role("button")).to_be_focused()


def test_going_back_closes_the_details_and_keeps_key_and_models(details: Explorer) -> None:
    details.page.go_back()
    expect(details.dialog).to_be_hidden()
    expect(details.table).to_be_visible()

    details.page.go_forward()

    expect(details.dialog).to_be_visible()


@pytest.mark.parametrize("way", ["Escape", "Close"])
def test_closing_the_details_goes_back_so_that_history_does_not_grow(
    explorer: Explorer, everything: str, way: str
) -> None:
    page = explorer.show(everything, "#q=haiku").page
    length = page.evaluate("history.length")

    for _ in range(2):
        explorer.open_details(MODEL)
        page.keyboard.press("Escape") if way == "Escape" else explorer.button(way).click()
        expect(explorer.dialog).to_be_hidden()
        expect(page).to_have_url(re.compile("#q=haiku$"))

    assert page.evaluate("history.length") == length + 1


def test_details_that_a_link_opened_are_closed_without_leaving_the_page(
    explorer: Explorer, everything: str
) -> None:
    page = explorer.show(everything, f"#model={MODEL}").page
    expect(explorer.dialog).to_be_visible()

    explorer.button("Close").click()

    expect(explorer.dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/$"))
    expect(explorer.table).to_be_visible()


def test_details_that_were_loaded_anew_are_closed_without_leaving_the_page(
    details: Explorer, everything: str
) -> None:
    details.page.reload()
    details.give(everything)
    expect(details.dialog).to_be_visible()

    details.button("Close").click()

    expect(details.dialog).to_be_hidden()
    expect(details.page).to_have_url(re.compile("/$"))
    expect(details.table).to_be_visible()


def test_the_details_say_plainly_what_is_the_registry_s_and_what_can_be_set(
    details: Explorer,
) -> None:
    facts = details.dialog.get_by_role("term")

    for label in ("Registry published", "Verbosity can be set"):
        expect(facts.get_by_text(label, exact=True)).to_be_visible()
    expect(facts.get_by_text("Owned by").locator("+ *").locator("code")).to_be_visible()


def test_a_model_without_reasoning_efforts_has_none_to_choose_from(
    explorer: Explorer, cloud: Cloud, everything: str
) -> None:
    listed = cloud.ask("/v1/models", secret=everything).json["data"]
    model = next(each for each in listed if not each["metadata"]["supported_reasoning_levels"])

    explorer.show(everything).open_details(model["id"])

    expect(explorer.dialog).to_contain_text("none to choose from")


def test_the_snippets_tell_how_to_set_the_key_and_that_models_run_elsewhere(
    details: Explorer,
) -> None:
    expect(details.dialog).to_contain_text("export MODEL_CATALOG_KEY=sk-clb-…")
    expect(details.dialog).to_contain_text("requests that run one go to your gateway")


def test_whoever_configures_codex_is_warned_that_its_own_prompts_are_replaced(
    details: Explorer,
) -> None:
    warning = details.dialog.get_by_text("system prompt")
    expect(warning).to_be_hidden()

    details.choose_snippet("Codex config.toml")

    expect(warning).to_be_visible()


def test_a_model_s_id_is_copied(details: Explorer) -> None:
    assert details.copy("Copy id") == MODEL


def test_every_snippet_is_copied_as_it_is_shown_and_holds_no_key(
    details: Explorer, cloud: Cloud, everything: str
) -> None:
    for name in SNIPPETS:
        shown = details.choose_snippet(name)

        assert details.copy() == shown
        assert cloud.url in shown
        assert "MODEL_CATALOG_KEY" in shown
        assert everything not in shown


def test_the_snippet_is_selected_where_the_clipboard_is_forbidden(details: Explorer) -> None:
    details.page.context.clear_permissions()
    details.page.evaluate("""() => Object.defineProperty(navigator, "clipboard", {
        value: { writeText: () => Promise.reject(new DOMException("no", "NotAllowedError")) } })""")

    shown = details.choose_snippet("curl")
    details.button("Copy").click()

    details.page.wait_for_function("() => getSelection().toString().length > 0")
    assert details.page.evaluate("getSelection().toString()").strip() == shown.strip()


@pytest.mark.parametrize("model", [MODEL, "gpt-6.1-sol"])
def test_curl_s_snippet_gets_the_model(
    explorer: Explorer, cloud: Cloud, everything: str, model: str, tmp_path: Path
) -> None:
    explorer.show(everything).open_details(model)
    explorer.choose_snippet("curl")

    printed = ran(["sh", "-c", explorer.copy()], everything, tmp_path)

    assert json.loads(printed) == cloud.ask(f"/v1/models/{model}", secret=everything).json


def test_python_s_snippet_gets_the_model(
    details: Explorer, everything: str, tmp_path: Path
) -> None:
    details.choose_snippet("OpenAI Python")

    assert MODEL in ran([sys.executable, "-c", details.copy()], everything, tmp_path)


def test_node_s_snippet_gets_the_model(details: Explorer, everything: str, tmp_path: Path) -> None:
    script = tmp_path / "snippet.mjs"
    details.choose_snippet("OpenAI Node")
    script.write_text(details.copy())

    if in_node_modules("openai").exists():  # made by `make test-clients`
        (tmp_path / "node_modules").symlink_to(in_node_modules())
        assert MODEL in ran([node_program(), script], everything, tmp_path)
    else:
        ran([node_program(), "--check", script], everything, tmp_path)


def test_codex_s_snippet_is_a_configuration_with_the_model(details: Explorer, cloud: Cloud) -> None:
    details.choose_snippet("Codex config.toml")

    assert tomllib.loads(details.copy()) == {
        "model": MODEL,
        "model_provider": "catalog",
        "model_providers": {
            "catalog": {
                "name": "Model Catalog",
                "base_url": cloud.base_url,
                "auth": {"command": "printenv", "args": ["MODEL_CATALOG_KEY"]},
            }
        },
    }


def test_litellm_s_snippet_lists_the_model(
    details: Explorer, everything: str, tmp_path: Path
) -> None:
    details.choose_snippet("LiteLLM")
    snippet = details.copy()

    if in_venv("litellm", "python").exists():  # made by `make test-clients`
        printed = ran([in_venv("litellm", "python"), "-c", snippet], everything, tmp_path)
        assert printed.splitlines()[-1] == "True"
    else:
        compile(snippet, "snippet", "exec")
