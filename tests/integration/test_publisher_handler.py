"""The publisher as Lambda runs it."""

from typing import Any

import pytest

from localcloud.template import Template
from model_catalog.errors import RegistryUnavailableError
from model_catalog.registry_store import LIVE_KEY, REJECTED_PREFIX, SOURCE_KEY
from publisher import handler
from support.lambda_context import CONTEXT
from support.stack import Aws, Printed

SOURCE = b'{"models": [{"id": "a", "display_name": "A", "context_window": 1000}]}'
WOKEN: dict[str, Any] = {"source": "aws.s3", "detail-type": "Object Created"}


def put(aws: Aws, content: bytes) -> str:
    return aws.s3.put_object(Bucket="registry", Key=SOURCE_KEY, Body=content)["VersionId"]


def test_a_published_source_is_logged_and_counted(aws: Aws, printed: Printed) -> None:
    version = put(aws, SOURCE)

    handler.lambda_handler(WOKEN, CONTEXT)

    output = printed.read()
    (log,), (metric,) = output.logs, output.metrics
    assert (log["message"], log["level"]) == ("Registry published", "INFO")
    assert (log["source_version"], log["models"], log["warnings"]) == (version, 1, 1)
    assert metric["RegistryPublished"] == [1.0]
    assert aws.s3.head_object(Bucket="registry", Key=LIVE_KEY)["ContentLength"] > 0


def test_a_rejected_source_is_an_error_in_the_log_and_a_metric(aws: Aws, printed: Printed) -> None:
    version = put(aws, b"{}")

    handler.lambda_handler(WOKEN, CONTEXT)

    output = printed.read()
    (log,), (metric,) = output.logs, output.metrics
    assert (log["message"], log["level"]) == ("Registry rejected", "ERROR")
    assert (log["source_version"], log["problems"]) == (version, ["models: is required"])
    assert metric["RegistryRejected"] == [1.0]
    listed = aws.s3.list_objects_v2(Bucket="registry", Prefix=REJECTED_PREFIX)["Contents"]
    assert [item["Key"] for item in listed] == [f"{REJECTED_PREFIX}{version}.json"]


def test_a_doubled_or_late_event_does_nothing(aws: Aws, printed: Printed) -> None:
    put(aws, SOURCE)
    handler.lambda_handler(WOKEN, CONTEXT)
    before = aws.s3.head_object(Bucket="registry", Key=LIVE_KEY)["VersionId"]
    printed.read()

    handler.lambda_handler(WOKEN, CONTEXT)

    assert [line["message"] for line in printed.read().logs] == ["Registry unchanged"]
    assert aws.s3.head_object(Bucket="registry", Key=LIVE_KEY)["VersionId"] == before


def test_what_the_bucket_fails_with_is_raised_so_that_lambda_tries_again(aws: Aws) -> None:
    aws.s3.delete_bucket(Bucket="registry")

    with pytest.raises(RegistryUnavailableError):
        handler.lambda_handler(WOKEN, CONTEXT)


def test_only_the_source_wakes_the_publisher(template: Template) -> None:
    events = template.function("PublisherFunction")["Events"]

    written_keys = events["SourceWritten"]["Properties"]["Pattern"]["detail"]["object"]["key"]
    assert written_keys == [SOURCE_KEY]
    assert events["EveryQuarterHour"]["Properties"]["Schedule"] == "rate(15 minutes)"


def test_the_publisher_may_write_live_and_reports_and_nothing_else(template: Template) -> None:
    (policy,) = template.function("PublisherFunction")["Policies"]

    writes = [
        resource.argument.removeprefix("${RegistryBucket.Arn}/")
        for statement in policy["Statement"]
        if statement["Action"] == "s3:PutObject"
        for resource in statement["Resource"]
    ]
    assert writes == [LIVE_KEY, f"{REJECTED_PREFIX}*"]
