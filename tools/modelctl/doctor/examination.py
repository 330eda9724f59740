"""One check after the other, each of which may fail without keeping the next from being made."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import NamedTuple

import typer
from rich.console import RenderableType

from model_catalog.snapshot import Snapshot
from modelctl.aws import FAILURES, Aws
from modelctl.clocks import Clocks
from modelctl.doctor.api_checks import check_canary, check_health, check_refusal
from modelctl.doctor.findings import Finding, Verdict, failed, skipped
from modelctl.doctor.stack_checks import check_alarms, check_function, check_stack
from modelctl.doctor.store_checks import check_bucket, check_keys, check_registry, check_table
from modelctl.failures import CommandError
from modelctl.live import read_snapshot
from modelctl.output import Output, line

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red"}
_WIDEST_VERDICT, _WIDEST_SUBJECT = max(map(len, Verdict)), len("admission")


class Check(NamedTuple):
    """One check, and what it looks at."""

    subject: str
    run: Callable[[], Iterable[Finding]]


def examine(
    aws: Aws, output: Output, clocks: Clocks, *, url: str | None, secret: str | None
) -> None:
    """Make every check, and print what each found.

    Raises:
        typer.Exit: something does not work.
    """
    with output.progress("Examining") as tell:
        found: list[Finding] = []
        for check in _checks(aws, clocks, url, secret):
            tell(check.subject)
            found.extend(_made(aws, check))
    output.answer(
        {"findings": [asdict(each) for each in found]},
        *(text for each in found for text in _lines(each)),
    )
    if any(each.verdict is Verdict.FAILED for each in found):
        raise typer.Exit(1)


def _checks(aws: Aws, clocks: Clocks, url: str | None, secret: str | None) -> Iterator[Check]:
    if stack := aws.place.stack:
        yield Check("stack", lambda: check_stack(aws))
        yield Check("function", lambda: check_function(aws))
        yield Check("alarms", lambda: check_alarms(aws, stack))
    else:
        yield _not_made("stack", "no stack was named", "Name it with --stack.")
    yield Check("table", lambda: check_table(aws))
    yield Check("keys", lambda: check_keys(aws))
    yield Check("bucket", lambda: check_bucket(aws))
    yield Check("registry", lambda: check_registry(aws, clocks.now()))
    if where := _address(aws, url):
        yield Check("api", lambda: check_health(where, _live(aws)))
        yield Check("admission", lambda: check_refusal(where))
    else:
        yield _not_made("api", "nobody said where it is", "Give --url URL or --stack NAME.")
    if where and secret:
        yield Check("canary", lambda: check_canary(where, secret))
    elif where:
        yield _not_made(
            "canary", "no key to ask with", "Give one in $MODEL_CATALOG_KEY; it costs one request."
        )


def _not_made(subject: str, message: str, advice: str) -> Check:
    return Check(subject, lambda: [skipped(subject, message, advice)])


def _address(aws: Aws, given: str | None) -> str:
    """Return where the API is; if the stack cannot be asked, that is another check's finding."""
    with suppress(*FAILURES, CommandError):
        return (given or aws.api_url or "").rstrip("/")
    return ""


def _live(aws: Aws) -> Snapshot | None:
    """Return what is live, if it can be read; that it cannot is another check's finding."""
    with suppress(*FAILURES, CommandError):
        return read_snapshot(aws.registry.read_live())
    return None


def _made(aws: Aws, check: Check) -> Iterator[Finding]:
    """Make a check; what it cannot be made for is a finding, too."""
    try:
        yield from check.run()
    except FAILURES as error:
        yield failed(check.subject, "it cannot be looked at", aws.explained(error))
    except CommandError as error:
        yield failed(check.subject, "it cannot be looked at", str(error))


def _lines(finding: Finding) -> Iterator[RenderableType]:
    verdict, subject = finding.verdict, finding.subject
    yield line(
        f"{verdict:{_WIDEST_VERDICT}}  {subject:{_WIDEST_SUBJECT}}  {finding.message}",
        _STYLES.get(verdict, ""),
    )
    if finding.advice:
        yield line(f"{'':{_WIDEST_VERDICT + _WIDEST_SUBJECT + 4}}{finding.advice}")
