"""``modelctl keys``: issuing, watching, changing and explaining keys, and the trail of it."""

import json
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import boto3
import pytest

from model_catalog.api_keys import KeyStatus, hash_secret, mint, parse_secret
from model_catalog.key_items import counter_name, primary_key
from model_catalog.key_records import Action, KeyRecord, UnreadableAudit
from model_catalog.limits import Window
from model_catalog.record_items import trail_key
from model_catalog.registry_store import LIVE_KEY
from model_catalog.snapshot import CatalogEntry, dump
from support.builders import entry, key_record, ledger, snapshot
from support.clock import NOON
from support.failing_server import FailingServer, answering, dynamodb_error
from support.operator import Operator, keys
from support.stack import KeysTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

ARN = "arn:aws:sts::123456789012:user/moto"  # what moto says to whoever asks who they are
HOST = socket.gethostname()


def stored(operator: Operator, **changes: object) -> KeyRecord:
    """Store a key of which the ledger writes that the tests made it; return it."""
    record = key_record(mint(), **changes)
    ledger(operator.aws.dynamodb).create(record)
    return record


def as_stored(operator: Operator, record: KeyRecord) -> KeyRecord:
    """Return a key as it is by now."""
    return ledger(operator.aws.dynamodb).get(record.key.key_id)


def counted(table: KeysTable, record: KeyRecord, **numbers: int) -> None:
    """Let a key have counted so many requests in the windows of noon."""
    attributes: dict[str, AttributeValueTypeDef] = {
        counter_name(Window(name), Window(name).number(NOON)): {"N": str(number)}
        for name, number in numbers.items()
    }
    table.change(record.key.key_id, **attributes)


def all_keys(operator: Operator) -> list[KeyRecord]:
    """Return all keys that can be read."""
    records = ledger(operator.aws.dynamodb).records()
    return [each for each in records if isinstance(each, KeyRecord)]


def goes_live(operator: Operator, *entries: CatalogEntry) -> None:
    """Make ``entries`` the live registry."""
    operator.puts_live(dump(snapshot(*entries)))


def create_stack(**outputs: str) -> None:
    """Create a stack named st with these outputs."""
    template = {
        "Resources": {"Other": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "other"}}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName="st", TemplateBody=json.dumps(template))


# create


def test_a_key_is_made_and_its_secret_shown_once(operator: Operator) -> None:
    goes_live(operator, entry("openai/a"))

    printed = keys(
        operator, "create", "ci", "--allow=openai/*", "--limit=minute=60", "--expires=90d"
    )

    [record] = all_keys(operator)
    secret = printed.out.partition("export MODEL_CATALOG_KEY=")[2].split()[0]
    assert (printed.code, printed.err) == (0, "")
    assert printed.lines[:4] == [
        f"Created ci ({record.key.key_id}).",
        "  models: openai/*",
        "  limits: 60 per minute",
        "  expires: 2027-02-20T12:00:00Z",
    ]
    assert printed.out.count(secret) == 1
    assert "https://YOUR-API/v1/models" in printed.out
    assert record.key.secret_hash == hash_secret(secret)
    assert (record.key.limits, record.created_at, record.created_by) == (
        {Window.MINUTE: 60},
        NOON,
        ARN,
    )


def test_a_secret_is_not_shown_again(operator: Operator) -> None:
    secret = keys(operator, "create", "ci", "--quiet").out.strip()

    again = [
        keys(operator, *command, *options)
        for command in (["list"], ["show", "ci"], ["usage", "ci"], ["audit"], ["audit", "ci"])
        for options in ([], ["--json"])
    ]

    assert [each.code for each in again] == [0] * 10
    for printed in again:
        assert secret not in printed.out + printed.err
        assert hash_secret(secret) not in printed.out + printed.err


def test_quiet_prints_the_secret_alone(operator: Operator) -> None:
    printed = keys(operator, "create", "ci", "-q")

    [record] = all_keys(operator)
    found = parse_secret(printed.out.removesuffix("\n"))
    assert found
    assert (found.key_id, found.secret_hash) == (record.key.key_id, record.key.secret_hash)
    assert printed.err.splitlines() == [
        f"Created ci ({record.key.key_id}).",
        "  models: all",
        "  limits: none",
        "  expires: never",
    ]


def test_scripts_get_the_secret_and_the_key(operator: Operator) -> None:
    printed = keys(operator, "create", "ci", "--json", "--owner=Ada", "--tag=team=x", "--ip=::1")

    [record] = all_keys(operator)
    told = printed.json
    assert (printed.code, printed.err) == (0, "")
    assert hash_secret(told.pop("secret")) == record.key.secret_hash
    assert [each["limit_window"] for each in told["key"].pop("usage")] == [*Window]
    assert told == {
        "key": {
            "key_id": record.key.key_id,
            "name": "ci",
            "owner": "Ada",
            "tags": {"team": "x"},
            "status": "active",
            "prefix": record.key.prefix,
            "allowed_models": [],
            "permissions": ["models.read"],
            "allowed_ips": ["::1/128"],
            "limits": {},
            "expires_at": None,
            "previous_expires_at": None,
            "created_at": "2026-11-22T12:00:00Z",
            "created_by": ARN,
            "last_used_at": None,
            "version": 1,
        }
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--limit=minute=0"], "minute=0 is no limit"),
        (["--allow="], "A pattern is empty."),
        (["--ip=10.0.0.1/8"], "10.0.0.1/8 is no network: the address has bits beyond it."),
        (["--expires=2020-01-01"], "2020-01-01 is past."),
        (["--permission=Models"], "Models is no permission."),
        (["--tag=x"], "x is no tag."),
        (["--owner=a\tb"], "An owner has at most 256 characters"),
    ],
)
def test_what_cannot_be_is_wrong_usage_and_makes_no_key(
    options: list[str], sentence: str, operator: Operator
) -> None:
    printed = keys(operator, "create", "ci", *options)

    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith(f"Error: {sentence}")
    assert all_keys(operator) == []


def test_a_key_without_a_name_is_not_made(operator: Operator) -> None:
    printed = keys(operator, "create", " ", "--json")

    assert (printed.code, printed.json["error"]["message"]) == (2, "A key's name is empty.")


def test_a_key_is_called_what_is_typed_without_the_space_around_it(operator: Operator) -> None:
    keys(operator, "create", " ci ", "--quiet")

    renamed = keys(operator, "update", " ci ", "--name= build  box\t", "--json")
    again = keys(operator, "update", "build  box", "--name= build  box", "--json")

    assert (renamed.code, renamed.json["key"]["name"]) == (0, "build  box")
    assert (again.code, again.json["outcome"]) == (0, "unchanged")


