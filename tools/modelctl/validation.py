"""``registry validate``: every problem and every warning of a document."""

from datetime import UTC, datetime

import typer

from modelctl.documents import check, counted
from modelctl.failures import RefusedError
from modelctl.output import Output, line
from modelctl.reports import problems_json, warning_lines


def validate(content: bytes, output: Output, *, name: str) -> None:
    """Print what is wrong with ``content``, or that nothing is.

    Raises:
        typer.Exit: something is wrong.
    """
    try:
        compiled = check(content, output, now=datetime.now(UTC))
    except RefusedError as error:
        output.answer(
            {"valid": False, "problems": problems_json(error.problems), "warnings": []},
            *(line(str(problem)) for problem in error.problems),
            line(f"{name} is not valid: {counted(len(error.problems), 'problem')}.", "bold red"),
        )
        raise typer.Exit(error.exit_code) from error
    models, warnings = len(compiled.snapshot.entries), problems_json(compiled.warnings)
    told = f"{counted(models, 'model')}, {counted(len(warnings), 'warning')}"
    sha256 = compiled.snapshot.source_sha256
    output.answer(
        {"valid": True, "models": models, "sha256": sha256, "problems": [], "warnings": warnings},
        *warning_lines(compiled.warnings),
        line(f"{name} is valid: {told}.", "bold green"),
    )
