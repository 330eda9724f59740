"""Differences and those they affect, as people read them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json
from modelctl.differences import Differences, FieldChange
from modelctl.documents import counted
from modelctl.output import line
from modelctl.reach import Affected

_WIDEST_VALUE = 60  # characters
_MOST_LINES = 20  # of differences, beside something else
_MOST_WARNINGS = 10  # likewise
_LEAD = 10  # characters of what is the same, before the first that differs


def difference_lines(differences: Differences) -> Iterator[Text]:
    """Describe all differences, and sum them up at the end."""
    for added in differences.added:
        yield line(f"+ {added.id}  at place {added.place}", "green")
    for removed in differences.removed:
        yield line(f"- {removed.id}  from place {removed.place}", "red")
    for changed in differences.changed:
        yield line(f"~ {changed.id}", "yellow")
        yield from map(_change_line, changed.fields)
    for moved in differences.moved:
        yield line(f"> {moved.id}  from place {moved.before} to {moved.after}", "cyan")
    if differences.document:
        yield line("~ the document", "yellow")
        yield from map(_change_line, differences.document)
    yield line(f"In all: {differences}.", "bold")


def first_difference_lines(differences: Differences) -> Iterator[Text]:
    """Describe the first differences, and sum up all of them."""
    *lines, summary = difference_lines(differences)
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield line("  ...")
    yield summary


def affected_lines(found: Affected) -> Iterator[Text]:
    """Describe how many keys gain or lose models."""
    yield line(
        f"Of {counted(found.active, 'active key')}, {found.gaining:,} would gain models"
        f" and {found.losing:,} would lose some.",
        "bold",
    )
    yield from _first_counts(found.gained, "gain", "green")
    yield from _first_counts(found.lost, "lose", "red")
    if found.inactive:
        yield line(f"Not counted: {counted(found.inactive, 'key')} that cannot list models now.")
    yield from unreadable_lines(found.unreadable)


def unreadable_lines(key_ids: Sequence[str]) -> Iterator[Text]:
    """Warn of keys that cannot be read, if there are any."""
    if key_ids:
        yield line(
            f"Warning: {counted(len(key_ids), 'key')} cannot be read, and whoever uses"
            f" one gets a 503: {', '.join(key_ids)}",
            "yellow",
        )


def _first_counts(keys_by_model: Counter[str], verb: str, style: str) -> Iterator[Text]:
    for model, number in keys_by_model.most_common(_MOST_LINES):
        yield line(f"    {model}: {counted(number, 'key')} would {verb} it", style)
    if len(keys_by_model) > _MOST_LINES:
        yield line(f"    ... and {len(keys_by_model) - _MOST_LINES:,} more models", style)


def warning_lines(warnings: Iterable[Problem]) -> Iterator[Text]:
    """Describe what an author may want to look at again."""
    return (line(f"Warning: {warning}", "yellow") for warning in warnings)


def first_warning_lines(warnings: Sequence[Problem]) -> Iterator[Text]:
    """Describe the first warnings, and say where the others are."""
    yield from warning_lines(warnings[:_MOST_WARNINGS])
    if len(warnings) > _MOST_WARNINGS:
        more = len(warnings) - _MOST_WARNINGS
        yield line(f"... and {more:,} more warnings: modelctl registry validate", "yellow")


def problems_json(problems: Iterable[Problem]) -> list[Json]:
    """Return problems or warnings for scripts."""
    return [{"path": each.path, "message": each.message} for each in problems]


def change_text(field: str, before: Json, after: Json) -> str:
    """Return what a field said and says, long values cut to where they begin to differ."""
    written = _written(before), _written(after)
    pairs = enumerate(zip(*written, strict=False))
    start = next((place for place, (one, other) in pairs if one != other), 0) - _LEAD
    old, new = (shortened(text, _WIDEST_VALUE, start) for text in written)
    return f"{field}: {old} -> {new}"


def _change_line(change: FieldChange) -> Text:
    return line(f"    {change_text(change.field, change.before, change.after)}")


def _written(value: Json) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def shortened(text: str, width: int, start: int = 0) -> str:
    """Cut a long text to ``width`` characters from ``start``, and say how long it is."""
    if len(text) <= width:
        return text
    start = max(0, min(start, len(text) - width))
    before, after = "..." if start else "", "..." if start + width < len(text) else ""
    return f"{before}{text[start : start + width]}{after} ({len(text):,} characters)"
