"""Keys, models and events with everything said that a test does not care about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_catalog.api_keys import ApiKey, MintedSecret
from model_catalog.http_messages import Request
from model_catalog.key_ledger import DynamoKeyLedger
from model_catalog.key_records import Actor, KeyRecord
from model_catalog.snapshot import CatalogEntry, Snapshot, in_order
from support.clock import NOON

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADDRESS = "203.0.113.7"
ACTOR = Actor("tester", "test-host")


def api_key(minted: MintedSecret, **changes: Any) -> ApiKey:
    """Return the key ``minted`` opens, active and without any restriction but ``changes``."""
    usual = {
        "key_id": minted.key_id,
        "name": "test",
        "prefix": minted.secret[:15],
        "secret_hash": minted.secret_hash,
    }
    return ApiKey(**{**usual, **changes})


def key_record(minted: MintedSecret, **changes: Any) -> KeyRecord:
    """Return the key ``minted`` opens as it is stored, made at noon; ``changes`` are the key's."""
    return KeyRecord(key=api_key(minted, **changes), created_at=NOON, created_by="test")


def ledger(client: "DynamoDBClient", **details: Any) -> DynamoKeyLedger:
    """Return the ledger of the table ``keys``, kept by the tests."""
    usual = {"table_name": "keys", "actor": lambda: ACTOR, "clock": lambda: NOON}
    return DynamoKeyLedger(client, **{**usual, **details})


def entry(model: str, **changes: Any) -> CatalogEntry:
    """Return a listed text model with the registry's defaults but for ``changes``."""
    usual: dict[str, Any] = {
        "id": model,
        "display_name": model.upper(),
        "description": "",
        "context_window": 1000,
        "input_context_window": None,
        "max_output_tokens": None,
        "input_modalities": ("text",),
        "output_modalities": ("text",),
        "supported_reasoning_levels": (),
        "default_reasoning_level": None,
        "supports_reasoning_summaries": False,
        "support_verbosity": False,
        "default_verbosity": None,
        "prefer_websockets": False,
        "supports_parallel_tool_calls": False,
        "supported_in_api": True,
        "visibility": "list",
        "minimal_client_version": None,
        "priority": 0,
        "additional_speed_tiers": None,
        "service_tiers": None,
        "default_service_tier": None,
        "supported_parameters": None,
        "pricing": None,
        "shutdown_date": None,
        "aliases": (),
        "groups": (),
        "codex": {},
    }
    return CatalogEntry(**{**usual, **changes})


def full_entry(model: str, **changes: Any) -> CatalogEntry:
    """Return a model of which everything is known, but for ``changes``."""
    usual: dict[str, Any] = {
        "display_name": "Full",
        "description": "Says everything.",
        "context_window": 400_000,
        "input_context_window": 272_000,
        "max_output_tokens": 128_000,
        "input_modalities": ("text", "image", "audio", "video"),
        "output_modalities": ("text", "audio"),
        "supported_reasoning_levels": (
            {"effort": "low", "description": "Quick"},
            {"effort": "max", "description": "Slow"},
        ),
        "default_reasoning_level": "max",
        "supports_reasoning_summaries": True,
        "support_verbosity": True,
        "default_verbosity": "medium",
        "prefer_websockets": True,
        "supports_parallel_tool_calls": True,
        "minimal_client_version": "0.150.0",
        "priority": 7,
        "additional_speed_tiers": ("fast",),
        "service_tiers": ({"id": "flex", "name": "Flex", "description": "Cheaper"},),
        "default_service_tier": "flex",
        "supported_parameters": ("tools", "reasoning"),
        "pricing": {"prompt": "0.000002", "completion": "0.00001"},
        "shutdown_date": "2027-01-31",
        "aliases": (f"{model}-latest",),
        "groups": ("frontier",),
        "codex": {"base_instructions": "Be brief.", "upgrade": {"model": "b", "new": [1, None]}},
    }
    return entry(model, **{**usual, **changes})


def snapshot(*entries: CatalogEntry, **changes: Any) -> Snapshot:
    """Return a published snapshot of ``entries``, put in order."""
    usual: dict[str, Any] = {
        "source_sha256": "0" * 64,
        "source_version": "v1",
        "published_at": datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC),
        "codex_instructions": "Work with care.",
        "entries": in_order(list(entries)),
    }
    return Snapshot(**{**usual, **changes})


def event(
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    headers: Mapping[str, str] | None = None,
    address: str = ADDRESS,
    request_id: str = "test-request",
) -> dict[str, Any]:
    """Return the event the HTTP API sends for a request, in payload format 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api-id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "api-id",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": address,
                "userAgent": "test",
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795348800000,
        },
        "isBase64Encoded": False,
    }


def request(path: str = "/v1/models", secret: str | None = None, **changes: Any) -> Request:
    """Return a request as the functions read it, with ``secret`` as its bearer token."""
    usual: dict[str, Any] = {
        "method": "GET",
        "path": path,
        "query": "",
        "request_id": "test-request",
        "address": ADDRESS,
        "authorization": f"Bearer {secret}" if secret is not None else "",
        "accept_encoding": "",
        "if_none_match": "",
    }
    return Request(**{**usual, **changes})
