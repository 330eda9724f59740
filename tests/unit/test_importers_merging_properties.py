"""Whatever the document, the source and the last import say, nobody's work is lost."""

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st

from model_catalog.registry import compile_source
from modelctl.importers import Imported, Partial, as_text, merge

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = ("a", "b", "c", "d")
EFFORTS = ("low", "high")


@st.composite
def models(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw a valid model without aliases."""
    efforts = draw(st.lists(st.sampled_from(EFFORTS), unique=True))
    optional: dict[str, SearchStrategy[Any]] = {
        "priority": st.integers(1, 2),
        "groups": st.sampled_from([["g"], ["h"]]),
        "pricing": st.dictionaries(
            st.sampled_from(["prompt", "image"]), st.sampled_from(["1", "2"]), min_size=1
        ),
        "supported_reasoning_levels": st.just(
            [{"effort": effort, "description": ""} for effort in efforts]
        ),
        "support_verbosity": st.just(True),  # noqa: FBT003
    }
    drawn: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=optional))
    if efforts and "supported_reasoning_levels" in drawn and draw(st.booleans()):
        drawn["default_reasoning_level"] = draw(st.sampled_from(efforts))
    if "support_verbosity" in drawn and draw(st.booleans()):
        drawn["default_verbosity"] = draw(st.sampled_from(["low", "high"]))
    needed = {"id": name, "display_name": name, "context_window": draw(st.integers(1, 2))}
    return {**needed, **drawn}


@st.composite
def registries(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw valid models no name of which means two of them."""
    names = draw(st.permutations(NAMES))
    count = draw(st.integers(0, len(NAMES)))
    found = [draw(models(name)) for name in names[:count]]
    for name in [*names[count:], "x", "y"]:
        owner = draw(st.none() | st.sampled_from(found)) if found else None
        if owner is not None:
            owner["aliases"] = [*owner.get("aliases", []), name]
    return found


@st.composite
def sources(draw: st.DrawFn) -> Imported:
    """Draw what a source may say; of some models only a part."""
    said = draw(registries())
    partial = [
        Partial(f"data[{number}]", {k: v for k, v in each.items() if k != "context_window"})
        for number, each in enumerate(said)
        if draw(st.integers(0, 4)) == 0
    ]
    parts = {part.fields["id"] for part in partial}
    return Imported([each for each in said if each["id"] not in parts], None, (), partial)


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Draw a document, and what was kept of the last import into it, if anything."""
    if draw(st.booleans()):
        return {"models": draw(registries())}, None
    first = merge({"models": draw(registries())}, draw(sources()), None)
    edited: list[dict[str, Any]] = copy.deepcopy(first.document["models"])  # type: ignore[arg-type]
    for number, each in enumerate(edited):
        if draw(st.booleans()):
            other = draw(models(str(each["id"])))
            edited[number] = {**other, **{k: v for k, v in each.items() if k == "aliases"}}
    return {"models": edited[draw(st.integers(0, 1)) :]}, dict(first.last)


def by_id(registry: Any) -> dict[str, dict[str, Any]]:
    """Return the models of ``registry``, prices as fields of their own."""
    return {
        each["id"]: {key: value for key, value in each.items() if key != "pricing"}
        | {f"pricing.{kind}": price for kind, price in each.get("pricing", {}).items()}
        for each in registry["models"]
    }


@given(histories(), sources())
def test_merging_again_changes_nothing(history: Any, said: Imported) -> None:
    first = merge(history[0], said, history[1])

    second = merge(first.document, said, first.last)

    assert second.unchanged
    assert as_text(second.document) == as_text(first.document)
    assert second.last == first.last
    assert [kept for kept in first.kept if kept in second.kept] == second.kept
    assert all(kept in second.kept for kept in first.kept if kept.source is not None)


@given(histories(), sources())
def test_no_model_is_lost(history: Any, said: Imported) -> None:
    merged = merge(history[0], said, history[1])

    before, after = [*by_id(history[0])], [*by_id(merged.document)]
    assert after[: len(before)] == before
    removed = {kept.model for kept in merged.kept if not kept.field}
    refused = {problem.message.split("`")[1] for problem in merged.left_out}
    assert {str(each["id"]) for each in said.models} <= {*after, *removed, *refused}


@given(histories(), sources())
def test_every_edit_stays(history: Any, said: Imported) -> None:
    edited, last = history

    merged = by_id(merge(edited, said, last).document)

    for name, mine in by_id(edited).items():
        theirs = by_id(last or {"models": []}).get(name, {})
        for field in {*mine, *theirs}:
            if mine.get(field) != theirs.get(field):
                assert merged[name].get(field) == mine.get(field)


@given(histories(), sources())
def test_what_was_valid_stays_valid(history: Any, said: Imported) -> None:
    merged = merge(history[0], said, history[1])

    text = as_text(merged.document).encode()
    snapshot = compile_source(text, published_at=NOW, source_version="").snapshot
    assert {entry.id for entry in snapshot.entries} == {*by_id(merged.document)}


@given(histories(), sources())
def test_what_was_given_is_not_changed(history: Any, said: Imported) -> None:
    before = copy.deepcopy((history, said))

    merge(history[0], said, history[1])

    assert (history, said) == before


@given(sources(), sources())
def test_a_document_nobody_edits_says_what_the_source_says(was: Imported, now: Imported) -> None:
    first = merge(None, was, None)

    merged = merge(first.document, now, first.last)

    assume(not merged.left_out)  # no name is still in use by a model that vanished
    for each in now.models:
        assert by_id(merged.document)[str(each["id"])] == by_id({"models": [each]})[str(each["id"])]
