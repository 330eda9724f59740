"""The wire shapes: OpenAI's model object with our metadata, and Codex's catalog entry."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from model_catalog.limits import LimitStatus
from model_catalog.selection import Version, says_something
from model_catalog.snapshot import CatalogEntry, Json

CODEX_MODALITIES = ("text", "image", "audio")

# Codex before 0.147 rejects the whole catalog for one value it does not know.
_CODEX_WIDER_SINCE = (0, 147, 0)
_CODEX_EARLY_EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh"})
_CODEX_EARLY_MODALITIES = ("text", "image")
_CODEX_DEFAULTS: Mapping[str, Json] = {
    "shell_type": "shell_command",
    "truncation_policy": {"mode": "tokens", "limit": 10_000},
    "experimental_supported_tools": [],
}


# What a model's own fields say in Codex's catalog, whatever its ``codex`` block says.
CODEX_KEYS_OF_METADATA = frozenset(
    {
        "additional_speed_tiers",
        "context_window",
        "default_reasoning_level",
        "default_service_tier",
        "default_verbosity",
        "description",
        "display_name",
        "input_modalities",
        "minimal_client_version",
        "prefer_websockets",
        "priority",
        "service_tiers",
        "slug",
        "support_verbosity",
        "supported_in_api",
        "supported_reasoning_levels",
        "supports_parallel_tool_calls",
        "supports_reasoning_summaries",
        "visibility",
    }
)


def openai_list(entries: Sequence[CatalogEntry], *, created: int, owned_by: str) -> dict[str, Json]:
    """Return OpenAI's list of models."""
    data = [openai_model(entry, created=created, owned_by=owned_by) for entry in entries]
    return {"object": "list", "data": data}


def openai_model(entry: CatalogEntry, *, created: int, owned_by: str) -> dict[str, Json]:
    """Return OpenAI's model object, ``metadata`` and the fields other clients read.

    The order of keys is part of the contract: equal answers are equal bytes.
    """
    return {
        "id": entry.id,
        "object": "model",
        "created": created,
        "owned_by": owned_by,
        "metadata": _metadata(entry),
        **_known(
            name=entry.display_name,
            description=entry.description or None,
            context_length=entry.context_window,
            max_output_tokens=entry.max_output_tokens,
            architecture=_architecture(entry),
            top_provider=_known(
                context_length=entry.context_window,
                max_completion_tokens=entry.max_output_tokens,
            ),
            supported_parameters=entry.supported_parameters,
            pricing=entry.pricing,
            shutdown_date=entry.shutdown_date,
        ),
    }


def _metadata(entry: CatalogEntry) -> dict[str, Json]:
    return {
        "display_name": entry.display_name,
        "description": entry.description,
        "context_window": entry.context_window,
        "input_modalities": entry.input_modalities,
        "supported_reasoning_levels": entry.supported_reasoning_levels,
        "default_reasoning_level": entry.default_reasoning_level,
        "supports_reasoning_summaries": entry.supports_reasoning_summaries,
        "support_verbosity": entry.support_verbosity,
        "default_verbosity": entry.default_verbosity,
        "prefer_websockets": entry.prefer_websockets,
        "supports_parallel_tool_calls": entry.supports_parallel_tool_calls,
        "supported_in_api": entry.supported_in_api,
        "minimal_client_version": entry.minimal_client_version,
        "priority": entry.priority,
        **_known(
            input_context_window=entry.input_context_window,
            max_output_tokens=entry.max_output_tokens,
            additional_speed_tiers=entry.additional_speed_tiers,
            service_tiers=entry.service_tiers,
            default_service_tier=entry.default_service_tier,
        ),
    }


def _architecture(entry: CatalogEntry) -> dict[str, Json]:
    inputs, outputs = entry.input_modalities, entry.output_modalities
    return {
        "modality": f"{'+'.join(inputs)}->{'+'.join(outputs)}",
        "input_modalities": inputs,
        "output_modalities": outputs,
    }


def codex_catalog(
    entries: Sequence[CatalogEntry], version: Version | None, instructions: str
) -> dict[str, Json]:
    """Return Codex's catalog of ``entries``, ranked in their order."""
    return {
        "models": [
            codex_entry(entry, rank=rank, version=version, instructions=instructions)
            for rank, entry in enumerate(entries)
        ]
    }


def codex_entry(
    entry: CatalogEntry, *, rank: int, version: Version | None, instructions: str
) -> dict[str, Json]:
    """Return Codex's catalog entry: the authored ``codex`` block, over which the metadata wins.

    Args:
        entry: the model.
        rank: its place in our order from 0, because Codex sorts by ascending priority.
        version: the client's, or None if it cannot be read.
        instructions: the system prompt if the model has none of its own.
    """
    early = version is not None and version < _CODEX_WIDER_SINCE
    levels = [
        level
        for level in entry.supported_reasoning_levels
        if not early or level["effort"] in _CODEX_EARLY_EFFORTS
    ]
    default_level = entry.default_reasoning_level
    own_instructions = entry.codex.get("base_instructions")
    modalities = _CODEX_EARLY_MODALITIES if early else CODEX_MODALITIES
    return {
        **_CODEX_DEFAULTS,
        **entry.codex,
        "base_instructions": own_instructions if says_something(own_instructions) else instructions,
        "slug": entry.id,
        "display_name": entry.display_name,
        "visibility": entry.visibility,
        "supported_in_api": entry.supported_in_api,
        "priority": rank,
        "context_window": entry.context_window,
        "input_modalities": [kind for kind in modalities if kind in entry.input_modalities],
        "supported_reasoning_levels": levels,
        "supports_reasoning_summaries": entry.supports_reasoning_summaries,
        "support_verbosity": entry.support_verbosity,
        "supports_parallel_tool_calls": entry.supports_parallel_tool_calls,
        "prefer_websockets": entry.prefer_websockets,
        **_known(
            description=entry.description or None,
            default_reasoning_level=(
                None if early and default_level not in _CODEX_EARLY_EFFORTS else default_level
            ),
            default_verbosity=entry.default_verbosity,
            minimal_client_version=entry.minimal_client_version,
            additional_speed_tiers=entry.additional_speed_tiers,
            service_tiers=entry.service_tiers,
            default_service_tier=entry.default_service_tier,
        ),
    }


def usage_window(status: LimitStatus) -> dict[str, Json]:
    """Return one window of ``GET /v1/usage``."""
    return {
        "limit_type": "requests",
        "limit_window": status.window,
        "max_value": status.limit,
        "current_value": status.used,
        "remaining_value": status.remaining,
        "reset_at": utc_text(status.reset),
    }


def utc_text(moment: datetime) -> str:
    """Return ``moment`` in ISO 8601, in UTC and whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _known(**values: Json) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}
