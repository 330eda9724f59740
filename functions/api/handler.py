"""The API: admit the key, read the registry, select, render, respond."""

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.logging import correlation_paths
from botocore.client import BaseClient
from snapshot_restore_py import register_after_restore, register_before_snapshot

from model_catalog.admission import Gate
from model_catalog.api_keys import MODELS_READ, Admission
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

# One trailing slash is ignored. \Z, because $ would let a line break pass.
MODELS, MODEL, USAGE, HEALTH = (
    r"/v1/models/?\Z",
    r"/v1/models/(?s:.+)\Z",
    r"/v1/usage/?\Z",
    r"/health/?\Z",
)
READ = ["GET", "HEAD"]


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
app = APIGatewayHttpResolver()
gate, snapshots, renderer, clients = wire(Settings.from_env(os.environ), utc_now, time.monotonic)


@register_before_snapshot
def before_snapshot() -> None:
    """Take the registry into SnapStart's snapshot if it can be read, and no open connection."""
    with suppress(RegistryUnavailableError):
        snapshots.get()
    for client in clients:
        client.close()


@register_after_restore
def after_restore() -> None:
    """Ask for the registry anew: days may have passed, and no clock tells how many."""
    snapshots.expire()


@app.route(MODELS, method=READ)
def list_models() -> Response[str]:
    """Admit the caller, read query and registry, select, render, respond."""
    request, admission = admitted()
    query = parse_query(request.query)
    body = renderer.models(snapshots.get(), admission.key.allowed_models, query)
    return respond(answer_unless_held(request, body, admission.headers))


@app.route(MODEL, method=READ)
def retrieve_model() -> Response[str]:
    """Admit the caller, read the registry, find, render, respond."""
    request, admission = admitted()
    model = request.path.removeprefix("/v1/models/")
    body = renderer.model(snapshots.get(), admission.key.allowed_models, model)
    return respond(answer_unless_held(request, body, admission.headers))


@app.route(USAGE, method=READ)
def get_usage() -> Response[str]:
    """Tell the holder of a key its limits and counters, counting nothing."""
    request = current_request()
    admission = gate.recognize(request)
    return respond(answer(request, 200, usage_body(admission), admission.headers))


@app.route(HEALTH, method=READ)
def get_health() -> Response[str]:
    """Tell that the function runs and how old its registry is, asking no AWS service."""
    request = current_request()
    return respond(answer(request, 200, health_body(snapshots.held, snapshots.age), NOTHING))


@app.not_found
def on_unknown_route(_: Exception) -> Response[str]:
    """Tell a wrong method from a wrong path."""
    request = current_request()
    if any(re.match(known, request.path) for known in (MODELS, MODEL, USAGE, HEALTH)):
        return refuse(MethodNotAllowedError(request.method, request.path, allow=", ".join(READ)))
    return refuse(UnknownUrlError(request.method, request.path))


@app.exception_handler(Exception)
def on_error(error: Exception) -> Response[str]:
    """Log what nobody foresaw, and let everything leave as an answer."""
    if isinstance(error, ApiError):
        return refuse(error)
    logger.error("Unexpected failure", exc_info=error)
    return refuse(InternalError())


def refuse(error: ApiError) -> Response[str]:
    """Tell the caller what went wrong, in the shape OpenAI's clients expect."""
    request = current_request()
    admission: Admission | None = app.context.get("admission")
    facts = {"status": error.status, "error": type(error).__name__, "reason": error.code}
    who = {"address": request.address, "key_id": admission.key.key_id if admission else None}
    logger.info("Request refused", extra={**facts, **who, **error.details})
    if isinstance(error, InternalError | ServiceUnavailableError):
        count(type(error).__name__)
    headers = {**(admission.headers if admission else NOTHING), **error.headers}
    return respond(answer(request, error.status, Body(error.envelope), headers))


def current_request() -> Request:
    """Return the request being answered, read once."""
    if "request" not in app.context:
        app.context["request"] = Request.of(app.current_event.raw_event)
    return cast("Request", app.context["request"])


def admitted() -> tuple[Request, Admission]:
    """Let the caller in, counting the request; every answer from here on tells what is left."""
    request = current_request()
    admission = gate.admit(request, MODELS_READ)
    app.context["admission"] = admission
    return request, admission


def respond(answered: Answer) -> Response[str]:
    """Hand an answer to the resolver."""
    response = Response(answered.status, headers=answered.headers, body=answered.body)
    response.base64_encoded = answered.is_base64
    return response


def request_id_of(event: object) -> str:
    """Return the gateway's name of a request, or "" if it is no event of the gateway's."""
    match event:
        case {"requestContext": {"requestId": str(request_id)}}:
            return request_id
    return ""


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
def lambda_handler(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one request of the HTTP API, in payload format 2.0."""
    try:
        return app.resolve(event, context)
    except Exception:  # an event that is none, say: even then the caller gets the envelope
        logger.exception("Unexpected failure")
        count(InternalError.__name__)
        headers = usual_headers(request_id_of(event))
        body = Body(InternalError().envelope).text
        return {"statusCode": InternalError.status, "headers": headers, "body": body}
