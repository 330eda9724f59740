"""The built artefact deployed with SAM, filled, asked, deployed again and deleted, on ministack.

Ministack encrypts what goes over the wire and enforces IAM policies here. So the functions have
their own roles and no more, operators their managed policies, and the bucket's policy is met. What
it does not look at: conditions on DynamoDB's keys, s3:ListBucket where an object is missing, who
may invoke a function, and throttling; nor does the gateway write its log.
"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from localcloud.template import PROJECT
from model_catalog.api_keys import mint
from support.cloud import HttpReply
from support.lambda_emulator import BUILT, why_not_here
from support.ministack import certificate, running_ministack

STACK = "catalog"
SAM = PROJECT / ".venv-sam" / "bin" / "sam"
TEMPLATE = BUILT / "template.yaml"
MODELCTL = (sys.executable, "-m", "modelctl")
REGISTRY = PROJECT / "registry" / "models.json"
AUTHORED = {model["id"] for model in json.loads(REGISTRY.read_text("utf-8"))["models"]}
# CodeDeploy is not there, and a copy of the registry is to be old soon.
PARAMETERS = ("CanaryDeployment=false", "RegistryMaxAge=1")


@dataclass(frozen=True)
class Account:
    """An account in the emulated AWS, and the stack in it."""

    endpoint: str
    folder: Path

    @property
    def certificate(self) -> str:
        return str(certificate(self.folder))

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text("utf-8", "replace")

    def call(self, service: str, operation: str, **arguments: Any) -> Any:
        """Call AWS as whoever owns the account."""
        client = boto3.client(  # type: ignore[call-overload] # any service
            service, endpoint_url=self.endpoint, verify=self.certificate
        )
        try:
            return getattr(client, operation)(**arguments)
        finally:
            client.close()

    def run(self, *command: str | Path, env: Mapping[str, str] | None = None) -> str:
        """Run a command that must succeed, as the account's owner or with what ``env`` says."""
        done = self.tried(*command, env=env)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def tried(
        self, *command: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that may fail."""
        environment = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_CA_BUNDLE": self.certificate,
            "SSL_CERT_FILE": self.certificate,  # for modelctl, when it asks the API
            "SAM_CLI_POLL_DELAY": "0.5",  # seconds, rather than 5
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(self.folder),  # rather than the home of whoever runs this
        }
        return subprocess.run(  # noqa: S603 - our own programs
            command,
            cwd=self.folder,
            env={**os.environ, **environment, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def deploy(self, *parameters: str) -> str:
        """Deploy the artefact as ``make deploy`` does, but that nobody is asked."""
        said = self.run(
            SAM,
            "deploy",
            f"--config-file={PROJECT / 'samconfig.toml'}",
            f"--template-file={self._understood_template()}",
            f"--stack-name={STACK}",
            "--no-confirm-changeset",
            "--parameter-overrides",
            *PARAMETERS,
            *parameters,
        )
        self._wait_for_snapshot()
        return said

    def modelctl(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Any:
        """Run modelctl for the stack; return its answer."""
        return json.loads(self.run(*MODELCTL, *arguments, "--json", "--stack", STACK, env=env))

    @property
    def outputs(self) -> dict[str, str]:
        (stack,) = self.call("cloudformation", "describe_stacks", StackName=STACK)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def holder_of(self, policy: str) -> dict[str, str]:
        """Make somebody who has one of the stack's policies; return their credentials."""
        self.call("iam", "create_user", UserName=policy)
        self.call("iam", "attach_user_policy", UserName=policy, PolicyArn=self.outputs[policy])
        made = self.call("iam", "create_access_key", UserName=policy)["AccessKey"]
        return {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        }

    @property
    def api_url(self) -> str:
        """Return where the API answers: under a path, since its own host is not this machine."""
        api, _, _ = urlsplit(self.outputs["ApiUrl"]).netloc.partition(".")
        return f"{self.endpoint}/_aws/execute-api/{api}/$default"

    def ask(self, path: str, secret: str) -> HttpReply:
        """Send the API one request."""
        url = urlsplit(self.api_url)
        trusted = ssl.create_default_context(cafile=self.certificate)
        connection = http.client.HTTPSConnection(url.netloc, timeout=20, context=trusted)
        try:
            headers = {"authorization": f"Bearer {secret}"}
            connection.request("GET", url.path + path, headers=headers)
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return HttpReply(response.status, received, response.read())
        finally:
            connection.close()

    def _wait_for_snapshot(self) -> None:
        """Wait as CloudFormation does, and ministack does not."""
        for _ in range(300):
            live = self.call(
                "lambda",
                "get_function_configuration",
                FunctionName=self.outputs["ApiFunctionName"],
                Qualifier="live",
            )
            if live["State"] != "Pending":
                return
            time.sleep(0.1)

    def _understood_template(self) -> Path:
        """Copy the built template, but for the two things that ministack does not understand."""
        document = yaml.safe_load(TEMPLATE.read_text("utf-8"))
        # It lets SAM see no parameter but by its default.
        document["Parameters"]["CanaryDeployment"]["Default"] = "false"
        for resource in document["Resources"].values():
            properties = resource["Properties"]
            for place in {"CodeUri", "ContentUri"} & properties.keys():
                properties[place] = str(BUILT / properties[place])
            if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in properties:
                # It knows no alarm over several metrics: this one watches the first of them.
                metric = next(
                    m["MetricStat"] for m in properties.pop("Metrics") if "MetricStat" in m
                )
                properties |= metric["Metric"]
                properties |= {"Period": metric["Period"], "Statistic": metric["Stat"]}
        copy = self.folder / "template.json"
        copy.write_text(json.dumps(document))
        return copy


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    if reason := why_not_here():
        pytest.skip(reason)
    if not SAM.exists() or not TEMPLATE.exists():
        pytest.skip("nothing is built to be deployed: make build-here")
    if not shutil.which("openssl"):
        pytest.skip("ministack makes its certificate with openssl")
    with running_ministack(
        tmp_path,
        USE_SSL="1",
        AUTH="true",
        AWS_ACCESS_KEY_ID=os.environ["AWS_ACCESS_KEY_ID"],  # the owner's
        AWS_SECRET_ACCESS_KEY=os.environ["AWS_SECRET_ACCESS_KEY"],
    ) as url:
        made = Account(url, tmp_path)
        yield made
        sys.stdout.write(made.log)  # which pytest shows if the test fails


# One test, because each step needs the ones before it, and workers share out tests one by one.
def test_a_stack_goes_from_nothing_to_what_outlives_it(account: Account) -> None:
    account.deploy()
    the_outputs_tell_where_everything_is(account)
    requests_go_to_a_version_that_has_a_snapshot(account)
    both_functions_log_to_groups_that_forget(account)
    key_operator = account.holder_of("KeyOperatorPolicyArn")
    registry_operator = account.holder_of("RegistryOperatorPolicyArn")

    secret = an_operator_makes_a_key(account, key_operator)
    every_list_is_empty_until_a_registry_is_published(account, secret)
    a_new_source_wakes_the_publisher(account, registry_operator)
    the_key_lists_what_is_published(account, secret)
    what_is_wrong_is_told_in_the_envelope(account, secret)
    a_request_counts_and_its_operator_sees_it(account, secret, key_operator)
    whoever_may_publish_may_not_issue_keys(account, registry_operator)
    whoever_may_issue_keys_may_not_publish(account, key_operator)

    deploying_the_same_artefact_again_changes_nothing(account)
    another_parameter_is_a_new_version_and_the_old_one_stays(account)
    keys_and_registry_outlive_the_stack(account)


def the_outputs_tell_where_everything_is(account: Account) -> None:
    described = yaml.safe_load(TEMPLATE.read_text("utf-8"))["Outputs"]

    outputs = account.outputs

    assert {"ApiUrl", "KeysTableName", "RegistryBucketName"} < outputs.keys()  # for modelctl
    assert outputs.keys() == {name for name in described if "Condition" not in described[name]}
    assert all(outputs.values())


def requests_go_to_a_version_that_has_a_snapshot(account: Account) -> None:
    name, api = account.outputs["ApiFunctionName"], account.api_url.split("/")[-2]

    live = account.call("lambda", "get_function_configuration", FunctionName=name, Qualifier="live")
    (integration,) = account.call("apigatewayv2", "get_integrations", ApiId=api)["Items"]

    assert integration["IntegrationUri"].endswith(f":function:{name}:live")
    assert (live["Version"], live["State"]) == ("1", "Active")
    assert live["SnapStart"]["OptimizationStatus"] == "On"


def both_functions_log_to_groups_that_forget(account: Account) -> None:
    prefix = f"/model-catalog/{STACK}/"

    groups = account.call("logs", "describe_log_groups", logGroupNamePrefix=prefix)["logGroups"]
    functions = account.call("lambda", "list_functions")["Functions"]

    names = {f"{prefix}api", f"{prefix}publisher"}
    assert {each["logGroupName"] for each in groups} == names
    assert {each["LoggingConfig"]["LogGroup"] for each in functions} == names
    assert all("retentionInDays" in each for each in groups)


def an_operator_makes_a_key(account: Account, operator: Mapping[str, str]) -> str:
    made = account.modelctl("keys", "create", "ci", "--limit", "month=1000", env=operator)

    secret: str = made["secret"]
    assert made["key"]["prefix"] == secret[:15]
    return secret


def every_list_is_empty_until_a_registry_is_published(account: Account, secret: str) -> None:
    reply = account.ask("/v1/models", secret)

    assert reply.json == {"object": "list", "data": []}


def a_new_source_wakes_the_publisher(account: Account, operator: Mapping[str, str]) -> None:
    command = ("registry", "publish", REGISTRY, "--timeout", "60")

    told = account.modelctl(*command, env=operator)

    assert told["outcome"] == "published"
    assert told["live"]["models"] == len(AUTHORED)


def the_key_lists_what_is_published(account: Account, secret: str) -> None:
    time.sleep(1.1)  # RegistryMaxAge

    reply = account.ask("/v1/models", secret)

    assert reply.status == 200
    assert {"gpt-5.5", "anthropic/claude-haiku-4.5"} < set(reply.ids) < AUTHORED


def what_is_wrong_is_told_in_the_envelope(account: Account, secret: str) -> None:
    unknown_key = account.ask("/v1/models", mint().secret)
    unknown_path = account.ask("/v1/nothing", secret)

    assert (unknown_key.status, unknown_key.error["code"]) == (401, "invalid_api_key")
    assert (unknown_path.status, unknown_path.error["code"]) == (404, "unknown_url")


def a_request_counts_and_its_operator_sees_it(
    account: Account, secret: str, operator: Mapping[str, str]
) -> None:
    *_, before = account.ask("/v1/usage", secret).json["limits"]

    account.run(
        *(*MODELCTL, "keys", "test", "--json"),
        env={"MODEL_CATALOG_URL": account.api_url, "MODEL_CATALOG_KEY": secret},
    )

    *_, month = account.modelctl("keys", "usage", "ci", env=operator)["limits"]
    assert (month["limit_window"], month["max_value"]) == ("month", 1000)
    assert month["current_value"] == before["current_value"] + 1


def whoever_may_publish_may_not_issue_keys(account: Account, operator: Mapping[str, str]) -> None:
    tried = account.tried(*MODELCTL, "keys", "create", "x", "--stack", STACK, env=operator)

    assert "lack the permission dynamodb:PutItem" in tried.stderr
    assert tried.returncode == 3


def whoever_may_issue_keys_may_not_publish(account: Account, operator: Mapping[str, str]) -> None:
    tried = account.tried(
        *MODELCTL, "registry", "publish", REGISTRY, "--stack", STACK, env=operator
    )

    assert "lack the permission s3:GetObject" in tried.stderr
    assert tried.returncode == 3


def deploying_the_same_artefact_again_changes_nothing(account: Account) -> None:
    said = account.deploy()

    assert "No changes to deploy" in said


def another_parameter_is_a_new_version_and_the_old_one_stays(account: Account) -> None:
    name = account.outputs["ApiFunctionName"]

    account.deploy("LogLevel=DEBUG")

    published = account.call("lambda", "list_versions_by_function", FunctionName=name)["Versions"]
    live = account.call("lambda", "get_alias", FunctionName=name, Name="live")
    assert [each["Version"] for each in published] == ["$LATEST", "1", "2"]
    assert live["FunctionVersion"] == "2"


def keys_and_registry_outlive_the_stack(account: Account) -> None:
    table, bucket = account.outputs["KeysTableName"], account.outputs["RegistryBucketName"]

    account.run(SAM, "delete", "--no-prompts", "--region=us-east-1", f"--stack-name={STACK}")

    with pytest.raises(ClientError, match="does not exist"):
        account.call("cloudformation", "describe_stacks", StackName=STACK)
    assert account.call("lambda", "list_functions")["Functions"] == []
    assert account.call("apigatewayv2", "get_apis")["Items"] == []
    items = account.call("dynamodb", "scan", TableName=table)["Items"]
    assert [item["name"]["S"] for item in items if item["sk"] == {"S": "KEY"}] == ["ci"]
    objects = account.call("s3", "list_objects_v2", Bucket=bucket)["Contents"]
    assert {each["Key"] for each in objects} == {"registry/live.json", "registry/source.json"}
    with pytest.raises(ClientError, match="protected against deletion"):
        account.call("dynamodb", "delete_table", TableName=table)
