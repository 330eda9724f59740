"""docs/reliability.md tells of every fault, and of no other, what the tests hold."""

import re

import pytest

from faults.catalog import ALARMS, FAULTS, Metric, Where
from faults.page import PAGE, first_cells
from localcloud.template import PROJECT, Template

ROWS = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()


def test_every_fault_has_its_row_and_every_row_its_fault() -> None:
    expected = [first_cells(fault) for where in Where for fault in FAULTS if fault.where is where]

    told = [row for row in ROWS if not row.startswith(("| fault |", "| --- |"))]

    assert [row[: len(cells)] for row, cells in zip(told, expected, strict=True)] == expected


def test_no_two_faults_have_the_same_name() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("metric", [Metric.KEYS, Metric.STALE, Metric.REJECTED])
def test_an_alarm_watches_the_metric(metric: Metric) -> None:
    alarm = Template.load().resource(ALARMS[metric])

    assert alarm.properties["MetricName"] == metric


@pytest.mark.parametrize("alarm", sorted(set(ALARMS.values())))
def test_the_runbook_says_what_to_do_about_an_alarm(alarm: str) -> None:
    assert re.search(rf"^### {alarm}$", OPERATIONS, re.MULTILINE)


def test_the_runbook_says_which_metrics_stand_behind_answers_with_5xx() -> None:
    (entry,) = re.findall(
        r"^### ServerErrorsAlarm\n(.*?)^###", OPERATIONS, re.DOTALL | re.MULTILINE
    )

    assert [metric for metric in (Metric.NO_REGISTRY, Metric.BUG) if metric not in entry] == []
