"""The template's table and bucket on ministack, for functions that run outside of this process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from localcloud.environment import only
from localcloud.stack import (
    API,
    BUCKET,
    NAMES,
    TABLE,
    create_bucket,
    create_table,
    environment_of,
)
from localcloud.template import PROJECT, Template
from model_catalog.registry_store import LIVE_KEY, SOURCE_KEY
from support.ministack import running_ministack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

EVENTS = PROJECT / "events"
SAMPLE_REGISTRY = PROJECT / "registry" / "models.json"


@dataclass(frozen=True)
class Deployment:
    """What was deployed, and clients to look at it."""

    url: str
    template: Template
    dynamodb: "DynamoDBClient"
    s3: "S3Client"

    def environment_of(self, function: str) -> dict[str, str]:
        """Return a function's environment, by its logical id."""
        return environment_of(self.template, function, self.url)

    def put_sample_keys(self) -> None:
        """Store the keys of ``events/`` as they were before anybody used them."""
        for item in (EVENTS / "items").glob("*.json"):
            self.dynamodb.put_item(TableName=NAMES[TABLE], Item=json.loads(item.read_text()))

    def put_source(self, content: bytes) -> str:
        """Store an authored registry; return its version."""
        put = self.s3.put_object(Bucket=NAMES[BUCKET], Key=SOURCE_KEY, Body=content)
        return put["VersionId"]

    def put_live(self, content: bytes) -> None:
        """Store a snapshot, as only the publisher should."""
        self.s3.put_object(Bucket=NAMES[BUCKET], Key=LIVE_KEY, Body=content)

    def read(self, key: str) -> bytes:
        """Return an object of the bucket."""
        return self.s3.get_object(Bucket=NAMES[BUCKET], Key=key)["Body"].read()


@contextmanager
def running_deployment(folder: Path) -> Iterator[Deployment]:
    """Run ministack with the template's table and bucket in it, both empty."""
    template = Template.load()
    with running_ministack(folder) as url:
        with only(environment_of(template, API, url)):
            create_table(template)
            create_bucket(template)
            clients = boto3.client("dynamodb"), boto3.client("s3")
        try:
            yield Deployment(url, template, *clients)
        finally:
            for client in clients:
                client.close()
