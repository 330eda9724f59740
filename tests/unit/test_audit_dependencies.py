"""The audit of the locks calls nothing safe that was not looked up."""

from typing import Any

import pytest

from localcloud.template import PROJECT
from support.scripts import load_script

audit = load_script("audit/dependencies.py")

SAFE: dict[str, Any] = {"name": "safe", "version": "1.0", "vulns": []}
SKIPPED = {"name": "skipped", "skip_reason": "not found"}
VULNERABLE = {
    "name": "weak",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": []}],
}


def verdict(*packages: dict[str, Any], strict: bool = False) -> tuple[int, str]:
    code, said = audit.verdict({"a.txt": {"dependencies": [*packages]}}, strict=strict)
    return code, "\n".join(said)


def test_packages_that_were_looked_up_and_have_no_advisory_pass() -> None:
    assert verdict(SAFE) == (0, "1 packages in 1 locks: no known vulnerabilities.")


@pytest.mark.parametrize("others", [[], [SAFE], [SKIPPED]])
def test_a_vulnerability_fails_and_says_where_it_is_mended(others: list[dict[str, Any]]) -> None:
    code, said = verdict(VULNERABLE, *others)

    assert code == audit.FOUND
    assert said.startswith("weak 1.0: PYSEC-2026-1, mended in 1.1")


def test_where_nobody_can_be_asked_that_is_said_and_nothing_is_called_safe() -> None:
    code, said = verdict(SKIPPED, SKIPPED)

    assert (code, "NOT AUDITED" in said, "no known" in said) == (0, True, False)


def test_where_nobody_can_be_asked_it_fails_if_that_matters() -> None:
    assert verdict(SKIPPED, strict=True)[0] == audit.UNREACHED


def test_a_package_that_could_not_be_looked_up_among_others_that_could_fails() -> None:
    assert verdict(SAFE, SKIPPED)[0] == audit.UNREACHED


@pytest.mark.parametrize(
    "report",
    [{"dependencies": []}, {"dependencies": [], "failure": "ConnectionError"}],
    ids=["an empty lock", "a failure"],
)
def test_a_report_with_nothing_in_it_is_no_proof(report: dict[str, Any]) -> None:
    code, said = audit.verdict({"a.txt": report}, strict=True)

    assert (code, said[-1].count("NOT AUDITED")) == (audit.UNREACHED, 1)


def test_every_lock_is_audited() -> None:
    makefile = (PROJECT / "Makefile").read_text()

    assert "audit/dependencies.py $(AUDIT) requirements/*.txt" in makefile
    for line in makefile.splitlines():
        if line.startswith("check:"):
            assert "audit" in line.split()
