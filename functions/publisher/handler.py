"""The publisher: whatever woke it, the newest source becomes live if it is valid."""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger

from model_catalog.metrics import count
from model_catalog.publishing import Published, Publisher, Rejected
from model_catalog.registry_store import S3RegistryStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
publisher = Publisher(
    S3RegistryStore(boto3.client("s3"), bucket_name=os.environ["BUCKET_NAME"]),
    clock=lambda: datetime.now(UTC),
)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> None:  # noqa: ARG001 - an event only wakes us: it may be late, doubled or lost
    """Publish the newest source; what is raised makes Lambda try again."""
    match publisher.publish():
        case Published(compiled):
            snapshot = compiled.snapshot
            logger.info(
                "Registry published",
                extra={
                    "source_version": snapshot.source_version,
                    "models": len(snapshot.entries),
                    "warnings": len(compiled.warnings),
                },
            )
            count("RegistryPublished")
        case Rejected(version, problems):
            logger.error(
                "Registry rejected",
                extra={  # the report in the bucket has them all
                    "source_version": version,
                    "problem_count": len(problems),
                    "problems": [f"{each!s:.500}" for each in problems[:20]],
                },
            )
            count("RegistryRejected")
        case _:
            logger.info("Registry unchanged")
