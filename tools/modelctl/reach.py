"""Who would notice: the keys for which models appear or disappear."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cache

from model_catalog.api_keys import MODELS_READ, ApiKey, KeyStatus
from model_catalog.key_records import UnreadableKey
from model_catalog.selection import AllowList
from model_catalog.snapshot import CatalogEntry, Snapshot

type Contested = tuple[str, CatalogEntry | None, CatalogEntry | None]  # id, before, after
type Access = tuple[bool, str, tuple[str, ...], tuple[str, ...]]


class Reach(IntEnum):
    """How far a key gets with a model."""

    NOTHING = 0
    RETRIEVED = 1  # by its name, as hidden models are
    LISTED = 2


@dataclass(frozen=True, slots=True)
class AffectedKey:
    """A key for which models appear or disappear."""

    key_id: str
    name: str
    gained: Sequence[str]
    lost: Sequence[str]


@dataclass(frozen=True, slots=True)
class Affected:
    """What a new snapshot would mean for the keys.

    Attributes:
        active: how many keys can list models now.
        inactive: how many cannot, and are left out of the rest.
        unreadable: items that are no key anybody can use, by their names in the table.
        keys: those for which models appear or disappear.
    """

    active: int
    inactive: int
    unreadable: Sequence[str]
    keys: Sequence[AffectedKey]

    @property
    def gaining(self) -> int:
        """Return for how many keys models appear."""
        return sum(bool(key.gained) for key in self.keys)

    @property
    def losing(self) -> int:
        """Return for how many keys models disappear."""
        return sum(bool(key.lost) for key in self.keys)

    @property
    def gained(self) -> Counter[str]:
        """Return for how many keys each model appears."""
        return Counter(model for key in self.keys for model in key.gained)

    @property
    def lost(self) -> Counter[str]:
        """Return for how many keys each model disappears."""
        return Counter(model for key in self.keys for model in key.lost)


def affected(
    keys: Iterable[ApiKey | UnreadableKey], before: Snapshot, after: Snapshot, now: datetime
) -> Affected:
    """Return who would gain or lose models if ``after`` took the place of ``before``.

    A model is gained or lost when it appears in the key's list or disappears from it, or when it
    can be retrieved by its name at last or no longer.
    """
    contested = [*_contested(before, after)]
    gains_of = cache(lambda patterns: _gains(contested, AllowList(patterns)))  # many share theirs
    active, inactive = 0, 0
    unreadable: list[str] = []
    found: list[AffectedKey] = []
    for key in keys:
        if isinstance(key, UnreadableKey):
            unreadable.append(key.key_id)
        elif key.status_at(now) is not KeyStatus.ACTIVE or MODELS_READ not in key.permissions:
            inactive += 1
        else:
            active += 1
            gained, lost = gains_of(key.allowed_models)
            if gained or lost:
                found.append(AffectedKey(key.key_id, key.name, gained, lost))
    return Affected(active, inactive, unreadable, found)


def _contested(before: Snapshot, after: Snapshot) -> Iterator[Contested]:
    """Find the models that some key may see before and not after, or the other way round."""
    old = {entry.id: entry for entry in before.entries}
    new = {entry.id: entry for entry in after.entries}
    for name in {**old, **new}:
        pair = old.get(name), new.get(name)
        one, other = map(_access, pair)
        if one != other:
            yield name, *pair


def _access(entry: CatalogEntry | None) -> Access | None:
    """Return what decides over who may see a model."""
    if entry is None:
        return None
    return entry.supported_in_api, entry.visibility, entry.aliases, entry.groups


def _gains(contested: Sequence[Contested], allowed: AllowList) -> tuple[list[str], list[str]]:
    """Return what whoever has ``allowed`` gains and loses."""
    reaches = [(name, _reach(old, allowed), _reach(new, allowed)) for name, old, new in contested]
    gained = [name for name, old, new in reaches if new > old]
    lost = [name for name, old, new in reaches if new < old]
    return gained, lost


def _reach(entry: CatalogEntry | None, allowed: AllowList) -> Reach:
    if entry is None or not entry.supported_in_api or not allowed.permits(entry):
        return Reach.NOTHING
    return Reach.LISTED if entry.listed else Reach.RETRIEVED
