"""``registry publish``: a document becomes live, or the operator is told why not."""

import json
import socket
from hashlib import sha256

import pytest

from model_catalog.registry_store import SOURCE_KEY
from model_catalog.snapshot import dump
from support.builders import entry, snapshot
from support.documents import authored, document
from support.operator import Operator

ONE, TWO = document(authored("a")), document(authored("a"), authored("b"))
ARN = "arn:aws:sts::123456789012:user/moto"


def ids(operator: Operator) -> list[str]:
    """Return the live models."""
    assert operator.live
    return [each.id for each in operator.live.entries]


def metadata(operator: Operator) -> dict[str, str]:
    """Return what is written beside the newest source."""
    source = operator.store.read_source()
    assert source
    return dict(source.metadata)


def test_a_document_becomes_live_through_the_publisher(operator: Operator) -> None:
    printed = operator.publishes(TWO)

    [version] = operator.versions
    assert printed.code == 0
    assert ids(operator) == ["a", "b"]
    assert printed.err == f"Written as version {version}. The publisher takes it from here.\n"
    assert printed.lines == [
        f"Live: 2 models, version {version}, 2026-11-22T12:00:01Z.",
        "+ a  at place 1",
        "+ b  at place 2",
        "~ the document",
        '    codex_defaults.base_instructions: nothing -> "Work with care."',
        "In all: 2 added (a, b), codex_defaults.base_instructions.",
        "Functions serve it once their copies are older than RegistryMaxAge.",
    ]


def test_the_source_says_who_published_it_when_and_from_where(operator: Operator) -> None:
    operator.publishes(ONE)

    source = operator.store.read_source()
    assert source
    assert source.content == json.dumps(ONE).encode()
    assert source.metadata == {
        "published-by": ARN,
        "published-from": socket.gethostname(),
        "published-at": "2026-11-22T12:00:00.000+00:00",
        "sha256": source.sha256,
    }


def test_scripts_are_told_what_became_live(operator: Operator) -> None:
    operator.publishes(ONE)

    printed = operator.publishes({"models": [authored("a"), authored("b")]}, "--json")

    live = operator.live
    assert live
    assert printed.json == {
        "outcome": "published",
        "version": operator.versions[0],
        "live": {
            "source_version": operator.versions[0],
            "source_sha256": live.source_sha256,
            "published_at": "2026-11-22T12:00:02Z",
            "models": 2,
        },
        "changes": {
            "added": [{"id": "b", "place": 2}],
            "removed": [],
            "changed": [],
            "moved": [],
            "document": [
                {
                    "field": "codex_defaults.base_instructions",
                    "before": "Work with care.",
                    "after": None,
                }
            ],
        },
        "warnings": [
            {"path": f"models[{n}]", "message": printed.json["warnings"][n]["message"]}
            for n in (0, 1)
        ],
    }
    assert printed.err.startswith("Warning: models[0]: `a` is left out of Codex's catalog")


def test_publishing_the_same_again_does_nothing_and_says_so(operator: Operator) -> None:
    operator.publishes(ONE)

    again, for_scripts = operator.publishes(ONE), operator.publishes(ONE, "--json")

    [version] = operator.versions
    assert (again.code, again.err) == (0, "")
    assert again.out == (
        f"This very document is live already (1 model, version {version},"
        " 2026-11-22T12:00:01Z): nothing to do.\n"
    )
    assert for_scripts.json["outcome"] == "unchanged"
    assert for_scripts.json["version"] is None
    assert for_scripts.json["live"]["source_version"] == version


def test_the_live_document_replaces_a_newer_one_that_was_rejected(operator: Operator) -> None:
    operator.publishes(ONE)
    operator.drops(b"broken")

    printed = operator.publishes(ONE)

    assert printed.code == 0
    assert len(operator.versions) == 3
    assert printed.lines[0].startswith("Live: 1 model")
    assert printed.lines[1] == "In all: no difference."


