"""The function's pages: everybody's, out of its own folder, and no burden to the API."""

import base64
import gzip
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from api import handler
from localcloud.template import PROJECT
from model_catalog.pages import headers_of
from support.builders import event
from support.lambda_context import CONTEXT
from support.stack import Api, Printed

PAGES = {"/": "explorer.html", "/docs": "docs.html", "/openapi.json": "openapi.json"}
GZIP = {"accept-encoding": "gzip"}

# Answers an event out of a table and a bucket in process, and tells what that opened and imported.
ASK = """
import json, sys

opened = []
sys.addaudithook(lambda name, of: opened.append(str(of[0])) if name == "open" else None)
import moto
import boto3
from localcloud.template import Template
from support.builders import entry, event
from support.clock import FakeClock
from support.stack import Api, Aws

with moto.mock_aws():
    api = Api(Aws(boto3.client("dynamodb"), boto3.client("s3")), FakeClock())
    table = Template.load().resource("KeysTable").properties
    api.aws.dynamodb.create_table(
        TableName="keys",
        **{name: table[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")},
    )
    api.aws.s3.create_bucket(Bucket="registry")
    api.publish(entry("a"))
    secret = api.key()
    statuses = [api.get(path, secret).status for path in sys.argv[1:]]
assets = [path for path in opened if "/functions/api/assets/" in path]
print(json.dumps([statuses, "model_catalog.pages" in sys.modules, len(assets)]))
"""


class Untouchable:
    """What no page has any use for."""

    def __getattr__(self, name: str) -> Any:  # noqa: D105 - whatever is asked of it
        raise AssertionError(f"{name} was asked for")


def asset(name: str) -> str:
    return (handler.ASSETS / name).read_text("utf-8")


@pytest.mark.parametrize(("path", "name"), PAGES.items())
def test_a_page_is_its_file(api: Api, path: str, name: str) -> None:
    reply = api.get(path)

    assert (reply.status, reply.text) == (200, asset(name))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_neither_for_a_key_nor_any_service(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for name in ("gate", "snapshots", "renderer"):
        monkeypatch.setattr(handler, name, Untouchable())

    replies = [api.get(path, headers={"authorization": text}) for text in ("", "Bearer x")]

    assert [reply.status for reply in replies] == [200, 200]
    assert api.calls == []


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/openapi.json", "application/json"),
    ],
)
def test_a_page_has_headers_of_its_own_beside_the_usual(
    api: Api, path: str, content_type: str
) -> None:
    headers = dict(api.get(path).headers)

    assert headers.pop("etag").startswith('W/"')
    assert headers == {
        "content-type": content_type,
        "x-request-id": "test-request",
        "x-content-type-options": "nosniff",
        "strict-transport-security": "max-age=31536000",
        **headers_of(asset(PAGES[path])),
    }


def test_the_docs_run_no_script_at_all(api: Api) -> None:
    reply = api.get("/docs")

    assert "<script" not in reply.text
    assert "script-src" not in reply.headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_held_is_not_sent_again(api: Api, path: str) -> None:
    first = api.get(path)

    again = api.get(path, headers={"if-none-match": first.headers["etag"]})

    assert (again.status, again.text, again.headers) == (304, "", first.headers)


@pytest.mark.parametrize("path", PAGES)
def test_a_head_of_a_page_is_its_headers(api: Api, path: str) -> None:
    get, head = api.get(path), api.get(path, method="HEAD")

    assert (head.status, head.text, head.headers) == (200, "", get.headers)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_compressed_as_far_as_it_goes_for_whoever_asks(path: str) -> None:
    content = asset(PAGES[path]).encode()

    answer = handler.lambda_handler(event(path, headers=GZIP), CONTEXT)

    assert answer["headers"]["content-encoding"] == "gzip"
    assert base64.b64decode(answer["body"]) == gzip.compress(content, 9, mtime=0)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_one_trailing_slash_is_ignored(api: Api, path: str) -> None:
    assert api.get(f"{path}/").text == api.get(path).text
    assert api.get(f"{path}//").status == 404


@pytest.mark.parametrize(
    "path",
    [
        *("", "//", "/\n", "/docs\n", "/docs/x", "/DOCS", "/docs.html", "/docs/../handler.py"),
        *("/assets/docs.html", "/explorer.html", "/openapi.json/x", "/openapi_json"),
    ],
)
def test_no_other_path_is_a_page(api: Api, path: str) -> None:
    reply = api.get(path)

    assert (reply.status, reply.error["code"]) == (404, "unknown_url")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_only_to_be_looked_at(api: Api, path: str, method: str) -> None:
    reply = api.get(path, method=method)

    assert (reply.status, reply.error["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "GET, HEAD"
    assert reply.headers["cache-control"] == "private, no-cache"


def test_a_page_leaves_no_line_in_the_log(api: Api, printed: Printed) -> None:
    for path in PAGES:
        api.get(path)

    assert printed.read().text == ""


def after_asking(*paths: str) -> list[Any]:
    """Return, of a process of its own, the statuses, whether pages were loaded, assets opened."""
    finished = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", ASK, *paths],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")},
        capture_output=True,
        text=True,
        check=True,
    )
    told: list[Any] = json.loads(finished.stdout.splitlines()[-1])
    return told


def test_requests_of_the_api_load_neither_pages_nor_the_code_for_them() -> None:
    asked = ("/v1/models", "/v1/models/a", "/v1/models/b", "/v1/usage", "/health", "/nowhere")

    assert after_asking(*asked) == [[200, 200, 404, 200, 200, 404], False, 0]


def test_a_page_is_opened_by_the_first_request_for_it_and_no_other() -> None:
    assert after_asking("/docs", "/docs", "/openapi.json") == [[200, 200, 200], True, 2]