@pytest.mark.parametrize(
    "moment", ["9999-10-03", "9999-12-31T23:59:59", "9999-12-31T23:59:59.999999"]
)
def test_a_key_may_expire_as_late_as_there_is_a_date(moment: str, operator: Operator) -> None:
    created = keys(operator, "create", "ci", f"--expires={moment}", "-q")
    shown = keys(operator, "show", "ci", "--json")

    assert (created.code, shown.code) == (0, 0)
    assert shown.json["expires_at"].startswith("9999-")


def test_a_pattern_that_matches_nothing_is_warned_of(operator: Operator) -> None:
    goes_live(operator, entry("openai/a"))

    printed = keys(operator, "create", "ci", "--allow=opnai/a", "--allow=openai/*", "-q")

    assert printed.code == 0
    assert printed.err.splitlines()[0] == (
        "Warning: opnai/a matches no live model. Did you mean openai/a?"
    )
    assert printed.err.count("Warning") == 1


def test_where_nothing_is_live_patterns_are_warned_of(operator: Operator) -> None:
    printed = keys(operator, "create", "ci", "--allow=a", "-q")

    assert (printed.code, printed.err.splitlines()[0]) == (
        0,
        "Warning: nothing is live yet, so the patterns match no model.",
    )


def test_a_key_that_may_not_read_models_is_warned_of(operator: Operator) -> None:
    printed = keys(operator, "create", "ci", "--permission=usage.read")

    assert (printed.code, printed.err) == (
        0,
        "Warning: without models.read the key reads no models.\n",
    )


@pytest.mark.parametrize(
    ("options", "env", "reason"),
    [
        (["--bucket=no-such"], {}, "There is no bucket no-such. Check its name"),
        ([], {"BUCKET_NAME": None}, "Which bucket? Give --stack NAME or --bucket NAME"),
    ],
    ids=["AWS says no", "nobody said which"],
)
def test_whoever_may_not_read_the_registry_can_make_keys(
    options: list[str], env: Mapping[str, str | None], reason: str, operator: Operator
) -> None:
    printed = keys(operator, "create", "ci", "--allow=a", "-q", *options, env=env)

    assert printed.code == 0
    assert printed.err.startswith(
        f"Warning: Whether the patterns match any model was not checked: {reason}"
    )
    assert len(all_keys(operator)) == 1


def test_a_registry_that_answers_nonsense_is_told_as_it_is(operator: Operator) -> None:
    with FailingServer(answering(404, b"<html>")).running() as server:
        printed = keys(
            operator, "create", "ci", "--allow=a", env={"AWS_ENDPOINT_URL_S3": server.url}
        )

    assert printed.code == 0
    assert printed.err == (
        "Warning: Whether the patterns match any model was not checked:"
        " What answers is not AWS, or out of order. Check $AWS_ENDPOINT_URL.\n"
    )


def test_a_stack_says_where_the_api_is(operator: Operator) -> None:
    create_stack(KeysTableName="keys", RegistryBucketName="registry", ApiUrl="https://api.example")

    of_stack = keys(operator, "create", "a", "--stack=st")
    of_environment = keys(operator, "create", "b", env={"MODEL_CATALOG_URL": "http://127.0.0.1:1"})

    assert 'base_url = "https://api.example/v1"' in of_stack.out
    assert of_environment.out.count("http://127.0.0.1:1/v1") == 3


def test_no_secret_is_lost_to_a_stack_that_does_not_say_where_the_api_is(
    operator: Operator,
) -> None:
    printed = keys(operator, "create", "ci", "--stack=nope", "--table=keys", "--json")

    shown = [hash_secret(printed.json["secret"])] if printed.code == 0 else []
    assert [each.key.secret_hash for each in all_keys(operator)] == shown


def test_a_secret_nobody_saw_is_told_of(operator: Operator) -> None:
    with FailingServer(answering(500, b"")).running() as server:
        printed = keys(operator, "create", "ci", env={"AWS_ENDPOINT_URL_DYNAMODB": server.url})

    assert (printed.code, printed.out) == (3, "")
    assert "was stored is not known, and it cannot be shown again." in printed.err
    assert "Look: modelctl keys audit " in printed.err


def test_a_secret_that_aws_refused_is_no_mystery(operator: Operator) -> None:
    with FailingServer(dynamodb_error("AccessDeniedException")).running() as server:
        printed = keys(operator, "create", "ci", env={"AWS_ENDPOINT_URL_DYNAMODB": server.url})

    assert (printed.code, printed.out) == (3, "")
    assert "lack the permission" in printed.err
    assert "is not known" not in printed.err


def test_an_interruption_tells_of_the_secret_too(operator: Operator) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    printed = keys(operator, "create", "ci", rival=interrupt)

    assert (printed.code, printed.out) == (130, "")
    assert printed.err.startswith("Interrupted. Whether the secret of ")


# list, show, usage


def test_without_keys_it_is_said_how_to_make_one(operator: Operator) -> None:
    assert keys(operator, "list").lines == ["There is no key yet: modelctl keys create NAME"]
    assert keys(operator, "list", "--json").json == []


def test_keys_are_listed_by_name_with_their_tightest_limit(
    operator: Operator, table: KeysTable
) -> None:
    plain = stored(operator, name="Zoe")
    busy = stored(
        operator,
        name="abe",
        limits={Window.MINUTE: 10, Window.DAY: 1000},
        allowed_models=frozenset("abcd"),
        expires_at=NOON + timedelta(days=1),
    )
    table.change(busy.key.key_id, last_used_at={"N": str(NOON.timestamp())})
    counted(table, busy, minute=9)
    stored(operator, name="mia", status=KeyStatus.REVOKED, allowed_models=frozenset("ab"))

    printed = keys(operator, "list")

    headers, *rows, summary = printed.lines
    assert headers.split() == [
        *("Status", "Name", "Prefix", "Owner", "Models", "Tightest", "limit", "Last", "used"),
        "Expires",
    ]
    assert rows[0].split() == [
        *("active", "abe", f"{busy.key.prefix}…", "a,", "b", "and", "2", "more"),
        *("minute", "9/10", "━━━━━━━━━", "2026-11-22", "12:00", "2026-11-23", "12:00"),
    ]
    assert rows[1].split()[:5] == ["revoked", "mia", rows[1].split()[2], "a,", "b"]
    assert rows[2].split() == ["active", "Zoe", f"{plain.key.prefix}…", "all", "never", "never"]
    assert summary == "3 of 3 keys: 2 active, 1 revoked."


