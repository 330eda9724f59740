"""Simon Willison's llm, unmodified: its support of endpoints that are compatible with OpenAI's."""

from pathlib import Path

import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.clients import Ran, Watched, in_venv, run_client
from support.cloud import Cloud

pytestmark = pytest.mark.clients


def llm(home: Path, *arguments: str) -> Ran:
    return run_client([in_venv("llm", "llm"), *arguments], home, LLM_USER_PATH=str(home))


def test_llm_lists_our_models_in_our_order_with_a_key_from_its_store(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]
    llm(tmp_path, "keys", "set", "catalog", "--value", secret)

    listed = llm(tmp_path, "openai", "endpoint", api.base_url, "--models", "--key", "catalog")

    assert listed.output.splitlines() == cloud.ask("/v1/models", secret=secret).ids
    assert api.asked == ["/v1/models"]


def test_llm_says_that_a_wrong_key_is_not_valid(api: Watched, tmp_path: Path) -> None:
    told = llm(tmp_path, "openai", "endpoint", api.base_url, "--models", "--key", mint().secret)

    assert told.code == 1
    assert "401" in told.errors
    assert "is not valid" in told.errors
    assert api.asked == ["/v1/models"]


def test_llm_asks_once_when_a_limit_is_spent(cloud: Cloud, api: Watched, tmp_path: Path) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    told = llm(tmp_path, "openai", "endpoint", api.base_url, "--models", "--key", limited)

    assert told.code == 1
    assert "429" in told.errors
    assert api.asked == ["/v1/models"]
