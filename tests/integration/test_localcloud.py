"""The local cloud serves the real function, from the template's own table and bucket."""

import errno
import http.client
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from localcloud.access_log import Access
from localcloud.aws import embedded_aws
from localcloud.cloud import AWS_ENV_FILE, KEYS_FILE, LocalCloud, PortUnavailableError, Serving
from localcloud.environment import aws_environment, only
from localcloud.stack import BUCKET, NAMES, TABLE, create_bucket, create_table
from localcloud.template import Template
from model_catalog.registry import InvalidRegistryError

KEY_NAMES = ["unrestricted", "restricted", "limited"]
REGISTRY = {
    "codex_defaults": {"base_instructions": "Be brief."},
    "models": [{"id": "a", "display_name": "A", "context_window": 1000}],
}


@pytest.fixture(scope="module")
def log() -> list[Access]:
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("local") / "cloud"


@pytest.fixture(scope="module")
def cloud(folder: Path, log: list[Access]) -> Iterator[Serving]:
    with LocalCloud(folder=folder, log=log.append) as serving:
        yield serving


def get(cloud: Serving, path: str, key: str | None = None) -> tuple[int, Any]:
    headers = {} if key is None else {"Authorization": f"Bearer {cloud.keys[key]}"}
    with closing(http.client.HTTPConnection(urlsplit(cloud.url).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def registry(folder: Path, **changes: object) -> Path:
    path = folder / "models.json"
    path.write_text(json.dumps(REGISTRY | changes))
    return path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_unrestricted_key_sees_every_listed_model(cloud: Serving) -> None:
    status, answer = get(cloud, "/v1/models", "unrestricted")

    assert status == 200
    assert len(answer["data"]) >= 40


def test_the_restricted_key_sees_exactly_three_models(cloud: Serving) -> None:
    _, answer = get(cloud, "/v1/models", "restricted")

    ids = {model["id"] for model in answer["data"]}
    assert len(ids) == 3
    assert {"gpt-6.1-sol", "anthropic/claude-haiku-4.5"} < ids


def test_the_limited_key_is_good_for_five_requests_a_minute(cloud: Serving) -> None:
    # Twice five may pass if a minute ends in between, but never an eleventh.
    statuses = [get(cloud, "/v1/models", "limited")[0] for _ in range(11)]

    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 429


def test_the_function_knows_the_caller(cloud: Serving) -> None:
    _, usage = get(cloud, "/v1/usage", "limited")

    assert usage["key"]["name"] == "Demo key, limited"
    assert cloud.keys["limited"].startswith(usage["key"]["prefix"])
    assert get(cloud, "/v1/models")[0] == 401


def test_requests_are_logged_without_what_is_secret(cloud: Serving, log: list[Access]) -> None:
    secret = cloud.keys["unrestricted"]
    get(cloud, f"/v1/models/{secret}?key={secret}", "unrestricted")

    assert log[-1].status == 404
    assert secret not in str(log[-1])
    assert secret[-20:] not in str(log[-1])


def test_secrets_are_not_shown_by_accident(cloud: Serving) -> None:
    assert cloud.keys["unrestricted"] not in repr(cloud)


def test_another_process_can_reach_the_embedded_aws(cloud: Serving, folder: Path) -> None:
    exports = shlex.split((folder / AWS_ENV_FILE).read_text(), comments=True)

    assert f"AWS_ENDPOINT_URL={cloud.aws_endpoint_url}" in exports
    assert f"TABLE_NAME={NAMES[TABLE]}" in exports
    assert f"BUCKET_NAME={NAMES[BUCKET]}" in exports


def test_what_is_written_is_for_its_owner_alone(cloud: Serving, folder: Path) -> None:
    assert json.loads((folder / KEYS_FILE).read_text()) == cloud.keys
    assert list(cloud.keys) == KEY_NAMES
    assert mode(folder) == 0o700
    assert mode(folder / KEYS_FILE) == mode(folder / AWS_ENV_FILE) == 0o600


@pytest.mark.usefixtures("cloud")
def test_table_and_bucket_are_the_templates() -> None:
    template = Template.load()
    with closing(boto3.client("dynamodb")) as dynamodb, closing(boto3.client("s3")) as s3:
        table = dynamodb.describe_table(TableName=NAMES[TABLE])["Table"]
        versioning = s3.get_bucket_versioning(Bucket=NAMES[BUCKET])

    described = template.resource(TABLE).properties
    assert table["KeySchema"] == described["KeySchema"]
    assert table["BillingModeSummary"]["BillingMode"] == described["BillingMode"]
    assert versioning["Status"] == "Enabled"


@pytest.mark.usefixtures("cloud")
def test_the_embedded_aws_loses_no_write() -> None:
    key = {"pk": {"S": "COUNTER"}, "sk": {"S": "COUNTER"}}
    with closing(boto3.client("dynamodb")) as client, ThreadPoolExecutor(8) as pool:

        def increment(_: int) -> None:
            client.update_item(
                TableName=NAMES[TABLE],
                Key=key,
                UpdateExpression="SET used = if_not_exists(used, :zero) + :one",
                ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
            )

        list(pool.map(increment, range(200)))
        item = client.get_item(TableName=NAMES[TABLE], Key=key)["Item"]

    assert item["used"] == {"N": "200"}


def test_the_embedded_aws_is_silent(
    cloud: Serving, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    get(cloud, "/v1/models", "unrestricted")

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_secrets_outlive_a_restart(tmp_path: Path) -> None:
    path = registry(tmp_path)
    with LocalCloud(folder=tmp_path, registry=path) as first:
        pass
    with LocalCloud(folder=tmp_path, registry=path) as second:
        status, _ = get(second, "/v1/models/a", "restricted")

    assert second.keys == first.keys
    assert status == 404


def test_secrets_that_are_none_or_twice_the_same_are_replaced(tmp_path: Path) -> None:
    path = registry(tmp_path)
    with LocalCloud(folder=tmp_path, registry=path) as first:
        pass
    kept = first.keys["unrestricted"]
    (tmp_path / KEYS_FILE).write_text(
        json.dumps({"unrestricted": kept, "restricted": kept, "limited": kept[:-1] + "!"})
    )
    with LocalCloud(folder=tmp_path, registry=path) as second:
        pass

    assert second.keys["unrestricted"] == kept
    assert len(set(second.keys.values())) == 3
    assert second.keys["limited"].startswith("sk-clb-")


def test_the_author_is_told_what_to_look_at_again(tmp_path: Path) -> None:
    path = registry(tmp_path, codex_defaults={})
    with LocalCloud(folder=tmp_path, registry=path) as serving:
        assert len(serving.warnings) == 1
        assert "a" in serving.warnings[0]


def test_a_wrong_registry_leaves_nothing_behind(tmp_path: Path) -> None:
    before = dict(os.environ)
    port = free_port()

    with (
        pytest.raises(InvalidRegistryError) as raised,
        LocalCloud(port=port, folder=tmp_path, registry=registry(tmp_path, models=[{}])),
    ):
        pass

    assert len(raised.value.problems) == 3
    assert dict(os.environ) == before
    with socket.create_server(("127.0.0.1", port)):
        pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(PortUnavailableError, match=rf"{port}.*taken.*make run PORT="),
            LocalCloud(port=port, folder=tmp_path),
        ):
            pass

    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_forbidden_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("socketserver.TCPServer.server_bind", refuse)

    with (
        pytest.raises(PortUnavailableError, match=r"port 80 of .*: Permission denied"),
        LocalCloud(port=80, folder=tmp_path),
    ):
        pass


def test_a_server_on_all_addresses_names_one_that_works(tmp_path: Path) -> None:
    with LocalCloud(host="0.0.0.0", folder=tmp_path, registry=registry(tmp_path)) as serving:  # noqa: S104 - it is the point
        assert get(serving, "/health") == (200, get(serving, "/health")[1])

    assert serving.url.startswith("http://127.0.0.1:")


def test_a_handler_imported_before_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = ModuleType("api.handler")
    monkeypatch.setitem(sys.modules, "api.handler", held)
    modules = dict(sys.modules)

    with LocalCloud(folder=tmp_path, registry=registry(tmp_path)) as serving:
        assert get(serving, "/v1/models/a", "unrestricted")[0] == 200
        assert sys.modules["api.handler"] is held

    ours = {name for name in sys.modules if name.startswith(("api", "model_catalog"))}
    assert ours <= modules.keys()


def test_items_expire_if_the_template_says_so() -> None:
    template = Template(
        {
            "Resources": {
                TABLE: {
                    "Type": "AWS::DynamoDB::Table",
                    "Properties": {
                        **Template.load().resource(TABLE).properties,
                        "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True},
                    },
                },
                BUCKET: {"Type": "AWS::S3::Bucket"},
            }
        }
    )
    with embedded_aws() as url, only(aws_environment(url)):
        create_table(template)
        create_bucket(template)
        with closing(boto3.client("dynamodb")) as dynamodb, closing(boto3.client("s3")) as s3:
            expiry = dynamodb.describe_time_to_live(TableName=NAMES[TABLE])
            versioning = s3.get_bucket_versioning(Bucket=NAMES[BUCKET])

    assert expiry["TimeToLiveDescription"]["AttributeName"] == "until"
    assert "Status" not in versioning
