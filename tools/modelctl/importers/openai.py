"""An OpenAI list of models, as ``GET /v1/models`` answers it; this project's own among them."""

from collections.abc import Mapping, Sequence

from model_catalog.snapshot import Json
from modelctl.importers.drafts import Draft
from modelctl.importers.gathering import gather
from modelctl.importers.sources import Imported, Report, listed, objects

_EXPECTED = (
    'An OpenAI list was expected, as /v1/models answers it: {"object": "list", "data": [...]}.'
)
# Where a field may stand; the first that says something decides.
_PLACES: Mapping[str, Sequence[str]] = {
    "id": ["id"],
    "display_name": ["metadata.display_name", "name"],
    "description": ["metadata.description", "description"],
    "supported_in_api": ["metadata.supported_in_api"],
    "priority": ["metadata.priority"],
    "context_window": [
        "metadata.context_window",
        "context_length",
        "top_provider.context_length",
    ],
    "input_context_window": ["metadata.input_context_window"],
    "max_output_tokens": [
        "metadata.max_output_tokens",
        "max_output_tokens",
        "top_provider.max_completion_tokens",
    ],
    "supported_reasoning_levels": ["metadata.supported_reasoning_levels"],
    "default_reasoning_level": ["metadata.default_reasoning_level"],
    "supports_reasoning_summaries": ["metadata.supports_reasoning_summaries"],
    "support_verbosity": ["metadata.support_verbosity"],
    "default_verbosity": ["metadata.default_verbosity"],
    "prefer_websockets": ["metadata.prefer_websockets"],
    "supports_parallel_tool_calls": ["metadata.supports_parallel_tool_calls"],
    "minimal_client_version": ["metadata.minimal_client_version"],
    "additional_speed_tiers": ["metadata.additional_speed_tiers"],
    "service_tiers": ["metadata.service_tiers"],
    "default_service_tier": ["metadata.default_service_tier"],
    "supported_parameters": ["supported_parameters"],
    "shutdown_date": ["shutdown_date"],
}
_PRICES = (
    "prompt",
    "completion",
    "input_cache_read",
    "input_cache_write",
    "internal_reasoning",
    "request",
    "image",
    "web_search",
)


def import_openai(document: Json) -> Imported:
    """Read an OpenAI list.

    OpenAI's own says no more than ids, which can only be found again in a document that has them.
    This project's says everything but aliases, groups, hidden models and ``codex`` blocks.

    Raises:
        UnreadableSourceError: it is no such list.
    """
    report = Report("data[*]")
    entries = listed(document, "data", named_by="id", expected=_EXPECTED)
    return gather([_draft(entry, path, report) for path, entry in objects(entries, report)], report)


def _draft(entry: dict[str, Json], path: str, report: Report) -> Draft:
    draft = Draft(entry, path, report)
    for field, places in _PLACES.items():
        draft.copy(field, *places)
    draft.copy_modalities(
        "input_modalities", "metadata.input_modalities", "architecture.input_modalities"
    )
    draft.copy_modalities("output_modalities", "architecture.output_modalities")
    for kind in _PRICES:
        draft.copy_price(kind, f"pricing.{kind}")
    draft.read("object", "architecture.modality")  # "model"; the modalities in other words
    return draft
