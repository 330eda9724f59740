"""``modelctl keys``: the commands that change something; each leaves the doing to its module.

What needs AWS's libraries is imported where it is used: it takes a third of a second, which neither
``--help`` nor completion should.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from modelctl.arguments import DocumentFile
from modelctl.failures import WrongUsageError
from modelctl.keys.options import ChangeOptions, KeyName, RuleOptions
from modelctl.options import AwsOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from modelctl.keys.changing import Changing
    from modelctl.keys.issuing import Issuing

Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print the secret alone, to be piped into a secret store."),
]


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    rules: RuleOptions,
    options: AwsOptions,
    *,
    quiet: Quiet = False,
) -> None:
    """Make a key, and print its secret, this once.

    Only a digest of the secret is stored: nobody can show it again. Without --allow the key may
    use all models, without --ip it works everywhere, without --permission it has models.read. A
    pattern that matches no live model is only warned of, since the model may be yet to come.
    """
    with _issuing(options, quiet=quiet) as issuing:
        issuing.create(name, rules)


def update(key: KeyName, rules: ChangeOptions, options: AwsOptions) -> None:
    """Change what a key may do, and tell what changed.

    What is not said stays. --allow, --permission and --ip replace the whole list; --limit and
    --tag change the one they name (minute=none lifts a limit, team= removes a tag). What is
    stricter holds from the next request on, what is looser within 10 seconds.
    """
    with _changing(options) as changing:
        changing.update(key, rules)


def disable(key: KeyName, options: AwsOptions) -> None:
    """Stop a key, from its next request on, until it is enabled again."""
    with _changing(options) as changing:
        changing.disable(key)


def enable(key: KeyName, options: AwsOptions) -> None:
    """Let a disabled key work again, within 10 seconds."""
    with _changing(options) as changing:
        changing.enable(key)


def revoke(
    key: KeyName,
    options: AwsOptions,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Revoke without asking.")] = False,
) -> None:
    """Stop a key for ever, from its next request on.

    There is no way back; to its holder the key then reads like one that never was.
    """
    with _changing(options) as changing:
        changing.revoke(key, sure=yes)


def rotate(
    key: KeyName,
    options: AwsOptions,
    *,
    overlap: Annotated[
        str,
        typer.Option(metavar="SPAN", help="How long the secret it has works on; 0 stops it now."),
    ] = "24h",
    force: Annotated[
        bool,
        typer.Option("--force", help="Even inside an overlap: the oldest secret ends at once."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Give a key a new secret, and print it, this once.

    Its id, rules and counters stay. Both secrets work until the overlap ends, and count on the
    same counters: no request is lost, and none is won.
    """
    from modelctl.keys.rules import span

    with _issuing(options, quiet=quiet) as issuing:
        issuing.rotate(key, overlap=span(overlap), force=force)


def delete(key: KeyName, options: AwsOptions) -> None:
    """Delete a revoked or expired key; its audit trail stays."""
    with _changing(options) as changing:
        changing.delete(key)


def import_(
    file: DocumentFile,
    options: AwsOptions,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be imported, and change nothing.")
    ] = False,
) -> None:
    """Take over the keys of a codex-lb.

    Their holders keep their secrets. FILE is codex-lb's SQLite database (store.db), or the rows of
    its table api_keys as JSON: one object per line, or one array. Digests, names, allow-lists,
    expiry and whether a key is active come over; what has no counterpart here, like limits on
    tokens and costs, is told. Keys that are here already stay as they are, and one deleted here
    does not come back: repeating an import changes nothing.
    """
    from modelctl.keys.importing import import_keys

    with options.connected() as aws:
        import_keys(aws, options.output, file, now=options.clocks.now(), dry_run=dry_run)


@contextmanager
def _issuing(options: AwsOptions, *, quiet: bool) -> "Iterator[Issuing]":
    from modelctl.keys.issuing import Issuing

    if quiet and options.as_json:
        raise WrongUsageError("--quiet and --json contradict each other.")
    with options.connected() as aws:
        yield Issuing(aws, options.output, options.clocks, quiet)


@contextmanager
def _changing(options: AwsOptions) -> "Iterator[Changing]":
    from modelctl.keys.changing import Changing

    with options.connected() as aws:
        yield Changing(aws, options.output, options.clocks.now())