def test_keys_can_be_looked_for(operator: Operator) -> None:
    goes_live(operator, entry("openai/a", aliases=("latest",)))
    keys(operator, "create", "one", "--owner=Ada", "--tag=team=x", "--allow=openai/*")
    keys(operator, "create", "two", "--expires=1d", "--allow=b", "--tag=team=x", "--tag=env=ci")
    operator.clock.advance(hours=2)
    keys(operator, "create", "three")

    def found(*options: str) -> list[str]:
        printed = keys(operator, "list", "--json", *options)
        assert printed.code == 0
        return [each["name"] for each in printed.json]

    assert found() == ["one", "three", "two"]
    assert found("--name=T") == ["three", "two"]
    assert found("--owner=Ada") == ["one"]
    assert found("--owner=") == ["three", "two"]
    assert found("--tag=team=x") == ["one", "two"]
    assert found("--tag=team=x", "--tag=env=ci") == ["two"]
    assert found("--model=latest") == ["one", "three"]
    assert found("--expires-within=24h") == ["two"]
    assert found("--expires-within=1h") == []
    assert found("--unused-for=1h") == ["one", "two"]
    assert found("--status=revoked") == []
    assert keys(operator, "list", "--status=revoked").lines == ["0 of 3 keys."]


def test_a_model_outside_the_api_may_be_used_by_no_key(operator: Operator) -> None:
    goes_live(operator, entry("a", supported_in_api=False, aliases=("latest",)))
    stored(operator, name="ci")

    printed = keys(operator, "list", "--model=latest")
    for_scripts = keys(operator, "list", "--model=a", "--json")

    assert (printed.code, printed.lines) == (0, ["0 of 1 key."])
    assert (for_scripts.code, for_scripts.json) == (0, [])
    for each in (printed, for_scripts):
        assert each.err == "a is not in the API (supported_in_api): no key sees it.\n"


@pytest.mark.parametrize(
    ("option", "code", "sentence"),
    [
        ("--model=nope", 1, "No model nope is live. See: modelctl registry show"),
        ("--tag=x", 2, "x is no tag. Say it like team=search."),
        ("--unused-for=x", 2, "x is no span of time."),
        ("--expires-within=1", 2, "1 is no span of time."),
        ("--expires-within=999999w", 2, ""),
        ("--unused-for=999999w", 2, ""),
    ],
)
def test_what_cannot_be_looked_for_is_told(
    option: str, code: int, sentence: str, operator: Operator
) -> None:
    nothing_live = keys(operator, "list", option)
    goes_live(operator, entry("a"))
    printed = keys(operator, "list", option)

    for each in (nothing_live, printed):
        assert (each.code, each.out) == (code, "")
        assert each.err.startswith(f"Error: {sentence}")


def test_keys_nobody_can_read_are_warned_of(operator: Operator, table: KeysTable) -> None:
    broken = stored(operator, name="broken")
    table.change(broken.key.key_id, secret_hash=None)

    printed = keys(operator, "list")

    assert printed.lines == ["0 of 1 key."]
    assert printed.err == (
        f"Warning: 1 key cannot be read, and whoever uses one gets a 503: {broken.key.key_id}\n"
    )


def test_all_there_is_to_know_of_a_key_is_shown(operator: Operator, table: KeysTable) -> None:
    record = stored(
        operator,
        name="ci",
        allowed_models=frozenset({"b", "a", "c"}),
        limits={Window.MONTH: 10_000, Window.MINUTE: 5},
        allowed_ips=frozenset({ip_network("10.0.0.0/8")}),
        expires_at=NOON + timedelta(days=1),
        previous_secret_hash="0" * 64,
        previous_expires_at=NOON + timedelta(hours=1),
    )
    table.change(
        record.key.key_id,
        owner={"S": "Ada"},
        tags={"M": {"team": {"S": "x"}, "env": {"S": "ci"}}},
        last_used_at={"N": str(NOON.timestamp())},
        version={"N": "3"},
    )

    printed = keys(operator, "show", "ci")

    assert (printed.code, printed.err) == (0, "")
    assert [each.split(maxsplit=1) for each in printed.lines] == [
        ["Name", "ci"],
        ["Id", record.key.key_id],
        ["Prefix", f"{record.key.prefix}…"],
        ["Status", "active"],
        ["Owner", "Ada"],
        ["Tags", "env=ci, team=x"],
        ["Models", "a, b, c"],
        ["Permissions", "models.read"],
        ["Addresses", "10.0.0.0/8"],
        ["Limits", "5 per minute, 10,000 per month"],
        ["Expires", "2026-11-23T12:00:00Z"],
        ["Rotation", "the secret before works until 2026-11-22T13:00:00Z"],
        ["Created", "2026-11-22T12:00:00Z by test"],
        ["Last", "used    2026-11-22T12:00:00Z"],
        ["Changed", "2 times"],
    ]


def test_what_a_key_does_not_have_is_shown_as_such(operator: Operator) -> None:
    stored(operator, name="ci", permissions=frozenset(), previous_expires_at=NOON)

    printed = keys(operator, "show", "ci")

    assert [each.split(maxsplit=1)[1] for each in printed.lines[3:]] == [
        *("active", "nobody", "none", "all", "none", "everywhere", "none", "never"),
        *("2026-11-22T12:00:00Z by test", "used    never", "0 times"),
    ]


