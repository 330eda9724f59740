"""The registry kept warm between requests, and held on to while it cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from model_catalog.errors import RegistryUnavailableError
from model_catalog.registry_store import LiveObject, NoLiveObject
from model_catalog.snapshot import EMPTY, Snapshot, UnreadableSnapshotError, load

_RETRY_SECONDS = 10.0
_RETRY_SECONDS_WITH_NONE_HELD = 1.0


class RegistryStore(Protocol):
    """Where the live snapshot lies."""

    def fetch_live(self, held_etag: str | None) -> LiveObject | NoLiveObject:
        """Return the live snapshot, unless the caller holds it or there never was one."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A snapshot, its entity tag in the store, and when the store last confirmed it."""

    snapshot: Snapshot
    etag: str | None
    confirmed: datetime
    confirmed_monotonic: float


class SnapshotCache:
    """A snapshot at most ``max_age`` old, or the last good one while the store fails."""

    def __init__(
        self,
        store: RegistryStore,
        *,
        max_age: timedelta,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._store = store
        self._max_age = max_age
        self._clock = clock
        self._monotonic = monotonic
        self._on_failure = on_failure
        self.clear()

    @property
    def held(self) -> Snapshot | None:
        """Return what is held, fresh or stale, without asking the store."""
        return self._held.snapshot if self._held else None

    @property
    def age(self) -> timedelta | None:
        """Return how long ago the store last confirmed what is held."""
        return self._clock() - self._held.confirmed if self._held else None

    def clear(self) -> None:
        """Forget everything, as a new function would."""
        self._held: _Held | None = None
        self.expire()

    def expire(self) -> None:
        """Call what is held stale, however young: it is served on only while the store fails."""
        self._expired = True
        self._failed_until = float("-inf")

    def get(self) -> Snapshot:
        """Return the current snapshot; the store is asked at most once per ``max_age``.

        Raises:
            RegistryUnavailableError: the registry cannot be read, and no earlier copy is held.
        """
        if not self._is_fresh() and self._monotonic() >= self._failed_until:
            try:
                self._refresh()
            except (RegistryUnavailableError, UnreadableSnapshotError) as error:
                self._failed(error)
        if self._held is None:
            raise RegistryUnavailableError("NoneHeld")
        return self._held.snapshot

    def _is_fresh(self) -> bool:
        """Ask both clocks: either alone may be wrong after a pause of the machine."""
        if self._held is None or self._expired:
            return False
        return (
            self._monotonic() - self._held.confirmed_monotonic < self._max_age.total_seconds()
            and self._clock() - self._held.confirmed < self._max_age
        )

    def _refresh(self) -> None:
        held = self._held
        answer = self._store.fetch_live(held.etag if held else None)
        if isinstance(answer, LiveObject):
            self._hold(load(answer.content), answer.etag)
        elif answer is NoLiveObject.NOT_MODIFIED:
            if held is None or held.etag is None:
                raise RegistryUnavailableError("NothingToConfirm")  # nobody asked for that
            self._hold(held.snapshot, held.etag)
        elif held is None or held.etag is None:
            self._hold(EMPTY, None)
        else:
            raise RegistryUnavailableError("Vanished")

    def _hold(self, snapshot: Snapshot, etag: str | None) -> None:
        self._held = _Held(snapshot, etag, self._clock(), self._monotonic())
        self._expired = False

    def _failed(self, error: Exception) -> None:
        pause = _RETRY_SECONDS_WITH_NONE_HELD if self._held is None else _RETRY_SECONDS
        self._failed_until = self._monotonic() + pause
        self._on_failure(error)
