"""``python -m localcloud``: what ``make run`` runs."""

from localcloud.access_log import say
from localcloud.stopping import Stopped, Stopping


def main() -> None:
    """Run the command line until it ends or somebody ends it."""
    stopping = Stopping()
    try:
        stopping.listen()
        # Late, since loading it takes a second in which Ctrl-C must work, too.
        from localcloud.command import app  # noqa: PLC0415

        app(obj=stopping, prog_name="localcloud")
    except Stopped:
        say("Stopped.")


if __name__ == "__main__":
    main()
