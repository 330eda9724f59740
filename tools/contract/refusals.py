"""What requests are refused with: every error there is, raised by the code that raises it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contract.examples import NOW, SNAPSHOT, usage
from model_catalog.admission import Gate
from model_catalog.api_keys import (
    MODELS_READ,
    Admission,
    PresentedSecret,
    Refusal,
    RefusalReason,
)
from model_catalog.errors import (
    ApiError,
    InternalError,
    KeyStoreUnavailableError,
    MethodNotAllowedError,
    RegistryUnavailableError,
    UnknownUrlError,
)
from model_catalog.http_messages import Request
from model_catalog.limits import Window
from model_catalog.rendering import Renderer
from model_catalog.selection import parse_query

METHODS = ("GET", "HEAD")

_SHOWN = f"sk-clb-{'an-example'.ljust(43, 'x')}"  # of the right shape, and nobody's

type Refusals = Mapping[str, ApiError]


@dataclass(frozen=True, slots=True)
class _Keys:
    """A key store that refuses everybody for the same reason."""

    refusal: Refusal

    def admit(self, secret: PresentedSecret, permission: str, now: datetime) -> Admission | Refusal:  # noqa: ARG002
        """Refuse."""
        return self.refusal

    def recognize(self, secret: PresentedSecret, now: datetime) -> Admission | Refusal:  # noqa: ARG002
        """Refuse."""
        return self.refusal


def raised_by(act: Callable[[], object]) -> ApiError:
    """Return the error ``act`` ends with.

    Raises:
        LookupError: it ends with none.
    """
    try:
        act()
    except ApiError as error:
        return error
    raise LookupError("Nothing was raised.")


def _request(authorization: str) -> Request:
    return Request(
        method="GET",
        path="/v1/models",
        query="",
        request_id="",
        address="203.0.113.7",
        authorization=authorization,
        accept_encoding="",
        if_none_match="",
    )


def _gate(refusal: Refusal) -> Gate:
    return Gate(_Keys(refusal), clock=lambda: NOW, monotonic=lambda: 0.0)


def _at_the_door(refusal: Refusal, authorization: str = f"Bearer {_SHOWN}") -> ApiError:
    return raised_by(lambda: _gate(refusal).admit(_request(authorization), MODELS_READ))


def _from_elsewhere() -> ApiError:
    gate = _gate(Refusal(RefusalReason.ADDRESS))
    return raised_by(lambda: gate.recognize(_request(f"Bearer {_SHOWN}")))


def _spent(window: Window, limit: int) -> ApiError:
    stand = usage({window: limit}, counted=limit)
    return _at_the_door(Refusal(RefusalReason.LIMIT, stand, stand.exhausted))


def _bad_query(query: str) -> ApiError:
    renderer = Renderer("")
    return raised_by(lambda: renderer.models(SNAPSHOT, frozenset(), parse_query(query)))


def _unknown_model() -> ApiError:
    return raised_by(lambda: Renderer("").model(SNAPSHOT, frozenset(), "gpt-9"))


_UNKNOWN = Refusal(RefusalReason.UNKNOWN)

BAD_REQUEST: Refusals = {
    name: _bad_query(f"{name}=")
    for name in (
        *("input_modality", "output_modality", "reasoning_effort", "capability"),
        *("min_context_window", "limit", "after"),
    )
}
UNAUTHORIZED: Refusals = {
    "no_key": _at_the_door(_UNKNOWN, ""),
    "not_one_bearer_token": _at_the_door(_UNKNOWN, "Basic dXNlcjpwYXNz"),
    "unknown_revoked_or_mistyped": _at_the_door(_UNKNOWN),
    "disabled": _at_the_door(Refusal(RefusalReason.DISABLED)),
    "expired": _at_the_door(Refusal(RefusalReason.EXPIRED)),
}
ADDRESS_NOT_ALLOWED: Refusals = {"address": _from_elsewhere()}
FORBIDDEN: Refusals = {
    "permission": _at_the_door(Refusal(RefusalReason.PERMISSION)),
    **ADDRESS_NOT_ALLOWED,
}
NOT_FOUND: Refusals = {
    "model": _unknown_model(),
    "path": UnknownUrlError("GET", "/v1/model"),
}
METHOD_NOT_ALLOWED: Refusals = {
    "method": MethodNotAllowedError("POST", "/v1/models", allow=", ".join(METHODS))
}
TOO_MANY_REQUESTS: Refusals = {
    "minute": _spent(Window.MINUTE, 60),
    "hour": _spent(Window.HOUR, 1_000),
    "month": _spent(Window.MONTH, 10_000),
}
INTERNAL_ERROR: Refusals = {"bug": InternalError()}
KEYS_UNAVAILABLE: Refusals = {"keys": KeyStoreUnavailableError("")}
UNAVAILABLE: Refusals = {**KEYS_UNAVAILABLE, "registry": RegistryUnavailableError("")}
REFUSALS: Refusals = {
    **BAD_REQUEST,
    **UNAUTHORIZED,
    **FORBIDDEN,
    **NOT_FOUND,
    **METHOD_NOT_ALLOWED,
    **TOO_MANY_REQUESTS,
    **INTERNAL_ERROR,
    **UNAVAILABLE,
}
