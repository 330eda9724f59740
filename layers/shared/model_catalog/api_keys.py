"""API keys: how a secret is made, recognized, hashed and shown, and how a stored key is judged."""

import hashlib
import hmac
import re
import secrets
from binascii import crc32
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from string import ascii_lowercase, ascii_uppercase, digits

from model_catalog.limits import Limits, LimitStatus, Usage, rate_limit_headers

PREFIX = "sk-clb-"
MODELS_READ = "models.read"

_BASE62 = digits + ascii_uppercase + ascii_lowercase
_KEY_ID_LENGTH = 16
_PREFIX_SHOWN = 15
_RANDOM_LENGTH = 32  # 190 bits
_CHECKSUM_LENGTH = 6
_NATIVE = re.compile(r"sk-clb-([0-9A-Za-z]{16})[0-9A-Za-z]{38}\Z")
_IMPORTED = re.compile(r"sk-clb-(?:[A-Za-z0-9_-]{43}|[0-9A-Fa-f]{48})\Z")
_SHORTEST_MASKED = 20


@dataclass(frozen=True, slots=True)
class PresentedSecret:
    """What is left of a well-formed secret after the door: which key it names, and its digest."""

    key_id: str
    secret_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MintedSecret:
    """A new secret, to be shown once, and what is stored of it."""

    secret: str = field(repr=False)
    key_id: str
    secret_hash: str = field(repr=False)

    @property
    def prefix(self) -> str:
        """Return enough of the secret to recognize it by; all of it is prefix and key id."""
        return self.secret[:_PREFIX_SHOWN]


def mint(key_id: str | None = None) -> MintedSecret:
    """Make a new secret, for the key ``key_id`` or for a new one.

    It reads ``sk-clb-``, 16 characters of key id, 32 of randomness and 6 of CRC-32 over all
    before them, so that a mistyped one is refused without asking the database.
    """
    key_id = key_id or _random_text(_KEY_ID_LENGTH)
    body = PREFIX + key_id + _random_text(_RANDOM_LENGTH)
    secret = body + _checksum(body)
    return MintedSecret(secret=secret, key_id=key_id, secret_hash=hash_secret(secret))


def parse_secret(secret: str) -> PresentedSecret | None:
    """Return which key ``secret`` names, or None if no such secret can exist.

    Keys imported from a codex-lb database carry neither id nor checksum: their id is the start
    of their digest.
    """
    if match := _NATIVE.match(secret):
        body, checksum = secret[:-_CHECKSUM_LENGTH], secret[-_CHECKSUM_LENGTH:]
        if _checksum(body) != checksum:
            return None
        return PresentedSecret(key_id=match[1], secret_hash=hash_secret(secret))
    if _IMPORTED.match(secret):
        secret_hash = hash_secret(secret)
        return PresentedSecret(key_id=imported_key_id(secret_hash), secret_hash=secret_hash)
    return None


def imported_key_id(secret_hash: str) -> str:
    """Return the id of a key whose secret carries none: the first 16 hex digits of its digest."""
    return secret_hash[:_KEY_ID_LENGTH]


def hash_secret(secret: str) -> str:
    """Return the digest a key is stored under.

    Unsalted SHA-256 is enough: a secret holds 190 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def masked(secret: str) -> str:
    """Return ``secret`` with all but its first 8 and last 4 characters hidden.

    Of a text too short to be a key, or one that no terminal should print, nothing is shown.
    """
    if len(secret) < _SHORTEST_MASKED or not (secret.isascii() and secret.isprintable()):
        return "***"
    return f"{secret[:8]}***{secret[-4:]}"


class KeyStatus(StrEnum):
    """What an operator, or time, has made of a key."""

    ACTIVE = "active"
    DISABLED = "disabled"
    REVOKED = "revoked"
    EXPIRED = "expired"


class RefusalReason(StrEnum):
    """Why a well-formed secret was not let in."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    DISABLED = "disabled"
    EXPIRED = "expired"
    PERMISSION = "insufficient_permissions"
    ADDRESS = "ip_not_allowed"
    LIMIT = "over_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One stored key: what decides over its requests, and what it shows of itself.

    Attributes:
        key_id: names the key for ever; 16 characters.
        name: what its owner calls it.
        prefix: its secret's first characters, enough to recognize it.
        secret_hash: the digest of its current secret.
        status: active, disabled or revoked, as stored.
        previous_secret_hash: during a rotation, the digest of the secret being replaced.
        previous_expires_at: when that secret stops working.
        allowed_models: ids, aliases, globs and ``@groups``; empty allows all.
        permissions: what it may do; empty allows nothing.
        allowed_ips: where it may be used from; empty allows everywhere.
        limits: requests per window.
        expires_at: when it stops working.
    """

    key_id: str
    name: str
    prefix: str
    secret_hash: str = field(repr=False)
    status: KeyStatus = KeyStatus.ACTIVE
    previous_secret_hash: str | None = field(default=None, repr=False)
    previous_expires_at: datetime | None = None
    allowed_models: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset({MODELS_READ})
    allowed_ips: frozenset[IPv4Network | IPv6Network] = frozenset()
    limits: Limits = field(default_factory=dict)
    expires_at: datetime | None = None

    def status_at(self, now: datetime) -> KeyStatus:
        """Judge the key itself at ``now``, whoever presents it."""
        expired = self.expires_at is not None and self.expires_at <= now
        if self.status is KeyStatus.ACTIVE and expired:
            return KeyStatus.EXPIRED
        return self.status

    def has_secret(self, secret_hash: str, now: datetime) -> bool:
        """Tell whether ``secret_hash`` is the current secret's, or one still being replaced."""
        if _same(self.secret_hash, secret_hash):
            return True
        return (
            self.previous_secret_hash is not None
            and self.previous_expires_at is not None
            and self.previous_expires_at > now
            and _same(self.previous_secret_hash, secret_hash)
        )

    def refuses(self, secret_hash: str, now: datetime) -> RefusalReason | None:
        """Say why whoever shows ``secret_hash`` is not this key's holder at ``now``, if so.

        Only someone who holds the right secret learns more than that the key is unknown.
        """
        if not self.has_secret(secret_hash, now):
            return RefusalReason.UNKNOWN
        status = self.status_at(now)
        return None if status is KeyStatus.ACTIVE else RefusalReason(status.value)

    def allows_address(self, address: str) -> bool:
        """Tell whether the key may be used from ``address``."""
        if not self.allowed_ips:
            return True
        try:
            source = ip_address(address)
        except ValueError:
            return False
        if isinstance(source, IPv6Address) and source.ipv4_mapped:
            source = source.ipv4_mapped
        return any(source in network for network in self.allowed_ips)


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that was let in: by which key, and how that key's counters stand now."""

    key: ApiKey
    usage: Usage

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that tell what is left of the key's limits."""
        return rate_limit_headers(self.usage)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not let in: why and, over a limit, how the key's windows stand."""

    reason: RefusalReason
    usage: Usage | None = None
    spent: LimitStatus | None = None


def _same(digest: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(digest.encode(), other.encode())


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _checksum(text: str) -> str:
    number, characters = crc32(text.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        characters = _BASE62[digit] + characters
    return characters
