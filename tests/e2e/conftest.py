"""The local cloud as `make run` starts it, in a process of its own."""

from collections.abc import Iterator

import pytest

from support.clients import Watched, watched
from support.cloud import Cloud, running_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running_cloud(tmp_path_factory.mktemp("local")) as started:
        yield started


@pytest.fixture
def api(cloud: Cloud) -> Iterator[Watched]:
    """The API as the real clients reach it, their requests written down."""
    with watched(cloud) as opened:
        yield opened
