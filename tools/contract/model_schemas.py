"""What models look like, to OpenAI's clients and to Codex, in the registry's own words."""

from contract.examples import BARE, FULL, LISTS
from contract.json_schema import (
    AUTHORED,
    COUNT,
    NATIVE,
    Schema,
    authored,
    closed,
    exactly,
    model_id,
    one_of,
    or_null,
    part_of_model,
    plain,
    reference,
)
from model_catalog.shapes import CODEX_MODALITIES


def model_schemas() -> dict[str, Schema]:
    """Return every schema that is of models."""
    return {
        "ModelList": _model_list(),
        "Model": _model(),
        "Metadata": _metadata(),
        **{name: part_of_model(name) for name in ("ReasoningLevel", "ServiceTier", "Pricing")},
        "Architecture": _architecture(),
        "TopProvider": _top_provider(),
        "CodexCatalog": _codex_catalog(),
        "CodexEntry": _codex_entry(),
        "TruncationPolicy": plain(NATIVE["$defs"]["TruncationPolicy"]),
    }


def _model_list() -> Schema:
    paging = ("first_id", "last_id", "has_more")
    return {
        **closed(
            "The models the key may use, the highest priority first, then by id.",
            {
                "object": exactly("list"),
                "data": {"type": "array", "items": reference("Model")},
                "first_id": or_null(model_id("The first id of the page; null if it is empty.")),
                "last_id": or_null(model_id("What to send as `after` for the next page.")),
                "has_more": {"type": "boolean", "description": "Whether more models follow."},
            },
            required=("object", "data"),
        ),
        "dependentRequired": {name: [*paging] for name in paging},
    }


def _model() -> Schema:
    return closed(
        "One model: OpenAI's fields, `metadata`, and the same facts where other clients look.",
        {
            "id": model_id("What clients ask for."),
            "object": exactly("model"),
            "created": {
                **COUNT,
                "description": "When the registry was published, in Unix seconds.",
            },
            "owned_by": {"type": "string", "description": "The stack's parameter `OwnedBy`."},
            "metadata": reference("Metadata"),
            "name": authored("display_name"),
            "description": {**authored("description"), "minLength": 1},
            "context_length": authored("context_window"),
            "max_output_tokens": authored("max_output_tokens"),
            "architecture": reference("Architecture"),
            "top_provider": reference("TopProvider"),
            "supported_parameters": authored("supported_parameters"),
            "pricing": authored("pricing"),
            "shutdown_date": {**authored("shutdown_date"), "format": "date"},
        },
        required=BARE,
    )


def _metadata() -> Schema:
    rendered: dict[str, object] = BARE["metadata"]
    return closed(
        "What the model can do. Null is unknown; the fields that may be absent never are null.",
        {
            name: or_null(authored(name)) if rendered.get(name, "") is None else authored(name)
            for name in FULL["metadata"]
        },
        required=rendered,
    )


def _architecture() -> Schema:
    return closed(
        "What it reads and makes.",
        {
            "modality": {"type": "string", "pattern": r"^[a-z]+(\+[a-z]+)*->[a-z]+(\+[a-z]+)*$"},
            "input_modalities": authored("input_modalities"),
            "output_modalities": authored("output_modalities"),
        },
    )


def _top_provider() -> Schema:
    return closed(
        "How many tokens it takes.",
        {
            "context_length": authored("context_window"),
            "max_completion_tokens": authored("max_output_tokens"),
        },
        required=("context_length",),
    )


def _codex_catalog() -> Schema:
    entries = {"type": "array", "items": reference("CodexEntry")}
    return closed("The models in Codex's own shape, hidden ones too.", {"models": entries})


def _codex_entry() -> Schema:
    """Return what every entry has; a model's ``codex`` block may add anything."""
    full, bare = LISTS["codex"]["models"]
    known = {**NATIVE["properties"], **AUTHORED["properties"]}
    ours = {
        "slug": model_id("The model's id."),
        "description": {**authored("description"), "minLength": 1},
        "priority": {**COUNT, "description": "The place in our order: Codex sorts upward."},
        "input_modalities": {"type": "array", "items": one_of(CODEX_MODALITIES)},
    }
    return {
        "type": "object",
        "description": "One model as Codex decodes it, and whatever its `codex` block adds.",
        "properties": {name: ours.get(name) or plain(known[name]) for name in full},
        "required": [*bare],
        "additionalProperties": True,
    }
