"""The whole local cloud, started and stopped in one piece."""

import errno
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from localcloud.access_log import say
from localcloud.aws import embedded_aws
from localcloud.demo import create_keys, demo_secrets, write_source
from localcloud.environment import aws_exports, only
from localcloud.gateway import respond
from localcloud.http_server import HttpServer, Log
from localcloud.private_files import write_private
from localcloud.publishing import watching
from localcloud.stack import (
    API,
    PUBLISHER,
    cold_start,
    create_bucket,
    create_table,
    environment_of,
)
from localcloud.template import PROJECT, Template

REGISTRY = PROJECT / "registry" / "models.json"
FOLDER = PROJECT / ".local"
KEYS_FILE, AWS_ENV_FILE = "demo-keys.json", "aws.env"
_LOOK_SECONDS = 0.5  # how soon a new source is noticed


class PortUnavailableError(Exception):
    """Nothing can be served on the port asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A local cloud that is up.

    Attributes:
        url: where the API is.
        aws_endpoint_url: where the embedded AWS is.
        environment: what the function, and whoever wants to see its resources, needs to know.
        keys: the demo keys' secrets by name.
        warnings: what the registry's author should know.
    """

    url: str
    aws_endpoint_url: str
    environment: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...]


class LocalCloud:
    """Runs it all while entered; port 0 is any free one.

    It changes the process environment and moto's state: one at a time in a process.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        registry: Path = REGISTRY,
        folder: Path = FOLDER,
        log: Log = lambda access: say(str(access)),
    ) -> None:
        self._port = port
        self._host = host
        self._registry = registry
        self._folder = folder
        self._log = log
        self._running = ExitStack()

    def __enter__(self) -> Serving:
        """Start it.

        Raises:
            PortUnavailableError: the port is taken or forbidden.
            InvalidRegistryError: the registry has problems.
        """
        with ExitStack() as starting:
            serving = self._start(starting)
            self._running = starting.pop_all()
        return serving

    def __exit__(self, *_: object) -> None:
        """Stop it, once requests under way are answered."""
        self._running.close()

    def _start(self, running: ExitStack) -> Serving:
        server = running.enter_context(_listening(self._host, self._port))
        aws_endpoint_url = running.enter_context(embedded_aws())
        template = Template.load()
        environment = environment_of(template, API, aws_endpoint_url)
        running.enter_context(only(environment))
        create_table(template)
        create_bucket(template)
        secrets = demo_secrets(self._folder / KEYS_FILE)
        create_keys(environment, secrets)
        warnings = write_source(environment, self._registry.read_bytes())
        running.enter_context(self._publishing(template, aws_endpoint_url))
        url = f"http://{_reachable(self._host)}:{server.port}"
        exported = {**environment, "MODEL_CATALOG_URL": url}
        self._write_files(exported, secrets)
        running.callback(self._remove_exports, exported)
        api = cold_start(template, API, environment)
        running.enter_context(server.serving(partial(respond, api), self._log))
        return Serving(
            url=url,
            aws_endpoint_url=aws_endpoint_url,
            environment=environment,
            keys=secrets,
            warnings=warnings,
        )

    def _publishing(
        self, template: Template, aws_endpoint_url: str
    ) -> AbstractContextManager[None]:
        environment = environment_of(template, PUBLISHER, aws_endpoint_url)
        publisher = cold_start(template, PUBLISHER, environment)
        return watching(environment["BUCKET_NAME"], publisher, _LOOK_SECONDS)

    def _write_files(self, environment: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        write_private(self._folder / KEYS_FILE, json.dumps(secrets, indent=2) + "\n")
        write_private(self._folder / AWS_ENV_FILE, aws_exports(environment))

    def _remove_exports(self, environment: Mapping[str, str]) -> None:
        """Remove the exports, unless another local cloud has put its own there."""
        exports = self._folder / AWS_ENV_FILE
        if exports.exists() and exports.read_text() == aws_exports(environment):
            exports.unlink()


def _listening(host: str, port: int) -> HttpServer:
    try:
        return HttpServer(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "it is taken. Choose another, or any free one with: make run PORT=0"
        else:
            reason = f"{error.strerror}. Choose another with: make run PORT=8000"
        raise PortUnavailableError(f"Cannot serve on port {port} of {host}: {reason}") from error


def _reachable(host: str) -> str:
    """Return an address of ``host`` that clients on this machine can use."""
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
