"""What is asked when, by whom, and which answers are right."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any

from bench.load.keys import EVERYTHING, Kind, LoadKey

from model_catalog.selection import AllowList
from model_catalog.snapshot import Snapshot
from support.builders import event


class Route(StrEnum):
    """The ways to ask."""

    LIST = "list"
    GZIP = "list, gzip"
    AGAIN = "list, If-None-Match"
    FILTERED = "list, filtered"
    RETRIEVE = "retrieve"
    MISSING = "retrieve, none such"
    CODEX = "Codex catalog"
    USAGE = "usage"
    BAD_QUERY = "bad query"
    UNKNOWN_PATH = "unknown path"
    HEALTH = "health"


_SHARES = {  # of a hundred requests
    Route.LIST: 16,
    Route.GZIP: 26,
    Route.AGAIN: 14,
    Route.FILTERED: 12,
    Route.RETRIEVE: 12,
    Route.MISSING: 3,
    Route.CODEX: 6,
    Route.USAGE: 5,
    Route.BAD_QUERY: 2,
    Route.UNKNOWN_PATH: 2,
    Route.HEALTH: 2,
}
UNCOUNTED = frozenset({Route.USAGE, Route.UNKNOWN_PATH, Route.HEALTH})
ADMITTED = frozenset({200, 304, 400, 404})  # of routes that count, what is told to whom it counted
_OPEN_TO_ALL = {Route.UNKNOWN_PATH: 404, Route.HEALTH: 200}  # whoever asks
_USUAL = {Route.AGAIN: {200, 304}, Route.MISSING: {404}, Route.BAD_QUERY: {400}}  # else 200
_FILTERS = (
    "capability=vision",
    "input_modality=image&reasoning_effort=high",
    "min_context_window=200000",
    "limit=10",
    "output_modality=text&capability=reasoning&capability=parallel_tool_calls",
)
_BAD_QUERIES = ("limit=0", "input_modality=smell", "capability=", "limit=1&limit=2")
_CLIENT_VERSIONS = ("0.146.0", "0.153.1", "0.160.0-alpha.2")
_BURST_EVERY, _BURST = 500, 16  # requests that one key with limits makes at once


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One request, due so many seconds after the start whatever became of earlier ones."""

    due: float
    route: Route
    key: LoadKey
    path: str = "/v1/models"
    query: str = ""

    @property
    def counts(self) -> bool:
        """Tell whether it counts against the key's limits, if it is let in."""
        return self.route not in UNCOUNTED

    @property
    def view(self) -> tuple[frozenset[str], str, str]:
        """Return what the answer may depend on, besides the registry."""
        return self.key.key.allowed_models, self.path, self.query

    def event(self, held: str | None) -> dict[str, Any]:
        """Return it as the gateway sends it; ``held`` is the entity tag the caller has."""
        headers = {"authorization": f"Bearer {self.key.secret}", "user-agent": "load"}
        if self.route in {Route.GZIP, Route.FILTERED}:
            headers["accept-encoding"] = "gzip"
        if self.route is Route.AGAIN and held:
            headers["if-none-match"] = held
        return event(self.path, query=self.query, headers=headers)


def expected(route: Route, kind: Kind, *, counts: bool) -> set[int]:
    """Return the statuses that are right, whatever else happens at the same time."""
    if route in _OPEN_TO_ALL:
        return {_OPEN_TO_ALL[route]}
    if kind in {Kind.UNKNOWN, Kind.REVOKED, Kind.DISABLED, Kind.EXPIRED}:
        return {401}
    if kind is Kind.ELSEWHERE or (kind is Kind.POWERLESS and counts):
        return {403}
    over_limit = {429} if kind is Kind.LIMITED and counts else set()
    return _USUAL.get(route, {200}) | over_limit


class Traffic:
    """Mixed requests of mixed keys: a few keys ask a lot, most ask rarely."""

    def __init__(self, keys: Sequence[LoadKey], snapshot: Snapshot, chance: random.Random) -> None:
        self._keys = keys
        self._chance = chance
        self._weights = list(accumulate(rank**-0.5 for rank in range(1, len(keys) + 1)))
        self._limited = [each for each in keys if each.kind is Kind.LIMITED]
        self._snapshot = snapshot
        self._names: dict[frozenset[str], tuple[list[str], list[str]]] = {}

    def plan(self, requests: int, rate: float) -> Iterator[Asked]:
        """Yield so many requests at ``rate`` a second: at random moments, and some in bursts."""
        due, burst = 0.0, 0
        key = self._limited[0]
        for number in range(requests):
            if number % _BURST_EVERY == _BURST_EVERY // 2:
                key, burst = self._chance.choice(self._limited), _BURST
            if burst:
                burst -= 1
                yield Asked(due, Route.GZIP, key)
            else:
                due += self._chance.expovariate(rate)
                yield self._asked(due)

    def _asked(self, due: float) -> Asked:
        (key,) = self._chance.choices(self._keys, cum_weights=self._weights)
        (route,) = self._chance.choices(list(_SHARES), weights=list(_SHARES.values()))
        making: Mapping[Route, Callable[[], dict[str, str]]] = {
            Route.FILTERED: lambda: {"query": self._chance.choice(_FILTERS)},
            Route.BAD_QUERY: lambda: {"query": self._chance.choice(_BAD_QUERIES)},
            Route.CODEX: lambda: {
                "query": f"client_version={self._chance.choice(_CLIENT_VERSIONS)}"
            },
            Route.RETRIEVE: lambda: {"path": f"/v1/models/{self._model(key, seen=True)}"},
            Route.MISSING: lambda: {"path": f"/v1/models/{self._model(key, seen=False)}"},
            Route.USAGE: lambda: {"path": "/v1/usage"},
            Route.UNKNOWN_PATH: lambda: {"path": "/v1/engines"},
            Route.HEALTH: lambda: {"path": "/health"},
        }
        return Asked(due, route, key, **making.get(route, dict)())

    def _model(self, key: LoadKey, *, seen: bool) -> str:
        """Choose a model that the key may see, or one it may not, or that is not there."""
        visible, others = self._split(key.key.allowed_models)
        return self._chance.choice(visible if seen else [*others, "no/such-model"])

    def _split(self, allowed: frozenset[str]) -> tuple[list[str], list[str]]:
        if allowed not in self._names:
            entries = [entry for entry in self._snapshot.entries if entry.supported_in_api]
            permits = AllowList(allowed).permits
            self._names[allowed] = (
                [entry.id for entry in entries if permits(entry)],
                [] if allowed == EVERYTHING else [it.id for it in entries if not permits(it)],
            )
        return self._names[allowed]
