"""What of the words for a key is repeated, and what of it is a secret."""

import pytest

from model_catalog.api_keys import mint
from modelctl.failures import WrongUsageError
from modelctl.keys.finding import meant, shown

SECRET = f"sk-clb-{'aB-_' * 10}xyz"  # as codex-lb makes them
MASKED = "sk-clb-a***_xyz"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (SECRET, MASKED),
        (f" {SECRET}", f" {MASKED}"),
        (f"Bearer {SECRET}", f"Bearer {MASKED}"),
        (f"name-{SECRET}", f"name-{MASKED}"),
        (f"{SECRET} {SECRET}", MASKED),
        (f"{SECRET[:30]}\n{SECRET[30:]}", "***"),
        (SECRET.upper(), MASKED.upper()),
        ("0123456789" * 5, "01234567***6789"),
    ],
)
def test_of_a_secret_the_masked_ends_are_told(typed: str, told: str) -> None:
    assert shown(typed) == told


@pytest.mark.parametrize(
    "typed", ["ci", "sk-clb-12345678", "sk-clb-12345678…", SECRET[:23], SECRET[7:23], "a-b " * 20]
)
def test_what_is_no_secret_is_told_as_it_is(typed: str) -> None:
    assert shown(typed) == typed


@pytest.mark.parametrize(
    "typed", [" {}\n", "Bearer {}", "authorization: bearer {}", '"{}"', "MODEL_CATALOG_KEY={}"]
)
def test_of_a_pasted_line_the_secret_is_meant(typed: str) -> None:
    for secret in (SECRET, mint().secret):
        assert meant(typed.replace("{}", secret)) == secret


@pytest.mark.parametrize("typed", ["ci", "my own key", "a=b", "Bearer x", SECRET[:-1]])
def test_what_has_no_secret_in_it_is_meant_as_it_is(typed: str) -> None:
    assert meant(f" {typed} ") == typed


@pytest.mark.parametrize("typed", ["", " ", "\n"])
def test_nothing_means_nothing(typed: str) -> None:
    with pytest.raises(WrongUsageError, match=r"^KEY is empty.$"):
        meant(typed)
