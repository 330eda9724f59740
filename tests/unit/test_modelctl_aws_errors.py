"""What operators are told when AWS says no."""

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from modelctl.aws_errors import Place, explain, is_refusal

PLACE = Place(stack="st", bucket="bu", table="ta", profile="pr", region="re-1")


def refusal(
    code: str, message: str = "", *, operation: str = "GetObject", status: int = 400
) -> Any:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item] # all that is read
        },
        operation,
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "ExpiredToken",
            (
                "The AWS credentials have expired."
                " Get new ones (with SSO: aws sso login --profile pr) and try again."
            ),
        ),
        (
            "InvalidAccessKeyId",
            (
                "AWS does not accept these credentials. Check --profile, $AWS_PROFILE and"
                " $AWS_ACCESS_KEY_ID."
            ),
        ),
        (
            "NoSuchBucket",
            "There is no bucket bu. Check its name, --region (now re-1) and --profile.",
        ),
        (
            "ResourceNotFoundException",
            "There is no table ta. Check its name, --region (now re-1) and --profile.",
        ),
        (
            "PermanentRedirect",
            "The bucket bu is not in the region re-1. Name its own with --region.",
        ),
        (
            "RequestTimeTooSkewed",
            "AWS refuses this machine's idea of the time. Set its clock.",
        ),
        ("404", "What answers is not AWS, or out of order. Check $AWS_ENDPOINT_URL."),
    ],
)
def test_a_refusal_says_what_to_do(code: str, sentence: str) -> None:
    assert explain(refusal(code, "technical"), PLACE) == sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            refusal(
                "AccessDenied",
                "User: arn:aws:iam::1:user/x is not authorized to perform: s3:GetObjectVersion on"
                ' resource: "arn:aws:s3:::bu/k" because no policy allows it',
            ),
            (
                "These credentials lack the permission s3:GetObjectVersion on resource:"
                ' "arn:aws:s3:::bu/k". Ask for it to be added.'
                " Without s3:ListBucket, S3 says the same of an object that is not there."
            ),
        ),
        (
            refusal("AccessDenied", "Access Denied", operation="PutObject"),
            "These credentials lack the permission s3:PutObject. Ask for it to be added.",
        ),
        (
            refusal(
                "AccessDeniedException",
                "User: x is not authorized to perform: dynamodb:Scan",
                operation="Scan",
            ),
            "These credentials lack the permission dynamodb:Scan. Ask for it to be added.",
        ),
        (
            refusal("AccessDenied", "", operation="ListObjectVersions"),
            "These credentials lack the permission s3:ListBucketVersions. Ask for it to be added.",
        ),
    ],
)
def test_a_missing_permission_is_named(error: ClientError, sentence: str) -> None:
    assert explain(error, PLACE) == sentence


def test_a_missing_stack_is_named() -> None:
    missing = refusal(
        "ValidationError", "Stack with id st does not exist", operation="DescribeStacks"
    )
    invalid = refusal("ValidationError", "1 error detected", operation="DescribeStacks")

    assert explain(missing, PLACE) == (
        "There is no stack st. Check its name, --region (now re-1) and --profile."
    )
    assert explain(invalid, PLACE) == (
        "AWS refused cloudformation:DescribeStacks: 1 error detected (ValidationError)."
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            refusal("InternalError", "We failed.", status=500),
            "AWS could not answer s3:GetObject: We failed (InternalError). Try again shortly.",
        ),
        (
            refusal("ThrottlingException", "Slow down", operation="Scan"),
            (
                "AWS could not answer dynamodb:Scan: Slow down (ThrottlingException). Try again"
                " shortly."
            ),
        ),
        (
            refusal("KeyTooLongError", "Too long.", operation="HeadObject"),
            "AWS refused HeadObject: Too long (KeyTooLongError).",
        ),
        (ClientError({}, "GetObject"), explain(KeyError(), PLACE)),
    ],
)
def test_other_refusals_are_told_in_aws_own_words(error: ClientError, sentence: str) -> None:
    assert explain(error, PLACE) == sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "There are no AWS credentials. Name a profile"),
        (PartialCredentialsError(provider="env", cred_var="X"), "are not complete. Check"),
        (CredentialRetrievalError(provider="p", error_msg="gone"), "gone. Check --profile"),
        (SSOTokenLoadError(error_msg="x"), "logged in to this AWS profile. Get new ones"),
        (TokenRetrievalError(provider="p", error_msg="x"), "cannot be renewed. Get new ones"),
        (UnauthorizedSSOTokenError(), "have expired. Get new ones"),
        (NoRegionError(), "No AWS region is named."),
        (ProfileNotFound(profile="pr"), "There is no AWS profile pr."),
        (ParamValidationError(report="Invalid bucket name"), "Check --bucket and --table."),
        (SSLError(endpoint_url="https://x", error=OSError("bad")), "Check $AWS_CA_BUNDLE"),
        (EndpointConnectionError(endpoint_url="https://x"), "https://x cannot be reached."),
        (ConnectTimeoutError(endpoint_url="https://x"), "https://x cannot be reached."),
        (ReadTimeoutError(endpoint_url="https://x"), "https://x cannot be reached."),
        (InvalidRegionError(region_name="a b"), "'a b' doesn't match a supported format."),
        (ResponseParserError("x"), "What answers is not AWS"),
        (KeyError("ETag"), "What answers is not AWS"),
    ],
)
def test_what_never_reached_aws_says_what_to_do(error: BotoCoreError, words: str) -> None:
    sentence = explain(error, PLACE)

    assert words in sentence
    assert sentence.endswith((".", "aws.env", "list-profiles"))
    assert ".." not in sentence
    assert "\n" not in sentence


def test_what_is_not_known_is_not_named() -> None:
    assert explain(NoRegionError(), Place()).startswith("No AWS region")
    assert explain(ProfileNotFound(profile="x"), Place()).startswith(
        "There is no AWS profile of that name."
    )
    assert explain(refusal("ExpiredToken"), Place()) == (
        "The AWS credentials have expired. Get new ones (with SSO: aws sso login) and try again."
    )
    assert "--region (now none)" in explain(refusal("NoSuchBucket"), Place(bucket="b"))


def test_a_long_message_is_cut() -> None:
    sentence = explain(ParamValidationError(report="Invalid name\n" + "x, " * 200), PLACE)

    assert len(sentence) < 340
    assert sentence.endswith(" ... Check --bucket and --table.")


@pytest.mark.parametrize(
    ("status", "retries", "refused"),
    [(400, 0, True), (403, 0, True), (400, 1, False), (500, 0, False), (200, 0, False)],
)
def test_only_a_no_to_the_only_attempt_means_that_nothing_was_done(
    status: int, retries: int, *, refused: bool
) -> None:
    response: Any = {"ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": retries}}

    assert is_refusal(ClientError(response, "TransactWriteItems")) is refused


@pytest.mark.parametrize("error", [None, ReadTimeoutError(endpoint_url="http://127.0.0.1")])
def test_no_answer_is_no_refusal(error: Exception | None) -> None:
    assert not is_refusal(error)
