"""What the local cloud has to show: the sample registry, and three keys to ask for it."""

import http.client
import json
import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from localcloud.access_log import Access
from localcloud.cloud import AWS_ENV_FILE, KEYS_FILE, LocalCloud, Serving
from localcloud.stack import BUCKET, NAMES, TABLE
from localcloud.template import Template


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
    assert list(cloud.keys) == ["unrestricted", "restricted", "limited"]
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


def test_the_embedded_aws_is_silent(
    cloud: Serving, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    get(cloud, "/v1/models", "unrestricted")

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