def test_every_window_of_a_key_is_shown(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci", limits={Window.MINUTE: 10, Window.DAY: 2_000})
    counted(table, record, minute=8, day=1_000)

    printed = keys(operator, "usage", "ci")
    for_scripts = keys(operator, "usage", "ci", "--json").json

    assert printed.lines[0] == f"ci ({record.key.key_id})"
    assert [each.split() for each in printed.lines[1:]] == [
        ["Window", "Used", "Limit", "Left", "Resets", "at"],
        ["minute", "8", "10", "━━━━━━━━", "2", "2026-11-22T12:01:00Z"],
        ["hour", "0", "none", "2026-11-22T13:00:00Z"],
        ["day", "1,000", "2,000", "━━━━━", "1,000", "2026-11-23T00:00:00Z"],
        ["week", "0", "none", "2026-11-23T00:00:00Z"],
        ["month", "0", "none", "2026-12-01T00:00:00Z"],
    ]
    assert (for_scripts["key_id"], for_scripts["name"]) == (record.key.key_id, "ci")
    assert for_scripts["limits"][0] == {
        "limit_type": "requests",
        "limit_window": "minute",
        "max_value": 10,
        "current_value": 8,
        "remaining_value": 2,
        "reset_at": "2026-11-22T12:01:00Z",
    }


# which key is meant


def test_a_key_is_named_by_id_prefix_name_or_secret(operator: Operator) -> None:
    secret = keys(operator, "create", "ci", "--quiet").out.strip()
    stored(operator, name="other")
    key_id = secret[7:23]

    for wanted in (key_id, f" {key_id}\n", secret[:15], f"{secret[:15]}…", key_id[:8], "ci"):
        printed = keys(operator, "show", wanted, "--json")
        assert (printed.code, printed.err, printed.json["key_id"]) == (0, "", key_id)
    by_secret = keys(operator, "show", secret, "--json")

    assert by_secret.json["key_id"] == key_id
    assert by_secret.err == "That is a whole secret: this shell may remember it.\n"


def test_an_imported_key_is_named_by_its_prefix_as_listed(operator: Operator) -> None:
    record = stored(operator, prefix="sk-clb-imported")

    as_it_is = keys(operator, "show", "sk-clb-imported", "--json")
    as_listed = keys(operator, "show", "sk-clb-imported…", "--json")

    assert [as_it_is.code, as_listed.code] == [0, 0]
    assert as_it_is.json["key_id"] == as_listed.json["key_id"] == record.key.key_id


def test_a_name_that_could_be_an_id_is_a_name(operator: Operator) -> None:
    record = stored(operator, name="exactly-sixteen!")

    assert keys(operator, "show", "exactly-sixteen!", "--json").json["key_id"] == record.key.key_id


def test_a_name_wins_over_the_beginning_of_an_id(operator: Operator) -> None:
    one = stored(operator)
    two = stored(operator, name=one.key.key_id[:10])

    assert keys(operator, "show", two.key.name, "--json").json["key_id"] == two.key.key_id


def test_a_name_of_several_keys_names_none(operator: Operator) -> None:
    ids = sorted(stored(operator, name="twin").key.key_id for _ in range(6))

    printed = keys(operator, "disable", "twin")

    assert (printed.code, printed.out) == (1, "")
    assert printed.err.startswith("Error: twin names 6 keys: ")
    assert printed.err.endswith(" (twin, active). Say which by its id.\n")
    assert sum(each in printed.err for each in ids) == 5


@pytest.mark.parametrize("wanted", ["nobody", "x" * 16, "sk-clb-12345678"])
def test_a_key_that_is_not_there_is_told(wanted: str, operator: Operator) -> None:
    stored(operator)

    printed = keys(operator, "show", wanted)

    assert (printed.code, printed.err) == (
        1,
        f"Error: There is no key {wanted}. See: modelctl keys list\n",
    )


def test_too_little_of_an_id_names_no_key(operator: Operator) -> None:
    record = stored(operator)

    assert keys(operator, "show", record.key.key_id[:7]).code == 1


def test_a_secret_of_no_key_is_masked(operator: Operator) -> None:
    secret = mint().secret

    unknown = keys(operator, "show", secret)
    mistyped = keys(operator, "show", f"{secret[:-1]}!")
    audited = keys(operator, "audit", secret)

    assert [unknown.code, mistyped.code, audited.code] == [1, 1, 1]
    assert f"There is no key sk-clb-{secret[7]}***{secret[-4:]}." in unknown.err
    assert f"There is no key sk-clb-{secret[7]}***{secret[-4:-1]}!." in mistyped.err
    assert f"no trail of a key sk-clb-{secret[7]}***{secret[-4:]}:" in audited.err


@pytest.mark.parametrize("command", ["show", "usage", "disable", "rotate", "delete", "audit"])
@pytest.mark.parametrize(
    "typed",
    [
        " {}",
        "Bearer {}",
        "Authorization: Bearer {}",
        "MODEL_CATALOG_KEY={}",
        "key {}!",
        "{}\n{}",
        "{} {}",
        "x{}",
    ],
)
def test_no_secret_is_repeated_whole_whatever_is_typed_around_it(
    typed: str, command: str, operator: Operator
) -> None:
    secret = mint().secret
    wanted = typed.replace("{}", secret)

    told = [keys(operator, command, wanted, *options) for options in ([], ["--json"])]

    for printed in told:
        assert printed.code == 1
        assert secret not in printed.out + printed.err
        assert secret[23:-4] not in printed.out + printed.err


@pytest.mark.parametrize("typed", ["Bearer {}", "Authorization: Bearer {}", "'{}'", "KEY={}\n"])
def test_a_pasted_header_names_the_key_whose_secret_is_in_it(
    typed: str, operator: Operator
) -> None:
    secret = keys(operator, "create", "ci", "--quiet").out.strip()
    wanted = typed.replace("{}", secret)

    shown, audited = (keys(operator, each, wanted, "--json") for each in ("show", "audit"))

    assert (shown.code, audited.code) == (0, 0)
    assert shown.json["key_id"] == audited.json[0]["key_id"] == secret[7:23]


def test_nothing_names_no_key(operator: Operator) -> None:
    printed = keys(operator, "show", " ")

    assert (printed.code, printed.err) == (2, "Error: KEY is empty.\n")


def test_a_key_nobody_can_read_is_told(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="broken")
    table.change(record.key.key_id, secret_hash=None)

    by_id, by_name = (keys(operator, "show", each) for each in (record.key.key_id, "broken"))

    assert (by_id.code, by_id.err) == (
        1,
        (
            f"Error: The key {record.key.key_id} cannot be read (damaged, or of a later release):"
            " whoever uses it gets a 503. Mend or delete its item in the table.\n"
        ),
    )
    assert by_name.code == 1


# update, disable, enable, revoke, delete


def test_what_changed_is_told(operator: Operator) -> None:
    record = stored(operator, name="ci", allowed_models=frozenset({"a"}))
    goes_live(operator, entry("a"), entry("b"))

    printed = keys(operator, "update", "ci", "--add-allow=b", "--limit=day=5", "--name=ü")

    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == [
        f"Updated ü ({record.key.key_id}).",
        '  name: "ci" -> "ü"',
        '  allowed_models: ["a"] -> ["a", "b"]',
        '  limits: nothing -> {"day": 5}',
    ]
    assert as_stored(operator, record).key.limits == {Window.DAY: 5}


def test_scripts_are_told_what_changed(operator: Operator) -> None:
    stored(operator, name="ci", expires_at=NOON + timedelta(days=1))

    printed = keys(operator, "update", "ci", "--expires=never", "--json")
    again = keys(operator, "update", "ci", "--expires=never", "--json")

    assert printed.json["outcome"] == "updated"
    assert printed.json["changes"] == [
        {"fact": "expires_at", "before": "2026-11-23T12:00:00Z", "after": None}
    ]
    assert (printed.json["key"]["version"], printed.json["key"]["expires_at"]) == (2, None)
    assert (again.json["outcome"], again.json["changes"]) == ("unchanged", [])
    assert again.json["key"]["version"] == 2


def test_what_is_lifted_is_told_as_such(operator: Operator) -> None:
    stored(
        operator,
        name="ci",
        expires_at=NOON + timedelta(days=1),
        allowed_models=frozenset({"a"}),
        allowed_ips=frozenset({ip_network("10.0.0.0/8")}),
    )

    printed = keys(operator, "update", "ci", "--expires=never", "--allow-all", "--any-ip")

    assert printed.lines[1:] == [
        '  allowed_models: ["a"] -> all',
        '  allowed_ips: ["10.0.0.0/8"] -> everywhere',
        '  expires_at: "2026-11-23T12:00:00Z" -> never',
    ]


def test_an_update_that_changes_nothing_says_so(operator: Operator) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, "update", "ci")

    assert printed.lines == [f"ci ({record.key.key_id}) is as it was: nothing to change."]
    assert as_stored(operator, record).version == 1


