"""The registry's fields as Markdown, written into ``docs/registry.md``."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from model_catalog.registry_document import (
    CodexDefaults,
    Pricing,
    ReasoningLevel,
    RegisteredModel,
    Registry,
    ServiceTier,
)

_PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The document", Registry),
    ("`codex_defaults`", CodexDefaults),
    ("A model", RegisteredModel),
    ("An item of `supported_reasoning_levels`", ReasoningLevel),
    ("An item of `service_tiers`", ServiceTier),
    ("`pricing`", Pricing),
)
_GENERATED = re.compile(r"(<!-- generated [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)


def with_fields(page: str) -> str:
    """Return ``page`` with its generated part made anew."""
    return _GENERATED.sub(lambda marks: f"{marks[1]}\n{_tables()}\n{marks[2]}", page)


def _tables() -> str:
    return "\n".join(f"### {title}\n\n{_table(part)}" for title, part in _PARTS)


def _table(part: type[BaseModel]) -> str:
    schema = part.model_json_schema(by_alias=True)
    rows = [
        f"| `{name}` | {_kind(field)} | {_default(field)} | {field['description']} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join(["| field | values | if left out | |", "| --- | --- | --- | --- |", *rows, ""])


def _default(field: dict[str, Any]) -> str:
    if "default" not in field:
        return "required"
    return "unknown" if field["default"] is None else f"`{json.dumps(field['default'])}`"


def _kind(field: dict[str, Any]) -> str:
    """Say in words what a field's schema allows."""
    if choices := [choice for choice in field.get("anyOf", []) if choice.get("type") != "null"]:
        return _kind(choices[0])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "$ref" in field:
        return "object"
    if field["type"] == "array":
        return f"list of {_kind(field['items'])}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}[field["type"]]


def main() -> None:
    """Make the generated part of the page named on the command line anew."""
    page = Path(sys.argv[1])
    page.write_text(with_fields(page.read_text()))


if __name__ == "__main__":
    main()
