"""``python bench/chart.py``: draw the last run of ``make bench``, from ``bench/results.json``."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

PROJECT = Path(__file__).parents[1]
RESULTS, CHART = PROJECT / "bench" / "results.json", PROJECT / "docs" / "img" / "bench.png"
OURS, FLOOR, OTHER = "#1565c0", "#90a4ae", "#ef6c00"
WIDTH = 0.6

type Spread = dict[str, float]


def draw_cold(axes: Axes, cold: dict[str, dict[str, Spread]]) -> None:
    """Draw what a cold start takes: all of ours, the floor, and ours without bytecode."""
    named = {"bare": "boto3\nalone", "ours": "ours", "sources": "ours, no\nbytecode"}
    bars(axes, list(named.values()), [cold[name]["started"] for name in named], 1e3)
    axes.set(title="Cold start", ylabel="CPU, ms")


def draw_warm(axes: Axes, warm: dict[str, dict[str, Spread]]) -> None:
    """Draw what a warm request takes, of both keys, beside the floor of each."""
    names, spreads = [], []
    for caller, figures in warm.items():
        for whose, told in (("floor", "write\nalone"), ("ours", "ours")):
            names.append(f"{told}\n{caller}" if whose == "ours" else told)
            spreads.append(figures[f"{whose}_handler"])
    bars(axes, names, spreads, 1e6)
    axes.set(title="Warm request", ylabel="CPU, µs")


def draw_growth(axes: Axes, growth: list[dict[str, Any]]) -> None:
    """Draw how a warm request grows with the registry, gzip accepted."""
    cells = [
        cell for cell in growth if (cell["caller"], cell["encoding"]) == ("unrestricted", "gzip")
    ]
    models = [cell["models"] for cell in cells]
    for what, label, color in (
        ("runtime", "with the runtime's marshalling", OTHER),
        ("handler", "handler alone", OURS),
    ):
        medians = [cell[what]["median"] * 1e6 for cell in cells]
        axes.plot(models, medians, marker="o", color=color, label=label)
        low, high = ([cell[what][end] * 1e6 for cell in cells] for end in ("low", "high"))
        axes.fill_between(models, low, high, color=color, alpha=0.15, linewidth=0)
    axes.set(title="Growth, gzip accepted", xlabel="models", ylabel="CPU, µs", xscale="log")
    axes.set_xticks(models, [f"{number:,}" for number in models])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, loc="lower right", fontsize=8)


def bars(axes: Axes, names: list[str], spreads: list[Spread], scale: float) -> None:
    """Draw medians as bars and ranges as lines, the floors in gray."""
    positions = range(len(names))
    medians = [spread["median"] * scale for spread in spreads]
    errors = [
        [(spread["median"] - spread["low"]) * scale for spread in spreads],
        [(spread["high"] - spread["median"]) * scale for spread in spreads],
    ]
    colors = [OURS if "ours" in name and "no" not in name else FLOOR for name in names]
    axes.bar(positions, medians, WIDTH, yerr=errors, color=colors, ecolor="#37474f", capsize=3)
    axes.set_xticks(positions, names, fontsize=8)
    axes.set_ylim(bottom=0)


def main() -> None:
    """Draw the three side by side."""
    results = json.loads(RESULTS.read_text("utf-8"))
    figure, (cold, warm, grown) = plt.subplots(
        1, 3, figsize=(10, 3.4), layout="constrained", facecolor="white"
    )
    draw_cold(cold, results["cold"])
    draw_warm(warm, results["warm"])
    draw_growth(grown, results["growth"])
    for axes in (cold, warm, grown):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(CHART, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
