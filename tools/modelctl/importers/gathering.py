"""What all drafts of a source come to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from modelctl.importers.drafts import Draft
from modelctl.importers.sources import Imported, Partial, Report

if TYPE_CHECKING:
    from model_catalog.snapshot import Json


def gather(drafts: Iterable[Draft], report: Report) -> Imported:
    """Finish ``drafts``: whole models, parts of models, and all that could not be mapped.

    A model that has no name is called by its id.
    """
    models: list[dict[str, Json]] = []
    partial: list[Partial] = []
    first: dict[Json, str] = {}
    for draft in drafts:
        fields = draft.finish()
        if fields is None:
            continue
        if fields["id"] in first:
            draft.refuse("", f"{first[fields['id']]} has the same id")
        elif "context_window" in fields:
            names = {"id": fields["id"], "display_name": fields["id"]}
            models.append({**names, **fields})
        else:
            partial.append(Partial(draft.path, fields))
        first.setdefault(fields["id"], draft.path)
    return Imported(models, None, report.problems(), partial)
