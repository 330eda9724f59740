"""How a command fails: with a sentence that says what to do, and an exit code of its own."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_catalog.registry_source import Problem


class CommandError(Exception):
    """A command cannot do what it was asked to.

    Attributes:
        exit_code: what scripts see.
        problems: what is wrong with a document, if that is why.
    """

    exit_code: ClassVar[int]

    def __init__(self, message: str, problems: "Sequence[Problem]" = ()) -> None:
        super().__init__(message)
        self.problems = problems


class RefusedError(CommandError):
    """A check said no."""

    exit_code = 1


class WrongUsageError(CommandError):
    """The command line, or a file it names, cannot be used."""

    exit_code = 2


class AwsError(CommandError):
    """AWS, or the way there, said no."""

    exit_code = 3
