"""What there is to see on a laptop: the sample registry, and three keys to ask for it."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import boto3

from localcloud.private_files import read_texts
from model_catalog.api_keys import ApiKey, MintedSecret, mint, parse_secret
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import Actor, KeyRecord
from model_catalog.limits import Limits, Window
from model_catalog.registry import compile_source
from model_catalog.registry_store import S3RegistryStore
from model_catalog.settings import Settings

_ACTOR = Actor("localcloud", "this machine")


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A key to try things out with."""

    name: str
    summary: str
    allowed_models: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=dict)

    def under(self, secret: str) -> ApiKey:
        """Return the key as it is stored when ``secret`` is its secret."""
        presented = parse_secret(secret)
        assert presented is not None  # noqa: S101 - demo_secrets() returns no other
        minted = MintedSecret(secret, presented.key_id, presented.secret_hash)
        return ApiKey(
            key_id=minted.key_id,
            name=f"Demo key, {self.name}",
            secret_hash=minted.secret_hash,
            prefix=minted.prefix,
            allowed_models=self.allowed_models,
            limits=self.limits,
        )


DEMO_KEYS = (
    DemoKey("unrestricted", "every model, without limits"),
    DemoKey(
        "restricted",
        "three models: gpt-6.1-sol, anthropic/claude-haiku-4.5, @demo",
        allowed_models=frozenset({"gpt-6.1-sol", "anthropic/claude-haiku-4.5", "@demo"}),
    ),
    DemoKey("limited", "every model, 5 requests a minute", limits={Window.MINUTE: 5}),
)


def demo_secrets(path: Path) -> dict[str, str]:
    """Return each demo key's secret: the one ``path`` holds, so that it stays, or a new one."""
    kept = read_texts(path)
    secrets: dict[str, str] = {}
    for key in DEMO_KEYS:
        secret = kept.get(key.name, "")
        usable = parse_secret(secret) is not None and secret not in secrets.values()
        secrets[key.name] = secret if usable else mint().secret
    return secrets


def create_keys(environment: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """Store the demo keys."""
    # Not key_store's own client, which gives up after a second: a laptop may be busy.
    settings = Settings.from_env(environment)
    with closing(boto3.client("dynamodb")) as client:
        ledger = DynamoKeyLedger(client, table_name=settings.table_name, actor=lambda: _ACTOR)
        for key in DEMO_KEYS:
            ledger.create(
                KeyRecord(
                    key=key.under(secrets[key.name]),
                    created_at=datetime.now(UTC),
                    created_by=_ACTOR.name,
                )
            )


def write_source(environment: Mapping[str, str], source: bytes) -> tuple[str, ...]:
    """Store the authored registry, for the publisher; return what its author should know.

    Raises:
        InvalidRegistryError: it has problems.
    """
    settings = Settings.from_env(environment)
    compiled = compile_source(source, published_at=datetime.now(UTC), source_version="")
    with closing(boto3.client("s3")) as client:
        store = S3RegistryStore(client, bucket_name=settings.bucket_name)
        store.write_source(source, replacing=None, metadata={"published-by": "localcloud"})
    return tuple(map(str, compiled.warnings))
