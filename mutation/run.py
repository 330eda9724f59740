"""Change the code in every way mutmut knows, and see that some test fails each time.

    python run.py [MODULE[:FUNCTION] ...]

A mutant lives in the memory of a process of its own; no file is ever changed. Those no test can
tell from the original stand in ``docs/mutation.md`` with the reason; any other fails the run.
"""

import gc
import importlib.util
import json
import os
import re
import resource
import subprocess
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "layers/shared/model_catalog"
LISTED = ROOT / "docs/mutation.md"
MODULES = ("limits", "selection", "admission", "snapshot")
SECONDS = 30  # of the processor, for the tests of one mutant; some never end
OURS = ("conftest", "model_catalog", "support", "tests", "test_")
USAGE = 3  # how the process of a mutant says that it could not run pytest
FAILED = {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}  # the latter on import


class Survivor(NamedTuple):
    """A mutant as it is listed: the module, the function or class in it, the lines that differ."""

    module: str
    where: str
    change: str

    def __str__(self) -> str:
        """Return its entry in the list, all but the reason."""
        name = ".".join(filter(None, (self.module, self.where)))
        return f"## `{name}`\n\n```diff\n{self.change}\n```\n"


class Mutated(MetaPathFinder):
    """Lets one module be imported as if its file held other code."""

    def __init__(self, module: str, source: str) -> None:
        self._name = f"model_catalog.{module}"
        self._loader = Loader(self._name, PACKAGE / f"{module}.py", source)

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None", target: "ModuleType | None" = None
    ) -> ModuleSpec | None:
        """Return the changed module, and leave the others to whoever comes next."""
        del path, target
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self._loader)


class Loader(SourceFileLoader):
    """Runs ``source`` in the place of what the file holds."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> "CodeType":
        """Compile the source; nothing of it is cached."""
        del fullname
        return compile(self._source, self.path, "exec", dont_inherit=True)


class Quickest:
    """Runs what Hypothesis makes up after all else, since the rest is enough as a rule."""

    @pytest.hookimpl(trylast=True)  # Hypothesis marks its tests in this hook too
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the tests that need no luck first."""
        items.sort(key=lambda item: item.get_closest_marker("hypothesis") is not None)


def tests_pass(module: str) -> bool:
    """Tell whether the module's unit tests pass."""
    status = pytest.main(
        [
            *("-x", "-q", "--hypothesis-profile=mutation", "-p", "no:cacheprovider"),
            *("--disable-plugin-autoload", "-p", "hypothesispytest", "-p", "pytest_socket"),
            f"{ROOT}/tests/unit/test_{module}.py",
        ],
        plugins=[Quickest()],
    )
    if status not in FAILED | {pytest.ExitCode.OK}:
        os._exit(USAGE)
    return status is pytest.ExitCode.OK


def survives(module: str, source: str) -> bool:
    """Tell, from a process of its own, whether the tests pass on ``source``."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        silence = os.open(os.devnull, os.O_RDWR)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        sys.meta_path.insert(0, Mutated(module, source))
        try:
            os._exit(0 if tests_pass(module) else 1)
        except BaseException:  # noqa: BLE001 - this process goes no further, come what may
            os._exit(1)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == USAGE:
        sys.exit(f"pytest could not be run on {module}.")
    return code == 0


def listed() -> set[Survivor]:
    """Return the survivors that are accounted for: those of a section that ends with words."""
    text = LISTED.read_text(encoding="utf-8")
    sections = re.findall(
        r"^## `(\w+)\.?([\w.]*)`\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
    )
    return {
        Survivor(module, where, change)
        for module, where, body in sections
        if not body.rstrip().endswith("```")
        for change in re.findall(r"^```diff\n(.*?)\n```$", body, re.DOTALL | re.MULTILINE)
    }


def warm_up() -> None:
    """Import what the tests need once for all of them, but none of our own code."""
    names = [f"{ROOT}/tests/unit/test_{module}.py" for module in MODULES]
    pytest.main(["--collect-only", "-qqq", "-p", "no:cacheprovider", *names])
    import hypothesis  # noqa: PLC0415 - pytest wants to be first

    hypothesis.settings.register_profile(
        "mutation",
        parent=hypothesis.settings.get_profile("ci"),
        max_examples=10,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    for name in [name for name in sys.modules if name.startswith(OURS)]:
        del sys.modules[name]
    gc.freeze()


def mutants(module: str) -> list[dict[str, str]]:
    """Return what mutmut makes of a module; it lives in an environment of its own."""
    command = [
        *(f"{ROOT}/.venv-mutation/bin/python", "-W", "ignore"),
        *(f"{ROOT}/mutation/mutants.py", f"{PACKAGE}/{module}.py"),
    ]
    found: list[dict[str, str]] = json.loads(subprocess.check_output(command))  # noqa: S603 - our own
    return found


def survivors_of(module: str, function: str, expected: set[Survivor]) -> set[Survivor]:
    """Return the survivors, of all of the module or of ``function``; print the unexpected."""
    if not survives(module, (PACKAGE / f"{module}.py").read_text(encoding="utf-8")):
        sys.exit(f"The tests of {module} fail on the code as it is.")
    chosen = [mutant for mutant in mutants(module) if function in {"", mutant["where"]}]
    survivors = []
    for number, mutant in enumerate(chosen, 1):
        print(f"{module} {number}/{len(chosen)}", end="\r", file=sys.stderr, flush=True)
        if survives(module, mutant["source"]):
            survivors.append(Survivor(module, mutant["where"], mutant["change"]))
            if survivors[-1] not in expected:
                print(f"This survives, and is not listed:\n\n{survivors[-1]}", flush=True)
    killed = len(chosen) - len(survivors)
    print(f"{module}: {len(chosen)} mutants, {killed} killed, {len(survivors)} survived")
    return {*survivors}


def main(wanted: list[str]) -> bool:
    """Tell whether what is wanted has the survivors that are listed, and no other."""
    accounted_for = listed()
    warm_up()
    right = True
    for name in wanted or MODULES:
        module, _, function = name.partition(":")
        expected = {
            each for each in accounted_for if each.module == module and function in {"", each.where}
        }
        survivors = survivors_of(module, function, expected)
        right &= survivors == expected
        for each in sorted(expected - survivors):
            print(f"This is listed, and does not survive:\n\n{each}")
    return right


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
