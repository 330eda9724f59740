"""LiteLLM's price map, ``model_prices_and_context_window.json``."""

import difflib
import json
from collections.abc import Iterator, Mapping

from model_catalog.snapshot import Json
from modelctl.importers.drafts import Draft
from modelctl.importers.gathering import gather
from modelctl.importers.prices import plain_price
from modelctl.importers.sources import Imported, Report, UnreadableSourceError, objects

_EXPECTED = (
    "LiteLLM's price map was expected: an object of models by id, each with a litellm_provider."
)
_EXAMPLE = "sample_spec"  # explains the format, names no model
_CHAT = ("chat", "responses")
_FIELDS: Mapping[str, str] = {
    "context_window": "max_input_tokens",
    "max_output_tokens": "max_output_tokens",
    "supports_parallel_tool_calls": "supports_parallel_function_calling",
    "shutdown_date": "deprecation_date",
}
_PRICES: Mapping[str, str] = {
    "prompt": "input_cost_per_token",
    "completion": "output_cost_per_token",
    "input_cache_read": "cache_read_input_token_cost",
    "input_cache_write": "cache_creation_input_token_cost",
    "internal_reasoning": "output_cost_per_reasoning_token",
    "request": "input_cost_per_request",
    "image": "input_cost_per_image",
}
_INPUTS: Mapping[str, str] = {
    "supports_vision": "image",
    "supports_image_input": "image",
    "supports_audio_input": "audio",
    "supports_video_input": "video",
}
_OUTPUTS: Mapping[str, str] = {"supports_audio_output": "audio"}
# Keys that say again what others say.
_REPEATED: Mapping[str, tuple[str, ...]] = {
    "max_tokens": ("max_output_tokens", "max_input_tokens"),
    "input_cost_per_token_cache_hit": ("cache_read_input_token_cost",),
}


def import_litellm(document: Json, *, provider: str | None) -> Imported:
    """Read LiteLLM's price map: the chat models of ``provider``, or of all.

    Modes: ``chat`` and ``responses``, which LiteLLM gives to the same kind of model if it is
    reached through /v1/responses only (gpt-5-codex, o3-pro).
    Windows: ``max_input_tokens`` ("maximum prompt/context tokens") is the context window, even
    where a provider counts the output separately; ``max_tokens`` is a legacy field that repeats
    one of the others, and never taken for it.
    Reasoning: ``reasoning_effort_levels`` are "exactly" the levels; the ``supports_*`` flags about
    efforts and parameters name some, leave others open, and are left out.
    Prices: those of standard processing; ``search_context_cost_per_query`` only if it is the same
    for all sizes and ``web_search_billing_unit`` says that queries are billed, not prompts.
    The map has neither names, descriptions nor priorities.

    Raises:
        UnreadableSourceError: it is no such map, or has nothing of that provider.
    """
    report = Report("*")
    entries = _entries(document, provider)
    return gather(_drafts(entries, report), report)


def _entries(document: Json, provider: str | None) -> dict[str, Json]:
    found = {**document} if isinstance(document, dict) else {}
    found.pop(_EXAMPLE, None)
    providers = {str(_provider_of(entry)) for entry in found.values() if _provider_of(entry)}
    if not providers:
        raise UnreadableSourceError(_EXPECTED)
    if provider is not None and provider not in providers:
        near = difflib.get_close_matches(provider, providers, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "."
        raise UnreadableSourceError(f"The map has nothing of the provider `{provider}`{hint}")
    return {
        model: entry for model, entry in found.items() if provider in (None, _provider_of(entry))
    }


def _provider_of(entry: Json) -> Json:
    return entry.get("litellm_provider") if isinstance(entry, dict) else None


def _drafts(entries: Mapping[str, Json], report: Report) -> Iterator[Draft]:
    ids = {f"[{json.dumps(model)}]": model for model in entries}
    for path, entry in objects({path: entries[model] for path, model in ids.items()}, report):
        mode = entry.get("mode")
        if mode in _CHAT:
            yield _draft(entry, ids[path], path, report)
        elif isinstance(mode, str):
            report.count("mode", f"{mode} is left out: only chat models are imported")
        else:
            report.add(path, "is left out: it has no mode")


def _draft(entry: dict[str, Json], model: str, path: str, report: Report) -> Draft:
    draft = Draft(entry, path, report)
    draft.put("id", model, "")
    draft.read("mode")
    for field, key in _FIELDS.items():
        draft.copy(field, key)
    for kind, key in _PRICES.items():
        draft.copy_price(kind, key)
    _put_search_price(draft)
    _put_modalities(draft, "input_modalities", "supported_modalities", _INPUTS)
    _put_modalities(draft, "output_modalities", "supported_output_modalities", _OUTPUTS)
    _put_levels(draft)
    for key, others in _REPEATED.items():
        value = draft.read(key)
        if value is not None and value not in map(draft.read, others):
            draft.leave_out(key, value, f"it differs from {' and '.join(others)}")
    return draft


def _put_search_price(draft: Draft) -> None:
    place = "search_context_cost_per_query"
    costs = draft.read(place)
    if costs is None:
        return
    prices = {plain_price(cost) for cost in costs.values()} if isinstance(costs, dict) else set()
    price = prices.pop() if len(prices) == 1 else None
    if price is not None and draft.read("web_search_billing_unit") == "per_query":
        draft.put("pricing.web_search", price, place)
    else:
        draft.count(place, "is left out: the price of one search is not certain from it")


def _put_modalities(draft: Draft, field: str, place: str, flags: Mapping[str, str]) -> None:
    """Take the listed modalities and those a flag affirms; chat models take and make text."""
    listed = draft.read(place)
    kinds = [*listed] if isinstance(listed, list) else ["text"]
    for flag, kind in flags.items():
        claim = draft.read(flag)
        if claim is True:
            kinds.append(kind)
        elif claim is not None and (claim is not False or kind in kinds):
            draft.leave_out(flag, claim, "another key says otherwise")
    if listed is not None and not isinstance(listed, list):
        draft.leave_out(place, listed, "it is no list")
    draft.put_modalities(field, kinds, place)


def _put_levels(draft: Draft) -> None:
    efforts = draft.read("reasoning_effort_levels")
    if isinstance(efforts, list):
        efforts = [{"effort": effort, "description": ""} for effort in efforts]
    if efforts is not None:
        draft.put("supported_reasoning_levels", efforts, "reasoning_effort_levels")
        draft.copy("default_reasoning_level", "default_reasoning_effort")
    elif draft.read("default_reasoning_effort") is not None:
        draft.count("default_reasoning_effort", "is left out: the levels themselves are not told")
