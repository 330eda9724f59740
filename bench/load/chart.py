"""``python bench/load/chart.py``: draw the last run of ``make load``, from its ``results.json``."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "bench" / "load" / "results.json"
CHART = PROJECT / "docs" / "img" / "load.png"
ROUTES = {  # of many, those that differ most
    "list": "#1565c0",
    "list, gzip": "#2e7d32",
    "list, If-None-Match": "#6a1b9a",
    "retrieve": "#ef6c00",
    "usage": "#78909c",
    "health": "#263238",
}
PUBLISHED = "#c62828"
SMALL = 8


def draw_percentiles(axes: Axes, results: dict[str, Any]) -> None:
    """Draw how long functions had each route's requests, queue apart, by their share."""
    for route, color in ROUTES.items():
        milliseconds = [seconds * 1_000 for seconds in results["inside"][route]]
        axes.plot(milliseconds, results["shares"], color=color, label=route)
    axes.set(title="In the function, by route", xlabel="ms", xscale="log")
    axes.set(ylabel="% of requests", ylim=(0, 101))
    axes.legend(frameon=False, loc="lower right", fontsize=SMALL)


def draw_time(axes: Axes, results: dict[str, Any]) -> None:
    """Draw latency as time goes by, and when the registry was published."""
    moments = [each["at"] for each in results["over_time"]]
    for what, color in (("p99", "#ef6c00"), ("p50", "#1565c0")):
        milliseconds = [each[what] * 1_000 for each in results["over_time"]]
        axes.plot(moments, milliseconds, color=color, label=what)
    for number, edition in enumerate(results["editions"]):
        label = "" if number else "registry published"
        axes.axvline(edition["at"], color=PUBLISHED, linewidth=1, linestyle="--", label=label)
    axes.set(title="From when it was due, over time", xlabel="s", ylabel="ms", yscale="log")
    axes.set_ylim(top=3 * max(each["p99"] for each in results["over_time"]) * 1_000)
    axes.legend(frameon=False, loc="upper right", ncols=3, fontsize=SMALL)


def draw_memory(axes: Axes, results: dict[str, Any]) -> None:
    """Draw the memory of each function against the answers given."""
    answered = [sample["answered"] for sample in results["memory"]]
    for function in zip(*(sample["resident"] for sample in results["memory"]), strict=True):
        axes.plot(answered, function, linewidth=1)
    axes.set(title="Memory of each function", xlabel="requests answered", ylabel="MiB resident")
    axes.set_ylim(0, 1.25 * max(max(sample["resident"]) for sample in results["memory"]))
    axes.xaxis.set_major_locator(plt.MaxNLocator(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def main() -> None:
    """Draw the three side by side."""
    results = json.loads(RESULTS.read_text("utf-8"))
    figure, (percentiles, time, memory) = plt.subplots(
        1, 3, figsize=(11, 3.4), layout="constrained", facecolor="white"
    )
    draw_percentiles(percentiles, results)
    draw_time(time, results)
    draw_memory(memory, results)
    for axes in (percentiles, time, memory):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(CHART, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main()
