"""The live registry as operators see it: what is served, where it came from, what was refused."""

import json
from collections.abc import Sequence

from model_catalog.registry_source import Problem
from model_catalog.registry_store import LiveObject, S3RegistryStore, Source
from model_catalog.shapes import utc_text
from model_catalog.snapshot import Json, Snapshot, UnreadableSnapshotError, load
from modelctl.documents import counted
from modelctl.output import Output, line


def read_snapshot(live: LiveObject | None) -> Snapshot | None:
    """Return the live snapshot; like the publisher, take one nobody can read for none."""
    try:
        return None if live is None else load(live.content)
    except UnreadableSnapshotError:
        return None


def live_snapshot(store: S3RegistryStore, output: Output) -> Snapshot | None:
    """Return what is live, if anything is; warn about a snapshot nobody can read."""
    live = store.read_live()
    snapshot = read_snapshot(live)
    if live and not snapshot:
        output.note(
            line(
                "Warning: what is live cannot be read (damaged, or of a later release):"
                " functions serve what they hold. Publishing replaces it.",
                "yellow",
            )
        )
    return snapshot


def provenance(snapshot: Snapshot) -> dict[str, Json]:
    """Return where a snapshot came from, for scripts."""
    return {
        "source_version": snapshot.source_version,
        "source_sha256": snapshot.source_sha256,
        "published_at": utc_text(snapshot.published_at),
        "models": len(snapshot.entries),
    }


def described(snapshot: Snapshot | None) -> str:
    """Return the same for people."""
    if snapshot is None:
        return "nothing"
    models = counted(len(snapshot.entries), "model")
    return f"{models}, version {snapshot.source_version}, {utc_text(snapshot.published_at)}"


def rejection(store: S3RegistryStore, version: str, sha256: str) -> Sequence[Problem] | None:
    """Return what the publisher reported on the source of ``version``, if it refused it.

    In a bucket without versions reports of all sources have one name, so the digest has to match.
    """
    report = store.read_rejection(version)
    if report is None:
        return None
    try:
        told = json.loads(report)
        if told["source_sha256"] != sha256:
            return None
        return [Problem(str(each["path"]), str(each["message"])) for each in told["problems"]]
    except (LookupError, TypeError, ValueError):
        return [Problem("", f"the report on version {version} cannot be read")]


def author(source: Source) -> str | None:
    """Return who published ``source``, if they said so; other tools do not."""
    return source.metadata.get("published-by")


def signed(source: Source) -> str:
    """Return who published which version when, for a sentence."""
    who = author(source) or "Somebody who left no name"
    return f"{who} published version {source.version} at {utc_text(source.written_at)}"
