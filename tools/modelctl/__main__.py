"""``modelctl``, and ``python -m modelctl``."""

import sys
from io import BytesIO, TextIOWrapper


def main() -> None:
    """Run the command line."""
    sys.stdin = sys.stdin or TextIOWrapper(BytesIO())  # None if whoever started us closed it
    sys.stderr = sys.stderr or TextIOWrapper(BytesIO())
    if sys.stdout is None:
        sys.stderr.write("Error: standard output is closed, and nobody would see the answer.\n")
        sys.exit(2)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what the terminal's encoding lacks
    try:
        # Late, since loading it takes a moment in which Ctrl-C must work, too.
        from modelctl.command_line import app  # noqa: PLC0415

        app(prog_name="modelctl")
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
