"""What is deployed, as `make build-here` built it for this machine: what is in it, and how."""

import importlib.util
import json
import marshal
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from api import handler
from localcloud.stack import API, PUBLISHER, environment_of
from localcloud.template import PROJECT, Template
from support.lambda_emulator import BUILT, PYTHON, Artefact

FUNCTIONS = (API, PUBLISHER)
DEPENDENCIES = BUILT / "DependenciesLayer"
SHARED = BUILT / "SharedLayer"
LAYERS = {DEPENDENCIES.name, SHARED.name}
PACKAGES = DEPENDENCIES / "python"
MODULES = SHARED / "python" / "model_catalog"
SOURCES = PROJECT / "layers" / "shared" / "model_catalog"
OPERATORS = {"key_ledger", "key_records", "record_items"}
UNCHECKED_HASH = 0b01

LIST_MODULES = """
import sys
import handler
modules = list(sys.modules.items())
import json, sysconfig
files = {name: getattr(module, "__file__", None) for name, module in modules}
print(json.dumps([sysconfig.get_path("stdlib"), files]))
"""

# Installs what is built already, because the tests fetch nothing; all else is left to Python.
INSTALLER = """\
#!/bin/sh
if [ "$2" = pip ]; then
    while [ "$1" != --target ]; do shift; done
    mkdir -p "$2"
    cp -R "{packages}/." "$2"
    find "$2" -name __pycache__ -prune -exec rm -rf {{}} +
else
    exec "{python}" "$@"
fi
"""


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def size(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Return mode and digest of everything below a folder, by its name there."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in folder.rglob("*")
    }


# What is in it


def test_nothing_is_built_but_the_functions_and_their_layers() -> None:
    assert names(BUILT) == {*FUNCTIONS, *LAYERS, "template.yaml"}


@pytest.mark.parametrize(
    ("function", "pages"),
    [(API, ["assets/docs.html", "assets/explorer.html", "assets/openapi.json"]), (PUBLISHER, [])],
)
def test_a_function_is_its_handler_its_pages_and_nothing_else(
    function: str, pages: list[str]
) -> None:
    folder = BUILT / function

    found = [str(path.relative_to(folder)) for path in files(folder)]

    assert found == ["__pycache__/handler.cpython-313.pyc", *pages, "handler.py"]


def test_the_pages_are_those_of_the_source_tree() -> None:
    assert contents(BUILT / API / "assets") == contents(handler.ASSETS)


def test_the_shared_layer_is_the_package_without_its_sources_and_the_operators_modules() -> None:
    deployed = {path.stem for path in SOURCES.glob("*.py")} - OPERATORS

    assert {path.stem for path in SOURCES.glob("*.py")} > OPERATORS
    assert files(SHARED) == sorted(MODULES / f"{module}.pyc" for module in deployed)


def test_the_dependencies_are_those_of_the_lock_and_no_others() -> None:
    lock = (PROJECT / "requirements" / "runtime.txt").read_text("utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))

    found = distributions(path=[str(PACKAGES)])

    assert {each.name.lower().replace("_", "-"): each.version for each in found} == locked


@pytest.mark.parametrize("module", ["awslambdaric", "snapshot_restore_py"])
def test_what_lambda_brings_is_not_brought_a_second_time(module: str) -> None:
    # A second snapshot_restore_py would have a list of hooks of its own, which nobody runs.
    assert list(BUILT.rglob(f"{module}*")) == []


def test_botocore_knows_our_two_services_and_what_it_needs_for_every_service() -> None:
    data = PACKAGES / "botocore" / "data"

    assert {path.name for path in data.iterdir() if path.is_dir()} == {"dynamodb", "s3"}
    assert {path.name for path in data.iterdir() if path.is_file()} == {
        "_retry.json",
        "endpoints.json",
        "partitions.json",
        "sdk-default-configuration.json",
    }
    assert list(data.rglob("examples-*")) == []


def test_nothing_tells_of_the_machine_that_built_it() -> None:
    notes = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}

    assert [path for path in files(DEPENDENCIES) if path.name in notes] == []
    assert not (PACKAGES / "bin").exists()
    assert names(DEPENDENCIES) == names(SHARED) == {"python"}


@pytest.mark.parametrize(
    ("folder", "at_most"),
    [
        (PUBLISHER, 32 << 10),
        (SHARED.name, 256 << 10),
        (PACKAGES.parent.name, 24_000_000),
    ],
)
def test_it_is_no_larger_than_it_should_be(folder: str, at_most: int) -> None:
    assert 0 < size(files(BUILT / folder)) <= at_most


def test_pages_and_code_have_their_own_share_of_a_functions_size() -> None:
    pages = files(BUILT / API / "assets")
    code = {*files(BUILT / API)} - {*pages}

    assert size(pages) <= 256 << 10
    assert size(code) <= 32 << 10


# Its bytecode


def bytecode_of(source: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(source)))


def read_bytecode(path: Path) -> tuple[bytes, int, bytes, CodeType]:
    """Return the magic number, the flags, the source's hash and the module's code."""
    content = path.read_bytes()
    code = marshal.loads(content[16:])  # noqa: S302 - what we have built ourselves
    return content[:4], int.from_bytes(content[4:8], "little"), content[8:16], code


