"""How an authoring document is laid out, so that equal documents are equal texts."""

import json
from collections.abc import Mapping

from model_catalog.snapshot import Json

_WIDTH = 100  # columns
_LINE_PER_KEY = 3  # the document, its models, and what a model's own fields hold


def as_text(document: Mapping[str, Json]) -> str:
    """Return ``document`` as the text of a file.

    Two spaces per level; a list of plain values is on one line if it fits, and so is an object of
    plain values below a model's own fields; an object in a list down there always is.
    """
    return _text(document, depth=0, used=0, in_list=False) + "\n"


def _text(value: Json, *, depth: int, used: int, in_list: bool) -> str:
    """Return ``value`` at ``depth``, where ``used`` columns of its line are taken already."""
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    line = _line(value, depth=depth)
    if line is not None and (used + len(line) < _WIDTH or (in_list and isinstance(value, dict))):
        return line
    indent = "  " * (depth + 1)
    if isinstance(value, dict):
        keys = [f"{json.dumps(key, ensure_ascii=False)}: " for key in value]
        items = [
            key + _text(item, depth=depth + 1, used=len(indent) + len(key), in_list=False)
            for key, item in zip(keys, value.values(), strict=True)
        ]
    else:
        items = [_text(item, depth=depth + 1, used=len(indent), in_list=True) for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n{indent}" + f",\n{indent}".join(items) + f"\n{'  ' * depth}{end}"


def _line(value: dict[str, Json] | list[Json], *, depth: int) -> str | None:
    """Return ``value`` on one line, or None if it has to have several."""
    if isinstance(value, dict) and depth <= _LINE_PER_KEY:
        return None
    inner = value.values() if isinstance(value, dict) else value
    if any(isinstance(item, dict | list) and item for item in inner):
        return None
    return json.dumps(value, ensure_ascii=False)
