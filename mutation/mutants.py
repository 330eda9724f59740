"""Print the mutants of a module as JSON: ``python mutants.py FILE``, where mutmut is installed.

They are mutmut's own mutations, of all of the code: mutmut alone leaves out whatever is decorated
(properties, dataclasses) and whatever stands outside functions (tables, patterns, bounds).
"""

import ast
import difflib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import libcst as cst
from mutmut.mutation.file_mutation import deep_replace
from mutmut.mutation.mutators import mutation_operators

TYPES = cst.Annotation | cst.TypeAlias | cst.TypeParameters  # nothing is decided there


class Mutations(cst.CSTVisitor):
    """Collect what may be put in the place of what, and the function or class it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, str]] = []
        self._names: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note the node's mutations, unless it is a type."""
        if isinstance(node, TYPES):
            return False
        if isinstance(node, cst.ClassDef | cst.FunctionDef):
            self._names.append(node.name.value)
        where = ".".join(self._names)
        for kind, mutate in mutation_operators:
            if isinstance(node, kind):
                self.found += [(node, mutated, where) for mutated in mutate(node)]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Leave the function or class."""
        if isinstance(original_node, cst.ClassDef | cst.FunctionDef):
            self._names.pop()


def mutants(source: str) -> Iterator[dict[str, str]]:
    """Yield each program that differs from ``source`` by one mutation, once."""
    module = cst.parse_module(source)
    mutations = Mutations()
    module.visit(mutations)
    seen = {ast.dump(ast.parse(source))}
    for node, mutated, where in mutations.found:
        code = deep_replace(module, node, mutated).code
        with suppress(SyntaxError):
            compile(code, "mutant", "exec")
            if (meaning := ast.dump(ast.parse(code))) not in seen:
                seen.add(meaning)
                yield {"where": where, "change": change(source, code), "source": code}


def change(source: str, mutated: str) -> str:
    """Return the lines that differ, as a diff without places."""
    lines = difflib.unified_diff(source.splitlines(), mutated.splitlines(), n=0, lineterm="")
    return "\n".join(
        f"{line[0]} {line[1:].strip()}" for line in lines if line[:3] not in {"---", "+++", "@@ "}
    )


if __name__ == "__main__":
    json.dump([*mutants(Path(sys.argv[1]).read_text(encoding="utf-8"))], sys.stdout)