def test_a_document_with_problems_is_not_written(operator: Operator) -> None:
    printed = operator.publishes({"models": [{"id": "a", "display_name": "A"}]})

    assert (printed.code, printed.out) == (1, "")
    assert printed.err.splitlines() == [
        "Error: The document cannot be published: 1 problem.",
        "  models[0].context_window: is required",
    ]
    assert operator.versions == []


def test_scripts_are_told_the_problems_as_well(operator: Operator) -> None:
    printed = operator.publishes({"models": [{"id": "a", "display_name": "A"}]}, "--json")

    assert printed.code == 1
    assert printed.json == {
        "error": {
            "message": "The document cannot be published: 1 problem.",
            "problems": [{"path": "models[0].context_window", "message": "is required"}],
        }
    }


def test_dropping_most_models_has_to_be_meant(operator: Operator) -> None:
    operator.publishes(document(*map(authored, "abc")))

    refused = operator.publishes(ONE)
    meant = operator.publishes(ONE, "--allow-removals")

    assert refused.code == 1
    assert refused.err.splitlines() == [
        "Error: This looks like a mistake; if it is meant, say --allow-removals.",
        "  models: drops 2 of the 3 live models; if you mean it, allow removals",
    ]
    assert meant.code == 0
    assert len(operator.versions) == 2
    assert ids(operator) == ["a"]
    assert metadata(operator)["allow-removals"] == "true"


def test_publishing_no_model_has_to_be_meant(operator: Operator) -> None:
    assert operator.publishes(document()).code == 1
    assert operator.publishes(document(), "--allow-removals").code == 0
    assert ids(operator) == []


def test_of_two_operators_the_second_is_told_who_was_first(operator: Operator) -> None:
    operator.publishes(ONE)
    operator.rival = lambda: operator.drops(
        json.dumps(TWO).encode(), **{"published-by": "arn:aws:iam::1:user/jo"}
    )

    printed = operator.publishes(document(authored("c"), authored("a")))

    newest, _ = operator.versions
    assert (printed.code, printed.out) == (1, "")
    assert printed.err.startswith(f"Error: arn:aws:iam::1:user/jo published version {newest} at 20")
    assert "nothing was written" in printed.err
    assert printed.err.count("\n") == 1


def test_a_source_deleted_in_the_meantime_is_told_as_well(operator: Operator) -> None:
    operator.publishes(ONE)
    operator.rival = lambda: operator.aws.s3.delete_object(Bucket="registry", Key=SOURCE_KEY)

    printed = operator.publishes(TWO)

    assert printed.code == 1
    assert printed.err.startswith("Error: Somebody deleted the source, while this was under way")


def test_a_write_whose_answer_was_lost_counts_as_ones_own(operator: Operator) -> None:
    content = json.dumps(ONE).encode()
    operator.rival = lambda: operator.drops(
        content,
        **{
            "published-by": ARN,
            "published-from": socket.gethostname(),
            "published-at": "2026-11-22T12:00:00.000+00:00",
            "sha256": sha256(content).hexdigest(),
        },
    )

    printed = operator.publishes(ONE)

    assert printed.code == 0
    assert len(operator.versions) == 1
    assert ids(operator) == ["a"]


def test_the_publishers_rejection_is_told_with_its_problems(operator: Operator) -> None:
    crowd = snapshot(*(entry(f"m{n}") for n in range(5)))
    operator.rival = lambda: operator.puts_live(dump(crowd))

    printed = operator.publishes(ONE, "--json")

    [version] = operator.versions
    assert printed.code == 1
    assert printed.json == {
        "error": {
            "message": f"The publisher rejected version {version}; what is live stays.",
            "problems": [
                {
                    "path": "models",
                    "message": "drops 5 of the 5 live models; if you mean it, allow removals",
                }
            ],
        }
    }
    assert operator.live == crowd


