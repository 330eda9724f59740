"""A source is merged into a document without taking anything from the people who edit it."""

import json
from typing import Any

import pytest

from model_catalog.registry_source import Problem
from model_catalog.snapshot import Json
from modelctl.importers import (
    Difference,
    Imported,
    Merged,
    Partial,
    UnreadableSourceError,
    as_text,
    merge,
)


def model(name: str = "a", **fields: Any) -> dict[str, Json]:
    return {"id": name, "display_name": name.upper(), "context_window": 1, **fields}


def source(*models: Any, **others: Any) -> Imported:
    return Imported([*models], others.get("codex_defaults"), (), others.get("partial", ()))


def document(*models: Any) -> dict[str, Any]:
    return {"models": [*models]}


def updated(edited: Any, *, was: Imported, now: Imported) -> Merged:
    """Merge ``now`` into ``edited``, which was made of ``was``."""
    return merge(edited, now, merge(None, was, None).last)


def test_without_a_document_the_models_are_all_new() -> None:
    merged = merge(None, source(model("b"), model("a")), None)

    assert merged.document == document(model("b"), model("a"))
    assert merged.added == ["b", "a"]
    assert not merged.unchanged


def test_unchanged_input_gives_an_unchanged_text() -> None:
    said = source(model(aliases=["x"], pricing={"prompt": "1"}), model("b"))
    first = merge(None, said, None)

    again = merge(json.loads(as_text(first.document)), said, json.loads(as_text(first.last)))

    assert again.unchanged
    assert as_text(again.document) == as_text(first.document)
    assert (again.kept, again.vanished, again.left_out) == ([], [], [])


def test_a_field_nobody_edited_follows_the_source() -> None:
    merged = updated(
        document(model(priority=1)), was=source(model(priority=1)), now=source(model(priority=2))
    )

    assert merged.document == document(model(priority=2))
    assert merged.changed == [Difference("a", "priority", 1, 2)]
    assert not merged.unchanged


def test_a_field_someone_edited_stays() -> None:
    merged = updated(
        document(model(priority=5)), was=source(model(priority=1)), now=source(model(priority=2))
    )

    assert merged.document == document(model(priority=5))
    assert merged.kept == [Difference("a", "priority", 5, 2)]
    assert merged.unchanged


def test_a_field_someone_removed_stays_away() -> None:
    merged = updated(
        document(model()), was=source(model(priority=1)), now=source(model(priority=2))
    )

    assert merged.document == document(model())
    assert merged.kept == [Difference("a", "priority", None, 2)]


def test_a_field_someone_added_stays_even_if_the_source_says_it_later() -> None:
    merged = updated(
        document(model(priority=5)), was=source(model()), now=source(model(priority=2))
    )

    assert merged.document == document(model(priority=5))
    assert merged.kept == [Difference("a", "priority", 5, 2)]


def test_a_field_the_source_never_had_is_nobodys_business() -> None:
    edited = document(model(groups=["mine"], priority=1))

    merged = updated(edited, was=source(model(priority=1)), now=source(model(priority=1)))

    assert merged.document == edited
    assert merged.kept == []


def test_a_field_the_source_no_longer_says_goes_unless_someone_edited_it() -> None:
    was = source(model(priority=1, description="Good."))

    merged = updated(document(model(priority=1, description="Fine.")), was=was, now=source(model()))

    assert merged.document == document(model(description="Fine."))
    assert merged.changed == [Difference("a", "priority", 1, None)]
    assert merged.kept == [Difference("a", "description", "Fine.", None)]


def test_prices_and_codex_fields_follow_one_by_one() -> None:
    merged = updated(
        document(model(pricing={"prompt": "9", "image": "7", "completion": "2"})),
        was=source(model(pricing={"prompt": "1", "completion": "2"})),
        now=source(model(pricing={"prompt": "3", "completion": "4", "request": "5"})),
    )

    pricing = {"prompt": "9", "image": "7", "completion": "4", "request": "5"}
    assert merged.document == document(model(pricing=pricing))
    assert merged.kept == [Difference("a", "pricing.prompt", "9", "3")]
    assert merged.changed == [
        Difference("a", "pricing.completion", "2", "4"),
        Difference("a", "pricing.request", None, "5"),
    ]


def test_an_object_someone_wrote_is_completed() -> None:
    now = source(model(codex={"shell_type": "local", "comp_hash": "1"}))

    merged = updated(document(model(codex={"shell_type": "default"})), was=source(model()), now=now)

    assert merged.document == document(model(codex={"shell_type": "default", "comp_hash": "1"}))


