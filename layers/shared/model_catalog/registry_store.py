"""The registry in S3: the live snapshot every function reads, and the source it is made from."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_catalog.aws_clients import impatient_client, within
from model_catalog.errors import RegistryUnavailableError
from model_catalog.snapshot import LARGEST_SNAPSHOT, LARGEST_SOURCE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

LIVE_KEY = "registry/live.json"
SOURCE_KEY = "registry/source.json"
REJECTED_PREFIX = "registry/rejected/"
_FETCHED_WITHIN = 2.2  # seconds


@dataclass(frozen=True, slots=True)
class LiveObject:
    """The live snapshot as it lies in the bucket.

    Attributes:
        content: the snapshot, cut off one byte after the largest that is read.
        etag: the object's entity tag.
    """

    content: bytes = field(repr=False)
    etag: str


class NoLiveObject(Enum):
    """Why there is no live snapshot to return, though nothing went wrong."""

    NOT_MODIFIED = auto()
    NEVER_PUBLISHED = auto()


@dataclass(frozen=True, slots=True)
class Source:
    """One version of the authored document as it lies in the bucket.

    Attributes:
        content: the document, cut off one byte after the largest that is read.
        etag: the object's entity tag.
        version: the object's version; "" in a bucket without versions.
        written_at: when it was written.
        metadata: who wrote it from where, and what they allow.
    """

    content: bytes = field(repr=False)
    etag: str
    version: str
    written_at: datetime
    metadata: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Return the content's hex digest."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def allows_removals(self) -> bool:
        """Tell whether its author means to drop most models."""
        return self.metadata.get("allow-removals") == "true"


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """That the source had a version, and since when."""

    version: str
    written_at: datetime


class WriteConflictError(Exception):
    """Somebody else wrote the object in the meantime."""


def s3_client() -> "S3Client":
    """Return a client that gives up soon enough to answer inside a caller's five seconds."""
    client: S3Client = impatient_client("s3")
    return client


