"""What differs between two snapshots, and who moved."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.snapshot import CatalogEntry, Json
from modelctl.differences import FieldChange, Moved, Placed, compare
from support.builders import entry, full_entry, snapshot
from support.strategies import snapshots


def ranked(**priorities: int) -> list[CatalogEntry]:
    """Return models by their names and priorities."""
    return [entry(name, priority=priority) for name, priority in priorities.items()]


def changes_between(**values: tuple[Any, Any]) -> list[tuple[str, Json, Json]]:
    """Return what is told of a model whose fields change so."""
    before = entry("a", **{name: old for name, (old, _) in values.items()})
    after = entry("a", **{name: new for name, (_, new) in values.items()})
    [change] = compare(snapshot(before), snapshot(after)).changed
    return [(each.field, each.before, each.after) for each in change.fields]


def test_equal_snapshots_have_no_difference() -> None:
    differences = compare(snapshot(full_entry("a")), snapshot(full_entry("a"), source_version="2"))

    assert not differences
    assert str(differences) == "no difference"


def test_added_and_removed_models_are_told_with_their_places() -> None:
    differences = compare(snapshot(*ranked(a=3, b=2, c=1)), snapshot(*ranked(a=3, c=1, d=0)))

    assert differences.added == [Placed("d", 3)]
    assert differences.removed == [Placed("b", 2)]
    assert not [*differences.changed, *differences.moved, *differences.document]
    assert differences


def test_fields_are_told_with_what_they_said_and_say() -> None:
    changes = changes_between(context_window=(1, 2), aliases=(("x",), ("x", "y")))

    assert changes == [("context_window", 1, 2), ("aliases", ("x",), ("x", "y"))]


def test_objects_are_compared_part_by_part() -> None:
    changes = changes_between(
        pricing=({"prompt": "1", "image": "2"}, {"prompt": "3", "request": "4"}),
        codex=({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}),
    )

    assert changes == [
        ("pricing.prompt", "1", "3"),
        ("pricing.image", "2", None),
        ("pricing.request", None, "4"),
        ("codex.a.c", 2, 3),
    ]


def test_an_object_that_appears_is_told_part_by_part() -> None:
    assert changes_between(pricing=(None, {"prompt": "1"})) == [("pricing.prompt", None, "1")]


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (1, 1.0), ([1], {"b": 1}), ({"b": None}, {}), (0, {"b": 1})]
)
def test_what_json_tells_apart_is_different(before: Json, after: Json) -> None:
    changes = changes_between(codex=({"a": before}, {"a": after}))

    assert [repr(change) for change in changes] == [repr(("codex.a", before, after))]


def test_the_order_of_keys_makes_no_difference() -> None:
    before = entry("a", codex={"a": [{"x": 1, "y": 2}], "b": 1})
    after = entry("a", codex={"b": 1, "a": [{"y": 2, "x": 1}]})

    assert not compare(snapshot(before), snapshot(after))


def test_the_documents_own_instructions_are_compared() -> None:
    one, other = snapshot(codex_instructions="Be brief."), snapshot(codex_instructions="")

    differences = compare(one, other)

    field = "codex_defaults.base_instructions"
    assert differences.document == [FieldChange(field, "Be brief.", None)]
    assert str(differences) == field


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ({"a": 3, "b": 2, "c": 1}, {"a": 0, "b": 2, "c": 1}, [Moved("a", 1, 3)]),
        ({"a": 3, "b": 2, "c": 1}, {"a": 3, "b": 2, "c": 9}, [Moved("c", 3, 1)]),
        ({"a": 3, "b": 2, "c": 1}, {"a": 30, "b": 20, "c": 10}, []),
        ({"a": 3, "b": 2, "c": 1}, {"a": 3, "b": 2, "c": 0}, []),
        # of two that swap, the one that was given another priority
        ({"a": 2, "b": 1}, {"a": 0, "b": 1}, [Moved("a", 1, 2)]),
        ({"a": 2, "b": 1}, {"a": 2, "b": 3}, [Moved("b", 2, 1)]),
        # both passed b, though c keeps its place
        ({"b": 5, "c": 4, "d": 3}, {"b": 5, "c": 6, "d": 9}, [Moved("d", 3, 1), Moved("c", 2, 2)]),
        # places shift when others come and go
        ({"a": 3, "b": 2, "c": 1}, {"x": 9, "b": 2, "c": 1}, []),
    ],
)
def test_a_model_has_moved_if_it_passed_others(
    before: dict[str, int], after: dict[str, int], moved: list[Moved]
) -> None:
    assert compare(snapshot(*ranked(**before)), snapshot(*ranked(**after))).moved == moved


def test_as_few_as_possible_have_moved() -> None:
    before = snapshot(*ranked(a=5, b=4, c=3, d=2, e=1))

    for order in permutations("abcde"):
        after = snapshot(*ranked(**{name: 10 * n for n, name in enumerate(reversed(order), 1)}))
        moved = {each.id for each in compare(before, after).moved}

        assert [name for name in order if name not in moved] == sorted({*order} - moved)
        assert len(moved) == 5 - longest_rise(order)


def longest_rise(order: tuple[str, ...]) -> int:
    """Find the longest rising subsequence the slow way."""
    subsets = (
        [name for place, name in enumerate(order) if number >> place & 1]
        for number in range(2 ** len(order))
    )
    return max(len(subset) for subset in subsets if subset == sorted(subset))


@given(snapshots(), snapshots())
def test_whatever_is_different_is_told(before: Any, after: Any) -> None:
    differences = compare(before, after)

    same = (before.entries, before.codex_instructions) == (after.entries, after.codex_instructions)
    assert same or differences
    old, new = ({each.id for each in snapshot.entries} for snapshot in (before, after))
    assert {each.id for each in differences.added} == new - old
    assert {each.id for each in differences.removed} == old - new
    moved = {each.id for each in differences.moved}
    stayed = [
        [each.id for each in one.entries if each.id in old & new - moved] for one in (before, after)
    ]
    assert stayed[0] == stayed[1]


@given(st.lists(st.sampled_from("abcdef"), unique=True, max_size=6))
def test_a_summary_names_three_at_most(names: list[str]) -> None:
    text = str(compare(snapshot(), snapshot(*map(entry, names))))

    first = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")
    assert text == (f"{len(names)} added ({first})" if names else "no difference")
