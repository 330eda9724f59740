"""Pages are read once, and only what is in them runs."""

import base64
import hashlib
from pathlib import Path

import pytest

from localcloud.template import PROJECT
from model_catalog.pages import headers_of, page

STRICT = "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
STRICT += "frame-ancestors 'none'"


@pytest.fixture
def html(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text("<p>模型</p>", "utf-8")
    return path


def policy(text: str) -> str:
    return headers_of(text)["content-security-policy"]


def hash_of(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def test_a_page_is_what_its_file_holds(html: Path) -> None:
    assert page(html).body.text == "<p>模型</p>"


def test_a_page_is_read_once(html: Path) -> None:
    first = page(html)
    html.unlink()

    assert page(html) is first


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.html", "text/html; charset=utf-8"), ("a.json", "application/json")],
)
def test_a_page_says_what_it_is(tmp_path: Path, name: str, content_type: str) -> None:
    (tmp_path / name).write_text("{}")

    assert page(tmp_path / name).headers == {"content-type": content_type, **headers_of("{}")}


def test_a_page_is_everybodys_and_on_its_own() -> None:
    headers = headers_of("<p>")

    del headers["content-security-policy"]
    assert headers == {
        "cache-control": "no-cache",
        "vary": "accept-encoding",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "no-referrer",
    }


def test_a_page_without_script_and_style_runs_none() -> None:
    assert policy("<p>") == f"default-src 'none'; {STRICT}"


def test_script_and_style_are_allowed_by_the_hash_of_all_that_is_in_them() -> None:
    style, script = " a { b: c }\n", "\n  x < 1 && '<b>' // é\n"

    allowed = policy(f"<head><style>{style}</style></head><script>{script}</script>")

    assert allowed == (
        f"default-src 'none'; style-src {hash_of(style)}; script-src {hash_of(script)}; {STRICT}"
    )


def test_several_scripts_are_allowed_side_by_side() -> None:
    allowed = policy("<script>1</script>\n<script>2</script>")

    assert f"; script-src {hash_of('1')} {hash_of('2')}; " in allowed


@pytest.mark.parametrize(
    "text", ["<script src='https://example.com'>1</script>", "<SCRIPT>1</SCRIPT>", "<script>1"]
)
def test_what_is_not_plainly_inline_is_not_allowed(text: str) -> None:
    assert "script-src" not in policy(text)


def test_the_explorer_stays_small() -> None:
    assert (PROJECT / "functions/api/assets/explorer.html").stat().st_size <= 60_000
