"""The template's function, table and bucket, as the embedded AWS has them."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3

from localcloud.environment import REGION, aws_environment, only
from localcloud.events import ACCOUNT_ID
from localcloud.runtime import Handler, LambdaFunction
from localcloud.template import Template

API, PUBLISHER = "ApiFunction", "PublisherFunction"  # logical ids
TABLE, BUCKET = "KeysTable", "RegistryBucket"
NAMES = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Region": REGION,
    "AWS::StackName": "model-catalog",
    TABLE: "model-catalog-keys",
    BUCKET: "model-catalog-registry",
}
_OWN_PACKAGES = {"api", "model_catalog", "publisher"}
_TABLE_PROPERTIES = {
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
}


def environment_of(template: Template, function: str, endpoint_url: str) -> dict[str, str]:
    """Return a function's environment, with the embedded AWS where the real one would be."""
    return {
        **aws_environment(endpoint_url),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        **template.resolved_environment(function, NAMES),
    }


def create_table(template: Template) -> None:
    """Create the table as the template describes it."""
    described = template.resource(TABLE).properties
    wanted: dict[str, Any] = {key: described[key] for key in described.keys() & _TABLE_PROPERTIES}
    client = boto3.client("dynamodb")
    client.create_table(TableName=NAMES[TABLE], **wanted)
    if recovery := described.get("PointInTimeRecoverySpecification"):
        client.update_continuous_backups(
            TableName=NAMES[TABLE], PointInTimeRecoverySpecification=recovery
        )
    if expiry := described.get("TimeToLiveSpecification"):
        client.update_time_to_live(TableName=NAMES[TABLE], TimeToLiveSpecification=expiry)
    client.close()


def create_bucket(template: Template) -> None:
    """Create the bucket as the template describes it."""
    described = template.resource(BUCKET).properties
    client = boto3.client("s3")
    client.create_bucket(Bucket=NAMES[BUCKET])
    if versioning := described.get("VersioningConfiguration"):
        client.put_bucket_versioning(Bucket=NAMES[BUCKET], VersioningConfiguration=versioning)
    client.close()


def cold_start(template: Template, function: str, environment: Mapping[str, str]) -> LambdaFunction:
    """Import a function's code in its environment, and wrap it as Lambda would run it."""
    described = template.function(function)
    memory_mb, timeout_seconds = (
        int(template.resolve(described.get(name, default), NAMES))
        for name, default in (("MemorySize", 128), ("Timeout", 3))
    )
    module, _, name = described["Handler"].rpartition(".")
    with only(environment):
        handler: Handler = getattr(
            _import_anew(f"{Path(described['CodeUri']).name}.{module}"), name
        )
    return LambdaFunction(
        handler=handler,
        name=f"{NAMES['AWS::StackName']}-{function}",
        memory_mb=memory_mb,
        timeout_seconds=timeout_seconds,
    )


def _import_anew(module: str) -> ModuleType:
    """Import ``module`` as if for the first time, and leave no trace of it.

    It reads its environment and builds its clients on import, and whoever runs the local cloud
    in their own process (a test) may hold one that was imported in another environment.
    """
    held = {name: sys.modules.pop(name) for name in _own_modules()}
    try:
        return importlib.import_module(module)
    finally:
        for name in _own_modules():
            del sys.modules[name]
        sys.modules.update(held)


def _own_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in _OWN_PACKAGES]