def test_only_patterns_that_are_new_are_warned_of(operator: Operator) -> None:
    goes_live(operator, entry("a"))
    stored(operator, name="ci", allowed_models=frozenset({"old"}))

    printed = keys(operator, "update", "ci", "--add-allow=new")

    assert printed.err == "Warning: new matches no live model.\n"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--remove-allow=a"], 1),
        (["--remove-allow=b"], 1),
        (["--allow="], 2),
        (["--add-allow="], 2),
        (["--limit=day=0"], 2),
        (["--ip=10.0.0.1/8"], 2),
        (["--expires=2020-01-01"], 2),
        (["--name="], 2),
        (["--allow=b", "--allow-all"], 2),
        (["--ip=10.0.0.1", "--any-ip"], 2),
    ],
)
def test_a_refused_update_changes_nothing(
    options: list[str], code: int, operator: Operator
) -> None:
    record = stored(operator, name="ci", allowed_models=frozenset({"a"}))

    printed = keys(operator, "update", "ci", *options)

    assert (printed.code, printed.out) == (code, "")
    assert as_stored(operator, record) == record


def test_a_key_is_stopped_and_let_work_again(operator: Operator) -> None:
    record = stored(operator, name="ci")

    stopped = keys(operator, "disable", "ci")
    status = as_stored(operator, record).key.status
    again = keys(operator, "enable", "ci")

    assert stopped.lines == [
        f"Disabled ci ({record.key.key_id}).",
        '  status: "active" -> "disabled"',
    ]
    assert status is KeyStatus.DISABLED
    assert (again.lines[0], again.err) == (f"Enabled ci ({record.key.key_id}).", "")
    assert as_stored(operator, record).key.status is KeyStatus.ACTIVE


def test_enabling_gives_no_time(operator: Operator) -> None:
    stored(operator, name="over", status=KeyStatus.DISABLED, expires_at=NOON)
    stored(
        operator, name="not yet", status=KeyStatus.DISABLED, expires_at=NOON + timedelta(seconds=1)
    )

    over, not_yet = keys(operator, "enable", "over"), keys(operator, "enable", "not yet")

    assert [over.code, not_yet.code] == [0, 0]
    assert over.err == (
        "It expired at 2026-11-22T12:00:00Z and goes on being refused until it is given"
        " time: modelctl keys update --expires\n"
    )
    assert not_yet.err == ""


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_revoking_asks_first(answer: str, code: int, operator: Operator) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, "revoke", "ci", stdin=answer)

    status = as_stored(operator, record).key.status
    assert (printed.code, status) == (code, KeyStatus.ACTIVE if code else KeyStatus.REVOKED)
    assert printed.err.startswith(f"Revoke ci ({record.key.key_id}) for ever? [y/N] ")
    assert ("Nothing was revoked. (--yes revokes without asking.)" in printed.err) is bool(code)


def test_whoever_is_sure_is_not_asked(operator: Operator) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, "revoke", "ci", "--yes")
    enabling = keys(operator, "enable", "ci")

    assert (printed.code, printed.err) == (0, "")
    assert printed.lines[0] == f"Revoked ci ({record.key.key_id})."
    assert (enabling.code, enabling.out) == (1, "")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": KeyStatus.REVOKED}, 0),
        ({"expires_at": NOON}, 0),
        ({"expires_at": NOON + timedelta(seconds=1)}, 1),
        ({"status": KeyStatus.DISABLED}, 1),
        ({}, 1),
    ],
)
def test_only_ended_keys_are_deleted(
    changes: dict[str, object], code: int, operator: Operator, table: KeysTable
) -> None:
    record = stored(operator, name="ci", **changes)

    printed = keys(operator, "delete", "ci")

    assert printed.code == code
    assert (table.item(record.key.key_id) == {}) is (code == 0)


def test_a_deleted_key_leaves_its_trail(operator: Operator) -> None:
    record = stored(operator, name="ci", status=KeyStatus.REVOKED)
    other = stored(operator, name="other", status=KeyStatus.REVOKED)

    printed = keys(operator, "delete", "ci")
    for_scripts = keys(operator, "delete", "other", "--json")

    assert printed.lines == [
        f"Deleted ci ({record.key.key_id}). Its trail stays:",
        f"  modelctl keys audit {record.key.key_id}",
    ]
    assert for_scripts.json == {"key_id": other.key.key_id, "outcome": "deleted"}
    assert all_keys(operator) == []


def test_a_key_that_was_deleted_meanwhile_is_told(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, "disable", "ci", rival=lambda: table.delete(record.key.key_id))

    assert (printed.code, printed.err) == (
        1,
        f"Error: The key {record.key.key_id} was deleted in the meantime.\n",
    )


def test_a_key_that_was_damaged_meanwhile_is_told(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")

    printed = keys(
        operator,
        "disable",
        "ci",
        rival=lambda: table.client.put_item(TableName="keys", Item=primary_key(record.key.key_id)),
    )

    assert printed.code == 1
    assert printed.err.startswith(f"Error: The key {record.key.key_id} cannot be read")


def test_a_key_that_others_keep_changing_is_told(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")
    versions = iter(range(100, 200))

    printed = keys(
        operator,
        "disable",
        "ci",
        rival=lambda: table.change(record.key.key_id, version={"N": str(next(versions))}),
    )

    assert (printed.code, printed.err) == (
        1,
        f"Error: Others kept changing {record.key.key_id}; nothing was changed. Try again.\n",
    )


# rotate


def test_both_secrets_work_until_the_overlap_ends(operator: Operator) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, "rotate", "ci")

    after = as_stored(operator, record).key
    secret = printed.out.partition("export MODEL_CATALOG_KEY=")[2].split()[0]
    assert (printed.code, printed.err) == (0, "")
    assert printed.lines[:2] == [
        f"Rotated ci ({record.key.key_id}); rules and counters stay.",
        "The secret before works until 2026-11-23T12:00:00Z, on the same counters.",
    ]
    assert printed.out.count(secret) == 1
    assert after.secret_hash == hash_secret(secret)
    assert after.has_secret(record.key.secret_hash, NOON + timedelta(hours=23))
    assert not after.has_secret(record.key.secret_hash, NOON + timedelta(hours=24))


def test_without_overlap_the_secret_before_stops(operator: Operator) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, "rotate", "ci", "--overlap=0", "--quiet")

    after = as_stored(operator, record).key
    assert after.secret_hash == hash_secret(printed.out.removesuffix("\n"))
    assert not after.has_secret(record.key.secret_hash, NOON)
    assert printed.err.splitlines() == [
        f"Rotated ci ({record.key.key_id}); rules and counters stay.",
        "The secret before has stopped working.",
    ]


