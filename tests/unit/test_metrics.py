"""What is counted is printed as CloudWatch's embedded metric format."""

import json
from typing import Any

import pytest

from model_catalog.metrics import count


def counted(capsys: pytest.CaptureFixture[str], *metrics: str) -> list[dict[str, Any]]:
    """Count ``metrics`` one after the other, and return the lines that were printed."""
    for metric in metrics:
        count(metric)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_metric_is_counted_for_the_stack_and_for_the_version_that_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "my-stack")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "12")

    (line,) = counted(capsys, "InternalError")

    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "ModelCatalog",
            "Dimensions": [["service"], ["service", "executed_version"]],
            "Metrics": [{"Name": "InternalError", "Unit": "Count"}],
        }
    ]
    assert (line["service"], line["executed_version"]) == ("my-stack", "12")
    assert line["InternalError"] == [1.0]


def test_every_occurrence_is_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    lines = counted(capsys, "InternalError", "RegistryNotRefreshed", "InternalError")

    assert [line.keys() - {"_aws", "service", "executed_version"} for line in lines] == [
        {"InternalError"},
        {"RegistryNotRefreshed"},
        {"InternalError"},
    ]
    assert lines[0]["InternalError"] == lines[2]["InternalError"] == [1.0]
