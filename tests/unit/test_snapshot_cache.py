"""A registry is read once per ``max_age``, and outlives the store's bad days."""

from datetime import timedelta

import pytest

from model_catalog.errors import RegistryUnavailableError
from model_catalog.registry_store import NoLiveObject
from model_catalog.snapshot import EMPTY, UnreadableSnapshotError
from model_catalog.snapshot_cache import SnapshotCache
from support.builders import entry
from support.clock import FakeClock
from support.fakes import FakeRegistryStore

MAX_AGE = timedelta(seconds=60)


class Stage:
    """A cache with what surrounds it: its store, both clocks, and the failures it reported."""

    def __init__(self) -> None:
        self.store = FakeRegistryStore()
        self.clock = FakeClock()
        self.failures: list[Exception] = []
        self.cache = SnapshotCache(
            self.store,
            max_age=MAX_AGE,
            clock=self.clock,
            monotonic=self.clock.monotonic,
            on_failure=self.failures.append,
        )

    def ids(self) -> list[str]:
        return [model.id for model in self.cache.get().entries]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def warm(stage: Stage) -> Stage:
    """A stage whose cache holds the model ``old``, just read."""
    stage.store.publish(entry("old"))
    stage.cache.get()
    stage.store.asked.clear()
    return stage


def test_the_first_request_reads_the_registry(stage: Stage) -> None:
    stage.store.publish(entry("a"))

    assert stage.ids() == ["a"]
    assert stage.store.asked == [None]


def test_a_fresh_copy_is_not_asked_for_again(warm: Stage) -> None:
    warm.store.publish(entry("new"))
    warm.clock.advance(seconds=59.999)

    assert warm.ids() == ["old"]
    assert warm.store.asked == []


def test_a_changed_registry_appears_after_max_age(warm: Stage) -> None:
    warm.store.publish(entry("new"))
    warm.clock.advance(seconds=60)

    assert warm.ids() == ["new"]
    assert len(warm.store.asked) == 1


def test_a_copy_that_only_the_wall_clock_calls_old_is_asked_for_again(warm: Stage) -> None:
    warm.store.publish(entry("new"))
    warm.clock.now += MAX_AGE

    assert warm.ids() == ["new"]


def test_a_copy_that_only_the_monotonic_clock_calls_old_is_asked_for_again(warm: Stage) -> None:
    warm.store.publish(entry("new"))
    warm.clock.advance(seconds=60)
    warm.clock.now -= timedelta(hours=1)

    assert warm.ids() == ["new"]


def test_an_unchanged_registry_is_confirmed_by_its_tag_and_kept(warm: Stage) -> None:
    held = warm.cache.get()
    warm.clock.advance(seconds=60)

    assert warm.cache.get() is held
    assert warm.store.asked != [None]


def test_a_confirmed_copy_is_fresh_for_another_max_age(warm: Stage) -> None:
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.clock.advance(seconds=59.999)

    warm.cache.get()

    assert len(warm.store.asked) == 1


def test_a_new_copy_is_confirmed_by_its_own_tag(warm: Stage) -> None:
    for model in ("new", "newer"):
        warm.store.publish(entry(model))
        warm.clock.advance(seconds=60)
        warm.cache.get()

    assert len({*warm.store.asked, None}) == 3


def test_a_failing_store_leaves_the_held_copy_in_use(warm: Stage) -> None:
    warm.store.down = True
    warm.clock.advance(seconds=60)

    assert warm.ids() == ["old"]
    assert [type(failure) for failure in warm.failures] == [RegistryUnavailableError]


def test_a_failing_store_is_asked_again_no_sooner_than_10_seconds_later(warm: Stage) -> None:
    warm.store.down = True
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.clock.advance(seconds=9.999)
    warm.cache.get()
    asked_early = len(warm.store.asked)
    warm.clock.advance(seconds=0.001)
    warm.cache.get()

    assert (asked_early, len(warm.store.asked)) == (1, 2)


