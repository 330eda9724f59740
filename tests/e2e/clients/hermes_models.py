"""Asks Hermes what it offers and what it knows of a model; prints that as one line of JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Callable

# All of it lives in an environment of its own.
from agent.model_metadata import (  # type: ignore[import-not-found]
    fetch_endpoint_model_metadata,
    get_model_context_length,
)
from agent.usage_pricing import get_pricing_entry  # type: ignore[import-not-found]
from hermes_cli.inventory import (  # type: ignore[import-not-found]
    build_models_payload,
    load_picker_context,
)

KEY = os.environ["MODEL_CATALOG_KEY"]


def picker() -> object:
    """Return the models that ``/model`` offers for the configured provider."""
    providers = build_models_payload(load_picker_context(), explicit_only=True)["providers"]
    return {provider["slug"]: provider["models"] for provider in providers}


def metadata(base_url: str) -> object:
    """Return what Hermes keeps of each model."""
    return fetch_endpoint_model_metadata(base_url, KEY)


def model(base_url: str, name: str) -> object:
    """Return how much Hermes lets a model read, and the prices it counts with."""
    context = get_model_context_length(name, base_url, KEY, provider="catalog")
    pricing = get_pricing_entry(name, "catalog", base_url, KEY)
    return {
        "context_length": context,
        "input_cost": str(pricing.input_cost_per_million),
        "output_cost": str(pricing.output_cost_per_million),
    }


def check(base_url: str) -> object:
    """Return what Hermes's dashboard says when this endpoint is added."""
    from hermes_cli import web_server  # type: ignore[import-not-found] # noqa: PLC0415 - 2 seconds

    endpoint = web_server.CustomEndpointUpdate(name="", base_url=base_url, model="", api_key=KEY)
    return asyncio.run(web_server.validate_custom_endpoint(endpoint))


QUESTIONS: dict[str, Callable[..., object]] = {
    "picker": picker,
    "metadata": metadata,
    "model": model,
    "check": check,
}

if __name__ == "__main__":
    print(json.dumps(QUESTIONS[sys.argv[1]](*sys.argv[2:])))  # noqa: T201 - read by the test