def test_a_publisher_that_does_not_decide_is_not_waited_for_forever(operator: Operator) -> None:
    operator.meanwhile = lambda: None

    printed = operator.publishes(ONE, "--timeout", "3")

    [version] = operator.versions
    assert (printed.code, printed.out) == (3, "")
    assert operator.waits == [1, 1, 1]
    assert printed.err.splitlines()[-1] == (
        f"Error: Version {version} is written, but not live yet. Look at the publisher's log and"
        " its dead-letter queue; it also runs every 15 minutes."
        " What became of it: modelctl registry history"
    )


def test_someone_who_publishes_after_is_told(operator: Operator) -> None:
    def somebody_publishes() -> None:
        operator.drops(json.dumps(TWO).encode())
        operator.publisher.publish()

    operator.meanwhile = somebody_publishes

    printed = operator.publishes(ONE)

    newest, own = operator.versions
    assert printed.code == 1
    last = printed.err.splitlines()[-1]
    assert last.startswith(f"Error: Somebody who left no name published version {newest} at 20")
    assert f"after version {own} was written and before it was seen live" in last


@pytest.mark.parametrize("happens", ["broken", "deleted"])
def test_a_later_source_that_never_becomes_live_is_told_in_the_end(
    happens: str, operator: Operator
) -> None:
    def meanwhile() -> None:
        if happens == "broken":
            operator.drops(b"{", **{"published-by": "jo"})
        else:
            operator.aws.s3.delete_object(Bucket="registry", Key=SOURCE_KEY)
        operator.publisher.publish()

    operator.meanwhile = meanwhile

    printed = operator.publishes(ONE, "--timeout=1")

    assert printed.code == 1
    expected = "jo published version" if happens == "broken" else "Somebody deleted the source"
    assert printed.err.splitlines()[-1].startswith(f"Error: {expected}")


def test_what_becomes_live_before_it_is_waited_out(operator: Operator) -> None:
    def meanwhile() -> None:
        if len(operator.waits) == 1:
            operator.puts_live(dump(snapshot(entry("earlier"))))
        else:
            operator.publisher.publish()

    operator.meanwhile = meanwhile

    printed = operator.publishes(document(authored("earlier")))

    assert printed.code == 0
    assert operator.waits == [1, 1]


def test_whoever_interrupts_the_wait_is_told_where_things_stand(operator: Operator) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    operator.meanwhile = interrupt

    printed = operator.publishes(ONE)

    [version] = operator.versions
    assert (printed.code, printed.out) == (130, "")
    assert printed.err.splitlines()[-1] == (
        f"Interrupted. Version {version} is written, and becomes live if nothing is wrong with it:"
        " modelctl registry history"
    )


def test_when_aws_fails_during_the_wait_it_is_told_that_the_source_is_written(
    operator: Operator,
) -> None:
    def the_bucket_goes() -> None:
        for version in operator.versions:
            operator.aws.s3.delete_object(Bucket="registry", Key=SOURCE_KEY, VersionId=version)
        operator.aws.s3.delete_bucket(Bucket="registry")

    operator.meanwhile = the_bucket_goes

    printed = operator.publishes(ONE)

    assert printed.code == 3
    last = printed.err.splitlines()[-1]
    assert last.startswith("Error: There is no bucket registry.")
    assert "is written, and becomes live if nothing is wrong with it" in last


def test_a_snapshot_nobody_can_read_is_warned_of_and_replaced(operator: Operator) -> None:
    operator.puts_live(b"damaged")

    printed = operator.publishes(ONE)

    assert printed.code == 0
    assert printed.err.startswith("Warning: what is live cannot be read")
    assert ids(operator) == ["a"]


def test_a_name_that_no_header_can_hold_is_escaped(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("LOGNAME", "jürgen")

    printed = operator.publishes(ONE)

    assert printed.code == 0
    assert metadata(operator)["published-by"] == f"j\\xfcrgen@{socket.gethostname()}"


def test_an_operator_without_a_name_can_publish_too(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise OSError("no such user")

    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "not a URL")
    monkeypatch.setattr("getpass.getuser", nobody)

    assert operator.publishes(ONE).code == 0
    assert metadata(operator)["published-by"] == f"unknown@{socket.gethostname()}"
