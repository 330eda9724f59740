"""Nothing of a real AWS account is within reach of the local cloud."""

import os
import shlex
import subprocess

import pytest

from localcloud.environment import aws_environment, aws_exports, only

REAL = {
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_CA_BUNDLE": "/real.pem",
    "AWS_ENDPOINT_URL_DYNAMODB": "https://real.example",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_PROFILE": "real",
    "AWS_ROLE_ARN": "arn:real",
    "AWS_SESSION_TOKEN": "real",
    "HTTPS_PROXY": "http://real.example",
    "http_proxy": "http://real.example",
}


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    return settings()


def settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def test_only_our_own_aws_settings_are_left(real: dict[str, str]) -> None:
    ours = aws_environment("http://127.0.0.1:1")

    with only(ours | {"TABLE_NAME": "keys"}):
        names = {name for name in os.environ if "AWS_" in name or "proxy" in name.lower()}

        assert names == ours.keys()
        assert os.environ["AWS_ACCESS_KEY_ID"] == "local"
        assert os.environ["AWS_CONFIG_FILE"] == os.devnull
        assert os.environ["TABLE_NAME"] == "keys"
        assert os.environ["PATH"] == real["PATH"]


def test_afterwards_everything_is_as_before(real: dict[str, str]) -> None:
    with pytest.raises(ZeroDivisionError), only({"AWS_PROFILE": "ours", "NEVER_SET": "before"}):
        raise ZeroDivisionError

    assert settings() == real


@pytest.mark.usefixtures("real")
def test_another_terminal_can_follow() -> None:
    exports = aws_exports(
        aws_environment("http://127.0.0.1:1")
        | {"TABLE_NAME": "it's $HOME", "POWERTOOLS_LOG_LEVEL": "INFO"}
    )

    shown = subprocess.run(  # noqa: S603 - our own text
        ["/bin/sh", "-euc", f"no_proxy=a,b; {exports}\nenv"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()

    assert "AWS_ENDPOINT_URL=http://127.0.0.1:1" in shown
    assert "TABLE_NAME=it's $HOME" in shown
    assert "no_proxy=a,b,127.0.0.1" in shown
    names = {line.partition("=")[0] for line in shown}
    assert not names & {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_DYNAMODB"}
    assert "POWERTOOLS_LOG_LEVEL" not in shlex.split(exports)
