"""Clients of AWS that give up soon enough to answer inside a caller's five seconds."""

from typing import Any

import boto3
from botocore.config import Config


def impatient_client(service: str) -> Any:  # noqa: ANN401 - one of several kinds
    """Return a client with two attempts of 0.3 s to connect and 1 s to read."""
    client = boto3.client(  # type: ignore[call-overload] # any service
        service,
        config=Config(
            connect_timeout=0.3,
            read_timeout=1,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )
    client.meta.events.register("before-parse", _ignore_wish)
    return client


def _ignore_wish(response_dict: dict[str, Any], **_: object) -> None:
    """Take away how long the service asks us to wait: the SDK would, for five seconds and more."""
    response_dict["headers"].pop("x-amz-retry-after", None)
