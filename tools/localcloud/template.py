"""What the stack's template says, for whoever must not say it a second time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATE = PROJECT / "template.yaml"

_SUBSTITUTED = re.compile(r"\$\{([^!}][^}]*)\}")


class TemplateError(Exception):
    """The template lacks something, or says it in a way that is not understood here."""


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A CloudFormation function, unevaluated: ``!Ref KeysTable``."""

    function: str
    argument: object


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its type, and its properties with their functions unevaluated."""

    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A CloudFormation or SAM template, read and not deployed."""

    document: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path = TEMPLATE) -> Self:
        """Read the template at ``path``."""
        # A subclass of yaml.SafeLoader: plain data and Intrinsic, nothing else.
        return cls(yaml.load(path.read_text("utf-8"), _Loader))  # noqa: S506

    def resource(self, logical_id: str) -> Resource:
        """Return the resource ``logical_id`` names.

        Raises:
            TemplateError: there is none.
        """
        resources = self.document.get("Resources", {})
        if logical_id not in resources:
            raise TemplateError(f"The template has no resource {logical_id}.")
        resource = resources[logical_id]
        return Resource(type=resource["Type"], properties=resource.get("Properties", {}))

    def function(self, logical_id: str) -> Mapping[str, Any]:
        """Return a function's properties, those it takes from ``Globals`` included."""
        shared = self.document.get("Globals", {}).get("Function", {})
        return _merged(shared, self.resource(logical_id).properties)

    def environment_of(self, logical_id: str) -> frozenset[str]:
        """Return the names of the variables a function's environment holds."""
        return frozenset(self._variables(logical_id))

    def resolved_environment(self, logical_id: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return a function's environment as it would be deployed.

        ``values`` says what logical ids, attributes (``KeysTable.Arn``), pseudo parameters and
        parameters stand for; a parameter that is absent has its default.

        Raises:
            TemplateError: as ``resolve`` does.
        """
        variables = self._variables(logical_id)
        return {name: self.resolve(value, values) for name, value in variables.items()}

    def resolve(self, value: object, values: Mapping[str, str]) -> str:
        """Return one value as it would be deployed; see ``resolved_environment``.

        Raises:
            TemplateError: a name in it is unknown, or it is no scalar, Ref, GetAtt or Sub.
        """
        return _text(value, {**self._defaults(), **values})

    def _variables(self, logical_id: str) -> Mapping[str, Any]:
        variables: Mapping[str, Any] = (
            self.function(logical_id).get("Environment", {}).get("Variables", {})
        )
        return variables

    def _defaults(self) -> dict[str, str]:
        return {
            name: _scalar(parameter["Default"])
            for name, parameter in self.document.get("Parameters", {}).items()
            if "Default" in parameter
        }


class _Loader(yaml.SafeLoader):
    """Reads plain data, and CloudFormation's tags as ``Intrinsic``."""


def _intrinsic(loader: _Loader, function: str, node: yaml.Node) -> Intrinsic:
    if isinstance(node, yaml.ScalarNode):
        return Intrinsic(function, loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return Intrinsic(function, tuple(loader.construct_sequence(node, deep=True)))
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind of node
    return Intrinsic(function, loader.construct_mapping(node, deep=True))


_Loader.add_multi_constructor("!", _intrinsic)


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as SAM does: maps key by key, lists one after the other, else the function's own."""
    merged = {**shared, **own}
    for name in shared.keys() & own.keys():
        both = shared[name], own[name]
        if all(isinstance(value, Mapping) for value in both):
            merged[name] = _merged(*both)
        elif all(isinstance(value, list) for value in both):
            merged[name] = [*both[0], *both[1]]
    return merged


def _text(value: object, known: Mapping[str, str]) -> str:
    match value:
        case Intrinsic("Ref" | "GetAtt", str(name)):
            return _known(name, known)
        case Intrinsic("Sub", str(text)):
            substituted = _SUBSTITUTED.sub(lambda match: _known(match[1], known), text)
            return substituted.replace("${!", "${")
        case str() | int() | float():
            return _scalar(value)
    raise TemplateError(f"Cannot resolve {value!r} here.")


def _known(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise TemplateError(f"Nothing says what {name} stands for.")
    return known[name]


def _scalar(value: object) -> str:
    """Return ``value`` as CloudFormation turns it into text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
