"""The gateway: each request becomes an event, each of the function's answers a response."""

import secrets
import traceback
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from localcloud.events import HttpRequest, event_of
from localcloud.responses import (
    HttpResponse,
    UnusableAnswerError,
    gateway_response,
    http_response_of,
)
from localcloud.runtime import FunctionError, LambdaFunction


def respond(function: LambdaFunction, request: HttpRequest) -> HttpResponse:
    """Ask the function, or own up that it failed, as the gateway does."""
    request_id = urlsafe_b64encode(secrets.token_bytes(11)).decode()
    event = event_of(request, request_id=request_id, now=datetime.now(UTC))
    try:
        response = http_response_of(function.invoke(event))
    except (FunctionError, UnusableAnswerError):
        traceback.print_exc()
        response = gateway_response(HTTPStatus.INTERNAL_SERVER_ERROR)
    return replace(response, headers=(*response.headers, ("apigw-requestid", request_id)))
