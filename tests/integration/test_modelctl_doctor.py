"""``modelctl doctor``: what is wrong with a stack is found, whatever else cannot be looked at."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from itertools import batched
from typing import Any

import pytest

from api import handler
from localcloud.access_log import Access
from localcloud.gateway import respond
from localcloud.http_server import HttpServer
from localcloud.runtime import LambdaFunction
from model_catalog.api_keys import mint
from model_catalog.limits import Window
from model_catalog.record_items import item_of
from model_catalog.registry_store import SOURCE_KEY
from support.builders import entry, key_record
from support.clock import NOON
from support.deployed_stack import DeployedStack, Overlay, denying
from support.documents import authored, document
from support.failing_server import Behavior, FailingServer, answering, depending_on, reset
from support.operator import Operator, Printed, modelctl
from support.stack import Api, KeysTable

ONE = document(authored("a"))
NOWHERE = "http://127.0.0.1:9"
SECRET = mint().secret
LOGS = "Look at the function's log (ServerErrorsAlarm in docs/operations.md)."
RUNBOOK = "docs/operations.md says what to do, under its name."
DEPLOY = "Deploy the template again: it is set there."
REFUSED = {"error": {"message": "No such key.", "code": "invalid_api_key"}}
HEALTHY = {"status": "ok", "registry": {"version": None, "age_seconds": None}}
OUTPUTS = ["ApiFunctionName", "KeysTableName", "RegistryBucketName", "ApiUrl"]

type Told = list[tuple[str, str, str]]


def doctor(
    operator: Operator, *options: str, env: Mapping[str, str | None] | None = None
) -> Printed:
    return modelctl(operator, "doctor", *options, env=env)


def told(printed: Printed, subject: str) -> Told:
    """Return verdict, message and advice of what was found about ``subject``."""
    return [
        (each["verdict"], each["message"], each["advice"])
        for each in printed.json["findings"]
        if each["subject"] == subject
    ]


def found(operator: Operator, subject: str, *options: str) -> Told:
    """Examine, and return what was found about ``subject``."""
    return told(doctor(operator, "--json", *options), subject)


def verdicts(printed: Printed) -> dict[str, str]:
    """Return how each subject's last check ended."""
    return {each["subject"]: each["verdict"] for each in printed.json["findings"]}


def answer(body: Any, status: int = 200) -> Behavior:
    """Answer everybody with ``body``: text as it is, all else as JSON."""
    return answering(status, (body if isinstance(body, str) else json.dumps(body)).encode())


def asked(
    operator: Operator, subject: str, cases: Mapping[str, Behavior], *options: str
) -> tuple[str, Told]:
    """Examine an API that is well but for ``cases``; return where it was, and what was found."""
    well = {"GET /health": answer(HEALTHY), "": answer(REFUSED, 401)}
    # The first mention of a case says when it is tried, the last what it does.
    with FailingServer(depending_on({**cases, **well, **cases})).running() as server:
        return server.url, found(operator, subject, f"--url={server.url}", *options)


