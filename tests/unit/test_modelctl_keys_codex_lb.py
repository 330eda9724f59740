"""Keys of a codex-lb, read from its database and from its rows as JSON."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.selection import AllowList
from modelctl.keys.codex_lb import (
    ForeignKey,
    UnreadableExportError,
    UnusableKey,
    is_database,
    read_database,
    read_rows,
)
from support.builders import entry

DIGEST = "0123456789abcdef" * 4
COLUMNS = (
    "id TEXT PRIMARY KEY, name TEXT, key_hash TEXT, key_prefix TEXT, allowed_models TEXT,"
    " enforced_model TEXT, traffic_class TEXT, usage_sections TEXT, expires_at TEXT,"
    " is_active INTEGER, created_at TEXT, last_used_at TEXT, note TEXT"
)


def row(**changes: Any) -> dict[str, Any]:
    """Return a row that says no more than it has to but for ``changes``."""
    return {"id": "1", "name": "ci", "key_hash": DIGEST, "key_prefix": "sk-clb-abc", **changes}


def database(path: Path, rows: Iterable[dict[str, Any]], *further: str) -> Path:
    """Make a database with these keys and whatever else is said in SQL."""
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(f"CREATE TABLE api_keys ({COLUMNS})")
        for each in rows:
            names, marks = ", ".join(each), ", ".join("?" * len(each))
            made.execute(
                f"INSERT INTO api_keys ({names}) VALUES ({marks})",  # noqa: S608 - our names
                [*each.values()],
            )
        for statement in further:
            made.execute(statement)
    return path


def key_of(**changes: Any) -> ForeignKey:
    """Return the key in a row that can be used."""
    [found] = read_rows(json.dumps(row(**changes)).encode())
    assert isinstance(found, ForeignKey)
    return found


def reason_of(given_row: dict[str, Any]) -> str:
    """Return why a row cannot be used."""
    [found] = read_rows(json.dumps([given_row]).encode())
    assert isinstance(found, UnusableKey)
    return found.reason


def test_a_database_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = database(tmp_path / "store.db", [])

    assert is_database(path.read_bytes())
    assert not is_database(b'{"name": "ci"}')
    assert not is_database(b"")


def test_keys_are_read_from_a_database(tmp_path: Path) -> None:
    path = database(
        tmp_path / "a store?#%.db",
        [
            row(
                allowed_models='["gpt-5", "gpt-5-mini"]',
                is_active=1,
                expires_at="2027-01-01 00:00:00.000000",
                created_at="2026-01-01 10:00:00",
                last_used_at="2026-11-01 10:00:00.500000",
                traffic_class="foreground",
                usage_sections="[]",
            ),
            row(id="0", name="off", is_active=0),
        ],
    )

    found = read_database(path)

    assert found == [
        ForeignKey(
            name="off",
            secret_hash=DIGEST,
            prefix="sk-clb-abc",
            allowed_models=frozenset(),
            is_active=False,
            expires_at=None,
            created_at=None,
            last_used_at=None,
            unmapped=[],
        ),
        ForeignKey(
            name="ci",
            secret_hash=DIGEST,
            prefix="sk-clb-abc",
            allowed_models=frozenset({"gpt-5", "gpt-5-mini"}),
            is_active=True,
            expires_at=datetime(2027, 1, 1, tzinfo=UTC),
            created_at=datetime(2026, 1, 1, 10, tzinfo=UTC),
            last_used_at=datetime(2026, 11, 1, 10, 0, 0, 500_000, tzinfo=UTC),
            unmapped=[],
        ),
    ]


def test_what_belongs_to_a_key_in_other_tables_is_told(tmp_path: Path) -> None:
    path = database(
        tmp_path / "store.db",
        [row(id="1", is_active=1), row(id="2", is_active=1)],
        "CREATE TABLE api_key_limits (api_key_id TEXT, limit_type TEXT, limit_window TEXT,"
        " max_value INTEGER, model_filter TEXT)",
        "INSERT INTO api_key_limits VALUES ('1', 'total_tokens', 'weekly', 5000, NULL)",
        "INSERT INTO api_key_limits VALUES ('1', 'cost_usd', 'monthly', 7, 'gpt-5')",
        "CREATE TABLE api_key_accounts (api_key_id TEXT, account_id TEXT)",
        "INSERT INTO api_key_accounts VALUES ('2', 'x')",
        "INSERT INTO api_key_accounts VALUES ('2', 'y')",
    )

    first, second = read_database(path)

    assert isinstance(first, ForeignKey)
    assert isinstance(second, ForeignKey)
    assert first.unmapped == [
        "limit: 5000 total_tokens weekly",
        "limit: 7 cost_usd monthly for gpt-5",
    ]
    assert second.unmapped == ["2 assigned accounts"]


def test_the_database_is_not_written_to(tmp_path: Path) -> None:
    path = database(tmp_path / "store.db", [row(is_active=1)])
    before = path.read_bytes()

    read_database(path)

    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("content", [b"SQLite format 3\x00 but damaged", b"x" * 5000])
def test_a_damaged_database_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)

    with pytest.raises(UnreadableExportError) as told:
        read_database(path)

    assert str(told.value) == f"{path} is no codex-lb database: file is not a database."


def test_a_database_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE other (id TEXT)")

    with pytest.raises(UnreadableExportError, match="no such table: api_keys"):
        read_database(path)


@pytest.mark.parametrize(
    ("columns", "further"),
    [
        ("id, name", []),
        ("id, name, key_hash", ["CREATE TABLE api_key_limits (x)"]),
    ],
    ids=["no digests", "limits of nobody"],
)
def test_a_database_without_our_columns_is_told(
    columns: str, further: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute(f"CREATE TABLE api_keys ({columns})")
        made.execute("INSERT INTO api_keys (id) VALUES (1)")
        for statement in further:
            made.execute(statement)
            made.execute("INSERT INTO api_key_limits VALUES (1)")

    with pytest.raises(UnreadableExportError, match="is no codex-lb database"):
        read_database(path)


def test_a_text_may_hold_what_some_take_for_the_end_of_a_line() -> None:
    content = json.dumps(row(name="a\u2028b\x85c"), ensure_ascii=False)

    assert [each.name for each in read_rows(content.encode())] == ["a\u2028b\x85c"]


@pytest.mark.parametrize(
    "content",
    [
        [row(), row(name="second")],
        "{}\n\n  {}\n".format(json.dumps(row()), json.dumps(row(name="second"))),
        "\n" + json.dumps([row(), row(name="second")], indent=2),
    ],
    ids=["array", "lines", "indented array"],
)
def test_rows_are_one_array_or_an_object_per_line(content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content)

    assert [each.name for each in read_rows(text.encode())] == ["ci", "second"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"[]"])
def test_a_file_without_rows_has_no_keys(content: bytes) -> None:
    assert read_rows(content) == []


@pytest.mark.parametrize("content", [b"\xff", b"[", b"no", b'{"key_hash": 1}\n{'])
def test_what_is_no_json_is_told(content: bytes) -> None:
    with pytest.raises(UnreadableExportError, match="The file is no JSON, and no SQLite database"):
        read_rows(content)


@pytest.mark.parametrize("content", ["[{}, 1]", '[{"name": "a"}]', "1", '"key_hash"', "null"])
def test_what_is_no_key_is_told_by_its_number(content: str) -> None:
    with pytest.raises(UnreadableExportError) as told:
        read_rows(content.encode())

    assert str(told.value) == "Row 1 is no key: it has no key_hash."


def test_the_number_of_a_row_counts_from_one() -> None:
    with pytest.raises(UnreadableExportError, match=r"^Row 2 is no key"):
        read_rows(json.dumps([row(), {}]).encode())


@pytest.mark.parametrize(
    "digest", [None, "", "abc", DIGEST.upper(), f"{DIGEST}\n", f"{DIGEST}0", 7]
)
def test_a_digest_is_sha256_in_hex_digits(digest: Any) -> None:
    assert reason_of(row(key_hash=digest)) == "its digest is no SHA-256 in hex digits"


@pytest.mark.parametrize("models", ["1", '"gpt-5"', '["a", 1]', '{"a": 1}', ["a", None], {"a": 1}])
def test_allowed_models_are_a_list_of_texts(models: Any) -> None:
    assert reason_of(row(allowed_models=models)) == "its allowed_models is no list of texts"


@pytest.mark.parametrize(
    "changes",
    [
        {"allowed_models": "[oops"},
        {"expires_at": "tomorrow"},
        {"created_at": 7},
        {"last_used_at": "2026-13-01"},
        {"expires_at": "9999-12-31T23:59:59-01:00"},
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_alone(changes: dict[str, Any]) -> None:
    content = json.dumps([row(**changes), row(name="good")]).encode()

    first, second = read_rows(content)

    assert isinstance(first, UnusableKey)
    assert first.name == "ci"
    assert first.reason
    assert isinstance(second, ForeignKey)


@pytest.mark.parametrize("value", [None, 2, "true", "1", [], {}])
def test_a_key_is_active_or_not(value: Any) -> None:
    assert reason_of(row(is_active=value)) == "its is_active is neither true nor false"


@pytest.mark.parametrize(("value", "truth"), [(1, True), (0, False), (True, True), (False, False)])
def test_databases_and_json_write_truth_differently(value: Any, *, truth: bool) -> None:
    assert key_of(is_active=value).is_active is truth


def test_a_key_that_does_not_say_so_is_active() -> None:
    assert key_of().is_active is True


@pytest.mark.parametrize("models", [None, [], "[]", "null", ["", "  "]])
def test_no_list_of_models_allows_all(models: Any) -> None:
    assert key_of(allowed_models=models).allowed_models == frozenset()


def test_an_enforced_model_is_all_that_is_allowed() -> None:
    key = key_of(allowed_models=["a", "b"], enforced_model="c")

    assert key.allowed_models == {"c"}
    assert key.unmapped == ["enforced_model: c (here it is all that is allowed)"]


@pytest.mark.parametrize(
    ("name", "other"),
    [("gpt-*", "gpt-5"), ("gpt-?", "gpt-5"), ("gpt-[5]", "gpt-5"), ("@frontier", "gpt-5")],
)
def test_a_name_that_looks_like_a_pattern_matches_itself_alone(name: str, other: str) -> None:
    listed = AllowList(key_of(allowed_models=[name]).allowed_models)
    enforced = AllowList(key_of(enforced_model=name).allowed_models)

    for allowed in (listed, enforced):
        assert allowed.permits(entry(name))
        assert not allowed.permits(entry(other, groups=("frontier",)))


@given(st.text("ab*?[]!@-", min_size=1, max_size=6), st.text("ab*?[]!@-", max_size=6))
def test_a_name_of_any_characters_matches_itself_alone(name: str, other: str) -> None:
    allowed = AllowList(key_of(allowed_models=[name]).allowed_models)

    assert allowed.permits(entry(name))
    assert allowed.permits(entry(other, groups=(name, name[1:]))) is (other == name)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T12:00:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T12:00:00Z", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22T12:00:00+02:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times_without_a_zone_are_utc(text: str | None, moment: datetime | None) -> None:
    assert key_of(expires_at=text).expires_at == moment


def test_a_key_without_a_name_is_told_by_its_prefix() -> None:
    assert key_of(name=None).name == "sk-clb-abc"
    assert key_of(name="", key_prefix="").name == "without a name"
    assert key_of(key_prefix=None).prefix == ""


def test_what_has_no_counterpart_is_told() -> None:
    key = key_of(
        usage_sections="all",
        traffic_class="background",
        note="hello",
        nothing=None,
        zero=0,
        sources=["a", "b"],
        limits=[{"max_value": 5, "limit_type": "cost_usd", "limit_window": "daily"}, "odd"],
    )

    assert key.unmapped == [
        "traffic_class: background",
        "note: hello",
        "2 sources",
        "limit: 5 cost_usd daily",
        "limit: odd",
    ]


def test_limits_that_are_no_list_are_told_as_they_are() -> None:
    assert key_of(limits="5 per day").unmapped == ["limits: 5 per day"]


def test_the_usual_traffic_class_is_not_worth_telling() -> None:
    assert key_of(traffic_class="foreground").unmapped == []


def test_a_digest_is_not_shown_by_accident() -> None:
    assert DIGEST not in repr(key_of())
