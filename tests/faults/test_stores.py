"""Whatever befalls a store while everybody asks, nobody is answered wrongly, and it passes."""

import pytest

from faults.catalog import FAULTS, Fault
from faults.experiment import Experiment, Scene
from faults.page import Measured


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=fault.name) for fault in FAULTS if fault.inject or fault.stage],
)
def test_a_fault_under_load_makes_no_answer_wrong_and_is_recovered_from(
    fault: Fault, scene: Scene, measured: Measured
) -> None:
    experiment = Experiment.on(scene, fault)

    outcome = experiment.run()

    assert outcome.problems == []
    measured(fault, slowest=outcome.slowest, recovered=outcome.recovered)