@pytest.fixture
def url(
    api: Api,  # noqa: ARG001 - the function that is asked
) -> Iterator[str]:
    """Where the function of this process answers."""
    function = LambdaFunction(
        handler=handler.lambda_handler, name="api", memory_mb=512, timeout_seconds=10
    )
    server, log = HttpServer("127.0.0.1", 0), list[Access]()
    with server, server.serving(partial(respond, function), log.append):
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def protected(operator: Operator) -> Operator:
    """An operator whose table is set up as the template has it."""
    client = operator.aws.dynamodb
    client.update_table(TableName="keys", DeletionProtectionEnabled=True)
    client.update_continuous_backups(
        TableName="keys",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    return operator


@pytest.fixture
def healthy(protected: Operator, deployed: DeployedStack, url: str) -> Operator:
    """An operator whose stack there is nothing wrong with."""
    protected.publishes(ONE)
    deployed.says(ApiUrl=f"{url}/")
    return protected


# The examination


def test_of_a_healthy_stack_everything_is_ok(healthy: Operator, api: Api, url: str) -> None:
    secret = api.key()
    version = healthy.versions[0]

    printed = doctor(healthy, "--stack=st", env={"MODEL_CATALOG_KEY": secret})

    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == [
        "ok       stack      UPDATE_COMPLETE",
        "ok       function   version 1",
        "ok       alarms     none is on",
        "ok       table      keys answers",
        "ok       keys       1 key",
        "ok       bucket     registry keeps versions",
        f"ok       registry   live: 1 model, version {version}, 2026-11-22T12:00:01Z",
        "ok       source     it is what is live",
        f"ok       api        {url} answers; that function has read no registry yet",
        "ok       admission  a made-up key is refused",
        "ok       canary     the key sees 1 model",
    ]


def test_what_to_do_stands_below_what_was_found(protected: Operator) -> None:
    printed = doctor(protected)

    assert printed.lines[:2] == [
        "skipped  stack      no stack was named",
        "                    Name it with --stack.",
    ]


def test_scripts_get_every_finding_as_one_document(protected: Operator) -> None:
    printed = doctor(protected, "--json", f"--url={NOWHERE}")

    assert (printed.code, printed.err) == (1, "")
    assert printed.json == {
        "findings": [
            {
                "subject": "stack",
                "verdict": "skipped",
                "message": "no stack was named",
                "advice": "Name it with --stack.",
            },
            {"subject": "table", "verdict": "ok", "message": "keys answers", "advice": ""},
            {
                "subject": "keys",
                "verdict": "warning",
                "message": "there is none",
                "advice": "Issue one: modelctl keys create NAME",
            },
            {
                "subject": "bucket",
                "verdict": "ok",
                "message": "registry keeps versions",
                "advice": "",
            },
            {
                "subject": "source",
                "verdict": "warning",
                "message": "nothing was ever published",
                "advice": "Publish one: modelctl registry publish FILE",
            },
            *(
                {
                    "subject": subject,
                    "verdict": "failed",
                    "message": "it cannot be looked at",
                    "advice": (
                        f"{NOWHERE} cannot be reached (NewConnectionError)."
                        " Check --url, the stack and the network."
                    ),
                }
                for subject in ("api", "admission")
            ),
            {
                "subject": "canary",
                "verdict": "skipped",
                "message": "no key to ask with",
                "advice": "Give one in $MODEL_CATALOG_KEY; it costs one request.",
            },
        ]
    }


def test_what_was_skipped_or_should_not_stay_is_exit_code_0(operator: Operator) -> None:
    printed = doctor(operator, "--json")

    assert printed.code == 0
    assert {"skipped", "warning"} <= {*verdicts(printed).values()}


def test_what_does_not_work_is_exit_code_1(operator: Operator) -> None:
    operator.puts_live(b"{")

    assert doctor(operator).code == 1


def test_nothing_is_changed(healthy: Operator, deployed: DeployedStack, api: Api) -> None:
    deployed.publish(up_to=4)
    secret = api.key()
    before = [api.table.item(secret[7:23]), healthy.versions, healthy.live, deployed.versions]

    doctor(healthy, "--stack=st")

    assert before == [
        api.table.item(secret[7:23]),
        healthy.versions,
        healthy.live,
        deployed.versions,
    ]


@pytest.mark.parametrize(
    ("operation", "failing"),
    [
        ("DescribeStacks", {"stack", "function"}),
        ("GetAlias", {"function"}),
        ("GetFunctionConfiguration", {"function"}),
        ("ListVersionsByFunction", {"function"}),
        ("DescribeAlarms", {"alarms"}),
        ("DescribeTable", {"table"}),
        ("DescribeContinuousBackups", {"table"}),
        ("Scan", {"keys"}),
        ("GetBucketVersioning", {"bucket"}),
        ("GetObject", {"registry"}),
    ],
)
def test_what_may_not_be_looked_at_keeps_nothing_else_from_being(
    operation: str, failing: set[str], *, healthy: Operator, deployed: DeployedStack, url: str
) -> None:
    deployed.overlays[operation] = denying(f"some:{operation}")
    places = ["--stack=st", "--table=keys", "--bucket=registry", f"--url={url}"]

    printed = doctor(healthy, "--json", *places)

    assert printed.code == 1
    ended = verdicts(printed)
    assert {subject for subject in ended if ended[subject] == "failed"} == failing
    assert ended.keys() >= {"stack", "function", "alarms", "table", "keys", "bucket", "registry"}
    assert ended.keys() >= {"api", "admission", "canary"}
    for subject in failing:
        verdict, message, advice = told(printed, subject)[-1]
        assert (verdict, message) == ("failed", "it cannot be looked at")
        assert f"These credentials lack the permission some:{operation}." in advice


def test_a_stack_that_is_not_there_is_told_by_its_name(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.alarm("nope-ServerErrorsAlarm-1", "OK")

    printed = doctor(operator, "--json", "--stack=nope")

    assert printed.code == 1
    assert told(printed, "stack") == [
        (
            "failed",
            "it cannot be looked at",
            "There is no stack nope. Check its name, --region (now us-east-1) and --profile.",
        )
    ]


def test_a_stack_without_outputs_is_told_what_it_lacks(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.says(without=OUTPUTS)

    printed = doctor(operator, "--json", "--stack=st")

    assert printed.code == 1
    advice = {each["subject"]: each["advice"] for each in printed.json["findings"]}
    assert "ApiFunctionName" in advice["function"]
    assert advice["table"] == ("The stack st has no output KeysTableName: is it a Model Catalog?")
    assert advice["keys"] == advice["table"]
    assert advice["bucket"] == advice["registry"]
    assert advice["bucket"].startswith("The stack st has no output RegistryBucketName")
    assert told(printed, "stack") == [("ok", "UPDATE_COMPLETE", "")]
    assert told(printed, "api") == [
        ("skipped", "nobody said where it is", "Give --url URL or --stack NAME.")
    ]


# The stack


@pytest.mark.parametrize(
    ("status", "verdict", "message", "advice"),
    [
        ("CREATE_COMPLETE", "ok", "", ""),
        ("UPDATE_COMPLETE", "ok", "", ""),
        ("UPDATE_IN_PROGRESS", "warning", "", "It is being changed; look again"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "warning", "", "It is being changed; look again"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "warning", "", "It is being changed; look again"),
        ("UPDATE_ROLLBACK_FAILED", "failed", "", "Continue its rollback in CloudFormation, then"),
        ("DELETE_FAILED", "failed", "", "Look at its events in CloudFormation, and deploy again."),
        (
            "UPDATE_ROLLBACK_COMPLETE",
            "warning",
            ": the last deployment was taken back",
            "Look at its events in CloudFormation for the first failure, and deploy again.",
        ),
    ],
)
def test_a_stack_is_judged_by_how_its_last_deployment_ended(
    status: str,
    verdict: str,
    message: str,
    advice: str,
    *,
    operator: Operator,
    deployed: DeployedStack,
) -> None:
    deployed.has_status(status)

    [(its_verdict, its_message, its_advice)] = found(operator, "stack", "--stack=st")

    assert (its_verdict, its_message) == (verdict, f"{status}{message}")
    assert its_advice.startswith(advice)
    assert bool(its_advice) is bool(advice)


def test_a_stack_that_was_never_made_has_to_be_deleted_first(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.has_status("ROLLBACK_COMPLETE")

    [(verdict, _, advice)] = found(operator, "stack", "--stack=st")

    assert verdict == "failed"
    assert "elete" in advice


def test_a_deployment_under_way_is_told_by_its_shares(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=2)
    deployed.point(1, {"2": 0.1})

    assert found(operator, "function", "--stack=st") == [
        (
            "warning",
            "version 1, and 10% to version 2",
            "A deployment is under way, or was stopped halfway: look at it in CodeDeploy.",
        )
    ]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"State": "Failed", "StateReason": "Its role is gone."}, "Its role is gone."),
        ({"State": "Failed"}, "nobody says why"),
    ],
)
def test_a_version_that_cannot_run_is_to_be_turned_back(
    state: dict[str, str], why: str, operator: Operator, deployed: DeployedStack
) -> None:
    deployed.publish(up_to=2)
    deployed.point(2, {"1": 0.5})
    deployed.runs(**state)

    assert found(operator, "function", "--stack=st") == [
        (
            "failed",
            f"version 2 cannot run: {why}",
            "Turn live back to the version before, as docs/operations.md says.",
        )
    ]


