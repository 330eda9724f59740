"""``keys import``: taking over the keys of a codex-lb."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from model_catalog.api_keys import KeyStatus, MintedSecret, hash_secret, parse_secret
from model_catalog.key_items import primary_key
from model_catalog.key_records import KeyRecord
from support.builders import entry, key_record, ledger
from support.clock import NOON
from support.operator import Operator, keys
from support.stack import Api, KeysTable

SECRET = f"sk-clb-{'a' * 43}"
DIGEST = hash_secret(SECRET)
KEY_ID = DIGEST[:16]


def row(**changes: Any) -> dict[str, Any]:
    """Return a row of codex-lb's that says no more than it has to but for ``changes``."""
    return {"id": "1", "name": "ci", "key_hash": DIGEST, "key_prefix": SECRET[:15], **changes}


def imported(operator: Operator, key_id: str = KEY_ID) -> KeyRecord:
    """Return a key as it came over."""
    return ledger(operator.aws.dynamodb).get(key_id)


def test_a_key_comes_over_with_all_that_has_a_counterpart(operator: Operator) -> None:
    path = operator.writes(
        row(
            allowed_models=["a", "b"],
            is_active=False,
            expires_at="2027-01-01T00:00:00",
            created_at="2026-01-01T00:00:00",
            last_used_at="2026-11-01T00:00:00",
        )
    )

    printed = keys(operator, "import", path)

    record = imported(operator)
    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == [
        f"+ ci ({SECRET[:15]}…)",
        "1 key imported, 0 here already, 0 left out, 0 things without a counterpart.",
    ]
    assert (record.key.key_id, record.key.secret_hash) == (KEY_ID, DIGEST)
    assert (record.key.name, record.key.prefix) == ("ci", SECRET[:15])
    assert record.key.status is KeyStatus.DISABLED
    assert record.key.allowed_models == {"a", "b"}
    assert record.key.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert record.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert record.created_by == "arn:aws:sts::123456789012:user/moto"
    assert record.last_used_at == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_key_whose_making_is_not_known_was_made_now(operator: Operator) -> None:
    keys(operator, "import", operator.writes(row()))

    record = imported(operator)
    assert (record.created_at, record.last_used_at) == (NOON, None)
    assert record.key.status is KeyStatus.ACTIVE


@pytest.mark.parametrize("never", ["9999-12-31 23:59:59", "9999-12-31 23:59:59.999999"])
def test_a_key_that_expires_when_time_ends_comes_over(never: str, operator: Operator) -> None:
    printed = keys(operator, "import", operator.writes(row(expires_at=never)))

    assert (printed.code, printed.lines[0]) == (0, f"+ ci ({SECRET[:15]}…)")
    assert imported(operator).key.expires_at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_key_is_called_what_it_was_without_the_space_around_it(operator: Operator) -> None:
    path = operator.writes(row(name=" ci "))

    keys(operator, "import", path)
    again = keys(operator, "import", path)

    assert imported(operator).key.name == "ci"
    assert again.lines[0] == f"= ci ({SECRET[:15]}…): here already"


def test_a_key_of_nothing_but_space_is_called_by_its_prefix(operator: Operator) -> None:
    keys(operator, "import", operator.writes(row(name="  ")))

    assert imported(operator).key.name == SECRET[:15]


def test_holders_keep_their_secrets(operator: Operator, api: Api) -> None:
    api.publish(entry("gpt-5"), entry("gpt-*"), entry("@x"), entry("other", groups=("x",)))
    path = operator.writes(row(allowed_models=["gpt-*", "@x"]))

    printed = keys(operator, "import", path)

    presented = parse_secret(SECRET)
    assert printed.code == 0
    assert presented
    assert presented.key_id == KEY_ID
    assert sorted(api.get("/v1/models", SECRET).ids) == ["@x", "gpt-*"]


def test_a_database_is_imported(operator: Operator) -> None:
    path = operator.folder / "store.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE api_keys (id, name, key_hash, key_prefix, is_active)")
        made.execute("INSERT INTO api_keys VALUES ('1', 'ci', ?, 'sk-clb-aaaa', 1)", [DIGEST])

    printed = keys(operator, "import", path)

    assert (printed.code, printed.lines[0]) == (0, "+ ci (sk-clb-aaaa…)")
    assert imported(operator).key.name == "ci"


def test_rows_are_read_from_standard_input(operator: Operator) -> None:
    printed = keys(operator, "import", "-", stdin=json.dumps(row()))

    assert printed.code == 0
    assert imported(operator).key.name == "ci"


def test_importing_again_changes_nothing(operator: Operator, table: KeysTable) -> None:
    path = operator.writes(row(allowed_models=["a"]))
    keys(operator, "import", path)
    before = table.client.scan(TableName="keys")["Items"]

    printed = keys(operator, "import", path)

    assert printed.code == 0
    assert printed.lines == [
        f"= ci ({SECRET[:15]}…): here already",
        "0 keys imported, 1 here already, 0 left out, 0 things without a counterpart.",
    ]
    assert table.client.scan(TableName="keys")["Items"] == before