def test_a_rotation_is_not_cut_short_by_a_slip(operator: Operator) -> None:
    record = stored(operator, name="ci")
    first = keys(operator, "rotate", "ci", "--overlap=2h", "--json").json["secret"]

    refused = keys(operator, "rotate", "ci")
    forced = keys(operator, "rotate", "ci", "--force", "--json")

    after = as_stored(operator, record).key
    assert (refused.code, refused.out) == (1, "")
    assert "works until 2026-11-22T14:00:00Z. To end it now" in refused.err
    assert forced.json["key"]["previous_expires_at"] == "2026-11-23T12:00:00Z"
    assert after.has_secret(hash_secret(first), NOON)
    assert not after.has_secret(record.key.secret_hash, NOON)


def test_after_the_overlap_a_key_can_be_rotated_again(operator: Operator) -> None:
    stored(operator, name="ci")
    keys(operator, "rotate", "ci", "--overlap=2h")
    operator.clock.advance(hours=2)

    assert keys(operator, "rotate", "ci").code == 0


def test_counters_outlive_a_rotation(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")
    counted(table, record, day=7)

    keys(operator, "rotate", "ci")

    assert [*table.counters(record.key.key_id).values()] == [7]


@pytest.mark.parametrize(
    ("overlap", "code", "sentence"),
    [("1", 2, "1 is no span of time."), ("x", 2, "x is no span of time."), ("999999w", 2, "")],
)
def test_an_overlap_is_a_span(overlap: str, code: int, sentence: str, operator: Operator) -> None:
    stored(operator, name="ci")

    printed = keys(operator, "rotate", "ci", f"--overlap={overlap}")

    assert printed.code == code
    assert printed.err.startswith(f"Error: {sentence}")


def test_what_has_ended_is_not_rotated(operator: Operator) -> None:
    stored(operator, name="ci", status=KeyStatus.REVOKED)

    printed = keys(operator, "rotate", "ci", "--quiet")

    assert (printed.code, printed.out) == (1, "")
    assert printed.err.startswith("Error: The key is revoked; a new secret would not work.")


# allows


def test_it_is_told_what_lets_a_model_in(operator: Operator) -> None:
    goes_live(operator, entry("openai/a", aliases=("latest",), groups=("g",)))
    record = stored(
        operator, name="ci", allowed_models=frozenset({"openai/*", "@g", "other", "lat*"})
    )

    printed = keys(operator, "allows", "ci", "latest")
    for_scripts = keys(operator, "allows", "ci", "openai/a", "--json")

    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == ["ci lets openai/a in by: @g, openai/*"]
    assert for_scripts.json == {
        "key_id": record.key.key_id,
        "model": "openai/a",
        "allowed": True,
        "listed": True,
        "matching": ["@g", "openai/*"],
        "not_matching": {
            "lat*": "matches an alias, but globs are held against ids alone",
            "other": "does not match openai/a or latest",
        },
        "obstacles": [],
        "spent": None,
    }


def test_it_is_told_why_no_pattern_does(operator: Operator) -> None:
    goes_live(operator, entry("openai/a"))
    stored(operator, name="ci", allowed_models=frozenset({"OpenAI/*", "@g"}))

    printed = keys(operator, "allows", "ci", "openai/a")

    assert printed.code == 1
    assert printed.lines == [
        "ci does not let openai/a in; none of its patterns does:",
        "  @g: no group of the model's (none)",
        "  OpenAI/*: differs from openai/a in upper and lower case",
    ]


def test_a_key_without_an_allow_list_may_use_hidden_models(operator: Operator) -> None:
    goes_live(operator, entry("a", visibility="hide"))
    stored(operator, name="ci")

    printed = keys(operator, "allows", "ci", "a")

    assert printed.code == 0
    assert printed.lines == [
        "ci has no allow-list: that lets in every model that is in the API.",
        "It is hidden: it can be retrieved by its name, and is in no list.",
    ]
    assert keys(operator, "allows", "ci", "a", "--json").json["listed"] is False


def test_a_model_outside_the_api_is_for_nobody(operator: Operator) -> None:
    goes_live(operator, entry("a", supported_in_api=False))
    stored(operator, name="ci")

    printed = keys(operator, "allows", "ci", "a")

    assert printed.code == 1
    assert printed.lines[1:] == ["a is not in the API (supported_in_api): no key sees it."]


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        (
            {"status": KeyStatus.DISABLED},
            "The key is disabled: every request with it is refused.",
        ),
        ({"status": KeyStatus.REVOKED}, "The key is revoked: every request with it is refused."),
        ({"expires_at": NOON}, "The key is expired: every request with it is refused."),
        (
            {"permissions": frozenset({"usage.read"})},
            "The key lacks the permission models.read: it reads no models.",
        ),
    ],
)
def test_a_key_that_something_is_in_the_way_of_may_not_use_what_its_list_lets_in(
    changes: Mapping[str, object], obstacle: str, operator: Operator
) -> None:
    goes_live(operator, entry("a"))
    stored(operator, name="ci", allowed_models=frozenset({"a"}), **changes)

    printed = keys(operator, "allows", "ci", "a")
    for_scripts = keys(operator, "allows", "ci", "a", "--json")

    assert (printed.code, for_scripts.code) == (1, 1)
    assert printed.lines == ["ci lets a in by: a", obstacle]
    assert (for_scripts.json["allowed"], for_scripts.json["listed"]) == (False, False)
    assert (for_scripts.json["matching"], for_scripts.json["obstacles"]) == (["a"], [obstacle])


def test_all_that_is_in_the_way_is_told(operator: Operator) -> None:
    goes_live(operator, entry("a", supported_in_api=False))
    stored(operator, name="ci", status=KeyStatus.DISABLED, permissions=frozenset())

    printed = keys(operator, "allows", "ci", "a")

    assert printed.lines[1:] == [
        "a is not in the API (supported_in_api): no key sees it.",
        "The key is disabled: every request with it is refused.",
        "The key lacks the permission models.read: it reads no models.",
    ]


def test_a_limit_that_is_spent_for_now_is_told_and_forbids_nothing(
    operator: Operator, table: KeysTable
) -> None:
    goes_live(operator, entry("a"))
    counted(table, stored(operator, name="ci", limits={Window.DAY: 1}), day=1)

    printed = keys(operator, "allows", "ci", "a")
    for_scripts = keys(operator, "allows", "ci", "a", "--json")

    assert (printed.code, for_scripts.code) == (0, 0)
    assert printed.lines[1:] == ["The key has spent its limit per day for now."]
    assert (for_scripts.json["allowed"], for_scripts.json["listed"]) == (True, True)
    assert (for_scripts.json["obstacles"], for_scripts.json["spent"]) == ([], "day")


def test_a_model_that_is_not_live_is_told(operator: Operator) -> None:
    stored(operator, name="ci")

    nothing_live = keys(operator, "allows", "ci", "b")
    goes_live(operator, entry("a"))
    printed = keys(operator, "allows", "ci", "b")

    for each in (nothing_live, printed):
        assert (each.code, each.err) == (
            1,
            "Error: No model b is live. See: modelctl registry show\n",
        )


