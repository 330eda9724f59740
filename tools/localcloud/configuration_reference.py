"""What can be set of a stack, as Markdown, written into ``docs/configuration.md``."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localcloud.template import Intrinsic, Template

_GENERATED = re.compile(r"(<!-- generated [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)
_FUNCTIONS = ("ApiFunction", "PublisherFunction")


def with_configuration(page: str, template: Template) -> str:
    """Return ``page`` with its generated part made anew."""
    parts = {
        "Parameters": ("parameter | default | values | ", _parameters(template)),
        "Outputs": ("output | ", _outputs(template)),
        "The functions' environment": ("variable | API | publisher", _variables(template)),
    }
    tables = "\n".join(f"### {title}\n\n{_table(*part)}" for title, part in parts.items())
    return _GENERATED.sub(lambda marks: f"{marks[1]}\n{tables}\n{marks[2]}", page)


def _table(head: str, rows: Iterator[str]) -> str:
    rule = " | ".join("---" for _ in head.split("|"))
    return (
        "\n".join(f"| {row} |".replace("|  |", "| |") for row in (head.strip(), rule, *rows)) + "\n"
    )


def _parameters(template: Template) -> Iterator[str]:
    for name, said in template.document["Parameters"].items():
        default = f"`{said['Default']}`" if said["Default"] != "" else "empty"
        yield f"`{name}` | {default} | {_values(said)} | {said['Description']}"


def _values(said: Mapping[str, Any]) -> str:
    """Say in words what a parameter may be."""
    if "AllowedValues" in said:
        return ", ".join(f"`{value}`" for value in said["AllowedValues"])
    if "ConstraintDescription" in said:
        return str(said["ConstraintDescription"]).removeprefix("must be ")
    if "MinLength" in said:
        return f"{said['MinLength']} to {said['MaxLength']} characters"
    return f"at least {said['MinValue']}" if "MinValue" in said else "text"


def _outputs(template: Template) -> Iterator[str]:
    for name, said in template.document["Outputs"].items():
        yield f"`{name}` | {said['Description']}"


def _variables(template: Template) -> Iterator[str]:
    environments = [
        template.function(function)["Environment"]["Variables"] for function in _FUNCTIONS
    ]
    for name in dict.fromkeys(name for each in environments for name in each):
        cells = (_origin(each[name], template) if name in each else "" for each in environments)
        yield " | ".join([f"`{name}`", *cells])


def _origin(value: object, template: Template) -> str:
    """Say where the value of a variable comes from."""
    match value:
        case Intrinsic("Ref", "AWS::StackName"):
            return "the stack's name"
        case Intrinsic("Ref", str(name)) if name in template.document["Parameters"]:
            return f"parameter `{name}`"
        case Intrinsic("Ref", name):
            return f"name of `{name}`"
    return f"`{value}`"


def main() -> None:
    """Make the generated part of the page named on the command line anew."""
    page = Path(sys.argv[1])
    page.write_text(with_configuration(page.read_text("utf-8"), Template.load()), "utf-8")


if __name__ == "__main__":
    main()
