"""Operators: modelctl in process, with the real publisher at work while they wait."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from model_catalog.publishing import Publisher
from model_catalog.registry_store import LIVE_KEY, SOURCE_KEY, S3RegistryStore
from model_catalog.snapshot import Snapshot, load
from modelctl.clocks import Clocks
from modelctl.command_line import app
from support.clock import FakeClock
from support.stack import Aws


@dataclass(frozen=True)
class Printed:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Operator:
    """Somebody at a terminal.

    Attributes:
        meanwhile: what happens in each second they wait, if not that the publisher comes by.
        rival: what somebody else does after they have looked and before they write.
    """

    aws: Aws
    clock: FakeClock
    folder: Path
    meanwhile: Callable[[], object] | None = None
    rival: Callable[[], object] | None = None
    waits: list[float] = field(default_factory=list)
    _readings: int = 0

    @property
    def store(self) -> S3RegistryStore:
        return S3RegistryStore(self.aws.s3, bucket_name="registry")

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.store, clock=self.clock)

    def types(
        self,
        *arguments: str | Path,
        stdin: bytes | str | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> Printed:
        """Run ``modelctl registry`` with ``arguments``."""
        self._readings = 0
        clocks = Clocks(now=self._now, monotonic=self.clock.monotonic, sleep=self._sleep)
        return _invoked("registry", *arguments, stdin=stdin, env=env, clocks=clocks)

    def publishes(self, document: Any, *options: str) -> Printed:
        """Write a document down and publish it."""
        return self.types("publish", self.writes(document), *options)

    def writes(self, document: Any, name: str = "registry.json") -> Path:
        """Write a document down: bytes as they are, all else as JSON."""
        path = self.folder / name
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return path

    def drops(self, content: bytes, **metadata: str) -> str:
        """Put a source into the bucket with some other tool; return its version."""
        response = self.aws.s3.put_object(
            Bucket="registry", Key=SOURCE_KEY, Body=content, Metadata=metadata
        )
        return response.get("VersionId", "")

    @property
    def live(self) -> Snapshot | None:
        """Return what is live."""
        live = self.store.read_live()
        return load(live.content) if live else None

    @property
    def versions(self) -> list[str]:
        """Return the versions of the source, the newest first."""
        return [each.version for each in self.store.source_versions()]

    def puts_live(self, content: bytes) -> None:
        """Put something into the live snapshot's place, as nobody should."""
        self.aws.s3.put_object(Bucket="registry", Key=LIVE_KEY, Body=content)

    def _now(self) -> datetime:
        """Tell the time: once when it is checked what is published, once just before writing."""
        self._readings += 1
        if self.rival and self._readings == 2:
            self.rival()
        return self.clock()

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(seconds=seconds)
        (self.meanwhile or self.publisher.publish)()


def keys(
    operator: Operator,
    *arguments: str | Path,
    stdin: str | None = None,
    env: Mapping[str, str | None] | None = None,
    rival: Callable[[], object] | None = None,
) -> Printed:
    """Run ``modelctl keys``; ``rival`` acts each time after keys are read and before one is put."""
    readings = 0

    def now() -> datetime:
        nonlocal readings
        readings += 1
        if rival and readings > 1:
            rival()
        return operator.clock()

    return _invoked(
        "keys",
        *arguments,
        stdin=stdin,
        env=env,
        clocks=Clocks(now=now, monotonic=operator.clock.monotonic, sleep=operator.waits.append),
    )


def modelctl(
    operator: Operator, *arguments: str | Path, env: Mapping[str, str | None] | None = None
) -> Printed:
    """Run a command of ``modelctl`` itself."""
    clocks = Clocks(
        now=operator.clock, monotonic=operator.clock.monotonic, sleep=operator.waits.append
    )
    return _invoked(*arguments, stdin=None, env=env, clocks=clocks)


def _invoked(
    *arguments: str | Path,
    stdin: bytes | str | None,
    env: Mapping[str, str | None] | None,
    clocks: Clocks,
) -> Printed:
    result = CliRunner().invoke(
        app, [*map(str, arguments)], input=stdin, env=env, obj=clocks, prog_name="modelctl"
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Printed(result.exit_code, result.stdout, result.stderr)