def test_every_failed_attempt_is_reported_once(warm: Stage) -> None:
    warm.store.down = True
    warm.clock.advance(seconds=60)
    for _ in range(100):
        warm.cache.get()
        warm.clock.advance(seconds=0.25)

    assert len(warm.failures) == len(warm.store.asked) == 3


def test_a_store_that_recovers_is_believed_again(warm: Stage) -> None:
    warm.store.down = True
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.store.down = False
    warm.store.publish(entry("new"))
    warm.clock.advance(seconds=10)

    assert warm.ids() == ["new"]
    assert len(warm.failures) == 1


def test_with_none_held_a_failing_store_means_no_registry(stage: Stage) -> None:
    stage.store.down = True

    with pytest.raises(RegistryUnavailableError):
        stage.cache.get()

    assert len(stage.failures) == 1
    assert stage.cache.held is None


def test_with_none_held_the_store_is_left_alone_for_a_second(stage: Stage) -> None:
    stage.store.down = True
    for wait in (0, 0.5, 0.499):
        stage.clock.advance(seconds=wait)
        with pytest.raises(RegistryUnavailableError):
            stage.cache.get()

    assert len(stage.store.asked) == len(stage.failures) == 1


def test_with_none_held_the_store_is_asked_again_after_a_second(stage: Stage) -> None:
    stage.store.down = True
    with pytest.raises(RegistryUnavailableError):
        stage.cache.get()
    stage.store.down = False
    stage.store.publish(entry("a"))
    stage.clock.advance(seconds=1)

    assert stage.ids() == ["a"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 999, "models": []}', b"\xff"])
def test_an_object_nobody_can_read_leaves_the_held_copy_in_use(warm: Stage, content: bytes) -> None:
    warm.store.write(content)
    warm.clock.advance(seconds=60)

    assert warm.ids() == ["old"]
    assert [type(failure) for failure in warm.failures] == [UnreadableSnapshotError]


def test_an_object_nobody_can_read_is_tried_again_until_it_is_mended(warm: Stage) -> None:
    warm.store.write(b"{")
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.clock.advance(seconds=10)
    warm.cache.get()
    warm.store.publish(entry("new"))
    warm.clock.advance(seconds=10)

    assert warm.ids() == ["new"]
    assert len(warm.failures) == 2


def test_an_object_that_was_unreadable_is_confirmed_by_the_held_copys_tag(warm: Stage) -> None:
    warm.store.write(b"{")
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.store.publish(entry("old"))
    warm.clock.advance(seconds=10)

    assert warm.ids() == ["old"]
    assert len(set(warm.store.asked)) == 1


def test_with_none_held_an_unreadable_object_means_no_registry(stage: Stage) -> None:
    stage.store.write(b"{")

    with pytest.raises(RegistryUnavailableError):
        stage.cache.get()

    assert [type(failure) for failure in stage.failures] == [UnreadableSnapshotError]


def test_a_registry_that_was_never_published_is_empty_and_no_failure(stage: Stage) -> None:
    assert stage.cache.get() is EMPTY
    assert stage.failures == []


def test_a_registry_still_not_published_is_asked_for_once_per_max_age(stage: Stage) -> None:
    for _ in range(5):
        assert stage.ids() == []
        stage.clock.advance(seconds=30)

    assert stage.store.asked == [None, None, None]
    assert stage.failures == []


def test_the_first_publication_appears_after_max_age(stage: Stage) -> None:
    stage.cache.get()
    stage.store.publish(entry("a"))

    assert stage.ids() == []
    stage.clock.advance(seconds=60)
    assert stage.ids() == ["a"]


def test_without_a_publication_a_failing_store_leaves_the_list_empty(stage: Stage) -> None:
    stage.cache.get()
    stage.store.down = True
    stage.clock.advance(seconds=60)

    assert stage.ids() == []
    assert len(stage.failures) == 1


