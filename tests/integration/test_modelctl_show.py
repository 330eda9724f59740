"""``registry show``: what is live, or the newest source."""

import json

from model_catalog.snapshot import dump
from support.builders import entry, full_entry, snapshot
from support.documents import authored, document
from support.operator import Operator


def test_what_is_live_is_listed_in_its_order(operator: Operator) -> None:
    live = snapshot(
        entry("a", context_window=1_000_000, priority=9),
        entry("b", visibility="hide", max_output_tokens=2_000),
        entry("c", supported_in_api=False),
    )
    operator.puts_live(dump(live))

    printed, for_scripts = operator.types("show"), operator.types("show", "--json")

    assert (printed.code, printed.err) == (0, "")
    assert [each.split() for each in printed.lines] == [
        ["Model", "Context", "Output", "Priority", "Seen"],
        ["1", "a", "1,000,000", "9", "in", "lists"],
        ["2", "b", "1,000", "2,000", "0", "by", "name"],
        ["3", "c", "1,000", "0", "nowhere"],
        ["Live:", "3", "models,", "version", "v1,", "2026-11-22T10:00:00Z."],
    ]
    assert for_scripts.json == json.loads(dump(live))


def test_one_model_is_shown_with_all_its_fields(operator: Operator) -> None:
    model = full_entry("a", description="x" * 300, pricing={"prompt": "1"}, default_verbosity=None)
    operator.puts_live(dump(snapshot(model)))

    by_alias = operator.types("show", "a-latest")
    for_scripts = operator.types("show", "a", "--json")

    told = dict(each.split(maxsplit=1) for each in by_alias.lines)
    assert told["id"] == '"a"'
    assert told["description"] == f'"{"x" * 199}... (302 characters)'
    assert told["default_verbosity"] == "null"
    assert told["pricing.prompt"] == '"1"'
    assert told["codex.upgrade.new"] == "[1, null]"
    assert for_scripts.json["description"] == "x" * 300
    assert for_scripts.json["codex"]["upgrade"] == {"model": "b", "new": [1, None]}


def test_what_is_not_there_cannot_be_shown(operator: Operator) -> None:
    nothing = [operator.types("show"), operator.types("show", "--source")]
    operator.publishes(document(authored("a")))
    no_model = [operator.types("show", "x"), operator.types("show", "--source", "x")]

    assert [each.code for each in nothing + no_model] == [1] * 4
    assert [each.err for each in nothing + no_model] == [
        "Error: Nothing is live. Publish with: modelctl registry publish\n",
        "Error: There is no source. Write one with: modelctl registry publish\n",
        "Error: No model x is live. See: modelctl registry show\n",
        "Error: The newest source has no model x.\n",
    ]


def test_the_newest_source_is_printed_byte_for_byte(operator: Operator) -> None:
    content = b'\xef\xbb\xbf{ "models":\r\n []} \xff'
    version = operator.drops(content)

    path = operator.folder / "copy"
    path.write_bytes(content)
    printed = operator.types("show", "--source")

    assert printed.code == 0
    assert printed.out.encode() == content.decode(errors="replace").replace("\r\n", "\n").encode()
    assert printed.err.startswith(f"Somebody who left no name published version {version} at 20")


def test_scripts_are_told_where_the_source_came_from(operator: Operator) -> None:
    operator.publishes(document(authored("ü" * 0 + "a")))

    told = operator.types("show", "--source", "--json").json

    assert told["version"] == operator.versions[0]
    assert told["metadata"]["sha256"] == told["sha256"]
    assert told["document"] == document(authored("a"))
    assert told["written_at"].endswith("Z")


def test_one_model_is_shown_as_it_was_written(operator: Operator) -> None:
    model = authored("a", aliases=["x"], description="日本")
    operator.publishes(document(authored("b"), model))

    by_alias = operator.types("show", "--source", "x")
    for_scripts = operator.types("show", "a", "--source", "--json")

    assert by_alias.out == json.dumps(model, ensure_ascii=False, indent=2) + "\n"
    assert for_scripts.json == model


def test_a_source_that_cannot_be_read_is_shown_as_a_whole_only(operator: Operator) -> None:
    operator.drops(b'{"models": [')

    whole = operator.types("show", "--source")
    model = operator.types("show", "--source", "a")

    assert (whole.code, whole.out) == (0, '{"models": [')
    assert model.code == 1
    assert model.err.splitlines()[1] == (
        "  The file is not JSON: line 1, column 13: Expecting value."
    )


def test_a_source_that_is_no_registry_has_no_models(operator: Operator) -> None:
    for content in (b"[]", b'{"models": {}}', b'{"models": [1, {"id": 2, "aliases": "a"}]}'):
        operator.drops(content)

        assert operator.types("show", "--source", "a").code == 1
