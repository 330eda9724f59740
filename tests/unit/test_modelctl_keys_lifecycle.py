"""What may become of a key, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from model_catalog.api_keys import KeyStatus, mint
from model_catalog.key_records import KeyRecord
from modelctl.failures import RefusedError
from modelctl.keys.lifecycle import disabled, enabled, refuse_unless_ended, revoked, rotated
from support.builders import key_record
from support.clock import NOON

DAY = timedelta(days=1)


def record(**changes: Any) -> KeyRecord:
    """Return a stored key named test; ``changes`` are the key's."""
    return key_record(mint(), **changes)


@pytest.mark.parametrize("status", [KeyStatus.ACTIVE, KeyStatus.DISABLED])
@pytest.mark.parametrize(
    ("decide", "becomes"),
    [
        (disabled, KeyStatus.DISABLED),
        (enabled, KeyStatus.ACTIVE),
        (revoked, KeyStatus.REVOKED),
    ],
)
def test_nothing_but_the_status_changes(
    decide: Callable[[KeyRecord], KeyRecord], becomes: KeyStatus, status: KeyStatus
) -> None:
    before = record(status=status, allowed_models=frozenset({"a"}))

    after = decide(before)

    assert after == replace(before, key=replace(before.key, status=becomes))


@pytest.mark.parametrize("decide", [disabled, enabled])
def test_a_revoked_key_stays_revoked(decide: Callable[[KeyRecord], KeyRecord]) -> None:
    with pytest.raises(RefusedError) as refused:
        decide(record(status=KeyStatus.REVOKED))

    assert str(refused.value) == (
        "The key test is revoked, and that is final. For a new one: modelctl keys create"
    )


def test_a_revoked_key_can_be_revoked_again() -> None:
    before = record(status=KeyStatus.REVOKED)

    assert revoked(before) == before


def test_a_rotated_key_has_two_secrets_until_the_overlap_ends() -> None:
    before = record()
    new = mint(before.key.key_id)

    key = rotated(before, new, now=NOON, overlap=DAY, force=False).key

    assert (key.secret_hash, key.prefix) == (new.secret_hash, new.prefix)
    assert key.previous_expires_at == NOON + DAY
    for secret_hash in (new.secret_hash, before.key.secret_hash):
        assert key.has_secret(secret_hash, NOON + DAY - timedelta(seconds=1))
    assert not key.has_secret(before.key.secret_hash, NOON + DAY)


def test_without_an_overlap_the_secret_before_stops_at_once() -> None:
    before = record(previous_secret_hash="0" * 64, previous_expires_at=NOON)
    new = mint(before.key.key_id)

    after = rotated(before, new, now=NOON, overlap=timedelta(0), force=False)

    assert after == replace(
        before,
        key=replace(
            before.key,
            secret_hash=new.secret_hash,
            prefix=new.prefix,
            previous_secret_hash=None,
            previous_expires_at=None,
        ),
    )
    assert not after.key.has_secret(before.key.secret_hash, NOON)


def test_inside_an_overlap_only_force_rotates() -> None:
    before = record(previous_secret_hash="0" * 64, previous_expires_at=NOON + DAY)
    new = mint(before.key.key_id)

    with pytest.raises(RefusedError) as refused:
        rotated(before, new, now=NOON, overlap=DAY, force=False)
    forced = rotated(before, new, now=NOON, overlap=DAY, force=True).key

    assert str(refused.value) == (
        "A rotation is under way: the secret before this one works until 2026-11-23T12:00:00Z."
        " To end it now and replace the current one, say --force."
    )
    assert forced.previous_secret_hash == before.key.secret_hash
    assert forced.previous_expires_at == NOON + DAY


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"status": KeyStatus.REVOKED},
            (
                "The key is revoked; a new secret would not work."
                " For a new key: modelctl keys create"
            ),
        ),
        (
            {"expires_at": NOON},
            (
                "The key is expired; a new secret would not work."
                " First give it time: modelctl keys update --expires"
            ),
        ),
    ],
)
def test_what_would_not_work_is_not_rotated(
    changes: dict[str, Any], sentence: str, *, force: bool
) -> None:
    with pytest.raises(RefusedError) as refused:
        rotated(record(**changes), mint(), now=NOON, overlap=DAY, force=force)

    assert str(refused.value) == sentence


def test_a_disabled_key_can_be_rotated_and_stays_disabled() -> None:
    after = rotated(record(status=KeyStatus.DISABLED), mint(), now=NOON, overlap=DAY, force=False)

    assert after.key.status is KeyStatus.DISABLED


@pytest.mark.parametrize(
    "changes",
    [
        {"status": KeyStatus.REVOKED},
        {"expires_at": NOON},
        {"status": KeyStatus.DISABLED, "expires_at": NOON},
    ],
    ids=str,
)
def test_what_has_ended_may_be_deleted(changes: dict[str, Any]) -> None:
    refuse_unless_ended(record(**changes), NOON)  # and raises nothing


@pytest.mark.parametrize("status", [KeyStatus.ACTIVE, KeyStatus.DISABLED])
def test_what_may_be_in_use_is_not_deleted(status: KeyStatus) -> None:
    with pytest.raises(RefusedError) as refused:
        refuse_unless_ended(record(status=status), NOON)

    assert str(refused.value) == (
        f"The key test is {status}, and only revoked or expired keys are deleted."
        " First: modelctl keys revoke"
    )
