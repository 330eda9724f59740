"""``modelctl``: the command line as a whole."""

from importlib.metadata import version
from typing import Annotated

import typer

from modelctl import registry_commands
from modelctl.deployment_commands import doctor, prune
from modelctl.keys.commands import app as keys_app
from modelctl.options import with_options


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if wanted:
        typer.echo(f"modelctl {version('model-catalog')}")
        raise typer.Exit


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text, the same on paper and in every terminal
    pretty_exceptions_enable=False,
    epilog="""\
    \b
    Where the registry and the keys are is told by, first come first served:
      --bucket NAME, --table NAME      their names
      --stack NAME                     the outputs of a CloudFormation stack
      $BUCKET_NAME, $TABLE_NAME        the environment

    Credentials, region and endpoint are found as by the AWS command line: profiles, SSO,
    $AWS_PROFILE, $AWS_DEFAULT_REGION, $AWS_ENDPOINT_URL. To reach a `make run` in another
    terminal, first type:  . .local/aws.env

    \b
    Exit codes:
      0    fine
      1    a check said no: to a document with problems, to a removal nobody
           allowed, to whoever was second, to a name of nothing that is there
      2    wrong usage: an unknown option, a file that cannot be read
      3    AWS said no, or did not answer in time
      130  interrupted

    For scripts there is --json: one JSON document on standard output, the command's answer or
    {"error": {"message", "problems"}}; nothing if the command line itself is wrong. Everything
    else goes to standard error. Colors and progress appear on terminals only, and no colors where
    $NO_COLOR is set.
    """,
)
app.add_typer(keys_app)
app.add_typer(registry_commands.app)
for command in (doctor, prune):
    app.command()(with_options(command))


@app.callback()
def modelctl(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Operate a Model Catalog: which models API keys may use, and what each of them can do."""
