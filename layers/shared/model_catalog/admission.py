"""From an ``Authorization`` header to an admitted key, or to the error its sender is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from model_catalog.api_keys import (
    Admission,
    PresentedSecret,
    Refusal,
    RefusalReason,
    masked,
    parse_secret,
)
from model_catalog.errors import (
    ApiError,
    AuthenticationError,
    KeyStoreUnavailableError,
    PermissionDeniedError,
    RateLimitError,
)
from model_catalog.http_messages import Request
from model_catalog.limits import (
    LimitStatus,
    Usage,
    go_duration,
    rate_limit_headers,
    retry_headers,
)
from model_catalog.refusal_memory import RefusalMemory

_REMEMBERED = timedelta(seconds=10)
_REMEMBERED_OVER_LIMIT = timedelta(seconds=5)


class KeyStore(Protocol):
    """Where keys are checked and their requests counted."""

    def admit(self, secret: PresentedSecret, permission: str, now: datetime) -> Admission | Refusal:
        """Count one request against the key, or say why not, in one write."""

    def recognize(self, secret: PresentedSecret, now: datetime) -> Admission | Refusal:
        """Return the secret's key and its counters, counting nothing, or say why not."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request at the door; ``permission`` is "" where any valid key will do."""

    shown: str = field(repr=False)
    secret: PresentedSecret
    address: str
    permission: str
    now: datetime


class Gate:
    """The door: nobody passes on anything but the key store's word of this moment."""

    def __init__(
        self,
        keys: KeyStore,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        remembered_at_most: int = 10_000,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._memory = RefusalMemory(monotonic, at_most=remembered_at_most)

    def admit(self, request: Request, permission: str) -> Admission:
        """Let the caller in and count the request.

        Raises:
            AuthenticationError: no valid key was shown.
            PermissionDeniedError: the key lacks ``permission`` or may not be used from there.
            RateLimitError: the key has spent a limit.
            KeyStoreUnavailableError: the key store did not answer; nobody is let in.
        """
        attempt = self._attempt(request, permission)
        with _naming(attempt):
            answer = self._keys.admit(attempt.secret, permission, attempt.now)
        return self._judge(attempt, answer)

    def recognize(self, request: Request) -> Admission:
        """Tell whose key the caller holds and how its counters stand, counting nothing.

        Raises:
            AuthenticationError: no valid key was shown.
            PermissionDeniedError: the key may not be used from there.
            KeyStoreUnavailableError: the key store did not answer; nobody is let in.
        """
        attempt = self._attempt(request, "")
        with _naming(attempt):
            answer = self._keys.recognize(attempt.secret, attempt.now)
        return self._judge(attempt, answer)

    def _attempt(self, request: Request, permission: str) -> _Attempt:
        """Read the header, and refuse again what was refused a moment ago."""
        shown = _bearer_token(request.authorization)
        secret = parse_secret(shown)
        if secret is None:
            raise _unknown_key(shown, "mistyped")
        attempt = _Attempt(shown, secret, request.address, permission, self._clock())
        for scope in ("", permission, request.address):
            if refusal := self._memory.recall(secret.secret_hash, scope, attempt.now):
                raise _error(refusal, attempt)
        return attempt

    def _judge(self, attempt: _Attempt, answer: Admission | Refusal) -> Admission:
        """Return the admission, or remember the refusal and raise what the caller is told."""
        if isinstance(answer, Admission):
            if answer.key.allows_address(attempt.address):
                return answer
            answer = Refusal(RefusalReason.ADDRESS)
        scope, span = _remembered(answer, attempt)
        self._memory.remember(attempt.secret.secret_hash, scope, answer, span)
        raise _error(answer, attempt)


@contextmanager
def _naming(attempt: _Attempt) -> Iterator[None]:
    """Say in the log which key the store failed on."""
    try:
        yield
    except KeyStoreUnavailableError as error:
        error.details = {**error.details, "key_id": attempt.secret.key_id}
        raise


def _bearer_token(authorization: str) -> str:
    """Return the one token of a ``Bearer`` header.

    A comma is never part of a key: the gateway joins repeated headers with it.
    """
    scheme, _, token = authorization.strip(" \t").partition(" ")
    token = token.strip(" \t")
    if not authorization:
        raise AuthenticationError(
            "No API key was sent. Send it in an Authorization header, as"
            " `Authorization: Bearer YOUR_KEY`.",
            code=None,
            reason="missing",
        )
    if scheme.lower() != "bearer" or not token or any(mark in token for mark in " \t,"):
        raise AuthenticationError(
            "The Authorization header could not be read. It has to be the word Bearer, a space"
            " and one API key: `Authorization: Bearer YOUR_KEY`.",
            code=None,
            reason="malformed",
        )
    return token


def _unknown_key(shown: str, reason: str) -> AuthenticationError:
    return AuthenticationError(
        f"The API key {masked(shown)} is not valid. Check it for typing errors, or ask whoever"
        " issued it for a new one.",
        code="invalid_api_key",
        reason=reason,
    )


def _remembered(refusal: Refusal, attempt: _Attempt) -> tuple[str, timedelta]:
    """Return for what a refusal is remembered, and for how long it may be."""
    match refusal:
        case Refusal(reason=RefusalReason.ADDRESS):
            return attempt.address, _REMEMBERED
        case Refusal(reason=RefusalReason.PERMISSION):
            return attempt.permission, _REMEMBERED
        case Refusal(reason=RefusalReason.LIMIT):
            return attempt.permission, _REMEMBERED_OVER_LIMIT
        case _:
            return "", _REMEMBERED


def _error(refusal: Refusal, attempt: _Attempt) -> ApiError:
    error = _told(refusal, attempt)
    error.details = {"reason": refusal.reason, "key_id": attempt.secret.key_id}
    return error


def _told(refusal: Refusal, attempt: _Attempt) -> ApiError:
    """Return what the caller is told; only a secret that matched learns more than "not valid"."""
    match refusal:
        case Refusal(reason=RefusalReason.DISABLED | RefusalReason.EXPIRED as reason):
            return AuthenticationError(
                f"The API key {masked(attempt.shown)} is {reason}. Ask whoever issued it.",
                code="invalid_api_key",
                reason=reason,
            )
        case Refusal(reason=RefusalReason.PERMISSION as reason):
            return PermissionDeniedError(
                f"This API key lacks the permission `{attempt.permission}`.", code=reason
            )
        case Refusal(reason=RefusalReason.ADDRESS as reason):
            return PermissionDeniedError(
                f"This API key may not be used from {attempt.address}.", code=reason
            )
        case Refusal(usage=Usage() as usage, spent=LimitStatus() as spent):
            return _over_limit(replace(usage, now=attempt.now), spent)
        case _:
            return _unknown_key(attempt.shown, refusal.reason)


def _over_limit(usage: Usage, spent: LimitStatus) -> RateLimitError:
    wait = spent.reset - usage.now
    requests = "request" if spent.limit == 1 else "requests"
    return RateLimitError(
        f"This API key's limit of {spent.limit} {requests} per {spent.window} is spent."
        f" Try again in {go_duration(timedelta(seconds=ceil(wait.total_seconds())))},"
        f" at {spent.reset:%Y-%m-%dT%H:%M:%SZ}.",
        quota=spent.window.is_quota,
        headers=rate_limit_headers(usage) | retry_headers(wait),
    )
