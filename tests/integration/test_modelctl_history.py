"""``registry history`` and ``registry rollback``: versions, and back to one of them."""

import json
from typing import Any, cast

import pytest

from model_catalog.registry_store import SOURCE_KEY, S3RegistryStore, Source, SourceVersion
from model_catalog.snapshot import dump
from modelctl.releases import find_version
from support.builders import entry, snapshot
from support.clock import NOON
from support.documents import authored, document
from support.operator import Operator

FIRST = document(authored("a"), authored("b"))
SECOND = document(authored("a", priority=1), authored("b"), authored("c"))


def told(operator: Operator, *options: str) -> list[Any]:
    """Return the history as scripts are told."""
    revisions: list[Any] = operator.types("history", "--json", *options).json
    return revisions


def test_versions_are_told_with_what_each_changed(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.publishes(SECOND)

    printed = operator.types("history")

    newest, oldest = operator.versions
    assert (printed.code, printed.err) == (0, "")
    assert [each.split() for each in printed.lines[::2]] == [
        [newest[:12], told(operator)[0]["written_at"], "live", "3", "models", "user/moto"],
        [oldest[:12], told(operator)[1]["written_at"], "2", "models", "user/moto"],
    ]
    assert [each.strip() for each in printed.lines[1::2]] == [
        "1 added (c), 1 changed (a)",
        "2 added (a, b), codex_defaults.base_instructions",
    ]


def test_scripts_are_told_everything(operator: Operator) -> None:
    operator.publishes(FIRST)

    [revision] = told(operator)

    assert revision["version"] == operator.versions[0]
    assert revision["metadata"]["published-by"].endswith("user/moto")
    assert revision["metadata"]["sha256"] == revision["sha256"]
    assert (revision["state"], revision["models"], revision["problems"]) == ("live", 2, [])
    assert [each["id"] for each in revision["changes"]["added"]] == ["a", "b"]


def test_what_became_of_each_version_is_told(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.drops(b'{"models": [{}, {}]}')
    operator.publisher.publish()
    operator.drops(json.dumps(SECOND).encode())

    printed = operator.types("history")

    assert [each["state"] for each in told(operator)] == ["pending", "rejected", "live"]
    assert [each["models"] for each in told(operator)] == [3, None, 2]
    assert printed.lines[3] == ("    models[0].id: is required (and 5 other problems)")
    assert printed.lines[2].split()[2:] == ["rejected", "invalid", "-"]
    # a version is compared with the one before that can be
    assert printed.lines[1].strip() == "1 added (c), 1 changed (a)"


def test_a_version_the_guard_rails_stopped_is_told_with_the_reason(operator: Operator) -> None:
    operator.publishes(document(*map(authored, "abc")))
    operator.drops(json.dumps(document(authored("a"))).encode())
    operator.publisher.publish()

    newest = told(operator)[0]

    assert (newest["state"], newest["models"]) == ("rejected", 1)
    assert newest["problems"] == [
        {
            "path": "models",
            "message": "drops 2 of the 3 live models; if you mean it, allow removals",
        }
    ]


def test_only_as_many_as_wanted_are_told(operator: Operator) -> None:
    for models in ("ab", "abc", "abcd"):
        operator.publishes(document(*map(authored, models)))

    first, second = told(operator, "--limit", "2")

    assert [first["models"], second["models"]] == [4, 3]
    assert [each["id"] for each in second["changes"]["added"]] == ["c"]


def test_what_a_version_changed_does_not_depend_on_how_many_are_shown(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.drops(b"broken")
    operator.publishes(SECOND)

    printed = operator.types("history", "--limit=1")

    assert printed.lines[1].strip() == "1 added (c), 1 changed (a)"
    assert told(operator, "--limit=1") == told(operator)[:1]


def test_a_version_is_not_compared_with_one_that_was_never_live(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.drops(b'{"models": []}')
    operator.publisher.publish()
    operator.publishes(document(authored("x")), "--allow-removals")

    newest, rejected, _ = told(operator)

    assert rejected["state"] == "rejected"
    assert [each["id"] for each in newest["changes"]["added"]] == ["x"]
    assert [each["id"] for each in newest["changes"]["removed"]] == ["a", "b"]


def test_up_to_10_000_versions_can_be_wanted(operator: Operator) -> None:
    operator.publishes(FIRST)

    assert len(told(operator, "--limit=10000")) == 1
    assert operator.types("history", "--limit=10001").code == 2


def test_without_versions_there_is_no_history(operator: Operator) -> None:
    printed = operator.types("history")

    assert (printed.code, printed.out) == (
        0,
        "There is no version yet: modelctl registry publish\n",
    )
    assert told(operator) == []


def test_of_equal_versions_the_newest_is_live(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.publishes(SECOND)
    operator.types("rollback", operator.versions[1], "--yes")

    assert [each["state"] for each in told(operator)] == ["live", "", ""]


def test_a_rollback_publishes_an_older_version_again(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.publishes(SECOND)
    oldest = operator.versions[1]

    printed = operator.types("rollback", oldest[:8], "--yes")

    assert printed.code == 0
    assert len(operator.versions) == 3
    assert operator.live
    assert [each.id for each in operator.live.entries] == ["a", "b"]
    assert printed.lines[0].startswith("Live: 2 models, version " + operator.versions[0])
    assert "- c  from place 3" in printed.lines
    newest = operator.store.read_source()
    assert newest
    assert newest.content == json.dumps(FIRST).encode()
    assert newest.metadata["restores"] == oldest
    assert f"restores {oldest[:12]}; 1 removed (c)" in operator.types("history").lines[1]


def test_what_would_change_is_shown_before_it_is_asked_for_a_yes(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.publishes(SECOND)
    oldest = operator.versions[1]

    refused = operator.types("rollback", oldest, stdin="n\n")
    unasked = operator.types("rollback", oldest, stdin="")
    agreed = operator.types("rollback", oldest, "--json", stdin="y\n")

    for printed in (refused, unasked):
        assert (printed.code, printed.out) == (1, "")
        assert "- c  from place 3\n" in printed.err
        assert printed.err.endswith(
            "Publish it again? [y/N] Error: Nothing was published."
            " (--yes publishes without asking.)\n"
        )
    assert agreed.code == 0
    assert agreed.json["outcome"] == "published"
    assert len(operator.versions) == 3


def test_the_checks_hold_for_a_rollback_too(operator: Operator) -> None:
    operator.drops(b"broken")
    operator.publishes(document(authored("a")))
    operator.publishes(document(*map(authored, "abcd")))

    invalid = operator.types("rollback", operator.versions[2], "--yes")
    most_gone = operator.types("rollback", operator.versions[1], "--yes")
    meant = operator.types("rollback", operator.versions[1], "--yes", "--allow-removals")

    assert [invalid.code, most_gone.code, meant.code] == [1, 1, 0]
    assert "cannot be published: 1 problem" in invalid.err
    assert "say --allow-removals" in most_gone.err


def test_a_version_has_to_be_named_well_enough(operator: Operator) -> None:
    operator.publishes(FIRST)

    unknown = operator.types("rollback", "nothing-like-it", "--yes")
    empty = operator.types("rollback", "", "--yes")

    assert unknown.code == 1
    assert unknown.err == (
        "Error: There is no version nothing-like-it. See: modelctl registry history\n"
    )
    assert (empty.code, empty.err) == (2, "Error: VERSION is empty.\n")


def test_a_beginning_that_several_versions_share_is_not_enough(operator: Operator) -> None:
    for number in range(17):  # moto's versions begin with one of 16 digits
        operator.drops(str(number).encode())
    beginnings = [version[:1] for version in operator.versions]
    [shared, *_] = [each for each in beginnings if beginnings.count(each) > 1]

    printed = operator.types("rollback", shared, "--yes")

    assert printed.code == 1
    assert printed.err.startswith(f"Error: {beginnings.count(shared)} versions begin with {shared}")
    assert printed.err.endswith("). Say more.\n")


class TwoVersions:
    """A store in which one version's name begins like another's."""

    def source_versions(self) -> list[SourceVersion]:
        return [SourceVersion(name, NOON) for name in ("abcd", "abc")]

    def read_source(self, version: str) -> Source:
        return Source(b"", "", version, NOON, {})


def test_a_whole_name_is_enough_even_if_another_begins_like_it() -> None:
    store = cast("S3RegistryStore", TwoVersions())

    assert find_version(store, "abc").version == "abc"
    assert find_version(store, "abcd").version == "abcd"


def test_a_bucket_without_versions_has_one_version(operator: Operator) -> None:
    operator.aws.s3.put_bucket_versioning(
        Bucket="registry", VersioningConfiguration={"Status": "Suspended"}
    )
    published = operator.publishes(FIRST)

    assert published.lines[0].startswith("Live: 2 models")
    assert [each["state"] for each in told(operator)] == ["live"]
    assert operator.publishes(SECOND).code == 0
    assert operator.types("rollback", operator.versions[0], "--yes").code == 0


def test_versions_deleted_while_they_are_read_are_left_out(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.publishes(FIRST)
    monkeypatch.setattr(type(operator.store), "read_source", lambda *_: None)

    assert told(operator) == []
    assert operator.types("rollback", operator.versions[0], "--yes").code == 1


def test_reports_are_believed_only_if_they_are_about_the_source(operator: Operator) -> None:
    operator.publishes(FIRST)
    version = operator.drops(json.dumps(SECOND).encode())

    states = []
    for report in (b"{", b'{"source_sha256": "other", "problems": []}'):
        operator.store.write_rejection(version, report)
        states.append((told(operator)[0]["state"], told(operator)[0]["problems"]))

    assert states == [
        ("rejected", [{"path": "", "message": f"the report on version {version} cannot be read"}]),
        ("pending", []),
    ]


def test_other_objects_beside_the_source_are_no_versions_of_it(operator: Operator) -> None:
    operator.publishes(FIRST)
    operator.aws.s3.put_object(Bucket="registry", Key=f"{SOURCE_KEY}.bak", Body=b"{}")
    operator.puts_live(dump(snapshot(entry("a"))))

    assert [each["state"] for each in told(operator)] == ["pending"]
