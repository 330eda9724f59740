"""The sizes of what is deployed: bytes of all files, unzipped."""

from pathlib import Path

from bench.functions import Functions


def sizes(functions: Functions) -> dict[str, int]:
    """Return the sizes of the function without its pages, of those, and of its layers."""
    pages = _bytes(functions.ours.code / "assets")
    layers = {
        "shared" if (layer / "model_catalog").exists() else "dependencies": _bytes(layer)
        for layer in functions.ours.layers
    }
    return {"function": _bytes(functions.ours.code) - pages, "pages": pages, **layers}


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
