"""The built API under SnapStart: what goes into the snapshot, and what does not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from localcloud.stack import API
from model_catalog.snapshot import dump
from support.builders import entry, event, snapshot
from support.deployment import EVENTS, Deployment, running_deployment
from support.failing_server import FailingServer, staying
from support.lambda_emulator import Artefact, why_not_here
from support.recording_proxy import RecordingProxy, running_proxy
from support.snapstart import Instance, running_snapstart

pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=str(why_not_here()))

LIST = json.loads((EVENTS / "list.json").read_text())
HEALTH = event("/health")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(tmp_path_factory.mktemp("deployment")) as deployed:
        deployed.put_sample_keys()
        yield deployed


@dataclass(frozen=True)
class Stack:
    """The built API, its snapshot taken, and S3 as it sees it."""

    deployment: Deployment
    s3: RecordingProxy
    function: Instance

    @property
    def store_ports(self) -> set[int]:
        return {self.s3.server_port, urlsplit(self.deployment.url).port or 0}

    def restored(self) -> None:
        """Let it go on from its snapshot, with nothing asked of S3 yet."""
        self.function.restore()
        self.s3.asked.clear()

    def listed(self) -> list[str]:
        answer = self.function.invoke(LIST)
        assert answer["statusCode"] == 200
        return [model["id"] for model in json.loads(answer["body"])["data"]]

    def health(self) -> Any:
        return json.loads(self.function.invoke(HEALTH)["body"])


@pytest.fixture
def s3(deployment: Deployment) -> Iterator[RecordingProxy]:
    deployment.put_live(dump(snapshot(entry("old"), source_version="first")))
    with running_proxy(deployment.url) as proxy:
        yield proxy


@pytest.fixture
def stack(deployment: Deployment, s3: RecordingProxy, tmp_path: Path) -> Iterator[Stack]:
    environment = deployment.environment_of(API) | {"AWS_ENDPOINT_URL_S3": s3.url}
    with running_snapstart(Artefact.of(API), environment, tmp_path) as function:
        yield Stack(deployment, s3, function)


def test_the_snapshot_holds_the_registry_and_no_connection(stack: Stack) -> None:
    stack.function.wait_for_snapshot()
    connected = stack.function.connected_to
    asked = len(stack.s3.asked)
    stack.restored()

    health = stack.health()

    assert asked == 1
    assert connected == set()
    assert health["registry"]["version"] == "first"
    assert stack.s3.asked == []
    assert stack.listed() == ["old"]
    assert stack.function.connected_to == stack.store_ports  # so that it would have been seen


def test_the_snapshot_holds_no_connection_to_where_its_credentials_come_from(
    deployment: Deployment, tmp_path: Path
) -> None:
    given = {"AccessKeyId": "testing", "SecretAccessKey": "testing", "Token": "testing"}
    credentials = json.dumps(given | {"Expiration": "2999-01-01T00:00:00Z"}).encode()

    with FailingServer(staying(200, credentials)).running() as lambdas_own:
        environment = deployment.environment_of(API) | {
            "AWS_ACCESS_KEY_ID": "",  # under SnapStart there is none
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": lambdas_own.url,
        }
        with running_snapstart(Artefact.of(API), environment, tmp_path) as function:
            function.wait_for_snapshot()

            assert lambdas_own.connections == 1
            assert function.connected_to == set()


def test_the_first_request_after_the_restore_asks_s3_whether_the_registry_is_still_that_one(
    stack: Stack,
) -> None:
    stack.function.wait_for_snapshot()
    stack.restored()

    listed = [stack.listed(), stack.listed()]

    (asked,) = stack.s3.asked
    assert listed == [["old"], ["old"]]
    assert asked.headers["if-none-match"]


def test_a_registry_published_since_the_snapshot_is_served(stack: Stack) -> None:
    stack.function.wait_for_snapshot()
    stack.deployment.put_live(dump(snapshot(entry("new"), source_version="second")))
    stack.restored()

    listed = stack.listed()

    assert listed == ["new"]
    assert len(stack.s3.asked) == 1


def test_the_snapshot_s_registry_is_served_while_s3_fails_after_the_restore(stack: Stack) -> None:
    stack.function.wait_for_snapshot()
    stack.s3.hangs_up = True
    stack.restored()

    listed = stack.listed()

    assert listed == ["old"]
    assert stack.s3.asked != []


def test_a_snapshot_is_taken_even_while_s3_fails(
    deployment: Deployment, s3: RecordingProxy, tmp_path: Path
) -> None:
    s3.hangs_up = True
    environment = deployment.environment_of(API) | {"AWS_ENDPOINT_URL_S3": s3.url}

    with running_snapstart(Artefact.of(API), environment, tmp_path) as function:
        stack = Stack(deployment, s3, function)
        function.wait_for_snapshot()
        connected, asked = function.connected_to, len(s3.asked)
        s3.hangs_up = False
        stack.restored()
        health, listed = stack.health(), stack.listed()

    assert connected == set()
    assert asked > 0
    assert health["registry"]["version"] is None
    assert listed == ["old"]
