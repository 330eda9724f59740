"""LiteLLM, unmodified: which models may this key use?"""

import json
from pathlib import Path

import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.clients import Ran, Watched, python_client
from support.cloud import Cloud

pytestmark = pytest.mark.clients


def litellm(home: Path, *calls: tuple[str, str, str]) -> Ran:
    """Ask as each of ``calls`` says: provider, base URL and key."""
    offline = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # else it fetches prices when imported
    return python_client("litellm", "litellm_models.py", [json.dumps(calls)], home, **offline)


def test_litellm_lists_our_models_in_our_order_however_it_is_told_of_us(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    listed = litellm(
        tmp_path,
        ("openai", api.proxy.url, secret),
        ("openai", api.base_url, secret),
        ("litellm_proxy", api.proxy.url, secret),
    ).json

    ids = cloud.ask("/v1/models", secret=secret).ids
    assert listed == [ids, ids, [f"litellm_proxy/{id_}" for id_ in ids]]
    assert api.asked == ["/v1/models"] * 3


def test_litellm_warns_of_a_wrong_key_and_of_a_spent_limit_in_our_words_and_asks_once(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    refused = litellm(
        tmp_path, ("openai", api.base_url, mint().secret), ("openai", api.base_url, limited)
    )

    assert refused.json == [[], []]
    assert "invalid_api_key" in refused.errors
    assert "insufficient_quota" in refused.errors
    assert api.asked == ["/v1/models"] * 2
