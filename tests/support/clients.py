"""The real clients that `make test-clients` installs, run without a home or the internet."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from localcloud.template import PROJECT
from support.cloud import Cloud
from support.recording_proxy import RecordingProxy, running_proxy

CLIENTS = PROJECT / "tests" / "e2e" / "clients"
_NOWHERE = "http://127.0.0.1:9"  # where nothing listens, so that a client which calls home fails


@dataclass(frozen=True)
class Watched:
    """The local cloud as a client sees it, and what the client asks of it."""

    proxy: RecordingProxy

    @property
    def base_url(self) -> str:
        """Return what OpenAI's clients call the base URL."""
        return f"{self.proxy.url}/v1"

    @property
    def asked(self) -> list[str]:
        """Return the paths asked for so far, each with its query."""
        return [request.path for request in self.proxy.asked]


@contextmanager
def watched(cloud: Cloud) -> Iterator[Watched]:
    """Put a listener between a client and the local cloud."""
    with running_proxy(cloud.url) as proxy:
        yield Watched(proxy)


def at(base_url: str, text: str) -> str:
    """Return what a page shows, for an API that answers at ``base_url``."""
    return text.replace("http://127.0.0.1:8000/v1", base_url)


@dataclass(frozen=True)
class Ran:
    """A client that has ended by itself."""

    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """Return what one of our scripts printed last."""
        assert self.code == 0, self.errors
        return json.loads(self.output.splitlines()[-1])


def run_client(command: Sequence[Path | str], home: Path, **variables: str) -> Ran:
    """Run a client that knows ``variables`` and nothing else about this machine or its user."""
    for part in command:
        made = not isinstance(part, Path) or part.exists()
        assert made, f"{part} is not there. `make test-clients` makes it."
    away = {"HTTP_PROXY": _NOWHERE, "HTTPS_PROXY": _NOWHERE, "NO_PROXY": "127.0.0.1"}
    # To a file, because opencode ends without waiting for a pipe to take all of it.
    with TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 - a pinned client
            command,
            cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": str(home), **away, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        output.seek(0)
        return Ran(done.returncode, output.read(), done.stderr)


def python_client(name: str, script: str, arguments: Sequence[str], home: Path, **env: str) -> Ran:
    """Run one of our scripts with the Python that has the client ``name``."""
    return run_client([in_venv(name, "python"), CLIENTS / script, *arguments], home, **env)


def in_venv(name: str, program: str) -> Path:
    """Return a program of the environment that holds the Python client ``name``."""
    return PROJECT / f".venv-client-{name}" / "bin" / program


def in_node_modules(*parts: str) -> Path:
    """Return a file of an installed npm package."""
    return (CLIENTS / "node_modules").joinpath(*parts)
