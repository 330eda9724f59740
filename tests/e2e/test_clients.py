"""OpenAI's own clients, unmodified: for Node, for Python, and the Codex CLI, newest and oldest."""

import json
import re
from pathlib import Path
from typing import Any

import openai
import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.clients import CLIENTS, Watched, at, in_node_modules, run_client
from support.cloud import Cloud
from support.markdown import snippet

pytestmark = pytest.mark.clients

SCRIPT = CLIENTS / "openai_models.mjs"
LOCKED: dict[str, str] = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
CODEX = {LOCKED[name].rpartition("@")[2]: name for name in ("codex-current", "codex-oldest")}
CODEX_CONFIG = snippet("docs/clients.md", "toml")


def node(home: Path, api: Watched, secret: str, *models: str) -> Any:
    """Run OpenAI's Node client; return what it saw."""
    return run_client(["node", SCRIPT, api.base_url, secret, *models], home).json


def codex_models(api: Watched, secret: str, version: str, home: Path) -> list[dict[str, Any]]:
    """Return what Codex took from our catalog: its cache, which it writes if it took all of it."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(at(api.base_url, CODEX_CONFIG))
    program = in_node_modules(CODEX[version], "bin", "codex.js")
    env = {"CODEX_HOME": str(home), "MODEL_CATALOG_KEY": secret}
    assert run_client(["node", program, "debug", "models"], home, **env).code == 0
    cache = home / "models_cache.json"
    models: list[dict[str, Any]] = json.loads(cache.read_text())["models"] if cache.exists() else []
    return models


def catalog(cloud: Cloud, secret: str, version: str) -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = cloud.ask(
        f"/v1/models?client_version={version}", secret=secret
    ).json["models"]
    return models


def slugs(models: list[dict[str, Any]]) -> list[str]:
    return [model["slug"] for model in models]


def test_node_retrieves_every_listed_model_as_it_was_listed(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    seen = node(tmp_path, api, secret)

    assert [model["id"] for model in seen["listed"]] == cloud.ask("/v1/models", secret=secret).ids
    assert seen["retrieved"] == seen["listed"]


def test_node_tells_a_wrong_key_a_missing_model_and_a_spent_limit_apart_and_asks_once(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    errors = [
        node(tmp_path, api, mint().secret),
        node(tmp_path, api, limited),
        node(tmp_path, api, cloud.keys["restricted"], "gpt-5.5"),
    ]

    assert [(error["error"], error["code"]) for error in errors] == [
        ("AuthenticationError", "invalid_api_key"),
        ("RateLimitError", "insufficient_quota"),
        ("NotFoundError", "model_not_found"),
    ]
    assert all(error["requestID"] for error in errors)
    assert api.asked == ["/v1/models"] * 3 + ["/v1/models/gpt-5.5"]


def test_python_asks_once_when_a_limit_is_spent(cloud: Cloud, api: Watched) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    with (
        openai.OpenAI(base_url=api.base_url, api_key=limited) as client,
        pytest.raises(openai.RateLimitError),
    ):
        client.models.list()

    assert api.asked == ["/v1/models"]


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_exactly_our_models_in_our_order_by_asking_once(
    cloud: Cloud, api: Watched, version: str, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    taken = codex_models(api, secret, version, tmp_path)

    assert api.asked == [f"/v1/models?client_version={version}"]
    served = catalog(cloud, secret, version)
    assert slugs(taken) == slugs(served)
    assert [model["priority"] for model in taken] == list(range(len(served)))
    listed = cloud.ask("/v1/models", secret=secret).json["data"]
    for_this_client = [
        model["id"]
        for model in listed
        if numbers(model["metadata"]["minimal_client_version"] or "0.0.0") <= numbers(version)
    ]
    visible = [model["slug"] for model in taken if model["visibility"] == "list"]
    assert visible == for_this_client


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def test_codex_is_not_shown_a_model_that_needs_a_newer_one(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    newest, oldest = (
        slugs(codex_models(api, secret, version, tmp_path / version)) for version in CODEX
    )

    assert "gpt-6.1-sol" in newest
    assert "gpt-6.1-sol" not in oldest
    assert "gpt-5.5" in oldest


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_a_restricted_key_s_models_and_no_others(
    cloud: Cloud, api: Watched, version: str, tmp_path: Path
) -> None:
    secret = cloud.new_key(allowed_models=frozenset({"gpt-5.5", "@demo"})).secret

    taken = codex_models(api, secret, version, tmp_path)

    assert slugs(taken) == ["gpt-5.5", "openai/gpt-oss-120b"]


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_nothing_with_a_wrong_key_and_asks_once(
    api: Watched, version: str, tmp_path: Path
) -> None:
    assert codex_models(api, mint().secret, version, tmp_path) == []
    assert len(api.asked) == 1


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_nothing_once_a_limit_is_spent_and_asks_once(
    cloud: Cloud, api: Watched, version: str, tmp_path: Path
) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    assert codex_models(api, limited, version, tmp_path) == []
    assert len(api.asked) == 1
