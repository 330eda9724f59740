"""The stack's table and bucket in process, and the function in front of them."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from api import handler
from localcloud.template import Template
from model_catalog.admission import Gate
from model_catalog.key_store import DynamoKeyStore, dynamodb_client
from model_catalog.registry_store import S3RegistryStore, s3_client
from model_catalog.rendering import Renderer
from model_catalog.snapshot_cache import SnapshotCache
from support.clock import FakeClock
from support.stack import Api, Aws


@pytest.fixture(scope="session")
def template() -> Template:
    return Template.load()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def aws(template: Template) -> Iterator[Aws]:
    with mock_aws():
        created = Aws(dynamodb=boto3.client("dynamodb"), s3=boto3.client("s3"))
        table = template.resource("KeysTable").properties
        created.dynamodb.create_table(
            TableName="keys",
            AttributeDefinitions=table["AttributeDefinitions"],
            KeySchema=table["KeySchema"],
            BillingMode=table["BillingMode"],
        )
        created.s3.create_bucket(Bucket="registry")
        created.s3.put_bucket_versioning(
            Bucket="registry", VersioningConfiguration={"Status": "Enabled"}
        )
        yield created


@pytest.fixture
def api(aws: Aws, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The function as after a cold start."""
    stack = Api(aws, clock)
    dynamodb, s3 = dynamodb_client(), s3_client()
    for client in (dynamodb, s3):
        client.meta.events.register(
            "before-call", lambda model, **_: stack.calls.append(model.name)
        )
    keys = DynamoKeyStore(dynamodb, table_name="keys")
    monkeypatch.setattr(handler, "gate", Gate(keys, clock=clock, monotonic=clock.monotonic))
    monkeypatch.setattr(
        handler,
        "snapshots",
        SnapshotCache(
            S3RegistryStore(s3, bucket_name="registry"),
            max_age=handler.settings.max_age,
            clock=clock,
            monotonic=clock.monotonic,
            on_failure=handler.on_registry_failure,
        ),
    )
    monkeypatch.setattr(handler, "renderer", Renderer(owned_by="codex-lb"))
    return stack
