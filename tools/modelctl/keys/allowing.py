"""``keys allows``: whether a key may use a model, and why."""

from collections.abc import Iterator
from datetime import datetime

import typer
from rich.text import Text

from model_catalog.api_keys import MODELS_READ, KeyStatus
from model_catalog.key_records import KeyRecord
from model_catalog.snapshot import CatalogEntry
from modelctl.aws import Aws
from modelctl.failures import RefusedError
from modelctl.keys.finding import find_key
from modelctl.keys.patterns import admitting, for_nobody, why_not
from modelctl.live import live_snapshot
from modelctl.output import Output, line

_REFUSED = 1  # what scripts see, as of any check that said no


def explain_decision(aws: Aws, output: Output, wanted: str, model: str, *, now: datetime) -> None:
    """Print whether a key may use a model, which patterns let it in or why none did.

    It may if its list lets the model in and nothing else is in the way; a limit that is spent for
    now is not.

    Raises:
        RefusedError: no such model is live.
        typer.Exit: it may not.
    """
    record = find_key(aws.keys, wanted, output)
    live = live_snapshot(aws.registry, output)
    entry = live.find(model) if live else None
    if entry is None:
        raise RefusedError(f"No model {model} is live. See: modelctl registry show")
    patterns = record.key.allowed_models
    letting_in = admitting(patterns, entry)
    reasons = {each: why_not(each, entry) for each in sorted(patterns) if each not in letting_in}
    obstacles = [*_obstacles(record, entry, now)]
    spent = record.usage(now).exhausted
    allowed = (bool(letting_in) or not patterns) and not obstacles
    output.answer(
        {
            "key_id": record.key.key_id,
            "model": entry.id,
            "allowed": allowed,
            "listed": allowed and entry.listed,
            "matching": letting_in,
            "not_matching": reasons,
            "obstacles": obstacles,
            "spent": spent.window if spent else None,
        },
        *_lines(record, entry, letting_in, allowed=allowed),
        *(line(f"  {pattern}: {reason}") for pattern, reason in reasons.items() if not letting_in),
        *(line(each, "yellow") for each in obstacles),
        *(
            [line(f"The key has spent its limit per {spent.window} for now.", "yellow")]
            if spent
            else []
        ),
    )
    if not allowed:
        raise typer.Exit(_REFUSED)


def _lines(
    record: KeyRecord, entry: CatalogEntry, letting_in: list[str], *, allowed: bool
) -> Iterator[Text]:
    name = record.key.name
    if not record.key.allowed_models:
        yield line(
            f"{name} has no allow-list: that lets in every model that is in the API.", "bold"
        )
    elif letting_in:
        yield line(f"{name} lets {entry.id} in by: {', '.join(letting_in)}", "bold")
    else:
        yield line(f"{name} does not let {entry.id} in; none of its patterns does:", "bold red")
    if allowed and not entry.listed:
        yield line("It is hidden: it can be retrieved by its name, and is in no list.")


def _obstacles(record: KeyRecord, entry: CatalogEntry, now: datetime) -> Iterator[str]:
    """Say what else stands between the key and the model."""
    if not entry.supported_in_api:
        yield for_nobody(entry)
    status = record.key.status_at(now)
    if status is not KeyStatus.ACTIVE:
        yield f"The key is {status}: every request with it is refused."
    if MODELS_READ not in record.key.permissions:
        yield f"The key lacks the permission {MODELS_READ}: it reads no models."
