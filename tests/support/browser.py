"""Chromium, and pages in it of which everything is noticed that no page of ours may do."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import playwright
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.effectiveDirective} forbids ${event.blockedURI} ${event.sample}`));
"""
_AT_REST = "Promise.allSettled(document.getAnimations().map(({ finished }) => finished))"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start the Chromium that the variable CHROMIUM names, without a window."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=[*_ARGUMENTS, *as_root],
            # As in people's own browsers, pages that one may go back to are kept.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Browsing:
    """Pages of one origin: what they asked for, and what they did that they may not.

    Attributes:
        browser: where they are opened.
        origin: the only place they may ask.
        asked: paths and queries asked for, in order.
        faults: errors in the console, among them what the content security policy forbade,
            exceptions that nothing caught, and requests to elsewhere.
    """

    browser: Browser
    origin: str
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, **options: Any) -> Page:
        """Open a blank page of a browser that nobody has used yet, far from UTC."""
        usual = {
            "base_url": self.origin,
            "locale": "en-US",
            "permissions": ["clipboard-read", "clipboard-write"],
            "timezone_id": "Asia/Kolkata",
            "viewport": {"width": 1280, "height": 800},
        }
        context = self.browser.new_context(**{**usual, **options})
        self._contexts.append(context)
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", self._on_request)
        return context.new_page()

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def asked_for(self, path: str) -> int:
        """Tell how often a path was asked for, with whatever query."""
        return sum(urlsplit(each).path == path for each in self.asked)

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith(f"{self.origin}/"):
            self.faults.append(f"asked {request.url}")
        self.asked.append(request.url.removeprefix(self.origin))

    def _on_console(self, message: Any) -> None:
        """Write down an error, unless it is how Chromium itself tells of a refusal by the API."""
        refused = message.text.startswith("Failed to load resource")
        of_api = message.location["url"].startswith(f"{self.origin}/v1/")
        if message.type == "error" and not (refused and of_api):
            self.faults.append(f"{message.text} ({message.location['url']})")


def node_program() -> Path:
    """Return the Node that Playwright brings."""
    return Path(playwright.__file__).with_name("driver") / "node"


def violations(page: Page, *schemes: str) -> list[str]:
    """Return what axe finds wrong with a page as it is, in each of the color schemes."""
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(_AT_REST)
        for violation in Axe().run(page).response["violations"]:
            nodes = ", ".join(str(node["target"]) for node in violation["nodes"][:5])
            found.append(f"{scheme}: {violation['id']}: {violation['help']}: {nodes}")
    return found


def reply(body: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    """Return what ``route.fulfill`` takes to answer as the API does."""
    return {
        "status": status,
        "headers": {"content-type": "application/json", **headers},
        "body": json.dumps(body),
    }
