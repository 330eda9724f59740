"""Prices as the registry writes them."""

import re
from decimal import Decimal

from model_catalog.snapshot import Json

_PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
_NUMBER = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_LONGEST = 64  # characters


def plain_price(value: Json) -> str | None:
    """Return a price as a plain decimal text of exactly its value, or None if it is no price.

    A text that is one already stays as it is. A number stands for the shortest decimal that reads
    back as it (``4e-06`` for "0.000004"), which is what the source's author typed.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    if isinstance(value, str) and _PLAIN.fullmatch(text):
        return text
    whole, _, fraction = format(Decimal(text), "f").partition(".")
    return f"{whole}.{fraction.rstrip('0')}".removesuffix(".")
