"""The operator's way to AWS: credentials, a stack's names, and the stores behind them."""

import getpass
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from model_catalog.errors import ServiceUnavailableError
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import Actor
from model_catalog.registry_store import S3RegistryStore
from modelctl.aws_errors import Place, explain
from modelctl.failures import AwsError, CommandError, WrongUsageError
from modelctl.options import AwsOptions
from modelctl.output import Output, line

_PATIENT = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
)
_IMPATIENT = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
_FAILURES = (BotoCoreError, ClientError, ResponseParserError, ServiceUnavailableError)


class Aws:
    """A stack's table and bucket; names are looked up when they are needed."""

    def __init__(self, options: AwsOptions, environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ

    @cached_property
    def registry(self) -> S3RegistryStore:
        """Return the registry's store."""
        with _valid_settings():
            client = self._session.client("s3", config=_PATIENT)
        return S3RegistryStore(client, bucket_name=self._bucket)

    @cached_property
    def keys(self) -> DynamoKeyLedger:
        """Return the keys' ledger; what is changed through it is signed by whoever asks."""
        with _valid_settings():
            client = self._session.client("dynamodb", config=_PATIENT)
        clocks = self._options.clocks
        return DynamoKeyLedger(
            client,
            table_name=self._table,
            actor=lambda: self.actor,
            clock=clocks.now,
            sleep=clocks.sleep,
        )

    @property
    def api_url(self) -> str | None:
        """Return where the API answers, if the stack or the environment says so."""
        if self._options.stack:
            return self._outputs.get("ApiUrl")
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
            bucket=known.get("_bucket"),
            table=known.get("_table"),
            profile=self._options.profile or self._environ.get("AWS_PROFILE"),
            region=self._session.region_name if "_session" in known else self._options.region,
        )

    @contextmanager
    def optional(self, what: str, output: Output) -> Iterator[None]:
        """Go on without what is done inside, and warn ``what`` was left out and why."""
        try:
            yield
        except _FAILURES as error:
            output.note(line(f"Warning: {what}: {self.explained(error)}", "yellow"))
        except CommandError as error:
            output.note(line(f"Warning: {what}: {error}", "yellow"))

    def explained(self, error: Exception) -> str:
        """Say what AWS failed with."""
        # Of a store's error, what it was made from says more.
        told = error.__cause__ if isinstance(error, ServiceUnavailableError) else error
        return explain(told or error, self.place)

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(profile_name=self._options.profile, region_name=self._options.region)

    @cached_property
    def _bucket(self) -> str:
        return self._name("bucket", self._options.bucket, "RegistryBucketName", "BUCKET_NAME")

    @cached_property
    def _table(self) -> str:
        return self._name("table", self._options.table, "KeysTableName", "TABLE_NAME")

    def _name(self, option: str, given: str | None, output: str, variable: str) -> str:
        name = given or (
            self._outputs.get(output) if self._options.stack else self._environ.get(variable)
        )
        if name:
            return name
        if self._options.stack:
            raise AwsError(
                f"The stack {self._options.stack} has no output {output}: is it a Model Catalog?"
            )
        raise WrongUsageError(
            f"Which {option}? Give --stack NAME or --{option} NAME, or set {variable};"
            " for a running `make run`:  . .local/aws.env"
        )

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        """Return what the stack says of itself."""
        with _valid_settings():
            client = self._session.client("cloudformation", config=_PATIENT)
        [stack] = client.describe_stacks(StackName=self._options.stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


@contextmanager
def connected(options: AwsOptions, environ: Mapping[str, str]) -> Iterator[Aws]:
    """Yield what reaches AWS.

    Raises:
        AwsError: whatever AWS failed with inside, explained.
    """
    aws = Aws(options, environ)
    try:
        yield aws
    except _FAILURES as error:
        raise AwsError(aws.explained(error)) from error


@contextmanager
def _valid_settings() -> Iterator[None]:
    """Tell an unusable setting by its name; of an endpoint, botocore says it with a ValueError."""
    try:
        yield
    except ValueError as error:
        message = str(error).rstrip(".")
        raise AwsError(f"{message}. Check $AWS_ENDPOINT_URL and --region.") from error


def _user() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"
