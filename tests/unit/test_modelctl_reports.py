"""Differences, warnings and affected keys, as people read them."""

from collections.abc import Iterable

import pytest
from rich.text import Text

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json
from modelctl.differences import compare
from modelctl.reach import Affected, AffectedKey
from modelctl.reports import (
    affected_lines,
    change_text,
    difference_lines,
    first_difference_lines,
    first_warning_lines,
    shortened,
)
from support.builders import entry, snapshot


def texts(lines: Iterable[Text]) -> list[str]:
    return [each.plain for each in lines]


def test_every_difference_is_a_line() -> None:
    before = snapshot(
        entry("a", priority=3),
        entry("b", priority=2),
        entry("c", priority=1),
        codex_instructions="",
    )
    after = snapshot(
        entry("b", priority=2, pricing={"prompt": "1"}), entry("a"), entry("d", priority=9)
    )

    lines = texts(difference_lines(compare(before, after)))

    assert lines == [
        "+ d  at place 1",
        "- c  from place 3",
        "~ b",
        '    pricing.prompt: nothing -> "1"',
        "~ a",
        "    priority: 3 -> 0",
        "> a  from place 1 to 3",
        "~ the document",
        '    codex_defaults.base_instructions: nothing -> "Work with care."',
        (
            "In all: 1 added (d), 1 removed (c), 2 changed (b, a), 1 moved (a),"
            " codex_defaults.base_instructions."
        ),
    ]


@pytest.mark.parametrize("number", [20, 21])
def test_of_many_differences_the_first_are_told(number: int) -> None:
    after = snapshot(*(entry(f"m{n:02}") for n in range(number)))

    lines = texts(first_difference_lines(compare(snapshot(), after)))

    assert lines[:20] == [f"+ m{n:02}  at place {n + 1}" for n in range(20)]
    assert lines[20:-1] == ([] if number == 20 else ["  ..."])
    assert lines[-1] == f"In all: {number} added (m00, m01, m02, ...)."


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (1, None, "f: 1 -> nothing"),
        (["ü"], "\x1b", 'f: ["ü"] -> "\\u001b"'),
        ("a" * 58, "b" * 58, f'f: "{"a" * 58}" -> "{"b" * 58}"'),
        (
            "a" * 100 + "b" * 100,
            "a" * 100 + "c" * 100,
            (
                f"f: ...{'a' * 10}{'b' * 50}... (202 characters)"
                f" -> ...{'a' * 10}{'c' * 50}... (202 characters)"
            ),
        ),
        ("a" * 100, "", f'f: "{"a" * 59}... (102 characters) -> ""'),
        (
            "a" * 100,
            "a" * 100 + "b",
            f'f: ...{"a" * 59}" (102 characters) -> ...{"a" * 58}b" (103 characters)',
        ),
    ],
)
def test_long_values_are_cut_to_where_they_differ(before: Json, after: Json, told: str) -> None:
    assert change_text("f", before, after) == told


def test_a_short_text_is_not_cut() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "abc... (4 characters)"


def test_affected_keys_are_counted_by_model() -> None:
    keys = [AffectedKey("k1", "one", ["a", "b"], []), AffectedKey("k2", "two", ["a"], ["c"])]

    lines = texts(affected_lines(Affected(3, 1, ["k3", "k4"], keys)))

    assert lines == [
        "Of 3 active keys, 2 would gain models and 1 would lose some.",
        "    a: 2 keys would gain it",
        "    b: 1 key would gain it",
        "    c: 1 key would lose it",
        "Not counted: 1 key that cannot list models now.",
        "Warning: 2 keys cannot be read, and whoever uses one gets a 503: k3, k4",
    ]


def test_of_many_models_the_ones_that_most_keys_notice_are_told() -> None:
    lost = [f"m{n}" for n in range(22)]
    keys = [AffectedKey("k1", "", [], lost), AffectedKey("k2", "", [], ["m21"])]

    lines = texts(affected_lines(Affected(2, 0, [], keys)))

    assert lines[1] == "    m21: 2 keys would lose it"
    assert lines[-1] == "    ... and 2 more models"
    assert len(lines) == 22


@pytest.mark.parametrize(("number", "last"), [(10, "Warning: w9: look"), (12, "... and 2 more")])
def test_of_many_warnings_the_first_are_told(number: int, last: str) -> None:
    lines = texts(first_warning_lines([Problem(f"w{n}", "look") for n in range(number)]))

    assert lines[0] == "Warning: w0: look"
    assert len(lines) == min(number, 11)
    assert lines[-1].startswith(last)
