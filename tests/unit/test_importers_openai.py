"""An OpenAI list becomes models again, if it says enough of them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from model_catalog.registry import compile_source
from model_catalog.shapes import openai_list
from model_catalog.snapshot import CatalogEntry, Json
from modelctl.importers import Imported, Partial, UnreadableSourceError, as_text, import_openai
from support.builders import entry, full_entry
from support.strategies import documents

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def answer(*entries: CatalogEntry) -> Any:
    """Return what ``GET /v1/models`` answers, as a client reads it."""
    return json.loads(json.dumps(openai_list(entries, created=1, owned_by="us")))


def imported(*models: Json) -> Imported:
    return import_openai({"object": "list", "data": [*models]})


def compiled(models: Any) -> tuple[CatalogEntry, ...]:
    text = as_text({"models": [*models]})
    return compile_source(text.encode(), published_at=NOW, source_version="").snapshot.entries


def test_our_own_list_says_all_of_a_models_fields_but_its_other_names_and_the_codex_block() -> None:
    [model] = import_openai(answer(full_entry("full"))).models

    assert compiled([model]) == (full_entry("full", aliases=(), groups=(), codex={}),)


def test_defaults_are_left_out() -> None:
    [model] = import_openai(answer(entry("plain"))).models

    assert model == {"id": "plain", "display_name": "PLAIN", "context_window": 1000}


@given(documents)
def test_our_own_list_imports_as_models_that_are_listed_the_same(document: Json) -> None:
    source = json.dumps(document).encode()
    published = compile_source(source, published_at=NOW, source_version="").snapshot.entries
    before = answer(*published)

    result = import_openai(before)

    assert answer(*compiled(result.models)) == before
    assert {p.path for p in result.unmapped} <= {"data[*].created", "data[*].owned_by"}


def test_a_plain_entry_is_partial() -> None:
    plain: Json = {"id": "gpt", "object": "model", "created": 1, "owned_by": "openai"}

    result = imported(plain)

    assert result.models == []
    assert result.partial == [Partial("data[0]", {"id": "gpt"})]


def test_fields_of_other_gateways_are_taken_where_they_are_the_same() -> None:
    result = imported(
        {
            "id": "a/x",
            "name": "A: X",
            "description": "Good.",
            "context_length": 1000,
            "top_provider": {"context_length": 1000, "max_completion_tokens": 100},
            "architecture": {"input_modalities": ["text", "file"], "output_modalities": ["audio"]},
            "pricing": {"prompt": "1e-6", "image": "0.01"},
        }
    )

    assert result.models == [
        {
            "id": "a/x",
            "display_name": "A: X",
            "description": "Good.",
            "context_window": 1000,
            "max_output_tokens": 100,
            "output_modalities": ["audio"],
            "pricing": {"prompt": "0.000001", "image": "0.01"},
        }
    ]
    assert [p.path for p in result.unmapped] == ["data[*].architecture.input_modalities"]


def test_the_metadata_decides_and_what_differs_is_reported() -> None:
    result = imported(
        {"id": "a", "name": "Other", "metadata": {"display_name": "A", "context_window": 1}}
    )

    assert result.models == [{"id": "a", "display_name": "A", "context_window": 1}]
    assert [str(p) for p in result.unmapped] == [
        'data[0].name: "Other" is left out: metadata.display_name says otherwise'
    ]


def test_unknown_fields_are_counted() -> None:
    result = imported({"id": "a", "root": "b", "metadata": {"context_window": 1, "team": "c"}})

    assert [p.path for p in result.unmapped] == ["data[*].root", "data[*].metadata.team"]


def test_a_default_that_is_not_supported_is_left_out() -> None:
    result = imported({"id": "a", "metadata": {"context_window": 1, "default_verbosity": "low"}})

    assert "default_verbosity" not in result.models[0]
    assert [p.path for p in result.unmapped] == ["data[0].metadata.default_verbosity"]


def test_anything_else_is_refused_with_what_was_expected() -> None:
    with pytest.raises(UnreadableSourceError, match="An OpenAI list was expected"):
        import_openai({"object": "list"})
