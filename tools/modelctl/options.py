"""The options every command takes, and how its failures are told."""

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, is_dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modelctl.clocks import Clocks
from modelctl.failures import CommandError, WrongUsageError
from modelctl.output import Output, line

if TYPE_CHECKING:
    from modelctl.aws import Aws

_INTERRUPTED = 130  # what shells make of a process that SIGINT ended
_BROKEN_PIPE = 141  # likewise, of SIGPIPE


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every command can be told, and what it needs to answer."""

    clocks: Clocks
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the answer as one JSON document, for scripts.")
    ] = False
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of what goes wrong, too.")
    ] = False

    @cached_property
    def output(self) -> Output:
        """Return where the command prints."""
        return Output(as_json=self.as_json)


@dataclass(frozen=True, kw_only=True)
class AwsOptions(Options):
    """Where the registry and the keys are."""

    stack: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The CloudFormation stack that is meant."),
    ] = None
    bucket: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The registry's bucket, rather than $BUCKET_NAME."),
    ] = None
    table: Annotated[
        str | None, typer.Option(metavar="NAME", help="The keys' table, rather than $TABLE_NAME.")
    ] = None
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="The AWS profile, rather than $AWS_PROFILE.")
    ] = None
    region: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The AWS region, rather than $AWS_DEFAULT_REGION."),
    ] = None

    def connected(self) -> "AbstractContextManager[Aws]":
        """Return what reaches AWS; inside of it, what AWS says is turned into our errors."""
        from modelctl.aws import connected  # noqa: PLC0415 - late: it takes a third of a second

        return connected(self, os.environ)


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let ``command`` take, one by one, the options its dataclass parameters are made of.

    One of them is called ``options``: its own come last, and what the command fails with is told
    as they say.
    """
    own = inspect.signature(command).parameters
    kinds: Mapping[str, Any] = {
        name: each.annotation for name, each in own.items() if is_dataclass(each.annotation)
    }
    given = {
        name: {each: option for each, option in _parameters(kind).items() if each != "clocks"}
        for name, kind in kinds.items()
    }

    @wraps(command)
    def run(context: typer.Context, **arguments: Any) -> None:  # noqa: ANN401 - whatever Typer read
        told = {
            name: {each: arguments.pop(each) for each in its_options}
            for name, its_options in given.items()
        }
        options = kinds["options"](clocks=context.ensure_object(Clocks), **told.pop("options"))
        groups = {name: kinds[name](**values) for name, values in told.items()}
        with _telling(options):
            command(**arguments, **groups, options=options)
            options.output.flush()

    run.__signature__ = _signature(own, given)  # type: ignore[attr-defined] # where inspect looks first
    return run


def _parameters(kind: type) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(kind).parameters


def _signature(
    own: Mapping[str, inspect.Parameter], given: Mapping[str, Mapping[str, inspect.Parameter]]
) -> inspect.Signature:
    """Return the parameters Typer is to see."""
    context = inspect.Parameter(
        "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    kept = [
        parameter
        for name, each in own.items()
        if name != "options"
        for parameter in (given[name].values() if name in given else [each])
    ]
    return inspect.Signature([context, *kept, *given["options"].values()])


@contextmanager
def _telling(options: Options) -> Iterator[None]:
    """Turn what a command fails with into a sentence and an exit code."""
    try:
        yield
    except BrokenPipeError:
        _give_up_stdout()
        raise typer.Exit(_BROKEN_PIPE) from None
    except KeyboardInterrupt as interrupt:
        options.output.note(line(" ".join(["Interrupted.", *getattr(interrupt, "__notes__", ())])))
        raise typer.Exit(_INTERRUPTED) from None
    except CommandError as error:
        raise _told(error, options) from None
    except OSError as error:
        subject = f"{error.filename}: " if error.filename else ""
        failure = WrongUsageError(f"{subject}{error.strerror or error}.")
        failure.__cause__ = error
        raise _told(failure, options) from None


def _give_up_stdout() -> None:
    """Let what is still buffered go nowhere; else it fails again at exit."""
    with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _told(error: CommandError, options: Options) -> typer.Exit:
    if options.debug:
        traceback.print_exception(error)
    notes = [note for each in (error, error.__cause__) for note in getattr(each, "__notes__", ())]
    sentence = " ".join([str(error), *notes])
    options.output.note(
        line(f"Error: {sentence}", "red"), *(line(f"  {each}") for each in error.problems)
    )
    problems = [{"path": each.path, "message": each.message} for each in error.problems]
    try:
        if options.as_json:
            options.output.answer({"error": {"message": sentence, "problems": problems}})
        options.output.flush()
    except OSError:  # which may be what is told of
        _give_up_stdout()
    return typer.Exit(error.exit_code)
