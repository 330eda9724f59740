"""What requests are answered with when all is well, rendered by the code itself."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from model_catalog.api_keys import Admission, ApiKey
from model_catalog.limits import Limits, Usage, Window
from model_catalog.pages import headers_of
from model_catalog.registry import compile_source
from model_catalog.rendering import Body, Renderer, health_body, usage_body
from model_catalog.selection import parse_query

NOW = datetime(2026, 11, 22, 12, 0, 18, tzinfo=UTC)
OWNED_BY = "codex-lb"
MODEL, BARE_MODEL = "gpt-6.1-sol", "anthropic/claude-haiku-4.5"

# Of the first model everything is said, of the second no more than must be.
_SOURCE: Mapping[str, Any] = {
    "codex_defaults": {"base_instructions": "You are a coding agent. Find out before you act."},
    "models": [
        {
            "id": MODEL,
            "display_name": "GPT-6.1-Sol",
            "description": "Our default for coding and everyday work with tools.",
            "priority": 1000,
            "context_window": 272_000,
            "input_context_window": 144_000,
            "max_output_tokens": 128_000,
            "input_modalities": ["text", "image"],
            "supported_reasoning_levels": [
                {"effort": "low", "description": "Thinks briefly and answers soon"},
                {"effort": "high", "description": "Takes its time over tricky problems"},
            ],
            "default_reasoning_level": "low",
            "supports_reasoning_summaries": True,
            "support_verbosity": True,
            "default_verbosity": "low",
            "prefer_websockets": True,
            "supports_parallel_tool_calls": True,
            "minimal_client_version": "0.153.0",
            "additional_speed_tiers": ["fast"],
            "service_tiers": [
                {"id": "priority", "name": "Fast", "description": "About twice as fast"}
            ],
            "default_service_tier": "priority",
            "supported_parameters": ["tools", "reasoning"],
            "pricing": {"prompt": "0.000002", "completion": "0.00001", "web_search": "0.01"},
            "shutdown_date": "2027-12-31",
        },
        {"id": BARE_MODEL, "display_name": "Claude Haiku 4.5", "context_window": 200_000},
    ],
}
SNAPSHOT = compile_source(
    json.dumps(_SOURCE).encode(),
    published_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    source_version="3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH",
).snapshot


def usage(limits: Limits, counted: int) -> Usage:
    """Return how ``limits`` stand after ``counted`` requests in each window."""
    return Usage(limits, {(window, window.number(NOW)): counted for window in Window}, NOW)


ADMISSION = Admission(
    ApiKey(
        key_id="5fQ0aZ81kLmN3pQr",
        name="CI",
        prefix="sk-clb-5fQ0aZ81",
        secret_hash="",
        allowed_models=frozenset({MODEL, "anthropic/*"}),
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    ),
    usage({Window.MINUTE: 60, Window.MONTH: 10_000}, counted=12),
)


def _listed(query: str) -> Any:  # noqa: ANN401 - JSON
    return _content(Renderer(OWNED_BY).models(SNAPSHOT, frozenset(), parse_query(query)))


def _model(name: str) -> Any:  # noqa: ANN401 - JSON
    return _content(Renderer(OWNED_BY).model(SNAPSHOT, frozenset(), name))


def _content(body: Body) -> Any:  # noqa: ANN401 - JSON
    return json.loads(body.text)


FULL, BARE = _model(MODEL), _model(BARE_MODEL)
LISTS = {
    "models": _listed(""),
    "page": _listed("limit=1"),
    "nothing_on_the_page": _listed(f"limit=1&after={BARE_MODEL}"),
    "none": _content(Renderer(OWNED_BY).models(SNAPSHOT, frozenset({"none"}), parse_query(""))),
    "codex": _listed("client_version=0.169.0"),
}
MODELS = {"full": FULL, "bare": BARE}
USAGE = {"usage": _content(usage_body(ADMISSION))}
HEALTH = {
    "registry_held": _content(health_body(SNAPSHOT, timedelta(seconds=42))),
    "no_registry_yet": _content(health_body(None, None)),
}
PAGE = "<!doctype html>\n<title>Model Catalog</title>\n<style>body { margin: 0 }</style>\n"
PAGE_HEADERS = headers_of(PAGE)
ETAG = Renderer(OWNED_BY).model(SNAPSHOT, frozenset(), MODEL).etag
