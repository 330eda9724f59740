"""How checking and compiling a registry grows: 500 models against 5,000, in one run.

Prints CPU seconds (the median of several rounds, taken in turn) and their ratio; linear is 10.
The garbage collector is off: its passes cost by what else lives in the process.
"""

import gc
import json
import statistics
import time
from datetime import UTC, datetime

from model_catalog.registry import compile_source

SMALL, LARGE, ROUNDS = 500, 5_000, 5


def source(models: int) -> bytes:
    """Return an authored document of so many models, each with most fields set."""
    return json.dumps({"models": [model(number) for number in range(models)]}).encode()


def model(number: int) -> dict[str, object]:
    """Return one model as catalogs have it; 5,000 of them just fit into one answer."""
    return {
        "id": f"vendor-{number % 40}/model-{number}",
        "aliases": [f"model-{number}-latest", f"vendor-{number % 40}/model-{number}-20261122"],
        "groups": ["fast", "vision"],
        "display_name": f"Model {number}",
        "description": "What it is good for.",
        "context_window": 200_000,
        "max_output_tokens": 64_000,
        "priority": number % 100,
        "input_modalities": ["text", "image"],
        "supported_reasoning_levels": [
            {"effort": effort, "description": effort} for effort in ("low", "medium", "high")
        ],
        "default_reasoning_level": "medium",
        "pricing": {"prompt": "0.00000125", "completion": "0.00001"},
        "codex": {"shell_type": "shell_command", "comp_hash": "3000"},
    }


def seconds(content: bytes) -> float:
    """Return the CPU time one compilation takes."""
    started = time.process_time()
    compile_source(content, published_at=datetime.now(UTC), source_version="v1")
    return time.process_time() - started


def main() -> None:
    """Measure and print."""
    gc.disable()
    documents = {models: source(models) for models in (SMALL, LARGE)}
    taken: dict[int, list[float]] = {SMALL: [], LARGE: []}
    for _ in range(ROUNDS):
        for models, content in documents.items():
            taken[models].append(seconds(content))
    for models, times in taken.items():
        print(
            f"{models:>6,} models  {statistics.median(times):.3f} s"
            f"  ({min(times):.3f} to {max(times):.3f})"
        )
    ratio = statistics.median(taken[LARGE]) / statistics.median(taken[SMALL])
    print(f" ratio {ratio:.1f}  (linear: {LARGE / SMALL:.0f}; target for {LARGE:,}: under 2 s)")


if __name__ == "__main__":
    main()
