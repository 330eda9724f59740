"""``modelctl keys``: the commands that change nothing; each leaves the doing to its module.

What needs AWS's libraries is imported where it is used: it takes a third of a second, which neither
``--help`` nor completion should.
"""

import sys
from typing import Annotated

import typer

from modelctl.keys.options import KeyName, ListOptions
from modelctl.options import AwsOptions


def list_(wanted: ListOptions, options: AwsOptions) -> None:
    """List keys, and how each stands.

    Of its limits, the one with the fewest requests left is shown. Without options, all keys are
    listed; every option narrows it down.
    """
    from modelctl.keys.watching import list_keys

    with options.connected() as aws:
        list_keys(aws, options.output, wanted, now=options.clocks.now())


def show(key: KeyName, options: AwsOptions) -> None:
    """Show what is known of a key; its secret is not."""
    from modelctl.keys.watching import show_key

    with options.connected() as aws:
        show_key(aws, options.output, key, now=options.clocks.now())


def usage(key: KeyName, options: AwsOptions) -> None:
    """Show how every window of a key stands."""
    from modelctl.keys.watching import show_usage

    with options.connected() as aws:
        show_usage(aws, options.output, key, now=options.clocks.now())


def allows(
    key: KeyName,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model, by its id or an alias.")],
    options: AwsOptions,
) -> None:
    """Explain whether a key may use a model.

    It is told which patterns let the model in, or why none does, and what else is in the way. The
    exit code is 1 if it may not.
    """
    from modelctl.keys.allowing import explain_decision

    with options.connected() as aws:
        explain_decision(aws, options.output, key, model, now=options.clocks.now())


def test(
    secret: Annotated[
        str,
        typer.Argument(
            metavar="SECRET",
            envvar="MODEL_CATALOG_KEY",
            help="A key's secret; - reads it from standard input, which no shell remembers.",
        ),
    ],
    options: AwsOptions,
    *,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the API is, without /v1, rather than the stack or $MODEL_CATALOG_URL.",
        ),
    ] = None,  # noqa: PT028 - a command of that name, no test of pytest's
) -> None:
    """Ask the API for its models, and show its answer.

    That is one request like any other, and counts. The exit code is 1 if the API refuses.
    """
    from modelctl.keys.asking import ask_api

    with options.connected() as aws:
        told = sys.stdin.readline() if secret == "-" else secret  # noqa: S105 - a dash is none
        ask_api(url or aws.api_url, told, options.output)


def audit(
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="One key, a deleted one too. Without it: all keys."),
    ] = None,
    *,
    options: AwsOptions,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="From when on: a span (24h, 7d), a date or a moment."),
    ] = None,
) -> None:
    """Tell who did what to which key, and when.

    From which machine, too, and what that changed. Every change is written in one transaction with
    its record. A record that was replaced in its place, as only a write past this program can, is
    told apart: it does not fit its own digest.
    """
    from modelctl.keys.rules import moment_of
    from modelctl.keys.trail import show_trail

    start = moment_of(since, options.clocks.now(), sign=-1) if since is not None else None
    with options.connected() as aws:
        show_trail(aws.keys, options.output, key, since=start)
