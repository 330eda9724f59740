"""What several commands about keys are given."""

from dataclasses import dataclass
from typing import Annotated

import typer

from model_catalog.api_keys import KeyStatus

KeyName = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="A key: its id, its prefix as listed, its name, or its secret."
    ),
]


@dataclass(frozen=True, kw_only=True)
class RuleOptions:
    """What a key may be told when it is made; None leaves it as it is."""

    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="A model it may use: an id, an alias, a glob over ids (openai/*) or a @group."
            " May be repeated.",
        ),
    ] = None
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WINDOW=N",
            help="The most requests per minute, hour, day, week or month. May be repeated.",
        ),
    ] = None
    expires: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="When it stops working: after a time (12h, 30d, 8w), on a date (2027-01-01, as"
            " that day begins in UTC), at a moment (2027-01-01T18:00+01:00), or never.",
        ),
    ] = None
    owner: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Whom to ask about it; empty for nobody.")
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TEXT",
            help="What else to note of it; empty takes the tag away. May be repeated.",
        ),
    ] = None
    permission: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What it may do; models.read is what the routes ask for. May be repeated.",
        ),
    ] = None
    ip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CIDR",
            help="Where it may be used from, like 203.0.113.0/24. May be repeated.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ChangeOptions(RuleOptions):
    """What a key may be told later."""

    name: Annotated[str | None, typer.Option(metavar="NAME", help="What to call it.")] = None
    add_allow: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="A further model it may use. May be repeated."),
    ] = None
    remove_allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="A pattern to take off its allow-list. May be repeated."
        ),
    ] = None
    allow_all: Annotated[
        bool, typer.Option("--allow-all", help="Let it use every model, those to come included.")
    ] = False
    any_ip: Annotated[bool, typer.Option("--any-ip", help="Let it be used from everywhere.")] = (
        False
    )


@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """Which keys are looked for; what is not said is any."""

    status: Annotated[
        KeyStatus | None, typer.Option(help="How they stand now.", show_choices=True)
    ] = None
    name: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A part of their name, in any case.")
    ] = None
    owner: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Whom they belong to; empty for nobody.")
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=TEXT", help="A tag they have. May be repeated: all of them."),
    ] = None
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="A model they may use, by id or alias.")
    ] = None
    expires_within: Annotated[
        str | None, typer.Option(metavar="SPAN", help="They expire within that time, or have.")
    ] = None
    unused_for: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Nobody has used them for that long.")
    ] = None