def test_what_is_below_a_codex_field_is_one_value() -> None:
    def blocks(**policy: Any) -> dict[str, Json]:
        return model(codex={"truncation_policy": policy})

    edited = document(blocks(mode="tokens", limit=5))

    merged = updated(
        edited,
        was=source(blocks(mode="tokens", limit=9)),
        now=source(blocks(mode="bytes", limit=9000)),
    )

    assert merged.document == edited


def test_equal_means_equal_in_type() -> None:
    merged = updated(
        document(model(codex={"later": 1})),
        was=source(model(codex={"later": 1})),
        now=source(model(codex={"later": True})),
    )

    assert json.dumps(merged.document) == json.dumps(document(model(codex={"later": True})))


def test_without_a_former_import_all_that_the_document_says_stays() -> None:
    merged = merge(
        document(model(priority=5)), source(model(priority=2, description="Good.")), None
    )

    assert merged.document == document(model(priority=5, description="Good."))
    assert merged.changed == [Difference("a", "description", None, "Good.")]
    assert merged.kept == [Difference("a", "priority", 5, 2)]


def test_models_that_vanish_are_reported_as_long_as_they_are_in_the_document() -> None:
    first = merge(None, source(model("a"), model("b")), None)

    second = merge(first.document, source(model("b")), first.last)
    third = merge(second.document, source(model("b")), second.last)
    fourth = merge(document(model("b")), source(model("b")), third.last)

    assert [m.vanished for m in (first, second, third, fourth)] == [[], ["a"], ["a"], []]
    assert third.document == first.document


def test_a_model_that_comes_back_follows_again() -> None:
    first = merge(None, source(model(priority=1)), None)
    second = merge(first.document, source(), first.last)

    third = merge(second.document, source(model(priority=2)), second.last)

    assert third.document == document(model(priority=2))


def test_a_model_someone_removed_stays_away() -> None:
    said = source(model("a"), model("b"))
    first = merge(document(model("b")), said, merge(None, said, None).last)

    second = merge(first.document, said, first.last)

    assert first.kept == second.kept == [Difference("a", "", None, model("a"))]
    assert second.document == document(model("b"))
    assert second.added == []


def test_order_is_kept_and_what_is_new_comes_last() -> None:
    mine: Json = {"context_window": 1, "id": "b", "groups": ["x"], "display_name": "B"}
    edited: Json = {"models": [mine, model("mine")], "codex_defaults": {}, "$schema": "s"}

    merged = merge(edited, source(model("c"), model("a"), model("b", priority=1)), None)

    assert [*merged.document] == ["models", "codex_defaults", "$schema"]
    found = merged.document["models"]
    assert [each["id"] for each in found] == ["b", "mine", "c", "a"]  # type: ignore[index,union-attr,call-overload]
    assert [*found[0]] == ["context_window", "id", "groups", "display_name", "priority"]  # type: ignore[index,misc]


def test_the_documents_defaults_are_merged_likewise() -> None:
    was = source(codex_defaults={"base_instructions": "Old."})
    now = source(codex_defaults={"base_instructions": "New."})
    first = merge(None, was, None)

    followed = merge(first.document, now, first.last)
    silent = merge(followed.document, source(), followed.last)

    assert followed.document == {"codex_defaults": {"base_instructions": "New."}, "models": []}
    assert followed.changed == [Difference("", "codex_defaults.base_instructions", "Old.", "New.")]
    assert silent.unchanged
    assert silent.last == followed.last


def test_a_default_that_no_longer_fits_keeps_both_fields_as_they_are() -> None:
    def levels(*efforts: str, default: str) -> dict[str, Json]:
        supported = [{"effort": effort, "description": ""} for effort in efforts]
        return model(supported_reasoning_levels=supported, default_reasoning_level=default)

    was = merge(None, source(levels("low", "high", default="low")), None)
    edited = document(levels("low", "high", default="high"))

    stuck = merge(edited, source(levels("low", default="low")), was.last)
    freed = merge(stuck.document, source(levels("max", "high", default="max")), stuck.last)

    assert stuck.unchanged
    assert stuck.document == edited
    assert [kept.field for kept in stuck.kept] == [
        "supported_reasoning_levels",
        "default_reasoning_level",
    ]
    assert freed.document == document(levels("max", "high", default="high"))


