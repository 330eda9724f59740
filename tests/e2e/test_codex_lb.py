"""Keys made by the real codex-lb go on working here, with the secrets their holders have."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.template import PROJECT
from support.cloud import Cloud

CODEX_LB_PYTHON = PROJECT / ".venv-codex-lb" / "bin" / "python"


@dataclass(frozen=True)
class CodexLb:
    """A codex-lb's database, and the secrets of the keys in it by their names."""

    database: Path
    secrets: Mapping[str, str]


@pytest.fixture(scope="module")
def codex_lb(tmp_path_factory: pytest.TempPathFactory) -> CodexLb:
    folder = tmp_path_factory.mktemp("codex-lb")
    made = subprocess.run(  # noqa: S603 - our own program, run by codex-lb's Python
        [CODEX_LB_PYTHON, PROJECT / "tests" / "e2e" / "codex_lb_keys.py", folder],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return CodexLb(folder / "store.db", json.loads(made.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def imported(cloud: Cloud, codex_lb: CodexLb) -> Any:
    """Import the database; return what modelctl says of it."""
    return import_(cloud, codex_lb)


def import_(cloud: Cloud, codex_lb: CodexLb) -> Any:
    arguments = ("keys", "import", str(codex_lb.database), "--json")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "modelctl", *arguments],
        env={**os.environ, **cloud.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_key_is_imported_and_what_has_no_counterpart_is_told(imported: Any) -> None:
    names = {each["name"] for each in imported["imported"]}

    assert names == {"everything", "two models", "forced", "expired", "switched off"}
    assert imported["left_out"] == []
    assert {(each["name"], each["what"]) for each in imported["unmapped"]} == {
        ("forced", "enforced_model: gpt-5.5 (here it is all that is allowed)"),
        ("expired", "limit: 1000 total_tokens daily"),
    }


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("name", "models"),
    [("two models", ["gpt-5.5", "openai/gpt-oss-120b"]), ("forced", ["gpt-5.5"])],
)
def test_a_key_keeps_its_secret_and_its_allow_list(
    cloud: Cloud, codex_lb: CodexLb, name: str, models: list[str]
) -> None:
    reply = cloud.ask("/v1/models", secret=codex_lb.secrets[name])

    assert (reply.status, sorted(reply.ids)) == (200, models)


@pytest.mark.usefixtures("imported")
def test_a_key_without_an_allow_list_sees_every_model(cloud: Cloud, codex_lb: CodexLb) -> None:
    everything = cloud.ask("/v1/models", secret=cloud.keys["unrestricted"])

    reply = cloud.ask("/v1/models", secret=codex_lb.secrets["everything"])

    assert reply.ids == everything.ids
    assert reply.ids


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(("name", "state"), [("expired", "expired"), ("switched off", "disabled")])
def test_a_key_that_did_not_work_there_does_not_work_here(
    cloud: Cloud, codex_lb: CodexLb, name: str, state: str
) -> None:
    reply = cloud.ask("/v1/models", secret=codex_lb.secrets[name])

    assert reply.status == 401
    assert state in (reply.error["message"] or "")


def test_importing_again_changes_nothing(cloud: Cloud, codex_lb: CodexLb, imported: Any) -> None:
    again = import_(cloud, codex_lb)

    assert again["imported"] == []
    assert [each["differences"] for each in again["kept"]] == [[]] * len(imported["imported"])
