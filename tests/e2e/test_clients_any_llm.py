"""Mozilla's any-llm, unmodified."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.clients import Watched, python_client
from support.cloud import Cloud

pytestmark = pytest.mark.clients


def any_llm(home: Path, *calls: tuple[str, str, str]) -> Any:
    """Ask as each of ``calls`` says: provider, base URL and key."""
    return python_client("any-llm", "any_llm_models.py", [json.dumps(calls)], home).json


def test_any_llm_lists_every_model_with_all_that_we_say_of_it(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    openai, vllm, openrouter = any_llm(
        tmp_path,
        ("openai", api.base_url, secret),
        ("vllm", api.base_url, secret),
        ("openrouter", api.base_url, secret),
    )

    served = cloud.ask("/v1/models", secret=secret).json["data"]
    assert openai == vllm == served
    assert openrouter == [{"shutdown_date": None} | model for model in served]
    assert api.asked == ["/v1/models"] * 3


def test_any_llm_tells_a_wrong_key_and_a_spent_limit_by_its_own_errors_and_asks_once(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    told = any_llm(
        tmp_path, ("openai", api.base_url, mint().secret), ("openai", api.base_url, limited)
    )

    assert told == ["AuthenticationError", "RateLimitError"]
    assert api.asked == ["/v1/models"] * 2
