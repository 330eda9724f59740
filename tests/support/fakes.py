"""The stores in memory: they answer as the real ones do, and know how often they were asked."""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from model_catalog.api_keys import (
    Admission,
    ApiKey,
    MintedSecret,
    PresentedSecret,
    Refusal,
    RefusalReason,
    mint,
)
from model_catalog.errors import KeyStoreUnavailableError, RegistryUnavailableError
from model_catalog.limits import Usage, Window
from model_catalog.registry_store import LiveObject, NoLiveObject
from model_catalog.snapshot import CatalogEntry, dump
from support.builders import api_key, snapshot
from support.clock import NOON


class FakeKeyStore:
    """Keys that are judged and counted as the table does it; ``calls`` is what that would cost."""

    def __init__(self) -> None:
        self.calls = 0
        self.down = False
        self._keys: dict[str, ApiKey] = {}
        self._counters: dict[str, Counter[tuple[Window, int]]] = {}

    def issue(self, **changes: Any) -> MintedSecret:
        """Store a new key, and return its secret."""
        minted = mint()
        self.put(api_key(minted, **changes))
        return minted

    def put(self, key: ApiKey) -> None:
        self._keys[key.key_id] = key
        self._counters[key.key_id] = Counter()

    def change(self, key_id: str, **changes: Any) -> None:
        """Change a key's attributes as an operator would; its counters stay."""
        self._keys[key_id] = replace(self._keys[key_id], **changes)

    def count(self, minted: MintedSecret, *, times: int = 1, now: datetime = NOON) -> None:
        """Count requests made before the test looks, up to ``now``."""
        for window in Window:
            self._counters[minted.key_id][window, window.number(now)] += times

    def admit(self, secret: PresentedSecret, permission: str, now: datetime) -> Admission | Refusal:
        found = self.recognize(secret, now)
        if isinstance(found, Refusal):
            return found
        if permission not in found.key.permissions:
            return Refusal(RefusalReason.PERMISSION)
        if spent := found.usage.exhausted:
            return Refusal(RefusalReason.LIMIT, found.usage, spent)
        self._counters[secret.key_id].update((window, window.number(now)) for window in Window)
        return self._admission(secret.key_id, now)

    def recognize(self, secret: PresentedSecret, now: datetime) -> Admission | Refusal:
        self.calls += 1
        if self.down:
            raise KeyStoreUnavailableError("EndpointConnectionError")
        if secret.key_id not in self._keys:
            return Refusal(RefusalReason.UNKNOWN)
        reason = self._keys[secret.key_id].refuses(secret.secret_hash, now)
        return Refusal(reason) if reason else self._admission(secret.key_id, now)

    def _admission(self, key_id: str, now: datetime) -> Admission:
        key, counts = self._keys[key_id], dict(self._counters[key_id])
        return Admission(key, Usage(key.limits, counts, now))


class FakeRegistryStore:
    """A live object as it lies in the bucket; ``asked`` is with which entity tags, in order."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.down = False
        self._live: LiveObject | None = None

    def publish(self, *entries: CatalogEntry, **changes: Any) -> None:
        """Make ``entries`` the live registry."""
        self.write(dump(snapshot(*entries, **changes)))

    def write(self, content: bytes) -> None:
        self._live = LiveObject(content, f'"{hashlib.sha256(content).hexdigest()}"')

    def lose(self) -> None:
        """Answer from now on as if there never had been an object."""
        self._live = None

    def fetch_live(self, held_etag: str | None) -> LiveObject | NoLiveObject:
        self.asked.append(held_etag)
        if self.down:
            raise RegistryUnavailableError("EndpointConnectionError")
        if self._live is None:
            return NoLiveObject.NEVER_PUBLISHED
        return NoLiveObject.NOT_MODIFIED if self._live.etag == held_etag else self._live
