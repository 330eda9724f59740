"""Every command that a page shows is run: here, or by whom it is named here."""

import io
import json
import re
import shlex
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from typer.core import TyperGroup
from typer.main import get_command

from localcloud.stack import BUCKET, NAMES, TABLE
from localcloud.template import PROJECT
from model_catalog.api_keys import hash_secret
from modelctl.command_line import app
from support.cloud import Cloud, running_cloud
from support.markdown import Page, pages
from support.page_shell import Command, PageShell, commands, page_shell, shows

TYPED = [page for page in pages() if page.name != "docs/modelctl.md"]  # that is what --help prints
STACK = "model-catalog"
STAND_IN = PROJECT / "tests" / "support" / "aws_stand_in.py"

# Programs that are run here, in the page's own shell.
HERE = {
    *(".", "PATH=", "cd", "cp", "export", "for", "mv", "output", "sed", "umask", "unset"),
    *("$EDITOR", ".venv/bin/python", "../../../.venv-lambda/bin/python", "curl", "modelctl"),
    *("FUNCTION=", "TABLE=", "aws"),  # by a stand-in that reads botocore's descriptions
    *("codex", "psql"),  # by stand-ins that print what the real ones would
}
# What a page leaves to its reader; a page has what stands under its name, and under "".
PLACEHOLDERS = {
    "": {
        "http://127.0.0.1:8000": "{url}",
        "sk-clb-…": "{secret}",
        "VERSION": "$(modelctl registry history --json | .venv/bin/python -c"
        " \"import json, sys; print(json.load(sys.stdin)[-1]['version'])\")",
    },
    "docs/operations.md": {
        "VERSION": "1",
        "2026-11-25T09:00:00Z": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
        "ARN": "$(aws dynamodb list-backups --output text --query 'BackupSummaries[0].BackupArn')",
    },
}
# What its reader has done, as a page says, before they type a command.
ACCOUNT = ". .local/aws.env; unset BUCKET_NAME TABLE_NAME MODEL_CATALOG_URL\n"
BEFORE = {
    ("docs/keys.md", "modelctl keys create ci"): ". .local/aws.env\n",
    ("docs/operations.md", "export STACK"): ACCOUNT,
    ("docs/tutorial.md", ".venv/bin/python"): """
until curl -sf -H "Authorization: Bearer $MODEL_CATALOG_KEY" "$MODEL_CATALOG_URL/v1/models"; do
  sleep 0.2 # up to ten seconds, as the page says
done
""",
    ("events/README.md", "PATH="): ACCOUNT,
    ("docs/operations.md", "aws dynamodb list-backups"): """
aws dynamodb create-backup --table-name $TABLE --backup-name last
aws dynamodb update-table --table-name $TABLE --no-deletion-protection-enabled
aws dynamodb delete-table --table-name $TABLE
""",
}


@dataclass(frozen=True)
class Elsewhere:
    """Who runs a command that is not run here.

    Attributes:
        by: a test, or a file of the pipeline.
        says: what stands there and, of a target of make, also in its recipe.
    """

    by: str
    says: str


TESTS = "tests/e2e/test_documented_snippets.py"
ELSEWHERE = {
    "make run": Elsewhere("tests/support/cloud.py", "localcloud"),  # that is what is asked here
    "make test": Elsewhere(".ci/run", "test"),
    "make build": Elsewhere(".github/workflows/deploy.yml", "build"),
    "make build-here": Elsewhere("tests/support/lambda_emulator.py", "here"),
    "make deploy": Elsewhere(
        "tests/e2e/test_deployment.py::test_a_stack_goes_from_nothing_to_what_outlives_it",
        "deploy",
    ),
    "make reliability": Elsewhere(
        "tests/faults/test_stores.py::"
        "test_a_fault_under_load_makes_no_answer_wrong_and_is_recovered_from",
        "faults",
    ),
    "make bench": Elsewhere("tests/unit/test_bench.py::test_tables_line_up", "bench"),
    "make load": Elsewhere(
        "tests/unit/test_load.py::test_percentiles_are_values_that_were_measured", "bench.load"
    ),
    "make simulate": Elsewhere(
        "tests/unit/test_simulate_admission.py::test_each_request_meets_exactly_one_end",
        "bench/simulate_admission.py",
    ),
    ".venv-bench/bin/python bench/chart.py": Elsewhere("Makefile", "bench/chart.py"),
    "sam local invoke": Elsewhere(  # the built function, there without a container
        "tests/e2e/test_lambda_emulator.py::"
        "test_the_built_function_answers_an_event_as_the_sources_do",
        "EVENTS",
    ),
    "llm keys set": Elsewhere(f"{TESTS}::test_llm_lists_our_models_as_shown", "llm keys set"),
    "llm openai endpoint": Elsewhere(
        f"{TESTS}::test_llm_lists_our_models_as_shown", "llm openai endpoint"
    ),
}
WHAT_TO_DO = (
    "{0.place}: who runs `{0.text}`? If it can run in a copy of the project beside a local cloud,"
    " name its program in HERE, else name in ELSEWHERE who does (tests/e2e/{1})."
)


