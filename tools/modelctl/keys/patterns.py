"""Allow-lists held against what is live: patterns that match nothing, and why a model is let in."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase

from rich.text import Text

from model_catalog.selection import AllowList
from model_catalog.snapshot import CatalogEntry, Snapshot
from modelctl.aws import Aws
from modelctl.live import live_snapshot
from modelctl.output import Output, line


def warn_of_unmatched(aws: Aws, output: Output, patterns: Iterable[str]) -> None:
    """Warn of patterns that match no live model; whoever may not read the registry is told so."""
    patterns = sorted(patterns)
    if not patterns:
        return
    with aws.optional("Whether the patterns match any model was not checked", output):
        live = live_snapshot(aws.registry, output)
        output.note(*unmatched_lines(patterns, live))


def unmatched_lines(patterns: Iterable[str], live: Snapshot | None) -> Iterator[Text]:
    """Warn of each pattern that matches none of the live models."""
    if live is None:
        yield line("Warning: nothing is live yet, so the patterns match no model.", "yellow")
        return
    entries = live.entries
    for pattern in patterns:
        if not any(AllowList([pattern]).permits(entry) for entry in entries):
            meant = get_close_matches(pattern, _names(entries), n=1)
            hint = f" Did you mean {meant[0]}?" if meant else ""
            yield line(f"Warning: {pattern} matches no live model.{hint}", "yellow")


def admitting(patterns: Iterable[str], entry: CatalogEntry) -> list[str]:
    """Return the patterns that let ``entry`` in."""
    return [each for each in sorted(patterns) if AllowList([each]).permits(entry)]


def why_not(pattern: str, entry: CatalogEntry) -> str:
    """Say why ``pattern``, which does not let ``entry`` in, does not."""
    if pattern.startswith("@"):
        groups = ", ".join(f"@{group}" for group in entry.groups) or "none"
        return f"no group of the model's ({groups})"
    names = (entry.id, *entry.aliases)
    if any(fnmatchcase(name.casefold(), pattern.casefold()) for name in names[:1]):
        return f"differs from {entry.id} in upper and lower case"
    if any(fnmatchcase(name, pattern) for name in names[1:]):
        return "matches an alias, but globs are held against ids alone"
    return f"does not match {' or '.join(names)}"


def for_nobody(entry: CatalogEntry) -> str:
    """Say that ``entry``, which is not in the API, is for no key at all."""
    return f"{entry.id} is not in the API (supported_in_api): no key sees it."


def _names(entries: Iterable[CatalogEntry]) -> list[str]:
    return [
        name
        for entry in entries
        for name in (entry.id, *entry.aliases, *(f"@{group}" for group in entry.groups))
    ]
