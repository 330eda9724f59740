"""What requests are made of: keys, registries, events, and recorded replies of the table.

The replies are recorded where a real admission is made, on an embedded AWS whose conditional
writes work. The measurements then get them from ``replier.py``: it takes next to no time, and
always the same.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from bench.compile_registry import source

from localcloud.template import PROJECT, Template
from model_catalog.api_keys import MODELS_READ, ApiKey, MintedSecret, PresentedSecret, mint
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import Actor, KeyRecord
from model_catalog.key_store import DynamoKeyStore
from model_catalog.limits import Window
from model_catalog.registry import compile_source
from model_catalog.registry_store import LIVE_KEY
from model_catalog.snapshot import dump
from support.builders import event

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SIZES = (10, 100, 1_000, 3_000)
SAMPLE = "sample"  # the bucket with the sample registry; the others are named for their size
_ACTOR = Actor("bench", "this machine")
# As the gateway hands over what an SDK sends.
_HEADERS = {
    "accept": "application/json",
    "content-length": "0",
    "host": "api-id.execute-api.us-east-1.amazonaws.com",
    "user-agent": "OpenAI/Python 3.54.0",
    "x-amzn-trace-id": "Root=1-6a016a00-0123456789abcdef01234567",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
    "x-stainless-arch": "x64",
    "x-stainless-lang": "python",
    "x-stainless-os": "Linux",
    "x-stainless-retry-count": "0",
    "x-stainless-runtime": "CPython",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A key, and where its admission's write is recorded, for the floor to make it."""

    name: str
    minted: MintedSecret
    update: Path

    def event(self, **headers: str) -> dict[str, Any]:
        """Return a request for the list; an empty header is left out."""
        given = {name.replace("_", "-"): value for name, value in headers.items() if value}
        authorization = {"authorization": f"Bearer {self.minted.secret}"}
        return event("/v1/models", headers={**_HEADERS, **authorization, **given})


@dataclass(frozen=True, slots=True)
class Scenery:
    """All that was set up, and where it is served from."""

    unrestricted: Caller
    restricted: Caller
    endpoint: str

    @property
    def callers(self) -> tuple[Caller, Caller]:
        """Return both keys."""
        return self.unrestricted, self.restricted

    def environment(self, caller: Caller, bucket: str = SAMPLE) -> dict[str, str]:
        """Return what tells a function where to ask, and the floor what to write."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "BUCKET_NAME": bucket,
            "RECORDED_UPDATE": str(caller.update),
        }


def set_up(endpoint: str, folder: Path) -> Scenery:
    """Store two keys and the sample registry at ``endpoint``; record there, for a replier.

    One key may see everything as often as it likes; the other a few models, within two limits.
    """
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    table = Template.load().resource("KeysTable").properties
    dynamodb.create_table(
        TableName="keys",
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        BillingMode=table["BillingMode"],
    )
    ledger = DynamoKeyLedger(dynamodb, table_name="keys", actor=lambda: _ACTOR)
    rules: Mapping[str, Any] = {
        "allowed_models": frozenset({"vendor-1/*", "vendor-2/model-2", "anthropic/*"}),
        "limits": {Window.MINUTE: 1_000_000, Window.DAY: 100_000_000},
    }
    unrestricted = _caller("unrestricted", dynamodb, ledger, folder, {})
    restricted = _caller("restricted", dynamodb, ledger, folder, rules)
    for bucket, live in _registries():
        (folder / f"{bucket}.live.json").write_bytes(live)
    s3 = session.client("s3", endpoint_url=endpoint)
    s3.create_bucket(Bucket=SAMPLE)
    s3.put_object(Bucket=SAMPLE, Key=LIVE_KEY, Body=(folder / f"{SAMPLE}.live.json").read_bytes())
    return Scenery(unrestricted, restricted, endpoint)


def _caller(
    name: str,
    dynamodb: "DynamoDBClient",
    ledger: DynamoKeyLedger,
    folder: Path,
    rules: Mapping[str, Any],
) -> Caller:
    minted = mint()
    key = ApiKey(
        key_id=minted.key_id,
        name=name,
        secret_hash=minted.secret_hash,
        prefix=minted.prefix,
        **rules,
    )
    ledger.create(KeyRecord(key=key, created_at=datetime.now(UTC), created_by=_ACTOR.name))
    store = DynamoKeyStore(dynamodb, table_name="keys")
    secret = PresentedSecret(minted.key_id, minted.secret_hash)
    with _recorded(dynamodb) as recording:
        store.admit(secret, MODELS_READ, datetime.now(UTC))
    update = folder / f"{name}.update.json"
    update.write_text(json.dumps(recording["sent"]))
    (folder / f"{minted.key_id}.reply.json").write_text(json.dumps(recording["reply"]))
    return Caller(name, minted, update)


@contextmanager
def _recorded(dynamodb: "DynamoDBClient") -> Iterator[dict[str, Any]]:
    """Write down what is sent to ``UpdateItem``, and the reply as it came over the wire."""
    recording: dict[str, Any] = {}

    def sent(params: Mapping[str, Any], **_: object) -> None:
        recording["sent"] = dict(params)

    def replied(response_dict: Mapping[str, Any], **_: object) -> None:
        kept = ("content-type", "x-amzn-requestid", "x-amz-crc32", "date", "server")
        headers = {name.lower(): value for name, value in response_dict["headers"].items()}
        recording["reply"] = {
            "headers": {name: headers[name] for name in kept if name in headers},
            "body": response_dict["body"].decode(),
        }

    events = dynamodb.meta.events
    events.register("provide-client-params.dynamodb.UpdateItem", sent)
    events.register("response-received.dynamodb.UpdateItem", replied)
    try:
        yield recording
    finally:
        events.unregister("provide-client-params.dynamodb.UpdateItem", sent)
        events.unregister("response-received.dynamodb.UpdateItem", replied)


def _registries() -> Iterator[tuple[str, bytes]]:
    sample = (PROJECT / "registry" / "models.json").read_bytes()
    sources = {SAMPLE: sample, **{str(models): source(models) for models in SIZES}}
    for bucket, content in sources.items():
        compiled = compile_source(content, published_at=datetime.now(UTC), source_version="v1")
        yield bucket, dump(compiled.snapshot)
