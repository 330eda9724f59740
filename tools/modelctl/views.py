"""``registry show``: what is live or the newest source, as a whole or one model of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from model_catalog.registry_source import InvalidRegistryError, decode_document
from model_catalog.registry_store import S3RegistryStore, Source
from model_catalog.shapes import utc_text
from model_catalog.snapshot import CatalogEntry, Json, dump
from modelctl.failures import RefusedError
from modelctl.live import described, live_snapshot, signed
from modelctl.output import Output, line, table
from modelctl.reports import shortened

_WIDEST_VALUE = 200  # characters


def show_live(store: S3RegistryStore, output: Output, model: str | None) -> None:
    """Print what is live, or one model of it.

    Raises:
        RefusedError: nothing is live, or no such model.
    """
    live = live_snapshot(store, output)
    if live is None:
        raise RefusedError("Nothing is live. Publish with: modelctl registry publish")
    if model is None:
        output.answer(
            json.loads(dump(live)),
            table(
                ("", "Model", "Context", "Output", "Priority", "Seen"),
                (_row(place, entry) for place, entry in enumerate(live.entries, 1)),
            ),
            line(f"Live: {described(live)}.", "bold"),
        )
        return
    entry = live.find(model)
    if entry is None:
        raise RefusedError(f"No model {model} is live. See: modelctl registry show")
    output.answer(asdict(entry), table(("", ""), _fields(asdict(entry))))


def show_source(store: S3RegistryStore, output: Output, model: str | None) -> None:
    """Print the newest source byte for byte, or one model of it.

    Raises:
        RefusedError: there is no source, or no such model in it.
    """
    source = store.read_source()
    if source is None:
        raise RefusedError("There is no source. Write one with: modelctl registry publish")
    if model is not None:
        found = _authored(_document(source), model)
        text = json.dumps(found, ensure_ascii=False, indent=2)
        output.answer(found, *map(line, text.splitlines()))
    elif output.as_json:
        output.answer(
            {
                "version": source.version,
                "written_at": utc_text(source.written_at),
                "metadata": dict(source.metadata),
                "sha256": source.sha256,
                "document": _document(source),
            }
        )
    else:
        output.note(line(f"{signed(source)}."))
        output.verbatim(source.content)


def _row(place: int, entry: CatalogEntry) -> tuple[str, ...]:
    return (
        str(place),
        entry.id,
        f"{entry.context_window:,}",
        f"{entry.max_output_tokens:,}" if entry.max_output_tokens else "",
        str(entry.priority),
        _seen(entry),
    )


def _seen(entry: CatalogEntry) -> str:
    if not entry.supported_in_api:
        return "nowhere"
    return "in lists" if entry.listed else "by name"


def _fields(fields: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Describe fields one by one, those of objects, too."""
    for name, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield from _fields({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            yield name, shortened(json.dumps(value, ensure_ascii=False), _WIDEST_VALUE)


def _document(source: Source) -> Json:
    try:
        return decode_document(source.content)
    except InvalidRegistryError as error:
        raise RefusedError(f"{signed(source)}, but it cannot be read.", error.problems) from error


def _authored(document: Json, name: str) -> Json:
    models = document.get("models") if isinstance(document, Mapping) else None
    for model in models if isinstance(models, list) else []:
        if isinstance(model, Mapping) and name in (model.get("id"), *_aliases(model)):
            found: Json = model
            return found
    raise RefusedError(f"The newest source has no model {name}.")


def _aliases(model: Mapping[str, Json]) -> list[Json]:
    aliases = model.get("aliases")
    return aliases if isinstance(aliases, list) else []
