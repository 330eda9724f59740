"""A deployed stack on moto, and over moto's answers what it does not know."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from modelctl.aws import Aws, Service

type Overlay = Callable[[Any, Mapping[str, Any]], object]  # of an answer, and what was asked for

_FUNCTION = "st-api"
_OUTPUTS = {
    "ApiFunctionName": _FUNCTION,
    "KeysTableName": "keys",
    "RegistryBucketName": "registry",
}


def lay_over(monkeypatch: pytest.MonkeyPatch, overlays: Mapping[str, Overlay]) -> None:
    """Let ``overlays``, by operation, change what commands are answered; they may raise, too.

    moto knows no state of a stack, a version or a table but that all is well, and permissions only
    where everything has a policy. botocore's events are how its answers can be changed.
    """
    plain = Aws.client

    def remember(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context["asked"] = dict(params)

    def lay(parsed: Any, model: Any, context: Mapping[str, Any], **_: object) -> None:
        if model.name in overlays:
            overlays[model.name](parsed, context["asked"])

    def client(aws: Aws, service: Service) -> Any:
        made = plain(aws, service)
        made.meta.events.register("before-parameter-build", remember)
        made.meta.events.register("after-call", lay)
        return made

    monkeypatch.setattr(Aws, "client", client)


def denying(action: str) -> Overlay:
    """Answer as AWS does to whoever lacks a permission."""

    def deny(_: object, __: object) -> None:
        message = f"User: me is not authorized to perform: {action}"
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, action)

    return deny


class DeployedStack:
    """The stack ``st``: what it says of itself, its function's versions, its alarms."""

    def __init__(self, overlays: dict[str, Overlay]) -> None:
        self.overlays = overlays
        self.overlays["DescribeAlarms"] = _only_in_the_state_asked_for
        self._lambda = boto3.client("lambda")
        self._cloudwatch = boto3.client("cloudwatch")
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="st", TemplateBody=_template(_OUTPUTS))
        self._update_stack = cloudformation.update_stack
        role = boto3.client("iam").create_role(RoleName="api", AssumeRolePolicyDocument="{}")
        self._lambda.create_function(
            FunctionName=_FUNCTION,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="handler.lambda_handler",
            Code={"ZipFile": _code()},
            Publish=True,
        )
        self._lambda.create_alias(FunctionName=_FUNCTION, Name="live", FunctionVersion="1")

    @property
    def versions(self) -> list[str]:
        """Return the function's versions, published or not."""
        listed = self._lambda.list_versions_by_function(FunctionName=_FUNCTION)["Versions"]
        return [each["Version"] for each in listed]

    def publish(self, *, up_to: int) -> None:
        """Publish one version after the other."""
        for _ in range(1, up_to):
            self._lambda.update_function_code(FunctionName=_FUNCTION, ZipFile=_code(), Publish=True)

    def point(self, version: int, shifting: Mapping[str, float] | None = None) -> None:
        """Turn the alias to ``version``, and some requests to others."""
        self._lambda.update_alias(
            FunctionName=_FUNCTION,
            Name="live",
            FunctionVersion=str(version),
            RoutingConfig={"AdditionalVersionWeights": shifting or {}},
        )

    def delete_alias(self) -> None:
        """Let no version answer."""
        self._lambda.delete_alias(FunctionName=_FUNCTION, Name="live")

    def says(self, *, without: Iterable[str] = (), **outputs: str) -> None:
        """Add to the stack's outputs, or take some away."""
        told = {name: value for name, value in (_OUTPUTS | outputs).items() if name not in without}
        self._update_stack(StackName="st", TemplateBody=_template(told))

    def has_status(self, status: str) -> None:
        """Let CloudFormation tell ``status``."""
        self.overlays["DescribeStacks"] = lambda answer, _: answer["Stacks"][0].update(
            StackStatus=status
        )

    def runs(self, **state: Any) -> None:
        """Let Lambda tell ``state`` of what the alias points to."""
        self.overlays["GetFunctionConfiguration"] = lambda answer, asked: answer.update(
            state if asked["Qualifier"] == "live" else {}
        )

    def alarm(self, name: str, state: str = "ALARM") -> None:
        """Set up an alarm in ``state``."""
        self._cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="ModelCatalog",
            MetricName="InternalError",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
        self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def _only_in_the_state_asked_for(answer: Any, asked: Mapping[str, Any]) -> None:
    """Do what moto does not where a prefix is given."""
    answer["MetricAlarms"] = [
        each for each in answer["MetricAlarms"] if each["StateValue"] == asked["StateValue"]
    ]


def _template(outputs: Mapping[str, str]) -> str:
    told = {name: {"Value": value} for name, value in outputs.items()}
    return json.dumps({"Resources": {}, "Outputs": told})


def _code() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("handler.py", "")
    return archive.getvalue()
