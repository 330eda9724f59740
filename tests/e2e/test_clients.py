"""Real clients from npm, unmodified: OpenAI's for Node, and the Codex CLI, newest and oldest."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.cloud import Cloud

pytestmark = pytest.mark.clients

CLIENTS = Path(__file__).parent / "clients"
CODEX = {"0.169.0": "codex-current", "0.125.0": "codex-oldest"}
CODEX_CONFIG = """\
model_provider = "catalog"

[model_providers.catalog]
name = "Model Catalog"
base_url = "{base_url}"

[model_providers.catalog.auth]
command = "printenv"
args = ["MODEL_CATALOG_KEY"]
"""


def node(cloud: Cloud, secret: str, *models: str) -> Any:
    """Run OpenAI's Node client; return what it saw."""
    script = CLIENTS / "openai_models.mjs"
    done = subprocess.run(  # noqa: S603 - our own script
        ["node", str(script), cloud.base_url, secret, *models],  # noqa: S607 - from the PATH
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def codex_models(cloud: Cloud, secret: str, version: str, home: Path) -> list[dict[str, Any]]:
    """Return what Codex took from our catalog: its cache, which it writes if it took all of it."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(CODEX_CONFIG.format(base_url=cloud.base_url))
    program = CLIENTS / "node_modules" / CODEX[version] / "bin" / "codex.js"
    subprocess.run(  # noqa: S603 - the pinned client
        ["node", str(program), "debug", "models"],  # noqa: S607 - from the PATH
        check=True,
        capture_output=True,
        timeout=60,
        env=os.environ | {"CODEX_HOME": str(home), "MODEL_CATALOG_KEY": secret},
    )
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


def test_node_retrieves_every_listed_model_as_it_was_listed(cloud: Cloud) -> None:
    secret = cloud.keys["unrestricted"]

    seen = node(cloud, secret)

    assert [model["id"] for model in seen["listed"]] == cloud.ask("/v1/models", secret=secret).ids
    assert seen["retrieved"] == seen["listed"]


def test_node_tells_a_wrong_key_a_missing_model_and_a_spent_limit_apart(cloud: Cloud) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    errors = [
        node(cloud, mint().secret),
        node(cloud, cloud.keys["restricted"], "gpt-5.5"),
        node(cloud, limited),
    ]

    assert [(error["error"], error["code"]) for error in errors] == [
        ("AuthenticationError", "invalid_api_key"),
        ("NotFoundError", "model_not_found"),
        ("RateLimitError", "insufficient_quota"),
    ]
    assert all(error["requestID"] for error in errors)


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_exactly_our_models_in_our_order(
    cloud: Cloud, version: str, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    taken = codex_models(cloud, secret, version, tmp_path)

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


def test_codex_is_not_shown_a_model_that_needs_a_newer_one(cloud: Cloud, tmp_path: Path) -> None:
    secret = cloud.keys["unrestricted"]

    newest, oldest = (
        slugs(codex_models(cloud, secret, version, tmp_path / version)) for version in CODEX
    )

    assert "gpt-6.1-sol" in newest
    assert "gpt-6.1-sol" not in oldest
    assert "gpt-5.5" in oldest


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_a_restricted_key_s_models_and_no_others(
    cloud: Cloud, version: str, tmp_path: Path
) -> None:
    secret = cloud.new_key(allowed_models=frozenset({"gpt-5.5", "@demo"})).secret

    taken = codex_models(cloud, secret, version, tmp_path)

    assert slugs(taken) == ["gpt-5.5", "openai/gpt-oss-120b"]


@pytest.mark.parametrize("version", CODEX)
def test_codex_takes_nothing_with_a_wrong_key(cloud: Cloud, version: str, tmp_path: Path) -> None:
    assert codex_models(cloud, mint().secret, version, tmp_path) == []
