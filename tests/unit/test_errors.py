"""Every failure tells its caller what OpenAI's clients look for, and nothing more."""

import pytest

from model_catalog.errors import (
    ApiError,
    AuthenticationError,
    InternalError,
    InvalidValueError,
    KeyStoreUnavailableError,
    MethodNotAllowedError,
    ModelNotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RegistryUnavailableError,
    ServiceUnavailableError,
    UnknownUrlError,
)

MISSING_KEY = AuthenticationError("No key.", code=None, reason="missing")
WRONG_KEY = AuthenticationError("Wrong key.", code="invalid_api_key", reason="unknown")
MINUTE_LIMIT = RateLimitError("Slow down.", quota=False, headers={"retry-after": "7"})
DAY_QUOTA = RateLimitError("Spent.", quota=True, headers={})
ALL = [
    (MISSING_KEY, 401, "invalid_request_error", None, None),
    (WRONG_KEY, 401, "invalid_request_error", None, "invalid_api_key"),
    (
        PermissionDeniedError("No.", code="ip_not_allowed"),
        403,
        "permission_error",
        None,
        "ip_not_allowed",
    ),
    (ModelNotFoundError("gpt-9"), 404, "invalid_request_error", "model", "model_not_found"),
    (UnknownUrlError("GET", "/v2"), 404, "invalid_request_error", None, "unknown_url"),
    (
        MethodNotAllowedError("POST", "/v1/models", allow="GET, HEAD"),
        405,
        "invalid_request_error",
        None,
        "method_not_allowed",
    ),
    (InvalidValueError("limit", "1"), 400, "invalid_request_error", "limit", "invalid_value"),
    (MINUTE_LIMIT, 429, "requests", None, "rate_limit_exceeded"),
    (DAY_QUOTA, 429, "insufficient_quota", None, "insufficient_quota"),
    (InternalError(), 500, "server_error", None, "internal_error"),
    (ApiError("Whatever."), 500, "server_error", None, "internal_error"),
    (KeyStoreUnavailableError("Throttled"), 503, "server_error", None, "service_unavailable"),
    (RegistryUnavailableError("Deleted"), 503, "server_error", None, "service_unavailable"),
]


@pytest.mark.parametrize(("error", "status", "kind", "param", "code"), ALL)
def test_every_failure_has_its_row_of_the_error_table(
    error: ApiError, status: int, kind: str, param: str | None, code: str | None
) -> None:
    assert error.status == status
    assert error.envelope == {
        "error": {"message": str(error), "type": kind, "param": param, "code": code}
    }


@pytest.mark.parametrize("error", [row[0] for row in ALL])
def test_every_failure_says_something(error: ApiError) -> None:
    assert error.envelope["error"]["message"]


@pytest.mark.parametrize("error", [MISSING_KEY, WRONG_KEY])
def test_a_refused_credential_names_the_scheme_that_is_expected(error: ApiError) -> None:
    assert error.headers == {"www-authenticate": "Bearer"}


def test_a_refused_method_names_those_that_are_taken() -> None:
    error = MethodNotAllowedError("POST", "/v1/models", allow="GET, HEAD")

    assert error.headers == {"allow": "GET, HEAD"}
    assert str(error) == "/v1/models does not take POST, only GET, HEAD."


def test_a_spent_limit_carries_the_headers_it_is_given() -> None:
    assert MINUTE_LIMIT.headers == {"retry-after": "7"}


@pytest.mark.parametrize("kind", [KeyStoreUnavailableError, RegistryUnavailableError])
def test_the_reason_of_an_outage_is_for_the_log_and_not_for_the_caller(
    kind: type[ServiceUnavailableError],
) -> None:
    error = kind("AccessDeniedException")

    assert error.details == {"reason": "AccessDeniedException"}
    assert "AccessDeniedException" not in str(error)
    assert error.headers == {"retry-after": "1"}


def test_the_reason_of_a_refused_credential_is_for_the_log() -> None:
    assert WRONG_KEY.details == {"reason": "unknown"}
    assert "unknown" not in str(WRONG_KEY)


def test_an_invalid_value_is_explained_by_what_would_be_valid() -> None:
    error = InvalidValueError("limit", "a whole number from 1 to 1000")

    assert str(error) == "Invalid value for `limit`: expected a whole number from 1 to 1000."


@pytest.mark.parametrize(
    "error",
    [
        ModelNotFoundError("x" * 9000),
        UnknownUrlError("GET", "/" + "x" * 9000),
        MethodNotAllowedError("POST", "/v1/models/" + "x" * 9000, allow="GET, HEAD"),
    ],
)
def test_a_message_repeats_at_most_256_characters_of_what_was_asked_for(error: ApiError) -> None:
    assert len(str(error)) < 256 + 100


def test_a_message_repeats_the_longest_id_a_model_can_have() -> None:
    model = "m" * 256

    assert f"`{model}`" in str(ModelNotFoundError(model))


def test_what_one_failure_carries_is_not_shared_with_the_next() -> None:
    quota, param = RateLimitError("Spent.", quota=True, headers={}), InvalidValueError("after", "x")

    assert RateLimitError("Slow down.", quota=False, headers={}).type == "requests"
    assert InvalidValueError("limit", "y").param == "limit"
    assert (quota.type, param.param) == ("insufficient_quota", "after")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_whoever_wants_a_model_run_is_sent_to_the_gateway(path: str) -> None:
    assert str(UnknownUrlError("POST", path)) == (
        f"Nothing is served at POST {path}."
        " This API lists models; requests that run one go to the gateway."
    )


def test_whoever_reads_what_is_not_there_is_told_to_look_at_the_url() -> None:
    assert str(UnknownUrlError("GET", "/v1/model")) == (
        "Nothing is served at GET /v1/model. Check the URL for typing errors."
    )
