"""The API itself: asked as its callers ask it."""

from collections.abc import Iterator
from http import HTTPStatus

from model_catalog.api_keys import masked, mint
from model_catalog.snapshot import Json, Snapshot
from modelctl.api_client import Reply, ask
from modelctl.doctor.findings import Finding, failed, ok, warning
from modelctl.documents import counted

_LOGS = "Look at the function's log (ServerErrorsAlarm in docs/operations.md)."


def check_health(url: str, live: Snapshot | None) -> Iterator[Finding]:
    """Tell whether a function runs, and which registry it holds."""
    reply = ask(url, "/health")
    if reply.status != HTTPStatus.OK:
        yield failed("api", f"{url}/health: {_said(reply)}", _LOGS)
        return
    match reply.body:
        case {"registry": {"version": version, "age_seconds": age}}:
            yield _held(url, version, age, live)
        case _:
            yield failed("api", f"{url}/health is not this API's", "Check --url and the domain.")


def check_refusal(url: str) -> Iterator[Finding]:
    """Show a key that nobody has: who refuses it has asked the table."""
    reply = ask(url, "/v1/models", mint().secret)
    if (reply.status, reply.error_code) == (HTTPStatus.UNAUTHORIZED, "invalid_api_key"):
        yield ok("admission", "a made-up key is refused")
    elif reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
        yield failed(
            "admission",
            f"the function does not get through to the table: {_said(reply)}",
            "See KeyStoreFailuresAlarm in docs/operations.md.",
        )
    else:
        yield failed("admission", f"a made-up key gets {_said(reply)}", _LOGS)


def check_canary(url: str, secret: str) -> Iterator[Finding]:
    """Ask for the models with a real key, which counts as one request."""
    reply = ask(url, "/v1/models", secret)
    said = _said(reply).replace(secret, masked(secret))  # whatever it is that answers
    match reply.status, reply.body:
        case HTTPStatus.OK, {"data": [_, *_] as models}:
            yield ok("canary", f"the key sees {counted(len(models), 'model')}")
        case HTTPStatus.OK, {"data": []}:
            yield warning(
                "canary", "the key sees no model", "What it may use: modelctl keys show KEY"
            )
        case HTTPStatus.TOO_MANY_REQUESTS, _:
            yield warning("canary", said, "Ask with a key that has requests left.")
        case ((HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN), _):
            yield failed("canary", said, "How it stands: modelctl keys show KEY")
        case _:
            yield failed("canary", said, _LOGS)


def _held(url: str, version: Json, age: Json, live: Snapshot | None) -> Finding:
    if age is None:
        return ok("api", f"{url} answers; that function has read no registry yet")
    if live is None or (version or "") == live.source_version:
        return ok("api", f"{url} answers, with the registry it confirmed {age} s ago")
    return warning(
        "api",
        f"{url} answers with version {version}, confirmed {age} s ago, not with what is live",
        "Ask again when RegistryMaxAge has passed; if it stays, see RegistryStaleAlarm in"
        " docs/operations.md.",
    )


def _said(reply: Reply) -> str:
    """Return what an answer says, in one line."""
    match reply.body:
        case {"error": {"message": str(message)}}:
            return f"{reply.status}, {message}"
        case {"message": str(message)}:  # the gateway's own
            return f"{reply.status}, {message}"
    return str(reply.status)
