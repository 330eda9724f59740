"""The API's own pages: files beside the function, read once and then served from memory."""

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from model_catalog.rendering import Body

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class Page:
    """What is served at a path, and the headers that go with it."""

    body: Body
    headers: Mapping[str, str]


@cache
def page(path: Path) -> Page:
    """Return the page a file holds."""
    text = path.read_text("utf-8")
    return Page(Body(text), {"content-type": _TYPES[path.suffix], **headers_of(text)})


def headers_of(text: str) -> dict[str, str]:
    """Return what goes with a page that is everybody's, and runs and loads only what is in it."""
    return {
        "cache-control": "no-cache",  # keep it, but ask again
        "vary": "accept-encoding",
        "content-security-policy": _policy(text),
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
    }


def _policy(text: str) -> str:
    """Return the policy that allows the scripts and styles in ``text``, by their hashes."""
    sources = defaultdict[str, list[str]](list)
    for element, content in _INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        sources[element].append(f"'sha256-{digest}'")
    return "; ".join(
        (
            "default-src 'none'",
            *(f"{element}-src {' '.join(hashes)}" for element, hashes in sources.items()),
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
