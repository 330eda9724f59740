"""``registry import``: from another catalog's file into an authoring document."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from rich.text import Text

from model_catalog.registry_source import InvalidRegistryError, decode_document
from model_catalog.snapshot import Json
from modelctl.documents import counted, read_document
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.importers import (
    Difference,
    Imported,
    Merged,
    UnreadableSourceError,
    as_text,
    import_codex,
    import_litellm,
    import_openai,
    import_openrouter,
    merge,
)
from modelctl.output import Output, line
from modelctl.reports import change_text, problems_json
from modelctl.whole_files import write_whole

_MOST_LINES = 20  # of each kind
_IMPORTERS: Mapping[str, Callable[[Json], Imported]] = {
    "codex": import_codex,
    "openai": import_openai,
    "openrouter": import_openrouter,
}


def import_models(
    source: str, content: bytes, output: Output, *, into: Path | None, provider: str | None
) -> None:
    """Turn ``content`` into a document and print it, or bring the one in ``into`` up to date.

    Raises:
        RefusedError: one of the files is not what it should be.
        WrongUsageError: there are no providers to choose from.
    """
    imported = _imported(source, content, provider)
    kept = into and _kept(into, source, provider)
    with output.progress("Merging"):
        merged = _merged(imported, into, kept)
    text = as_text(merged.document).encode()
    if into and kept:
        if not merged.unchanged or not into.exists():
            write_whole(into, text)
        write_whole(kept, as_text(merged.last).encode())
    output.note(*_report_lines(merged, imported, into))
    if output.as_json:
        output.answer(_report_json(merged, imported, into))
    elif not into:
        output.verbatim(text)


def _imported(source: str, content: bytes, provider: str | None) -> Imported:
    if provider and source != "litellm":
        raise WrongUsageError("--provider chooses among LiteLLM's; other catalogs have none.")
    document = _decoded(content, "What is to be imported")
    try:
        if source == "litellm":
            return import_litellm(document, provider=provider)
        return _IMPORTERS[source](document)
    except UnreadableSourceError as error:
        raise RefusedError(str(error)) from error


def _kept(into: Path, source: str, provider: str | None) -> Path:
    """Return where it is kept what the source said last, so that hand edits can be told."""
    name = f"{source}-{provider}" if provider else source
    return into.with_name(f".{into.name}.imports") / f"{quote(name, safe='')}.json"


def _merged(imported: Imported, into: Path | None, kept: Path | None) -> Merged:
    try:
        return merge(_document(into), imported, _document(kept))
    except UnreadableSourceError as error:
        raise RefusedError(str(error)) from error


def _document(path: Path | None) -> Json | None:
    if path is None or not path.exists():
        return None
    return _decoded(read_document(path), str(path))


def _decoded(content: bytes, what: str) -> Json:
    try:
        return decode_document(content)
    except InvalidRegistryError as error:
        raise RefusedError(f"{what} cannot be read.", error.problems) from error


def _report_lines(merged: Merged, imported: Imported, into: Path | None) -> Iterator[Text]:
    """Describe what came of it, the first of each kind one by one."""
    if into:
        yield from _first([f"+ {name}" for name in merged.added], "green")
        yield from _first([f"~ {_difference(each)}" for each in merged.changed], "yellow")
        yield from _first([f"= {_difference(each)}: edited by hand" for each in merged.kept])
        yield from _first([f"? {name}: no longer in the source" for name in merged.vanished])
    unmapped = [*imported.unmapped, *merged.left_out]
    yield from _first([f"Not imported: {each}" for each in unmapped], "yellow")
    counts = {
        f"{counted(len(merged.added), 'model')} added": merged.added,
        f"{counted(len(merged.changed), 'field')} changed": merged.changed,
        f"{counted(len(merged.kept), 'field')} kept as edited": merged.kept,
        f"{counted(len(merged.vanished), 'model')} kept though gone": merged.vanished,
        f"{counted(len(unmapped), 'thing')} not imported": unmapped,
    }
    told = ", ".join(text for text, things in counts.items() if things) or "nothing new"
    yield line(f"{into or 'A new document'}: {told}.", "bold")


def _first(texts: Sequence[str], style: str = "") -> Iterator[Text]:
    for text in texts[:_MOST_LINES]:
        yield line(text, style)
    if len(texts) > _MOST_LINES:
        yield line(f"  ... and {len(texts) - _MOST_LINES:,} more (all of them: --json)", style)


def _difference(difference: Difference) -> str:
    name = ".".join(part for part in (difference.model, difference.field) if part)
    return change_text(name, difference.document, difference.source)


def _report_json(merged: Merged, imported: Imported, into: Path | None) -> Json:
    return {
        "into": str(into) if into else None,
        "unchanged": merged.unchanged,
        "added": merged.added,
        "changed": [asdict(each) for each in merged.changed],
        "kept": [asdict(each) for each in merged.kept],
        "vanished": merged.vanished,
        "unmapped": problems_json([*imported.unmapped, *merged.left_out]),
        **({} if into else {"document": merged.document}),
    }
