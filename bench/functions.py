"""The functions that are measured: ours as built, ours without bytecode, and the floors'."""

import compileall
import shutil
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Self

from localcloud.template import PROJECT
from support.lambda_emulator import BUILT, Artefact

_SHARED = PROJECT / "layers" / "shared" / "model_catalog"
_no_bytecode = shutil.ignore_patterns("__pycache__", "*.pyc")

# What Lambda and the template set. The endpoint is whatever stands for AWS.
ENVIRONMENT = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "TABLE_NAME": "keys",
    "OWNED_BY": "codex-lb",
    "REGISTRY_MAX_AGE": "9999",  # seconds: nothing measured here meets the end of it
    "POWERTOOLS_SERVICE_NAME": "model-catalog",
    "POWERTOOLS_METRICS_NAMESPACE": "ModelCatalog",
}


@dataclass(frozen=True, slots=True)
class Functions:
    """What is measured, ready to run.

    Attributes:
        ours: the API's function, as built for this machine.
        bare: the floors' function, compiled as ours is, on the same layer of dependencies.
        empty: a function that does nothing.
        sources: ours as SAM's own builders would leave it: the same files, but no bytecode.
    """

    ours: Artefact
    bare: Artefact
    empty: Artefact
    sources: Artefact

    @classmethod
    def prepared(cls, folder: Path) -> Self:
        """Make copies in ``folder``: somebody may build anew in the meantime."""
        shutil.copytree(BUILT, folder / "built")
        built = Artefact.of("ApiFunction", folder / "built")
        dependencies = [each for each in built.layers if not (each / "model_catalog").exists()]
        return cls(
            ours=built,
            bare=Artefact(_compiled("bare", folder), tuple(dependencies)),
            empty=Artefact(_compiled("empty", folder), ()),
            sources=_sources(built, folder / "sources"),
        )


def _compiled(name: str, folder: Path) -> Path:
    """Copy a floor's function, and compile it as ours is."""
    code = folder / name
    shutil.copytree(Path(__file__).parent / name, code, ignore=_no_bytecode)
    compileall.compile_dir(code, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return code


def _sources(built: Artefact, folder: Path) -> Artefact:
    code = folder / "code"
    shutil.copytree(built.code, code, ignore=_no_bytecode)
    layers = []
    for number, layer in enumerate(built.layers):
        copy = folder / str(number)
        shutil.copytree(layer, copy, ignore=_no_bytecode)
        for compiled in (layer / "model_catalog").glob("*.pyc"):  # which comes without sources
            shutil.copy(_SHARED / f"{compiled.stem}.py", copy / "model_catalog")
        layers.append(copy)
    return Artefact(code, tuple(layers))
