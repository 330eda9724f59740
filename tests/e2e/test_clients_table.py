"""The README says of each client which release was tried: the one that is locked."""

import json
import re

import pytest

from localcloud.template import PROJECT
from support.clients import CLIENTS

PYTHON = {
    "OpenAI, Python": ("dev", "openai"),
    "LiteLLM": ("client-litellm", "litellm"),
    "llm": ("client-llm", "llm"),
    "any-llm": ("client-any-llm", "any-llm-sdk"),
    "Hermes": ("client-hermes", "hermes-agent"),
}
NODE = {
    "OpenAI, Node": ["openai"],
    "Codex CLI": ["codex-current", "codex-oldest"],
    "opencode": ["opencode-linux-x64-baseline"],
}


def releases(client: str) -> str:
    """Return what the README's table says was tried of a client."""
    found = re.search(
        rf"^\| {re.escape(client)} \| ([^|]*) \|", (PROJECT / "README.md").read_text(), re.MULTILINE
    )
    assert found, f"{client} is not in the README's table"
    return found[1]


@pytest.mark.parametrize("client", PYTHON)
def test_the_readme_names_the_locked_release_of_a_python_client(client: str) -> None:
    lock, package = PYTHON[client]

    locked = re.search(
        rf"^{package}==(\S+)", (PROJECT / f"requirements/{lock}.txt").read_text(), re.MULTILINE
    )

    assert locked
    assert releases(client) == locked[1]


@pytest.mark.parametrize("client", NODE)
def test_the_readme_names_the_locked_releases_of_a_node_client(client: str) -> None:
    packages = json.loads((CLIENTS / "package-lock.json").read_text())["packages"]

    locked = [packages[f"node_modules/{package}"]["version"] for package in NODE[client]]

    assert releases(client) == ", ".join(locked)


def test_the_clients_locks_name_no_address() -> None:
    locks = [CLIENTS / "package-lock.json", *(PROJECT / "requirements").glob("client-*.txt")]

    assert len(locks) == 5
    assert not [lock for lock in locks if "://" in lock.read_text()]
