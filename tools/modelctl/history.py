"""Versions of the source: which there were, what each changed, what became of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice

from rich.text import Text

from model_catalog.registry import compile_source
from model_catalog.registry_source import InvalidRegistryError, Problem
from model_catalog.registry_store import S3RegistryStore, Source
from model_catalog.shapes import utc_text
from model_catalog.snapshot import EMPTY, Json, Snapshot
from modelctl.differences import Differences, compare
from modelctl.documents import counted
from modelctl.live import author, live_snapshot, rejection
from modelctl.output import Output, line
from modelctl.reports import problems_json

_SHOWN = 12  # characters of a version: enough to name it
_STYLES = {"live": "green", "rejected": "red", "pending": "yellow", "": ""}


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of the source.

    Attributes:
        source: the version itself.
        snapshot: what it makes, or None if it is invalid.
        problems: why it is invalid, or else why the publisher rejected it.
        rejected: whether the publisher did.
        state: live, rejected, pending or, of versions that had their time, "".
        changes: what it changed of the version before that could be live; None if it is invalid.
    """

    source: Source
    snapshot: Snapshot | None
    problems: Sequence[Problem]
    rejected: bool
    state: str = ""
    changes: Differences | None = None


def history(store: S3RegistryStore, output: Output, *, limit: int) -> None:
    """Print the newest versions, what each changed and what became of it."""
    live = live_snapshot(store, output)
    with output.progress("Reading versions") as tell:
        revisions, found = _revisions(store), list[Revision]()
        for revision in islice(revisions, limit):
            found.append(revision)
            tell(str(len(found)))
        told = [*_told(found, _newest(revisions, EMPTY), live)]
    output.answer(
        [_json(each) for each in told],
        *(text for each in told for text in _lines(each)),
        *([] if told else [line("There is no version yet: modelctl registry publish")]),
    )


def _revisions(store: S3RegistryStore) -> Iterator[Revision]:
    """Read versions and compile them, the newest first."""
    for each in store.source_versions():
        source = store.read_source(each.version)
        if source is None:
            continue  # deleted since
        reported = rejection(store, source.version, source.sha256)
        rejected = reported is not None
        try:
            compiled = compile_source(
                source.content, published_at=source.written_at, source_version=source.version
            )
        except InvalidRegistryError as error:
            yield Revision(source, None, error.problems, rejected)
        else:
            yield Revision(source, compiled.snapshot, reported or (), rejected)


def _newest(revisions: Iterable[Revision], otherwise: Snapshot) -> Snapshot:
    """Return the first that could be live, or else ``otherwise``."""
    could_be = (each.snapshot for each in revisions if each.snapshot and not each.rejected)
    return next(could_be, otherwise)


def _told(
    found: Sequence[Revision], earliest: Snapshot, live: Snapshot | None
) -> Iterator[Revision]:
    """Add what became of each and what it changed; ``earliest`` came before them all."""
    digest = live.source_sha256 if live else None
    current = next((each for each in found if each.source.sha256 == digest), None)
    for number, each in enumerate(found):
        before = _newest(found[number + 1 :], earliest)
        if each is current:
            state = "live"
        elif each.rejected:
            state = "rejected"
        else:
            state = "" if number else "pending"
        changes = compare(before, each.snapshot) if each.snapshot else None
        yield replace(each, state=state, changes=changes)


def _json(revision: Revision) -> Json:
    source, snapshot = revision.source, revision.snapshot
    return {
        "version": source.version,
        "written_at": utc_text(source.written_at),
        "metadata": dict(source.metadata),
        "sha256": source.sha256,
        "state": revision.state,
        "models": len(snapshot.entries) if snapshot else None,
        "changes": asdict(revision.changes) if revision.changes is not None else None,
        "problems": problems_json(revision.problems),
    }


def _lines(revision: Revision) -> Iterator[Text]:
    source, snapshot = revision.source, revision.snapshot
    models = counted(len(snapshot.entries), "model") if snapshot else "invalid"
    who = (author(source) or "-").rpartition(":")[2]  # of an ARN, what names the caller
    yield line(
        f"{source.version[:_SHOWN]}  {utc_text(source.written_at)}"
        f"  {revision.state:8}  {models:>12}  {who}",
        _STYLES[revision.state],
    )
    yield line(f"    {'; '.join(_remarks(revision))}")


def _remarks(revision: Revision) -> Iterator[str]:
    if restored := revision.source.metadata.get("restores"):
        yield f"restores {restored[:_SHOWN]}"
    if revision.changes is not None:
        yield str(revision.changes)
    if revision.problems:
        first, more = revision.problems[0], len(revision.problems) - 1
        yield f"{first}{f' (and {counted(more, "other problem")})' if more else ''}"
