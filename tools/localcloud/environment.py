"""The process environment of the embedded AWS, in which nothing of a real account is left."""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

REGION = "us-east-1"
_CONTRADICTING = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_S3",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)


def aws_environment(endpoint_url: str) -> dict[str, str]:
    """Return what points every AWS client at ``endpoint_url``, with credentials worth nothing."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def aws_exports(environment: Mapping[str, str]) -> str:
    """Return the shell commands that bring another terminal into ``environment``."""
    exported = {
        name: shlex.quote(value)
        for name, value in environment.items()
        if not name.startswith(("AWS_LAMBDA_", "POWERTOOLS_"))  # the function's alone
    }
    return "\n".join(
        [
            "# Made by `make run`: lead `aws` and `modelctl` to the embedded AWS.",
            f"unset {' '.join(_CONTRADICTING)}",
            *(f"export {name}={value}" for name, value in exported.items()),
            'export NO_PROXY="${NO_PROXY:+$NO_PROXY,}127.0.0.1"',
            'export no_proxy="${no_proxy:+$no_proxy,}127.0.0.1"',
            "",
        ]
    )


@contextmanager
def only(variables: Mapping[str, str]) -> Iterator[None]:
    """Set ``variables``, drop every other AWS and proxy setting, and undo both at the end.

    Dropping them all is what keeps out profiles, session tokens, roles and endpoints per service,
    those of tomorrow's SDK included.
    """
    dropped = [
        name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")
    ]
    before = {name: os.environ.pop(name, None) for name in {*dropped, *variables}}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
