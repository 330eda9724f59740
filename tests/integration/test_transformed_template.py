"""What CloudFormation is handed once SAM has read the template, which is not what stands in it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load
from samtranslator.translator.transform import transform

from localcloud.template import TEMPLATE

type Json = dict[str, Any]

MANAGED_POLICIES = (
    "AWSLambdaBasicExecutionRole",
    "AWSCodeDeployRoleForLambda",
    "AWSCodeDeployRoleForLambdaLimited",
)


class Policies:
    """AWS's own policies by name, which SAM asks IAM for."""

    def load(self) -> dict[str, str]:
        return {name: f"arn:aws:iam::aws:policy/{name}" for name in MANAGED_POLICIES}


def nothing(_: Json) -> None:
    pass


def transformed(change: Callable[[Json], None] = nothing, **parameters: str) -> Json:
    """Return what SAM makes of the template, ``change`` made to what is built from it first."""
    document = json.loads(json.dumps(load(str(TEMPLATE))))
    for resource in document["Resources"].values():
        for place in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            folder = resource["Properties"][place].strip("/").replace("/", "-")
            resource["Properties"][place] = f"s3://bucket-of-sam/{folder}"
    change(document)
    handed: Json = transform(document, parameters, Policies())
    return handed


def of_type(document: Json, kind: str) -> Iterator[tuple[str, Json]]:
    for name, resource in document["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource


def version(document: Json) -> tuple[str, Json]:
    """Return the published version's logical id and properties: another one is a new version."""
    ((name, resource),) = of_type(document, "AWS::Lambda::Version")
    properties: Json = resource["Properties"]
    return name, properties


@pytest.fixture(scope="module")
def production() -> Json:
    return transformed()


@pytest.mark.parametrize("canary", ["true", "false"])
def test_cloudformation_has_nothing_to_object(canary: str, tmp_path: Path) -> None:
    handed = tmp_path / "template.json"
    handed.write_text(json.dumps(transformed(CanaryDeployment=canary)))

    linted = subprocess.run(  # noqa: S603 - the pinned program
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--ignore-checks", "W3011"),  # as the template does, whose reason stands there
            *("--format", "parseable"),
            handed,
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    (found,) = linted.stdout.splitlines()
    assert found.endswith("W2001:Parameter CanaryDeployment not used.")  # SAM alone reads it


def test_new_code_is_a_new_version(production: Json) -> None:
    def change(document: Json) -> None:
        document["Resources"]["ApiFunction"]["Properties"]["CodeUri"] = "s3://bucket-of-sam/new"

    changed = transformed(change)

    assert version(changed)[0] != version(production)[0]


def test_another_memory_size_is_a_new_version(production: Json) -> None:
    def change(document: Json) -> None:
        document["Resources"]["ApiFunction"]["Properties"]["MemorySize"] = 512

    changed = transformed(change)

    assert version(changed)[0] != version(production)[0]


@pytest.mark.parametrize("layer", ["DependenciesLayer", "SharedLayer"])
def test_a_new_layer_is_a_new_version(production: Json, layer: str) -> None:
    def change(document: Json) -> None:
        document["Resources"][layer]["Properties"]["ContentUri"] = "s3://bucket-of-sam/new"

    changed = transformed(change)

    assert version(changed) != version(production)


def test_every_parameter_of_the_functions_environment_is_part_of_its_version(
    production: Json,
) -> None:
    variables = production["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    read = {value["Ref"] for value in variables.values() if isinstance(value, dict)}

    text, _ = version(production)[1]["Description"]["Fn::Sub"]

    assert [f"${{{name}}}" in text for name in sorted(read & production["Parameters"].keys())] == [
        True
    ] * 3


def test_a_version_stays_for_a_way_back_when_there_is_new_code(production: Json) -> None:
    def change(document: Json) -> None:
        document["Resources"]["ApiFunction"]["Properties"]["CodeUri"] = "s3://bucket-of-sam/new"

    changed = transformed(change)

    assert outlives(production, changed)


@pytest.mark.parametrize("layer", ["DependenciesLayer", "SharedLayer"])
def test_a_version_stays_for_a_way_back_when_there_is_a_new_layer(
    production: Json, layer: str
) -> None:
    def change(document: Json) -> None:
        document["Resources"][layer]["Properties"]["ContentUri"] = "s3://bucket-of-sam/new"

    changed = transformed(change)

    assert outlives(production, changed)


def test_a_version_stays_for_a_way_back_when_a_parameter_is_another(production: Json) -> None:
    changed = transformed(OwnedBy="somebody", RegistryMaxAge="5", LogLevel="DEBUG")

    assert outlives(production, changed)


def outlives(before: Json, after: Json) -> bool:
    """Tell whether CloudFormation keeps the version of ``before`` when it deploys ``after``."""
    old, new = version(before)[0], version(after)[0]
    kept: str | None = (
        after["Resources"][new].get("UpdateReplacePolicy")  # the same resource, replaced
        if old == new
        else before["Resources"][old].get("DeletionPolicy")  # another one takes its place
    )
    return kept == "Retain"


def test_only_a_version_is_kept_when_the_stack_is_deleted(production: Json) -> None:
    kept = [
        resource["Type"]
        for name, resource in production["Resources"].items()
        if name.startswith("ApiFunction") and resource.get("DeletionPolicy") == "Retain"
    ]

    assert kept == ["AWS::Lambda::Version"]


def test_a_snapshot_is_taken_of_published_versions(production: Json) -> None:
    function = production["Resources"]["ApiFunction"]["Properties"]

    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_traffic_moves_to_a_new_version_step_by_step_and_back_on_an_alarm(
    production: Json,
) -> None:
    ((_, group),) = of_type(production, "AWS::CodeDeploy::DeploymentGroup")
    ((_, alias),) = of_type(production, "AWS::Lambda::Alias")

    properties = group["Properties"]

    assert alias["UpdatePolicy"].keys() == {"CodeDeployLambdaAliasUpdate"}
    assert properties["DeploymentConfigName"] == {
        "Fn::Sub": [
            "CodeDeployDefault.Lambda${ConfigName}",
            {"ConfigName": "Canary10Percent10Minutes"},
        ]
    }
    assert "DEPLOYMENT_STOP_ON_ALARM" in properties["AutoRollbackConfiguration"]["Events"]
    assert len(properties["AlarmConfiguration"]["Alarms"]) == 4


def test_without_a_canary_there_is_nothing_of_codedeploy() -> None:
    document = transformed(CanaryDeployment="false")

    ((_, alias),) = of_type(document, "AWS::Lambda::Alias")

    assert "UpdatePolicy" not in alias
    assert not [
        name for name, resource in document["Resources"].items() if "CodeDeploy" in resource["Type"]
    ]


def test_the_canarys_alarms_watch_the_version_that_is_deployed(production: Json) -> None:
    name, _ = version(production)
    watched = [
        dimension["Value"]
        for alarm, resource in of_type(production, "AWS::CloudWatch::Alarm")
        if alarm.startswith("Canary")
        for dimension in resource["Properties"]["Dimensions"]
        if dimension["Name"] in {"ExecutedVersion", "executed_version"}
    ]

    assert watched == [{"Fn::GetAtt": [name, "Version"]}] * 4
