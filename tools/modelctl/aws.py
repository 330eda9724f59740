"""The operator's way to AWS: credentials, a stack's names, and the stores behind them."""

import getpass
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from model_catalog.errors import ServiceUnavailableError
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import Actor
from model_catalog.registry_store import S3RegistryStore
from modelctl.aws_errors import Place, explain, is_denial
from modelctl.failures import AwsError, CommandError, WrongUsageError
from modelctl.options import AwsOptions
from modelctl.output import Output, line

_PATIENT = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
)
_IMPATIENT = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
FAILURES = (BotoCoreError, ClientError, ResponseParserError, ServiceUnavailableError)

type Service = Literal["cloudformation", "cloudwatch", "dynamodb", "lambda", "s3"]


class Aws:
    """A stack's table and bucket; names are looked up when they are needed."""

    def __init__(self, options: AwsOptions, environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ

    @cached_property
    def registry(self) -> S3RegistryStore:
        """Return the registry's store."""
        return S3RegistryStore(self.client("s3"), bucket_name=self.bucket)

    @cached_property
    def keys(self) -> DynamoKeyLedger:
        """Return the keys' ledger; what is changed through it is signed by whoever asks."""
        clocks = self._options.clocks
        return DynamoKeyLedger(
            self.client("dynamodb"),
            table_name=self.table,
            actor=lambda: self.actor,
            clock=clocks.now,
            sleep=clocks.sleep,
        )

    def client(self, service: Service) -> Any:  # noqa: ANN401 - one of several kinds
        """Return a client for what the stores do not cover."""
        with _valid_settings():
            return self._session.client(service, config=_PATIENT)

    @cached_property
    def stack(self) -> Mapping[str, Any]:
        """Return what CloudFormation says of the stack."""
        stacks = self.client("cloudformation").describe_stacks(StackName=self._options.stack)
        [stack] = stacks["Stacks"]
        return cast("Mapping[str, Any]", stack)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Return what the stack says of itself."""
        outputs = self.stack.get("Outputs", [])
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}

    @property
    def api_url(self) -> str | None:
        """Return where the API answers, if the stack or the environment says so."""
        if self._options.stack:
            return self.outputs.get("ApiUrl")
        return self._environ.get("MODEL_CATALOG_URL")

    @property
    def caller(self) -> str:
        """Return who is asking: their ARN or, if AWS does not tell it at once, ``user@host``."""
        try:
            arn: str = self._session.client("sts", config=_IMPATIENT).get_caller_identity()["Arn"]
        except (BotoCoreError, ClientError, ResponseParserError, KeyError, ValueError):
            return f"{_user()}@{socket.gethostname()}"
        return arn

    @cached_property
    def actor(self) -> Actor:
        """Return who changes keys, as the trail of the changes names them."""
        return Actor(self.caller, socket.gethostname())

    @property
    def place(self) -> Place:
        """Return what is known by now of the place that is meant."""
        known = vars(self)
        return Place(
            stack=self._options.stack,
            bucket=known.get("bucket"),
            table=known.get("table"),
            profile=self._options.profile or self._environ.get("AWS_PROFILE"),
            region=self._session.region_name if "_session" in known else self._options.region,
        )

    @contextmanager
    def optional(self, what: str, output: Output) -> Iterator[None]:
        """Go on without what is done inside, and warn ``what`` was left out and why."""
        try:
            yield
        except FAILURES as error:
            output.note(line(f"Warning: {what}: {self.explained(error)}", "yellow"))
        except CommandError as error:
            output.note(line(f"Warning: {what}: {error}", "yellow"))

    @contextmanager
    def if_allowed(self, what: str, output: Output) -> Iterator[None]:
        """Go on without what these credentials may not do, and warn ``what`` was left out."""
        try:
            yield
        except FAILURES as error:
            if not is_denial(_most_telling(error)):
                raise
            output.note(line(f"Warning: {what}: {self.explained(error)}", "yellow"))

    def explained(self, error: Exception) -> str:
        """Say what AWS failed with."""
        return explain(_most_telling(error), self.place)

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(profile_name=self._options.profile, region_name=self._options.region)

    @cached_property
    def bucket(self) -> str:
        """Return the name of the registry's bucket."""
        return self._name("bucket", self._options.bucket, "RegistryBucketName", "BUCKET_NAME")

    @cached_property
    def table(self) -> str:
        """Return the name of the keys' table."""
        return self._name("table", self._options.table, "KeysTableName", "TABLE_NAME")

    @property
    def function(self) -> str:
        """Return the name of the function that answers every request; only a stack tells it."""
        return self._output("ApiFunctionName")

    def _name(self, option: str, given: str | None, output: str, variable: str) -> str:
        if given:
            return given
        if self._options.stack:
            return self._output(output)
        if name := self._environ.get(variable):
            return name
        raise WrongUsageError(
            f"Which {option}? Give --stack NAME or --{option} NAME, or set {variable};"
            " for a running `make run`:  . .local/aws.env"
        )

    def _output(self, name: str) -> str:
        if name not in self.outputs:
            raise AwsError(
                f"The stack {self._options.stack} has no output {name}: is it a Model Catalog?"
            )
        return self.outputs[name]


@contextmanager
def connected(options: AwsOptions, environ: Mapping[str, str]) -> Iterator[Aws]:
    """Yield what reaches AWS.

    Raises:
        AwsError: whatever AWS failed with inside, explained.
    """
    aws = Aws(options, environ)
    try:
        yield aws
    except FAILURES as error:
        raise AwsError(aws.explained(error)) from error


@contextmanager
def _valid_settings() -> Iterator[None]:
    """Tell an unusable setting by its name; of an endpoint, botocore says it with a ValueError."""
    try:
        yield
    except ValueError as error:
        message = str(error).rstrip(".")
        raise AwsError(f"{message}. Check $AWS_ENDPOINT_URL and --region.") from error


def _most_telling(error: Exception) -> BaseException:
    """Return what says most of a failure: of a store's error, what it was made from."""
    cause = error.__cause__ if isinstance(error, ServiceUnavailableError) else None
    return cause or error


def _user() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"
