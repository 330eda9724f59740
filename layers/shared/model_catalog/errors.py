"""What callers are told when a request fails, in the envelope OpenAI's clients decode."""

from collections.abc import Mapping
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


class ApiError(Exception):
    """A failure whose message, status and headers are meant for the caller.

    Attributes:
        status: the HTTP status.
        type: OpenAI's error class, such as ``invalid_request_error``.
        code: OpenAI's machine-readable reason, or None.
        param: the parameter at fault, or None.
        headers: what the answer carries beside the usual headers.
        details: what the log is told and the caller is not.
    """

    status = 500
    type = "server_error"
    code: str | None = "internal_error"
    param: str | None = None
    headers: Mapping[str, str] = NOTHING
    details: Mapping[str, str] = NOTHING

    @property
    def envelope(self) -> dict[str, dict[str, str | None]]:
        """Return the answer's body, all four keys always present."""
        return {
            "error": {
                "message": str(self),
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


class InternalError(ApiError):
    """A bug: the caller learns nothing but that it was not their fault."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side; your request was not at fault.")


class AuthenticationError(ApiError):
    """Whoever asks did not show a key that is valid now."""

    status = 401
    type = "invalid_request_error"
    headers = MappingProxyType({"www-authenticate": "Bearer"})  # RFC 9110 wants it on every 401

    def __init__(self, message: str, *, code: str | None, reason: str) -> None:
        super().__init__(message)
        self.code = code
        self.details = {"reason": reason}


class PermissionDeniedError(ApiError):
    """The key is valid but may not do this, or not from there."""

    status = 403
    type = "permission_error"

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class ModelNotFoundError(ApiError):
    """No such model, or none this key may see: the same answer for both."""

    status = 404
    type = "invalid_request_error"
    code = "model_not_found"
    param = "model"

    def __init__(self, model: str) -> None:
        super().__init__(f"No model `{model:.256}` is available to this API key.")


class UnknownUrlError(ApiError):
    """Nothing is served at this path."""

    status = 404
    type = "invalid_request_error"
    code = "unknown_url"

    def __init__(self, method: str, path: str) -> None:
        advice = (
            "This API lists models; requests that run one go to the gateway."
            if method == "POST"
            else "Check the URL for typing errors."
        )
        super().__init__(f"Nothing is served at {method:.32} {path:.256}. {advice}")


class MethodNotAllowedError(ApiError):
    """The path exists, the method does not."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"

    def __init__(self, method: str, path: str, *, allow: str) -> None:
        super().__init__(f"{path:.256} does not take {method:.32}, only {allow}.")
        self.headers = {"allow": allow}


class InvalidValueError(ApiError):
    """A query parameter we know has a value we do not."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_value"

    def __init__(self, param: str, expected: str) -> None:
        super().__init__(f"Invalid value for `{param}`: expected {expected}.")
        self.param = param


class RateLimitError(ApiError):
    """The key has spent one of its limits for now."""

    status = 429

    def __init__(self, message: str, *, quota: bool, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.type = "insufficient_quota" if quota else "requests"
        self.code = "insufficient_quota" if quota else "rate_limit_exceeded"
        self.headers = headers


class ServiceUnavailableError(ApiError):
    """A store this answer needs did not answer; asking again soon may help."""

    status = 503
    code = "service_unavailable"
    headers = MappingProxyType({"retry-after": "1"})

    def __init__(self, reason: str) -> None:
        super().__init__("The service is unavailable for the moment. Try again shortly.")
        self.details = {"reason": reason}


class KeyStoreUnavailableError(ServiceUnavailableError):
    """The key store did not answer, throttled us or holds an item nobody can read."""


class RegistryUnavailableError(ServiceUnavailableError):
    """The registry could not be read, and no earlier copy is held."""
