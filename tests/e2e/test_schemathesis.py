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

CALLERS = ("unrestricted", "restricted", "limited", "nobody")
CASES = 500  # for each caller; `--runs 25` makes it 25 times as many
OPERATIONS = 8


def made_up_requests(
    cloud: Cloud, caller: str, *, cases: int, folder: Path
) -> tuple[dict[str, Any], str]:
    """Let Schemathesis ask as ``caller``; return its report, and what it printed."""
    report = folder / "report.json"
    key = cloud.keys.get(caller)
    finished = subprocess.run(  # noqa: S603 - a program of our own environment
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(PROJECT / "tests" / "e2e" / "schemathesis.toml")),
            *("run", str(PROJECT / "docs" / "openapi.json"), "--url", cloud.url),
            *(("--header", f"Authorization: Bearer {key}") if key else ()),
            *("--max-examples", str(-(-cases // OPERATIONS)), "--no-color"),
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


@pytest.mark.parametrize("caller", CALLERS)
def test_every_answer_is_one_the_document_names(
    cloud: Cloud, caller: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    cases = CASES * pytestconfig.getoption("runs")

    report, printed = made_up_requests(cloud, caller, cases=cases, folder=tmp_path)

    assert (report["failures"], report["errors"], report["exit_code"]) == ([], [], 0), printed
    assert (report["complete"], report["operations"]["tested"]) == (True, OPERATIONS)
    assert report["test_cases"]["generated"] >= cases
