"""Prices come out as plain decimals of exactly their value, or not at all."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.registry_document import Pricing
from model_catalog.snapshot import Json
from modelctl.importers.prices import plain_price


@pytest.mark.parametrize("text", ["0", "1", "0.000002", "12.50", "0.00000008333333333333334"])
def test_a_plain_decimal_text_stays_as_it_is(text: str) -> None:
    assert plain_price(text) == text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("4e-6", "0.000004"),
        ("1.50E-7", "0.00000015"),
        ("2.5e+1", "25"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("0e5", "0"),
        (4e-06, "0.000004"),
        (1e-05, "0.00001"),
        (0.0, "0"),
        (3.0, "3"),
        (20, "20"),
    ],
)
def test_other_notations_are_converted_exactly(value: Json, plain: str) -> None:
    assert plain_price(value) == plain


@pytest.mark.parametrize(
    "value",
    [
        *["-1", "-0", "+1", "", " 1", "1_000", "1,5", "free", "٣", "NaN", "1e400", "0" * 65],
        *[-2, -0.5, float("inf"), float("nan"), 1e300, True, None, ["1"], {"usd": 1}],
    ],
)
def test_what_is_no_price_is_none(value: Json) -> None:
    assert plain_price(value) is None


@given(st.floats(0, 10**6) | st.integers(0, 10**9) | st.decimals(0, 10**6).map(str))
def test_every_number_keeps_its_value_and_is_one_the_registry_takes(value: Json) -> None:
    price = plain_price(value)

    if price is not None:  # a float below 1e-99 is none
        assert Decimal(price) == Decimal(str(value))
        assert Pricing.model_validate({"prompt": price}).prompt == json.loads(json.dumps(price))
