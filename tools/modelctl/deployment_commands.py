"""``modelctl doctor`` and ``modelctl prune``: the stack as a whole."""

from typing import Annotated

import typer

from modelctl.options import AwsOptions


def doctor(
    options: AwsOptions,
    *,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Where the API answers, if not where the stack says it does."
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="SECRET",
            envvar="MODEL_CATALOG_KEY",
            help="A key to ask the API with; better set in the environment than typed here.",
        ),
    ] = None,
) -> None:
    """Look over a stack, and say what is wrong and what to do.

    Looked at are the stack's last deployment, the version that answers, alarms that are on, the
    table and its backups, keys that cannot be read, whether the live registry can be read and is
    what was published last, and what the API answers: to nobody, to a made-up key and, if there is
    one to ask with, to a real one. Nothing is changed; a request with a real key counts. The exit
    code is 1 if something does not work.
    """
    from modelctl.api_client import checked
    from modelctl.doctor.examination import examine

    secret = None if key is None else checked(key)
    with options.connected() as aws:
        examine(aws, options.output, options.clocks, url=url, secret=secret)


def prune(
    options: AwsOptions,
    *,
    keep: Annotated[
        list[int] | None,
        typer.Option(
            metavar="VERSION",
            help="A version that stays, the one before a deployment, say. May be repeated.",
        ),
    ] = None,
    remember: Annotated[
        bool,
        typer.Option(
            "--remember",
            help="Delete nothing: print, before a deployment, the --keep options for what answers.",
        ),
    ] = False,
) -> None:
    """Delete versions of the function that nobody needs any more.

    What the alias points to stays, as does each version named with --keep. If that is one version
    only, the newest of the others stays, too, for a way back: so two stay, or more if more are
    needed. Each has a snapshot, which is paid for by the hour.

    The newest is no way back if requests were turned away from it, by hand or by a canary that
    failed. So `make deploy` and the pipeline ask with --remember before a deployment what answers,
    and name it with --keep after it. Before a first deployment --remember prints nothing.
    """
    from modelctl import versions

    with options.connected() as aws:
        if remember:
            versions.remember(aws, options.output)
        else:
            versions.prune(aws, options.output, keep=frozenset(keep or ()))