@pytest.mark.parametrize(
    ("status", "message"),
    [("On", "version 1, started from a snapshot"), ("Off", "version 1")],
)
def test_it_is_told_whether_the_version_starts_from_a_snapshot(
    status: str, message: str, operator: Operator, deployed: DeployedStack
) -> None:
    deployed.runs(SnapStart={"ApplyOn": "PublishedVersions", "OptimizationStatus": status})

    assert found(operator, "function", "--stack=st") == [("ok", message, "")]


def test_versions_beyond_two_are_to_be_deleted(operator: Operator, deployed: DeployedStack) -> None:
    deployed.publish(up_to=2)
    two = found(operator, "versions", "--stack=st")
    deployed.publish(up_to=2)
    three = found(operator, "versions", "--stack=st")

    assert two == []
    assert three == [
        (
            "warning",
            "3 published versions, each a snapshot that is paid for",
            "Delete all that nobody needs: modelctl prune",
        )
    ]


def test_a_function_that_is_not_there_is_not_taken_for_a_table(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.delete_alias()

    [(verdict, message, advice)] = found(operator, "function", "--stack=st")

    assert (verdict, message) == ("failed", "it cannot be looked at")
    assert "table" not in advice


def test_alarms_that_are_on_are_named_as_the_template_names_them(
    operator: Operator, deployed: DeployedStack
) -> None:
    deployed.alarm("st-ServerErrorsAlarm-1ABC")
    deployed.alarm("st-LatencyAlarm-2DEF")
    deployed.alarm("st-ThrottlesAlarm-3GHI", "OK")
    deployed.alarm("st-DeadLettersAlarm-4JKL", "INSUFFICIENT_DATA")

    assert found(operator, "alarms", "--stack=st") == [
        ("failed", "LatencyAlarm is on", RUNBOOK),
        ("failed", "ServerErrorsAlarm is on", RUNBOOK),
    ]


@pytest.mark.parametrize("name", ["st-2-LatencyAlarm-1", "other-LatencyAlarm-1", "st-byhand"])
def test_alarms_of_others_whose_names_begin_the_same_are_not_told(
    name: str, operator: Operator, deployed: DeployedStack
) -> None:
    deployed.alarm(name)

    assert found(operator, "alarms", "--stack=st") == [("ok", "none is on", "")]


# The table and the bucket


@pytest.mark.parametrize("status", ["ACTIVE", "UPDATING"])
def test_a_table_that_answers_and_is_protected_is_ok(
    status: str, protected: Operator, overlays: dict[str, Overlay]
) -> None:
    overlays["DescribeTable"] = lambda told, _: told["Table"].update(TableStatus=status)

    assert found(protected, "table") == [("ok", "keys answers", "")]


def test_a_table_that_does_not_answer_is_not_looked_at_further(
    operator: Operator, overlays: dict[str, Overlay]
) -> None:
    overlays["DescribeTable"] = lambda told, _: told["Table"].update(TableStatus="CREATING")

    assert found(operator, "table") == [("failed", "keys is CREATING", "Wait, or restore it.")]


def test_a_table_that_a_mistake_could_cost_is_to_be_protected(operator: Operator) -> None:
    assert found(operator, "table") == [
        ("ok", "keys answers", ""),
        ("warning", "it can be deleted by mistake", DEPLOY),
        ("warning", "it cannot be restored to a point in time", DEPLOY),
    ]


def test_a_table_whose_protection_is_not_told_is_to_be_protected(
    protected: Operator, overlays: dict[str, Overlay]
) -> None:
    overlays["DescribeTable"] = lambda told, _: told["Table"].pop("DeletionProtectionEnabled")

    assert found(protected, "table")[1:] == [("warning", "it can be deleted by mistake", DEPLOY)]


def test_a_missing_table_is_told_by_its_name(operator: Operator) -> None:
    [(verdict, message, advice)] = found(operator, "table", "--table=none")

    assert (verdict, message) == ("failed", "it cannot be looked at")
    assert advice.startswith("There is no table none.")


def test_every_key_that_cannot_be_read_is_named(operator: Operator, table: KeysTable) -> None:
    broken = sorted(table.add().key_id for _ in range(2))
    for key_id in broken:
        table.change(key_id, secret_hash=None)
    table.add()

    assert sorted(found(operator, "keys")) == [
        (
            "failed",
            f"{key_id} cannot be read: requests with it get 503",
            f"Bring it back from a backup, or delete it: modelctl keys delete {key_id}",
        )
        for key_id in broken
    ]


def test_without_any_key_one_is_to_be_issued(operator: Operator) -> None:
    assert found(operator, "keys") == [
        ("warning", "there is none", "Issue one: modelctl keys create NAME")
    ]


@pytest.mark.parametrize(
    ("number", "message"),
    [(1, "1 key"), (99, "99 keys"), (101, "100 keys or more")],
)
def test_a_hundred_keys_are_read(number: int, message: str, operator: Operator) -> None:
    items = [item_of(key_record(mint())) for _ in range(number)]
    for some in batched(items, 25, strict=False):
        puts: list[Any] = [{"PutRequest": {"Item": item}} for item in some]
        operator.aws.dynamodb.batch_write_item(RequestItems={"keys": puts})

    assert found(operator, "keys") == [("ok", message, "")]


@pytest.mark.parametrize("status", ["Suspended", None])
def test_a_bucket_that_keeps_no_versions_is_told(status: Any, operator: Operator) -> None:
    s3 = operator.aws.s3
    s3.create_bucket(Bucket="other")
    if status:
        s3.put_bucket_versioning(Bucket="other", VersioningConfiguration={"Status": status})

    assert found(operator, "bucket", "--bucket=other") == [
        ("warning", "other keeps no versions", DEPLOY)
    ]


# The registry


def test_a_registry_that_is_what_was_published_last_is_ok(operator: Operator) -> None:
    operator.publishes(ONE)

    printed = doctor(operator, "--json")

    [version] = operator.versions
    assert told(printed, "registry") == [
        ("ok", f"live: 1 model, version {version}, 2026-11-22T12:00:01Z", "")
    ]
    assert told(printed, "source") == [("ok", "it is what is live", "")]


def test_a_registry_nobody_can_read_is_to_be_published_again(operator: Operator) -> None:
    operator.puts_live(b"{")

    assert found(operator, "registry") == [
        (
            "failed",
            "what is live cannot be read: functions serve what they hold, and new ones nothing",
            "Publish again: modelctl registry publish FILE",
        )
    ]


def test_where_nothing_was_published_something_is_to_be(operator: Operator) -> None:
    printed = doctor(operator, "--json")

    assert told(printed, "registry") == []
    assert told(printed, "source") == [
        (
            "warning",
            "nothing was ever published",
            "Publish one: modelctl registry publish FILE",
        )
    ]


def test_a_registry_whose_source_is_gone_is_told(operator: Operator) -> None:
    operator.publishes(ONE)
    operator.aws.s3.delete_object(Bucket="registry", Key=SOURCE_KEY)

    assert found(operator, "source") == [
        (
            "warning",
            "what is live has no source",
            "Publish one: modelctl registry publish FILE",
        )
    ]


def test_an_unreadable_registry_without_a_source_is_not_called_unpublished(
    operator: Operator,
) -> None:
    operator.puts_live(b"{")

    [(verdict, message, _)] = found(operator, "source")

    assert (verdict, message) == ("warning", "what is live has no source")


def test_of_a_source_that_was_rejected_the_first_problem_is_told(operator: Operator) -> None:
    operator.publishes(ONE)
    version = operator.drops(b'{"models": 1, "more": 2}', **{"published-by": "ada"})
    operator.publisher.publish()

    printed = doctor(operator, "--json")

    report = operator.store.read_rejection(version)
    first, _ = json.loads(report or b"")["problems"]
    assert told(printed, "registry")[0][0] == "ok"
    [(verdict, message, advice)] = told(printed, "source")
    assert verdict == "failed"
    assert message.startswith(f"ada published version {version} at ")
    assert message.endswith(f", which was rejected: {first['path']}: {first['message']}")
    assert advice == (
        "All that is wrong with it: modelctl registry history. Mend it and publish again."
    )


@pytest.mark.parametrize(
    ("age", "verdict", "message", "advice"),
    [
        (
            timedelta(minutes=20, microseconds=-1),
            "warning",
            ", which is not live yet",
            "The publisher is at it.",
        ),
        (
            timedelta(minutes=20),
            "failed",
            ", and the publisher has not taken it",
            (
                "Look at the publisher's log and its dead letters (DeadLettersAlarm in"
                " docs/operations.md)."
            ),
        ),
    ],
)
def test_a_source_is_left_to_the_publisher_for_20_minutes(
    age: timedelta, verdict: str, message: str, advice: str, operator: Operator
) -> None:
    version = operator.drops(json.dumps(ONE).encode())
    source = operator.store.read_source()
    assert source
    operator.clock.now = source.written_at + age

    [(its_verdict, its_message, its_advice)] = found(operator, "source")

    assert (its_verdict, its_advice) == (verdict, advice)
    assert its_message.startswith(f"Somebody who left no name published version {version} at 20")
    assert its_message.endswith(message)


# The API


def test_where_nobody_said_where_the_api_is_it_is_not_asked(operator: Operator) -> None:
    printed = doctor(operator, "--json")

    assert told(printed, "api") == [
        ("skipped", "nobody said where it is", "Give --url URL or --stack NAME.")
    ]
    assert verdicts(printed).keys().isdisjoint({"admission", "canary"})


def test_the_environment_may_say_where_the_api_is(operator: Operator, url: str) -> None:
    printed = doctor(operator, "--json", env={"MODEL_CATALOG_URL": f"{url}/"})

    assert told(printed, "api")[0][:2] == (
        "ok",
        f"{url} answers; that function has read no registry yet",
    )


def test_a_url_wins_over_the_stack_s(operator: Operator, deployed: DeployedStack, url: str) -> None:
    deployed.says(ApiUrl=NOWHERE)

    by_stack = found(operator, "api", "--stack=st")
    by_url = found(operator, "api", "--stack=st", f"--url={url}")

    assert by_stack[0][2].startswith(f"{NOWHERE} cannot be reached")
    assert by_url[0][0] == "ok"


def test_an_api_that_cannot_be_reached_fails_in_all_that_is_asked_of_it(
    operator: Operator,
) -> None:
    printed = doctor(operator, "--json", f"--url={NOWHERE}", f"--key={SECRET}")

    assert printed.code == 1
    assert [
        (each["subject"], each["verdict"], NOWHERE in each["advice"])
        for each in printed.json["findings"]
    ][-3:] == [(subject, "failed", True) for subject in ("api", "admission", "canary")]


@pytest.mark.parametrize(
    ("behavior", "said"),
    [
        (answer({"error": {"message": "A bug."}}, 500), "500, A bug."),
        (answer({"message": "Internal Server Error"}, 500), "500, Internal Server Error"),
        (answer("<html>Bad gateway</html>", 502), "502"),
        (answer({"message": 1}, 404), "404"),
    ],
    ids=["ours", "the gateway's", "a page", "neither"],
)
def test_a_function_that_does_not_run_is_told_by_what_was_answered(
    behavior: Behavior, said: str, operator: Operator
) -> None:
    url, api = asked(operator, "api", {"GET /health": behavior})

    assert api == [("failed", f"{url}/health: {said}", LOGS)]


@pytest.mark.parametrize("body", ["<html>Welcome</html>", {"status": "ok"}, [1], None])
def test_what_answers_in_the_api_s_place_is_told(body: Any, operator: Operator) -> None:
    url, api = asked(operator, "api", {"GET /health": answer(body)})

    assert api == [("failed", f"{url}/health is not this API's", "Check --url and the domain.")]


def test_a_function_that_serves_what_is_live_is_ok(operator: Operator, api: Api, url: str) -> None:
    operator.publishes(ONE)
    api.get("/v1/models", api.key())
    api.clock.advance(seconds=42)

    assert found(operator, "api", f"--url={url}") == [
        ("ok", f"{url} answers, with the registry it confirmed 42 s ago", "")
    ]


def test_a_function_that_serves_something_else_than_what_is_live_is_told(
    operator: Operator, api: Api, url: str
) -> None:
    api.publish(entry("old"), source_version="old")
    api.get("/v1/models", api.key())
    api.publish(entry("new"), source_version="new")

    assert found(operator, "api", f"--url={url}") == [
        (
            "warning",
            f"{url} answers with version old, confirmed 0 s ago, not with what is live",
            (
                "Ask again when RegistryMaxAge has passed; if it stays, see RegistryStaleAlarm in"
                " docs/operations.md."
            ),
        )
    ]


def test_a_function_is_not_compared_with_what_nobody_can_read(
    operator: Operator, api: Api, url: str
) -> None:
    api.publish(entry("old"))
    api.get("/v1/models", api.key())
    operator.puts_live(b"{")

    [(verdict, _, _)] = found(operator, "api", f"--url={url}")

    assert verdict == "ok"


def test_a_made_up_key_is_refused_by_the_table(operator: Operator, api: Api, url: str) -> None:
    admission = found(operator, "admission", f"--url={url}")

    assert admission == [("ok", "a made-up key is refused", "")]
    assert api.calls == ["UpdateItem"]


def test_a_function_that_does_not_get_through_to_the_table_is_told(operator: Operator) -> None:
    unavailable = answer({"error": {"message": "Try again.", "code": "x"}}, 503)

    _, admission = asked(operator, "admission", {"GET /v1/models": unavailable})

    assert admission == [
        (
            "failed",
            "the function does not get through to the table: 503, Try again.",
            "See KeyStoreFailuresAlarm in docs/operations.md.",
        )
    ]


@pytest.mark.parametrize(
    ("behavior", "said"),
    [
        (answer({"data": []}), "200"),
        (answer({"message": "Unauthorized"}, 401), "401, Unauthorized"),
        (answer({"error": {"message": "No.", "code": "other"}}, 401), "401, No."),
        (answer({"error": {"message": "No.", "code": "invalid_api_key"}}, 403), "403, No."),
    ],
    ids=["let in", "the gateway's", "for another reason", "with another status"],
)
def test_a_made_up_key_that_gets_anything_else_is_told(
    behavior: Behavior, said: str, operator: Operator
) -> None:
    _, admission = asked(operator, "admission", {"GET /v1/models": behavior})

    assert admission == [("failed", f"a made-up key gets {said}", LOGS)]


# A real key


def test_without_a_key_the_models_are_not_asked_for(operator: Operator, url: str) -> None:
    assert found(operator, "canary", f"--url={url}") == [
        (
            "skipped",
            "no key to ask with",
            "Give one in $MODEL_CATALOG_KEY; it costs one request.",
        )
    ]


def test_a_key_sees_its_models(operator: Operator, api: Api, url: str) -> None:
    api.publish(entry("a"), entry("b"))
    secret = api.key(limits={Window.DAY: 1})

    canary = found(operator, "canary", f"--url={url}", f"--key={secret}")

    assert canary == [("ok", "the key sees 2 models", "")]
    assert api.get("/v1/models", secret).status == 429  # it cost that one request


CANARIES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no model": (
        {"allowed_models": frozenset({"b"})},
        "warning",
        "the key sees no model",
        "What it may use: modelctl keys show KEY",
    ),
    "over limit": (
        {"limits": {Window.DAY: 0}},
        "warning",
        "429, ",
        "Ask with a key that has requests left.",
    ),
    "elsewhere": (
        {"allowed_ips": frozenset({ip_network("192.0.2.0/24")})},
        "failed",
        "403, ",
        "How it stands: modelctl keys show KEY",
    ),
    "expired": (
        {"expires_at": NOON},
        "failed",
        "401, ",
        "How it stands: modelctl keys show KEY",
    ),
}


