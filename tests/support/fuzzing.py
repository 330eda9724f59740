"""What Schemathesis checks beside its own, and what the contract excuses: it loads this itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

# What HTTP, and API Gateway, put on every answer.
_OF_THE_WIRE = {"apigw-requestid", "connection", "content-length", "content-type", "date"}


@schemathesis.check
def only_documented_headers(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Fail on a header that is not documented for the answer's status."""
    unknown = response.headers.keys() - documented(response, case)["headers"].keys() - _OF_THE_WIRE
    assert not unknown, f"Undocumented headers: {sorted(unknown)}"


@schemathesis.check
def only_documented_bodies(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Fail on a body where none is documented, and on none where one is."""
    assert bool(response.content) == ("content" in documented(response, case))


def documented(response: Response, case: Case[Any]) -> Mapping[str, Any]:
    """Return what the document says of the answer's status."""
    found = case.operation.responses.find_by_status_code(response.status_code)
    assert found, f"Undocumented status: {response.status_code}"
    return {"headers": {}, **found.definition}


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, __: Case[Any], response: Response) -> bool:
    """Let go what the contract allows and JSON Schema cannot say."""
    query = parse_qs(urlsplit(response.request.url or "").query)
    match failure:
        case AcceptedNegativeData():  # whatever else is said, Codex gets its catalog
            return "client_version" not in query
        case RejectedPositiveData():  # an id may be well-formed, and of no model
            return "after" not in query
    return True
