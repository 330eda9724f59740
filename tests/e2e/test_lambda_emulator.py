"""The built API under Lambda's emulator, beside the same function out of the source tree."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from localcloud.publishing import source_written
from localcloud.runtime import LambdaFunction
from localcloud.stack import API, BUCKET, NAMES, PUBLISHER, cold_start
from support.builders import event
from support.deployment import EVENTS, SAMPLE_REGISTRY, Deployment, running_deployment
from support.failing_server import FailingServer, failing_for, never_answer
from support.lambda_emulator import Artefact, Emulator, running_emulator, why_not_here
from support.stack import Output

pytestmark = pytest.mark.skipif(why_not_here() is not None, reason=str(why_not_here()))

STATUSES = {"over-limit": [200, 429], "unknown-key": [401, 401]}  # else 200, however often
UNRESTRICTED = json.loads((EVENTS / "list.json").read_text())
BEARER = {"authorization": UNRESTRICTED["headers"]["authorization"]}
OTHER_REQUESTS = {
    "compressed": event("/v1/models", headers={**BEARER, "accept-encoding": "gzip"}),
    "a page": event("/v1/models", headers=BEARER, query="limit=2&capability=vision"),
    "without a body": event("/v1/models", headers=BEARER, method="HEAD"),
    "a bad query": event("/v1/models", headers=BEARER, query="limit=0"),
    "an unknown model": event("/v1/models/é\ud800", headers=BEARER),
    "the usage": event("/v1/usage", headers=BEARER),
    "no key": event("/v1/models"),
    "an unknown path": event("/nothing\n"),
    "a wrong method": event("/v1/models", method="POST"),
    "no event at all": {},
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The sample keys, and the sample registry as the built publisher published it."""
    folder = tmp_path_factory.mktemp("deployment")
    with running_deployment(folder) as deployed:
        deployed.put_sample_keys()
        version = deployed.put_source(SAMPLE_REGISTRY.read_bytes())
        environment = deployed.environment_of(PUBLISHER)
        with running_emulator(Artefact.of(PUBLISHER), environment, folder) as publisher:
            publisher.invoke(source_written(NAMES[BUCKET], version, datetime.now(UTC)))
        yield deployed


@dataclass(frozen=True)
class Started:
    """The built API, and its answer to the event it was started by."""

    emulator: Emulator
    first: Any


