"""``keys test``: what the API itself answers to a secret."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from model_catalog.api_keys import mint
from model_catalog.errors import NOTHING
from support.failing_server import FailingServer, answering, never_answer, reset
from support.operator import Operator, Printed, keys

SECRET = mint().secret
MASKED = f"{SECRET[:8]}***{SECRET[-4:]}"
ENVELOPE = {
    "error": {"message": "No such key.", "type": "auth", "param": None, "code": "invalid_api_key"}
}


def asked(
    operator: Operator, behavior: Any, *options: str, secret: str = SECRET
) -> tuple[str, Printed]:
    """Ask a server that behaves in a chosen way; return where it was, and what was printed."""
    with FailingServer(behavior).running() as server:
        return server.url, keys(operator, "test", secret, "--url", server.url, *options)


def answer(
    body: Any, status: int = 200, headers: Mapping[str, str] = NOTHING, *, text: bool = False
) -> Any:
    """Answer everybody with ``body``, as JSON unless it is to be sent as it is."""
    return answering(status, (body if text else json.dumps(body)).encode(), headers)


def test_the_models_and_what_is_left_are_shown(operator: Operator) -> None:
    url, printed = asked(
        operator,
        answer(
            {"data": [{"id": "b"}, {"id": "a"}, "odd", {}]},
            headers={"X-Request-Id": "7", "RateLimit": '"day";r=1;t=2', "Server": "x"},
        ),
    )

    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == [
        f"{MASKED} at {url}/v1/models: 200",
        "  4 models, in the API's order:",
        *("    b", "    a", "    odd", "    None"),
        "  x-request-id: 7",
        '  ratelimit: "day";r=1;t=2',
    ]
    assert SECRET not in printed.out


def test_of_many_models_the_first_are_shown(operator: Operator) -> None:
    _, ten = asked(operator, answer({"data": [{"id": str(each)} for each in range(10)]}))
    _, many = asked(operator, answer({"data": [{"id": str(each)} for each in range(1_011)]}))

    assert ten.lines[-1] == "    9"
    assert many.lines[1] == "  1,011 models, in the API's order:"
    assert many.lines[-2:] == ["    9", "    ... and 1,001 more (all of them: --json)"]


def test_a_refusal_is_shown_and_is_exit_code_1(operator: Operator) -> None:
    url, printed = asked(
        operator, answer(ENVELOPE, 401, {"www-authenticate": "Bearer", "retry-after": "5"})
    )

    assert (printed.code, printed.err) == (1, "")
    assert printed.lines == [
        f"{MASKED} at {url}/v1/models: 401",
        "  No such key.",
        "  type: auth, code: invalid_api_key",
        "  www-authenticate: Bearer",
        "  retry-after: 5",
    ]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (429, 1)])
def test_scripts_get_the_answer_as_it_is(status: int, code: int, operator: Operator) -> None:
    url, printed = asked(operator, answer(ENVELOPE, status, {"X-One": "1"}), "--json")

    told = printed.json
    assert printed.code == code
    assert told["headers"].pop("x-one") == "1"
    assert (told["url"], told["status"], told["body"]) == (f"{url}/v1/models", status, ENVELOPE)


def test_an_answer_of_something_else_is_told(operator: Operator) -> None:
    _, page = asked(operator, answer("<html>\xfc</html>", 502, text=True))
    _, list_ = asked(operator, answer([1], 200))

    assert (page.code, page.lines[1]) == (
        1,
        "  <html>ü</html>: not this API's own answer; a gateway's, perhaps.",
    )
    assert list_.lines[1] == "  [1]: not this API's own answer; a gateway's, perhaps."


def test_redirects_are_not_followed(operator: Operator) -> None:
    with FailingServer(answer({"data": []})).running() as elsewhere:
        _, printed = asked(operator, answer({}, 302, {"location": elsewhere.url}))

        assert elsewhere.connections == 0
    assert printed.code == 1
    assert printed.lines[0].endswith(": 302")


def test_where_nothing_listens_is_exit_code_3(operator: Operator) -> None:
    printed = keys(operator, "test", SECRET, "--url=http://127.0.0.1:9/")

    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        "Error: http://127.0.0.1:9 cannot be reached (NewConnectionError)."
        " Check --url, the stack and the network.\n"
    )


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://127.0.0.1:port", "http://"])
def test_what_is_no_url_cannot_be_reached(url: str, operator: Operator) -> None:
    printed = keys(operator, "test", SECRET, "--url", url)

    assert (printed.code, printed.out) == (3, "")
    assert "cannot be reached (" in printed.err


def test_a_server_that_hangs_up_cannot_be_reached(operator: Operator) -> None:
    _, printed = asked(operator, reset)

    assert printed.code == 3
    assert "cannot be reached (ProtocolError)" in printed.err


def test_secrets_come_from_standard_input_or_the_environment(operator: Operator) -> None:
    with FailingServer(answer({"data": []})).running() as server:
        url = server.url

        piped = keys(operator, "test", "-", "--url", url, stdin=f"{SECRET}\nmore\n")
        of_environment = keys(operator, "test", f"--url={url}", env={"MODEL_CATALOG_KEY": SECRET})

    assert [piped.code, of_environment.code] == [0, 0]
    assert piped.lines[0] == of_environment.lines[0] == f"{MASKED} at {url}/v1/models: 200"


@pytest.mark.parametrize("secret", ["", "  ", "sk-clb-ü", "a\nb"])
def test_what_cannot_be_a_secret_is_not_sent(secret: str, operator: Operator) -> None:
    with FailingServer(never_answer).running() as server:
        printed = keys(operator, "test", secret, "--url", server.url)

        assert server.connections == 0
    assert (printed.code, printed.err) == (
        2,
        "Error: SECRET is empty, or has characters that no key has.\n",
    )


def test_an_empty_standard_input_has_no_secret(operator: Operator) -> None:
    assert keys(operator, "test", "-", "--url=http://127.0.0.1:9", stdin="").code == 2


def test_the_secret_is_sent_as_a_bearer_token(operator: Operator) -> None:
    received: list[bytes] = []

    def listen(connection: Any) -> None:
        received.append(connection.recv(10_000))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        connection.close()

    asked(operator, listen, secret=f" {SECRET}\n")

    [request] = received
    assert request.startswith(b"GET /v1/models HTTP/1.1\r\n")
    assert f"authorization: Bearer {SECRET}\r\n".encode() in request


def test_without_a_url_it_is_said_how_to_give_one(operator: Operator) -> None:
    printed = keys(operator, "test", SECRET, env={"MODEL_CATALOG_URL": None})

    assert printed.code == 2
    assert printed.err.startswith("Error: Where is the API? Give --url URL or --stack NAME")


def test_the_stack_or_the_environment_says_where_the_api_is(operator: Operator) -> None:
    outputs = {"ApiUrl": {"Value": "http://127.0.0.1:9/stack"}}
    resources = {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "other"}}}
    client = boto3.client("cloudformation")
    for name, its_outputs in (("st", outputs), ("bare", {})):
        template = {"Resources": resources, "Outputs": its_outputs}
        resources = {"T": {"Type": "AWS::SQS::Queue"}}
        client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    environment = {"MODEL_CATALOG_URL": "http://127.0.0.1:9/environment"}

    of_stack = keys(operator, "test", SECRET, "--stack=st", env=environment)
    of_environment = keys(operator, "test", SECRET, env=environment)
    of_neither = keys(operator, "test", SECRET, "--stack=bare", env=environment)

    assert "http://127.0.0.1:9/stack cannot be reached" in of_stack.err
    assert "http://127.0.0.1:9/environment cannot be reached" in of_environment.err
    assert of_neither.code == 2
