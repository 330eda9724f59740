"""The function in front of a table and a bucket in process, as tests drive it."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from api import handler
from model_catalog.api_keys import mint
from model_catalog.key_store import DynamoKeyStore
from model_catalog.registry_store import S3RegistryStore
from model_catalog.snapshot import CatalogEntry, dump
from support.builders import api_key, event, snapshot
from support.clock import FakeClock

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

CONTEXT = cast(
    "LambdaContext",
    SimpleNamespace(
        function_name="api",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:api",
        aws_request_id="invocation",
    ),
)


@dataclass(frozen=True)
class Aws:
    """The embedded AWS: clients of its table ``keys`` and its bucket ``registry``."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"


@dataclass(frozen=True)
class Reply:
    """The function's answer, its body decoded."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> dict[str, str | None]:
        """Return the envelope's inside, having checked that it is all there is."""
        assert self.json.keys() == {"error"}
        assert self.json["error"].keys() == {"message", "type", "param", "code"}
        return cast("dict[str, str | None]", self.json["error"])

    @property
    def ids(self) -> list[str]:
        return [model["id"] for model in self.json["data"]]


@dataclass
class Api:
    """The function, with a clock turned by hand and its AWS calls written down."""

    aws: Aws
    clock: FakeClock
    calls: list[str] = field(default_factory=list)

    def key(self, **changes: Any) -> str:
        """Store a key and return its secret."""
        minted = mint()
        store = DynamoKeyStore(self.aws.dynamodb, table_name="keys")
        key = api_key(minted, **changes)
        store.create(key, created_at=self.clock(), created_by="test")
        return minted.secret

    def publish(self, *entries: CatalogEntry, **changes: Any) -> None:
        """Make ``entries`` the live registry."""
        S3RegistryStore(self.aws.s3, bucket_name="registry").write_live(
            dump(snapshot(*entries, **changes))
        )

    def get(self, path: str, secret: str | None = None, **details: Any) -> Reply:
        """Send one request through ``lambda_handler``; ``details`` are ``support.builders.event``'s."""
        headers = dict(details.pop("headers", {}))
        if secret is not None:
            headers["authorization"] = f"Bearer {secret}"
        answer = handler.lambda_handler(event(path, headers=headers, **details), CONTEXT)
        text = answer["body"]
        if answer.get("isBase64Encoded"):
            text = gzip.decompress(base64.b64decode(text)).decode()
        return Reply(answer["statusCode"], answer["headers"], text)
