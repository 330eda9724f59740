"""Published versions of the API's function: which there are, and which nobody needs any more."""

from typing import Any

from modelctl.aws import Aws
from modelctl.documents import counted
from modelctl.failures import WrongUsageError
from modelctl.output import Output, line

ALIAS = "live"
KEPT = 2  # what answers, and a way back


def prune(aws: Aws, output: Output) -> None:
    """Delete all published versions but the newest two and whatever the alias points to.

    Raises:
        WrongUsageError: nobody named a stack.
    """
    if not aws.place.stack:
        raise WrongUsageError("Which stack? Give --stack NAME.")
    client, name = aws.client("lambda"), aws.function
    alias = client.get_alias(FunctionName=name, Name=ALIAS)
    shifting = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    published = published_versions(client, name)
    kept = {*published[-KEPT:], int(alias["FunctionVersion"]), *map(int, shifting)}
    deleted = [version for version in published if version not in kept]
    for version in deleted:
        client.delete_function(FunctionName=name, Qualifier=str(version))
        output.note(line(f"Version {version} is deleted."))
    output.answer(
        {"function": name, "deleted": deleted, "kept": sorted(kept)},
        line(
            f"{counted(len(deleted), 'version')} deleted;"
            f" kept: {', '.join(map(str, sorted(kept)))}."
        ),
    )


def published_versions(client: Any, function: str) -> list[int]:  # noqa: ANN401 - Lambda's client
    """Return the numbers of a function's published versions, the oldest first."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [each["Version"] for page in pages for each in page["Versions"]]
    return sorted(int(version) for version in versions if version != "$LATEST")
