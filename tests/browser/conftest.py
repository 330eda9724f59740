"""A real browser, and the real API that it looks at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from support.browser import Browsing, running_browser
from support.cloud import Cloud, running_cloud
from support.explorer import Explorer

expect.set_options(timeout=10_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-screenshots", action="store_true", help="Refresh those in docs/img.")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running_cloud(tmp_path_factory.mktemp("local")) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


@pytest.fixture
def browsing(browser: Browser, cloud: Cloud) -> Iterator[Browsing]:
    """Pages that no test passes with which did something they may not."""
    pages = Browsing(browser, cloud.url)
    yield pages
    pages.close()
    assert pages.faults == []


@pytest.fixture
def explorer(browsing: Browsing) -> Explorer:
    return Explorer(browsing.page())


@pytest.fixture
def everything(cloud: Cloud) -> str:
    """Return a key that may use every model."""
    return cloud.keys["unrestricted"]
