"""From a document to the live registry: write the source, and wait for the publisher."""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from model_catalog.errors import ServiceUnavailableError
from model_catalog.registry_source import Problem
from model_catalog.registry_store import S3RegistryStore, Source, WriteConflictError
from model_catalog.snapshot import Snapshot
from modelctl.clocks import Clocks
from modelctl.documents import check, removals_refused, sha256_of
from modelctl.failures import AwsError, RefusedError
from modelctl.live import live_snapshot, read_snapshot, rejection, signed
from modelctl.output import Output, line
from modelctl.reports import first_warning_lines

_BETWEEN_LOOKS = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be published, and what its author says about it.

    Attributes:
        content: the document.
        allow_removals: whether it may drop most models.
        restores: the version it was before, if it is published again.
    """

    content: bytes
    allow_removals: bool
    restores: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """What came of it.

    Attributes:
        version: the source's version; None if the document was live already.
        before: what was live before, if anything was.
        live: what is live now.
        warnings: what its author may want to look at again.
    """

    version: str | None
    before: Snapshot | None
    live: Snapshot
    warnings: Sequence[Problem]


class Publishing:
    """Publishes documents, the way every operator does: the live object is the publisher's."""

    def __init__(
        self, store: S3RegistryStore, output: Output, clocks: Clocks, *, caller: Callable[[], str]
    ) -> None:
        self._store = store
        self._output = output
        self._clocks = clocks
        self._caller = caller

    def publish(self, draft: Draft, *, timeout: float) -> Publication:
        """Check ``draft``, write it and wait until it is live.

        Raises:
            RefusedError: a check failed, here or at the publisher's, or somebody else was first.
            AwsError: it did not become live in ``timeout`` seconds.
        """
        compiled = check(draft.content, self._output, now=self._clocks.now())
        self._output.note(*first_warning_lines(compiled.warnings))
        sha256 = compiled.snapshot.source_sha256
        before = live_snapshot(self._store, self._output)
        newest = self._store.read_source()
        if newest and before and newest.sha256 == before.source_sha256 == sha256:
            return Publication(None, before, before, compiled.warnings)
        _refuse_removals(before, compiled.snapshot, draft)
        version = self._write(draft, newest)
        self._output.note(line(f"Written as version {version}. The publisher takes it from here."))
        with _noting(version):
            live = self._wait(_Written(version, sha256, before), timeout)
        return Publication(version, before, live, compiled.warnings)

    def _write(self, draft: Draft, newest: Source | None) -> str:
        """Put the document in the place of ``newest``, and of no other."""
        metadata = self._metadata(draft)
        try:
            return self._store.write_source(
                draft.content, replacing=newest.etag if newest else None, metadata=metadata
            )
        except WriteConflictError as error:
            first = self._store.read_source()
            if first and first.metadata == metadata:
                return first.version  # our own: the answer to the first attempt was lost
            who = signed(first) if first else "Somebody deleted the source"
            raise RefusedError(
                f"{who}, while this was under way; nothing was written. Look at what is different"
                " with `modelctl registry diff`, and publish again."
            ) from error

    def _metadata(self, draft: Draft) -> Mapping[str, str]:
        """Return who publishes what when and from where, as far as a header can hold it."""
        told = {
            "published-by": self._caller(),
            "published-from": socket.gethostname(),
            "published-at": self._clocks.now().isoformat(timespec="milliseconds"),
            "sha256": sha256_of(draft.content),
            **({"allow-removals": "true"} if draft.allow_removals else {}),
            **({"restores": draft.restores} if draft.restores else {}),
        }
        return {name: ascii(text)[1:-1] for name, text in told.items()}

    def _wait(self, written: "_Written", timeout: float) -> Snapshot:
        """Look again and again until the publisher has decided."""
        start = self._clocks.monotonic()
        with self._output.progress("Waiting for the publisher") as tell:
            while True:
                live = read_snapshot(self._store.read_live())
                if live and live.source_sha256 == written.sha256:
                    return live
                waited = self._clocks.monotonic() - start
                self._raise_if_decided(written, live, late=waited >= timeout)
                tell(f"{waited:.0f} of at most {timeout:.0f} s")
                self._clocks.sleep(_BETWEEN_LOOKS)

    def _raise_if_decided(self, written: "_Written", live: Snapshot | None, *, late: bool) -> None:
        problems = rejection(self._store, written.version, written.sha256)
        if problems is not None:
            raise RefusedError(
                f"The publisher rejected version {written.version}; what is live stays.", problems
            )
        if live != written.before or late:
            self._raise_if_superseded(written)
        if late:
            raise AwsError(
                f"Version {written.version} is written, but not live yet. Look at the publisher's"
                " log and its dead-letter queue; it also runs every 15 minutes."
                " What became of it: modelctl registry history"
            )

    def _raise_if_superseded(self, written: "_Written") -> None:
        newest = self._store.read_source()
        if newest is None or (newest.version, newest.sha256) != (written.version, written.sha256):
            who = signed(newest) if newest else "Somebody deleted the source"
            raise RefusedError(
                f"{who}, after version {written.version} was written and before it was seen live."
                " See: modelctl registry history"
            )


@dataclass(frozen=True, slots=True)
class _Written:
    """A source whose fate is open, and what was live when it was written."""

    version: str
    sha256: str
    before: Snapshot | None


def _refuse_removals(before: Snapshot | None, after: Snapshot, draft: Draft) -> None:
    problem = removals_refused(before, after)
    if problem and not draft.allow_removals:
        raise RefusedError(
            "This looks like a mistake; if it is meant, say --allow-removals.", [problem]
        )


@contextmanager
def _noting(version: str) -> Iterator[None]:
    """Tell whoever does not see the end of it that the source is written."""
    try:
        yield
    except (KeyboardInterrupt, ServiceUnavailableError) as error:
        error.add_note(
            f"Version {version} is written, and becomes live if nothing is wrong with it:"
            " modelctl registry history"
        )
        raise
