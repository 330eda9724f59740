"""Codex's own fields of a model, checked as Codex decodes them.

Codex decodes its catalog as a whole: one value it cannot take and it silently falls back to the
models it was built with. The types here are those that every release from 0.125.0, the oldest that
asks a custom provider for models, to 0.169.0 was seen to take, probed value by value with the
released binaries (2026-11-22). Fields unknown here pass, because Codex grows.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_DEEPEST = 100  # Codex refuses unknown values nested deeper than 124 levels

Integer = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class _Native(BaseModel):
    """Part of the block; null in a known field is as good as absent, and not passed on."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class TruncationPolicy(_Native):
    """How much of a tool's output Codex keeps."""

    mode: Literal["bytes", "tokens"]
    limit: Integer


class Upgrade(_Native):
    """The model Codex suggests instead."""

    model: str
    migration_markdown: str


class AvailabilityNotice(_Native):
    """What Codex says when the model becomes available."""

    message: str


class AccessPrograms(_Native):
    """The programs through which the model can be had."""

    cyber: list[str]


class Granular(_Native):
    """Texts of granular approvals."""

    intro: str | None = None


class Approvals(_Native):
    """What the model is told of approvals."""

    on_request: str | None = None
    on_request_auto_review: str | None = None
    never: str | None = None
    unless_trusted: str | None = None
    request_permissions: str | None = None
    auto_review_suffix: str | None = None
    granular: Granular | None = None


class CollaborationModes(_Native):
    """What it is told of each way of working together."""

    default: str | None = None
    plan: str | None = None


class AutoReview(_Native):
    """What the reviewer of commands is told."""

    policy: str | None = None
    policy_template: str | None = None
    rejection_instructions: str | None = None
    timeout_instructions: str | None = None
    node_repl_policy: str | None = None


class Permissions(_Native):
    """What it is told of its sandbox."""

    danger_full_access: str | None = None
    workspace_write: str | None = None
    read_only: str | None = None
    approved_prefixes: str | None = None
    approved_command_prefix_saved: str | None = None
    writable_root: str | None = None
    writable_roots: str | None = None
    omitted_paths: str | None = None
    denied_reads: str | None = None


class AgentRole(_Native):
    """What each agent is told of its role."""

    root: str | None = None
    subagent: str | None = None


class AgentMode(_Native):
    """What agents are told of handing on work."""

    explicit: str | None = None
    proactive: str | None = None
    hint_text: str | None = None


class MultiAgent(_Native):
    """What it is told of working as several agents."""

    role: AgentRole | None = None
    mode: AgentMode | None = None


class Guardian(_Native):
    """What the guardian is told."""

    classifier_instructions: str | None = None


class ConfirmationPolicies(_Native):
    """When it has to ask first."""

    browser_use: str | None = None
    computer_use: str | None = None


class InstructionsVariables(_Native):
    """What may stand in the instructions' template."""

    personality_default: str | None = None
    personality_friendly: str | None = None
    personality_pragmatic: str | None = None


class Apps(_Native):
    """What it is told of apps."""

    usage_instructions: str | None = None


class TokenBudget(_Native):
    """What it is told of its budget."""

    enabled: bool | None = None
    use_history_notes_extension: bool | None = None
    reminder_threshold_tokens: Integer
    reminder_message_template: str
    guidance_message: str
    auto_compact_fallback_prompt: str
    auto_compact_fallback_buffer_tokens: Integer


class ModelMessages(_Native):
    """The texts Codex puts its prompts together from."""

    instructions_template: str | None = None
    instructions_variables: InstructionsVariables | None = None
    persistent_instructions: str | None = None
    content_filter_guidance: str | None = None
    approvals: Approvals | None = None
    collaboration_modes: CollaborationModes | None = None
    auto_review: AutoReview | None = None
    permissions: Permissions | None = None
    multi_agent: MultiAgent | None = None
    token_budget: TokenBudget | None = None
    guardian_v2: Guardian | None = None
    confirmation_policies: ConfirmationPolicies | None = None
    apps: Apps | None = None
    plugins: dict[str, Any] | None = None
    tools: dict[str, Any] | None = None


class CodexBlock(_Native):
    """Codex's own fields of a model, passed on as they are."""

    shell_type: Literal["default", "local", "unified_exec", "disabled", "shell_command"] | None = (
        None
    )
    base_instructions: str | None = None
    model_messages: ModelMessages | None = None
    truncation_policy: TruncationPolicy | None = None
    experimental_supported_tools: list[str] | None = None
    max_context_window: Integer | None = None
    auto_compact_token_limit: Integer | None = None
    effective_context_window_percent: Integer | None = None
    default_reasoning_summary: Literal["auto", "concise", "detailed", "none"] | None = None
    apply_patch_tool_type: Literal["freeform"] | None = None
    web_search_tool_type: Literal["text", "text_and_image"] | None = None
    web_search_provider: Literal["search_mcp"] | None = None
    upgrade: Upgrade | None = None
    availability_nux: AvailabilityNotice | None = None
    available_access_programs: AccessPrograms | None = None
    tool_mode: str | None = None
    multi_agent_version: str | None = None
    multi_agent_reasoning_effort: Annotated[str, Field(min_length=1)] | None = None
    auto_review_model_override: str | None = None
    model_specialty: str | None = None
    comp_hash: str | None = None
    include_skills_usage_instructions: bool | None = None
    include_plugin_usage_instructions: bool | None = None
    include_apps_usage_instructions: bool | None = None
    supports_reasoning_summary_parameter: bool | None = None
    supports_image_detail_original: bool | None = None
    supports_search_tool: bool | None = None
    supports_experimental_context: bool | None = None
    supports_reasoning_effort_updates: bool | None = None
    use_responses_lite: bool | None = None
    node_repl_auto_review_required: bool | None = None
    node_repl_disabled: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_shallow(cls, block: Any) -> Any:  # noqa: ANN401 - whatever the author wrote
        if _depth_over(block, _DEEPEST):
            raise ValueError(f"is nested deeper than {_DEEPEST} levels; Codex would refuse it")
        return block


def _depth_over(value: object, limit: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_depth_over(item, limit - 1) for item in items)
