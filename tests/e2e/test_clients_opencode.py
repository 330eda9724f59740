"""The opencode CLI, unmodified.

Of its providers, only the one named `modal` asks a server like OpenAI's for its models; all others
show what is written in a file. So we are that provider, in the file that says what there is.
"""

import json
import platform
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.clients import Ran, Watched, at, in_node_modules, run_client
from support.cloud import Cloud
from support.markdown import snippet

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"),
        reason="opencode is locked for Linux on x86-64 only",
    ),
]

PROGRAM = in_node_modules("opencode-linux-x64-baseline", "bin", "opencode")
PROVIDERS = snippet("docs/clients.md", "json")  # without any model in it, it does not ask


def opencode(home: Path, api: Watched, secret: str) -> Ran:
    """List the models of the one provider there is."""
    (home / "providers.json").write_text(at(api.base_url, PROVIDERS))
    return run_client(
        [PROGRAM, "models", "modal", "--verbose"],
        home,
        MODAL_PROXY_TOKEN=secret,
        OPENCODE_MODELS_PATH=str(home / "providers.json"),
        OPENCODE_DISABLE_AUTOUPDATE="1",
        OPENCODE_DISABLE_MODELS_FETCH="1",
    )


def models(output: str) -> dict[str, Any]:
    """Return what opencode printed: a line with each model's name, and the model."""
    found: dict[str, Any] = {}
    while output:
        name, _, rest = output.partition("\n")
        found[name.removeprefix("modal/")], end = json.JSONDecoder().raw_decode(rest)
        output = rest[end:].lstrip()
    return found


def test_opencode_takes_every_model_with_its_name_context_and_prices(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    secret = cloud.keys["unrestricted"]

    taken = models(opencode(tmp_path, api, secret).output)

    served = cloud.ask("/v1/models", secret=secret).json["data"]
    assert taken.keys() == {model["id"] for model in served}
    assert api.asked == ["/v1/models"]
    for model in served:
        seen = taken[model["id"]]
        assert (seen["name"], seen["limit"]["context"]) == (model["name"], model["context_length"])
        price = Decimal(model.get("pricing", {}).get("prompt", "0"))
        assert seen["cost"]["input"] == pytest.approx(float(price * 1_000_000))


def test_opencode_has_no_models_with_a_wrong_key(api: Watched, tmp_path: Path) -> None:
    seen = opencode(tmp_path, api, mint().secret)

    assert "Provider not found: modal" in seen.errors
    assert api.asked == ["/v1/models"]


def test_opencode_has_no_models_once_a_limit_is_spent_and_asks_once(
    cloud: Cloud, api: Watched, tmp_path: Path
) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1}).secret
    cloud.ask("/v1/models", secret=limited)

    seen = opencode(tmp_path, api, limited)

    assert "Provider not found: modal" in seen.errors
    assert api.asked == ["/v1/models"]
