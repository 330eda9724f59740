"""Which of a source's names a document can take: none that it uses for another model."""

from collections.abc import Mapping, Sequence

from model_catalog.registry_source import Problem
from modelctl.importers.three_way import Fields

type Models = Mapping[str, Fields]  # by id


def with_free_names(
    theirs: Models, mine: Models, last: Models
) -> tuple[dict[str, Fields], Sequence[Problem]]:
    """Return ``theirs`` without the names that ``mine`` uses for other models, and these names.

    Args:
        theirs: what the source says.
        mine: what the document says.
        last: what the source said before. An alias that comes from the source can move on.
    """
    owners = _owners(theirs, mine, last)
    free: dict[str, Fields] = {}
    refused: list[Problem] = []
    for name, model in theirs.items():
        if owners.setdefault(name, name) != name:
            refused.append(_refusal(name, owners[name]))
            continue
        aliases = _aliases(model)
        own = [alias for alias in aliases if owners.setdefault(alias, name) == name]
        refused += [_refusal(alias, owners[alias]) for alias in aliases if alias not in own]
        others = {field: value for field, value in model.items() if field != "aliases"}
        free[name] = model if own == aliases else {**others, **({"aliases": own} if own else {})}
    return free, refused


def _owners(theirs: Models, mine: Models, last: Models) -> dict[str, str]:
    """Return which model each name means in the document; new models' own ids come last."""
    owners = {name: name for name in mine}
    for name, model in mine.items():
        aliases = _aliases(model)
        if name in theirs and aliases == _aliases(last.get(name, {})):
            aliases = [alias for alias in aliases if alias in _aliases(theirs[name])]
        owners |= {alias: name for alias in aliases if alias not in owners}
    return {**{name: name for name in theirs}, **owners}


def _aliases(model: Fields) -> list[str]:
    aliases = model.get("aliases")
    return [x for x in aliases if isinstance(x, str)] if isinstance(aliases, list) else []


def _refusal(name: str, owner: str) -> Problem:
    return Problem("", f"`{name}` is left out: in the document it is a name of `{owner}`")
