"""Deploying, by the pipeline and by make: what holds up what, and what is kept."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.template import PROJECT

WORKFLOWS = PROJECT / ".github" / "workflows"
DEPLOY = WORKFLOWS / "deploy.yml"
DEPLOY_TO = WORKFLOWS / "deploy-to.yml"

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def workflow() -> Json:
    content: Json = yaml.safe_load(DEPLOY.read_text("utf-8"))
    return content


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_an_environment_has_one_deployment_at_a_time_which_nothing_cuts_short(
    workflow: Json, environment: str
) -> None:
    job = workflow["jobs"][environment]

    assert job["with"]["environment"] == environment
    assert job["concurrency"] == {"group": f"deploy-{environment}", "cancel-in-progress": False}


def test_a_deployment_that_waits_for_approval_holds_up_no_test_and_no_build(
    workflow: Json,
) -> None:
    group = workflow["concurrency"]["group"]

    assert (
        group == "${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}"
    )
    assert "concurrency" not in workflow["jobs"]["test"].keys() | workflow["jobs"]["build"].keys()


def step(name: str) -> str:
    """Return what the step called ``name`` of a deployment to one environment runs."""
    steps = yaml.safe_load(DEPLOY_TO.read_text("utf-8"))["jobs"]["deploy"]["steps"]
    (script,) = (each["run"] for each in steps if each.get("name") == name)
    return str(script)


WAYS = {
    "the pipeline": ("bash", "-e", "-c", step("Deploy")),
    "make": ("/usr/bin/env", "make", f"--makefile={PROJECT / 'Makefile'}", "deploy"),
}


class Workshop:
    """A folder in which all programs that deploy are stand-ins that write down their calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for program in ("bootstrap", ".venv/bin/modelctl", ".venv-sam/bin/sam"):
            self.put(program, "")

    def put(self, program: str, does: str) -> None:
        """Let ``program`` do something when it is called."""
        path = self.folder / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> "{self._calls}"\n{does}\n')
        path.chmod(0o755)

    def run(self, way: str) -> int:
        """Deploy; return the exit code."""
        if way == "the pipeline":
            self.put("bin/make", "")
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
            "PATH": path,
            "STACK": "st",
            "PARAMETERS": "CanaryDeployment=true",
        }
        return subprocess.run(  # noqa: S603 - our own scripts, with stand-ins
            WAYS[way], cwd=self.folder, env=environment, capture_output=True, check=False
        ).returncode

    @property
    def deployed(self) -> list[str]:
        """Return the calls of modelctl and of ``sam deploy``, the latter without its options."""
        calls = self._calls.read_text("utf-8").splitlines()
        told = ["sam deploy" if each.startswith("sam deploy ") else each for each in calls]
        return [each for each in told if each.startswith(("modelctl ", "sam deploy"))]

    @property
    def _calls(self) -> Path:
        return self.folder / "calls"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_what_answered_before_a_deployment_is_kept_after_it(way: str, workshop: Workshop) -> None:
    says = 'test "$2" != --remember || { echo --keep 7; echo --keep 8; }'
    workshop.put(".venv/bin/modelctl", says)

    code = workshop.run(way)

    assert code == 0
    assert workshop.deployed == [
        "modelctl prune --remember --stack st",
        "sam deploy",
        "modelctl prune --stack st --keep 7 --keep 8",
    ]


@pytest.mark.parametrize("way", WAYS)
def test_a_first_deployment_has_nothing_to_keep(way: str, workshop: Workshop) -> None:
    code = workshop.run(way)

    assert code == 0
    assert workshop.deployed[1:] == ["sam deploy", "modelctl prune --stack st"]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_deployed_if_nobody_can_tell_what_answers(way: str, workshop: Workshop) -> None:
    workshop.put(".venv/bin/modelctl", "exit 3")

    code = workshop.run(way)

    assert code != 0
    assert workshop.deployed == ["modelctl prune --remember --stack st"]


@pytest.mark.parametrize("way", WAYS)
def test_a_deployment_that_failed_deletes_no_version(way: str, workshop: Workshop) -> None:
    workshop.put(".venv-sam/bin/sam", '[ "$1" != deploy ]')

    code = workshop.run(way)

    assert code != 0
    assert workshop.deployed == ["modelctl prune --remember --stack st", "sam deploy"]