def test_what_was_changed_here_stays_and_is_told(operator: Operator) -> None:
    path = operator.writes(row(allowed_models=["a"]))
    keys(operator, "import", path)
    keys(operator, "update", KEY_ID, "--name=mine", "--add-allow=b")
    keys(operator, "disable", KEY_ID)

    printed = keys(operator, "import", path)
    for_scripts = keys(operator, "import", path, "--json").json

    assert printed.lines[0] == (
        f"= ci ({SECRET[:15]}…): here already, but: name is mine here and ci there;"
        " status is disabled here and active there;"
        " allowed_models is ['a', 'b'] here and ['a'] there"
    )
    assert for_scripts["imported"] == for_scripts["left_out"] == []
    assert [each["name"] for each in for_scripts["kept"]] == ["ci"]
    assert len(for_scripts["kept"][0]["differences"]) == 3
    assert imported(operator).key.name == "mine"


def test_a_key_that_was_deleted_here_does_not_come_back(
    operator: Operator, table: KeysTable
) -> None:
    path = operator.writes(row())
    keys(operator, "import", path)
    keys(operator, "revoke", KEY_ID, "--yes")
    keys(operator, "delete", KEY_ID)

    printed = keys(operator, "import", path)

    assert printed.code == 0
    assert printed.lines == [
        f"! ci: not imported; it was deleted here: modelctl keys audit {KEY_ID}",
        "0 keys imported, 0 here already, 1 left out, 0 things without a counterpart.",
    ]
    assert table.item(KEY_ID) == {}


def test_a_key_nobody_can_read_here_stays_as_it_is(operator: Operator, table: KeysTable) -> None:
    table.client.put_item(TableName="keys", Item=primary_key(KEY_ID))

    printed = keys(operator, "import", operator.writes(row()))

    assert printed.lines[0] == f"= ci ({SECRET[:15]}…): here already, but: cannot be read here"
    assert table.item(KEY_ID) == primary_key(KEY_ID)


def test_a_key_somebody_else_imports_meanwhile_is_told(operator: Operator) -> None:
    theirs = key_record(MintedSecret(SECRET, KEY_ID, DIGEST), name="theirs")

    printed = keys(
        operator,
        "import",
        operator.writes(row()),
        rival=lambda: ledger(operator.aws.dynamodb).create(theirs),
    )

    assert printed.code == 0
    assert printed.lines[0] == "! ci: not imported; somebody else imported it at the same time"
    assert imported(operator).key.name == "theirs"


def test_a_dry_run_tells_all_and_changes_nothing(operator: Operator, table: KeysTable) -> None:
    path = operator.writes([row(note="hi"), row(name="bad", key_hash="x")])

    printed = keys(operator, "import", path, "--dry-run")
    for_scripts = keys(operator, "import", path, "--dry-run", "--json")

    assert (printed.code, for_scripts.code) == (0, 0)
    assert printed.lines == [
        f"+ ci ({SECRET[:15]}…)",
        "! bad: not imported; its digest is no SHA-256 in hex digits",
        "? ci: no counterpart here: note: hi",
        "1 key would be imported, 0 here already, 1 left out, 1 thing without a counterpart.",
    ]
    assert for_scripts.json == {
        "dry_run": True,
        "imported": [{"name": "ci", "prefix": SECRET[:15]}],
        "kept": [],
        "left_out": [{"name": "bad", "reason": "its digest is no SHA-256 in hex digits"}],
        "unmapped": [{"name": "ci", "what": "note: hi"}],
    }
    assert table.client.scan(TableName="keys")["Items"] == []


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_key_that_is_in_the_file_twice_is_imported_once(
    options: list[str], operator: Operator
) -> None:
    path = operator.writes([row(), row(name="again")])

    told = keys(operator, "import", path, "--json", *options).json

    assert [each["name"] for each in told["imported"]] == ["ci"]
    assert not any("deleted" in each["reason"] for each in told["left_out"])


def test_scripts_are_told_that_it_was_no_dry_run(operator: Operator) -> None:
    printed = keys(operator, "import", operator.writes(row()), "--json")

    assert printed.json["dry_run"] is False
    assert DIGEST not in printed.out


def test_imports_stand_in_the_trail(operator: Operator) -> None:
    keys(operator, "import", operator.writes(row()))

    [audit] = keys(operator, "audit", SECRET, "--json").json

    assert (audit["action"], audit["name"], audit["key_id"]) == ("imported", "ci", KEY_ID)


def test_an_imported_key_can_be_rotated(operator: Operator) -> None:
    keys(operator, "import", operator.writes(row()))

    printed = keys(operator, "rotate", SECRET, "--quiet")

    presented = parse_secret(printed.out.strip())
    key = imported(operator).key
    assert presented
    assert presented.key_id == KEY_ID
    assert key.has_secret(presented.secret_hash, NOON)
    assert key.has_secret(DIGEST, NOON)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no", "The file is no JSON, and no SQLite database"),
        (b"[{}]", "Row 1 is no key: it has no key_hash."),
        (b"SQLite format 3\0", "is no codex-lb database: file is not a database."),
    ],
)
def test_a_file_that_is_no_export_is_refused(
    content: bytes, sentence: str, operator: Operator
) -> None:
    printed = keys(operator, "import", operator.writes(content))

    assert (printed.code, printed.out) == (1, "")
    assert sentence in printed.err


def test_a_file_that_is_not_there_is_wrong_usage(operator: Operator) -> None:
    assert keys(operator, "import", operator.folder / "none.json").code == 2


def test_a_database_on_standard_input_is_told_to_be_named(operator: Operator) -> None:
    printed = keys(operator, "import", "-", stdin="SQLite format 3\0")

    assert (printed.code, printed.err) == (
        2,
        "Error: A database cannot be read from standard input. Name its file.\n",
    )
