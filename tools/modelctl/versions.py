"""Published versions of the API's function: which there are, and which nobody needs any more."""

from typing import Any

from botocore.exceptions import ClientError

from modelctl.aws import Aws
from modelctl.documents import counted
from modelctl.failures import WrongUsageError
from modelctl.output import Output, line

ALIAS = "live"
KEPT = 2  # what answers, and a way back


def prune(aws: Aws, output: Output, *, keep: frozenset[int]) -> None:
    """Delete published versions, but what the alias points to, ``keep``, and two in all.

    Raises:
        WrongUsageError: nobody named a stack, or a version to keep is not there.
    """
    _check_stack(aws)
    client, name = aws.client("lambda"), aws.function
    published = published_versions(client, name)
    for missing in sorted(keep.difference(published)):
        raise WrongUsageError(f"There is no version {missing} to keep; nothing was deleted.")
    needed = _pointed_to(client, name) | keep
    by_need = sorted(published, key=lambda version: (version in needed, version))
    kept = sorted(by_need[-max(KEPT, len(needed)) :])
    deleted = [version for version in published if version not in kept]
    for version in deleted:
        client.delete_function(FunctionName=name, Qualifier=str(version))
        output.note(line(f"Version {version} is deleted."))
    output.answer(
        {"function": name, "deleted": deleted, "kept": kept},
        line(f"{counted(len(deleted), 'version')} deleted; kept: {', '.join(map(str, kept))}."),
    )


def remember(aws: Aws, output: Output) -> None:
    """Print what answers as the options that keep it; before a first deployment, nothing.

    Raises:
        WrongUsageError: nobody named a stack.
    """
    _check_stack(aws)
    answering = sorted(_answering(aws))
    output.answer({"keep": answering}, *(line(f"--keep {version}") for version in answering))


def published_versions(client: Any, function: str) -> list[int]:  # noqa: ANN401 - Lambda's client
    """Return the numbers of a function's published versions, the oldest first."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [each["Version"] for page in pages for each in page["Versions"]]
    return sorted(int(version) for version in versions if version != "$LATEST")


def _check_stack(aws: Aws) -> None:
    if not aws.place.stack:
        raise WrongUsageError("Which stack? Give --stack NAME.")


def _answering(aws: Aws) -> set[int]:
    """Return the versions that answer: none if stack, function or alias is yet to be."""
    try:
        function = aws.outputs.get("ApiFunctionName")
        return _pointed_to(aws.client("lambda"), function) if function else set()
    except ClientError as error:
        if _is_yet_to_be(error):
            return set()
        raise


def _pointed_to(client: Any, function: str) -> set[int]:  # noqa: ANN401 - Lambda's client
    """Return the versions that the alias sends requests to."""
    alias = client.get_alias(FunctionName=function, Name=ALIAS)
    shifting = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return {int(alias["FunctionVersion"]), *map(int, shifting)}


def _is_yet_to_be(error: ClientError) -> bool:
    """Tell whether what was asked for is not there; of a stack, only the message says so."""
    told = error.response["Error"]
    return told["Code"] == "ResourceNotFoundException" or "does not exist" in told["Message"]