@pytest.fixture(scope="module")
def built(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    environment = deployment.environment_of(API) | {"POWERTOOLS_LOG_LEVEL": "DEBUG"}  # tells most
    folder = tmp_path_factory.mktemp("built")
    with running_emulator(Artefact.of(API), environment, folder) as emulator:
        yield Started(emulator, emulator.invoke(UNRESTRICTED))


@pytest.fixture(scope="module")
def sources(deployment: Deployment) -> LambdaFunction:
    return cold_start(deployment.template, API, deployment.environment_of(API))


def wait_until_early_in_a_minute() -> None:
    """Let no minute of the clock end within the next seconds."""
    if (second := datetime.now(UTC).second) >= 55:
        time.sleep(60 - second)


def timeless(answer: Any) -> str:
    """Return an answer byte by byte, but without how long it is until a window ends.

    The two functions are asked one after the other. The moment it ends at is left in.
    """
    text = json.dumps(answer)
    for wait in (
        r'(?<="x-ratelimit-reset-requests": ")[0-9.ms]+',
        r"(?<=;t=)[0-9]+",
        r'(?<="retry-after": ")[0-9]+',
        r'(?<="retry-after-ms": ")[0-9]+',
        r"(?<=Try again in )[0-9ms]+(?=, at )",
    ):
        text = re.sub(wait, "#", text)
    return text


# Starting


def test_the_first_event_starts_it_once_and_is_answered(built: Started) -> None:
    body = json.loads(built.first["body"])

    assert built.first["statusCode"] == 200
    assert len(body["data"]) == 68
    assert len(built.emulator.init_milliseconds) == 1


def test_the_next_event_is_answered_alike_by_the_same_process(built: Started) -> None:
    before = built.emulator.function_pid

    answer = built.emulator.invoke(UNRESTRICTED)

    assert answer == built.first
    assert built.emulator.function_pid == before
    assert len(built.emulator.init_milliseconds) == 1


def test_a_missing_variable_is_named_by_the_start_that_fails(
    deployment: Deployment, tmp_path: Path
) -> None:
    environment = deployment.environment_of(API)
    del environment["TABLE_NAME"]

    with running_emulator(Artefact.of(API), environment, tmp_path) as emulator:
        reported = emulator.invoke(UNRESTRICTED)

    message = "Environment variables not set: TABLE_NAME."
    assert (reported["errorType"], reported["errorMessage"]) == ("SettingsError", message)
    assert f"[ERROR] SettingsError: {message}" in emulator.printed
    assert "INIT RTDONE(status: error)" in emulator.text


# Answering


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_built_function_answers_an_event_as_the_sources_do(
    deployment: Deployment, built: Started, sources: LambdaFunction, path: Path
) -> None:
    sent = json.loads(path.read_text())
    wait_until_early_in_a_minute()

    deployment.put_sample_keys()
    answers = [built.emulator.invoke(sent) for _ in range(2)]
    deployment.put_sample_keys()
    expected = [sources.invoke(sent) for _ in range(2)]

    assert [answer["statusCode"] for answer in answers] == STATUSES.get(path.stem, [200, 200])
    assert list(map(timeless, answers)) == list(map(timeless, expected))


@pytest.mark.parametrize("sent", OTHER_REQUESTS.values(), ids=OTHER_REQUESTS)
def test_the_built_function_answers_any_request_as_the_sources_do(
    deployment: Deployment, built: Started, sources: LambdaFunction, sent: dict[str, Any]
) -> None:
    wait_until_early_in_a_minute()

    deployment.put_sample_keys()
    answer = built.emulator.invoke(sent)
    deployment.put_sample_keys()
    expected = sources.invoke(sent)

    assert "statusCode" in answer
    assert json.dumps(answer) == json.dumps(expected)


@contextmanager
def before_a_trickling_store(
    deployment: Deployment, folder: Path, *, timeout_seconds: int
) -> Iterator[tuple[Emulator, FailingServer]]:
    environment, store = deployment.environment_of(API), FailingServer(trickle)
    with store.running():
        environment["AWS_ENDPOINT_URL_DYNAMODB"] = store.url
        with running_emulator(
            Artefact.of(API), environment, folder, timeout_seconds=timeout_seconds
        ) as emulator:
            yield emulator, store


def test_a_store_that_trickles_is_given_up_and_the_caller_told(
    deployment: Deployment, tmp_path: Path
) -> None:
    with before_a_trickling_store(deployment, tmp_path, timeout_seconds=5) as (emulator, _):
        answer = emulator.invoke(UNRESTRICTED)

    assert answer["statusCode"] == 503
    assert len(emulator.init_milliseconds) == 1


def test_a_function_out_of_time_is_cut_off_and_the_next_event_starts_anew(
    deployment: Deployment, tmp_path: Path
) -> None:
    with before_a_trickling_store(deployment, tmp_path, timeout_seconds=1) as (emulator, store):
        health = emulator.invoke(event("/health"))
        first = emulator.function_pid
        cut_off = emulator.invoke(UNRESTRICTED)
        store.behavior = failing_for("nothing of the kind", never_answer, deployment.url)
        answer = emulator.invoke(UNRESTRICTED)
        second = emulator.function_pid

    assert health["statusCode"] == 200
    assert cut_off == "Task timed out after 1.00 seconds"
    assert answer["statusCode"] == 200
    assert first != second
    assert len(emulator.init_milliseconds) == 2


def trickle(connection: socket) -> None:
    """Answer a byte at a time, so that no wait for the next one is ever too long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-nothing: ")
    while True:
        connection.sendall(b"-")
        time.sleep(0.2)


# Logging


def test_what_is_printed_is_a_document_a_line_and_no_secret(built: Started) -> None:
    sent = {path.stem: json.loads(path.read_text()) for path in EVENTS.glob("*.json")}
    for name, each in {**sent, **OTHER_REQUESTS}.items():
        if name != "over-limit":  # would be remembered for seconds, where its own test may be next
            built.emulator.invoke(each)

    output = Output(built.emulator.printed)

    assert {"Request refused", "Unexpected failure"} <= {log["message"] for log in output.logs}
    assert {metric["_aws"]["CloudWatchMetrics"][0]["Namespace"] for metric in output.metrics} == {
        "ModelCatalog"
    }
    for each in sent.values():
        _, secret = each["headers"]["authorization"].split(" ")
        assert secret not in built.emulator.text
        assert secret[23:-4] not in built.emulator.text  # what is left without prefix, id and end
