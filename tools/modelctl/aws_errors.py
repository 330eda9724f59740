"""What AWS fails with, as a sentence or two that say what to do about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's, of which its other ones are made
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

if TYPE_CHECKING:
    from botocore.exceptions import _ClientErrorResponseError

_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_LONGEST_MESSAGE = 300  # characters; some quote the regular expressions of names
_DENIED = re.compile(r"perform: (?P<action>[\w:*-]+)(?:(?P<resource> on resource: \S+))?")
_ACTIONS = {
    "DescribeStacks": "cloudformation:DescribeStacks",
    "GetItem": "dynamodb:GetItem",
    "GetObject": "s3:GetObject",
    "ListObjectVersions": "s3:ListBucketVersions",
    "PutObject": "s3:PutObject",
    "Query": "dynamodb:Query",
    "Scan": "dynamodb:Scan",
}

_LOG_IN = "Get new ones (with SSO: aws sso login{for_profile}) and try again."
_CHECK_CREDENTIALS = "Check --profile, $AWS_PROFILE and $AWS_ACCESS_KEY_ID."
_CHECK_PLACE = "Check its name, --region (now {region}) and --profile."
_BY_TYPE: Mapping[type[BaseException], str] = {
    CredentialRetrievalError: f"AWS credentials cannot be had: {{message}} {_CHECK_CREDENTIALS}",
    NoCredentialsError: (
        "There are no AWS credentials. Name a profile with --profile or $AWS_PROFILE, or log in"
        " (aws sso login, aws configure); to reach a running `make run`:  . .local/aws.env"
    ),
    NoRegionError: "No AWS region is named. Name it with --region or $AWS_DEFAULT_REGION.",
    ParamValidationError: "{message} Check --bucket and --table.",
    PartialCredentialsError: f"The AWS credentials are not complete. {_CHECK_CREDENTIALS}",
    ProfileNotFound: "There is no AWS profile {profile}. To list them: aws configure list-profiles",
    SSLError: "{message} Check $AWS_CA_BUNDLE, and whether a proxy is in between.",
    SSOTokenLoadError: f"Nobody is logged in to this AWS profile. {_LOG_IN}",
    TokenRetrievalError: f"The AWS credentials cannot be renewed. {_LOG_IN}",
    UnauthorizedSSOTokenError: f"The AWS credentials have expired. {_LOG_IN}",
}
_BY_CODE: Mapping[str, str] = {
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"),
        f"The AWS credentials have expired. {_LOG_IN}",
    ),
    **dict.fromkeys(
        (
            "AuthFailure",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "InvalidToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        f"AWS does not accept these credentials. {_CHECK_CREDENTIALS}",
    ),
    **dict.fromkeys(
        ("AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"),
        "The bucket {bucket} is not in the region {region}. Name its own with --region.",
    ),
    "NoSuchBucket": f"There is no bucket {{bucket}}. {_CHECK_PLACE}",
    "RequestTimeTooSkewed": "AWS refuses this machine's idea of the time. Set its clock.",
    "TransactionCanceledException": (
        "Requests that use the key were in the way every time; nothing was changed."
        " Try again shortly."
    ),
    "ResourceNotFoundException": f"There is no table {{table}}. {_CHECK_PLACE}",
}
_DENIALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_OF_FUNCTIONS = {
    "DeleteFunction",
    "GetAlias",
    "GetFunctionConfiguration",
    "ListVersionsByFunction",
}
_NO_FUNCTION = "{message} Deploy the stack again, or check --region (now {region})."
_NO_STACK = f"There is no stack {{stack}}. {_CHECK_PLACE}"
_MAY_NOT = "These credentials lack the permission {action}{resource}. Ask for it to be added."
_OR_NOT_THERE = " Without s3:ListBucket, S3 says the same of an object that is not there."
_OVERLOADED = "AWS could not answer {action}: {message} Try again shortly."
_REFUSED = "AWS refused {action}: {message}"
_UNREACHABLE = "{endpoint} cannot be reached. Check the network, --region and $AWS_ENDPOINT_URL."
_NOT_AWS = "What answers is not AWS, or out of order. Check $AWS_ENDPOINT_URL."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was asked for, by the names the operator knows."""

    stack: str | None = None
    bucket: str | None = None
    table: str | None = None
    profile: str | None = None
    region: str | None = None

    @property
    def words(self) -> dict[str, str]:
        """Return what the sentences call it all."""
        return {
            "stack": self.stack or "",
            "bucket": self.bucket or "",
            "table": self.table or "",
            "profile": self.profile or "of that name",
            "region": self.region or "none",
            "for_profile": f" --profile {self.profile}" if self.profile else "",
        }


def is_refusal(error: BaseException | None) -> bool:
    """Tell whether AWS said no to the only attempt there was, so that nothing was done."""
    if not isinstance(error, ClientError):
        return False
    told = error.response["ResponseMetadata"]
    refused = _CLIENT_ERROR <= told["HTTPStatusCode"] < _SERVER_ERROR
    return refused and told["RetryAttempts"] == 0


def is_denial(error: BaseException) -> bool:
    """Tell whether AWS said that these credentials may not."""
    return isinstance(error, ClientError) and error.response["Error"].get("Code") in _DENIALS


def explain(error: BaseException, place: Place) -> str:
    """Say what happened and what to do."""
    if isinstance(error, ClientError):
        return _refusal(error, place)
    if type(error) in _BY_TYPE:
        return _BY_TYPE[type(error)].format(**place.words, message=_sentence(str(error)))
    if isinstance(error, ConnectionError | HTTPClientError):
        return _UNREACHABLE.format(endpoint=error.kwargs.get("endpoint_url", "AWS"))
    if isinstance(error, BotoCoreError | ValueError):
        return _sentence(str(error))
    return _NOT_AWS


def _refusal(error: ClientError, place: Place) -> str:
    told: _ClientErrorResponseError = error.response.get("Error", {})
    code, message = told.get("Code", ""), told.get("Message", "")
    action = _ACTIONS.get(error.operation_name, error.operation_name)
    if not code or code.isdigit():  # an HTTP status, where AWS would have said what is wrong
        return _NOT_AWS
    if code in _DENIALS:
        return _denial(action, message)
    if action == _ACTIONS["DescribeStacks"] and "does not exist" in message:
        return _NO_STACK.format(**place.words)
    if code == "ResourceNotFoundException" and action in _OF_FUNCTIONS:
        return _NO_FUNCTION.format(**place.words, message=_sentence(message))
    if code in _BY_CODE:
        return _BY_CODE[code].format(**place.words)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    template = _OVERLOADED if status >= _SERVER_ERROR or "hrottl" in code else _REFUSED
    return template.format(action=action, message=_sentence(f"{message.rstrip('.')} ({code})"))


def _denial(action: str, message: str) -> str:
    """Name the missing permission; most services say which, and S3 sometimes just says no."""
    told = _DENIED.search(message)
    resource = (told["resource"] or "") if told else ""
    said = _MAY_NOT.format(action=told["action"] if told else action, resource=resource)
    return said + (_OR_NOT_THERE if action == _ACTIONS["GetObject"] else "")


def _sentence(message: str) -> str:
    shown = shorten(message, _LONGEST_MESSAGE, placeholder=" ...")
    return shown if shown.endswith(".") else f"{shown}."
