"""``python bench/chart.py``: draw the last run of ``make bench``, from ``bench/results.json``.

Ratios only: how long things take depends on the machine, and on what else it does.
"""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

PROJECT = Path(__file__).parents[1]
RESULTS, CHARTS = PROJECT / "bench" / "results.json", PROJECT / "docs" / "img"
STYLES = {"bench.png": ("default", "white"), "bench-dark.png": ("dark_background", "#0d1117")}
OURS, FLOOR, OTHER, TARGET = "#1976d2", "#78909c", "#ef6c00", "#e53935"
SMALL = 8

type Spread = dict[str, float]


def draw_cold(axes: Axes, cold: dict[str, dict[str, Spread]]) -> None:
    """Draw a cold start with and without bytecode, beside boto3's alone."""
    named = {"bare": "boto3 alone", "ours": "ours", "sources": "ours without\nbytecode"}
    bars(axes, list(named.values()), [cold[name]["ratio"] for name in named])
    target(axes, 1.25)
    axes.set(title="Init, CPU")


def draw_warm(axes: Axes, warm: dict[str, dict[str, dict[str, Spread]]]) -> None:
    """Draw a warm request with each key, beside the write alone."""
    floor = {"median": 1.0, "low": 1.0, "high": 1.0}
    ratios = {f"ours,\n{caller} key": ways["handler"]["ratio"] for caller, ways in warm.items()}
    bars(axes, ["the write alone", *ratios], [floor, *ratios.values()])
    target(axes, 1.25)
    axes.set(title="Warm request, CPU")


def draw_growth(axes: Axes, growth: list[dict[str, Any]]) -> None:
    """Draw a warm request against the registry's size, gzip accepted."""
    chosen = ("unrestricted", "gzip")
    cells = [cell for cell in growth if (cell["caller"], cell["encoding"]) == chosen]
    models = [cell["models"] for cell in cells]
    for what, label, color in (
        ("runtime", "with the runtime's marshalling", OTHER),
        ("handler", "handler alone", OURS),
    ):
        median, low, high = (
            [cell[what]["ratio"][end] for cell in cells] for end in ("median", "low", "high")
        )
        axes.plot(models, median, marker="o", color=color, label=label)
        axes.fill_between(models, low, high, color=color, alpha=0.15, linewidth=0)
    target(axes, 1.3)
    axes.set(title="Growth, CPU (10 models = 1)", xlabel="models, gzip accepted", xscale="log")
    axes.set_xticks(models, [f"{number:,}" for number in models], fontsize=SMALL)
    axes.minorticks_off()
    axes.set_ylim(0, 1.5)
    axes.legend(frameon=False, loc="lower left", fontsize=SMALL)


def bars(axes: Axes, names: list[str], ratios: list[Spread]) -> None:
    """Draw medians as bars, the floor in gray, and ranges as lines."""
    positions = range(len(names))
    medians = [ratio["median"] for ratio in ratios]
    ranges = [
        [ratio["median"] - ratio["low"] for ratio in ratios],
        [ratio["high"] - ratio["median"] for ratio in ratios],
    ]
    colors = [FLOOR, *[OURS] * (len(names) - 1)]
    lines = plt.rcParams["text.color"]
    drawn = axes.bar(positions, medians, 0.6, yerr=ranges, color=colors, ecolor=lines, capsize=3)
    axes.bar_label(drawn, [f"{median:.2f}" for median in medians], label_type="center", color="w")
    axes.set_xticks(positions, names, fontsize=SMALL)
    axes.set_ylim(bottom=0)


def target(axes: Axes, ratio: float) -> None:
    """Draw what ours may be at most."""
    axes.axhline(ratio, color=TARGET, linewidth=1, linestyle="--")
    axes.text(
        0.02,
        ratio,
        f"target {ratio}",
        transform=axes.get_yaxis_transform(),
        color=TARGET,
        fontsize=SMALL,
        verticalalignment="bottom",
    )


def draw(results: dict[str, Any], chart: Path, background: str) -> None:
    """Draw the three side by side."""
    figure, (cold, warm, grown) = plt.subplots(
        1, 3, figsize=(10, 3.4), layout="constrained", facecolor=background
    )
    draw_cold(cold, results["cold"])
    draw_warm(warm, results["warm"])
    draw_growth(grown, results["growth"])
    for axes in (cold, warm, grown):
        axes.set_facecolor(background)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(chart, dpi=110, metadata={"Software": None})


def main() -> None:
    """Draw it for light pages and for dark ones."""
    results = json.loads(RESULTS.read_text("utf-8"))
    for name, (style, background) in STYLES.items():
        with plt.style.context(style):
            draw(results, CHARTS / name, background)


if __name__ == "__main__":
    main()
