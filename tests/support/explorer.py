"""The explorer as somebody uses it: by what is written on its controls."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

SNIPPETS = ("curl", "OpenAI Python", "OpenAI Node", "Codex config.toml", "LiteLLM")
FILTERS = ("Input modality", "Output modality", "Reasoning effort", "Context window")

_NAMES = """boxes => boxes.map(box =>
  (box.ariaLabel ?? box.labels[0].textContent).trim().replace(/\\s+/g, " "))"""


@dataclass(frozen=True)
class Explorer:
    """The page at ``/``."""

    page: Page

    @property
    def key_field(self) -> Locator:
        return self.page.get_by_label("API key", exact=True)

    @property
    def notice(self) -> Locator:
        return self.page.locator("#notice")

    @property
    def count(self) -> Locator:
        return self.page.locator("#count")

    @property
    def search(self) -> Locator:
        return self.page.get_by_role("searchbox", name="Search")

    @property
    def table(self) -> Locator:
        return self.page.get_by_role("table", name="Models", exact=True)

    @property
    def rows(self) -> Locator:
        """Return the rows of models, without the one of headers."""
        return self.table.locator("tbody").get_by_role("row")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def snippet(self) -> Locator:
        return self.dialog.locator("pre code")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def filter(self, name: str) -> Locator:
        return self.page.get_by_role("combobox", name=name, exact=True)

    @property
    def capabilities(self) -> Locator:
        """Return the boxes of the capabilities that can be asked for."""
        return self.page.get_by_role("group", name="Capabilities").get_by_role("checkbox")

    def capability(self, name: str) -> Locator:
        return self.page.get_by_role("checkbox", name=name, exact=True)

    def compare_box(self, model: str) -> Locator:
        return self.page.get_by_role("checkbox", name=f"Compare {model}", exact=True)

    @property
    def ids(self) -> list[str]:
        """Return the ids of the models that are shown, in order."""
        names: list[str] = self.table.get_by_role("checkbox").evaluate_all(_NAMES)
        return [name.removeprefix("Compare ") for name in names]

    @property
    def filters(self) -> dict[str, str]:
        """Return how the controls above the table are set."""
        chosen = {
            name: self.filter(name).locator("option:checked").inner_text() for name in FILTERS
        }
        boxes = self.capabilities.all()
        capabilities = [box.input_value() for box in boxes if box.is_checked()]
        return {
            **chosen,
            "Capabilities": " ".join(capabilities),
            "Search": self.search.input_value(),
        }

    @property
    def sorting(self) -> Mapping[str, str]:
        """Return which columns say that the table is sorted by them, and which way."""
        pairs: list[tuple[str, str]] = self.table.locator("[aria-sort]").evaluate_all(
            "headers => headers.map(header => [header.innerText.trim(), header.ariaSort])"
        )
        return {name: way for name, way in pairs if way != "none"}

    def open(self, fragment: str = "") -> "Explorer":
        """Load the page."""
        self.page.goto(f"/{fragment}")
        return self

    def give(self, secret: str) -> None:
        """Type a key and send it off."""
        self.key_field.fill(secret)
        self.button("Show models").click()

    def show(self, secret: str, fragment: str = "") -> "Explorer":
        """Load the page and the models of a key."""
        self.open(fragment).give(secret)
        expect(self.table).to_be_visible()
        return self

    def choose(self, name: str, option: str) -> None:
        self.filter(name).select_option(label=option)

    def sort_by(self, column: str) -> None:
        self.table.get_by_role("columnheader").get_by_role("button", name=column).click()

    def expect_ids(self, ids: Sequence[str]) -> None:
        """Wait until exactly these models are shown, in this order."""
        expect(self.rows).to_have_count(len(ids))
        if ids:
            expect(self.table.get_by_role("rowheader")).to_contain_text(ids)
        assert self.ids == list(ids)

    def open_details(self, model: str) -> None:
        """Click on a model's name."""
        row = self.rows.filter(has=self.compare_box(model))
        row.get_by_role("rowheader").get_by_role("button").click()
        expect(self.dialog).to_be_visible()

    def copy(self, button: str = "Copy") -> str:
        """Copy what one of the buttons copies; return what is in the clipboard then."""
        self.button(button).click()
        expect(self.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def choose_snippet(self, name: str) -> str:
        """Show one of a model's snippets; return it."""
        self.dialog.get_by_label("Snippet").select_option(label=name)
        text: str = self.snippet.inner_text()
        return text

    def countdown(self) -> int:
        """Return how many seconds the notice says there are to wait."""
        expect(self.notice).to_contain_text(re.compile(r"\d:\d\d"))
        found = re.search(r"(\d+):(\d\d)", self.notice.inner_text())
        assert found
        return int(found[1]) * 60 + int(found[2])
