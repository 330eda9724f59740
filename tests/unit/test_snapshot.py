"""What the publisher writes is what every request reads, or it is not read at all."""

import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.snapshot import (
    EMPTY,
    LARGEST_SOURCE,
    CatalogEntry,
    Snapshot,
    UnreadableSnapshotError,
    dump,
    in_order,
    load,
)
from support.builders import entry, full_entry, snapshot
from support.strategies import described, entries, snapshots

NULLABLE = {
    "input_context_window",
    "max_output_tokens",
    "default_reasoning_level",
    "default_verbosity",
    "minimal_client_version",
    "additional_speed_tiers",
    "service_tiers",
    "default_service_tier",
    "supported_parameters",
    "pricing",
    "shutdown_date",
}
ONE_OF_EACH_TYPE = (None, True, 7, 1.5, "text", [1], {"key": 1})


def written() -> Any:
    """Return the live object of one model of which everything is known, as JSON."""
    return json.loads(dump(snapshot(full_entry("a"))))


def reloaded(document: Any) -> Snapshot:
    return load(json.dumps(document).encode())


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every part of the object; inside ``codex`` anything may stand."""
    yield path
    if isinstance(value, dict | list) and path[-1:] != ("codex",):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(item, (*path, key))


def replaced(value: Any, path: tuple[str | int, ...], part: Any) -> Any:
    if not path:
        return part
    changed = value.copy()
    changed[path[0]] = replaced(value[path[0]], path[1:], part)
    return changed


@given(snapshots(described(entries()), at_most=3))
def test_what_is_dumped_is_loaded_again(published: Snapshot) -> None:
    assert load(dump(published)) == published


@given(snapshots(described(entries()), at_most=3))
def test_equal_snapshots_are_equal_bytes(published: Snapshot) -> None:
    assert dump(load(dump(published))) == dump(published)


def test_format_1_is_what_other_releases_know_it_to_be() -> None:
    document = json.loads(dump(snapshot(full_entry("a"))))

    assert [*document] == [
        *("format", "source_sha256", "source_version", "published_at"),
        *("codex_instructions", "models"),
    ]
    assert document["format"] == 1
    assert document["published_at"] == "2026-11-22T10:00:00+00:00"
    assert document["models"][0]["service_tiers"] == [
        {"id": "flex", "name": "Flex", "description": "Cheaper"}
    ]
    assert document["models"][0]["codex"] == {
        "base_instructions": "Be brief.",
        "upgrade": {"model": "b", "new": [1, None]},
    }


def test_what_is_written_is_as_short_as_json_can_be() -> None:
    assert dump(EMPTY) == (
        b'{"format":1,"source_sha256":"","source_version":"",'
        b'"published_at":"1970-01-01T00:00:00+00:00","codex_instructions":"","models":[]}'
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump(snapshot(entry("a", codex={"temperature": number})))


@pytest.mark.parametrize("value", ["\ud800", float("nan"), float("inf")])
def test_what_could_not_be_sent_on_as_json_in_utf8_is_unreadable(value: object) -> None:
    document = written()
    document["models"][0]["codex"]["later"] = value

    with pytest.raises(UnreadableSnapshotError):
        reloaded(document)


def test_a_reasoning_level_without_its_effort_is_unreadable() -> None:
    document = written()
    document["models"][0]["supported_reasoning_levels"] = [{"description": "Quick"}]

    with pytest.raises(UnreadableSnapshotError, match="effort"):
        reloaded(document)


def test_a_moment_is_read_as_one_of_utc() -> None:
    published = reloaded(written() | {"published_at": "2026-11-22T11:00:00+01:00"})

    assert published.published_at.isoformat() == "2026-11-22T10:00:00+00:00"
    assert published.published_at.tzinfo is UTC


def test_documents_are_read_up_to_20_mebibytes() -> None:
    assert LARGEST_SOURCE == 20_971_520


def test_snapshots_are_read_up_to_20_mebibytes() -> None:
    content = dump(EMPTY).ljust(20_971_520)

    assert load(content) == EMPTY
    with pytest.raises(UnreadableSnapshotError, match="larger than 20,971,520 bytes"):
        load(content + b" ")


@given(snapshots(at_most=2), st.data())
def test_a_truncated_snapshot_is_unreadable(published: Snapshot, data: st.DataObject) -> None:
    content = dump(published)
    end = data.draw(st.integers(0, len(content) - 1))

    with pytest.raises(UnreadableSnapshotError):
        load(content[:end])


@pytest.mark.parametrize("path", [*paths(written())], ids=lambda path: ".".join(map(str, path)))
def test_a_value_of_another_type_is_unreadable(path: tuple[str | int, ...]) -> None:
    right = reduce(lambda part, step: part[step], path, written())
    nullable = path[-1:] and path[-1] in NULLABLE

    for wrong in ONE_OF_EACH_TYPE:
        if type(wrong) is not type(right) and not (wrong is None and nullable):
            with pytest.raises(UnreadableSnapshotError):
                reloaded(replaced(written(), path, wrong))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "not a snapshot: True is not int"),
        ("9" * 100, f"not a snapshot: '{'9' * 79} is not int"),
    ],
)
def test_a_value_of_another_type_is_named_in_80_characters(value: object, message: str) -> None:
    with pytest.raises(UnreadableSnapshotError) as raised:
        reloaded(written() | {"format": value})

    assert str(raised.value) == message


@pytest.mark.parametrize("field", sorted(NULLABLE))
def test_what_is_not_known_is_null(field: str) -> None:
    document = written()
    document["models"][0][field] = None

    assert getattr(reloaded(document).entries[0], field) is None


@pytest.mark.parametrize("key", written())
def test_a_snapshot_that_lacks_a_part_is_unreadable(key: str) -> None:
    document = written()
    del document[key]

    with pytest.raises(UnreadableSnapshotError):
        reloaded(document)


@pytest.mark.parametrize("field", [field.name for field in fields(CatalogEntry)])
def test_a_model_that_lacks_a_field_is_unreadable(field: str) -> None:
    document = written()
    del document["models"][0][field]

    with pytest.raises(UnreadableSnapshotError, match=field):
        reloaded(document)


def test_a_model_with_a_field_of_a_later_format_is_unreadable() -> None:
    document = written()
    document["models"][0]["knowledge_cutoff"] = "2026-06"

    with pytest.raises(UnreadableSnapshotError, match="knowledge_cutoff"):
        reloaded(document)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_an_unknown_format_is_unreadable_and_named(number: int) -> None:
    with pytest.raises(UnreadableSnapshotError, match=f"format {number} is unknown"):
        reloaded(written() | {"format": number})


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-02-30", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_never_was_is_unreadable(moment: str) -> None:
    with pytest.raises(UnreadableSnapshotError):
        reloaded(written() | {"published_at": moment})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<Error><Code>AccessDenied</Code></Error>",
        b"[" * 100_000,
        b"9" * 5_000,
        dump(EMPTY) + b"}",
        dump(EMPTY).decode().encode("utf-16"),
        dump(EMPTY).replace(b'"source_version":""', b'"source_version":"\xff"'),
        dump(EMPTY).replace(b'"source_version":""', b'"source_version":"\xed\xa0\x80"'),
    ],
    ids=["empty", "XML", "deep", "digits", "tail", "UTF-16", "byte", "half a character"],
)
def test_what_is_not_json_in_utf8_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableSnapshotError):
        load(content)


@given(st.binary())
def test_nothing_but_a_snapshot_is_read_as_one(content: bytes) -> None:
    with pytest.raises(UnreadableSnapshotError):
        load(content)


def test_higher_priorities_come_first_and_equal_ones_by_id() -> None:
    models = [entry("b", priority=1), entry("c", priority=-5), entry("a"), entry("Z"), entry("d")]

    assert [model.id for model in in_order(models)] == ["b", "Z", "a", "d", "c"]


@given(st.lists(entries(), unique_by=lambda model: model.id).flatmap(st.permutations))
def test_the_order_does_not_depend_on_the_authors(models: list[CatalogEntry]) -> None:
    assert in_order(models) == in_order(models[::-1])


def test_models_keep_their_order_in_the_live_object() -> None:
    published = snapshot(entry("a"), entry("b", priority=9), entry("c", priority=3))

    assert [model.id for model in load(dump(published)).entries] == ["b", "c", "a"]


def test_created_is_the_second_of_the_publication() -> None:
    moment = datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=UTC)

    assert snapshot(published_at=moment).created == 1795348800


def test_a_model_is_found_by_its_id_and_by_each_alias() -> None:
    model = entry("openai/x", aliases=("x", "x-latest"))
    published = snapshot(model, entry("y"))

    assert [published.find(name) for name in ("openai/x", "x", "x-latest")] == [model] * 3


@pytest.mark.parametrize("name", ["", "X", "x ", "open", "x*"])
def test_a_model_is_found_by_no_other_name(name: str) -> None:
    assert snapshot(entry("openai/x", aliases=("x",))).find(name) is None


def test_an_id_wins_over_another_models_alias() -> None:
    published = snapshot(entry("a", priority=1), entry("b", aliases=("a",)))

    assert published.find("a") == published.entries[0]


@pytest.mark.parametrize("value", [entry("a"), EMPTY], ids=lambda value: type(value).__name__)
def test_what_was_read_neither_changes_nor_grows(value: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)

    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("kind", [CatalogEntry, Snapshot])
def test_parts_are_given_by_name(kind: Any) -> None:
    assert all(field.kw_only for field in fields(kind) if field.init)


def test_how_a_snapshot_finds_models_is_no_part_of_what_it_is() -> None:
    published = snapshot(entry("openai/x", aliases=("x",)))

    assert "_named" not in repr(published)
    assert hash(EMPTY) == hash(load(dump(EMPTY)))


@pytest.mark.parametrize(
    ("supported", "visibility", "listed"),
    [(True, "list", True), (True, "hide", False), (False, "list", False), (False, "hide", False)],
)
def test_only_visible_supported_models_are_listed(
    *, supported: bool, visibility: str, listed: bool
) -> None:
    assert entry("a", supported_in_api=supported, visibility=visibility).listed is listed
