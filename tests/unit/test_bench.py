"""What the measurements of bench/ may not get wrong: verdicts, and a floor that is like ours."""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.template import PROJECT
from model_catalog.key_store import dynamodb_client
from model_catalog.registry_store import s3_client

if TYPE_CHECKING:
    from botocore.client import BaseClient


def load_script(name: str) -> Any:
    path = PROJECT / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


figures = load_script("figures")
settings_table = load_script("settings_table")


def settings_of(client: "BaseClient") -> list[object]:
    config = client.meta.config
    names = (
        "connect_timeout",
        "read_timeout",
        "retries",
        "max_pool_connections",
        "signature_version",
    )
    return [getattr(config, name) for name in names]


def test_the_floors_clients_are_configured_as_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = tmp_path / "update.json"
    recorded.write_text("{}")
    monkeypatch.setitem(os.environ, "RECORDED_UPDATE", str(recorded))

    bare = load_script("bare/handler")

    assert settings_of(bare.dynamodb) == settings_of(dynamodb_client())
    assert settings_of(bare.s3) == settings_of(s3_client())


def test_a_spread_is_the_median_and_the_range() -> None:
    assert figures.Spread.of([3.0, 1.0, 8.0]) == figures.Spread(median=3.0, low=1.0, high=8.0)


def test_ratios_are_taken_of_what_was_measured_side_by_side() -> None:
    ratio = figures.Spread.of_ratios([2.0, 9.0, 4.0], [1.0, 3.0, 4.0])

    assert ratio == figures.Spread(median=2.0, low=1.0, high=3.0)


def test_a_ratio_needs_a_floor_for_each_measurement() -> None:
    with pytest.raises(ValueError, match="shorter"):
        figures.Spread.of_ratios([1.0, 2.0], [1.0])


def test_noise_is_the_ranges_part_of_the_median() -> None:
    assert figures.Spread.of([90.0, 100.0, 120.0]).noise == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("figure", "relation", "passed"),
    [
        (1.25, "≤", True),
        (1.2500001, "≤", False),
        (0, "=", False),
        (1, "=", True),
        (2, "=", False),
    ],
)
def test_a_target_is_met_up_to_itself_or_exactly(
    figure: float, relation: str, *, passed: bool
) -> None:
    target = 1.25 if relation == "≤" else 1

    assert figures.Check("it", figure, target, "", relation).passed is passed


def test_one_missed_target_is_a_failure() -> None:
    met = figures.Check("met", 1, 1, "")
    missed = figures.Check("missed", 2, 1, "")

    assert figures.exit_code([met, met]) == 0
    assert figures.exit_code([met, missed, met]) == 1


def test_a_missed_target_says_so() -> None:
    ratio = figures.Spread(median=1.3, low=1.2, high=1.4)

    row = figures.Check.of_spread("warm", ratio, 1.25).row

    assert row == ("warm", "≤ 1.25", "1.30 (1.20 to 1.40)", "MISSED")


def test_tables_line_up() -> None:
    assert figures.table(("a", "long"), [("wide", "b")]) == (
        "| a    | long |\n| ---- | ---- |\n| wide | b    |"
    )


def test_half_a_vcpu_takes_twice_as_long_and_more_than_one_is_of_no_use() -> None:
    small, *_, large = settings_table.settings(cold_cpu=0.5, warm_cpu=0.001)

    assert small.cold == pytest.approx(0.5 * 1769 / 256)
    assert large.cold == pytest.approx(0.5)


def test_lambda_bills_whole_milliseconds_of_the_memory_set() -> None:
    *_, large = settings_table.settings(cold_cpu=0.5, warm_cpu=0.0011)

    assert large.warm == pytest.approx(0.0091)
    assert large.gb_seconds == pytest.approx(0.010 * 1769 / 1024)
