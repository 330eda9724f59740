"""The page on configuration says all that can be set, as the code and the template have it."""

import ast
import re
from pathlib import Path

import pytest
from typer.main import get_command

from localcloud.command import app
from localcloud.configuration_reference import main, with_configuration
from localcloud.environment import aws_exports
from localcloud.template import PROJECT, Template
from model_catalog.settings import Settings

PAGE = PROJECT / "docs" / "configuration.md"
TEXT = PAGE.read_text("utf-8")
TEMPLATE = Template.load()


def in_first_cells(text: str) -> set[str]:
    """Return what the first cells of the tables' rows name."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]*)`", cell)}


def part(title: str) -> str:
    return TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]


def environment_read_by(package: str) -> set[str]:
    """Return the variables that a package's sources ask the environment for."""
    names = set()
    for path in (PROJECT / "tools" / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                asks = ast.unparse(node.func).endswith("environ.get")
                asked = node.args[:1] if asks else []
                asked += [each.value for each in node.keywords if each.arg == "envvar"]
                names |= {str(each.value) for each in asked if isinstance(each, ast.Constant)}
    return names


def test_the_page_has_not_drifted() -> None:
    assert with_configuration(TEXT, TEMPLATE) == TEXT, "run `make docs`"


def test_every_parameter_output_and_variable_of_the_stack_has_its_row() -> None:
    document = TEMPLATE.document
    variables = TEMPLATE.environment_of("ApiFunction") | TEMPLATE.environment_of(
        "PublisherFunction"
    )

    said = in_first_cells(part("The stack"))

    assert said == {*document["Parameters"], *document["Outputs"], *variables}
    assert Settings.variables() < said


def test_every_variable_that_modelctl_reads_or_tells_of_has_its_row() -> None:
    helped = (
        (PROJECT / "docs" / "modelctl.md").read_text("utf-8").replace("$EDITOR ", "an example's ")
    )
    told = {"MODEL_CATALOG_KEY", *re.findall(r"\$([A-Z_]{2,})", helped)}

    said = in_first_cells(part("modelctl"))

    assert environment_read_by("modelctl") <= told
    assert told == said


def test_every_option_of_the_local_cloud_has_its_row_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(--\w+)` \| ([^|]*) \|", TEXT, re.MULTILINE))

    options = {each.opts[0]: str(each.default) for each in get_command(app).params}

    defaults = {name: value.removeprefix(f"{PROJECT}/") for name, value in options.items()}
    assert {name: default.strip("`") for name, default in rows.items()} == defaults


def test_every_variable_that_the_local_cloud_exports_is_named() -> None:
    environment = TEMPLATE.environment_of("ApiFunction") | {"MODEL_CATALOG_URL"}
    exported = re.findall(
        r"^export (\w+)=", aws_exports(dict.fromkeys(environment, "")), re.MULTILINE
    )

    own = {name for name in exported if name.lower() != "no_proxy"}

    assert {name for name in own if f"`{name}`" not in part("The local cloud")} == set()


def test_every_variable_of_make_has_its_row() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    helped = "\n".join(re.findall(r"## (.*)", makefile))

    settable = set(re.findall(r"^(\w+) \?=", makefile, re.MULTILINE))
    settable |= set(re.findall(r"\b([A-Z_]{3,})=", helped))

    assert settable == in_first_cells(part("make"))


def test_what_people_wrote_around_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- generated -->\nold\n<!-- end -->\nAfter.\n")
    monkeypatch.setattr("sys.argv", ["configuration_reference", str(page)])

    main()

    lines = page.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("Before.", "After.")
    assert "old" not in lines
    assert "| `RequestBurst` | `500` | at least 1 |" in page.read_text()
    assert "| `TABLE_NAME` | name of `KeysTable` | |" in lines
