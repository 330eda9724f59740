"""What may become of a key: pure decisions on its state, each refused with a reason."""

from dataclasses import replace
from datetime import datetime, timedelta

from model_catalog.api_keys import KeyStatus, MintedSecret
from model_catalog.key_records import KeyRecord
from model_catalog.shapes import utc_text
from modelctl.failures import RefusedError


def disabled(record: KeyRecord) -> KeyRecord:
    """Return the key stopped, until it is enabled again.

    Raises:
        RefusedError: it is revoked.
    """
    return _with_status(record, KeyStatus.DISABLED)


def enabled(record: KeyRecord) -> KeyRecord:
    """Return the key working again, unless it has expired.

    Raises:
        RefusedError: it is revoked.
    """
    return _with_status(record, KeyStatus.ACTIVE)


def revoked(record: KeyRecord) -> KeyRecord:
    """Return the key stopped for ever."""
    return replace(record, key=replace(record.key, status=KeyStatus.REVOKED))


def rotated(
    record: KeyRecord, minted: MintedSecret, *, now: datetime, overlap: timedelta, force: bool
) -> KeyRecord:
    """Return the key with a new secret; the one it has works on until the overlap ends.

    Raises:
        RefusedError: it is revoked or expired, or another rotation is under way and not to be cut
            short by ``force``.
    """
    key = record.key
    status = key.status_at(now)
    if status in {KeyStatus.REVOKED, KeyStatus.EXPIRED}:
        raise RefusedError(f"The key is {status}; a new secret would not work. {_instead(status)}")
    end = key.previous_expires_at
    if end is not None and end > now and not force:
        raise RefusedError(
            f"A rotation is under way: the secret before this one works until {utc_text(end)}."
            " To end it now and replace the current one, say --force."
        )
    key = replace(
        key,
        secret_hash=minted.secret_hash,
        prefix=minted.prefix,
        previous_secret_hash=key.secret_hash if overlap else None,
        previous_expires_at=now + overlap if overlap else None,
    )
    return replace(record, key=key)


def refuse_unless_ended(record: KeyRecord, now: datetime) -> None:
    """Refuse to delete what may still be in use.

    Raises:
        RefusedError: the key is neither revoked nor expired.
    """
    end = record.key.expires_at
    if record.key.status is not KeyStatus.REVOKED and (end is None or end > now):
        raise RefusedError(
            f"The key {record.key.name} is {record.key.status}, and only revoked or expired keys"
            " are deleted. First: modelctl keys revoke"
        )


def _with_status(record: KeyRecord, status: KeyStatus) -> KeyRecord:
    if record.key.status is KeyStatus.REVOKED:
        raise RefusedError(
            f"The key {record.key.name} is revoked, and that is final."
            " For a new one: modelctl keys create"
        )
    return replace(record, key=replace(record.key, status=status))


def _instead(status: KeyStatus) -> str:
    if status is KeyStatus.EXPIRED:
        return "First give it time: modelctl keys update --expires"
    return "For a new key: modelctl keys create"
