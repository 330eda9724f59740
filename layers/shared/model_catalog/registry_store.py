"""The registry in S3: the live snapshot every function reads, and the source it is made from."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from model_catalog.errors import RegistryUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LIVE_KEY = "registry/live.json"
SOURCE_KEY = "registry/source.json"


@dataclass(frozen=True, slots=True)
class LiveObject:
    """The live snapshot as it lies in the bucket."""

    content: bytes = field(repr=False)
    etag: str


class NoLiveObject(Enum):
    """Why there is no live snapshot to return, though nothing went wrong."""

    NOT_MODIFIED = auto()
    NEVER_PUBLISHED = auto()


def s3_client() -> "S3Client":
    """Return a client that gives up soon enough to answer inside a caller's five seconds."""
    return boto3.client(
        "s3",
        config=Config(
            connect_timeout=0.3,
            read_timeout=1,
            retries={"mode": "standard", "total_max_attempts": 2},
        ),
    )


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
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=LIVE_KEY, **condition)  # type: ignore[arg-type] # one optional text
            return LiveObject(content=response["Body"].read(), etag=response["ETag"])
        except ClientError as error:
            return _absence(error)
        except (BotoCoreError, KeyError) as error:  # without a tag it is not S3 that answers
            raise RegistryUnavailableError(type(error).__name__) from error

    def write_live(self, content: bytes) -> None:
        """Put ``content`` in the live snapshot's place."""
        self._client.put_object(
            Bucket=self._bucket, Key=LIVE_KEY, Body=content, ContentType="application/json"
        )

    def write_source(self, content: bytes) -> str:
        """Store ``content`` as the newest source; return its version."""
        response = self._client.put_object(
            Bucket=self._bucket, Key=SOURCE_KEY, Body=content, ContentType="application/json"
        )
        return response["VersionId"]


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
