"""One model three ways: as the document has it, as the source has it, as the source had it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_catalog.snapshot import Json
from modelctl.importers.drafts import invalid_fields

type Fields = Mapping[str, Json]

_OBJECTS = ("pricing", "codex", "codex_defaults")  # their keys are fields of their own
_NEEDED = ("display_name", "context_window")  # by every model: they never go
_TOGETHER = (  # each is valid only beside the other
    {"supported_reasoning_levels", "default_reasoning_level"},
    {"support_verbosity", "default_verbosity"},
    {"service_tiers", "default_service_tier"},
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the document and the source say of one field.

    Attributes:
        model: its id; "" for what holds for all.
        field: ``priority``, ``pricing.prompt``; "" for the model as a whole.
        document: what the document said; None if it said nothing.
        source: what the source says; None if it says nothing.
    """

    model: str
    field: str
    document: Json
    source: Json


@dataclass(frozen=True, slots=True)
class Followed:
    """What has followed its source.

    Attributes:
        fields: what it says now.
        last: what is to be known of the source the next time.
        changed: the fields that followed.
        kept: the fields that say something else than the source.
    """

    fields: dict[str, Json]
    last: dict[str, Json]
    changed: Sequence[Difference]
    kept: Sequence[Difference]


def follow(model: str, mine: Fields, theirs: Fields, last: Fields) -> Followed:
    """Return ``mine``, in which fields that are as ``last`` had them say what ``theirs`` says.

    Each side is consistent in itself. Where half of one and half of the other would not be, as a
    default level beside levels without it, those fields stay, and so does what ``last`` says.
    """
    if not theirs:
        return Followed(dict(mine), dict(last), (), ())
    said = {**{name: last[name] for name in _NEEDED if name in last}, **theirs}
    fields = _followed(mine, said, last)
    stuck = _contradicting(fields) if fields != mine else frozenset()
    fields = _exchanged(fields, mine, stuck)
    return Followed(
        fields,
        _exchanged(said, last, stuck),
        changed=[*_differences(model, mine, fields, also=mine)],
        kept=[*_differences(model, fields, said, also=last)],
    )


def _differences(
    model: str, document: Fields, source: Fields, *, also: Fields, within: str = ""
) -> Iterator[Difference]:
    """Compare the fields that ``source`` or ``also`` has."""
    for key in {**source, **also}:
        ours, theirs = document.get(key), source.get(key)
        if key in _OBJECTS and isinstance(ours, dict) and isinstance(theirs, dict):
            inner = _object(also.get(key))
            yield from _differences(model, ours, theirs, also=inner, within=f"{key}.")
        elif not _same(ours, theirs):
            yield Difference(model, f"{within}{key}", ours, theirs)


def _followed(mine: Fields, theirs: Fields, last: Fields) -> dict[str, Json]:
    merged = dict(mine)
    for key in {**theirs, **last}:
        ours, new, old = mine.get(key), theirs.get(key), last.get(key)
        if key in _OBJECTS and isinstance(ours, dict) and isinstance(new, dict):
            merged[key] = _followed(ours, new, _object(old))
        elif not _same(ours, old):
            continue  # edited by hand, or removed
        elif new is not None:
            merged[key] = new
        else:
            merged.pop(key, None)
    return merged


def _contradicting(fields: Fields) -> frozenset[str]:
    wrong = invalid_fields(fields)
    return frozenset(name for names in _TOGETHER if wrong & names for name in names)


def _exchanged(fields: Fields, others: Fields, names: Collection[str]) -> dict[str, Json]:
    """Return ``fields`` with ``names`` as ``others`` has them, in the order of ``others``."""
    chosen = {name: (others if name in names else fields) for name in {**others, **fields}}
    return {name: source[name] for name, source in chosen.items() if name in source}


def _object(value: Json) -> Fields:
    return value if isinstance(value, dict) else {}


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and one == other  # exactly: true is not 1
