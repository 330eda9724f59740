"""The environment every test runs in: an AWS that does not exist, in a region that does."""

import os
from functools import cache

import botocore.session
import moto  # noqa: F401 - before any client is built, so that clients built on import are mocked too
import pytest
import typer.testing
from botocore.loaders import create_loader
from hypothesis import HealthCheck, settings
from typer.main import get_command

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "TABLE_NAME": "keys",
    "BUCKET_NAME": "registry",
    "OWNED_BY": "codex-lb",
    "REGISTRY_MAX_AGE": "60",
    "POWERTOOLS_SERVICE_NAME": "model-catalog",
    "POWERTOOLS_METRICS_NAMESPACE": "ModelCatalog",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}

# Each mocked AWS and each command has a session of its own, which would look for the same files and
# parse them anew. Typer makes all of its commands anew for each that is run.
botocore.session.create_loader = cache(create_loader)
vars(typer.testing)["_get_command"] = cache(get_command)

# Shared machines are slow at times: what a test proves must not depend on how fast. Nor should a
# change be held up by what chance finds elsewhere: `make fuzz` looks for that.
FUZZ_TIMES = os.environ.get("FUZZ_TIMES")  # how many times the usual number of examples
settings.register_profile(
    "default",
    deadline=None,
    derandomize=FUZZ_TIMES is None,
    max_examples=100 * int(FUZZ_TIMES or 1),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runs", type=int, default=1, help="How often to run what chance may break.")
    parser.addoption("--write-reliability", action="store_true", help="Write docs/reliability.md.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "run" in metafunc.fixturenames:
        metafunc.parametrize("run", range(metafunc.config.getoption("runs")))