def test_an_object_that_vanished_leaves_the_held_copy_in_use(warm: Stage) -> None:
    warm.store.lose()
    warm.clock.advance(seconds=60)

    assert warm.ids() == ["old"]
    assert [type(failure) for failure in warm.failures] == [RegistryUnavailableError]


def test_a_cleared_cache_asks_as_if_it_had_never_held_anything(warm: Stage) -> None:
    warm.store.publish(entry("new"))

    warm.cache.clear()

    assert warm.cache.held is None
    assert warm.ids() == ["new"]
    assert warm.store.asked == [None]


def test_a_cleared_cache_forgets_that_the_store_failed(stage: Stage) -> None:
    stage.store.down = True
    with pytest.raises(RegistryUnavailableError):
        stage.cache.get()
    stage.store.down = False

    stage.cache.clear()

    assert stage.cache.get() is EMPTY


def test_what_is_held_is_told_without_asking_the_store(warm: Stage) -> None:
    warm.clock.advance(seconds=90)

    assert warm.cache.held is not None
    assert [model.id for model in warm.cache.held.entries] == ["old"]
    assert warm.cache.age == timedelta(seconds=90)
    assert warm.store.asked == []


def test_an_empty_cache_holds_nothing_of_no_age(stage: Stage) -> None:
    assert stage.cache.held is None
    assert stage.cache.age is None
    assert stage.store.asked == []


def test_the_age_counts_from_the_last_confirmation(warm: Stage) -> None:
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.clock.advance(seconds=5)

    assert warm.cache.age == timedelta(seconds=5)


def test_a_failure_makes_nothing_younger(warm: Stage) -> None:
    warm.store.down = True
    warm.clock.advance(seconds=70)
    warm.cache.get()

    assert warm.cache.age == timedelta(seconds=70)


def test_an_expired_copy_is_asked_for_again_however_young(warm: Stage) -> None:
    warm.store.publish(entry("new"))

    warm.cache.expire()

    assert warm.ids() == ["new"]


def test_an_expired_copy_is_confirmed_by_its_tag_and_then_fresh(warm: Stage) -> None:
    held = warm.cache.get()
    warm.cache.expire()

    again = [warm.cache.get(), warm.cache.get()]

    assert again == [held, held]
    assert len(warm.store.asked) == 1
    assert None not in warm.store.asked


def test_an_expired_copy_is_held_on_to_while_the_store_fails(warm: Stage) -> None:
    warm.store.down = True
    warm.cache.expire()

    assert warm.cache.held is not None
    assert warm.ids() == ["old"]
    assert len(warm.failures) == 1


def test_an_expired_copy_is_asked_for_again_10_seconds_after_the_store_failed(warm: Stage) -> None:
    warm.store.down = True
    warm.cache.expire()
    warm.cache.get()
    warm.store.down = False
    warm.store.publish(entry("new"))

    warm.clock.advance(seconds=9.999)
    early = warm.ids()
    warm.clock.advance(seconds=0.001)

    assert (early, warm.ids()) == (["old"], ["new"])


def test_expiring_forgets_that_the_store_failed(warm: Stage) -> None:
    warm.store.down = True
    warm.clock.advance(seconds=60)
    warm.cache.get()
    warm.store.down = False
    warm.store.publish(entry("new"))

    warm.cache.expire()

    assert warm.ids() == ["new"]


def test_expiring_where_none_is_held_forgets_that_the_store_failed(stage: Stage) -> None:
    stage.store.down = True
    with pytest.raises(RegistryUnavailableError):
        stage.cache.get()
    stage.store.down = False

    stage.cache.expire()

    assert stage.cache.get() is EMPTY


def test_a_not_modified_that_nobody_asked_for_is_a_failure_and_no_empty_registry(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.store, "fetch_live", lambda _: NoLiveObject.NOT_MODIFIED)

    with pytest.raises(RegistryUnavailableError):
        stage.cache.get()

    assert stage.cache.held is None
    (failure,) = stage.failures
    assert isinstance(failure, RegistryUnavailableError)
    assert failure.details == {"reason": "NothingToConfirm"}
