"""Nous Research's Hermes, unmodified: our API as a provider of its configuration."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.clients import Watched, at, python_client
from support.cloud import Cloud
from support.markdown import snippet

pytestmark = pytest.mark.clients

CONFIG = snippet("docs/clients.md", "yaml")


def hermes(home: Path, api: Watched, secret: str, *question: str) -> Any:
    """Ask Hermes, whose provider we are, one question."""
    (home / "config.yaml").write_text(at(api.base_url, CONFIG))
    env = {"HERMES_HOME": str(home), "MODEL_CATALOG_KEY": secret}
    return python_client("hermes", "hermes_models.py", question, home, **env).json


def test_hermes_offers_our_models_in_our_order(cloud: Cloud, api: Watched, tmp_path: Path) -> None:
    secret = cloud.keys["unrestricted"]

    offered = hermes(tmp_path, api, secret, "picker")

    assert offered["catalog"] == cloud.ask("/v1/models", secret=secret).ids
    assert api.asked == ["/v1/models"]


def test_hermes_reads_every_model_s_name_sizes_and_prices(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    kept = hermes(tmp_path, api, secret, "metadata", api.base_url)

    for model in cloud.ask("/v1/models", secret=secret).json["data"]:
        read = kept[model["id"]]
        assert read["name"] == model["name"]
        assert read["context_length"] == model["context_length"]
        assert read.get("max_completion_tokens") == model.get("max_output_tokens")
        for price in {"prompt", "completion"} & model.get("pricing", {}).keys():
            assert read["pricing"][price] == model["pricing"][price]


def test_hermes_takes_us_for_no_other_product(cloud: Cloud, api: Watched, tmp_path: Path) -> None:
    secret = cloud.keys["unrestricted"]
    id_ = "anthropic/claude-haiku-4.5"

    known = hermes(tmp_path, api, secret, "model", api.base_url, id_)

    model = cloud.ask(f"/v1/models/{id_}", secret=secret).json
    assert known["context_length"] == model["context_length"]
    assert Decimal(known["input_cost"]) == Decimal(model["pricing"]["prompt"]) * 1_000_000
    assert Decimal(known["output_cost"]) == Decimal(model["pricing"]["completion"]) * 1_000_000
    assert "/api/v1/models" in api.asked  # LM Studio's, which we must not answer


def test_hermes_says_that_a_wrong_key_was_rejected(api: Watched, tmp_path: Path) -> None:
    told = hermes(tmp_path, api, mint().secret, "check", api.base_url)

    assert told["message"] == "The endpoint rejected the API key."
    assert api.asked == ["/v1/models"]


def test_hermes_offers_what_it_is_set_to_once_a_limit_is_spent_and_asks_once(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    offered = hermes(tmp_path, api, limited, "picker")

    assert offered["catalog"] == ["gpt-5.5"]
    assert api.asked == ["/v1/models", "/models"]  # then without /v1, which counts nothing
