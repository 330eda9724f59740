"""The sample events, through the function, with the keys and the registry that go with them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api import handler
from localcloud.template import PROJECT
from model_catalog.registry import compile_source
from model_catalog.registry_store import LIVE_KEY
from model_catalog.snapshot import dump
from support.lambda_context import CONTEXT
from support.stack import Api, Aws

EVENTS = PROJECT / "events"


@pytest.fixture
def sample(api: Api, aws: Aws) -> Api:
    """The function with the sample registry and the sample keys."""
    for item in (EVENTS / "items").glob("*.json"):
        aws.dynamodb.put_item(TableName="keys", Item=json.loads(item.read_text()))
    source = (PROJECT / "registry" / "models.json").read_bytes()
    compiled = compile_source(source, published_at=datetime.now(UTC), source_version="v1")
    aws.s3.put_object(Bucket="registry", Key=LIVE_KEY, Body=dump(compiled.snapshot))
    return api


def invoke(event: str) -> tuple[int, Any]:
    content = json.loads((EVENTS / f"{event}.json").read_text())
    answer = handler.lambda_handler(content, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.usefixtures("sample")
def test_lists_are_what_the_readme_says() -> None:
    assert [len(invoke(event)[1]["data"]) for event in ("list", "restricted-list")] == [68, 3]


@pytest.mark.usefixtures("sample")
def test_codex_gets_its_own_catalog() -> None:
    status, body = invoke("codex-list")

    assert (status, list(body)) == (200, ["models"])


@pytest.mark.usefixtures("sample")
def test_a_model_with_a_slash_is_retrieved() -> None:
    status, body = invoke("retrieve")

    assert (status, body["id"]) == (200, "anthropic/claude-haiku-4.5")


@pytest.mark.usefixtures("sample")
def test_a_key_in_no_table_is_unknown() -> None:
    status, body = invoke("unknown-key")

    assert (status, body["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.usefixtures("sample")
def test_the_second_request_of_a_minute_is_over_the_limit() -> None:
    assert [invoke("over-limit")[0] for _ in range(2)] == [200, 429]
