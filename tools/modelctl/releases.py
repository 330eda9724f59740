"""``registry publish`` and ``registry rollback``: what they ask, and what they say in the end."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rich.text import Text

from model_catalog.registry_store import S3RegistryStore, Source
from model_catalog.shapes import utc_text
from model_catalog.snapshot import EMPTY
from modelctl.aws import Aws
from modelctl.clocks import Clocks
from modelctl.differences import Differences, compare
from modelctl.documents import check
from modelctl.failures import RefusedError, WrongUsageError
from modelctl.live import described, live_snapshot, provenance, signed
from modelctl.output import Output, line
from modelctl.publication import Draft, Publication, Publishing
from modelctl.reports import first_difference_lines, problems_json

_MOST_NAMED = 5  # of several versions that are meant perhaps


@dataclass(frozen=True, slots=True)
class Releases:
    """Publishes through one stack, and says what came of it.

    Attributes:
        aws: the stack.
        output: where it is said.
        clocks: what waiting is measured with.
        timeout: how many seconds to wait for the publisher.
    """

    aws: Aws
    output: Output
    clocks: Clocks
    timeout: float

    def publish(self, draft: Draft) -> None:
        """Publish ``draft``, and print what became live."""
        publishing = Publishing(
            self.aws.registry, self.output, self.clocks, caller=lambda: self.aws.caller
        )
        came = publishing.publish(draft, timeout=self.timeout)
        differences = compare(came.before or EMPTY, came.live)
        self.output.answer(
            {
                "outcome": "unchanged" if came.version is None else "published",
                "version": came.version,
                "live": provenance(came.live),
                "changes": asdict(differences),
                "warnings": problems_json(came.warnings),
            },
            *([_unchanged(came)] if came.version is None else self._told(came, differences)),
        )

    def publish_again(self, wanted: str, *, sure: bool, allow_removals: bool) -> None:
        """Publish the source of an older version again, once whoever asks for it is sure."""
        source = find_version(self.aws.registry, wanted)
        if not sure:
            self._describe(source)
            if not self.output.ask("Publish it again?"):
                raise RefusedError("Nothing was published. (--yes publishes without asking.)")
        self.publish(Draft(source.content, allow_removals, restores=source.version))

    def _describe(self, source: Source) -> None:
        compiled = check(source.content, self.output, now=self.clocks.now())
        live = live_snapshot(self.aws.registry, self.output)
        self.output.note(
            line(f"{signed(source)}. Published again, it would change what is live like this:"),
            *first_difference_lines(compare(live or EMPTY, compiled.snapshot)),
        )

    def _told(self, came: Publication, differences: Differences) -> Iterator[Text]:
        yield line(f"Live: {described(came.live)}.", "bold green")
        yield from first_difference_lines(differences)
        place = f" at {self.aws.api_url}/v1/models" if self.aws.api_url else ""
        yield line(f"Functions serve it{place} once their copies are older than RegistryMaxAge.")


def _unchanged(came: Publication) -> Text:
    return line(f"This very document is live already ({described(came.live)}): nothing to do.")


def find_version(store: S3RegistryStore, wanted: str) -> Source:
    """Return the version of that name, or the only one whose name begins like that.

    Raises:
        RefusedError: there is none, or several.
        WrongUsageError: every name begins like that.
    """
    if not wanted:
        raise WrongUsageError("VERSION is empty.")
    versions = [each for each in store.source_versions() if each.version.startswith(wanted)]
    exact = [each for each in versions if each.version == wanted]
    match exact or versions:
        case []:
            source = None
        case [only]:
            source = store.read_source(only.version)
        case several:
            named = ", ".join(
                f"{each.version} ({utc_text(each.written_at)})" for each in several[:_MOST_NAMED]
            )
            raise RefusedError(f"{len(several)} versions begin with {wanted}: {named}. Say more.")
    if source is None:
        raise RefusedError(f"There is no version {wanted}. See: modelctl registry history")
    return source