def flaws(path: Path, named: str, source: bytes) -> Iterator[str]:
    """Say why Lambda would not use some bytecode as it is, or would use what it should not."""
    if not path.is_file():
        yield f"{named}: has none"
        return
    magic, flags, source_hash, code = read_bytecode(path)
    if magic != importlib.util.MAGIC_NUMBER:
        yield f"{named}: made for another Python"
    if flags != UNCHECKED_HASH:
        yield f"{named}: is checked against a source"
    if source_hash != importlib.util.source_hash(source):
        yield f"{named}: made from another source"
    if code.co_filename != named:
        yield f"{named}: calls itself {code.co_filename}"


@pytest.mark.parametrize(
    ("built", "mounted"),
    [(DEPENDENCIES, "/opt"), (BUILT / API, "/var/task"), (BUILT / PUBLISHER, "/var/task")],
    ids=lambda value: getattr(value, "name", None),
)
def test_every_source_comes_with_bytecode_that_lambda_uses_unchecked(
    built: Path, mounted: str
) -> None:
    sources = sorted(built.rglob("*.py"))

    found = [
        flaw
        for source in sources
        for flaw in flaws(
            bytecode_of(source), f"{mounted}/{source.relative_to(built)}", source.read_bytes()
        )
    ]

    assert found == []
    assert {bytecode_of(source) for source in sources} == set(built.rglob("*.pyc"))


def test_the_shared_layer_s_bytecode_is_of_the_sources_as_they_are_now() -> None:
    found = [
        flaw
        for path in files(MODULES)
        for flaw in flaws(
            path,
            f"/opt/python/model_catalog/{path.stem}.py",
            (SOURCES / f"{path.stem}.py").read_bytes(),
        )
    ]

    assert found == []


# Whether it can be imported


@dataclass(frozen=True)
class Imported:
    """A started function: where its modules lie, and what is in the artefact since."""

    artefact: Artefact
    standard_library: Path
    modules: Mapping[str, Path]
    written: set[Path]


@pytest.fixture(scope="module", params=FUNCTIONS)
def imported(request: pytest.FixtureRequest) -> Imported:
    """A function that was imported as Lambda does it, by a Python that has nothing else."""
    artefact = Artefact.of(request.param)
    environment = environment_of(Template.load(), request.param, "http://127.0.0.1:1")
    before = set(BUILT.rglob("*"))
    done = subprocess.run(  # noqa: S603 - what we have built
        [PYTHON, "-c", LIST_MODULES],
        cwd=artefact.code,
        env={**environment, "PYTHONPATH": os.pathsep.join(map(str, artefact.layers))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    library, modules = json.loads(done.stdout)
    paths = {name: Path(file) for name, file in modules.items() if file}
    return Imported(artefact, Path(library), paths, set(BUILT.rglob("*")) - before)


def test_every_module_is_in_the_artefact_or_comes_with_lambda(imported: Imported) -> None:
    artefact, modules = imported.artefact, imported.modules
    homes = (artefact.code, *artefact.layers, imported.standard_library)

    elsewhere = {
        name
        for name, file in modules.items()
        if "site-packages" in file.parts or not any(map(file.is_relative_to, homes))
    }

    assert elsewhere <= {"snapshot_restore_py"}
    assert modules["handler"] == artefact.code / "handler.py"
    assert modules["botocore"] == PACKAGES / "botocore" / "__init__.py"
    assert modules["model_catalog.snapshot"] == MODULES / "snapshot.pyc"


def test_only_the_publisher_imports_pydantic(imported: Imported) -> None:
    assert ("pydantic" in imported.modules) is (imported.artefact.code.name == PUBLISHER)


def test_the_api_registers_its_hooks_where_lambda_looks_for_them(imported: Imported) -> None:
    registers = imported.modules.get("snapshot_restore_py")

    assert (registers is not None) is (imported.artefact.code.name == API)
    assert registers is None or registers.is_relative_to(PYTHON.parents[1])


def test_a_start_writes_no_bytecode(imported: Imported) -> None:
    # Lambda mounts it all read-only: what is missing would be compiled at every start.
    assert imported.written == set()


# Whether it can be built again


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with a python3.13 that installs what is built already."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = PROJECT / ".venv-sam" / "bin" / "python3.13"
    program = folder / "python3.13"
    program.write_text(INSTALLER.format(packages=PACKAGES, python=python))
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize("rule", [API, PUBLISHER, *sorted(LAYERS)])
def test_building_elsewhere_at_another_time_gives_the_same_to_the_last_bit(
    rule: str, tools: Path, tmp_path: Path
) -> None:
    resource: Any = Template.load().resource(rule).properties
    sources = PROJECT / (resource.get("CodeUri") or resource["ContentUri"])
    copy, target = tmp_path / "a copy's name", tmp_path / "another name"
    shutil.copytree(sources, copy, ignore=shutil.ignore_patterns("__pycache__"))
    target.mkdir()

    subprocess.run(  # noqa: S603 - our own rules
        ["make", "-C", copy, f"build-{rule}", f"ARTIFACTS_DIR={target}"],  # noqa: S607 - from the PATH
        env={
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONHASHSEED": "4242",
            "TZ": "XYZ-14",
        },
        check=True,
        capture_output=True,
    )

    assert contents(target) == contents(BUILT / rule)
