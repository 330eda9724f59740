"""The authoring document operators write, field by field; nothing of it is on the request path."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic.functional_validators import AfterValidator, field_validator

from model_catalog.codex_block import CodexBlock


def _distinct[T](values: list[T]) -> list[T]:
    repeated = [str(value) for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is listed more than once")
    return values


Distinct = AfterValidator(_distinct)
ModelId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~:/@+-]{1,256}$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Price = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$")]
ClientVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){2}$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Tokens = Annotated[int, Field(ge=1, le=10**12)]
Modality = Literal["text", "image", "audio", "video"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]


class Authored(BaseModel):
    """Part of the document: nothing is converted, nothing unknown is let pass."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ReasoningLevel(Authored):
    """One reasoning effort a model supports."""

    effort: Effort = Field(description="What clients send to ask for it.")
    description: str = Field(description="What people read beside it.")


class ServiceTier(Authored):
    """One service tier a model can be asked for in."""

    id: Text = Field(description="What clients send to ask for it.")
    name: Text = Field(description="What people call it.")
    description: str = Field(description="What it changes.")


class Pricing(Authored):
    """Prices in US dollars, as plain decimal texts."""

    prompt: Price | None = Field(None, description="Per input token.")
    completion: Price | None = Field(None, description="Per output token.")
    input_cache_read: Price | None = Field(None, description="Per input token read from a cache.")
    input_cache_write: Price | None = Field(None, description="Per input token put into a cache.")
    internal_reasoning: Price | None = Field(None, description="Per reasoning token.")
    request: Price | None = Field(None, description="Per request.")
    image: Price | None = Field(None, description="Per image.")
    web_search: Price | None = Field(None, description="Per web search.")


class RegisteredModel(Authored):
    """One model an operator has registered."""

    id: ModelId = Field(description="The name clients ask for; unique, also among aliases.")
    display_name: Text = Field(description="The name people read.")
    description: str = Field("", description="One sentence on what it is for.")
    aliases: list[ModelId] = Field(
        [], description="Other names it is retrieved and allowed by; never listed."
    )
    groups: Annotated[list[GroupName], Distinct] = Field(
        [],
        description="Groups it belongs to; keys allow it as `@name`, which no model may be called.",
    )
    visibility: Literal["list", "hide"] = Field(
        "list", description="Hidden models are in no list, but can be retrieved."
    )
    supported_in_api: bool = Field(True, description="False withdraws it from every answer.")  # noqa: FBT003
    priority: int = Field(0, ge=-(2**31), lt=2**31, description="Higher is listed first.")
    context_window: Tokens = Field(description="Tokens it can take in all.")
    input_context_window: Tokens | None = Field(None, description="Tokens its input can take.")
    max_output_tokens: Tokens | None = Field(None, description="Tokens its output can take.")
    input_modalities: Annotated[list[Modality], Field(min_length=1), Distinct] = Field(
        ["text"], description="What it reads."
    )
    output_modalities: Annotated[list[Modality], Field(min_length=1), Distinct] = Field(
        ["text"], description="What it makes."
    )
    supported_reasoning_levels: list[ReasoningLevel] = Field(
        [], description="The reasoning efforts it can be asked for, in the order people see."
    )
    default_reasoning_level: Effort | None = Field(
        None, description="The effort used unless asked otherwise; one of the supported."
    )
    supports_reasoning_summaries: bool = Field(
        False,  # noqa: FBT003
        description="Whether it can summarize its reasoning.",
    )
    support_verbosity: bool = Field(False, description="Whether its verbosity can be set.")  # noqa: FBT003
    default_verbosity: Literal["low", "medium", "high"] | None = Field(
        None, description="The verbosity used unless asked otherwise."
    )
    prefer_websockets: bool = Field(False, description="Whether clients should use websockets.")  # noqa: FBT003
    supports_parallel_tool_calls: bool = Field(
        False,  # noqa: FBT003
        description="Whether it can call several tools at once.",
    )
    minimal_client_version: ClientVersion | None = Field(
        None, description="The oldest Codex release that may be offered it, as `1.2.3`."
    )
    additional_speed_tiers: Annotated[list[Text], Distinct] | None = Field(
        None, description="Further speeds Codex offers."
    )
    service_tiers: list[ServiceTier] | None = Field(
        None, description="The service tiers it can be asked for in."
    )
    default_service_tier: Text | None = Field(
        None, description="The tier used unless asked otherwise; the id of one of them."
    )
    supported_parameters: Annotated[list[Text], Distinct] | None = Field(
        None, description="The request parameters it takes, in OpenRouter's names."
    )
    pricing: Pricing | None = Field(None, description="What it costs.")
    shutdown_date: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="The day it stops, as `2027-01-31`; it stays listed after it.",
    )
    codex: CodexBlock | None = Field(
        None, description="Codex's own fields for it, passed on as they are."
    )

    @field_validator("supported_reasoning_levels")
    @classmethod
    def _efforts_are_distinct(cls, levels: list[ReasoningLevel]) -> list[ReasoningLevel]:
        _distinct([level.effort for level in levels])
        return levels

    @field_validator("default_reasoning_level")
    @classmethod
    def _default_level_is_supported(cls, level: str | None, info: ValidationInfo) -> str | None:
        if "supported_reasoning_levels" not in info.data:
            return level  # they are wrong themselves, and reported
        levels = info.data["supported_reasoning_levels"]
        return _supported(level, [supported.effort for supported in levels])

    @field_validator("default_verbosity")
    @classmethod
    def _default_verbosity_is_supported(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not info.data.get("support_verbosity", True):
            raise ValueError("the model does not have support_verbosity")
        return value

    @field_validator("service_tiers")
    @classmethod
    def _tiers_are_distinct(cls, tiers: list[ServiceTier] | None) -> list[ServiceTier] | None:
        _distinct([tier.id for tier in tiers or []])
        return tiers

    @field_validator("default_service_tier")
    @classmethod
    def _default_tier_is_supported(cls, tier: str | None, info: ValidationInfo) -> str | None:
        if "service_tiers" not in info.data:
            return tier
        tiers = info.data["service_tiers"] or []
        return _supported(tier, [supported.id for supported in tiers])

    @field_validator("shutdown_date")
    @classmethod
    def _shutdown_date_exists(cls, day: str | None) -> str | None:
        if day is not None:
            date.fromisoformat(day)
        return day


def _supported(default: str | None, supported: Sequence[str]) -> str | None:
    if default is not None and default not in supported:
        raise ValueError(f"must be one of the supported: {', '.join(supported) or 'there is none'}")
    return default


class CodexDefaults(Authored):
    """What Codex is told of every model that does not say it itself."""

    base_instructions: str = Field(
        "", description="The system prompt of models whose `codex` block brings none."
    )


class Registry(Authored):
    """The document as a whole."""

    schema_url: str | None = Field(None, alias="$schema", description="Names the JSON Schema.")
    codex_defaults: CodexDefaults = Field(
        CodexDefaults(), description="What holds for every model in Codex's catalog."
    )
    models: list[RegisteredModel] = Field(description="The models, in any order.")