def elsewhere(command: Command) -> Elsewhere | None:
    """Return who runs a command, if not the page's shell: its first words decide."""
    words = command.bare.split()
    if words[0] == "make":
        return ELSEWHERE.get(" ".join(words[:2]))
    names = [name for name in ELSEWHERE if words[: len(name.split())] == name.split()]
    return ELSEWHERE[names[0]] if names else None


@pytest.fixture(scope="module")
def all_commands() -> list[Command]:
    return [command for page in TYPED for command in commands(page.blocks)]


def types_something_here(page: Page) -> bool:
    elsewhere = ("#", *(f"{name.split()[0]} " for name in ELSEWHERE))
    typed = "\n".join(block.text for block in page.blocks if block.language == "sh")
    return any(line and not line.startswith(elsewhere) for line in typed.splitlines())


@pytest.fixture
def shell(tmp_path: Path) -> PageShell:
    made = page_shell(tmp_path)
    made.stand_in("aws", shlex.join([sys.executable, "-P", str(STAND_IN)]) + ' "$@"')
    return made


@pytest.fixture
def cloud(shell: PageShell) -> Iterator[Cloud]:
    """A local cloud, as `make run` starts it in the copy."""
    folder = shell.folder / ".local"
    folder.mkdir()
    with running_cloud(folder) as started:
        yield started


def deploy_stack(cloud: Cloud) -> None:
    """Let CloudFormation tell of a stack whose table, bucket and API are the local cloud's."""
    outputs = {
        "ApiUrl": cloud.url,
        "ApiFunctionName": f"{STACK}-api",
        "KeysTableName": NAMES[TABLE],
        "RegistryBucketName": NAMES[BUCKET],
    }
    template = {"Resources": {}, "Outputs": {name: {"Value": outputs[name]} for name in outputs}}
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as opened:
        opened.writestr("handler.py", "")
    session = boto3.Session()
    iam, cloudformation, functions = (
        session.client(name, endpoint_url=cloud.environment["AWS_ENDPOINT_URL"])
        for name in ("iam", "cloudformation", "lambda")
    )
    role = iam.create_role(RoleName="api", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    name = outputs["ApiFunctionName"]
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="handler.lambda_handler",
        Code={"ZipFile": code.getvalue()},
        Publish=True,
    )
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    for client in (iam, cloudformation, functions):
        client.close()


def give_codex_lb(shell: PageShell) -> None:
    """Put there a codex-lb's database, and what PostgreSQL prints of another."""
    row = {
        "id": "1",
        "name": "from codex-lb",
        "key_hash": hash_secret("sk-clb-" + "a" * 43),
        "key_prefix": "sk-clb-aaaaaaaa",
        "is_active": 1,
    }
    with closing(sqlite3.connect(shell.folder / "store.db")) as made, made:
        made.execute(f"CREATE TABLE api_keys ({', '.join(row)})")
        made.execute("INSERT INTO api_keys VALUES (?, ?, ?, ?, ?)", [*row.values()])
    shell.stand_in("psql", f"echo {shlex.quote(json.dumps(row))}")


