"""Clocks that are wrong, snapshots that are old, memory that ends, releases that meet."""

import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest

from faults.catalog import (
    CLOCK_FIVE_MINUTES_AHEAD,
    CLOCKS_APART,
    LATER_FORMAT,
    OUT_OF_MEMORY,
    RESTORED_LATE,
    TWO_RELEASES,
    Metric,
)
from faults.experiment import LIMIT, MAX_AGE, Scene, is_admitted, running_scene, wrong
from faults.page import Measured
from localcloud.template import PROJECT
from model_catalog.limits import Window
from support.deployment import Deployment
from support.live_functions import DiedError, Instance, Told, running
from support.traffic import Traffic

A_MINUTE, TWO_WEEKS = 60, 14 * 24 * 3600
MEGABYTES = (24, 12, 4, 0)  # of address space beyond what is used: enough, and not


@pytest.fixture
def set_scene(scene: Scene) -> Scene:
    """Return the scene in an hour of its own, with functions that have only just started."""
    scene.next_hour()
    scene.start()
    return scene


# Clocks


def test_no_minute_admits_more_than_the_limit_though_clocks_differ(
    set_scene: Scene, measured: Measured
) -> None:
    scene = set_scene
    scene.publish()
    key = scene.key(minute=LIMIT)
    scene.time.jump(A_MINUTE - 2 - scene.time.passed % A_MINUTE)  # two seconds to the full minute
    scene.instances[0].ahead = 50

    asked = [each.ask(key.secret) for _ in range(2 * LIMIT) for each in scene.instances]

    scene.instances[0].ahead = 0
    counters = scene.counters(key, Window.MINUTE)
    assert max(counters) <= LIMIT
    assert sum(map(is_admitted, asked)) == sum(counters)
    measured(CLOCKS_APART, slowest=slowest(asked))


def test_a_clock_five_minutes_ahead_lets_nobody_pass_a_limit(
    set_scene: Scene, measured: Measured
) -> None:
    scene = set_scene
    scene.publish()
    key = scene.key(minute=LIMIT)
    ahead, *others = scene.instances
    ahead.ahead = 5 * A_MINUTE

    spent = [others[0].ask(key.secret) for _ in range(LIMIT + 1)]
    in_the_future = ahead.ask(key.secret)
    again = others[1].ask(key.secret)

    ahead.ahead = 0
    statuses = [each.status for each in spent]
    assert (statuses, in_the_future.status) == ([200] * LIMIT + [429], 200)
    assert again.status == 429
    measured(CLOCK_FIVE_MINUTES_AHEAD, slowest=slowest([*spent, in_the_future, again]))


# SnapStart


