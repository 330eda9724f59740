"""What the simulation of bench/ may not get wrong."""

import importlib.util
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from localcloud.template import PROJECT
from model_catalog.api_keys import Refusal, RefusalReason
from model_catalog.refusal_memory import RefusalMemory
from support.clock import NOON, FakeClock


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location(
        "simulate_admission", PROJECT / "bench/simulate_admission.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


simulation = load_script()
HOT_KEY = simulation.Scenario("hot", 3_000, keys=1, limit=600)


@pytest.mark.parametrize("scenario", simulation.SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_request_meets_exactly_one_end(scenario: Any) -> None:
    outcome = simulation.simulate(scenario, seconds=2)

    assert sum(outcome.ends) == 2 * scenario.rate
    assert min(outcome.ends) >= 0


@pytest.mark.parametrize("scenario", simulation.SCENARIOS, ids=lambda scenario: scenario.name)
def test_no_item_takes_more_than_a_thousand_units_a_second(scenario: Any) -> None:
    outcome = simulation.simulate(scenario, seconds=2)

    assert outcome.hottest <= 1_000


def test_a_key_is_admitted_as_often_as_its_limit_says_in_each_minute() -> None:
    outcome = simulation.simulate(HOT_KEY, seconds=180)

    assert outcome.admitted == 3 * 600


def test_a_new_table_takes_no_more_than_four_thousand_units_a_second() -> None:
    outcome = simulation.simulate(simulation.Scenario("attack", 9_000, unknown=9_000), seconds=3)

    assert outcome.units == 3 * 4_000
    assert outcome.admitted == 0


def test_an_item_over_a_kilobyte_is_written_half_as_often() -> None:
    large = replace(HOT_KEY, limit=None, item_units=2)

    outcome = simulation.simulate(large, seconds=3)

    assert outcome.admitted == 3 * 500


def test_lambda_takes_a_tenfold_of_the_environments_it_has_started() -> None:
    sudden = simulation.Scenario("sudden", 50_000, gateway_rate=50_000, concurrency=9_000)

    outcome = simulation.simulate(sudden, seconds=2)

    assert outcome.ran == 10_000 + 11_000


def test_a_storm_costs_as_many_writes_as_with_the_memory_itself() -> None:
    clock, written = FakeClock(), 0
    routing = random.Random(1)  # noqa: S311 - where requests go, no secret
    memories = [RefusalMemory(clock.monotonic, at_most=10_000) for _ in range(42)]
    for _ in range(60):
        for memory in routing.choices(memories, k=3_000):
            if memory.recall("digest", "", NOON) is None:
                memory.remember("digest", "", Refusal(RefusalReason.LIMIT), timedelta(seconds=5))
                written += 1
        clock.advance(seconds=1)

    outcome = simulation.simulate(replace(HOT_KEY, limit=0), seconds=60)

    assert outcome.functions == len(memories)
    assert outcome.refused == pytest.approx(written, rel=0.05)
