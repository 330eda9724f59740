"""``registry diff``: what publishing would change, and for whom."""

import json

import pytest

from model_catalog.key_items import primary_key
from support.documents import authored, document
from support.failing_server import FailingServer, dynamodb_error
from support.operator import Operator, Printed
from support.stack import KeysTable


@pytest.fixture
def published(operator: Operator, table: KeysTable) -> Operator:
    """A registry of three models, and three keys."""
    operator.publishes(document(*map(authored, "abc")))
    table.add(name="all")
    table.add(name="only a", allowed_models=frozenset({"a"}))
    table.add(name="revoked", status="revoked")
    return operator


def test_differences_and_affected_keys_are_told(published: Operator) -> None:
    changed = document(authored("b", priority=1), authored("c"), authored("d"))

    printed = published.types("diff", published.writes(changed))

    [version] = published.versions
    assert (printed.code, printed.err) == (0, "")
    assert printed.lines == [
        f"Compared with what is live: 3 models, version {version}, 2026-11-22T12:00:01Z.",
        "+ d  at place 3",
        "- a  from place 1",
        "~ b",
        "    priority: 0 -> 1",
        "In all: 1 added (d), 1 removed (a), 1 changed (b).",
        "Of 2 active keys, 1 would gain models and 2 would lose some.",
        "    d: 1 key would gain it",
        "    a: 2 keys would lose it",
        "Not counted: 1 key that cannot list models now.",
    ]


def test_scripts_are_told_the_same(published: Operator, table: KeysTable) -> None:
    table.client.put_item(TableName="keys", Item=primary_key("broken"))

    printed = published.types("diff", published.writes(document(authored("b"))), "--json")

    told = printed.json
    assert told["live"]["models"] == 3
    assert told["identical"] is False
    assert [each["id"] for each in told["removed"]] == ["a", "c"]
    assert told["added"] == told["changed"] == told["moved"] == told["document"] == []
    assert told["removals_refused"].startswith("drops 2 of the 3 live models")
    keys = told["keys"]
    assert [each["name"] for each in sorted(keys.pop("affected"), key=str)] != []
    assert keys == {
        "active": 2,
        "inactive": 1,
        "unreadable": ["broken"],
        "gaining": 0,
        "losing": 2,
        "gained": {},
        "lost": {"a": 2, "c": 1},
    }
    assert told["warnings"] == []


def test_it_says_when_publish_would_refuse(published: Operator) -> None:
    printed = published.types("diff", published.writes(document(authored("b"))))

    assert printed.code == 0
    assert printed.lines[-1] == (
        "publish would refuse it: it drops 2 of the 3 live models; if you mean it, allow removals."
    )


def test_the_keys_can_be_left_alone(published: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")
    path = published.writes(document(*map(authored, "abc")))

    printed = published.types("diff", path, "--no-keys")
    for_scripts = published.types("diff", path, "--no-keys", "--json")

    assert printed.code == 0
    assert printed.lines[1:] == ["In all: no difference."]
    assert for_scripts.json["identical"] is True
    assert for_scripts.json["keys"] is None


def diff_while_keys_answer(code: str, published: Operator) -> Printed:
    """Compare what is live with itself, on a table that answers nothing but an error."""
    path = published.writes(document(*map(authored, "abc")))
    with FailingServer(dynamodb_error(code)).running() as server:
        return published.types("diff", path, env={"AWS_ENDPOINT_URL_DYNAMODB": server.url})


def test_whoever_may_not_read_the_keys_is_told_the_rest(published: Operator) -> None:
    printed = diff_while_keys_answer("AccessDeniedException", published)

    assert printed.code == 0
    assert printed.err == (
        "Warning: Which keys would notice is not known:"
        " These credentials lack the permission dynamodb:Scan. Ask for it to be added.\n"
    )
    assert printed.lines[1:] == ["In all: no difference."]


def test_keys_that_cannot_be_read_for_another_reason_end_it(published: Operator) -> None:
    printed = diff_while_keys_answer("ValidationException", published)

    assert (printed.code, printed.out) == (3, "")


def test_keys_are_read_page_by_page(published: Operator, table: KeysTable) -> None:
    for number in range(12):
        table.add(name=str(number), prefix="x" * 100_000)  # more than the megabyte of a page

    printed = published.types("diff", published.writes(document(*map(authored, "abcd"))), "--json")

    assert printed.json["keys"]["active"] == 14
    assert printed.json["keys"]["gained"] == {"d": 13}


def test_everything_is_new_where_nothing_is_live(operator: Operator) -> None:
    path = operator.writes(document(authored("a")))

    printed, for_scripts = operator.types("diff", path), operator.types("diff", path, "--json")

    assert printed.lines[:2] == [
        "Compared with what is live: nothing.",
        "+ a  at place 1",
    ]
    assert for_scripts.json["live"] is None


def test_a_document_with_problems_is_not_compared(operator: Operator) -> None:
    printed = operator.types("diff", operator.writes(b"{}"))

    assert (printed.code, printed.out) == (1, "")
    assert "  models: is required" in printed.err.splitlines()


def test_warnings_are_told_apart(operator: Operator) -> None:
    printed = operator.types(
        "diff", operator.writes(json.dumps({"models": [authored("a")]}).encode())
    )

    assert printed.code == 0
    assert printed.err.startswith("Warning: models[0]: `a` is left out of Codex's catalog")
    assert "Warning" not in printed.out
