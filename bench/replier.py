"""``python bench/replier.py FOLDER``: an AWS that costs next to nothing, and always says the same.

``UpdateItem`` gets the reply once recorded for that key, ``GetObject`` a file: ``FOLDER`` holds
``KEY_ID.reply.json`` and ``BUCKET.live.json``. The port is printed, on 127.0.0.1.
"""

import asyncio
import json
import sys
from pathlib import Path

KEY_ID = b'"KEY#'


class Replier(asyncio.Protocol):
    """One connection, kept open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._replies = {
            path.name.removesuffix(".reply.json").encode(): recorded(path)
            for path in folder.glob("*.reply.json")
        }
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Reply to each request that is complete."""
        self._received += data
        while (request := self._next()) is not None:
            assert isinstance(self._transport, asyncio.WriteTransport)  # noqa: S101 - TCP's is one
            self._transport.write(self._reply(*request))

    def _next(self) -> tuple[bytes, bytes] | None:
        """Take the head and the body of one request off what was received."""
        head, end, rest = self._received.partition(b"\r\n\r\n")
        _, named, length = head.lower().partition(b"content-length:")
        size = int(length.partition(b"\r\n")[0]) if named else 0
        if not end or len(rest) < size:
            return None
        self._received = rest[size:]
        return head, rest[:size]

    def _reply(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"POST"):
            start = body.index(KEY_ID) + len(KEY_ID)
            return self._replies[body[start : body.index(b'"', start)]]
        bucket = head.split(b"/", 2)[1].decode()
        if b'"live"' in head:  # If-None-Match
            return http("304 Not Modified", b"", etag='"live"')
        return http("200 OK", (self._folder / f"{bucket}.live.json").read_bytes(), etag='"live"')


def recorded(path: Path) -> bytes:
    """Return a reply as it was recorded, but for what the connection needs."""
    reply = json.loads(path.read_text("utf-8"))
    return http("200 OK", reply["body"].encode(), **reply["headers"])


def http(status: str, body: bytes, **headers: str) -> bytes:
    """Return a response of HTTP/1.1."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not status.startswith("304"):
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


async def main() -> None:
    """Reply until killed."""
    folder = Path(sys.argv[1])
    server = await asyncio.get_running_loop().create_server(lambda: Replier(folder), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
