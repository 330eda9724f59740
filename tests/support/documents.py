"""Authored documents, and what compiling makes of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from model_catalog.registry import Compiled, compile_source
from model_catalog.registry_source import InvalidRegistryError

PUBLISHED = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def authored(model: str = "a", **changes: Any) -> dict[str, Any]:
    """Return a model as an operator writes it, with only what it needs and ``changes``."""
    return {"id": model, "display_name": "A", "context_window": 1000, **changes}


def document(*models: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an authored document that publishes without warnings, but for ``changes``."""
    return {
        "codex_defaults": {"base_instructions": "Work with care."},
        "models": [*models],
        **changes,
    }


def compiled(content: Any) -> Compiled:
    """Compile a document, given as bytes or as what its JSON says."""
    source = content if isinstance(content, bytes) else json.dumps(content).encode()
    return compile_source(source, published_at=PUBLISHED, source_version="v1")


def problems(content: Any) -> list[str]:
    """Return every problem the document has, as ``path: message``."""
    with pytest.raises(InvalidRegistryError) as raised:
        compiled(content)
    return [str(problem) for problem in raised.value.problems]
