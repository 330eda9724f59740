"""A source's models into a document that people edit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json
from modelctl.importers.names import Models, with_free_names
from modelctl.importers.sources import Imported, UnreadableSourceError
from modelctl.importers.three_way import Difference, Fields, follow


@dataclass(frozen=True, slots=True)
class Merged:
    """A document brought up to date, and what that means.

    Attributes:
        document: the document, its models and keys in the order they had, new ones at the end.
        last: what the source says; to be kept, and passed to the next merge from this source.
        added: ids of new models.
        changed: what now says what the source says.
        kept: what says something else than the source, because someone edited or removed it.
        vanished: ids of models that came from this source and are no longer in it.
        left_out: what the source has and the document cannot take.
    """

    document: dict[str, Json]
    last: dict[str, Json]
    added: Sequence[str]
    changed: Sequence[Difference]
    kept: Sequence[Difference]
    vanished: Sequence[str]
    left_out: Sequence[Problem]

    @property
    def unchanged(self) -> bool:
        """Tell whether the document says what it said before."""
        return not self.added and not self.changed


def merge(existing: Json | None, imported: Imported, last: Json | None) -> Merged:
    """Bring ``existing`` up to date with what was imported.

    A field that is as the source last had it follows the source; one that is not was edited by
    hand and stays. Models and fields that someone removed stay away; models that vanish from the
    source stay, as does what the source never had. A name that the document uses already is not
    given to another model.

    Args:
        existing: the authored document; None starts a new one.
        imported: what the source says now.
        last: ``Merged.last`` of the former merge from the same source. Without it nothing is
            known to be as the source had it, and all that the document says stays.

    Raises:
        UnreadableSourceError: ``existing`` or ``last`` is no registry.
    """
    document, mine = _registry(existing, "The document")
    former, before = _registry(last, "What was kept of the last import")
    told, incomplete = _told(imported, mine.keys() | before.keys())
    removed = {name: told.pop(name) for name in before if name in told and name not in mine}
    theirs, refused = with_free_names(told, mine, before)
    new = {name: model for name, model in theirs.items() if name not in mine}
    models = [
        follow(name, model, theirs.get(name, {}), before.get(name, {}))
        for name, model in mine.items()
    ]
    whole = follow(
        "", document, _defaults(imported.codex_defaults), _defaults(former.get("codex_defaults"))
    )
    said = [*(model.last for model in models if model.last), *new.values(), *removed.values()]
    return Merged(
        document={**whole.fields, "models": [*(model.fields for model in models), *new.values()]},
        last={**whole.last, "models": said},
        added=[*new],
        changed=[change for followed in [whole, *models] for change in followed.changed],
        kept=[
            *(difference for followed in [whole, *models] for difference in followed.kept),
            *(Difference(name, "", None, model) for name, model in removed.items()),
        ],
        vanished=[name for name in mine if name in before and name not in theirs],
        left_out=[*incomplete, *refused],
    )


def _registry(document: Json | None, what: str) -> tuple[Fields, Models]:
    """Return the document, and its models by id."""
    whole = {"models": []} if document is None else document
    models = whole.get("models") if isinstance(whole, dict) else None
    named = {
        model["id"]: model
        for model in (models if isinstance(models, list) else [])
        if isinstance(model, dict) and isinstance(model.get("id"), str)
    }
    if not isinstance(whole, dict) or not isinstance(models, list) or len(named) < len(models):
        raise UnreadableSourceError(
            f'{what} is no registry: {{"models": [...]}} was expected, each model with its own id.'
        )
    return whole, named


def _told(imported: Imported, known: Collection[str]) -> tuple[dict[str, Fields], list[Problem]]:
    """Return what can be used of the source by id, and what cannot: parts of unknown models."""
    told: dict[str, Fields] = {}
    incomplete = []
    for part in imported.partial:
        if (name := str(part.fields["id"])) in known:
            told[name] = part.fields
        else:
            message = (
                f"`{name}` is left out: it has no context window, and the document does not have it"
            )
            incomplete.append(Problem(part.path, message))
    return told | {str(model["id"]): model for model in imported.models}, incomplete


def _defaults(defaults: Json) -> Fields:
    return {"codex_defaults": defaults} if defaults else {}
