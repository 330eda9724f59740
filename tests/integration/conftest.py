"""The stack's table and bucket in process, and the function in front of them."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.core.config import DefaultConfig, default_user_config

from api import handler
from localcloud.template import Template
from model_catalog.key_store import dynamodb_client
from model_catalog.registry_store import s3_client
from model_catalog.settings import Settings
from support.clock import FakeClock
from support.deployed_stack import DeployedStack, Overlay, lay_over
from support.ministack import clear, running_ministack
from support.operator import Operator
from support.stack import Api, Aws, KeysTable, Printed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A session takes a while to make, and holds nothing that differs from test to test.
ONE_SESSION: DefaultConfig = {"core": default_user_config["core"] | {"reset_boto3_session": False}}


@pytest.fixture(scope="session")
def template() -> Template:
    return Template.load()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def create_table(client: "DynamoDBClient", template: Template) -> None:
    table = template.resource("KeysTable").properties
    client.create_table(
        TableName="keys",
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        BillingMode=table["BillingMode"],
    )


@pytest.fixture
def aws(template: Template) -> Iterator[Aws]:
    with mock_aws(config=ONE_SESSION):
        created = Aws(dynamodb=boto3.client("dynamodb"), s3=boto3.client("s3"))
        create_table(created.dynamodb, template)
        created.s3.create_bucket(Bucket="registry")
        created.s3.put_bucket_versioning(
            Bucket="registry", VersioningConfiguration={"Status": "Enabled"}
        )
        yield created


@pytest.fixture
def table(aws: Aws) -> KeysTable:
    return KeysTable(aws.dynamodb)


@pytest.fixture(scope="session")
def ministack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_ministack(tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture
def atomic_table(
    ministack_url: str, template: Template, monkeypatch: pytest.MonkeyPatch
) -> KeysTable:
    """The table on ministack, where threads may meet."""
    clear(ministack_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", ministack_url)
    client = dynamodb_client()
    create_table(client, template)
    return KeysTable(client)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Iterator[Printed]:
    with Printed(capsys).listening() as listening:
        yield listening


@pytest.fixture
def start(aws: Aws, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Api]:
    """Cold starts, with clients of whatever endpoints the environment then names."""

    def cold_start() -> Api:
        stack = Api(aws, clock)

        def observed(client: Any) -> Any:
            client.meta.events.register(
                "before-call", lambda model, **_: stack.calls.append(model.name)
            )
            return client

        monkeypatch.setattr(handler, "dynamodb_client", lambda: observed(dynamodb_client()))
        monkeypatch.setattr(handler, "s3_client", lambda: observed(s3_client()))
        parts = handler.wire(Settings.from_env(os.environ), clock, clock.monotonic)
        for name, part in zip(("gate", "snapshots", "renderer", "clients"), parts, strict=True):
            monkeypatch.setattr(handler, name, part)
        return stack

    return cold_start


@pytest.fixture
def api(start: Callable[[], Api]) -> Api:
    """The function as after a cold start."""
    return start()


@pytest.fixture
def operator(aws: Aws, clock: FakeClock, tmp_path: Path) -> Operator:
    """Somebody who types modelctl commands."""
    return Operator(aws, clock, tmp_path)


@pytest.fixture
def overlays(monkeypatch: pytest.MonkeyPatch) -> dict[str, Overlay]:
    """What commands are answered beside what moto knows, by operation."""
    added: dict[str, Overlay] = {}
    lay_over(monkeypatch, added)
    return added


@pytest.fixture
def deployed(
    aws: Aws,  # noqa: ARG001 - it comes first: nothing is deployed outside of it
    overlays: dict[str, Overlay],
) -> DeployedStack:
    """A stack that was deployed once, and where its API answers it does not say."""
    return DeployedStack(overlays)
