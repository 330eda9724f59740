"""Secrets that can be checked by themselves, and keys that judge who shows them."""

import hashlib
import string
import zlib
from datetime import timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_catalog.api_keys import (
    MODELS_READ,
    Admission,
    ApiKey,
    KeyStatus,
    PresentedSecret,
    RefusalReason,
    hash_secret,
    masked,
    mint,
    parse_secret,
)
from model_catalog.limits import Usage, Window
from support.builders import api_key
from support.clock import NOON

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
NATIVE = "sk-clb-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl1LuAIs"
IMPORTED = "sk-clb-" + "aB3_-" * 8 + "xyz"
IMPORTED_HEX = "sk-clb-" + "0123456789abcdef" * 3
SECOND = timedelta(seconds=1)


def checksum(text: str) -> str:
    """Return the CRC-32 of ``text`` as the design words it, written down a second time."""
    number = zlib.crc32(text.encode())
    return "".join(BASE62[number // 62**place % 62] for place in range(5, -1, -1))


NATIVE_SECRETS = (
    st.text(BASE62, min_size=48, max_size=48)
    .map(lambda text: f"sk-clb-{text}")
    .map(lambda body: body + checksum(body))
)


def test_a_new_secret_has_61_characters_of_the_alphabet() -> None:
    minted = mint()

    assert len(minted.secret) == 61
    assert minted.secret.startswith("sk-clb-")
    assert set(minted.secret[7:]) <= set(BASE62)


def test_a_new_secret_spells_its_key_id_and_ends_in_the_checksum_of_all_before() -> None:
    minted = mint()

    assert minted.secret[7:23] == minted.key_id
    assert minted.secret[-6:] == checksum(minted.secret[:-6])


def test_new_secrets_use_the_whole_alphabet_everywhere() -> None:
    secrets = [mint().secret for _ in range(3000)]

    assert all({secret[place] for secret in secrets} == set(BASE62) for place in range(7, 55))


def test_a_new_secret_for_an_old_key_differs_in_all_but_the_id() -> None:
    old = mint()

    new = mint(old.key_id)

    assert new.key_id == new.secret[7:23] == old.key_id
    assert new.secret[23:55] != old.secret[23:55]
    assert new.secret_hash != old.secret_hash


def test_a_minted_secret_does_not_show_itself() -> None:
    minted = mint()

    assert minted.secret not in repr(minted)


def test_a_minted_secret_is_read_back() -> None:
    minted = mint()

    assert parse_secret(minted.secret) == PresentedSecret(minted.key_id, minted.secret_hash)


@given(NATIVE_SECRETS)
def test_every_secret_with_the_right_checksum_is_read(secret: str) -> None:
    assert parse_secret(secret) == PresentedSecret(secret[7:23], hash_secret(secret))


@pytest.mark.parametrize(
    "secret",
    [NATIVE, "sk-clb-0000000000000716zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz0086Ur"],
    ids=["as computed by hand", "padded on the left"],
)
def test_known_checksums_are_accepted(secret: str) -> None:
    assert parse_secret(secret) is not None


@settings(max_examples=20)
@given(NATIVE_SECRETS)
def test_no_secret_with_one_character_changed_is_accepted(secret: str) -> None:
    mistyped = (
        secret[:place] + character + secret[place + 1 :]
        for place in range(len(secret))
        for character in BASE62 + "-_ \né"
        if character != secret[place]
    )

    assert not any(map(parse_secret, mistyped))


@given(NATIVE_SECRETS)
def test_no_secret_with_two_neighbors_swapped_is_accepted(secret: str) -> None:
    mistyped = {
        secret[:place] + secret[place + 1] + secret[place] + secret[place + 2 :]
        for place in range(len(secret) - 1)
    }

    assert not any(map(parse_secret, mistyped - {secret}))


@settings(max_examples=20)
@given(NATIVE_SECRETS)
def test_no_secret_with_a_character_too_many_or_too_few_is_accepted(secret: str) -> None:
    longer = [secret[:place] + "0" + secret[place:] for place in range(len(secret) + 1)]
    shorter = [secret[:place] + secret[place + 1 :] for place in range(len(secret))]

    assert not any(map(parse_secret, longer + shorter))


@pytest.mark.parametrize(
    "secret", [IMPORTED, IMPORTED_HEX, IMPORTED_HEX.upper().replace("SK-CLB", "sk-clb")]
)
def test_an_imported_key_is_named_by_the_start_of_its_digest(secret: str) -> None:
    digest = hashlib.sha256(secret.encode()).hexdigest()

    assert parse_secret(secret) == PresentedSecret(digest[:16], digest)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "sk-clb-",
        NATIVE[:-1] + "t",
        NATIVE.replace("sk-clb-", "sk-abc-"),
        NATIVE.replace("sk-clb-", "SK-CLB-"),
        " " + NATIVE,
        NATIVE + "\n",
        NATIVE + "\x00",
        IMPORTED + "\n",
        IMPORTED + "x",
        IMPORTED[:-1],
        IMPORTED[:-1] + "+",
        IMPORTED[:-1] + "é",
        IMPORTED_HEX + "\n",
        IMPORTED_HEX + "0",
        IMPORTED_HEX[:-1],
        IMPORTED_HEX[:-1] + "g",
        IMPORTED_HEX[:-1] + "٣",
        NATIVE[:7] + "é" * 54,
        NATIVE[:7] + "\ud800" * 54,
        NATIVE[:7] + "0" * 54,
        "sk-clb-" + "a" * 10_000,
    ],
)
def test_what_cannot_be_a_key_is_refused_by_itself(secret: str) -> None:
    assert parse_secret(secret) is None


