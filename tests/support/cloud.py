"""The local cloud as `make run` starts it, in a process of its own, and how tests talk to it."""

import http.client
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3

from model_catalog.api_keys import MintedSecret, mint
from model_catalog.key_items import counter_name, primary_key
from model_catalog.limits import Window
from support.builders import key_record, ledger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Headers = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True)
class HttpReply:
    """One answer off the wire; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, str | None]:
        """Return the envelope's inside, having checked that it is all there is."""
        assert self.json.keys() == {"error"}
        error: dict[str, str | None] = self.json["error"]
        assert list(error) == ["message", "type", "param", "code"]
        return error

    @property
    def ids(self) -> list[str]:
        return [model["id"] for model in self.json["data"]]


@dataclass(frozen=True)
class Cloud:
    """A running local cloud: its address, its demo keys, and its embedded AWS."""

    url: str
    keys: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    @property
    def base_url(self) -> str:
        """Return what OpenAI's clients call the base URL."""
        return f"{self.url}/v1"

    def ask(
        self, path: str, *, method: str = "GET", headers: Headers = (), secret: str | None = None
    ) -> HttpReply:
        """Send one request on a connection of its own; header names may repeat."""
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        if secret is not None:
            pairs.append(("authorization", f"Bearer {secret}"))
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in pairs:
                connection.putheader(name, value.encode())
            connection.endheaders()
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return HttpReply(response.status, received, response.read())
        finally:
            connection.close()

    def new_key(self, **changes: Any) -> MintedSecret:
        """Store a key in the embedded AWS."""
        minted = mint()
        with self._dynamodb() as client:
            ledger(client, table_name=self._table).create(key_record(minted, **changes))
        return minted

    def spend(self, minted: MintedSecret, window: Window) -> None:
        """Let a key's window, and the one that may begin any moment, be full."""
        now = window.number(datetime.now(UTC))
        with self._dynamodb() as client:
            for number in (now, now + 1):
                client.update_item(
                    TableName=self._table,
                    Key=primary_key(minted.key_id),
                    UpdateExpression="SET #used = :all",
                    ExpressionAttributeNames={"#used": counter_name(window, number)},
                    ExpressionAttributeValues={":all": {"N": "1000000"}},
                )

    @property
    def _table(self) -> str:
        return self.environment["TABLE_NAME"]

    @contextmanager
    def _dynamodb(self) -> Iterator["DynamoDBClient"]:
        client = boto3.client("dynamodb", endpoint_url=self.environment["AWS_ENDPOINT_URL"])
        try:
            yield client
        finally:
            client.close()


@contextmanager
def running_cloud(folder: Path) -> Iterator[Cloud]:
    """Start the local cloud on a free port, and stop it as Ctrl-C does."""
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "localcloud", "--port", "0", "--folder", str(folder)],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = _served_url(process, log)
        keys = json.loads((folder / "demo-keys.json").read_text())
        yield Cloud(url, keys, _exports(folder / "aws.env"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def _served_url(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the local cloud says where it serves."""
    for _ in range(600):
        if found := re.search(r"Serving on (http://\S+)", log.read_text()):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the local cloud did not start:\n{log.read_text()}")


def _exports(script: Path) -> dict[str, str]:
    """Read the variables a shell would have after sourcing ``script``."""
    words = (shlex.split(line) for line in script.read_text().splitlines())
    return dict(
        export[1].split("=", 1) for export in words if len(export) == 2 and export[0] == "export"
    )