@pytest.mark.parametrize(
    ("changes", "verdict", "message", "advice"), CANARIES.values(), ids=CANARIES
)
def test_a_key_that_sees_nothing_is_told_why(
    changes: dict[str, Any],
    verdict: str,
    message: str,
    advice: str,
    *,
    operator: Operator,
    api: Api,
    url: str,
) -> None:
    api.publish(entry("a"))
    secret = api.key(**changes)

    [canary] = found(operator, "canary", f"--url={url}", f"--key={secret}")

    assert (canary[0], canary[2]) == (verdict, advice)
    assert canary[1].startswith(message)


@pytest.mark.parametrize(
    ("behavior", "said"),
    [
        (answer({"message": "Service Unavailable"}, 503), "503, Service Unavailable"),
        (answer("<html>Bad gateway</html>", 502), "502"),
        (answer({"data": "models"}), "200"),
        (answer("ok"), "200"),
    ],
    ids=["the gateway's", "a page", "no list", "text"],
)
def test_a_key_that_gets_anything_else_is_told(
    behavior: Behavior, said: str, operator: Operator
) -> None:
    _, canary = asked(operator, "canary", {SECRET: behavior}, f"--key={SECRET}")

    assert canary == [("failed", said, LOGS)]


@pytest.mark.parametrize("options", [[], ["--debug"], ["--json"]])
def test_a_key_that_is_given_is_never_printed(
    options: list[str], operator: Operator, api: Api, url: str
) -> None:
    fine, by_option = api.key(), f"--key={SECRET}"
    well = {SECRET: reset, "GET /health": answer(HEALTHY), "": answer(REFUSED, 401)}
    with FailingServer(depending_on(well)).running() as server:
        printed = [
            doctor(operator, f"--url={url}", *options, env={"MODEL_CATALOG_KEY": fine}),
            doctor(operator, f"--url={url}", *options, by_option),
            doctor(operator, f"--url={NOWHERE}", *options, by_option),
            doctor(operator, f"--url={server.url}", *options, by_option),
        ]

    everything = "".join(each.out + each.err for each in printed)
    assert "the key sees no model" in everything
    assert "cannot be reached (ProtocolError)" in everything
    assert not any(secret[23:55] in everything for secret in (fine, SECRET))


def test_a_key_that_the_answer_repeats_is_not_printed(operator: Operator) -> None:
    refused = answer({"error": {"message": f"No such key: {SECRET}", "code": "x"}}, 401)

    _, [(verdict, message, _)] = asked(operator, "canary", {SECRET: refused}, f"--key={SECRET}")

    assert verdict == "failed"
    assert SECRET not in message


def test_white_space_around_a_key_is_not_sent(operator: Operator, api: Api, url: str) -> None:
    api.publish(entry("a"))
    environment = {"MODEL_CATALOG_KEY": f" {api.key()}\n"}

    printed = doctor(operator, "--json", f"--url={url}", env=environment)

    assert told(printed, "canary") == [("ok", "the key sees 1 model", "")]


@pytest.mark.parametrize("secret", ["sk-clb-ключ", "a\nb"])
def test_what_cannot_be_a_key_is_not_blamed_on_the_way_there(
    secret: str, operator: Operator, url: str
) -> None:
    printed = doctor(operator, f"--url={url}", env={"MODEL_CATALOG_KEY": secret})

    assert printed.code != 0
    assert "cannot be reached" not in printed.out + printed.err