@given(
    st.text(max_size=80) | st.text(BASE62 + "-_", max_size=80).map(lambda text: f"sk-clb-{text}")
)
def test_reading_a_text_never_fails(text: str) -> None:
    presented = parse_secret(text)

    assert presented is None or len(presented.key_id) == 16


def test_a_digest_is_sha_256_in_hex() -> None:
    assert hash_secret("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("secret", [NATIVE, IMPORTED, "12345678901234567890", "x" * 10_000])
def test_of_a_secret_the_first_8_and_last_4_characters_are_shown(secret: str) -> None:
    assert masked(secret) == f"{secret[:8]}***{secret[-4:]}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "1234567890123456789",
        "sk-clb-" + "é" * 54,
        "sk-clb-\x1b[31m" + "a" * 40,
        "a" * 40 + "\n",
        "a" * 40 + "\ud800",
    ],
)
def test_of_a_short_or_unprintable_text_nothing_is_shown(text: str) -> None:
    assert masked(text) == "***"


@given(st.text(max_size=100))
def test_a_mask_never_shows_more_than_12_characters(text: str) -> None:
    start, _, end = masked(text).partition("***")

    assert (start, end) in {("", ""), (text[:8], text[-4:])}


def test_a_key_does_not_show_its_digests() -> None:
    key = api_key(mint(), secret_hash="1" * 64, previous_secret_hash="2" * 64)

    assert "1" * 64 not in repr(key)
    assert "2" * 64 not in repr(key)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, KeyStatus.ACTIVE),
        ({"expires_at": NOON + SECOND}, KeyStatus.ACTIVE),
        ({"expires_at": NOON}, KeyStatus.EXPIRED),
        ({"expires_at": NOON - SECOND}, KeyStatus.EXPIRED),
        ({"status": KeyStatus.DISABLED}, KeyStatus.DISABLED),
        ({"status": KeyStatus.DISABLED, "expires_at": NOON}, KeyStatus.DISABLED),
        ({"status": KeyStatus.REVOKED, "expires_at": NOON}, KeyStatus.REVOKED),
    ],
)
def test_a_key_is_judged_by_what_operators_and_time_made_of_it(
    changes: dict[str, object], status: KeyStatus
) -> None:
    assert api_key(mint(), **changes).status_at(NOON) is status


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"expires_at": NOON}, RefusalReason.EXPIRED),
        ({"status": KeyStatus.DISABLED}, RefusalReason.DISABLED),
        ({"status": KeyStatus.REVOKED}, RefusalReason.REVOKED),
    ],
)
def test_whoever_holds_the_secret_learns_what_became_of_the_key(
    changes: dict[str, object], reason: RefusalReason | None
) -> None:
    minted = mint()

    assert api_key(minted, **changes).refuses(minted.secret_hash, NOON) == reason


@pytest.mark.parametrize(
    "changes", [{}, {"expires_at": NOON}, {"status": KeyStatus.DISABLED}, {"status": "revoked"}]
)
def test_whoever_shows_another_secret_learns_nothing_of_the_key(changes: dict[str, object]) -> None:
    minted = mint()
    other = mint(minted.key_id)

    reason = api_key(minted, **changes).refuses(other.secret_hash, NOON)

    assert reason is RefusalReason.UNKNOWN


@pytest.mark.parametrize(
    ("ends", "works"), [(NOON + SECOND, True), (NOON, False), (NOON - SECOND, False), (None, False)]
)
def test_a_replaced_secret_works_until_the_rotation_ends(ends: object, works: bool) -> None:  # noqa: FBT001
    old = mint()
    new = mint(old.key_id)
    key = api_key(new, previous_secret_hash=old.secret_hash, previous_expires_at=ends)

    assert key.has_secret(old.secret_hash, NOON) is works
    assert key.has_secret(new.secret_hash, NOON)


def test_during_a_rotation_no_third_secret_works() -> None:
    old = mint()
    key = api_key(
        mint(old.key_id),
        previous_secret_hash=old.secret_hash,
        previous_expires_at=NOON + SECOND,
    )

    assert not key.has_secret(mint(old.key_id).secret_hash, NOON)


def key_for(*networks: str) -> ApiKey:
    return api_key(mint(), allowed_ips=frozenset(map(ip_network, networks)))


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::1", "", "garbage"])
def test_a_key_without_addresses_may_be_used_from_everywhere(address: str) -> None:
    assert key_for().allows_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "192.0.2.9",
        "::ffff:10.1.2.3",
        "::FFFF:0a01:0203",
        "2001:db8:1::5",
        "2001:DB8:1:0::5",
    ],
)
def test_an_address_in_an_allowed_network_is_let_in(address: str) -> None:
    assert key_for("10.0.0.0/8", "192.0.2.9", "2001:db8:1::/48").allows_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "11.1.2.3",
        "192.0.2.10",
        "::ffff:11.1.2.3",
        "::10.1.2.3",
        "2001:db8:2::5",
        "",
        "garbage",
        "10.1.2.3:443",
        "10.1.2.3, 10.1.2.3",
        "010.1.2.3",
        "10.1.2",
        "10.1.2.3\n",
    ],
)
def test_any_other_address_is_kept_out(address: str) -> None:
    assert not key_for("10.0.0.0/8", "192.0.2.9", "2001:db8:1::/48").allows_address(address)


def test_an_admission_tells_what_is_left_of_the_keys_limits() -> None:
    key = api_key(mint(), limits={Window.MINUTE: 5})
    counts = {(Window.MINUTE, Window.MINUTE.number(NOON)): 2}

    headers = Admission(key, Usage(key.limits, counts, NOON)).headers

    assert headers["x-ratelimit-remaining-requests"] == "3"


def test_a_key_may_read_models_unless_it_is_said_what_it_may_do() -> None:
    assert api_key(mint()).permissions == {MODELS_READ}
