"""Where the registry and the keys are found, and what is said when AWS says no."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import boto3
import pytest

from support.documents import authored, document
from support.failing_server import FailingServer, answering, s3_error
from support.operator import Operator, Printed

ONE = document(authored("a"))


def create_stack(**outputs: str) -> None:
    """Create a stack named st with these outputs."""
    template = {
        "Resources": {"Other": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "other"}}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName="st", TemplateBody=json.dumps(template))


@pytest.fixture
def nowhere(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator whose environment names no table and no bucket."""
    for name in ("BUCKET_NAME", "TABLE_NAME"):
        monkeypatch.delenv(name)
    return operator


def test_a_stack_says_where_everything_is(nowhere: Operator) -> None:
    create_stack(KeysTableName="keys", RegistryBucketName="registry", ApiUrl="https://api.example")
    path = nowhere.writes(ONE)

    published = nowhere.types("publish", path, "--stack", "st")
    compared = nowhere.types("diff", path, "--stack=st")

    assert published.code == 0
    assert published.lines[-1] == (
        "Functions serve it at https://api.example/v1/models"
        " once their copies are older than RegistryMaxAge."
    )
    assert (compared.code, compared.lines[-1]) == (
        0,
        "Of 0 active keys, 0 would gain models and 0 would lose some.",
    )


def test_names_win_over_a_stack_and_a_stack_over_the_environment(operator: Operator) -> None:
    create_stack(RegistryBucketName="other")

    by_name = operator.types("history", "--stack=st", "--bucket=registry")
    by_stack = operator.types("history", "--stack=st", env={"BUCKET_NAME": "no-such-bucket"})

    assert [by_name.code, by_stack.code] == [0, 0]


def test_tables_and_buckets_can_be_named(nowhere: Operator) -> None:
    path = nowhere.writes(ONE)

    printed = nowhere.types("diff", path, "--bucket", "registry", "--table", "keys")

    assert printed.code == 0


def test_without_any_name_it_is_said_how_to_give_one(nowhere: Operator) -> None:
    no_bucket = nowhere.types("show")
    no_table = nowhere.types("diff", nowhere.writes(ONE), "--bucket=registry")

    assert [no_bucket.code, no_table.code] == [2, 2]
    assert no_bucket.err == (
        "Error: Which bucket? Give --stack NAME or --bucket NAME, or set BUCKET_NAME;"
        " for a running `make run`:  . .local/aws.env\n"
    )
    assert no_table.err.startswith("Error: Which table? Give --stack NAME or --table NAME")


def test_a_stack_of_something_else_is_told(operator: Operator) -> None:
    create_stack(Other="x")

    printed = operator.types("show", "--stack=st")

    assert (printed.code, printed.err) == (
        3,
        "Error: The stack st has no output RegistryBucketName: is it a Model Catalog?\n",
    )


@pytest.mark.parametrize(
    ("options", "env", "sentence"),
    [
        (
            ["--stack=nope"],
            {},
            "There is no stack nope. Check its name, --region (now us-east-1) and --profile.",
        ),
        (
            ["--bucket=no-such-bucket", "--region=eu-west-1"],
            {},
            (
                "There is no bucket no-such-bucket."
                " Check its name, --region (now eu-west-1) and --profile."
            ),
        ),
        (
            ["--profile=nope"],
            {},
            "There is no AWS profile nope. To list them: aws configure list-profiles",
        ),
        ([], {"AWS_PROFILE": "gone"}, "There is no AWS profile gone. To list them"),
        ([], {"AWS_ENDPOINT_URL": "x"}, "Invalid endpoint: x. Check $AWS_ENDPOINT_URL and"),
        (["--region=a b"], {}, "Provided region_name 'a b' doesn't match a supported format."),
        (["--bucket=a b"], {}, 'Parameter validation failed: Invalid bucket name "a b"'),
        (
            [],
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "http://127.0.0.1:9/registry/registry/live.json cannot be reached. Check the network",
        ),
        (
            [],
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            "There are no AWS credentials. Name a profile with --profile or $AWS_PROFILE",
        ),
    ],
)
def test_what_is_wrong_with_aws_is_one_sentence(
    options: list[str], env: Mapping[str, str | None], sentence: str, operator: Operator
) -> None:
    environment = {"AWS_MAX_ATTEMPTS": "1", **env}

    printed = operator.types("show", *options, env=environment)

    assert (printed.code, printed.out) == (3, "")
    assert printed.err.startswith(f"Error: {sentence}")
    assert printed.err.count("\n") == 1


def test_a_missing_table_is_named(operator: Operator) -> None:
    printed = operator.types("diff", operator.writes(ONE), "--table=no-such-table")

    assert (printed.code, printed.err) == (
        3,
        (
            "Error: There is no table no-such-table."
            " Check its name, --region (now us-east-1) and --profile.\n"
        ),
    )


def test_without_a_region_it_is_said_how_to_name_one(operator: Operator) -> None:
    printed = operator.types(
        "diff", operator.writes(ONE), env={"AWS_DEFAULT_REGION": None, "AWS_REGION": None}
    )

    assert printed.code == 3
    assert printed.err.startswith("Error: No AWS region is named.")


def answered_by(behavior: Any, operator: Operator, *options: str) -> Printed:
    """Ask a server that fails in a chosen way instead of AWS."""
    with ExitStack() as running:
        server = running.enter_context(FailingServer(behavior).running())
        return operator.types("show", *options, env={"AWS_ENDPOINT_URL": server.url})


@pytest.mark.parametrize(
    ("behavior", "sentence"),
    [
        (
            s3_error("AccessDenied", 403),
            (
                "These credentials lack the permission s3:GetObject. Ask for it to be added."
                " Without s3:ListBucket, S3 says the same of an object that is not there."
            ),
        ),
        (
            s3_error("ExpiredToken", 400),
            (
                "The AWS credentials have expired."
                " Get new ones (with SSO: aws sso login) and try again."
            ),
        ),
        (
            answering(200, b"<html>Welcome</html>"),
            "What answers is not AWS, or out of order. Check $AWS_ENDPOINT_URL.",
        ),
        (
            answering(404, b"<html>Nothing here</html>"),
            "What answers is not AWS, or out of order. Check $AWS_ENDPOINT_URL.",
        ),
    ],
    ids=["denied", "expired", "a page", "a page that says 404"],
)
def test_what_is_answered_is_one_sentence(behavior: Any, sentence: str, operator: Operator) -> None:
    printed = answered_by(behavior, operator)

    assert (printed.code, printed.err) == (3, f"Error: {sentence}\n")


def test_what_cannot_be_an_answer_to_a_stacks_name_is_told(operator: Operator) -> None:
    printed = answered_by(answering(200, b"not XML"), operator, "--stack=st")

    assert (printed.code, printed.err) == (
        3,
        "Error: What answers is not AWS, or out of order. Check $AWS_ENDPOINT_URL.\n",
    )


def test_a_traceback_is_shown_if_it_is_asked_for(operator: Operator) -> None:
    without = operator.types("show", "--bucket=no-such-bucket")
    with_it = operator.types("show", "--bucket=no-such-bucket", "--debug")

    assert "Traceback" not in without.err
    assert "Traceback (most recent call last)" in with_it.err
    assert "botocore.errorfactory.NoSuchBucket" in with_it.err
    assert with_it.err.endswith(without.err)
    assert with_it.code == 3
