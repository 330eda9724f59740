"""The function in front of a table and a bucket in process, as tests drive it."""

import base64
import gzip
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from api import handler
from model_catalog.api_keys import PresentedSecret, mint
from model_catalog.key_items import primary_key
from model_catalog.registry_store import LIVE_KEY
from model_catalog.snapshot import CatalogEntry, dump
from support.builders import event, key_record, ledger, snapshot
from support.clock import FakeClock
from support.lambda_context import CONTEXT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Aws:
    """The embedded AWS: clients of its table ``keys`` and its bucket ``registry``."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"


@dataclass(frozen=True)
class KeysTable:
    """The table ``keys`` as it looks from outside: items, attribute by attribute."""

    client: "DynamoDBClient"

    def add(self, **changes: Any) -> PresentedSecret:
        """Store a key; return what its secret names."""
        minted = mint()
        ledger(self.client).create(key_record(minted, **changes))
        return PresentedSecret(minted.key_id, minted.secret_hash)

    def item(self, key_id: str) -> "dict[str, AttributeValueTypeDef]":
        """Return all attributes of a key, or nothing if it is not there."""
        return self.client.get_item(TableName="keys", Key=primary_key(key_id)).get("Item", {})

    def change(self, key_id: str, **attributes: "AttributeValueTypeDef | None") -> None:
        """Set a key's attributes; None takes one away."""
        given = {name: value for name, value in attributes.items() if value is not None}
        item = {**self.item(key_id), **given}
        kept = {name: item[name] for name in item if attributes.get(name, item[name]) is not None}
        self.client.put_item(TableName="keys", Item=kept)

    def delete(self, key_id: str) -> None:
        self.client.delete_item(TableName="keys", Key=primary_key(key_id))

    def counters(self, key_id: str) -> dict[str, int]:
        """Return a key's counters by the names of their attributes."""
        item = self.item(key_id)
        return {name: int(item[name]["N"]) for name in item if name.startswith("used_")}


@dataclass(frozen=True)
class Output:
    """What the function printed: one JSON document per line, and nothing else."""

    text: str

    @property
    def logs(self) -> list[dict[str, Any]]:
        return [line for line in self._lines if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        return [line for line in self._lines if "_aws" in line]

    @property
    def refusals(self) -> list[dict[str, Any]]:
        return [line for line in self.logs if line["message"] == "Request refused"]

    @property
    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def lines(self) -> list[str]:
        """Return the lines as CloudWatch takes them: one ends at a line feed, and nowhere else."""
        return self.text.split("\n")[:-1]


class _Stdout:
    """Whatever stdout is at the moment: pytest exchanges it between a test's set-up and call."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@dataclass(frozen=True)
class Printed:
    """What the function prints while a test runs, standard error included."""

    capsys: pytest.CaptureFixture[str]

    @contextmanager
    def listening(self) -> Iterator["Printed"]:
        """Send the log to where stdout is now: the logger holds that of its import."""
        log = handler.logger.logger_handler
        assert isinstance(log, logging.StreamHandler)
        before, log.stream = log.stream, _Stdout()
        try:
            yield self
        finally:
            log.stream = before

    def read(self) -> Output:
        """Return what was printed since the last time."""
        captured = self.capsys.readouterr()
        return Output(captured.out + captured.err)


@dataclass(frozen=True)
class Reply:
    """The function's answer, its body decoded."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, str | None]:
        """Return the envelope's inside, having checked that it is all there is."""
        assert self.json.keys() == {"error"}
        assert self.json["error"].keys() == {"message", "type", "param", "code"}
        return cast("dict[str, str | None]", self.json["error"])

    @property
    def ids(self) -> list[str]:
        return [model["id"] for model in self.json["data"]]


@dataclass
class Api:
    """The function, with a clock turned by hand and its AWS calls written down."""

    aws: Aws
    clock: FakeClock
    calls: list[str] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)

    @property
    def table(self) -> KeysTable:
        return KeysTable(self.aws.dynamodb)

    def key(self, **changes: Any) -> str:
        """Store a key and return its secret."""
        minted = mint()
        ledger(self.aws.dynamodb).create(key_record(minted, **changes))
        self.issued.append(minted.secret)
        return minted.secret

    def publish(self, *entries: CatalogEntry, **changes: Any) -> None:
        """Make ``entries`` the live registry."""
        live = dump(snapshot(*entries, **changes))
        self.aws.s3.put_object(Bucket="registry", Key=LIVE_KEY, Body=live)

    def get(self, path: str, secret: str | None = None, **details: Any) -> Reply:
        """Send one request through ``lambda_handler``; ``details`` as for ``builders.event``."""
        headers = dict(details.pop("headers", {}))
        if secret is not None:
            headers["authorization"] = f"Bearer {secret}"
        return self.send(event(path, headers=headers, **details))

    def send(self, sent: Mapping[str, Any]) -> Reply:
        """Send an event through ``lambda_handler`` as it is."""
        answer = handler.lambda_handler(sent, CONTEXT)
        text = answer["body"]
        if answer.get("isBase64Encoded"):
            text = gzip.decompress(base64.b64decode(text)).decode()
        return Reply(answer["statusCode"], answer["headers"], text)
