"""Keys as people and scripts see them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from model_catalog.api_keys import KeyStatus
from model_catalog.key_records import KeyRecord
from model_catalog.limits import LimitStatus, Window
from model_catalog.shapes import usage_window, utc_text
from model_catalog.snapshot import Json
from modelctl.documents import counted
from modelctl.output import line, table

_LISTED = (
    "Status",
    "Name",
    "Prefix",
    "Owner",
    "Models",
    "Tightest limit",
    "",
    "Last used",
    "Expires",
)
_BAR = 10  # columns
_NEARLY = 0.8  # of a limit: worth a warning color
_PATTERNS_LISTED = 2  # of an allow-list, where keys are listed
_STYLES = {
    KeyStatus.ACTIVE: "green",
    KeyStatus.DISABLED: "yellow",
    KeyStatus.EXPIRED: "yellow",
    KeyStatus.REVOKED: "red",
}


def key_json(record: KeyRecord, now: datetime) -> dict[str, Json]:
    """Return a key for scripts, as it stands at ``now``."""
    return {
        "key_id": record.key.key_id,
        **record.facts,
        "status": record.key.status_at(now),
        "created_at": utc_text(record.created_at),
        "created_by": record.created_by,
        "last_used_at": utc_text(record.last_used_at) if record.last_used_at else None,
        "version": record.version,
        "usage": usage_json(record, now),
    }


def usage_json(record: KeyRecord, now: datetime) -> list[Json]:
    """Return how a key's windows stand, as ``GET /v1/usage`` tells it."""
    return [usage_window(status) for status in record.usage(now)]


def key_table(records: Iterable[KeyRecord], now: datetime) -> Table:
    """Return keys as a list, each with how its tightest limit stands."""
    made = table(_LISTED, (_row(record, now) for record in records))
    for copied in ("Status", "Prefix"):  # whole, however narrow the terminal is
        made.columns[_LISTED.index(copied)].no_wrap = True
    return made


def usage_table(record: KeyRecord, now: datetime) -> Table:
    """Return how each of a key's windows stands."""
    return table(
        ("Window", "Used", "Limit", "", "Left", "Resets at"),
        (
            (
                status.window,
                f"{status.used:,}",
                "none" if status.limit is None else f"{status.limit:,}",
                _bar(status),
                "" if status.remaining is None else f"{status.remaining:,}",
                utc_text(status.reset),
            )
            for status in record.usage(now)
        ),
    )


def fact_table(record: KeyRecord, now: datetime) -> Table:
    """Return all there is to know of a key, but for its use."""
    return table(("", ""), _facts(record, now))


def status_text(record: KeyRecord, now: datetime) -> Text:
    """Return what has become of a key."""
    status = record.key.status_at(now)
    return line(status, _STYLES[status])


def limits_text(record: KeyRecord) -> str:
    """Return a key's limits in words."""
    limits = record.key.limits
    return ", ".join(f"{limits[each]:,} per {each}" for each in Window if each in limits) or "none"


def patterns_text(record: KeyRecord) -> str:
    """Return a key's allow-list in words."""
    return ", ".join(sorted(record.key.allowed_models)) or "all"


def _row(record: KeyRecord, now: datetime) -> tuple[str | RenderableType, ...]:
    key, tightest = record.key, record.usage(now).tightest
    return (
        status_text(record, now),
        key.name,
        f"{key.prefix}…",
        record.owner,
        _models(record),
        f"{tightest.window} {tightest.used:,}/{tightest.limit:,}" if tightest else "",
        _bar(tightest) if tightest else "",
        _minute(record.last_used_at) or "never",
        _minute(key.expires_at) or "never",
    )


def _models(record: KeyRecord) -> str:
    patterns = sorted(record.key.allowed_models)
    if len(patterns) <= _PATTERNS_LISTED:
        return patterns_text(record)
    return f"{', '.join(patterns[:_PATTERNS_LISTED])} and {len(patterns) - _PATTERNS_LISTED} more"


def _facts(record: KeyRecord, now: datetime) -> Iterator[tuple[str, str | Text]]:
    key = record.key
    yield "Name", key.name
    yield "Id", key.key_id
    yield "Prefix", f"{key.prefix}…"
    yield "Status", status_text(record, now)
    yield "Owner", record.owner or "nobody"
    yield (
        "Tags",
        ", ".join(f"{name}={text}" for name, text in sorted(record.tags.items())) or "none",
    )
    yield "Models", patterns_text(record)
    yield "Permissions", ", ".join(sorted(key.permissions)) or "none"
    yield "Addresses", ", ".join(sorted(map(str, key.allowed_ips))) or "everywhere"
    yield "Limits", limits_text(record)
    yield "Expires", utc_text(key.expires_at) if key.expires_at else "never"
    if key.previous_expires_at and key.previous_expires_at > now:
        yield "Rotation", f"the secret before works until {utc_text(key.previous_expires_at)}"
    yield "Created", f"{utc_text(record.created_at)} by {record.created_by}"
    yield "Last used", utc_text(record.last_used_at) if record.last_used_at else "never"
    yield "Changed", counted(record.version - 1, "time")


def _bar(status: LimitStatus) -> RenderableType:
    if status.limit is None:
        return ""
    style = "yellow" if status.used >= _NEARLY * status.limit else "green"
    return ProgressBar(
        total=status.limit,
        completed=status.used,
        width=_BAR,
        complete_style=style,
        finished_style="red",
    )


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
