"""A deployment moves traffic step by step, and back: what either release wrote, both can use.

A release that introduces format N reads N and N-1 and writes N-1; the next one writes N. Here
releases differ in these numbers alone, since there is one format yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from api import handler
from model_catalog import key_items, record_items, snapshot
from support.operator import Operator, keys
from support.stack import Api

PARTS = ("gate", "snapshots", "renderer", "clients")


@dataclass(frozen=True)
class Release:
    """What a release writes, of snapshots and items alike, and what it can read."""

    writes: int
    reads: frozenset[int]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Do what is done inside as this release would."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(snapshot, "FORMAT", self.writes)
            patched.setattr(snapshot, "READABLE_FORMATS", self.reads)
            patched.setattr(record_items, "SCHEMA", self.writes)
            patched.setattr(key_items, "READABLE_SCHEMAS", self.reads)
            yield


BEFORE = Release(writes=1, reads=frozenset({1}))
INTRODUCING = Release(writes=1, reads=frozenset({1, 2}))
WRITING = Release(writes=2, reads=frozenset({1, 2}))
LATER = Release(writes=3, reads=frozenset({2, 3}))
DEPLOYMENTS = {
    "the release that introduces it": (BEFORE, INTRODUCING),
    "the release that writes it": (INTRODUCING, WRITING),
}


@dataclass
class Fleet:
    """Functions of two releases that share table and bucket, and an operator of either."""

    start: Callable[[], Api]
    operator: Operator
    warm: dict[Release, tuple[Any, ...]] = field(default_factory=dict)
    published: int = 0

    def starts(self, release: Release) -> Api:
        """Start a function of that release, which is from then on its warm one."""
        with release.running():
            api = self.start()
        self.warm[release] = tuple(getattr(handler, name) for name in PARTS)
        return api

    def publishes(self, release: Release) -> str:
        """Publish another registry with that release's tools and publisher; return its model."""
        self.published += 1
        model = f"model-{self.published}"
        with release.running():
            document = {"models": [{"id": model, "display_name": "M", "context_window": 1}]}
            printed = self.operator.publishes(document, "--allow-removals")
        assert printed.code == 0, printed.err
        return model

    def issues(self, release: Release, name: str) -> str:
        """Make a key with that release's tools; return its secret."""
        with release.running():
            printed = keys(self.operator, "create", name, "--quiet")
        assert printed.code == 0, printed.err
        return printed.out.strip()

    def lists(self, release: Release, secret: str, *, cold: bool) -> tuple[int, list[str]]:
        """Ask a function of that release once its copy of the registry is old."""
        if cold:
            api = self.starts(release)
        else:
            api = self.start()
            for name, part in zip(PARTS, self.warm[release], strict=True):
                setattr(handler, name, part)
        api.clock.advance(seconds=61)
        with release.running():
            reply = api.get("/v1/models", secret)
        return reply.status, reply.ids if reply.status == 200 else []

    def changes(self, release: Release, name: str) -> int:
        """Change a key with that release's tools; return the exit code."""
        with release.running():
            return keys(self.operator, "update", name, "--tag", f"n={self.published}").code


@pytest.fixture
def fleet(start: Callable[[], Api], operator: Operator) -> Fleet:
    return Fleet(start, operator)


@pytest.mark.parametrize(("old", "new"), DEPLOYMENTS.values(), ids=DEPLOYMENTS)
@pytest.mark.parametrize("ending", ["that stays", "that is rolled back"])
def test_both_releases_of_a_deployment_serve_what_either_wrote(
    fleet: Fleet, old: Release, new: Release, ending: str
) -> None:
    secrets = {old: fleet.issues(old, "old")}
    fleet.starts(old)
    fleet.publishes(old)
    fleet.lists(old, secrets[old], cold=False)
    secrets[new] = fleet.issues(new, "new")
    fleet.starts(new)  # the canary

    for publisher in (old, new, new if ending == "that stays" else old):
        model = fleet.publishes(publisher)
        for release in (old, new):
            for secret in secrets.values():
                for cold in (False, True):
                    assert fleet.lists(release, secret, cold=cold) == (200, [model])

    assert [fleet.changes(release, name) for release in (old, new) for name in ("old", "new")] == [
        0
    ] * 4


def test_across_two_releases_a_function_serves_what_it_holds_and_lets_no_such_key_in(
    fleet: Fleet,
) -> None:
    secret, later = fleet.issues(BEFORE, "old"), fleet.issues(LATER, "later")
    fleet.starts(BEFORE)
    model = fleet.publishes(BEFORE)
    before = fleet.lists(BEFORE, secret, cold=False)

    fleet.publishes(LATER)

    assert before == (200, [model])
    assert fleet.lists(BEFORE, secret, cold=False) == (200, [model])
    assert fleet.lists(BEFORE, secret, cold=True) == (503, [])
    assert fleet.lists(BEFORE, later, cold=False) == (503, [])


def test_a_record_of_a_later_release_is_shown_as_unreadable(fleet: Fleet) -> None:
    fleet.issues(LATER, "later")

    (record,) = keys(fleet.operator, "audit", "--json").json

    assert record["intact"] is False
    assert "action" not in record
