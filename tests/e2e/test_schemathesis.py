"""Schemathesis makes requests up from docs/openapi.json, and the local cloud keeps to it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.template import PROJECT
from support.cloud import Cloud

DOCUMENT = PROJECT / "docs" / "openapi.json"
CALLERS = ("unrestricted", "restricted", "limited", "nobody")
CASES = 500  # for each caller; `--runs 25` makes it 25 times as many
OPERATIONS = 14
VARIED = 8  # of them; there is little to vary about a page
BY_ITSELF = 200  # and more, that take no chance: the document's examples, values at each limit


def made_up_requests(
    cloud: Cloud, folder: Path, *options: str, document: Path = DOCUMENT, key: str | None = None
) -> tuple[dict[str, Any], str]:
    """Let Schemathesis ask with ``key``; return its report, and what it printed."""
    report = folder / "report.json"
    finished = subprocess.run(  # noqa: S603 - a program of our own environment
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(PROJECT / "tests" / "e2e" / "schemathesis.toml")),
            *("run", str(document), "--url", cloud.url, "--no-color", *options),
            *(authorized_by(key) if key else ()),
            *("--report", "json", "--report-json-path", str(report)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), finished.stdout + finished.stderr
    return json.loads(report.read_text()), finished.stdout


def authorized_by(key: str) -> tuple[str, ...]:
    """Send ``key`` with every request, in place of keys made up: those would never arrive."""
    return (
        f"--header=Authorization: Bearer {key}",
        "--generation-with-security-parameters=false",
    )


@pytest.mark.parametrize("caller", CALLERS)
def test_every_answer_is_one_the_document_names(
    cloud: Cloud, caller: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    cases = CASES * pytestconfig.getoption("runs")
    for_each = f"--max-examples={(cases - BY_ITSELF) // VARIED + 1}"

    report, printed = made_up_requests(cloud, tmp_path, for_each, key=cloud.keys.get(caller))

    assert (report["failures"], report["errors"], report["exit_code"]) == ([], [], 0), printed
    assert (report["complete"], report["operations"]["tested"]) == (True, OPERATIONS)
    assert report["test_cases"]["generated"] >= cases


@pytest.mark.parametrize(
    ("spoilt", "noticed"),
    [
        ({"headers": {}}, "only_documented_headers"),
        ({"headers": {"x-other": {"required": True, "schema": {}}}}, "x-other"),
        ({"content": {"application/json": {"schema": {"required": ["age"]}}}}, '"age"'),
        ({"content": {"text/html": {}}}, "text/html"),
    ],
)
def test_an_answer_the_document_does_not_name_is_noticed(
    cloud: Cloud, tmp_path: Path, spoilt: dict[str, Any], noticed: str
) -> None:
    document = json.loads(DOCUMENT.read_text())
    document["components"]["responses"]["Health"] |= spoilt
    (tmp_path / "openapi.json").write_text(json.dumps(document))

    options = ("--include-operation-id=get_health", "--phases=examples")
    report, printed = made_up_requests(
        cloud, tmp_path, *options, document=tmp_path / "openapi.json"
    )

    assert report["failures"]
    assert noticed in printed
