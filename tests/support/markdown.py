"""The project's pages: their code blocks, headings and links, as GitHub reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.template import PROJECT

_FENCE = re.compile(r"(?P<quote>[> ]*)```(?P<language>[\w-]*)$")
_LINK = re.compile(
    r"\[[^\]]*\]\((?P<target>[^)\s]+)\)|(?:src|srcset|href)=\"(?P<attribute>[^\"]+)\""
)
_CODE = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text without the fence's indentation, where it stands.

    Attributes:
        follows: the language of the block that ends right above it, "" if there is none.
    """

    language: str
    text: str
    page: str
    line: int
    follows: str = ""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """One page of Markdown, by its path in the project."""

    name: str

    @property
    def path(self) -> Path:
        return PROJECT / self.name

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def blocks(self) -> list[Block]:
        return list(_blocks(self.name, self.text.splitlines()))

    @property
    def prose(self) -> str:
        """Return the page without its fenced blocks."""
        return "\n".join(_outside(self.text.splitlines()))

    @property
    def inline_code(self) -> list[str]:
        return [found.strip("`") for found in _CODE.findall(self.prose)]

    @property
    def links(self) -> list[str]:
        """Return what links and images lead to; in code there are none."""
        matches = _LINK.finditer(_CODE.sub("", self.prose))
        return [match["target"] or match["attribute"] for match in matches]

    @property
    def anchors(self) -> set[str]:
        """Return the anchors that GitHub gives the headings; the second of a name ends in -1."""
        anchors: set[str] = set()
        for heading in re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
            slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            repeated = sum(re.fullmatch(rf"{slug}(-\d+)?", known) is not None for known in anchors)
            anchors.add(f"{slug}-{repeated}" if repeated else slug)
        return anchors


def pages() -> list[Page]:
    """Return every page that people read, the entrance first."""
    root = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "events/README.md")
    docs = sorted(str(path.relative_to(PROJECT)) for path in (PROJECT / "docs").rglob("*.md"))
    return [Page(name) for name in (*root, *docs)]


def snippet(page: str, language: str, *, holding: str = "") -> str:
    """Return the one block of ``language`` in a page that has ``holding`` in it."""
    (found,) = [
        block.text
        for block in Page(page).blocks
        if block.language == language and holding in block.text
    ]
    return found


def _blocks(page: str, lines: list[str]) -> Iterator[Block]:
    opened: tuple[re.Match[str], int, list[str]] | None = None
    above = ""
    for number, line in enumerate(lines, start=1):
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened = fence, number, []
            elif line.strip("> "):
                above = ""
        elif fence:
            start, first, inside = opened
            text = "\n".join(each.removeprefix(start["quote"]) for each in inside)
            yield Block(start["language"], text, page, first, above)
            opened, above = None, start["language"]
        else:
            opened[2].append(line)


def _outside(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            yield line
