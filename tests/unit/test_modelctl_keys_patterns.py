"""Allow-lists held against what is live."""

import pytest

from model_catalog.snapshot import CatalogEntry, Snapshot
from modelctl.keys.patterns import admitting, unmatched_lines, why_not
from support.builders import entry, snapshot


@pytest.fixture
def model() -> CatalogEntry:
    return entry("openai/gpt-5", aliases=("gpt-latest",), groups=("frontier", "demo"))


def warnings(live: Snapshot | None, *patterns: str) -> list[str]:
    return [each.plain for each in unmatched_lines(patterns, live)]


def test_patterns_that_match_are_not_warned_of(model: CatalogEntry) -> None:
    live = snapshot(entry("other"), model)

    assert warnings(live, "openai/*", "openai/gpt-5", "gpt-latest", "@demo", "*", "other") == []


def test_patterns_that_match_nothing_are_told_with_what_may_be_meant(model: CatalogEntry) -> None:
    live = snapshot(model)

    assert warnings(live, "@fronteer", "gpt-latst", "openai/gpt5", "zzz*") == [
        "Warning: @fronteer matches no live model. Did you mean @frontier?",
        "Warning: gpt-latst matches no live model. Did you mean gpt-latest?",
        "Warning: openai/gpt5 matches no live model. Did you mean openai/gpt-5?",
        "Warning: zzz* matches no live model.",
    ]


def test_where_nothing_is_live_no_pattern_matches() -> None:
    assert warnings(None, "a", "b") == [
        "Warning: nothing is live yet, so the patterns match no model."
    ]


def test_all_patterns_that_let_a_model_in_are_named(model: CatalogEntry) -> None:
    patterns = ["openai/*", "@demo", "@other", "gpt-latest", "gpt*", "openai/gpt-5"]

    assert admitting(patterns, model) == ["@demo", "gpt-latest", "openai/*", "openai/gpt-5"]
    assert admitting([], model) == []


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("@other", "no group of the model's (@frontier, @demo)"),
        ("OpenAI/*", "differs from openai/gpt-5 in upper and lower case"),
        ("openai/GPT-5", "differs from openai/gpt-5 in upper and lower case"),
        ("gpt-*", "matches an alias, but globs are held against ids alone"),
        ("other", "does not match openai/gpt-5 or gpt-latest"),
        ("azure/*", "does not match openai/gpt-5 or gpt-latest"),
    ],
)
def test_it_is_said_why_a_pattern_does_not_let_a_model_in(
    pattern: str, reason: str, model: CatalogEntry
) -> None:
    assert admitting([pattern], model) == []
    assert why_not(pattern, model) == reason


def test_of_a_model_without_groups_and_aliases_no_more_is_said() -> None:
    plain = entry("a")

    assert why_not("@x", plain) == "no group of the model's (none)"
    assert why_not("b", plain) == "does not match a"
