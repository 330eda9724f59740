"""Every claim of SECURITY.md names what proves it, and that is there."""

import re

import pytest

from localcloud.template import PROJECT

DOCUMENT = (PROJECT / "SECURITY.md").read_text()
NAMES = sorted(set(re.findall(r"`(test_\w+)`", DOCUMENT)))
THREATS = DOCUMENT.partition("## Who wants what")[2].partition("## On the way")[0]
ROWS = [
    line
    for line in THREATS.splitlines()
    if line.startswith("|") and not line.startswith(("| they try to", "| ---"))
]


@pytest.fixture(scope="module")
def known() -> set[str]:
    sources = [path.read_text() for path in (PROJECT / "tests").rglob("test_*.py")]
    return set(re.findall(r"^def (test_\w+)\(", "\n".join(sources), re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_a_test_that_the_document_names_exists(known: set[str], name: str) -> None:
    assert name in known


@pytest.mark.parametrize("row", ROWS)
def test_a_claim_names_the_test_that_proves_it(row: str) -> None:
    proof = row.strip("| ").rpartition(" | ")[2]

    assert re.fullmatch(r"`test_\w+`(, `test_\w+`)*", proof)


def test_every_threat_says_what_is_left() -> None:
    parts = THREATS.split("\n### ")[1:]

    assert len(parts) == 8
    assert all("\n**Left:** " in part for part in parts)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", DOCUMENT))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (PROJECT / link).exists()


@pytest.mark.parametrize(
    ("file", "anchor"), sorted(set(re.findall(r"\]\((\S+?)#([\w-]+)\)", DOCUMENT)))
)
def test_a_link_leads_to_a_heading(file: str, anchor: str) -> None:
    headings = re.findall(r"^#+ (.+)$", (PROJECT / file).read_text(), re.MULTILINE)

    assert anchor in {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
