"""The stack's template, the layers it builds and the sample events, checked against the code."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aws_lambda_powertools.shared import constants

from localcloud.template import PROJECT, Intrinsic, Template
from model_catalog.api_keys import KeyStatus, PresentedSecret, mint, parse_secret
from model_catalog.errors import InternalError, ServiceUnavailableError
from model_catalog.key_items import admission_of, primary_key
from model_catalog.key_store import dynamodb_client
from model_catalog.limits import Usage, Window, rate_limit_headers, retry_headers
from model_catalog.record_items import AUDIT_PREFIX, KEPT_AFTER_EXPIRY, item_of
from model_catalog.registry import LONGEST_OWNER
from model_catalog.registry_store import LIVE_KEY, SOURCE_KEY, s3_client
from model_catalog.settings import Settings
from support.builders import key_record

LAYERS = ("DependenciesLayer", "SharedLayer")
ALARMS = (
    "ServerErrorsAlarm",
    "LatencyAlarm",
    "ThrottlesAlarm",
    "KeyStoreFailuresAlarm",
    "RegistryStaleAlarm",
    "RegistryRejectedAlarm",
    "DeadLettersAlarm",
)
CANARY_ALARMS = (
    "CanaryErrorsAlarm",
    "CanaryInternalErrorsAlarm",
    "CanaryKeyStoreAlarm",
    "CanaryRegistryAlarm",
)
MANAGED_POLICIES = ("KeyOperatorPolicy", "RegistryOperatorPolicy", "AuditorPolicy")
GATEWAY_TIMEOUT = 30  # seconds, at most, of an HTTP API
EVENTS = sorted((PROJECT / "events").glob("*.json"))
ITEMS = sorted((PROJECT / "events" / "items").glob("*.json"))
NOW = datetime(2026, 11, 22, 13, 40, tzinfo=UTC)

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def template() -> Template:
    return Template.load()


@pytest.fixture(params=EVENTS, ids=lambda path: path.stem)
def event(request: pytest.FixtureRequest) -> Json:
    return read(request.param)


@pytest.fixture(params=ITEMS, ids=lambda path: path.stem)
def item(request: pytest.FixtureRequest) -> Json:
    return read(request.param)


def read(path: Path) -> Json:
    content: Json = json.loads(path.read_text("utf-8"))
    return content


def secret_of(event: Json) -> PresentedSecret:
    scheme, secret = event["headers"]["authorization"].split(" ")
    presented = parse_secret(secret)
    assert scheme == "Bearer"
    assert presented is not None
    return presented


def grants(template: Template) -> Iterator[tuple[str, Intrinsic]]:
    for policy in template.function("ApiFunction")["Policies"]:
        for statement in policy["Statement"]:
            yield statement["Action"], statement["Resource"]


# The function


def test_the_environment_holds_what_the_settings_and_powertools_read(template: Template) -> None:
    assert template.environment_of("ApiFunction") == Settings.variables() | {
        constants.SERVICE_NAME_ENV,
        constants.METRICS_NAMESPACE_ENV,
        constants.POWERTOOLS_LOG_LEVEL_ENV,
    }


def test_the_environment_can_be_read_as_it_is_deployed_by_default(template: Template) -> None:
    names = {
        "AWS::StackName": "catalog",
        "KeysTable": "the-table",
        "RegistryBucket": "the-bucket",
    }

    settings = Settings.from_env(template.resolved_environment("ApiFunction", names))

    assert settings == Settings(
        table_name="the-table",
        bucket_name="the-bucket",
        owned_by="codex-lb",
        max_age=timedelta(minutes=1),
    )


def test_the_handler_is_where_the_template_says(template: Template) -> None:
    function = template.function("ApiFunction")
    module, _, name = function["Handler"].partition(".")

    source = (PROJECT / function["CodeUri"] / f"{module}.py").read_text("utf-8")

    assert f"def {name}(" in source


def test_every_request_goes_to_the_live_version_of_the_function(template: Template) -> None:
    route = template.resource("AnyRequest").properties
    integration = template.resource("ApiIntegration").properties
    permission = template.resource("GatewayMayInvoke").properties

    assert route["RouteKey"] == "$default"
    assert route["Target"] == Intrinsic("Sub", "integrations/${ApiIntegration}")
    assert integration["PayloadFormatVersion"] == "2.0"
    assert integration["IntegrationUri"] == Intrinsic("Ref", "ApiFunction.Alias")
    assert permission["FunctionName"] == Intrinsic("Ref", "ApiFunction.Alias")


def test_the_api_is_served_at_the_root_of_its_host(template: Template) -> None:
    assert template.resource("Stage").properties["StageName"] == "$default"


def test_the_gateway_lets_pages_read_every_header_that_tells_what_is_left(
    template: Template,
) -> None:
    _, allowed, nothing = template.resource("HttpApi").properties["CorsConfiguration"].argument
    usage = Usage({Window.MINUTE: 1}, {}, NOW)
    told = rate_limit_headers(usage) | retry_headers(timedelta(minutes=2))

    exposed = set(allowed["ExposeHeaders"])

    assert exposed == told.keys() | {"etag", "x-request-id"}
    assert nothing == Intrinsic("Ref", "AWS::NoValue")


def test_access_logs_are_lines_of_json_without_a_callers_headers(template: Template) -> None:
    settings = template.resource("Stage").properties["AccessLogSettings"]

    line = json.loads(settings["Format"])

    assert line["requestId"] == "$context.requestId"
    assert line["status"] == "$context.status"
    assert not [text for text in line.values() if "authorizer" in text or "header" in text]


def test_the_function_gives_up_before_the_gateway_does(template: Template) -> None:
    assert template.function("ApiFunction")["Timeout"] < GATEWAY_TIMEOUT


def test_the_function_outlasts_both_stores_at_their_slowest(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nowhere")
    configs: list[Any] = [client.meta.config for client in (dynamodb_client(), s3_client())]

    dynamodb, s3 = (
        config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
        for config in configs
    )
    slowest = 2 * dynamodb + s3  # the write, the sweep after it, the registry

    assert template.function("ApiFunction")["Timeout"] > slowest


def test_no_policy_allows_an_action_by_a_wildcard(template: Template) -> None:
    allowed = [
        action
        for statement in statements(template)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    ]

    assert len(allowed) > 40
    assert not [action for action in allowed if "*" in action]


def test_only_what_cloudwatch_knows_no_resource_for_is_allowed_on_every_resource(
    template: Template,
) -> None:
    anywhere = [
        listed(statement["Action"])
        for statement in statements(template)
        if statement["Effect"] == "Allow" and statement["Resource"] == "*"
    ]

    assert anywhere == [["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"]]


def test_auditors_may_change_nothing(template: Template) -> None:
    policy = template.resource("AuditorPolicy").properties["PolicyDocument"]
    actions = [
        action.partition(":")[2]
        for statement in policy["Statement"]
        for action in listed(statement["Action"])
    ]

    reading = re.compile("Describe|Filter|Get|List|Query|Scan|StartQuery")

    assert [action for action in actions if not reading.match(action)] == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("cloudwatch:GetDashboard", "dashboard/${Dashboard}"),
        ("logs:DescribeLogStreams", "ApiLogs.Arn"),
        ("logs:StartQuery", "ApiLogs.Arn"),
        ("logs:GetQueryResults", "ApiLogs.Arn"),
    ],
)
def test_auditors_see_the_dashboard_and_what_the_logs_answer(
    template: Template, action: str, resource: str
) -> None:
    policy = template.resource("AuditorPolicy").properties["PolicyDocument"]

    (granted,) = (each for each in policy["Statement"] if action in listed(each["Action"]))

    assert resource in str(granted["Resource"])


def test_whoever_reads_an_object_can_tell_that_it_is_not_there(template: Template) -> None:
    held = [
        *(template.resource(name).properties["PolicyDocument"] for name in MANAGED_POLICIES),
        *(
            policy
            for name in ("ApiFunction", "PublisherFunction")
            for policy in template.function(name)["Policies"]
        ),
    ]
    may = [
        {action for each in one["Statement"] for action in listed(each["Action"])} for one in held
    ]

    assert [actions >= {"s3:GetObject", "s3:ListBucket"} for actions in may] == [True] * 5


def test_registry_operators_write_the_source_and_never_what_is_live(template: Template) -> None:
    policy = template.resource("RegistryOperatorPolicy").properties["PolicyDocument"]
    writing = [
        statement["Resource"]
        for statement in policy["Statement"]
        if {"s3:PutObject", "s3:DeleteObject"} & set(listed(statement["Action"]))
    ]

    assert writing == [Intrinsic("Sub", f"${{RegistryBucket.Arn}}/{SOURCE_KEY}")]


def test_the_function_may_do_nothing_but_admit_keys_and_read_the_live_registry(
    template: Template,
) -> None:
    assert set(grants(template)) == {
        ("dynamodb:UpdateItem", Intrinsic("GetAtt", "KeysTable.Arn")),
        ("dynamodb:GetItem", Intrinsic("GetAtt", "KeysTable.Arn")),
        ("s3:GetObject", Intrinsic("Sub", f"${{RegistryBucket.Arn}}/{LIVE_KEY}")),
        ("s3:ListBucket", Intrinsic("GetAtt", "RegistryBucket.Arn")),
    }


def test_the_function_may_touch_keys_and_never_their_trail(template: Template) -> None:
    on_the_table = [
        statement
        for policy in template.function("ApiFunction")["Policies"]
        for statement in policy["Statement"]
        if statement["Action"].startswith("dynamodb:")
    ]

    assert [allowed_partitions(statement) for statement in on_the_table] == [["KEY#*"]] * 2
    assert not fnmatchcase(f"{AUDIT_PREFIX}0123456789abcdef", "KEY#*")


def test_key_operators_may_add_to_the_trail_and_neither_change_nor_delete_it(
    template: Template,
) -> None:
    policy = template.resource("KeyOperatorPolicy").properties["PolicyDocument"]
    writing = {
        (action, *allowed_partitions(statement))
        for statement in policy["Statement"]
        for action in listed(statement["Action"])
        if action.removeprefix("dynamodb:") not in {"GetItem", "Query", "Scan"}
        and action.startswith("dynamodb:")
    }

    assert {statement["Effect"] for statement in policy["Statement"]} == {"Allow"}
    assert writing == {
        ("dynamodb:DeleteItem", "KEY#*"),
        ("dynamodb:PutItem", "KEY#*"),
        ("dynamodb:UpdateItem", "KEY#*"),
        ("dynamodb:PutItem", f"{AUDIT_PREFIX}*"),
    }


def statements(template: Template) -> Iterator[Json]:
    """Iterate over every statement of every policy in the stack."""
    for resource in template.document["Resources"].values():
        properties = resource["Properties"]
        inline = properties.get("Policies", [])
        for policy in [*inline, properties.get("PolicyDocument", {"Statement": []})]:
            yield from policy["Statement"]


def allowed_partitions(statement: Json) -> list[str]:
    """Return the partition keys a statement is for."""
    keys: list[str] = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    return keys


def listed(action: str | list[str]) -> list[str]:
    return [action] if isinstance(action, str) else action


@pytest.mark.parametrize("function", ["ApiFunction", "PublisherFunction"])
def test_a_function_has_a_makefile_that_compiles_it(template: Template, function: str) -> None:
    folder = PROJECT / template.function(function)["CodeUri"]

    assert template.document["Resources"][function]["Metadata"]["BuildMethod"] == "makefile"
    assert f"\nbuild-{function}:\n" in (folder / "Makefile").read_text("utf-8")


# The layers


def test_the_function_uses_every_layer(template: Template) -> None:
    assert template.function("ApiFunction")["Layers"] == [
        Intrinsic("Ref", layer) for layer in LAYERS
    ]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_has_a_makefile_that_builds_it(template: Template, layer: str) -> None:
    folder = PROJECT / template.resource(layer).properties["ContentUri"]

    assert template.document["Resources"][layer]["Metadata"]["BuildMethod"] == "makefile"
    assert f"\nbuild-{layer}:\n" in (folder / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_built_for_what_the_function_runs_on(template: Template, layer: str) -> None:
    function = template.function("ApiFunction")
    properties = template.resource(layer).properties
    metadata = template.document["Resources"][layer]["Metadata"]

    assert properties["CompatibleRuntimes"] == [function["Runtime"]]
    assert properties["CompatibleArchitectures"] == function["Architectures"]
    assert [metadata["BuildArchitecture"]] == function["Architectures"]


def test_the_dependencies_are_installed_from_the_one_lock(template: Template) -> None:
    folder = PROJECT / template.resource("DependenciesLayer").properties["ContentUri"]

    assert (folder / "requirements.txt").resolve() == PROJECT / "requirements" / "runtime.txt"


def test_the_shared_layer_holds_the_shared_package(template: Template) -> None:
    folder = PROJECT / template.resource("SharedLayer").properties["ContentUri"]

    assert (folder / "model_catalog" / "__init__.py").is_file()


# The table, the bucket and the stack's interface


def test_the_table_is_keyed_as_the_items_are(template: Template) -> None:
    schema = template.resource("KeysTable").properties["KeySchema"]

    assert [key["AttributeName"] for key in schema] == list(primary_key("any"))


@pytest.mark.parametrize("kept", ["KeysTable", "RegistryBucket", "RegistryBucketPolicy"])
def test_what_cannot_be_made_again_outlives_the_stack(template: Template, kept: str) -> None:
    resource = template.document["Resources"][kept]

    assert resource["DeletionPolicy"].startswith("Retain")
    assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_table_can_be_restored_and_not_be_deleted_by_mistake(template: Template) -> None:
    table = template.resource("KeysTable").properties

    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert template.document["Resources"]["KeysTable"]["DeletionPolicy"] == "Retain"
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_the_table_removes_a_key_that_expired_long_ago(template: Template) -> None:
    rule = template.resource("KeysTable").properties["TimeToLiveSpecification"]
    expired, lasting = key_record(mint(), expires_at=NOW), key_record(mint())

    item = item_of(expired)

    assert rule["Enabled"] is True
    assert int(item[rule["AttributeName"]]["N"]) == (NOW + KEPT_AFTER_EXPIRY).timestamp()
    assert rule["AttributeName"] not in item_of(lasting)


def test_the_bucket_refuses_whoever_comes_unencrypted(template: Template) -> None:
    policy = template.resource("RegistryBucketPolicy").properties["PolicyDocument"]
    (statement,) = policy["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
        "Deny",
        "*",
        "s3:*",
    )
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_the_bucket_keeps_versions_and_is_closed_to_the_public(template: Template) -> None:
    bucket = template.resource("RegistryBucket").properties

    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }


def test_a_report_goes_for_good_after_a_year(template: Template) -> None:
    rules = template.resource("RegistryBucket").properties["LifecycleConfiguration"]["Rules"]
    hidden, forgotten = (rule for rule in rules if rule.get("Prefix") == "registry/rejected/")

    assert hidden["ExpirationInDays"] == 365
    assert hidden["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert forgotten["ExpiredObjectDeleteMarker"] is True
    assert "ExpirationInDays" not in forgotten  # S3 takes the two in separate rules only
    assert {rule["Status"] for rule in rules} == {"Enabled"}


def test_a_deleted_registry_is_never_mistaken_for_one_not_yet_published(
    template: Template,
) -> None:
    rules = template.resource("RegistryBucket").properties["LifecycleConfiguration"]["Rules"]

    forgetting = [rule["Prefix"] for rule in rules if "ExpiredObjectDeleteMarker" in rule]

    assert not [prefix for prefix in forgetting if LIVE_KEY.startswith(prefix)]


def test_the_outputs_name_what_operators_need(template: Template) -> None:
    assert template.document["Outputs"].keys() == {
        "AlarmTopicArn",
        "ApiUrl",
        "AuditorPolicyArn",
        "DomainTarget",
        "KeyOperatorPolicyArn",
        "KeysTableName",
        "RegistryBucketName",
        "ApiFunctionName",
        "PublisherFunctionName",
        "RegistryOperatorPolicyArn",
    }


@pytest.mark.parametrize(
    "origins",
    [
        "",
        "*",
        "https://tools.example.com",
        "http://localhost:3000",
        "https://a.example,http://127.0.0.1:8080",
    ],
)
def test_origins_as_a_browser_sends_them_are_taken(template: Template, origins: str) -> None:
    pattern = template.document["Parameters"]["CorsOrigins"]["AllowedPattern"]

    assert re.fullmatch(pattern, origins)


@pytest.mark.parametrize(
    "origins",
    [
        "https://a.example, https://b.example",
        "https://a.example/",
        "https://a.example/page",
        "https://A.example",
        "a.example",
        "https://a.example,",
        "https://a.example,*",
        "ftp://a.example",
    ],
)
def test_origins_that_would_match_no_browsers_are_refused(template: Template, origins: str) -> None:
    parameter = template.document["Parameters"]["CorsOrigins"]

    assert not re.fullmatch(parameter["AllowedPattern"], origins)
    assert parameter["ConstraintDescription"].startswith("must be ")


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_parameters_and_outputs_are_described(template: Template, section: str) -> None:
    described: Mapping[str, Json] = template.document[section]

    assert all(entry["Description"].endswith(".") for entry in described.values())


# What wakes somebody


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_sent_and_has_its_entry_in_the_runbook(template: Template, alarm: str) -> None:
    described = template.resource(alarm).properties

    assert described["AlarmActions"] == [Intrinsic("Ref", "AlarmTopic")]
    assert f"### {alarm}\n" in (PROJECT / "docs" / "operations.md").read_text("utf-8")


@pytest.mark.parametrize("alarm", [*ALARMS, *CANARY_ALARMS])
def test_an_alarm_takes_missing_data_for_good_news(template: Template, alarm: str) -> None:
    assert template.resource(alarm).properties["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize("alarm", [*ALARMS, *CANARY_ALARMS])
def test_an_alarm_goes_off_though_requests_come_four_minutes_apart(
    template: Template, alarm: str
) -> None:
    described = template.resource(alarm).properties
    periods = described["EvaluationPeriods"]
    failing = min(periods, math.ceil(periods * period_of(described) / 240))

    assert described.get("DatapointsToAlarm", periods) <= failing


@pytest.mark.parametrize("alarm", ["ServerErrorsAlarm", "LatencyAlarm"])
def test_what_callers_meet_is_judged_by_five_minutes_at_once(
    template: Template, alarm: str
) -> None:
    described = template.resource(alarm).properties

    assert (period_of(described), described["EvaluationPeriods"]) == (300, 1)
    assert "answers in five minutes" in described["AlarmDescription"]


def period_of(alarm: Mapping[str, Any]) -> int:
    """Return how many seconds one data point of an alarm stands for."""
    periods: set[int] = {
        metric["MetricStat"]["Period"]
        for metric in alarm.get("Metrics", [])
        if "MetricStat" in metric
    }
    (period,) = periods or {alarm["Period"]}
    return period


def test_every_alarm_is_known_to_these_tests(template: Template) -> None:
    found = {
        name
        for name, resource in template.document["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }

    assert found == {*ALARMS, *CANARY_ALARMS}


def test_a_deployment_is_rolled_back_by_every_alarm_of_the_new_version(
    template: Template,
) -> None:
    preference = template.function("ApiFunction")["DeploymentPreference"]
    versions = [
        next(
            dimension["Value"]
            for dimension in template.resource(alarm).properties["Dimensions"]
            if dimension["Name"].lower() in {"executedversion", "executed_version"}
        )
        for alarm in CANARY_ALARMS
    ]

    assert preference["Alarms"] == [Intrinsic("Ref", alarm) for alarm in CANARY_ALARMS]
    assert preference["Enabled"] == Intrinsic("Ref", "CanaryDeployment")
    assert versions == [Intrinsic("GetAtt", "ApiFunction.Version.Version")] * 4


def test_a_new_version_is_rolled_back_on_every_5xx_of_its_own(template: Template) -> None:
    answered = {error.__name__ for error in ServiceUnavailableError.__subclasses__()}
    alarms = [template.resource(alarm).properties for alarm in CANARY_ALARMS]

    watched = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "ModelCatalog"}

    assert watched == answered | {InternalError.__name__}


def test_every_canary_alarm_has_its_entry_in_the_runbook() -> None:
    runbook = (PROJECT / "docs" / "operations.md").read_text("utf-8")
    entry = runbook.partition("### The canary's alarms\n")[2].partition("\n## ")[0]

    assert [f"`{alarm}`" in entry for alarm in CANARY_ALARMS] == [True] * len(CANARY_ALARMS)


def test_alarms_and_dashboard_show_what_the_functions_count(template: Template) -> None:
    sources = "".join(path.read_text("utf-8") for path in PROJECT.glob("functions/*/handler.py"))
    counted = {*re.findall(r'count\("(\w+)"\)', sources), InternalError.__name__} | {
        error.__name__ for error in ServiceUnavailableError.__subclasses__()
    }
    alarms = [template.resource(alarm).properties for alarm in (*ALARMS, *CANARY_ALARMS)]

    watched = {alarm["MetricName"] for alarm in alarms if alarm.get("Namespace") == "ModelCatalog"}

    assert watched <= counted
    assert all(f'"{metric}"' in dashboard(template) for metric in counted)


def test_the_dashboard_is_json_and_shows_every_alarm(template: Template) -> None:
    shown = json.loads(dashboard(template))
    first = shown["widgets"][0]["properties"]["alarms"]

    assert first == [f"${{{alarm}.Arn}}" for alarm in ALARMS]
    assert len({(each["x"], each["y"]) for each in shown["widgets"]}) == len(shown["widgets"])


def dashboard(template: Template) -> str:
    body = template.resource("Dashboard").properties["DashboardBody"]
    return str(body.argument)


# The events


def test_an_event_is_of_payload_format_2(event: Json) -> None:
    assert event["version"] == "2.0"
    assert event["isBase64Encoded"] is False
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "$default"
    assert event["requestContext"]["stage"] == "$default"


def test_an_event_says_twice_what_the_gateway_says_twice(event: Json) -> None:
    context = event["requestContext"]
    http = context["http"]
    moment = datetime.strptime(context["time"], "%d/%b/%Y:%H:%M:%S %z")

    assert http["method"] == "GET"
    assert http["path"] == event["rawPath"]
    assert http["userAgent"] == event["headers"]["user-agent"]
    assert http["sourceIp"] == event["headers"]["x-forwarded-for"]
    assert context["domainName"] == event["headers"]["host"]
    assert context["timeEpoch"] == moment.timestamp() * 1000


def test_an_events_parameters_are_those_of_its_query(event: Json) -> None:
    assert event.get("queryStringParameters", {}) == dict(parse_qsl(event["rawQueryString"]))


def test_an_events_headers_have_lower_case_names(event: Json) -> None:
    assert all(name == name.lower() for name in event["headers"])


def test_an_events_key_has_an_item_unless_it_shall_be_unknown(event: Json) -> None:
    secret = secret_of(event)
    stored = {item["pk"]["S"]: item["secret_hash"]["S"] for item in map(read, ITEMS)}
    unknown = event == read(PROJECT / "events" / "unknown-key.json")

    digest = stored.get(primary_key(secret.key_id)["pk"]["S"])

    assert digest == (None if unknown else secret.secret_hash)


def test_an_item_is_read_as_an_active_key(item: Json) -> None:
    key = admission_of(item, NOW).key

    assert item.items() >= primary_key(key.key_id).items()
    assert key.status_at(NOW) is KeyStatus.ACTIVE
    assert key.permissions == {"models.read"}


def test_a_restricted_item_allows_models_of_the_sample_registry(item: Json) -> None:
    registered = {model["id"] for model in read(PROJECT / "registry" / "models.json")["models"]}

    assert admission_of(item, NOW).key.allowed_models <= registered


@pytest.mark.parametrize("path", EVENTS + ITEMS, ids=lambda path: path.name)
def test_the_events_read_me_names_every_file(path: Path) -> None:
    assert f"`{path.name}`" in (PROJECT / "events" / "README.md").read_text("utf-8")


def test_an_owner_is_never_longer_than_the_publisher_leaves_room_for(template: Template) -> None:
    assert template.document["Parameters"]["OwnedBy"]["MaxLength"] == LONGEST_OWNER
