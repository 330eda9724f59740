"""What is looked at in every answer, beyond its status."""

import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any

from bench.load.traffic import Asked, Route, expected

from model_catalog.selection import AllowList
from model_catalog.snapshot import Snapshot

_CREATED = re.compile(r'"created":([0-9]+)')
_ENVELOPE = {"message", "type", "param", "code"}
_BAD_GATEWAY = 502  # what the gateway makes of a function that does not answer


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: whose, of which function, when (Unix time), and of which registry.

    Attributes:
        asked: the request.
        function: which of the functions answered.
        due: when it should have been sent.
        sent: when a function was free to take it.
        received: when the answer was there.
        status: the answer's.
        created: when the registry it was made from was published, if it tells.
    """

    asked: Asked
    function: int
    due: float
    sent: float
    received: float
    status: int
    created: int | None

    @property
    def latency(self) -> float:
        """Return the seconds from when the request was due, those in the queue included."""
        return self.received - self.due

    @property
    def inside(self) -> float:
        """Return the seconds that a function had it."""
        return self.received - self.sent

    @property
    def right(self) -> bool:
        """Tell whether the status is one that it may have."""
        asked = self.asked
        return self.status in expected(asked.route, asked.key.kind, counts=asked.counts)


@dataclass(slots=True)
class Reader:
    """Reads answers of all functions, and holds what it has read against each other.

    Attributes:
        snapshot: the registry the lists are made from, whichever edition of it.
        problems: what was wrong, by how often.
    """

    snapshot: Snapshot
    problems: Counter[str] = field(default_factory=Counter)
    _created: dict[str, int | None] = field(default_factory=dict)  # by entity tag
    _etags: dict[object, str] = field(default_factory=dict)
    _held: dict[object, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def held(self, asked: Asked) -> str | None:
        """Return the entity tag a caller has of an earlier answer to the same request."""
        return self._held.get(asked.view)

    def read(self, asked: Asked, answer: object) -> tuple[int, int | None]:
        """Return an answer's status, and when the registry it is made from was published."""
        if not isinstance(answer, dict) or "statusCode" not in answer:
            self.problems[f"no answer: {str(answer)[:200]}"] += 1
            return _BAD_GATEWAY, None
        status: int = answer["statusCode"]
        with self._lock:
            if status >= HTTPStatus.BAD_REQUEST:
                self._refusal(status, answer)
                return status, None
            return status, self._success(asked, answer)

    def _refusal(self, status: int, answer: Mapping[str, Any]) -> None:
        error = json.loads(answer["body"])["error"]
        if error.keys() != _ENVELOPE:
            self.problems[f"{status}: an error without the envelope"] += 1
        if status == HTTPStatus.TOO_MANY_REQUESTS and "retry-after" not in answer["headers"]:
            self.problems["429: no retry-after"] += 1

    def _success(self, asked: Asked, answer: Mapping[str, Any]) -> int | None:
        etag: str | None = answer["headers"].get("etag")
        if etag is None:
            return None
        if etag not in self._created:
            if not answer["body"]:
                self.problems["304: of something never sent"] += 1
                return None
            self._created[etag] = self._first(asked, answer, etag)
        created = self._created[etag]
        if created and self._etags.setdefault((asked.view, created), etag) != etag:
            self.problems[f"{asked.route}: two answers to one question"] += 1
        self._held[asked.view] = etag
        return created

    def _first(self, asked: Asked, answer: Mapping[str, Any], etag: str) -> int | None:
        """Read a body that was not seen before."""
        text = text_of(answer)
        if f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"' != etag:
            self.problems[f"{asked.route}: the entity tag is not the body's"] += 1
        document = json.loads(text)
        allowed = AllowList(asked.key.key.allowed_models)
        if asked.route is Route.CODEX:
            names = [model["slug"] for model in document["models"]]
        else:
            names = [model["id"] for model in document.get("data", [document])]
        found = [self.snapshot.find(name) for name in names]
        if not all(entry and allowed.permits(entry) for entry in found):
            self.problems[f"{asked.route}: a model the key may not see"] += 1
        created = _CREATED.search(text)
        return int(created[1]) if created else None


def text_of(answer: Mapping[str, Any]) -> str:
    """Return an answer's body as text, decompressed if need be."""
    body: str = answer["body"]
    if answer.get("isBase64Encoded"):
        return gzip.decompress(base64.b64decode(body)).decode()
    return body
