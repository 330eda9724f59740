"""How a source becomes the live snapshot: one writer, whole documents, the newest source last."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from model_catalog.registry import Compiled, compile_source
from model_catalog.registry_source import InvalidRegistryError, Problem
from model_catalog.registry_store import LiveObject, Source, WriteConflictError
from model_catalog.snapshot import Snapshot, UnreadableSnapshotError, dump, load

_ATTEMPTS = 10


class RegistryStore(Protocol):
    """Where sources are read and the live snapshot is written."""

    def read_live(self) -> LiveObject | None:
        """Return the live snapshot, or None if there is none."""

    def read_source(self) -> Source | None:
        """Return the newest source, or None if there is none."""

    def write_live(self, content: bytes, *, replacing: str | None) -> None:
        """Put ``content`` in the place of the live object with the entity tag ``replacing``."""

    def write_rejection(self, version: str, report: bytes) -> None:
        """Store why the source of ``version`` was rejected."""


class PublishingContestedError(Exception):
    """Other publishers were faster, again and again."""


@dataclass(frozen=True, slots=True)
class Published:
    """A source became live."""

    compiled: Compiled


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What is live was made from this very source, or there is no source at all."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A source was refused; what is live was not touched."""

    version: str
    problems: Sequence[Problem]


type Outcome = Published | Unchanged | Rejected


class Publisher:
    """Makes the newest source live if it is valid."""

    def __init__(self, store: RegistryStore, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def publish(self) -> Outcome:
        """Compile the newest source and put it in the live snapshot's place.

        The live object's entity tag is read before the source: whoever publishes an older source
        then finds the tag changed and starts again with the newer one.

        Raises:
            PublishingContestedError: other publishers were faster every time.
            RegistryUnavailableError: the bucket did not answer.
        """
        for _ in range(_ATTEMPTS):
            live = self._store.read_live()
            source = self._store.read_source()
            held = _readable(live)
            if source is None or (held and held.source_sha256 == source.sha256):
                return Unchanged()
            try:
                compiled = compile_source(
                    source.content, published_at=self._clock(), source_version=source.version
                )
                check_removals(held, compiled.snapshot, allowed=source.allows_removals)
            except InvalidRegistryError as error:
                self._store.write_rejection(source.version, self._report(source, error))
                return Rejected(source.version, error.problems)
            try:
                self._store.write_live(
                    dump(compiled.snapshot), replacing=live.etag if live else None
                )
            except WriteConflictError:
                continue
            return Published(compiled)
        raise PublishingContestedError

    def _report(self, source: Source, error: InvalidRegistryError) -> bytes:
        report = {
            "source_version": source.version,
            "source_sha256": source.sha256,
            "rejected_at": self._clock().isoformat(timespec="seconds"),
            "problems": [
                {"path": problem.path, "message": problem.message} for problem in error.problems
            ],
        }
        return json.dumps(report, ensure_ascii=False, indent=2).encode()


def check_removals(live: Snapshot | None, new: Snapshot, *, allowed: bool) -> None:
    """Refuse to publish nothing, to list nothing any more, or to drop most of it, by mistake.

    Raises:
        InvalidRegistryError: it would, and the operator did not say that it is meant.
    """
    if allowed:
        return
    if not new.entries:
        raise InvalidRegistryError(
            [Problem("models", "is empty; to publish no model, allow removals")]
        )
    listed = sum(entry.listed for entry in live.entries) if live else 0
    if listed and not any(entry.listed for entry in new.entries):
        message = f"lists none, and {listed} are listed now; if you mean it, allow removals"
        raise InvalidRegistryError([Problem("models", message)])
    before = {entry.id for entry in live.entries} if live else set()
    removed = before - {entry.id for entry in new.entries}
    if 2 * len(removed) > len(before):
        message = (
            f"drops {len(removed)} of the {len(before)} live models; if you mean it, allow removals"
        )
        raise InvalidRegistryError([Problem("models", message)])


def _readable(live: LiveObject | None) -> Snapshot | None:
    """Return what is live; a snapshot nobody can read is as good as none, and is replaced."""
    if live is None:
        return None
    try:
        return load(live.content)
    except UnreadableSnapshotError:
        return None
