"""Scripts that lie outside of every package, loaded as modules."""

import importlib.util
from typing import Any

from localcloud.template import PROJECT


def load_script(name: str) -> Any:
    """Return the script at ``name``, run as an import runs it."""
    path = PROJECT / name
    spec = importlib.util.spec_from_file_location(name.replace("/", "_").removesuffix(".py"), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
