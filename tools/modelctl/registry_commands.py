"""``modelctl registry``: its commands, in the order they are listed in."""

import typer

from modelctl.options import with_options
from modelctl.registry_reading import diff, history, schema, show, validate
from modelctl.registry_writing import import_, publish, rollback

app = typer.Typer(
    name="registry",
    no_args_is_help=True,
    help="""\
    Check, compare, publish and roll back the registry of models.

    The registry is one JSON document. What you publish becomes the newest version of its source
    in S3; the publisher function checks it again and makes the live snapshot from it, which is
    all that requests ever read. A document with problems therefore changes nothing.
    """,
    epilog="""\
    \b
    A change from beginning to end:
      modelctl registry show --source > registry.json
      $EDITOR registry.json
      modelctl registry validate registry.json
      modelctl registry diff registry.json
      modelctl registry publish registry.json

    \b
    And back:
      modelctl registry history
      modelctl registry rollback VERSION
    """,
)

for command in (validate, diff, publish, show, history, rollback, import_, schema):
    app.command(command.__name__.rstrip("_"))(with_options(command))