# audit


def test_who_did_what_is_told_oldest_first(operator: Operator) -> None:
    keys(operator, "create", "ci", "--limit=day=5", "-q")
    operator.clock.advance(seconds=1)
    keys(operator, "disable", "ci")
    [record] = all_keys(operator)

    printed = keys(operator, "audit", "ci")

    named = f"ci ({record.key.key_id})  by {ARN} from {HOST}"
    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == [
        f"2026-11-22T12:00:00Z  created   {named}",
        '  name: nothing -> "ci"',
        '  status: nothing -> "active"',
        f'  prefix: nothing -> "{record.key.prefix}"',
        '  permissions: nothing -> ["models.read"]',
        '  limits: nothing -> {"day": 5}',
        f"2026-11-22T12:00:01Z  disabled  {named}",
        '  status: "active" -> "disabled"',
        "2 changes.",
    ]


def test_scripts_are_told_who_did_what(operator: Operator) -> None:
    record = stored(operator, name="ci")
    operator.clock.advance(seconds=1)
    keys(operator, "disable", "ci")

    told = keys(operator, "audit", record.key.key_id, "--json").json

    assert told[1] == {
        "key_id": record.key.key_id,
        "name": "ci",
        "action": "disabled",
        "at": "2026-11-22T12:00:01Z",
        "by": ARN,
        "from": HOST,
        "version": 2,
        "changes": [{"fact": "status", "before": "active", "after": "disabled"}],
        "intact": True,
    }
    assert (told[0]["by"], told[0]["from"]) == ("tester", "test-host")


def test_a_deleted_key_is_audited_by_its_name_id_prefix_and_secret(operator: Operator) -> None:
    secret = keys(operator, "create", "ci", "--expires=1h", "-q").out.strip()
    stored(operator, name="other")
    operator.clock.advance(hours=1)
    keys(operator, "delete", "ci")
    key_id = secret[7:23]

    for wanted in ("ci", key_id, key_id[:8], secret[:15], f"{secret[:15]}…", secret):
        printed = keys(operator, "audit", wanted, "--json")
        assert printed.code == 0
        assert [(each["key_id"], each["action"]) for each in printed.json] == [
            (key_id, "created"),
            (key_id, "deleted"),
        ]


def test_a_renamed_key_is_audited_whole_by_each_of_its_names(operator: Operator) -> None:
    keys(operator, "create", "oldname", "-q")
    stored(operator, name="other")
    operator.clock.advance(seconds=1)
    keys(operator, "update", "oldname", "--name=newname")
    operator.clock.advance(seconds=1)
    keys(operator, "update", "newname", "--owner=bob")

    for wanted in ("newname", " newname ", "oldname"):
        printed = keys(operator, "audit", wanted, "--json")
        assert printed.code == 0
        assert [(each["name"], each["action"]) for each in printed.json] == [
            ("oldname", "created"),
            ("newname", "updated"),
            ("newname", "updated"),
        ]


def test_a_deleted_key_is_audited_whole_by_each_of_its_names(operator: Operator) -> None:
    record = stored(operator, name="oldname", expires_at=NOON + timedelta(seconds=2))
    operator.clock.advance(seconds=1)
    keys(operator, "update", "oldname", "--name=newname")
    operator.clock.advance(seconds=1)
    keys(operator, "delete", "newname")

    for wanted in ("newname", "oldname", f" {record.key.key_id}"):
        printed = keys(operator, "audit", wanted, "--json")
        assert [each["action"] for each in printed.json] == ["created", "updated", "deleted"]


def test_a_name_is_first_of_all_that_of_a_key_that_is_there(operator: Operator) -> None:
    stored(operator, name="ci", status=KeyStatus.REVOKED)
    keys(operator, "delete", "ci")
    record = stored(operator, name="ci")

    printed = keys(operator, "audit", "ci", "--json")

    assert [each["key_id"] for each in printed.json] == [record.key.key_id]


def test_all_keys_of_one_name_are_audited_in_the_order_of_time(operator: Operator) -> None:
    one, two = stored(operator, name="twin"), stored(operator, name="twin")
    for record in (two, one, two):
        operator.clock.advance(seconds=1)
        keys(operator, "update", record.key.key_id, f"--tag=at={operator.clock()}")

    printed = keys(operator, "audit", "twin", "--json")

    assert [each["key_id"] for each in printed.json[2:]] == [
        two.key.key_id,
        one.key.key_id,
        two.key.key_id,
    ]
    assert len(printed.json) == 5


PREFIX_AS_TYPED = ("sk-clb-AAAAAAAA", "sk-clb-AAAAAAAA…", " sk-clb-AAAAAAAA")


@pytest.mark.parametrize("wanted", PREFIX_AS_TYPED)
def test_an_imported_key_is_audited_by_its_prefix_as_listed(
    wanted: str, operator: Operator
) -> None:
    record = stored(operator, prefix="sk-clb-AAAAAAAA")
    stored(operator, name="other")

    printed = keys(operator, "audit", wanted, "--json")

    assert printed.code == 0
    assert [each["key_id"] for each in printed.json] == [record.key.key_id]


@pytest.mark.parametrize("wanted", PREFIX_AS_TYPED)
def test_a_key_is_audited_whole_by_the_prefix_it_once_had(wanted: str, operator: Operator) -> None:
    stored(operator, name="ci", prefix="sk-clb-AAAAAAAA")
    stored(operator, name="other")
    doings = [["rotate", "ci", "--overlap=0"], ["revoke", "ci", "--yes"], ["delete", "ci"]]
    told = ["created", "rotated", "revoked", "deleted"]

    for number, doing in enumerate(doings, 2):
        operator.clock.advance(seconds=1)
        keys(operator, *doing)
        printed = keys(operator, "audit", wanted, "--json")
        assert [each["action"] for each in printed.json] == told[:number]