class S3RegistryStore:
    """The registry's bucket: the only place that knows where its objects lie."""

    def __init__(self, client: "S3Client", *, bucket_name: str) -> None:
        self._client = client
        self._bucket = bucket_name

    def fetch_live(self, held_etag: str | None) -> LiveObject | NoLiveObject:
        """Return the live snapshot, unless ``held_etag`` is its entity tag or there never was one.

        Raises:
            RegistryUnavailableError: the bucket did not answer, or the snapshot was deleted.
        """
        condition: dict[str, str] = {} if held_etag is None else {"IfNoneMatch": held_etag}

        def fetch() -> LiveObject:
            response = self._client.get_object(Bucket=self._bucket, Key=LIVE_KEY, **condition)  # type: ignore[arg-type] # one optional text
            return _live_object(response)

        try:
            return within(_FETCHED_WITHIN, fetch)
        except ClientError as error:
            return _absence(error)
        except (BotoCoreError, KeyError) as error:  # without a tag it is not S3 that answers
            raise RegistryUnavailableError(type(error).__name__) from error

    def read_live(self) -> LiveObject | None:
        """Return the live snapshot, or None if there is none, deleted or never published.

        Raises:
            RegistryUnavailableError: the bucket did not answer.
        """
        with _answering():
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=LIVE_KEY)
            except self._client.exceptions.NoSuchKey:
                return None
            return _live_object(response)

    def write_live(self, content: bytes, *, replacing: str | None) -> None:
        """Put ``content`` in the place of the live snapshot whose entity tag is ``replacing``.

        Raises:
            WriteConflictError: another one is there by now.
            RegistryUnavailableError: the bucket did not answer.
        """
        self._write(LIVE_KEY, content, replacing, {})

    def read_source(self, version: str | None = None) -> Source | None:
        """Return the newest source, or that of ``version``; None if there is none.

        Raises:
            RegistryUnavailableError: the bucket did not answer.
        """
        wanted: dict[str, str] = {} if version is None else {"VersionId": version}
        with _answering():
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=SOURCE_KEY, **wanted)  # type: ignore[arg-type] # one optional text
            except self._client.exceptions.NoSuchKey:
                return None
            return Source(
                content=_content(response, LARGEST_SOURCE),
                etag=response["ETag"],
                version=response.get("VersionId", ""),
                written_at=response["LastModified"],
                metadata=response["Metadata"],
            )

    def write_source(
        self, content: bytes, *, replacing: str | None, metadata: Mapping[str, str]
    ) -> str:
        """Put ``content`` in the place of the source whose entity tag is ``replacing``.

        Returns:
            The new source's version.

        Raises:
            WriteConflictError: another one is there by now.
            RegistryUnavailableError: the bucket did not answer.
        """
        return self._write(SOURCE_KEY, content, replacing, metadata)

    def source_versions(self) -> Iterator[SourceVersion]:
        """Iterate over the versions of the source, the newest first.

        Raises:
            RegistryUnavailableError: the bucket did not answer.
        """
        with _answering():
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=SOURCE_KEY
            )
            for page in pages:
                for version in page.get("Versions", []):
                    if version["Key"] == SOURCE_KEY:  # not just the beginning of another's
                        yield SourceVersion(version["VersionId"], version["LastModified"])

    def read_rejection(self, version: str) -> bytes | None:
        """Return the report on why the source of ``version`` was rejected, if it was.

        Raises:
            RegistryUnavailableError: the bucket did not answer.
        """
        with _answering():
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=_report_key(version))
            except self._client.exceptions.NoSuchKey:
                return None
            return response["Body"].read()

    def write_rejection(self, version: str, report: bytes) -> None:
        """Store why the source of ``version`` was rejected.

        Raises:
            RegistryUnavailableError: the bucket did not answer.
        """
        with _answering():
            self._client.put_object(
                Bucket=self._bucket,
                Key=_report_key(version),
                Body=report,
                ContentType="application/json",
            )

    def _write(
        self, key: str, content: bytes, replacing: str | None, metadata: Mapping[str, str]
    ) -> str:
        """Write on condition that nobody else did.

        S3 answers 412 if somebody did, 409 in a race, and 404 if the object was deleted.
        """
        condition: dict[str, str] = (
            {"IfNoneMatch": "*"} if replacing is None else {"IfMatch": replacing}
        )
        with _answering():
            response = self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="application/json",
                Metadata=metadata,
                **condition,  # type: ignore[arg-type] # one text
            )
            return response.get("VersionId", "")


def _live_object(response: "GetObjectOutputTypeDef") -> LiveObject:
    return LiveObject(content=_content(response, LARGEST_SNAPSHOT), etag=response["ETag"])


def _content(response: "GetObjectOutputTypeDef", largest: int) -> bytes:
    """Read an object, but not endlessly; its end is asked for, where the SDK checks the whole."""
    return response["Body"].read(largest) + response["Body"].read(1)


def _report_key(version: str) -> str:
    return f"{REJECTED_PREFIX}{version}.json"


@contextmanager
def _answering() -> Iterator[None]:
    """Turn whatever the bucket fails with into the errors callers know."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "Unknown")
        if code in {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}:
            raise WriteConflictError from error
        raise RegistryUnavailableError(code) from error
    except (BotoCoreError, KeyError) as error:
        raise RegistryUnavailableError(type(error).__name__) from error


def _absence(error: ClientError) -> NoLiveObject:
    """Tell the ways of not getting the object apart.

    One deleted from a versioned bucket is a 404 like one never written, but with a delete marker.
    """
    code = error.response["Error"].get("Code", "Unknown")
    if code == "304":
        return NoLiveObject.NOT_MODIFIED
    if code != "NoSuchKey":
        raise RegistryUnavailableError(code) from error
    if error.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-delete-marker") == "true":
        raise RegistryUnavailableError("Deleted") from error
    return NoLiveObject.NEVER_PUBLISHED