def test_a_function_restored_after_two_weeks_believes_nothing_it_held(
    set_scene: Scene, measured: Measured
) -> None:
    scene = set_scene
    old = scene.publish()
    revoked, expired, valid = scene.key(), scene.key(), scene.key()
    scene.expire(expired, seconds=TWO_WEEKS // 2)
    secrets = [valid.secret, revoked.secret, expired.secret]
    for each in scene.instances:
        each.act("freeze")
    new = scene.publish()
    scene.revoke(revoked)
    scene.time.jump(TWO_WEEKS)
    for each in scene.instances:
        each.hurried -= TWO_WEEKS  # no monotonic clock runs on in a snapshot
        each.act("restore")

    asked = [each.ask(secret) for secret in secrets for each in scene.instances]

    for each in scene.instances:
        each.hurried = 0
    assert old != new
    count = len(scene.instances)
    assert [each.status for each in asked] == [200] * count + [401] * 2 * count
    assert {each.ids for each in asked[:count]} == {new}
    assert counted(asked) == set()
    measured(RESTORED_LATE, slowest=slowest(asked))


# Memory


@pytest.mark.parametrize("megabytes", MEGABYTES)
def test_without_memory_an_answer_is_right_or_there_is_none(
    deployment: Deployment, tmp_path: Path, measured: Measured, megabytes: int
) -> None:
    with running_scene(deployment, tmp_path, instances=1) as scene:
        (instance,) = scene.instances
        key, old = scene.key(), scene.publish()
        instance.ask(key.secret)
        new = scene.publish(models=3000)
        scene.time.jump(MAX_AGE)
        instance.act("limit_memory", megabytes)

        try:
            answers = [instance.ask(key.secret)]
            instance.act("limit_memory", None)
            answers.append(instance.ask(key.secret))
        except DiedError:  # which is allowed: Lambda starts another
            answers = []

    assert all(whole(each, {old, new}) for each in answers)
    assert [each.ids for each in answers[1:]] in ([], [new])
    assert counted(answers) <= {Metric.BUG}
    measured(OUT_OF_MEMORY, slowest=slowest(answers))


def whole(told: Told, lists: set[tuple[str, ...]]) -> bool:
    """Tell whether an answer is a whole list, or an error in the envelope."""
    if told.status == 500:
        return bool(told.json["error"]["code"] == "internal_error")
    return list(wrong(told, lists)) == []


# Releases


@pytest.fixture
def later_release(tmp_path: Path) -> Path:
    """Return a copy of the shared layer as a later release may have it: it reads and writes 2."""
    copy = tmp_path / "later"
    shutil.copytree(PROJECT / "layers" / "shared" / "model_catalog", copy / "model_catalog")
    module = copy / "model_catalog" / "snapshot.py"
    changed, times = re.subn(r"frozenset\(\{FORMAT\}\)", "frozenset({1, 2})", module.read_text())
    assert times == 1
    module.write_text(changed)
    return copy


@pytest.fixture
def releases(
    set_scene: Scene, later_release: Path, tmp_path: Path
) -> Iterator[tuple[Sequence[Instance], Sequence[Instance]]]:
    """Return two functions of this release and two of a later one."""
    scene = set_scene
    log = tmp_path / "log"
    with running("api", 2, scene.environment, log, code=later_release, clock=scene.time) as later:
        yield scene.instances[:2], later


def test_two_releases_share_limits_and_list(
    set_scene: Scene,
    releases: tuple[Sequence[Instance], Sequence[Instance]],
    measured: Measured,
) -> None:
    scene, (here, later) = set_scene, releases
    listed = scene.publish()
    busy, limited = scene.key(hour=10**6), scene.key(hour=LIMIT)
    traffic = Traffic([*here, *later], {"busy": busy.secret, "limited": limited.secret})

    with traffic.flowing():
        traffic.wait(0.5, LIMIT)

    told = [each.told for each in traffic.sent]
    admitted = [each for each in traffic.sent if is_admitted(each.told)]
    assert list(chain.from_iterable(wrong(each, {listed}) for each in told)) == []
    assert sum(each.role == "limited" for each in admitted) == LIMIT
    assert {each.instance for each in admitted} == {0, 1, 2, 3}
    assert scene.counters(limited, Window.HOUR) == [LIMIT]
    assert counted(told) == set()
    measured(TWO_RELEASES, slowest=slowest(told))


def test_a_format_of_a_later_release_leaves_the_older_one_what_it_holds(
    set_scene: Scene,
    releases: tuple[Sequence[Instance], Sequence[Instance]],
    measured: Measured,
) -> None:
    scene, (here, later) = set_scene, releases
    key, old = scene.key(), scene.publish()
    before = [each.ask(key.secret).ids for each in (*here, *later)]
    new = scene.publish(in_format=2)
    scene.time.jump(MAX_AGE)

    of_here = [each.ask(key.secret) for each in here]
    of_later = [each.ask(key.secret) for each in later]

    assert before == [old] * 4
    assert [each.ids for each in of_here] == [old] * 2
    assert [each.ids for each in of_later] == [new] * 2
    assert (counted(of_here), counted(of_later)) == ({Metric.STALE}, set())
    measured(LATER_FORMAT, slowest=slowest([*of_here, *of_later]))


def slowest(answers: Sequence[Told]) -> float:
    return max((each.seconds for each in answers), default=0)


def counted(answers: Sequence[Told]) -> set[str]:
    """Return the metrics that were counted."""
    return {name for each in answers for name in each.metrics}
