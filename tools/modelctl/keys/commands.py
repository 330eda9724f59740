"""``modelctl keys``: its commands, in the order they are listed in."""

import typer

from modelctl.keys.reading import allows, audit, list_, show, test, usage
from modelctl.keys.writing import (
    create,
    delete,
    disable,
    enable,
    import_,
    revoke,
    rotate,
    update,
)
from modelctl.options import with_options

app = typer.Typer(
    name="keys",
    no_args_is_help=True,
    help="""\
    Issue, watch, change, rotate and revoke API keys.

    A key is named by its id, by its prefix as listed, by its name if no other key has that name,
    or by its secret. Every change is written together with who made it, when and from where.
    """,
    epilog="""\
    \b
    The life of a key:
      modelctl keys create ci --allow 'openai/*' --limit minute=60 --expires 90d
      modelctl keys usage ci
      modelctl keys update ci --limit minute=120
      modelctl keys rotate ci --overlap 24h
      modelctl keys revoke ci
      modelctl keys audit ci
    """,
)

for command in (
    create,
    list_,
    show,
    usage,
    update,
    disable,
    enable,
    revoke,
    rotate,
    delete,
    allows,
    test,
    audit,
    import_,
):
    app.command(command.__name__.rstrip("_"))(with_options(command))
