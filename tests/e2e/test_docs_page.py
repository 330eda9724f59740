"""The API docs as they are served: every line for curl on them works as pasted."""

import html
import os
import re
import subprocess

from localcloud.template import PROJECT
from support.cloud import Cloud

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


def test_every_curl_line_is_answered_with_success(cloud: Cloud) -> None:
    where = {"MODEL_CATALOG_URL": cloud.url, "MODEL_CATALOG_KEY": cloud.keys["unrestricted"]}

    printed = [
        subprocess.run(  # noqa: S603 - our own lines
            ["sh", "-c", QUIET + line],  # noqa: S607 - whichever shell
            env={"PATH": os.environ["PATH"], **where},
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for line in LINES
    ]

    assert printed == ["200"] * 7
