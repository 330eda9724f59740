"""``python audit/find_secrets.py [FILE...]``: look for secrets in files, usually all of git's.

What is found and known, from ``audit/known_secrets.txt``, is left out; an entry there that is no
longer found is an error too. ``--list`` prints the entries for all that is found.
"""

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

PROJECT = Path(__file__).parents[1]
KNOWN = Path(__file__).with_name("known_secrets.txt")
# Not those that look at entropy: digests, locks and examples here are full of it.
PLUGINS = (
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "PrivateKeyDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TwilioKeyDetector",
)
FILTERS = ("is_templated_secret",)
OWN = {"name": "OwnKeyDetector", "path": f"file://{PROJECT / 'audit' / 'own_keys.py'}"}
WORDS = {"name": "KeywordDetector"}  # `password = "..."`; in Python ruff's S105 to S107 find it
# Made by tools, of names, versions and digests: they take a minute to search.
LEFT_OUT = (
    *("requirements/", "docs/openapi.json", "docs/img/", "tests/e2e/clients/package-lock"),
    *("functions/api/assets/openapi.json", "functions/api/assets/docs.html"),
)

type Finding = tuple[str, str, str]  # file, kind, and the beginning of the secret's digest


def found_in(files: Sequence[str]) -> list[tuple[Finding, int]]:
    """Return what looks like a secret in ``files``, and in which lines."""
    python = [name for name in files if name.endswith(".py")]
    others = [name for name in files if not name.endswith(".py")]
    return [*_found(python, [OWN]), *_found(others, [OWN, WORDS])]


def _found(files: Sequence[str], plugins: Sequence[dict[str, str]]) -> list[tuple[Finding, int]]:
    settings = {
        "plugins_used": [*plugins, *({"name": name} for name in PLUGINS)],
        "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in FILTERS],
    }
    with transient_settings(settings):
        return [
            (_finding(name, secret.type, secret.secret_value or ""), secret.line_number)
            for name in files
            for secret in scan_file(name)
        ]


def found_in_all(files: Sequence[str]) -> list[tuple[Finding, int]]:
    """Do the same, with two at work."""
    with ProcessPoolExecutor(2) as pool:
        parts = pool.map(found_in, (files[::2], files[1::2]))
        return sorted(found for part in parts for found in part)


def _finding(name: str, kind: str, value: str) -> Finding:
    path = Path(name).resolve()
    shown = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
    return str(shown), kind, hashlib.sha256(value.encode()).hexdigest()[:12]


def known() -> set[Finding]:
    """Return what is known to be none, or to be meant for everybody."""
    return set(_entries(KNOWN.read_text().splitlines()))


def _entries(lines: Iterable[str]) -> Iterator[Finding]:
    for line in lines:
        entry = line.partition("#")[0].strip()
        if entry:
            name, digest, kind = entry.split(maxsplit=2)
            yield name, kind, digest


def tracked() -> list[str]:
    """Return git's files, those included that are about to be added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - the user's git
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(LEFT_OUT)]
    return [str(path) for path in map(PROJECT.joinpath, names) if path.is_file()]


def main(arguments: Sequence[str]) -> int:
    """Say what was found that is not known, and what is known and was not found."""
    parser = argparse.ArgumentParser(description="Look for secrets.")
    parser.add_argument("--list", action="store_true", help="print an entry for all that is found")
    parser.add_argument("files", nargs="*", metavar="FILE")
    given = parser.parse_args(arguments)
    findings = found_in_all(given.files or tracked())
    if given.list:
        _say(sorted({f"{name} {digest} {kind}" for (name, kind, digest), _ in findings}))
        return 0
    excused = known()
    new = [
        f"{each[0]}:{line}: {each[1]} {each[2]}" for each, line in findings if each not in excused
    ]
    gone = [] if given.files else sorted(excused - {each for each, _ in findings})
    _say([*new, *(f"{name}: {kind} {digest} is known, and gone" for name, kind, digest in gone)])
    return 1 if new or gone else 0


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
