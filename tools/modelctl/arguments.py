"""What several commands are given."""

from pathlib import Path
from typing import Annotated

import typer

DocumentFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The document; - is standard input.")
]
