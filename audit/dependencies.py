"""``python audit/dependencies.py [--strict] LOCK...``: look for known vulnerabilities.

Each lock's packages are looked up in the Python advisories by pip-audit, which must stand in the
environment that runs this. pip-audit itself calls a package that it could not look up a skipped
one, and what it skipped it calls free of vulnerabilities. Here only what was looked up is: where
the advisories cannot be reached at all, that is said, and with ``--strict`` it is a failure.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

FOUND, UNREACHED = 1, 2
_A_FEW = 3  # packages named where many were missed

type Report = Mapping[str, Any]


def looked_up(lock: Path) -> Report:
    """Return what pip-audit finds out about a lock's packages, or why it did not."""
    done = subprocess.run(  # noqa: S603 - our own words, and the names of our own files
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(lock)),
            *("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report: Report = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {"dependencies": [], "failure": said[-1]}
    return report


def verdict(reports: Mapping[str, Report], *, strict: bool) -> tuple[int, list[str]]:
    """Return the exit code, and what there is to say about the locks' reports."""
    vulnerable = sorted({line for report in reports.values() for line in _vulnerable(report)})
    missed = [line for name, report in reports.items() for line in _missed(name, report)]
    known = {each["name"] for report in reports.values() for each in _known(report)}
    if vulnerable:
        return FOUND, [*vulnerable, *missed]
    if missed:
        partly = bool(known)
        said = [*missed, "What was not looked up was NOT AUDITED. Run this where PyPI answers."]
        return (UNREACHED if strict or partly else 0), said
    return 0, [f"{len(known)} packages in {len(reports)} locks: no known vulnerabilities."]


def _known(report: Report) -> Iterable[Mapping[str, Any]]:
    return (each for each in report["dependencies"] if "skip_reason" not in each)


def _vulnerable(report: Report) -> Iterable[str]:
    for package in _known(report):
        for advisory in package["vulns"]:
            mended = ", ".join(advisory["fix_versions"]) or "no release"
            yield f"{package['name']} {package['version']}: {advisory['id']}, mended in {mended}"


def _missed(name: str, report: Report) -> Iterable[str]:
    if "failure" in report:
        yield f"{name}: {report['failure']}"
    elif skipped := [each["name"] for each in report["dependencies"] if "skip_reason" in each]:
        few = ", ".join(skipped[:_A_FEW]) + (", ..." if len(skipped) > _A_FEW else "")
        yield f"{name}: no advisories could be read for {len(skipped)} packages: {few}"
    elif not report["dependencies"]:
        yield f"{name}: no package was found in it"


def main(arguments: Sequence[str]) -> int:
    """Audit the locks that are named."""
    parser = argparse.ArgumentParser(description="Look for known vulnerabilities.")
    parser.add_argument("--strict", action="store_true", help="fail if there was nobody to ask")
    parser.add_argument("locks", nargs="+", type=Path, metavar="LOCK")
    given = parser.parse_args(arguments)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(looked_up, given.locks)
    reports = {lock.name: report for lock, report in zip(given.locks, found, strict=True)}
    code, said = verdict(reports, strict=given.strict)
    sys.stdout.write("\n".join(said) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
