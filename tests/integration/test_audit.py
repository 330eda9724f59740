"""`make audit` and `make sbom`: what they find, and what they write."""

import json
import os
import random
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.template import PROJECT
from model_catalog.api_keys import mint

PYTHON = PROJECT / ".venv-audit" / "bin" / "python"
BUILT = PROJECT / ".aws-sam" / "here" / "build"
SHARED = {"PYTHONPATH": str(PROJECT / "layers" / "shared")}


def run(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own scripts
        [PYTHON, PROJECT / "audit" / script, *arguments],
        env={**os.environ, **SHARED},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def made_up(length: int, letters: str = string.ascii_uppercase + string.digits) -> str:
    return "".join(random.choices(letters, k=length))  # noqa: S311 - it only has to look like one


def leaks() -> dict[str, str]:
    """Return what nobody should commit; put together here, or this very file would be found."""
    begin, end = (f"-----{word} RSA PRIVATE" + " KEY-----" for word in ("BEGIN", "END"))
    return {
        "a key of ours": f'KEY = "{mint().secret}"',
        "a key of ours in a text": f"curl -H 'Authorization: Bearer {mint().secret}' $API",
        "an imported key": "sk-clb-" + made_up(42, string.ascii_letters) + "-",
        "an AWS access key": f'aws = boto3.client("s3", "AKIA{made_up(16)}")',
        "an AWS secret": f"aws_secret_access_key = '{made_up(40, string.ascii_letters)}'",
        "a private key": f"{begin}\\n{made_up(64)}\\n{end}",
        "a token": "ghp_" + made_up(36, string.ascii_letters),
        "a password in a URL": "postgres://admin:" + made_up(12) + "@db.internal/keys",
    }


@pytest.mark.parametrize("suffix", [".py", ".json"])
def test_no_secret_that_is_written_into_a_file_goes_unnoticed(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"leaked{suffix}"
    secrets = leaks()
    file.write_text("".join(f"# {name}\n{leak}\n" for name, leak in secrets.items()))

    done = run("find_secrets.py", file)

    lines = {int(line.split(":")[1]) for line in done.stdout.splitlines()}
    missed = [name for number, name in enumerate(secrets) if 2 * number + 2 not in lines]
    assert (done.returncode, missed) == (1, [])
    assert not any(leak.strip("'\"").split()[-1] in done.stdout for leak in secrets.values())


def test_a_key_that_opens_no_door_is_none(tmp_path: Path) -> None:
    secret = mint().secret
    mistyped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    file = tmp_path / "document.md"
    file.write_text(f"sk-clb-…\nsk-clb-secret\n{mistyped}\n")

    assert run("find_secrets.py", file).stdout == ""


def test_the_repository_holds_no_secret_but_those_that_are_known() -> None:
    done = run("find_secrets.py")

    assert (done.stdout, done.returncode) == ("", 0)


# The bill of materials


def copied(folder: Path) -> Path:
    """Return a copy of what says in a build which packages are in it."""
    packages = Path("build", "DependenciesLayer", "python")
    for metadata in (BUILT / packages.relative_to("build")).glob("*.dist-info"):
        (folder / packages / metadata.name).mkdir(parents=True)
        shutil.copy(metadata / "METADATA", folder / packages / metadata.name)
    return folder / "build"


def bill_of(build: Path) -> str:
    done = run("sbom.py", build)
    assert done.returncode == 0, done.stderr
    return (build.parent / "sbom.json").read_text()


def test_the_bill_names_what_is_built_what_the_lock_allows_and_what_needs_what(
    tmp_path: Path,
) -> None:
    locked = (PROJECT / "requirements" / "runtime.txt").read_text()

    bill = json.loads(bill_of(copied(tmp_path)))

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "model-catalog"
    components = {each["name"]: each for each in bill["components"]}
    assert {"boto3", "botocore", "pydantic", "pydantic-core", "urllib3"} <= components.keys()
    for name, component in components.items():
        assert f"{name}=={component['version']} " in locked
        assert component["purl"] == f"pkg:pypi/{name}@{component['version']}"
        (distribution,) = component["externalReferences"]
        assert all(f"sha256:{each['content']}" in locked for each in distribution["hashes"])
        assert component["licenses"]
    needs = {
        each["ref"].removeprefix("pkg:pypi/").partition("@")[0]: {
            needed.removeprefix("pkg:pypi/").partition("@")[0] for needed in each["dependsOn"]
        }
        for each in bill["dependencies"]
        if "dependsOn" in each
    }
    assert needs["model-catalog"] == {"aws-lambda-powertools", "boto3", "pydantic"}
    assert needs["boto3"] == {"botocore", "jmespath", "s3transfer"}


def test_the_same_build_has_the_same_bill_wherever_and_whenever(tmp_path: Path) -> None:
    builds = [copied(tmp_path / name) for name in ("here", "there")]

    bills = [bill_of(build) for build in builds]

    assert bills[0] == bills[1]
    assert "timestamp" not in bills[0]
    assert "here" not in bills[0]


def test_a_package_that_the_lock_does_not_name_gets_no_bill(tmp_path: Path) -> None:
    build = copied(tmp_path)
    metadata = build / "DependenciesLayer" / "python" / "stranger-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")

    done = run("sbom.py", build)

    assert done.returncode != 0
    assert "stranger" in done.stderr
    assert not (build.parent / "sbom.json").exists()


def test_the_auditors_environment_is_not_ours() -> None:
    assert PYTHON.exists()
    assert Path(sys.executable).parent != PYTHON.parent