def test_a_field_that_another_needs_does_not_go() -> None:
    was = source(model(priority=1, support_verbosity=True))
    edited = document(model(support_verbosity=True, default_verbosity="low", priority=1))

    merged = updated(edited, was=was, now=source(model(priority=2)))

    expected = document(model(support_verbosity=True, default_verbosity="low", priority=2))
    assert merged.document == expected
    assert as_text(merged.document) == as_text(expected)


@pytest.mark.parametrize("last", [None, document(model("other"))])
def test_parts_of_models_the_document_does_not_have_are_reported(last: Json) -> None:
    merged = merge(document(), source(partial=[Partial("data[3]", {"id": "gpt"})]), last)

    assert merged.document == document()
    assert merged.last == document()
    assert merged.left_out == [
        Problem(
            "data[3]",
            "`gpt` is left out: it has no context window, and the document does not have it",
        )
    ]


def test_parts_complete_models_the_document_has() -> None:
    part = Partial("x", {"id": "a", "priority": 3})

    merged = merge(document(model()), source(partial=[part]), None)

    assert merged.document == document(model(priority=3))
    assert (merged.left_out, merged.vanished) == ([], [])


def test_what_every_model_needs_does_not_go() -> None:
    was = source(model(priority=1))
    now = source(partial=[Partial("x", {"id": "a"})])

    merged = updated(document(model(priority=1)), was=was, now=now)
    again = merge(merged.document, source(model(context_window=2)), merged.last)

    assert merged.document == document(model())
    assert again.document == document(model(context_window=2))


def test_an_alias_the_document_uses_for_another_model_is_left_out() -> None:
    edited = document(model("mine", aliases=["x"]), model("y"))

    merged = merge(edited, source(model("a", aliases=["x", "z"]), model("b", aliases=["y"])), None)

    assert merged.document == document(*edited["models"], model("a", aliases=["z"]), model("b"))
    assert merged.left_out == [
        Problem("", "`x` is left out: in the document it is a name of `mine`"),
        Problem("", "`y` is left out: in the document it is a name of `y`"),
    ]


def test_an_alias_that_becomes_free_is_given_at_last() -> None:
    said = source(model("a", aliases=["x"]))
    first = merge(document(model("mine", aliases=["x"])), said, None)
    freed = document(model("mine"), model("a"))

    assert merge(freed, said, first.last).document == document(
        model("mine"), model("a", aliases=["x"])
    )


def test_a_model_whose_id_the_document_uses_as_an_alias_is_left_out() -> None:
    edited = document(model("mine", aliases=["a"]))

    merged = merge(edited, source(model("a"), model("b")), None)

    assert merged.document == document(*edited["models"], model("b"))
    assert merged.last == document(model("b"))
    assert merged.left_out == [
        Problem("", "`a` is left out: in the document it is a name of `mine`")
    ]


@pytest.mark.parametrize("new_first", [True, False])
def test_an_alias_of_the_source_can_move_to_another_model(*, new_first: bool) -> None:
    was = source(model("a", aliases=["x"]), model("b"))
    now = [model("b", aliases=["x"]), model("x-2", aliases=[]), model("a")]

    merged = updated(
        document(*was.models), was=was, now=source(*(now if new_first else reversed(now)))
    )

    assert merged.left_out == []
    assert merged.document["models"][:2] == [model("a"), model("b", aliases=["x"])]  # type: ignore[index]


def test_an_alias_can_become_a_model() -> None:
    was = source(model("a", aliases=["x"]))

    merged = updated(document(*was.models), was=was, now=source(model("x"), model("a")))

    assert merged.document == document(model("a"), model("x"))


@pytest.mark.parametrize("aliases", [None, "x", [1]])
def test_a_document_with_mistakes_is_merged_all_the_same(aliases: Json) -> None:
    mistaken = model(aliases=aliases, prioritee=1)

    merged = merge(document(mistaken), source(model(priority=2), model("b", aliases=["x"])), None)

    assert merged.document == document({**mistaken, "priority": 2}, model("b", aliases=["x"]))


@pytest.mark.parametrize(
    "other",
    [
        [],
        {},
        {"models": {}},
        {"models": ["a"]},
        {"models": [{"id": 1}]},
        {"models": [{}]},
        {"models": [{"id": "a"}, {"id": "a"}]},
    ],
)
def test_what_is_no_registry_is_refused(other: Json) -> None:
    with pytest.raises(UnreadableSourceError, match="The document is no registry"):
        merge(other, source(), None)
    with pytest.raises(UnreadableSourceError, match="What was kept of the last import is no"):
        merge(None, source(), other)
