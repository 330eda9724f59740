"""The API docs as they are served: every line for curl on them works as pasted."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.template import PROJECT
from support.cloud import Cloud
from support.page_shell import FALLBACKS

PAGE = PROJECT / "functions" / "api" / "assets" / "docs.html"
LINES = [
    html.unescape(line)
    for line in re.findall(
        r"<pre><code>(curl .*?)</code></pre>", PAGE.read_text("utf-8"), re.DOTALL
    )
]
QUIET = (
    'curl() { command curl --silent --fail --output /dev/null --write-out "%{http_code}" "$@"; }\n'
)


PATHS = {
    "the machine's, if it has one": f"{os.environ['PATH']}:{FALLBACKS}",
    "ours for machines without": f"{FALLBACKS}:{Path(sys.executable).parent}",
}


def printed(line: str, path: str, cloud: Cloud, key: str) -> str:
    return subprocess.run(  # noqa: S603 - our own lines
        ["/bin/sh", "-c", QUIET + line],
        env={"PATH": path, "MODEL_CATALOG_URL": cloud.url, "MODEL_CATALOG_KEY": key},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_every_curl_line_is_answered_with_success(cloud: Cloud, path: str) -> None:
    answers = [printed(line, path, cloud, cloud.keys["unrestricted"]) for line in LINES]

    assert answers == ["200"] * 7


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_curl_line_with_a_wrong_key_fails(cloud: Cloud, path: str) -> None:
    assert "200" not in printed(LINES[0], path, cloud, "wrong")
