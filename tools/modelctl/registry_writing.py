"""``modelctl registry``: the commands that change something; each leaves the doing to its module.

What needs AWS's libraries or the checks is imported where it is used: together they take half a
second, which neither ``--help`` nor completion should.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modelctl.arguments import DocumentFile
from modelctl.options import AwsOptions, Options

_ALLOW_REMOVALS = typer.Option(
    "--allow-removals", help="Publish even if none is listed any more, or over half are gone."
)
_TIMEOUT = typer.Option(
    metavar="SECONDS", min=0, help="How long to wait for the publisher to decide."
)
AllowRemovals = Annotated[bool, _ALLOW_REMOVALS]
Timeout = Annotated[int, _TIMEOUT]


class Catalog(StrEnum):
    """Where models can be imported from."""

    CODEX = "codex"
    OPENROUTER = "openrouter"
    LITELLM = "litellm"
    OPENAI = "openai"


def publish(
    file: DocumentFile,
    options: AwsOptions,
    *,
    allow_removals: AllowRemovals = False,
    timeout: Timeout = 120,
) -> None:
    """Publish a document, and wait until it is live.

    It is checked here first, then written as the newest source, with who, when, from where and
    its hash, but only if nobody else wrote one in the meantime: else you are told who was first.
    The publisher function then checks it again and makes it live. Its rejection is told with all
    problems (exit code 1); if it does not decide in time, the exit code is 3 and the document may
    still become live. Publishing what is live already does nothing.
    """
    from modelctl.documents import read_document
    from modelctl.publication import Draft
    from modelctl.releases import Releases

    draft = Draft(read_document(file), allow_removals)
    with options.connected() as aws:
        Releases(aws, options.output, options.clocks, timeout).publish(draft)


def rollback(
    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="The version, or enough of its beginning; put -- before one that begins with -.",
        ),
    ],
    options: AwsOptions,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    allow_removals: AllowRemovals = False,
    timeout: Timeout = 120,
) -> None:
    """Publish an older version again.

    What would change is shown, and you are asked. The older source then becomes the newest
    version, through the same checks as any other: history is added to, never rewritten.
    """
    from modelctl.releases import Releases

    with options.connected() as aws:
        releases = Releases(aws, options.output, options.clocks, timeout)
        releases.publish_again(version, sure=yes, allow_removals=allow_removals)


def import_(
    catalog: Annotated[Catalog, typer.Argument(metavar="CATALOG", help="What FILE is from.")],
    file: DocumentFile,
    options: Options,
    *,
    into: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="The document to bring up to date."),
    ] = None,
    provider: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this provider's models, of LiteLLM's."),
    ] = None,
) -> None:
    """Make a document from another catalog, or bring one up to date.

    \b
    CATALOG     FILE
    codex       what `codex debug models --bundled` prints
    openrouter  what https://openrouter.ai/api/v1/models answers
    litellm     LiteLLM's model_prices_and_context_window.json
    openai      what any OpenAI-compatible GET /v1/models answers

    Without --into the new document is printed. With it, the document there is brought up to
    date: new models are added, fields follow the catalog, and whatever you edited by hand stays.
    For telling your edits apart, what the catalog said last is kept beside the document, in
    .NAME.imports/; keep that under version control as well. Nothing is made up: what a catalog
    does not say is left out, and what cannot be imported is reported.
    """  # noqa: D301 - before lines that are to stay lines
    from modelctl.documents import read_document
    from modelctl.imports import import_models

    import_models(catalog, read_document(file), options.output, into=into, provider=provider)
