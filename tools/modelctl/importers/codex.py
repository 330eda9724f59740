"""Codex's catalog, as ``codex debug models --bundled`` prints it."""

from model_catalog.registry_document import RegisteredModel
from model_catalog.shapes import CODEX_KEYS_OF_METADATA
from model_catalog.snapshot import Json
from modelctl.importers.drafts import Draft
from modelctl.importers.gathering import gather
from modelctl.importers.sources import Imported, Report, listed, objects

_EXPECTED = (
    'Codex\'s catalog was expected, as `codex debug models --bundled` prints it: {"models": [...]}.'
)
_BEST = 1001  # what the best of Codex's priorities, 1, makes 1000
_SAME_NAME = [
    name
    for name in RegisteredModel.model_fields
    if name in CODEX_KEYS_OF_METADATA and name not in {"input_modalities", "priority", "visibility"}
]


def import_codex(document: Json) -> Imported:
    """Read Codex's catalog.

    Codex lists the lowest priority first and counts from 1; the registry lists the highest first.
    So Codex's 1 becomes 1000, its 2 becomes 999, and so on: a model's number depends on nothing
    but its own, which keeps all others as they are when a model is added. What the registry has
    a field for goes there, whatever else is not null goes into the ``codex`` block.

    Raises:
        UnreadableSourceError: it is no such catalog.
    """
    report = Report("models[*]")
    entries = listed(document, "models", named_by="slug", expected=_EXPECTED)
    return gather([_draft(entry, path, report) for path, entry in objects(entries, report)], report)


def _draft(entry: dict[str, Json], path: str, report: Report) -> Draft:
    draft = Draft(entry, path, report)
    draft.copy("id", "slug")
    for name in _SAME_NAME:
        draft.copy(name, name)
    draft.copy_modalities("input_modalities", "input_modalities")
    _put_priority(draft)
    _put_visibility(draft)
    for key, value in entry.items():
        if key not in CODEX_KEYS_OF_METADATA:
            draft.read(key)
            if value is not None:
                draft.put(f"codex.{key}", value, key)
    return draft


def _put_priority(draft: Draft) -> None:
    priority = draft.read("priority")
    if isinstance(priority, int) and not isinstance(priority, bool):
        draft.put("priority", _BEST - priority, "priority")
    elif priority is not None:
        draft.put("priority", priority, "priority")


def _put_visibility(draft: Draft) -> None:
    """Hide what Codex does not list: it knows more ways of that than the registry."""
    visibility = draft.read("visibility")
    if visibility not in (None, "list"):
        draft.put("visibility", "hide", "visibility")
    if visibility not in (None, "list", "hide"):
        draft.leave_out("visibility", visibility, "the model is hidden instead")
