"""The OpenAPI document as a page for people: one file without a script."""

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from contract.document import document
from contract.headers import USUAL

type Part = dict[str, Any]

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CODE = re.compile(r"`([^`]+)`")
_SENT = {"query": "{}={}", "header": "{}: {}", "path": "{1}"}
_BOUNDS = {
    "minimum": "at least {:,}",
    "maximum": "at most {:,}",
    "exclusiveMaximum": "below {:,}",
    "minLength": "at least {} long",
    "minItems": "at least {} of them",
    "maxItems": "at most {} of them",
    "format": "a {}",
}


def page() -> str:
    """Return the page."""
    described = document()
    parameters = described["components"]["parameters"]
    environment = Environment(
        autoescape=True,
        keep_trailing_newline=True,
        loader=PackageLoader("contract", "."),
        lstrip_blocks=True,
        trim_blocks=True,
    )
    environment.filters |= {
        "bounds": bounds,
        "curl": curl,
        "json": indented,
        "name": name_of,
        "parts": lambda references: [parameters[name_of(each)] for each in references],
        "prose": prose,
        "sent": sent,
        "words": words,
    }
    return environment.get_template("page.html.jinja").render(
        described, answers=_other_answers(described), tagged=_by_tag(described), usual=USUAL
    )


def name_of(reference: Part) -> str:
    """Return the name of what is referred to; "" if a part stands where it is used."""
    return str(reference.get("$ref", "")).rpartition("/")[2]


def words(name: str) -> str:
    """Return an answer's name as people write it."""
    return _CAPITAL.sub(" ", name).capitalize()


def prose(text: str) -> Markup:
    """Return a description with its backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S704 - escaped


def indented(content: object) -> Markup:
    """Return an example as people read it."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return Markup(escape(text, quote=False))  # noqa: S704 - escaped


def bounds(schema: Part) -> list[str]:
    """Return what a schema says of a value beside its type."""
    return [said.format(schema[word]) for word, said in _BOUNDS.items() if word in schema]


def sent(parameter: Part) -> Iterator[str]:
    """Return a parameter's examples as they are sent."""
    form = _SENT[parameter["in"]]
    values = [each["value"] for each in parameter.get("examples", {}).values()]
    for value in values or [parameter["example"]]:
        several = value if isinstance(value, list) else [value]
        yield "&".join(form.format(parameter["name"], one) for one in several)


def curl(path: str, operation: Part, parameters: Sequence[Part]) -> str:
    """Return a line that asks for it."""
    for parameter in parameters:
        path = path.replace(f"{{{parameter['name']}}}", next(sent(parameter)))
    line = f'curl "$MODEL_CATALOG_URL{path}"'
    if operation.get("security") == []:
        return line
    return f'{line} \\\n  -H "Authorization: Bearer $MODEL_CATALOG_KEY"'


def _by_tag(described: Part) -> list[tuple[Part, list[tuple[str, Part]]]]:
    """Return the tags, each with its paths."""
    tags = {tag["name"]: tag for tag in described["tags"]}
    paths = groupby(described["paths"].items(), lambda path: path[1]["get"]["tags"][0])
    return [(tags[name], [*found]) for name, found in paths]


def _other_answers(described: Part) -> list[tuple[str, str]]:
    """Return the statuses that are not 200, each with the names of its answers."""
    named = {
        (status, name_of(answer))
        for item in described["paths"].values()
        for status, answer in item["get"]["responses"].items()
        if status != "200"
    }
    return sorted(named)
