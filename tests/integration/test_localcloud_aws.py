"""The embedded AWS starts empty, takes one call at a time, and follows the template."""

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import boto3
import pytest

from localcloud.aws import embedded_aws
from localcloud.environment import aws_environment, only
from localcloud.stack import BUCKET, NAMES, TABLE, create_bucket, create_table
from localcloud.template import Template


def template(resources: dict[str, object]) -> Template:
    return Template({"Resources": resources})


def ask(url: str) -> None:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()


def test_the_embedded_aws_takes_one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, at_once = [], []

    def moto(
        _environ: object, start_response: Callable[[str, list[object]], object]
    ) -> list[bytes]:
        inside.append(1)
        time.sleep(0.01)
        at_once.append(len(inside))
        inside.pop()
        start_response("200 OK", [])
        return [b"{}"]

    monkeypatch.setattr("localcloud.aws.DomainDispatcherApplication", lambda _create: moto)
    with embedded_aws() as url, ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, [url] * 8))

    assert at_once == [1] * 8


def test_items_expire_if_the_template_says_so() -> None:
    table = Template.load().resource(TABLE).properties
    expiry = {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}}
    with embedded_aws() as url, only(aws_environment(url)):
        create_table(template({TABLE: {"Type": "Table", "Properties": {**table, **expiry}}}))
        with closing(boto3.client("dynamodb")) as client:
            answer = client.describe_time_to_live(TableName=NAMES[TABLE])

    assert answer["TimeToLiveDescription"]["AttributeName"] == "until"


@pytest.mark.parametrize("guarded", [True, False])
def test_the_table_is_guarded_against_mistakes_only_if_the_template_says_so(
    guarded: bool,  # noqa: FBT001 - a parameter
) -> None:
    guards = {
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    table = Template.load().resource(TABLE).properties
    plain = {name: table[name] for name in table.keys() - guards}
    properties = {**plain, **guards} if guarded else plain
    with embedded_aws() as url, only(aws_environment(url)):
        create_table(template({TABLE: {"Type": "Table", "Properties": properties}}))
        with closing(boto3.client("dynamodb")) as client:
            described = client.describe_table(TableName=NAMES[TABLE])["Table"]
            backups = client.describe_continuous_backups(TableName=NAMES[TABLE])

    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert described["DeletionProtectionEnabled"] is guarded
    assert recovery["PointInTimeRecoveryStatus"] == ("ENABLED" if guarded else "DISABLED")


def test_items_do_not_expire_unless_the_template_says_so() -> None:
    table = {**Template.load().resource(TABLE).properties}
    table.pop("TimeToLiveSpecification", None)
    with embedded_aws() as url, only(aws_environment(url)):
        create_table(template({TABLE: {"Type": "Table", "Properties": table}}))
        with closing(boto3.client("dynamodb")) as client:
            answer = client.describe_time_to_live(TableName=NAMES[TABLE])

    assert answer["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_versions_are_kept_only_if_the_template_says_so() -> None:
    with embedded_aws() as url, only(aws_environment(url)):
        create_bucket(template({BUCKET: {"Type": "Bucket"}}))
        with closing(boto3.client("s3")) as client:
            answer = client.get_bucket_versioning(Bucket=NAMES[BUCKET])

    assert "Status" not in answer


def test_each_starts_empty() -> None:
    for _ in range(2):
        with (
            embedded_aws() as url,
            only(aws_environment(url)),
            closing(boto3.client("s3")) as client,
        ):
            assert client.list_buckets()["Buckets"] == []
            client.create_bucket(Bucket="leftover")