def give_codex(shell: PageShell, cloud: Cloud) -> None:
    """Let `codex` print a catalog: that of the sample registry."""
    catalog = cloud.ask("/v1/models?client_version=0.169.0", secret=cloud.keys["unrestricted"])
    (shell.folder / ".codex.json").write_bytes(catalog.body)
    shell.stand_in("codex", f"cat {shlex.quote(str(shell.folder / '.codex.json'))}")


def as_typed(page: Page, command: Command, cloud: Cloud) -> str:
    """Return a command with all that the page leaves to its reader filled in."""
    before = "".join(
        text
        for (name, beginning), text in BEFORE.items()
        if name == page.name and command.text.startswith(beginning)
    )
    text = command.text
    for placeholder, value in (PLACEHOLDERS[""] | PLACEHOLDERS.get(page.name, {})).items():
        whole = rf"(?<![\w-]){re.escape(placeholder)}(?![\w-])"
        text = re.sub(whole, value, text)
    filled = text.replace("{url}", cloud.url).replace("{secret}", cloud.keys["unrestricted"])
    return before + filled


@pytest.mark.parametrize("page", [*filter(types_something_here, TYPED)], ids=lambda page: page.name)
def test_the_commands_of_a_page_do_what_it_says(page: Page, shell: PageShell, cloud: Cloud) -> None:
    give_codex_lb(shell)
    give_codex(shell, cloud)
    if STACK in "".join(block.text for block in page.blocks):
        deploy_stack(cloud)
    shown = [each for each in commands(page.blocks) if not elsewhere(each)]

    ran = shell.run([(each, as_typed(page, each, cloud)) for each in shown])

    for each in ran:
        told = f"{each.command.place}: {each.command.text}\n{each.output}"
        assert each.code == each.command.exit_code, told
        assert [line for line in each.command.shown if not shows(each.output, line)] == [], told
    assert len(ran) == len(shown)


def test_somebody_runs_every_command_shown(all_commands: list[Command]) -> None:
    unknown = [
        WHAT_TO_DO.format(command, Path(__file__).name)
        for command in all_commands
        if not elsewhere(command) and command.program not in HERE
    ]

    assert not unknown, "\n".join(unknown)


def test_nobody_is_said_to_run_a_command_that_no_page_shows(all_commands: list[Command]) -> None:
    shown = [elsewhere(command) for command in all_commands]

    assert [name for name in ELSEWHERE if ELSEWHERE[name] not in shown] == []


@pytest.mark.parametrize("name", ELSEWHERE)
def test_whoever_is_said_to_run_a_command_is_there(name: str) -> None:
    file, _, test = ELSEWHERE[name].by.partition("::")

    source = (PROJECT / file).read_text("utf-8")

    assert ELSEWHERE[name].says in source
    assert not test or f"\ndef {test}(" in source


@pytest.mark.parametrize("name", [name for name in ELSEWHERE if name.startswith("make ")])
def test_make_would_do_what_is_run_elsewhere(name: str) -> None:
    plan = subprocess.run(  # noqa: S603 - of make, and it only says what it would do
        [*name.split(), "--dry-run"], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert plan.returncode == 0, plan.stderr
    assert ELSEWHERE[name].says in plan.stdout


def test_every_target_of_make_that_is_mentioned_exists() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    mentioned = {
        (page.name, target)
        for page in TYPED
        for code in (*page.inline_code, *(each.text for each in page.blocks))
        for target in re.findall(r"^\s*make ([a-z-]+)", code, re.MULTILINE)
    }

    assert mentioned
    assert {each for each in mentioned if each[1] not in targets} == set()


def test_every_command_of_modelctl_that_is_mentioned_exists() -> None:
    mentioned = {
        (page.name, code)
        for page in TYPED
        for code in page.inline_code
        if code.startswith("modelctl ")
    }

    assert mentioned
    assert {each for each in mentioned if not is_a_command(each[1])} == set()


def is_a_command(text: str) -> bool:
    """Tell whether modelctl has that command, as far as it is said, with those options."""
    command = get_command(app)
    words = text.replace("…", "x").split()[1:]
    while isinstance(command, TyperGroup) and words:
        name = words.pop(0)
        if name not in command.commands:
            return False
        command = command.commands[name]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return {word for word in words if word.startswith("--")} <= options
