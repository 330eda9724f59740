"""OpenRouter's list, as ``GET /api/v1/models`` answers it."""

from collections import defaultdict
from collections.abc import Mapping

from model_catalog.snapshot import Json
from modelctl.importers.drafts import Draft
from modelctl.importers.gathering import gather
from modelctl.importers.sources import Imported, Report, listed, objects

_EXPECTED = 'OpenRouter\'s list was expected, as /api/v1/models answers it: {"data": [...]}.'
_PRICES = (
    "prompt",
    "completion",
    "input_cache_read",
    "input_cache_write",
    "internal_reasoning",
    "request",
    "web_search",
)


def import_openrouter(document: Json) -> Imported:
    """Read OpenRouter's list.

    The list's order says nothing of a model's rank, so there are no priorities. ``pricing.image``
    is documented as the price of an image, but holds that of an image's token: it is left out.

    Raises:
        UnreadableSourceError: it is no such list.
    """
    report = Report("data[*]")
    entries = dict(objects(listed(document, "data", named_by="id", expected=_EXPECTED), report))
    owners = _owners_of_slugs(entries)
    return gather([_draft(entry, path, report, owners) for path, entry in entries.items()], report)


def _draft(
    entry: dict[str, Json], path: str, report: Report, owners: Mapping[str, str | None]
) -> Draft:
    draft = Draft(entry, path, report)
    draft.copy("id", "id")
    draft.copy("display_name", "name")
    draft.copy("description", "description")
    draft.copy("context_window", "context_length", "top_provider.context_length")
    draft.copy("max_output_tokens", "top_provider.max_completion_tokens")
    draft.copy("supported_parameters", "supported_parameters")
    draft.copy("shutdown_date", "expiration_date")
    draft.copy_modalities("input_modalities", "architecture.input_modalities")
    draft.copy_modalities("output_modalities", "architecture.output_modalities")
    draft.read("architecture.modality")  # both of them in other words
    for kind in _PRICES:
        draft.copy_price(kind, f"pricing.{kind}")
    image = draft.read("pricing.image")
    if image is not None:
        draft.count("pricing.image", "is left out: the price of an image is not certain from it")
    _put_alias(draft, entry, owners)
    return draft


def _put_alias(draft: Draft, entry: dict[str, Json], owners: Mapping[str, str | None]) -> None:
    slug = draft.read("canonical_slug")
    if slug in (None, entry.get("id")):
        return
    owner = owners.get(slug) if isinstance(slug, str) else draft.path
    if owner == draft.path:
        draft.put("aliases", [slug], "canonical_slug")
    else:
        draft.leave_out("canonical_slug", slug, f"it names {owner or 'several variants'}")


def _owners_of_slugs(entries: Mapping[str, dict[str, Json]]) -> dict[str, str | None]:
    """Return the path of the one model each slug names: by its id, else as an alias.

    Of the variants of a model, as ``x`` and ``x:free``, it names the one without a suffix.
    """
    plain: defaultdict[str, list[str]] = defaultdict(list)
    variants: defaultdict[str, list[str]] = defaultdict(list)
    ids: dict[str, str] = {}
    for path, entry in entries.items():
        model, slug = entry.get("id"), entry.get("canonical_slug")
        if isinstance(model, str) and model not in ids:
            ids[model] = path
            if isinstance(slug, str):
                (variants if ":" in model else plain)[slug].append(path)
    named = {slug: plain.get(slug) or variants[slug] for slug in [*plain, *variants]}
    return {slug: paths[0] if len(paths) == 1 else None for slug, paths in named.items()} | ids
