"""``modelctl registry``: the commands that change nothing; each leaves the doing to its module.

What needs AWS's libraries or the checks is imported where it is used: together they take half a
second, which neither ``--help`` nor completion should.
"""

from typing import Annotated

import typer

from modelctl.arguments import DocumentFile
from modelctl.options import AwsOptions, Options


def validate(file: DocumentFile, options: Options) -> None:
    """Check a document as the publisher will.

    All problems are told at once. Each is a line with its path, like models[3].default_verbosity.
    Warnings are told apart: a document that has only warnings is valid. The exit code is 1 if
    there is any problem.
    """
    from modelctl.documents import read_document
    from modelctl.validation import validate as run

    run(read_document(file), options.output, name=str(file))


def diff(
    file: DocumentFile,
    options: AwsOptions,
    *,
    no_keys: Annotated[
        bool, typer.Option("--no-keys", help="Do not read the keys to tell who is affected.")
    ] = False,
) -> None:
    """Tell what publishing a document would change.

    It is compared with what is live: models that are added (+), removed (-), changed (~), field
    by field, and moved (>) past others. A key is affected if a model appears in its list or
    disappears from it, or can be retrieved by its name at last or no longer.
    """
    from modelctl.comparison import diff as run
    from modelctl.documents import read_document

    with options.connected() as aws:
        content = read_document(file)
        run(content, aws, options.output, options.clocks, with_keys=not no_keys)


def show(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="One model, by its id or an alias.")
    ] = None,
    *,
    options: AwsOptions,
    source: Annotated[
        bool, typer.Option("--source", help="The newest source, byte for byte, not what is live.")
    ] = False,
) -> None:
    """Show what is live, or the newest source.

    What is live is shown as a list of models in their order or, of one model, with all its fields.

    With --source, print the newest authored document instead, to be edited and published again;
    it need not be what is live, if the publisher rejected it or is still at it.
    """
    from modelctl.views import show_live, show_source

    with options.connected() as aws:
        (show_source if source else show_live)(aws.registry, options.output, model)


def history(
    options: AwsOptions,
    *,
    limit: Annotated[
        int,
        typer.Option(metavar="NUMBER", min=1, max=10_000, help="How many versions to show."),
    ] = 10,
) -> None:
    """List the versions of the source, the newest first.

    Each with when and by whom it was published, how many models it has, and what it changed. One
    is live; a rejected one never was, and its first problem is told; a pending one is the
    publisher's to decide on.
    """
    from modelctl.history import history as run

    with options.connected() as aws:
        run(aws.registry, options.output, limit=limit)


def schema(options: Options) -> None:
    """Print the document's JSON Schema.

    Name it in the document's "$schema", and editors complete and check it as you type. It is JSON
    with or without --json.
    """
    from model_catalog.registry import schema_text

    options.output.verbatim(schema_text().encode())
