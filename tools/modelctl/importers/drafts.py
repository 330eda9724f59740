"""One model on its way from a source's entry to the registry."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from pydantic import ValidationError

from model_catalog.registry_document import Modality, RegisteredModel
from model_catalog.snapshot import Json
from modelctl.importers.prices import plain_price
from modelctl.importers.sources import Report

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MODALITIES = get_args(Modality)
_DEFAULTS = {name: field.default for name, field in RegisteredModel.model_fields.items()}
# What a valid model needs, while it is open whether the source says it.
_STAND_INS: Mapping[str, Json] = {"id": "-", "display_name": "-", "context_window": 1}
_NOTHING: tuple[Json, ...] = (None, "", [], {})
_WIDEST_VALUE = 60  # characters, in a report


class Draft:
    """What is known of a model so far, and which places of the source's entry told it.

    A place is a key of the entry, or of an object in it: ``pricing.prompt``. Fields are the
    registry's, in the same notation.
    """

    def __init__(self, entry: Mapping[str, Json], path: str, report: Report) -> None:
        self.path = path
        self._entry = entry
        self._report = report
        self._read: set[str] = set()
        self._fields: dict[str, Json] = {}
        self._places: dict[str, str] = {}
        self._refused = False

    def read(self, *places: str) -> Json:
        """Return what the first of ``places`` that says something says; None if none does."""
        self._read.update(places)
        return next((value for _, value in self._said(places)), None)

    def put(self, field: str, value: Json, place: str) -> None:
        """Set a field to what ``place`` says."""
        self._fields[field] = value
        self._places[field] = place

    def copy(self, field: str, *places: str) -> None:
        """Take a field from the first place that tells it; report others that disagree."""
        self._read.update(places)
        said = [*self._said(places)]
        for place, value in said[:1]:
            self.put(field, value, place)
        for place, value in said[1:]:
            if value != said[0][1]:
                self.leave_out(place, value, f"{said[0][0]} says otherwise")

    def copy_price(self, kind: str, place: str) -> None:
        """Take a price as a plain decimal text, or report it."""
        value = self.read(place)
        price = plain_price(value)
        if price is not None:
            self.put(f"pricing.{kind}", price, place)
        elif value is not None:
            self.leave_out(place, value, "it is no price of 0 or more")

    def copy_modalities(self, field: str, *places: str) -> None:
        """Take the modalities as ``put_modalities`` does, from the first place that tells them."""
        self.copy(field, *places)
        if isinstance(found := self._fields.get(field), list):
            self.put_modalities(field, found, self._places[field])

    def put_modalities(self, field: str, found: Sequence[Json], place: str) -> None:
        """Set the modalities the registry knows; a model that has none of them is refused."""
        known: list[Json] = []
        for kind in found:
            if kind not in _MODALITIES:
                self.count(place, f"{_shown(kind)} is left out: the registry has no such modality")
            elif kind not in known:
                known.append(kind)
        self.put(field, known, place)
        if found and not known:
            self.refuse(place, "the registry has none of its modalities")

    def leave_out(self, place: str, value: Json, reason: str) -> None:
        """Report a value that is not imported, and why."""
        self._report.add(f"{self.path}.{place}", f"{_shown(value)} is left out: {reason}")

    def count(self, place: str, message: str) -> None:
        """Report what is the same for many entries."""
        self._report.count(place, message)

    def refuse(self, place: str, reason: str) -> None:
        """Report why the model cannot be imported at all."""
        path = f"{self.path}.{place}" if place else self.path
        self._report.add(path, f"the model is left out: {reason}")
        self._refused = True

    def finish(self) -> dict[str, Json] | None:
        """Return the fields that are valid, in the registry's order; None if there is no model.

        What was not read is reported, and so is what the registry does not accept.
        """
        for place in self._unread():
            self.count(place, "the registry has no field for it")
        if "id" not in self._fields:
            self.refuse("", "it has no id")
        while errors := _errors(self._assembled()):
            self._drop(errors)
        if self._refused:
            return None
        fields = self._assembled()
        return {
            name: fields[name]
            for name, default in _DEFAULTS.items()
            if name in fields and fields[name] != default
        }

    def _said(self, places: Sequence[str]) -> Iterator[tuple[str, Json]]:
        for place in places:
            key, _, part = place.partition(".")
            value = self._entry.get(key)
            if part:
                value = value.get(part) if isinstance(value, dict) else None
            if value is not None and value != "":
                yield place, value

    def _unread(self) -> Iterator[str]:
        opened = {place.partition(".")[0] for place in self._read if "." in place}
        for key, value in self._entry.items():
            inner: Mapping[str, Json] = {key: value}
            if key in opened and isinstance(value, dict):
                inner = {f"{key}.{part}": said for part, said in value.items()}
            for place, said in inner.items():
                if place not in self._read and said not in _NOTHING:
                    yield place

    def _assembled(self) -> dict[str, Json]:
        """Return the fields as the document has them, parts inside their object."""
        whole: dict[str, Json] = {}
        parts: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        for field, value in self._fields.items():
            name, dot, part = field.partition(".")
            if dot:
                parts[name][part] = value
            else:
                whole[name] = value
        return {**whole, **parts}

    def _drop(self, errors: "Sequence[ErrorDetails]") -> None:
        """Leave out what is wrong, and no more: items of a list, a part of an object, a field."""
        wrong: defaultdict[str, set[str | int | None]] = defaultdict(set)
        for error in errors:
            name, *inner = error["loc"]
            field = str(name)
            if inner and f"{name}.{inner[0]}" in self._places:
                field = f"{name}.{inner.pop(0)}"
            self._tell(error, field, inner)
            wrong[field].add(inner[0] if inner else None)
        for field, items in wrong.items():
            for name in [name for name in self._fields if f"{name}.".startswith(f"{field}.")]:
                value = self._fields.pop(name)
                if isinstance(value, list) and None not in items:
                    self._fields[name] = [
                        item for number, item in enumerate(value) if number not in items
                    ]

    def _tell(self, error: "ErrorDetails", field: str, inner: Sequence[str | int]) -> None:
        place = self._places.get(field, field) + "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}" for step in inner
        )
        if field == "id":
            self.refuse(place, f"{_shown(error['input'])} cannot be an id of the registry")
        else:
            reason = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
            self.leave_out(place, error["input"], reason)


def invalid_fields(fields: Mapping[str, Json]) -> frozenset[str]:
    """Return the names of an authored model's fields that the registry would refuse."""
    return frozenset(str(error["loc"][0]) for error in _errors(fields))


def _errors(fields: Mapping[str, Json]) -> "list[ErrorDetails]":
    try:
        RegisteredModel.model_validate({**_STAND_INS, **fields})
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST_VALUE else f"{text[: _WIDEST_VALUE - 3]}..."
