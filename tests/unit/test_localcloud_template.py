"""The template is read as CloudFormation would resolve it."""

from pathlib import Path

import pytest

from localcloud.template import Intrinsic, Template, TemplateError

TEMPLATE = """
Parameters:
  Owner: {Type: String, Default: us}
  Seconds: {Type: Number, Default: 60}
  Verbose: {Type: String, Default: true}
  Suffix: {Type: String}
Globals:
  Function:
    Timeout: 3
    MemorySize: 256
    Layers: [!Ref Shared]
    Environment:
      Variables:
        OWNER: !Ref Owner
        SECONDS: !Ref Seconds
        LEVEL: info
Resources:
  ApiFunction:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 6
      Layers: [!Ref Own]
      Environment:
        Variables:
          LEVEL: debug
          TABLE: !Ref Keys
          ARN: !GetAtt Keys.Arn
          URL: !Sub "https://${Keys.Arn}.${AWS::Region}/${!literal}"
          VERBOSE: !Ref Verbose
  Keys:
    Type: AWS::DynamoDB::Table
  Odd:
    Type: AWS::Serverless::Function
    Properties:
      Choice: !If [Condition, !Ref Owner, 2]
      Lookup: !Transform {Name: Include}
"""
VALUES = {"Keys": "keys-1", "Keys.Arn": "arn:keys", "AWS::Region": "eu-west-1"}


@pytest.fixture
def template(tmp_path: Path) -> Template:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE, "utf-8")
    return Template.load(path)


def test_a_resource_is_found_by_its_logical_id(template: Template) -> None:
    table = template.resource("Keys")

    assert (table.type, table.properties) == ("AWS::DynamoDB::Table", {})


def test_a_resource_that_is_absent_is_an_error(template: Template) -> None:
    with pytest.raises(TemplateError, match="no resource Bucket"):
        template.resource("Bucket")


def test_functions_are_kept_unevaluated(template: Template) -> None:
    odd = template.resource("Odd").properties

    assert odd["Choice"] == Intrinsic("If", ("Condition", Intrinsic("Ref", "Owner"), 2))
    assert odd["Lookup"] == Intrinsic("Transform", {"Name": "Include"})


def test_a_function_has_its_own_properties_and_the_shared_ones(template: Template) -> None:
    function = template.function("ApiFunction")

    assert (function["Timeout"], function["MemorySize"]) == (6, 256)
    assert function["Layers"] == [Intrinsic("Ref", "Shared"), Intrinsic("Ref", "Own")]


def test_the_environment_is_known_by_its_names(template: Template) -> None:
    assert template.environment_of("ApiFunction") == {
        "ARN",
        "LEVEL",
        "OWNER",
        "SECONDS",
        "TABLE",
        "URL",
        "VERBOSE",
    }


def test_the_environment_is_resolved_with_defaults_of_parameters(template: Template) -> None:
    assert template.resolved_environment("ApiFunction", VALUES) == {
        "ARN": "arn:keys",
        "LEVEL": "debug",
        "OWNER": "us",
        "SECONDS": "60",
        "TABLE": "keys-1",
        "URL": "https://arn:keys.eu-west-1/${literal}",
        "VERBOSE": "true",
    }


def test_a_value_given_goes_before_a_default(template: Template) -> None:
    assert template.resolve(Intrinsic("Ref", "Owner"), {"Owner": "them"}) == "them"


@pytest.mark.parametrize("name", ["Suffix", "Nobody"])
def test_a_name_nobody_explains_is_an_error(template: Template, name: str) -> None:
    with pytest.raises(TemplateError, match=name):
        template.resolve(Intrinsic("Sub", f"${{{name}}}"), VALUES)


@pytest.mark.parametrize("value", [None, ["a"], Intrinsic("If", ("a", "b", "c"))])
def test_a_value_that_takes_more_than_a_lookup_is_an_error(
    template: Template, value: object
) -> None:
    with pytest.raises(TemplateError, match="Cannot resolve"):
        template.resolve(value, VALUES)


def test_an_empty_template_has_nothing() -> None:
    with pytest.raises(TemplateError):
        Template({}).function("ApiFunction")


def test_the_template_is_the_projects_own_unless_told() -> None:
    assert Template.load().resource("KeysTable").type == "AWS::DynamoDB::Table"
