"""Every link of every page leads to a file that is there, and to a heading in it."""

import re
from pathlib import Path, PurePosixPath

import pytest

from localcloud.template import PROJECT
from support.markdown import Page, pages

PAGES = pages()
ELSEWHERE = ("http://", "https://", "mailto:")
INDEX = Page("docs/README.md")


def missing(page: Page, link: str) -> str:
    """Return what a link of a page lacks: its file, its heading, or nothing."""
    file, _, anchor = link.partition("#")
    target = PROJECT / PurePosixPath(page.name).parent / file if file else page.path
    if not target.exists():
        return f"{link}: there is no such file"
    if anchor and anchor not in Page(str(target.resolve().relative_to(PROJECT))).anchors:
        return f"{link}: there is no such heading"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Page) -> None:
    links = [link for link in page.links if not link.startswith(ELSEWHERE)]

    assert [told for link in links if (told := missing(page, link))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_begins_with_its_name_and_a_sentence(page: Page) -> None:
    head, first, *_ = page.text.split("\n\n")

    assert re.fullmatch("# .+", head)
    assert re.match(r"[\w`*\[].*[.?!:]", first, re.DOTALL)


def test_the_index_leads_to_every_page() -> None:
    listed = {(INDEX.path.parent / link.partition("#")[0]).resolve() for link in INDEX.links}
    of_their_own = {PROJECT / "docs" / "adr" / "README.md"}  # whose index lists the decisions

    wanted = {
        page.path
        for page in PAGES
        if page != INDEX and (page.path.parent.name != "adr" or page.path in of_their_own)
    }

    assert wanted - listed == set()


def test_anchors_are_what_github_makes_of_headings(tmp_path: Path) -> None:
    page = Page(str(tmp_path / "page.md"))
    page.path.write_text(
        "# `make`: It's a [link](x.md)\n\n## Twice\n\n## Twice\n\n```sh\n# no\n```\n"
    )

    assert page.anchors == {"make-its-a-link", "twice", "twice-1"}


def test_links_in_code_are_none(tmp_path: Path) -> None:
    page = Page(str(tmp_path / "page.md"))
    page.path.write_text('`[a](b)` [c](d#e) ![f](g.png)\n<img src="h.png">\n\n```md\n[i](j)\n```\n')

    assert page.links == ["d#e", "g.png", "h.png"]
