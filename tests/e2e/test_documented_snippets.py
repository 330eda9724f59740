"""What pages show beside commands can be read, and the clients' programs run as they are shown."""

import ast
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from support.clients import CLIENTS, Ran, at, in_venv, run_client
from support.cloud import Cloud
from support.markdown import Block, pages, snippet

PAGE = "docs/clients.md"
BLOCKS = [block for page in pages() for block in page.blocks]
READERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "python": ast.parse,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}
OTHERS = {  # held by other tests, or to be looked at only
    *("sh", "text"),  # test_documented_commands.py; what is shown of it
    "js",  # below, where there is Node
    "mermaid",  # its first line, below
    "diff",  # what `make mutation` prints
}
KINDS = {
    "flowchart LR",
    "flowchart TB",
    "sequenceDiagram",
    "stateDiagram-v2",
}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_can_be_read_as_what_it_says_it_is(block: Block) -> None:
    known = f"{block.place}: {block.language or 'nothing'} is no language of {READERS} or {OTHERS}"

    assert block.language in READERS.keys() | OTHERS, known
    if block.language in READERS:
        READERS[block.language](block.text)


@pytest.mark.parametrize(
    "block", [each for each in BLOCKS if each.language == "mermaid"], ids=lambda block: block.place
)
def test_a_diagram_closes_what_it_opens(block: Block) -> None:
    kind, *lines = block.text.splitlines()

    words = [line.split()[0] for line in lines if line.strip()]

    assert kind in KINDS
    assert sum(word in {"alt", "opt", "subgraph"} for word in words) == words.count("end")


def run_python(
    program: Path | str, import_line: str, cloud: Cloud, home: Path, **variables: str
) -> Ran:
    text = at(cloud.base_url, snippet(PAGE, "python", holding=import_line))
    key = {"MODEL_CATALOG_KEY": cloud.keys["unrestricted"]}
    return run_client([program, "-c", text], home, **key, **variables)


def ids_of(cloud: Cloud) -> list[str]:
    return cloud.ask("/v1/models", secret=cloud.keys["unrestricted"]).ids


def test_openai_s_python_client_lists_our_models_as_shown(cloud: Cloud, tmp_path: Path) -> None:
    ran = run_python(sys.executable, "from openai import OpenAI", cloud, tmp_path)

    assert ran.code == 0, ran.errors
    *listed, retrieved = ran.output.splitlines()
    assert [line.split()[0] for line in listed] == ids_of(cloud)
    assert "id='anthropic/claude-haiku-4.5'" in retrieved


@pytest.mark.clients
def test_openai_s_node_client_lists_our_models_as_shown(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    script = tmp_path / "models.mjs"
    script.write_text(at(cloud.base_url, snippet(PAGE, "js")))
    key = {"MODEL_CATALOG_KEY": cloud.keys["unrestricted"]}

    ran = run_client(["node", "--preserve-symlinks-main", script], tmp_path, **key)

    assert ran.code == 0, ran.errors
    assert [line.split()[0] for line in ran.output.splitlines()] == ids_of(cloud)


@pytest.mark.clients
def test_litellm_lists_our_models_as_shown(cloud: Cloud, tmp_path: Path) -> None:
    offline = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # else it fetches prices when imported

    ran = run_python(in_venv("litellm", "python"), "import litellm", cloud, tmp_path, **offline)

    assert ran.code == 0, ran.errors
    assert ast.literal_eval(ran.output) == ids_of(cloud)


@pytest.mark.clients
def test_any_llm_lists_our_models_as_shown(cloud: Cloud, tmp_path: Path) -> None:
    ran = run_python(in_venv("any-llm", "python"), "from any_llm import", cloud, tmp_path)

    assert ran.code == 0, ran.errors
    assert ast.literal_eval(ran.output) == ids_of(cloud)


@pytest.mark.clients
def test_llm_lists_our_models_as_shown(cloud: Cloud, tmp_path: Path) -> None:
    shown = at(cloud.base_url, snippet(PAGE, "sh", holding="llm keys set"))
    assert "llm openai endpoint" in shown
    key = {"MODEL_CATALOG_KEY": cloud.keys["unrestricted"], "LLM_USER_PATH": str(tmp_path)}
    typed = f'PATH="{in_venv("llm", "llm").parent}:$PATH"\n{shown}'

    ran = run_client(["bash", "-ec", typed], tmp_path, **key)

    assert ran.code == 0, ran.errors
    assert ran.output.splitlines() == ids_of(cloud)
