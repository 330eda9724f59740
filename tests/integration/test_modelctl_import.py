"""``registry import``: other catalogs into documents, and hand edits kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from model_catalog.registry import compile_source
from support.clock import NOON
from support.operator import Operator


def codex(**changes: Any) -> dict[str, Any]:
    """Return a model as Codex lists it."""
    return {
        "slug": "a",
        "display_name": "A",
        "context_window": 1000,
        "priority": 1,
        "visibility": "list",
        "supported_in_api": True,
        **changes,
    }


@pytest.fixture
def catalog(operator: Operator) -> Path:
    """Codex's catalog of two models."""
    return operator.writes({"models": [codex(), codex(slug="b", priority=2)]}, "codex.json")


@pytest.fixture
def into(operator: Operator) -> Path:
    return operator.folder / "registry.json"


def test_a_new_document_is_printed(operator: Operator, catalog: Path) -> None:
    printed = operator.types("import", "codex", catalog)

    assert printed.code == 0
    compiled = compile_source(printed.out.encode(), published_at=NOON, source_version="")
    assert [each.id for each in compiled.snapshot.entries] == ["a", "b"]
    assert printed.err == "A new document: 2 models added.\n"
    assert [each.name for each in operator.folder.iterdir()] == ["codex.json"]


def test_scripts_get_the_document_and_the_report(operator: Operator, catalog: Path) -> None:
    told = operator.types("import", "codex", catalog, "--json").json

    assert [each["id"] for each in told.pop("document")["models"]] == ["a", "b"]
    assert told == {
        "into": None,
        "unchanged": False,
        "added": ["a", "b"],
        "changed": [],
        "kept": [],
        "vanished": [],
        "unmapped": [],
    }


def test_a_document_is_brought_up_to_date(operator: Operator, catalog: Path, into: Path) -> None:
    first = operator.types("import", "codex", catalog, "--into", into)
    edited = json.loads(into.read_text())
    edited["models"][0]["display_name"] = "By hand"
    into.write_text(json.dumps(edited))
    news = [codex(display_name="News", context_window=2000), codex(slug="c", priority=3)]
    operator.writes({"models": news}, "codex.json")

    second = operator.types("import", "codex", catalog, "--into", into)

    assert (first.code, first.out) == (0, "")
    assert first.err.splitlines() == ["+ a", "+ b", f"{into}: 2 models added."]
    assert (second.code, second.out) == (0, "")
    assert second.err.splitlines() == [
        "+ c",
        "~ a.context_window: 1000 -> 2000",
        '= a.display_name: "By hand" -> "News": edited by hand',
        "? b: no longer in the source",
        (
            f"{into}: 1 model added, 1 field changed, 1 field kept as edited,"
            " 1 model kept though gone."
        ),
    ]
    models = {each["id"]: each for each in json.loads(into.read_text())["models"]}
    assert [*models] == ["a", "b", "c"]
    assert models["a"]["display_name"] == "By hand"
    assert models["a"]["context_window"] == 2000


def test_unchanged_input_leaves_the_file_as_it_is(
    operator: Operator, catalog: Path, into: Path
) -> None:
    operator.types("import", "codex", catalog, "--into", into)
    into.write_text(json.dumps(json.loads(into.read_text()), indent=7))
    before = into.read_bytes()

    printed = operator.types("import", "codex", catalog, "--into", into, "--json")

    assert printed.json["unchanged"] is True
    assert printed.json["into"] == str(into)
    assert "document" not in printed.json
    assert printed.err == f"{into}: nothing new.\n"
    assert into.read_bytes() == before


def test_what_the_source_said_is_kept_for_each_source(
    operator: Operator, catalog: Path, into: Path
) -> None:
    prices = {
        f"{provider}/m": {
            "litellm_provider": provider,
            "mode": "chat",
            "max_input_tokens": 1000,
            "max_output_tokens": 100,
        }
        for provider in ("openai", "x/y")
    }
    price_map = operator.writes(prices, "prices.json")

    operator.types("import", "codex", catalog, "--into", into)
    for provider in ("openai", "x/y"):
        printed = operator.types(
            "import", "litellm", price_map, "--into", into, "--provider", provider
        )
        assert printed.code == 0
        assert "kept though gone" not in printed.err

    kept = into.parent / ".registry.json.imports"
    assert sorted(each.name for each in kept.iterdir()) == [
        "codex.json",
        "litellm-openai.json",
        "litellm-x%2Fy.json",
    ]
    assert len(json.loads(into.read_text())["models"]) == 4


def test_an_empty_import_makes_a_document_too(operator: Operator, into: Path) -> None:
    printed = operator.types("import", "openai", "-", "--into", into, stdin='{"data": []}')

    assert printed.code == 0
    assert json.loads(into.read_text()) == {"models": []}


def test_what_cannot_be_imported_is_told(operator: Operator) -> None:
    listed = {"data": [{"id": f"m{n} no id", "context_length": 5} for n in range(22)]}

    printed = operator.types("import", "openrouter", operator.writes(listed))

    assert printed.code == 0
    lines = printed.err.splitlines()
    assert len(lines) == 22
    assert all(each.startswith("Not imported: data[") for each in lines[:20])
    assert lines[20] == "  ... and 2 more (all of them: --json)"
    assert lines[21] == "A new document: 22 things not imported."


def test_a_file_of_another_kind_is_refused(operator: Operator, catalog: Path) -> None:
    printed = operator.types("import", "openai", catalog)

    assert (printed.code, printed.out) == (1, "")
    assert printed.err.startswith("Error: An OpenAI list was expected")


def test_a_file_that_is_no_json_is_refused(operator: Operator, catalog: Path, into: Path) -> None:
    source = operator.types("import", "codex", "-", stdin=b"{")
    into.write_bytes(b"\xff")
    target = operator.types("import", "codex", catalog, "--into", into)
    into.write_text("[]")
    no_registry = operator.types("import", "codex", catalog, "--into", into)

    assert [source.code, target.code, no_registry.code] == [1, 1, 1]
    assert source.err.splitlines() == [
        "Error: What is to be imported cannot be read.",
        (
            "  The file is not JSON: line 1, column 2:"
            " Expecting property name enclosed in double quotes."
        ),
    ]
    assert target.err.startswith(f"Error: {into} cannot be read.\n")
    assert no_registry.err.startswith("Error: The document is no registry")
    assert into.read_text() == "[]"


def test_only_litellm_has_providers(operator: Operator, catalog: Path) -> None:
    printed = operator.types("import", "codex", catalog, "--provider=openai")

    assert (printed.code, printed.err) == (
        2,
        "Error: --provider chooses among LiteLLM's; other catalogs have none.\n",
    )


def test_a_catalog_nobody_knows_is_wrong_usage(operator: Operator, catalog: Path) -> None:
    printed = operator.types("import", "nope", catalog)

    assert printed.code == 2
    assert "'codex', 'openrouter', 'litellm', 'openai'" in printed.err


def test_a_document_that_cannot_be_written_is_wrong_usage(
    operator: Operator, catalog: Path
) -> None:
    printed = operator.types("import", "codex", catalog, "--into", "/proc/registry.json")

    assert printed.code == 2
    assert printed.err.splitlines()[-1].startswith("Error: /proc/.registry.json.")
