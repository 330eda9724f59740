"""The registry's page says of every field what the model says of it."""

from pathlib import Path

import pytest

from localcloud.template import PROJECT
from model_catalog.registry_document import Pricing, RegisteredModel
from modelctl.field_reference import main, with_fields

PAGE = PROJECT / "docs" / "registry.md"


def test_the_page_has_not_drifted() -> None:
    assert with_fields(PAGE.read_text()) == PAGE.read_text(), "run `make docs`"


def test_every_field_has_its_row() -> None:
    page = PAGE.read_text()

    for name, field in {**RegisteredModel.model_fields, **Pricing.model_fields}.items():
        assert f"| `{name}` |" in page
        assert field.description is not None
        assert field.description in page


def test_what_people_wrote_around_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- generated -->\nold\n<!-- end -->\nAfter.\n")
    monkeypatch.setattr("sys.argv", ["field_reference", str(page)])

    main()

    lines = page.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("Before.", "After.")
    assert "old" not in lines
    assert "| `id` | text | required | What clients send to ask for it. |" in lines
