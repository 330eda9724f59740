"""Which keys are listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from model_catalog.api_keys import KeyStatus
from model_catalog.key_records import KeyRecord
from model_catalog.selection import AllowList
from model_catalog.snapshot import CatalogEntry


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What keys are looked for; None and empty are any.

    Attributes:
        status: how they stand now.
        name: a part of their name, in any case.
        owner: whom they belong to.
        tags: tags they have, each with its text.
        model: a model they may use.
        expires_before: they expire by then, or have.
        unused_since: nobody has used them since; one that never was, was made by then.
    """

    status: KeyStatus | None = None
    name: str = ""
    owner: str | None = None
    tags: Iterable[tuple[str, str]] = ()
    model: CatalogEntry | None = None
    expires_before: datetime | None = None
    unused_since: datetime | None = None

    def matches(self, record: KeyRecord, now: datetime) -> bool:
        """Tell whether ``record`` is looked for."""
        key = record.key
        return (
            self.status in (None, key.status_at(now))
            and self.name.casefold() in key.name.casefold()
            and self.owner in (None, record.owner)
            and all(record.tags.get(name) == text for name, text in self.tags)
            and (self.model is None or _may_use(record, self.model))
            and (self.expires_before is None or _is_by(key.expires_at, self.expires_before))
            and (self.unused_since is None or _last_seen(record) <= self.unused_since)
        )


def _may_use(record: KeyRecord, model: CatalogEntry) -> bool:
    return model.supported_in_api and AllowList(record.key.allowed_models).permits(model)


def _is_by(moment: datetime | None, end: datetime) -> bool:
    return moment is not None and moment <= end


def _last_seen(record: KeyRecord) -> datetime:
    return record.last_used_at or record.created_at
