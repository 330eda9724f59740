"""``keys create`` and ``keys rotate``: a secret is made, stored as a digest, and shown once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.text import Text

from model_catalog.api_keys import MODELS_READ, ApiKey, MintedSecret, mint
from model_catalog.errors import KeyStoreUnavailableError
from model_catalog.key_records import Action, KeyRecord
from model_catalog.shapes import utc_text
from modelctl.aws import Aws
from modelctl.aws_errors import is_refusal
from modelctl.clocks import Clocks
from modelctl.keys.changing import settled
from modelctl.keys.finding import find_key
from modelctl.keys.lifecycle import rotated
from modelctl.keys.options import RuleOptions
from modelctl.keys.patterns import warn_of_unmatched
from modelctl.keys.rules import key_name, ruled
from modelctl.keys.views import key_json, limits_text, patterns_text
from modelctl.output import Output, line

_ANY_URL = "https://YOUR-API"  # where nobody said which


@dataclass(frozen=True, slots=True)
class Issuing:
    """Issues secrets of one stack's keys.

    Attributes:
        aws: the stack.
        output: where secrets are shown.
        clocks: what tells the time.
        quiet: whether to print the secret alone.
    """

    aws: Aws
    output: Output
    clocks: Clocks
    quiet: bool

    def create(self, name: str, given: RuleOptions) -> None:
        """Make a key, and show its secret."""
        now, minted = self.clocks.now(), mint()
        record = ruled(self._blank(key_name(name), minted, now), given, now)
        warn_of_unmatched(self.aws, self.output, record.key.allowed_models)
        if MODELS_READ not in record.key.permissions:
            self.output.note(
                line(f"Warning: without {MODELS_READ} the key reads no models.", "yellow")
            )
        url = self._url
        with _noting(minted):
            self.aws.keys.create(record)
        self._show(minted, record, url, _created_lines(record))

    def rotate(self, wanted: str, *, overlap: timedelta, force: bool) -> None:
        """Give a key a new secret, and show it."""
        now = self.clocks.now()
        found = find_key(self.aws.keys, wanted, self.output)
        minted, url = mint(found.key.key_id), self._url
        with _noting(minted):
            change = settled(
                self.aws.keys,
                found,
                Action.ROTATED,
                lambda record: rotated(record, minted, now=now, overlap=overlap, force=force),
            )
        assert change.after is not None  # noqa: S101 - rotating deletes nothing
        self._show(minted, change.after, url, _rotated_lines(change.after))

    @property
    def _url(self) -> str:
        """Return where the API answers; asked before a secret is stored, since it may fail."""
        url = None
        with self.aws.optional("Where the API answers is not known", self.output):
            url = self.aws.api_url
        return url or _ANY_URL

    def _blank(self, name: str, minted: MintedSecret, now: datetime) -> KeyRecord:
        return KeyRecord(
            key=ApiKey(
                key_id=minted.key_id,
                name=name,
                prefix=minted.prefix,
                secret_hash=minted.secret_hash,
            ),
            created_at=now,
            created_by=self.aws.actor.name,
        )

    def _show(
        self, minted: MintedSecret, record: KeyRecord, url: str, told: Iterator[Text]
    ) -> None:
        """Show the secret, this once, and what to do with it."""
        if self.quiet:
            self.output.note(*told)
            self.output.verbatim(f"{minted.secret}\n".encode())
            return
        self.output.answer(
            {"secret": minted.secret, "key": key_json(record, self.clocks.now())},
            *told,
            *_use_lines(minted.secret, url),
        )


@contextmanager
def _noting(minted: MintedSecret) -> Iterator[None]:
    """Tell whoever does not see the end of it what to do about a secret that nobody saw."""
    try:
        yield
    except (KeyboardInterrupt, KeyStoreUnavailableError) as error:
        if not is_refusal(error.__cause__):
            error.add_note(
                f"Whether the secret of {minted.key_id} was stored is not known, and it cannot be"
                f" shown again. Look: modelctl keys audit {minted.key_id}"
            )
        raise


def _created_lines(record: KeyRecord) -> Iterator[Text]:
    key = record.key
    yield line(f"Created {key.name} ({key.key_id}).", "bold green")
    yield line(f"  models: {patterns_text(record)}")
    yield line(f"  limits: {limits_text(record)}")
    yield line(f"  expires: {utc_text(key.expires_at) if key.expires_at else 'never'}")


def _rotated_lines(record: KeyRecord) -> Iterator[Text]:
    key, end = record.key, record.key.previous_expires_at
    yield line(f"Rotated {key.name} ({key.key_id}); rules and counters stay.", "bold green")
    if end:
        yield line(f"The secret before works until {utc_text(end)}, on the same counters.")
    else:
        yield line("The secret before has stopped working.")


def _use_lines(secret: str, url: str) -> Iterator[Text]:
    text = f"""
This secret is shown once and stored nowhere. Keep it in a secret store:

export MODEL_CATALOG_KEY={secret}

curl:

  curl -s -H "Authorization: Bearer $MODEL_CATALOG_KEY" {url}/v1/models

OpenAI SDK, Python:

  client = OpenAI(base_url="{url}/v1", api_key=os.environ["MODEL_CATALOG_KEY"])

Codex, ~/.codex/config.toml:

  model_provider = "catalog"

  [model_providers.catalog]
  name = "Model Catalog"
  base_url = "{url}/v1"

  [model_providers.catalog.auth]
  command = "printenv"
  args = ["MODEL_CATALOG_KEY"]
"""
    yield from map(line, text.splitlines())