def test_a_key_nobody_can_read_is_audited_by_its_name(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")
    table.change(record.key.key_id, secret_hash=None)

    printed = keys(operator, "audit", "ci", "--json")

    assert [each["key_id"] for each in printed.json] == [record.key.key_id]


def test_without_a_key_all_are_audited(operator: Operator) -> None:
    one, two = stored(operator, name="one"), stored(operator, name="two")

    printed = keys(operator, "audit", "--json")

    assert {each["key_id"] for each in printed.json} == {one.key.key_id, two.key.key_id}
    assert keys(operator, "audit").lines[-1] == "2 changes."


def test_a_trail_can_be_read_from_some_moment_on(operator: Operator) -> None:
    stored(operator, name="ci")
    operator.clock.advance(hours=3)
    keys(operator, "disable", "ci")

    def actions(*arguments: str) -> list[str]:
        printed = keys(operator, "audit", *arguments, "--json")
        assert printed.code == 0
        return [each["action"] for each in printed.json]

    assert actions("--since=1h") == actions("ci", "--since=1h") == ["disabled"]
    assert actions("--since=4h") == actions("--since=2026-11-22") == ["created", "disabled"]
    assert actions("--since=2026-11-22T15:00:00.000001") == []
    assert actions("ci", "--since=2027-01-01") == []
    assert keys(operator, "audit", "ci", "--since=2027-01-01").lines == ["0 changes."]
    assert keys(operator, "audit", "--since=soon").code == 2


def test_a_trail_can_be_read_from_long_ago_on(operator: Operator) -> None:
    stored(operator, name="ci")

    assert len(keys(operator, "audit", "--since=0657-01-01", "--json").json) == 1


@pytest.mark.parametrize("options", [[], ["--since=1h"]])
@pytest.mark.parametrize("wanted", ["nobody", "x" * 16, "None", "…", "x " * 2000 + "x"])
def test_a_key_without_a_trail_is_told(wanted: str, options: list[str], operator: Operator) -> None:
    printed = keys(operator, "audit", wanted, *options)

    assert (printed.code, printed.err) == (
        1,
        f"Error: There is no trail of a key {wanted}: it was not made with modelctl.\n",
    )


def test_a_key_that_was_made_past_modelctl_has_no_trail(
    operator: Operator, table: KeysTable
) -> None:
    record = stored(operator, name="ci")
    [audit] = ledger(table.client).trail(record.key.key_id)
    table.client.delete_item(
        TableName="keys", Key={"pk": trail_key(record.key.key_id), "sk": {"S": audit.sort_key}}
    )

    for wanted in ("ci", record.key.key_id):
        printed = keys(operator, "audit", wanted)
        assert (printed.code, printed.err) == (
            1,
            f"Error: There is no trail of a key {wanted}: it was not made with modelctl.\n",
        )


def test_a_record_that_was_altered_is_told_apart(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")
    [audit] = ledger(table.client).trail(record.key.key_id)
    table.client.update_item(
        TableName="keys",
        Key={"pk": trail_key(record.key.key_id), "sk": {"S": audit.sort_key}},
        UpdateExpression="SET actor = :actor",
        ExpressionAttributeValues={":actor": {"S": "somebody else"}},
    )

    printed = keys(operator, "audit", "ci")

    assert printed.code == 0
    assert printed.lines[0].endswith("by somebody else from test-host")
    assert printed.lines[1] == (
        "  THIS RECORD IS NOT WHAT WAS WRITTEN; it was replaced in its place."
    )
    assert [each["intact"] for each in keys(operator, "audit", "ci", "--json").json] == [False]


def test_a_record_nobody_can_read_is_told_apart(operator: Operator, table: KeysTable) -> None:
    record = stored(operator, name="ci")
    key_id = record.key.key_id
    [audit] = ledger(table.client).trail(key_id)
    table.client.put_item(
        TableName="keys", Item={"pk": trail_key(key_id), "sk": {"S": audit.sort_key}}
    )

    printed = keys(operator, "audit", key_id)

    assert printed.lines == [
        (
            f"2026-11-22T12:00:00.000000Z  {key_id}: THIS RECORD CANNOT BE READ:"
            " it was replaced in its place."
        ),
        "1 change.",
    ]
    assert keys(operator, "audit", "--json").json == [
        {"key_id": key_id, "sort_key": audit.sort_key, "intact": False}
    ]
    assert [*ledger(table.client).trail(key_id)] == [UnreadableAudit(key_id, audit.sort_key)]
    assert keys(operator, "audit", key_id[:8]).lines == printed.lines


def test_a_record_nobody_can_read_of_a_key_that_is_gone_is_found_by_how_its_id_begins(
    operator: Operator, table: KeysTable
) -> None:
    key_id = stored(operator, name="ci").key.key_id
    [audit] = ledger(table.client).trail(key_id)
    table.client.put_item(
        TableName="keys", Item={"pk": trail_key(key_id), "sk": {"S": audit.sort_key}}
    )
    table.client.delete_item(TableName="keys", Key=primary_key(key_id))

    printed = keys(operator, "audit", key_id[:8], "--json")

    assert [each["key_id"] for each in printed.json] == [key_id]


def test_importing_is_an_action_like_any_other(operator: Operator) -> None:
    ledger(operator.aws.dynamodb).create(
        replace(key_record(mint(), name="ci"), created_by="codex"), Action.IMPORTED
    )

    assert keys(operator, "audit", "ci", "--json").json[0]["action"] == "imported"


# what a snapshot nobody can read, and a missing table, do


def test_a_live_snapshot_nobody_can_read_is_warned_of(operator: Operator) -> None:
    operator.aws.s3.put_object(Bucket="registry", Key=LIVE_KEY, Body=b"{")

    printed = keys(operator, "create", "ci", "--allow=a", "-q")

    assert printed.code == 0
    assert printed.err.startswith("Warning: what is live cannot be read")


def test_a_table_that_is_not_there_is_told(operator: Operator) -> None:
    missing = keys(operator, "list", "--table=no-such")
    unnamed = keys(operator, "list", env={"TABLE_NAME": None})
    unusable = keys(operator, "list", env={"AWS_ENDPOINT_URL_DYNAMODB": "x"})

    assert [missing.code, unnamed.code, unusable.code] == [3, 2, 3]
    assert missing.err.startswith("Error: There is no table no-such.")
    assert unnamed.err.startswith("Error: Which table? Give --stack NAME or --table NAME")
    assert unusable.err.startswith("Error: Invalid endpoint: x. Check $AWS_ENDPOINT_URL")


@pytest.mark.parametrize("arguments", [("create", "ci"), ("rotate", "ci")])
def test_a_secret_alone_is_no_json(operator: Operator, arguments: tuple[str, str]) -> None:
    record = stored(operator, name="ci")

    printed = keys(operator, *arguments, "--quiet", "--json")

    assert (printed.code, printed.json["error"]["message"]) == (
        2,
        "--quiet and --json contradict each other.",
    )
    assert all_keys(operator) == [record]


def test_a_trail_of_nothing_is_wrong_usage(operator: Operator) -> None:
    printed = keys(operator, "audit", " ")

    assert (printed.code, printed.err) == (2, "Error: KEY is empty.\n")


def test_of_a_deleted_key_the_trail_tells_what_it_was(operator: Operator) -> None:
    record = stored(operator, name="ci", status=KeyStatus.REVOKED, allowed_models=frozenset({"a"}))
    operator.clock.advance(seconds=1)
    keys(operator, "delete", "ci")

    printed = keys(operator, "audit", record.key.key_id)

    deletion = printed.out.partition("  deleted ")[2]
    assert '  allowed_models: ["a"]\n' in deletion
    assert " -> " not in deletion
