"""The layout of authoring documents is one that people like to edit, and always the same."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.snapshot import Json
from modelctl.importers import as_text
from support.strategies import json_values

SAMPLE = Path(__file__).parents[2] / "registry" / "models.json"
DOCUMENT = """\
{
  "$schema": "./registry.schema.json",
  "models": [
    {
      "id": "a",
      "aliases": [],
      "groups": ["b", "c"],
      "supported_reasoning_levels": [
        {"effort": "low", "description": "é"}
      ],
      "pricing": {
        "prompt": "1"
      },
      "codex": {
        "truncation_policy": {"mode": "bytes", "limit": 1},
        "upgrade": {
          "model": "b",
          "steps": [1]
        },
        "none": null
      }
    }
  ]
}
"""


def test_models_have_a_line_per_field_and_small_values_one_line() -> None:
    assert as_text(json.loads(DOCUMENT)) == DOCUMENT


def test_the_sample_registry_is_laid_out_like_this() -> None:
    text = SAMPLE.read_text("utf-8")

    assert as_text(json.loads(text)) == text


@pytest.mark.parametrize(("length", "lines"), [(78, 3), (79, 6)])
def test_a_list_that_is_too_wide_has_a_line_per_item(length: int, lines: int) -> None:
    text = as_text({"groups": ["x" * length, "y"]})

    assert len(text.splitlines()) == lines
    assert max(map(len, text.splitlines())) <= 100


def test_an_object_in_a_list_stays_on_its_line_however_wide() -> None:
    level = {"effort": "low", "description": "x" * 200}

    lines = as_text({"models": [{"levels": [level]}]}).splitlines()

    assert f"        {json.dumps(level)}" in lines


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_every_document_reads_back_as_it_was(document: dict[str, Json]) -> None:
    text = as_text(document)

    assert json.loads(text) == document
    assert as_text(json.loads(text)) == text
