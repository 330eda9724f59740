"""Answers as text: rendered once per snapshot, allow-list and query, then served from memory."""

import base64
import gzip
import hashlib
import json
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import timedelta
from functools import cached_property
from typing import Self

from model_catalog.api_keys import Admission
from model_catalog.errors import ModelNotFoundError
from model_catalog.selection import (
    AllowList,
    CatalogQuery,
    CodexQuery,
    find,
    select,
    select_for_codex,
)
from model_catalog.shapes import codex_catalog, openai_list, openai_model, usage_window, utc_text
from model_catalog.snapshot import EMPTY, Json, Snapshot

_GZIP_FROM = 1024  # bytes; below, compressing costs more than it saves


class Body:
    """One answer's text, its entity tag, and its compressed form once somebody wants it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def of(cls, content: Json) -> Self:
        """Render ``content`` as JSON."""
        return cls(json.dumps(content, ensure_ascii=False, separators=(",", ":")))

    @cached_property
    def size(self) -> int:
        """Return the bytes of memory the text takes; its compressed form adds about a tenth."""
        return sys.getsizeof(self.text)

    @cached_property
    def etag(self) -> str:
        """Return the weak entity tag: the same for the text and its compressed form."""
        return f'W/"{hashlib.sha256(self.text.encode()).hexdigest()[:32]}"'

    @cached_property
    def gzip_base64(self) -> str | None:
        """Return the text compressed and in base64, as Lambda wants bytes; None if too short."""
        content = self.text.encode()
        if len(content) <= _GZIP_FROM:
            return None
        return base64.b64encode(gzip.compress(content, mtime=0)).decode()


class Renderer:
    """Renders answers, and keeps those of the current snapshot in memory within bounds."""

    def __init__(
        self, owned_by: str, *, bodies_at_most: int = 512, bytes_at_most: int = 32 * 2**20
    ) -> None:
        self._owned_by = owned_by
        self._bodies_at_most = bodies_at_most
        self._bytes_at_most = bytes_at_most
        self._clear(EMPTY)

    def models(
        self, snapshot: Snapshot, allowed: frozenset[str], query: CatalogQuery | CodexQuery
    ) -> Body:
        """Return the models ``allowed`` lets through, as OpenAI's list or Codex's catalog.

        Raises:
            InvalidValueError: ``after`` names none of the key's models.
        """
        return self._kept(
            snapshot, (allowed, query), lambda: self._list(snapshot, AllowList(allowed), query)
        )

    def model(self, snapshot: Snapshot, allowed: frozenset[str], name: str) -> Body:
        """Return one model by id or alias; of the path's end, one trailing slash is ignored.

        Raises:
            ModelNotFoundError: there is none of that name, or none ``allowed`` lets through.
        """
        allow_list = AllowList(allowed)
        entry = find(snapshot, allow_list, name) or find(
            snapshot, allow_list, name.removesuffix("/")
        )
        if entry is None:
            raise ModelNotFoundError(name)
        return self._kept(
            snapshot,
            entry.id,
            lambda: openai_model(entry, created=snapshot.created, owned_by=self._owned_by),
        )

    def _list(
        self, snapshot: Snapshot, allowed: AllowList, query: CatalogQuery | CodexQuery
    ) -> Json:
        if isinstance(query, CodexQuery):
            entries = select_for_codex(snapshot, allowed, query)
            return codex_catalog(entries, query.version, snapshot.codex_instructions)
        page = select(snapshot, allowed, query)
        answer = openai_list(page.entries, created=snapshot.created, owned_by=self._owned_by)
        if query.paged:
            ids = [entry.id for entry in page.entries]
            answer["first_id"] = ids[0] if ids else None
            answer["last_id"] = ids[-1] if ids else None
            answer["has_more"] = page.has_more
        return answer

    def _kept(self, snapshot: Snapshot, key: Hashable, render: Callable[[], Json]) -> Body:
        """Return the body kept under ``key``, or render and keep it, dropping the least used."""
        if snapshot is not self._snapshot:
            self._clear(snapshot)
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = Body.of(render())
            self._bytes += body.size
            while len(self._bodies) > self._bodies_at_most or self._bytes > self._bytes_at_most:
                self._bytes -= self._bodies.popitem(last=False)[1].size
        else:
            self._bodies.move_to_end(key)
        return body

    def _clear(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._bodies: OrderedDict[Hashable, Body] = OrderedDict()
        self._bytes = 0


def usage_body(admission: Admission) -> Body:
    """Return what ``GET /v1/usage`` tells the holder of a key about it."""
    key = admission.key
    return Body.of(
        {
            "object": "usage",
            "key": {
                "key_id": key.key_id,
                "name": key.name,
                "prefix": key.prefix,
                "expires_at": utc_text(key.expires_at) if key.expires_at else None,
                "allowed_models": sorted(key.allowed_models),
            },
            "limits": [usage_window(status) for status in admission.usage],
        }
    )


def health_body(snapshot: Snapshot | None, age: timedelta | None) -> Body:
    """Return what ``GET /health`` tells: which registry is held, and when it was last confirmed."""
    return Body.of(
        {
            "status": "ok",
            "registry": {
                "version": snapshot.source_version or None if snapshot else None,
                "age_seconds": int(age.total_seconds()) if age is not None else None,
            },
        }
    )
