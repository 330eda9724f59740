"""The pipeline: what holds up what."""

from typing import Any

import pytest
import yaml

from localcloud.template import PROJECT

DEPLOY = PROJECT / ".github" / "workflows" / "deploy.yml"

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
