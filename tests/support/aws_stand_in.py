"""Stands in for the AWS command line, which is not among the project's packages.

It reads a command by botocore's own descriptions of services, the ones the AWS command line is made
of, and makes the call. What it does not know it refuses.
"""

import json
import sys
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped] # comes with boto3, without annotations
from botocore import xform_name


def main(service: str, operation: str, *options: str) -> None:
    """Make one call, and print what is asked of its answer."""
    client = boto3.client(service)  # type: ignore[call-overload] # any service
    if operation == "wait":
        waiter = client.get_waiter(options[0].replace("-", "_"))
        parameters, _ = _read(client, waiter.config.operation, options[1:])
        waiter.wait(**parameters)
        return
    names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    parameters, output = _read(client, names[operation], options)
    answer = getattr(client, operation.replace("-", "_"))(**parameters)
    del answer["ResponseMetadata"]
    found = jmespath.search(output["query"], answer) if output["query"] else answer
    _print(found, as_text=output["output"] == "text")


def _read(
    client: Any, operation: str, options: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the options of a command by the description of what it calls."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    parser = ArgumentParser(allow_abbrev=False)
    parser.add_argument("--query")
    parser.add_argument("--output", choices=["json", "text"])
    for name, member in shape.members.items():
        kind: Any = {"nargs": "+"} if member.type_name == "list" else {}
        if member.type_name == "boolean":
            kind = {"action": BooleanOptionalAction, "default": None}
        required = name in shape.required_members
        parser.add_argument(f"--{xform_name(name, '-')}", dest=name, required=required, **kind)
    given = vars(parser.parse_args(options))
    output = {name: given.pop(name) for name in ("query", "output")}
    return {
        name: _value(shape.members[name], value)
        for name, value in given.items()
        if value is not None
    }, output


def _value(shape: Any, given: Any) -> Any:
    """Turn what was typed into what its description asks for."""
    match shape.type_name:
        case "list":
            return [_value(shape.member, each) for each in given]
        case "integer" | "long":
            return int(given)
        case "boolean" if isinstance(given, str):
            return {"true": True, "false": False}[given]
        case "structure" | "map":
            return _structure(shape, given)
    return given


def _structure(shape: Any, given: str) -> Any:
    """Read JSON, a file of it, or the short form: ``A=x,B=y``."""
    text = Path(given[7:]).read_text("utf-8") if given.startswith("file://") else given
    if text.startswith("{"):
        return json.loads(text)
    pairs = dict(pair.split("=", 1) for pair in text.split(","))
    return {name: _value(shape.members[name], value) for name, value in pairs.items()}


def _print(found: Any, *, as_text: bool) -> None:
    if not as_text:
        text = json.dumps(found, indent=4, default=str)
    elif isinstance(found, list):
        text = "\t".join(map(str, found))
    else:
        text = str(found)
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
