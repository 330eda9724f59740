"""The sizes of what is deployed: bytes of all files, unzipped."""

from pathlib import Path

from bench.functions import Functions


def sizes(functions: Functions) -> dict[str, int]:
    """Return the function's size and its layers'."""
    layers = {
        "shared" if (layer / "model_catalog").exists() else "dependencies": _bytes(layer)
        for layer in functions.ours.layers
    }
    return {"function": _bytes(functions.ours.code), **layers}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
