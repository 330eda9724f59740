"""What would change if one snapshot took another's place: model by model, field by field."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from itertools import accumulate

from model_catalog.snapshot import CatalogEntry, Json, Snapshot

_MOST_NAMES = 3  # in a summary


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a field, or a part of one (``pricing.prompt``), said and says; None is nothing."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class ModelChange:
    """The fields of one model that say something else."""

    id: str
    fields: Sequence[FieldChange]


@dataclass(frozen=True, slots=True)
class Placed:
    """A model and its place in the order of all, from 1."""

    id: str
    place: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A model that passed others, and its places in the order of all, from 1."""

    id: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Differences:
    """All that is different between two snapshots.

    Attributes:
        added: models only the new one has, at their places there.
        removed: models only the old one has, at their places there.
        changed: models both have, with fields that differ.
        moved: the fewest models whose moving makes the old order the new one.
        document: what differs outside of the models.
    """

    added: Sequence[Placed]
    removed: Sequence[Placed]
    changed: Sequence[ModelChange]
    moved: Sequence[Moved]
    document: Sequence[FieldChange]

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.added or self.removed or self.changed or self.moved or self.document)

    def __str__(self) -> str:
        """Sum them up in a line."""
        named = {
            "added": [each.id for each in self.added],
            "removed": [each.id for each in self.removed],
            "changed": [each.id for each in self.changed],
            "moved": [each.id for each in self.moved],
        }
        parts = [f"{len(ids)} {verb} ({_names(ids)})" for verb, ids in named.items() if ids]
        return ", ".join([*parts, *(each.field for each in self.document)]) or "no difference"


def compare(before: Snapshot, after: Snapshot) -> Differences:
    """Return what would change if ``after`` took the place of ``before``."""
    old = {entry.id: entry for entry in before.entries}
    new = {entry.id: entry for entry in after.entries}
    changes = ((name, [*_model_changes(old[name], new[name])]) for name in new if name in old)
    return Differences(
        added=[Placed(name, place) for name, place in _places(after).items() if name not in old],
        removed=[Placed(name, place) for name, place in _places(before).items() if name not in new],
        changed=[ModelChange(name, found) for name, found in changes if found],
        moved=_moved(before, after),
        document=[
            *_changes(
                "codex_defaults.base_instructions",
                before.codex_instructions or None,
                after.codex_instructions or None,
            )
        ],
    )


def _places(snapshot: Snapshot) -> dict[str, int]:
    return {entry.id: place for place, entry in enumerate(snapshot.entries, 1)}


def _model_changes(before: CatalogEntry, after: CatalogEntry) -> Iterator[FieldChange]:
    for field in fields(CatalogEntry):
        yield from _changes(field.name, getattr(before, field.name), getattr(after, field.name))


def _changes(path: str, before: Json, after: Json) -> Iterator[FieldChange]:
    """Compare two values: objects part by part, all else as it is written."""
    if repr(before) == repr(after) or _written(before) == _written(after):
        return
    old, new = _object(before), _object(after)
    parts = [
        change
        for key in {**(old or {}), **(new or {})}
        if old is not None and new is not None
        for change in _changes(f"{path}.{key}", old.get(key), new.get(key))
    ]
    yield from parts or [FieldChange(path, before, after)]


def _object(value: Json) -> Mapping[str, Json] | None:
    """Return an object, empty in place of none; None for any other value."""
    return {} if value is None else value if isinstance(value, Mapping) else None


def _written(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def _moved(before: Snapshot, after: Snapshot) -> list[Moved]:
    """Return the fewest models whose moving explains the new order.

    Models of the same priority as before keep their order among each other, so whoever passed
    one of them has moved. Of the others, as many as possible count as having stayed.
    """
    old, new = _places(before), _places(after)
    priorities = {entry.id: entry.priority for entry in before.entries}
    steady = {entry.id for entry in after.entries if entry.priority == priorities.get(entry.id)}
    passed_before, passed_after = _passed(before, steady), _passed(after, steady)
    common = [name for name in new if name in old]
    candidates = [name for name in common if passed_before[name] == passed_after[name]]
    stayed = {candidates[n] for n in _longest_rise([old[name] for name in candidates])}
    return [Moved(name, old[name], new[name]) for name in common if name not in stayed]


def _passed(snapshot: Snapshot, steady: AbstractSet[str]) -> dict[str, int]:
    """Return how many of ``steady`` come before each model."""
    ids = [entry.id for entry in snapshot.entries]
    counts = accumulate((name in steady for name in ids), initial=0)
    return dict(zip(ids, counts, strict=False))


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """Return the positions of a longest rising subsequence of distinct ``numbers``.

    For each length so far it knows the rise that ends lowest, and for each number the one before.
    """
    lowest: list[int] = []  # numbers, ascending; rises of length 1, 2, ... end with them
    ends: list[int] = []  # their positions
    earlier: list[int | None] = []
    for position, number in enumerate(numbers):
        length = bisect_left(lowest, number)
        earlier.append(ends[length - 1] if length else None)
        lowest[length : length + 1] = [number]
        ends[length : length + 1] = [position]
    rise: list[int] = []
    at = ends[-1] if ends else None
    while at is not None:
        rise.append(at)
        at = earlier[at]
    return rise


def _names(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_MOST_NAMES])
    return shown if len(ids) <= _MOST_NAMES else f"{shown}, ..."
