"""Keys as operators keep them: whose they are, how they are used, and who changed what."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from model_catalog.api_keys import ApiKey
from model_catalog.limits import Counts, Usage, Window
from model_catalog.shapes import utc_text
from model_catalog.snapshot import Json

_DIGEST_LENGTH = 32  # hex digits: 128 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key with all that is stored of it.

    Attributes:
        key: what decides over its requests.
        owner: whom to ask about it, or "".
        tags: what else operators note of it, by name.
        created_at: when it was made.
        created_by: who made it.
        last_used_at: when it last was admitted, if ever.
        counts: the requests counted in windows of late.
        version: how many times it was written by operators; nobody else changes it.
    """

    key: ApiKey
    owner: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None
    counts: Counts = field(default_factory=dict)
    version: int = 1

    def usage(self, now: datetime) -> Usage:
        """Return how the key's windows stand at ``now``."""
        return Usage(limits=self.key.limits, counts=self.counts, now=now)

    @property
    def facts(self) -> dict[str, Json]:
        """Return what operators set of it, for people and scripts; secrets leave no trace in it."""
        key = self.key
        return {
            "name": key.name,
            "owner": self.owner,
            "tags": dict(self.tags),
            "status": key.status,
            "prefix": key.prefix,
            "allowed_models": sorted(key.allowed_models),
            "permissions": sorted(key.permissions),
            "allowed_ips": sorted(map(str, key.allowed_ips)),
            "limits": {window: key.limits[window] for window in Window if window in key.limits},
            "expires_at": _time(key.expires_at),
            "previous_expires_at": _time(key.previous_expires_at),
        }


@dataclass(frozen=True, slots=True)
class UnreadableKey:
    """An item that should be a key, and that nobody can read; whoever uses it gets a 503."""

    key_id: str


class Action(StrEnum):
    """What an operator did to a key."""

    CREATED = "created"
    IMPORTED = "imported"
    UPDATED = "updated"
    DISABLED = "disabled"
    ENABLED = "enabled"
    REVOKED = "revoked"
    ROTATED = "rotated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: by AWS's name for them, or user and machine, and on which machine."""

    name: str
    host: str


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact of a key before and after; null where the key was not there."""

    fact: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who did what to which key, when, and what that changed.

    Attributes:
        key_id: the key's.
        key_name: what the key was called then.
        action: what was done.
        at: when, by the clock of whoever did it.
        actor: who, and from which machine.
        version: the key's, once it was done.
        changes: the facts that changed.
        intact: whether it reads as it was written.
    """

    key_id: str
    key_name: str
    action: Action
    at: datetime
    actor: Actor
    version: int
    changes: tuple[FactChange, ...]
    intact: bool = True

    @property
    def sort_key(self) -> str:
        """Return where it lies in its key's trail: its time, and a digest of all it says.

        So it cannot be replaced in its place without showing that it was.
        """
        told = [
            self.key_id,
            self.key_name,
            self.action,
            utc_micros(self.at),
            self.actor.name,
            self.actor.host,
            self.version,
            self.changes_text,
        ]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        return f"{utc_micros(self.at)}#{digest[:_DIGEST_LENGTH]}"

    @property
    def changes_text(self) -> str:
        """Return the changes as they are stored."""
        return json.dumps({each.fact: [each.before, each.after] for each in self.changes})


@dataclass(frozen=True, slots=True)
class UnreadableAudit:
    """Something in a key's trail that is no audit record, by the place where it lies."""

    key_id: str
    sort_key: str


def changes_between(before: KeyRecord | None, after: KeyRecord | None) -> tuple[FactChange, ...]:
    """Return the facts in which two states of a key differ; None is a key that is not there."""
    old, new = (record.facts if record else {} for record in (before, after))
    return tuple(
        FactChange(fact, old.get(fact), new.get(fact))
        for fact in old | new
        if (old.get(fact) or None) != (new.get(fact) or None)  # empty is as good as not there
    )


def utc_micros(moment: datetime) -> str:
    """Return ``moment`` in ISO 8601, in UTC and to the microsecond, so that texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _time(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None
