"""All that one run brought, what is made of it, and the document it is kept as."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from bench.load.answers import Answered
from bench.load.keys import Kind, LoadKey
from bench.load.latencies import Latencies, percentile
from bench.load.memory import Flood, Sample
from bench.load.quotas import Span, violations
from bench.load.registry import Publication, Uptake, document_of, steps_back, uptakes
from bench.load.traffic import ADMITTED, Route

from model_catalog.limits import Counts

_BUCKETS = 60  # of time, in the chart
_SHARES = (*range(1, 100), 99.5, 99.9, 100)


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes:
        settings: what was asked for, and on which machine.
        keys: all keys.
        warm_up: the answers before the run, which count against limits as well.
        answers: those of the run.
        flood: those after it, of functions whose caches were filled.
        depths: how many requests waited whenever one came.
        editions: the registries published during the run.
        counters: the table's afterwards, by key.
        problems: what was wrong with answers, and how often.
        samples: the functions' memory during the run.
        floods: memory of a function whose cache was filled beyond its bound, by the cache's name.
        restarts: how many functions did not live to the end.
    """

    settings: Mapping[str, Any]
    keys: Sequence[LoadKey]
    warm_up: Sequence[Answered]
    answers: Sequence[Answered]
    flood: Sequence[Answered]
    depths: Sequence[int]
    editions: Sequence[Publication]
    counters: Mapping[str, Counts]
    problems: Counter[str]
    samples: Sequence[Sample]
    floods: Mapping[str, Flood]
    restarts: int

    @property
    def everything(self) -> list[Answered]:
        """Return all answers."""
        return [*self.warm_up, *self.answers, *self.flood]

    @property
    def seconds(self) -> float:
        """Return how long the run took."""
        return self.answers[-1].received - self.answers[0].due

    @property
    def unanswered(self) -> int:
        """Return how many requests were sent and lost."""
        return len(self.depths) - len(self.answers)

    @property
    def uptakes(self) -> list[Uptake]:
        """Return how each edition spread, before the flood asked single functions."""
        return list(uptakes(self.editions, self.answers))

    @property
    def steps_back(self) -> int:
        """Return how often a function went back to an earlier registry."""
        return steps_back(self.answers)

    @property
    def quota_violations(self) -> Iterator[str]:
        """Tell what is wrong with any key's counters."""
        admitted = defaultdict[LoadKey, list[Span]](list)
        refused = defaultdict[LoadKey, list[Span]](list)
        for each in self.everything:
            if each.asked.counts and each.status in (*ADMITTED, HTTPStatus.TOO_MANY_REQUESTS):
                spans = refused if each.status == HTTPStatus.TOO_MANY_REQUESTS else admitted
                spans[each.asked.key].append(Span(each.sent, each.received))
        for key in self.keys:
            if key.kind is not Kind.ELSEWHERE:  # which may count, once in a while
                counted = self.counters.get(key.key.key_id, {})
                yield from violations(key.key.limits, admitted[key], refused[key], counted)

    @property
    def lost_replies(self) -> int:
        """Count the requests of which the table's first reply may have come too late."""
        return sum(Span(each.sent, each.received).lost_reply for each in self.everything)

    @property
    def document(self) -> dict[str, Any]:
        """Return what the chart is drawn from."""
        start = self.answers[0].due
        return {
            "settings": self.settings,
            "seconds": self.seconds,
            "latency": asdict(Latencies.of(each.latency for each in self.answers)),
            "inside": {
                route: [percentile(sorted(seconds), share) for share in _SHARES]
                for route, seconds in self._inside().items()
            },
            "shares": _SHARES,
            "over_time": list(self._over_time(start)),
            "editions": [
                document_of(uptake, edition, start)
                for uptake, edition in zip(self.uptakes, self.editions, strict=True)
            ],
            "statuses": Counter(str(each.status) for each in self.answers),
            "memory": [asdict(each) for each in self.samples[:: len(self.samples) // 100 + 1]],
            "floods": {name: asdict(flood) for name, flood in self.floods.items()},
        }

    def _inside(self) -> dict[Route, list[float]]:
        found = defaultdict[Route, list[float]](list)
        for each in self.answers:
            found[each.asked.route].append(each.inside)
        return found

    def _over_time(self, start: float) -> Iterator[dict[str, float]]:
        width = self.seconds / _BUCKETS
        buckets = defaultdict[int, list[float]](list)
        for each in self.answers:
            buckets[int((each.due - start) / width)].append(each.latency)
        for number, seconds in sorted(buckets.items()):
            told = Latencies.of(seconds)
            yield {"at": (number + 0.5) * width, "p50": told.p50, "p99": told.p99}
