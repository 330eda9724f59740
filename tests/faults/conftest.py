"""The functions, and the proxies before the AWS they use, shared by all faults."""

from collections.abc import Iterator

import pytest

from faults.catalog import Fault
from faults.experiment import Scene, running_scene
from faults.page import PAGE, Measured, Measurement, page
from support.deployment import Deployment, running_deployment


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(tmp_path_factory.mktemp("faults")) as deployed:
        yield deployed


@pytest.fixture(scope="session")
def scene(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_scene(deployment, tmp_path_factory.mktemp("functions")) as them:
        yield them


@pytest.fixture(scope="session")
def measured(request: pytest.FixtureRequest) -> Iterator[Measured]:
    """Take note of what is measured, and write it down in the end if that is asked for."""
    measurements: dict[str, Measurement] = {}

    def note(fault: Fault, *, slowest: float, recovered: float = 0) -> None:
        measurements[fault.name] = Measurement(slowest, recovered)

    yield note
    if request.config.getoption("write_reliability"):
        PAGE.write_text(page(PAGE.read_text(), measurements))
