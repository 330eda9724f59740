"""The command line: what is printed, and what ends it."""

import shlex
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from localcloud.access_log import say
from localcloud.cloud import (
    AWS_ENV_FILE,
    FOLDER,
    KEYS_FILE,
    REGISTRY,
    LocalCloud,
    PortUnavailableError,
    Serving,
)
from localcloud.demo import DEMO_KEYS
from localcloud.stopping import Stopping
from model_catalog.registry_source import InvalidRegistryError

_NARROWEST = 80  # columns; a secret must not be broken, and a terminal that is narrower wraps it

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to serve; 0 takes any free port.")
    ] = 8000,
    host: Annotated[str, typer.Option(help="Which of this machine's addresses to use.")] = (
        "127.0.0.1"
    ),
    registry: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, readable=True, help="What to publish.")
    ] = REGISTRY,
    folder: Annotated[
        Path, typer.Option(file_okay=False, help="Where the demo keys are kept.")
    ] = FOLDER,
) -> None:
    """Serve the real function on this machine, with sample models and demo keys."""
    stopping = context.ensure_object(Stopping)
    try:
        with LocalCloud(port=port, host=host, registry=registry, folder=folder) as cloud:
            say(welcome(cloud, folder, columns=get_terminal_size().columns))
            stopping.wait()
    except (InvalidRegistryError, OSError, PortUnavailableError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error


def welcome(cloud: Serving, folder: Path, *, columns: int) -> str:
    """Return what there is to know about ``cloud``, every line of it fit for copying."""
    secret = cloud.keys[DEMO_KEYS[0].name]
    lines = [
        *(f"Warning: {warning}" for warning in cloud.warnings),
        f"Serving on {cloud.url}",
        _key_table(cloud, max(columns, _NARROWEST)),
        f"Paste one into the page at {cloud.url}/ or try:",
        f"  curl -s -H 'Authorization: Bearer {secret}' {cloud.url}/v1/models",
        "",
        f"These keys stay; they are kept in {_shown(folder / KEYS_FILE)}.",
        f"For the AWS command line in another terminal:  . {_shown(folder / AWS_ENV_FILE)}",
        "Stop with Ctrl-C.",
    ]
    return "\n".join(lines)


def _shown(path: Path) -> str:
    """Return ``path`` as it is written from the current folder, if it lies in there."""
    here = Path.cwd()
    return shlex.quote(f"./{path.relative_to(here)}" if path.is_relative_to(here) else str(path))


def _key_table(cloud: Serving, columns: int) -> str:
    table = Table("Demo key", "Secret, and what it may do", box=SIMPLE)
    for key in DEMO_KEYS:
        table.add_row(key.name, f"[bold]{cloud.keys[key.name]}[/]\n{key.summary}")
    console = Console(width=columns, color_system="auto")
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
