"""The API: admit the key, read the registry, select, render, respond."""

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.client import BaseClient
from snapshot_restore_py import register_after_restore, register_before_snapshot

from model_catalog.admission import Gate
from model_catalog.api_keys import MODELS_READ, Admission
from model_catalog.aws_clients import close_connections
from model_catalog.errors import (
    NOTHING,
    ApiError,
    InternalError,
    MethodNotAllowedError,
    RegistryUnavailableError,
    ServiceUnavailableError,
    UnknownUrlError,
)
from model_catalog.http_messages import (
    Answer,
    Request,
    answer,
    answer_unless_held,
    request_id_of,
    usual_headers,
)
from model_catalog.key_store import DynamoKeyStore, dynamodb_client
from model_catalog.metrics import count
from model_catalog.registry_store import S3RegistryStore, s3_client
from model_catalog.rendering import Body, Renderer, health_body, usage_body
from model_catalog.selection import parse_query
from model_catalog.settings import Settings
from model_catalog.snapshot_cache import SnapshotCache

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def utc_now() -> datetime:
    """Return the time, aware of its zone."""
    return datetime.now(UTC)


def on_registry_failure(error: Exception) -> None:
    """Report that the registry was not refreshed; what is held goes on being served."""
    logger.warning("Registry not refreshed", exc_info=error)
    count("RegistryNotRefreshed")


def wire(
    settings: Settings, clock: Callable[[], datetime], monotonic: Callable[[], float]
) -> tuple[Gate, SnapshotCache, Renderer, Iterable[BaseClient]]:
    """Build what warm requests share, and the clients behind it."""
    dynamodb, s3 = dynamodb_client(), s3_client()
    keys = DynamoKeyStore(dynamodb, table_name=settings.table_name)
    registry = S3RegistryStore(s3, bucket_name=settings.bucket_name)
    snapshots = SnapshotCache(
        registry,
        max_age=settings.max_age,
        clock=clock,
        monotonic=monotonic,
        on_failure=on_registry_failure,
    )
    gate = Gate(keys, clock=clock, monotonic=monotonic)
    return gate, snapshots, Renderer(settings.owned_by), (dynamodb, s3)


logger = Logger()
gate, snapshots, renderer, clients = wire(Settings.from_env(os.environ), utc_now, time.monotonic)


@register_before_snapshot
def before_snapshot() -> None:
    """Take the registry into SnapStart's snapshot if it can be read, and no open connection."""
    with suppress(RegistryUnavailableError):
        snapshots.get()
    close_connections(clients)


@register_after_restore
def after_restore() -> None:
    """Ask for the registry anew: days may have passed, and no clock tells how many."""
    snapshots.expire()


@dataclass(slots=True)
class Exchange:
    """One request, and whose it turned out to be; None until it is admitted."""

    request: Request
    admission: Admission | None = None

    def admit(self) -> Admission:
        """Let the caller in, counting the request; every answer from here on tells what is left."""
        self.admission = gate.admit(self.request, MODELS_READ)
        return self.admission


def list_models(exchange: Exchange) -> Answer:
    """Admit the caller, read query and registry, select, render, respond."""
    admission = exchange.admit()
    query = parse_query(exchange.request.query)
    body = renderer.models(snapshots.get(), admission.key.allowed_models, query)
    return answer_unless_held(exchange.request, body, admission.headers)


def retrieve_model(exchange: Exchange) -> Answer:
    """Admit the caller, read the registry, find, render, respond."""
    admission = exchange.admit()
    model = exchange.request.path.removeprefix("/v1/models/")
    body = renderer.model(snapshots.get(), admission.key.allowed_models, model)
    return answer_unless_held(exchange.request, body, admission.headers)


def get_usage(exchange: Exchange) -> Answer:
    """Tell the holder of a key its limits and counters, counting nothing."""
    admission = gate.recognize(exchange.request)
    return answer(exchange.request, 200, usage_body(admission), admission.headers)


def get_health(exchange: Exchange) -> Answer:
    """Tell that the function runs and how old its registry is, asking no AWS service."""
    return answer(exchange.request, 200, health_body(snapshots.held, snapshots.age), NOTHING)


def get_explorer(exchange: Exchange) -> Answer:
    """Show the page on which the holder of a key looks at its models."""
    return asset(exchange.request, "explorer.html")


def get_docs(exchange: Exchange) -> Answer:
    """Show the page that describes the API."""
    return asset(exchange.request, "docs.html")


def get_document(exchange: Exchange) -> Answer:
    """Describe the API to programs, in OpenAPI."""
    return asset(exchange.request, "openapi.json")


def asset(request: Request, name: str) -> Answer:
    """Answer with a file that came with the function, asking for no key and no AWS service."""
    from model_catalog.pages import page  # noqa: PLC0415 - nothing of it is loaded for the API

    found = page(ASSETS / name)
    return answer_unless_held(request, found.body, found.headers)


ASSETS = Path(__file__).with_name("assets")
READ = ("GET", "HEAD")
ROUTES = (  # One trailing slash is ignored. \Z, because $ would let a line break pass.
    (re.compile(r"/v1/models/?\Z"), list_models),
    (re.compile(r"/v1/models/(?s:.+)\Z"), retrieve_model),
    (re.compile(r"/v1/usage/?\Z"), get_usage),
    (re.compile(r"/health/?\Z"), get_health),
    (re.compile(r"/\Z"), get_explorer),
    (re.compile(r"/docs/?\Z"), get_docs),
    (re.compile(r"/openapi\.json/?\Z"), get_document),
)


def route_of(request: Request) -> Callable[[Exchange], Answer]:
    """Return what answers a request.

    Raises:
        MethodNotAllowedError: the path exists, the method does not.
        UnknownUrlError: nothing is served at the path.
    """
    for path, route in ROUTES:
        if path.match(request.path):
            if request.method in READ:
                return route
            raise MethodNotAllowedError(request.method, request.path, allow=", ".join(READ))
    raise UnknownUrlError(request.method, request.path)


def answered(exchange: Exchange) -> Answer:
    """Answer a request; whatever goes wrong leaves as an answer, too."""
    try:
        return route_of(exchange.request)(exchange)
    except ApiError as error:
        return refused(exchange, error)
    except Exception:
        logger.exception("Unexpected failure")
        return refused(exchange, InternalError())


def refused(exchange: Exchange, error: ApiError) -> Answer:
    """Tell the caller what went wrong, in the shape OpenAI's clients expect."""
    request, admission = exchange.request, exchange.admission
    facts = {"status": error.status, "error": type(error).__name__, "reason": error.code}
    who = {"address": request.address, "key_id": admission.key.key_id if admission else None}
    logger.info("Request refused", extra={**facts, **who, **error.details})
    if isinstance(error, InternalError | ServiceUnavailableError):
        count(type(error).__name__)
    headers = {**(admission.headers if admission else NOTHING), **error.headers}
    return answer(request, error.status, Body.of(error.envelope), headers)


def lambda_handler(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one request of the HTTP API, in payload format 2.0."""
    request_id = request_id_of(event)
    logger.append_keys(
        correlation_id=request_id,
        function_arn=context.invoked_function_arn,
        function_request_id=context.aws_request_id,
    )
    try:
        return answered(Exchange(Request.of(event))).payload
    except Exception:  # an event that is none, say: even then the caller gets the envelope
        logger.exception("Unexpected failure")
        count(InternalError.__name__)
        body = Body.of(InternalError().envelope).text
        return Answer(InternalError.status, usual_headers(request_id), body).payload
