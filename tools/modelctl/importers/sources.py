"""What every importer answers, and what it refuses to read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json


class UnreadableSourceError(Exception):
    """The file is not of the format it was said to be; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What a source says of a model without telling its context window, which a model needs.

    It can only complete a model that the document already has.

    Attributes:
        path: where the source says it.
        fields: the authored fields, ``id`` among them.
    """

    path: str
    fields: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a source says, in the registry's own terms.

    Attributes:
        models: authored models in the source's order, defaults left out, each valid by itself;
            no id or alias means two of them.
        codex_defaults: what holds for all models, if the source has such a thing.
        unmapped: what could not be mapped, each with its path in the source; a ``*`` in a path
            stands for as many entries as the message counts.
        partial: models that are not described whole.
    """

    models: Sequence[dict[str, Json]]
    codex_defaults: dict[str, Json] | None
    unmapped: Sequence[Problem]
    partial: Sequence[Partial] = ()


class Report:
    """Collects what could not be mapped: one by one, or counted where it is the same for many."""

    def __init__(self, everywhere: str) -> None:
        """Start empty; ``everywhere`` is the path that stands for any entry: ``data[*]``."""
        self._everywhere = everywhere
        self._problems: list[Problem] = []
        self._counted: Counter[tuple[str, str]] = Counter()

    def add(self, path: str, message: str) -> None:
        """Report one place of the source."""
        self._problems.append(Problem(path, message))

    def count(self, place: str, message: str) -> None:
        """Report the same place of one more entry."""
        self._counted[place, message] += 1

    def problems(self) -> Sequence[Problem]:
        """Return everything reported, what was counted at the end."""
        counted = [
            Problem(f"{self._everywhere}.{place}", f"{message} (entries: {number:,})")
            for (place, message), number in self._counted.items()
        ]
        return [*self._problems, *counted]


def listed(document: Json, key: str, *, named_by: str, expected: str) -> Mapping[str, Json]:
    """Return the entries listed under ``key``, each by its path.

    Raises:
        UnreadableSourceError: there is no such list, or nothing in it has the key ``named_by``.
    """
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise UnreadableSourceError(expected)
    if found and not any(isinstance(entry, dict) and named_by in entry for entry in found):
        raise UnreadableSourceError(f"{expected} Nothing in it has the key `{named_by}`.")
    return {f"{key}[{number}]": entry for number, entry in enumerate(found)}


def objects(entries: Mapping[str, Json], report: Report) -> Iterator[tuple[str, dict[str, Json]]]:
    """Return the entries that are objects, with their paths; report the others."""
    for path, entry in entries.items():
        if isinstance(entry, dict):
            yield path, entry
        else:
            report.add(path, "is left out: it is no object")
