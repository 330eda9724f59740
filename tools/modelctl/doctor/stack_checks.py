"""The stack itself: how it was deployed, what runs, and which alarms are on."""

from collections.abc import Iterator, Mapping
from typing import Any

from modelctl.aws import Aws
from modelctl.doctor.findings import Finding, failed, ok, warning
from modelctl.documents import counted
from modelctl.versions import ALIAS, KEPT, published_versions

_RUNBOOK = "docs/operations.md says what to do, under its name."


def check_stack(aws: Aws) -> Iterator[Finding]:
    """Tell whether the last deployment ended well."""
    status = aws.stack["StackStatus"]
    if status.endswith("_IN_PROGRESS"):
        yield warning("stack", status, "It is being changed; look again when that is over.")
    elif status == "ROLLBACK_COMPLETE":
        yield failed("stack", f"{status}: it was never made", "Delete it, then deploy again.")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield failed("stack", status, "Continue its rollback in CloudFormation, then deploy again.")
    elif status.endswith("_FAILED"):
        yield failed("stack", status, "Look at its events in CloudFormation, and deploy again.")
    elif "ROLLBACK" in status:
        yield warning(
            "stack",
            f"{status}: the last deployment was taken back",
            "Look at its events in CloudFormation for the first failure, and deploy again.",
        )
    else:
        yield ok("stack", status)


def check_function(aws: Aws) -> Iterator[Finding]:
    """Tell which version answers, and whether it can."""
    client, name = aws.client("lambda"), aws.function
    alias = client.get_alias(FunctionName=name, Name=ALIAS)
    live = client.get_function_configuration(FunctionName=name, Qualifier=ALIAS)
    shifting = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    version = f"version {alias['FunctionVersion']}"
    if live.get("State", "Active") == "Failed":
        yield failed(
            "function",
            f"{version} cannot run: {live.get('StateReason', 'nobody says why')}",
            f"Turn {ALIAS} back to the version before, as docs/operations.md says.",
        )
    elif shifting:
        shares = ", ".join(f"{share:.0%} to version {new}" for new, share in shifting.items())
        yield warning(
            "function",
            f"{version}, and {shares}",
            "A deployment is under way, or was stopped halfway: look at it in CodeDeploy.",
        )
    else:
        yield ok("function", f"{version}{_snapshot(live)}")
    published = published_versions(client, name)
    if len(published) > KEPT:
        yield warning(
            "versions",
            f"{counted(len(published), 'published version')}, each a snapshot that is paid for",
            "Delete all that nobody needs: modelctl prune",
        )


def check_alarms(aws: Aws, stack: str) -> Iterator[Finding]:
    """Name the stack's alarms that are on."""
    pages = (
        aws.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{stack}-", StateValue="ALARM")
    )
    names = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
    # CloudFormation puts the stack before and a random word after; what has more words in between
    # is an alarm of a stack whose name only begins like this one's.
    found = [name.removeprefix(f"{stack}-").rpartition("-")[0] for name in sorted(names)]
    on = [name for name in found if name.isalnum()]
    for name in on:
        yield failed("alarms", f"{name} is on", _RUNBOOK)
    if not on:
        yield ok("alarms", "none is on")


def _snapshot(configuration: Mapping[str, Any]) -> str:
    """Tell whether SnapStart is at work."""
    if configuration.get("SnapStart", {}).get("OptimizationStatus") == "On":
        return ", started from a snapshot"
    return ""
