"""Codex's own fields are checked as Codex decodes them: one bad value would lose its catalog."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_catalog.codex_block import CodexBlock
from support.documents import authored, compiled, document, problems
from support.strategies import json_values

TEXT = ("shell", "", "é 模")
INTEGER = (0, -1, 2**63 - 1, -(2**63))
TRUTH = (True, False)
TEXTS: tuple[Any, ...] = ([], ["a", ""])
OBJECT: tuple[Any, ...] = ({}, {"later": 1})
NO_TEXT: tuple[Any, ...] = (7, True, 1.5, [], {}, ["a"])
NO_INTEGER: tuple[Any, ...] = (1.0, 1.5, "1", True, [], {}, 2**63, -(2**63) - 1)
NO_TRUTH: tuple[Any, ...] = (0, 1, "true", [], {})
NO_TEXTS: tuple[Any, ...] = ("a", 7, {}, [7], [None], [["a"]])
NO_OBJECT: tuple[Any, ...] = (7, 1.5, "a", True, [], [{}])

POLICY = {"mode": "bytes", "limit": 1}
UPGRADE = {"model": "b", "migration_markdown": ""}
BUDGET = {
    "reminder_threshold_tokens": 1,
    "reminder_message_template": "",
    "guidance_message": "",
    "auto_compact_fallback_prompt": "",
    "auto_compact_fallback_buffer_tokens": 1,
}
REQUIRED_BESIDE: dict[str, dict[str, Any]] = {
    "truncation_policy": POLICY,
    "upgrade": UPGRADE,
    "availability_nux": {"message": ""},
    "available_access_programs": {"cyber": []},
    "model_messages.token_budget": BUDGET,
}

TEXT_FIELDS = (
    *("base_instructions", "tool_mode", "multi_agent_version", "comp_hash"),
    *("auto_review_model_override", "model_specialty"),
)
INTEGER_FIELDS = (
    *("max_context_window", "auto_compact_token_limit", "effective_context_window_percent"),
)
TRUTH_FIELDS = (
    *("include_skills_usage_instructions", "include_plugin_usage_instructions"),
    *("include_apps_usage_instructions", "supports_reasoning_summary_parameter"),
    *("supports_image_detail_original", "supports_search_tool", "use_responses_lite"),
    *("supports_experimental_context", "supports_reasoning_effort_updates"),
    *("node_repl_auto_review_required", "node_repl_disabled"),
)
TEXTS_OF_MESSAGES: dict[str, tuple[str, ...]] = {
    "": ("instructions_template", "persistent_instructions", "content_filter_guidance"),
    "approvals.": (
        *("on_request", "on_request_auto_review", "never", "unless_trusted"),
        *("request_permissions", "auto_review_suffix"),
    ),
    "approvals.granular.": ("intro",),
    "collaboration_modes.": ("default", "plan"),
    "auto_review.": (
        *("policy", "policy_template", "rejection_instructions", "timeout_instructions"),
        "node_repl_policy",
    ),
    "permissions.": (
        *("danger_full_access", "workspace_write", "read_only", "approved_prefixes"),
        *("approved_command_prefix_saved", "writable_root", "writable_roots", "omitted_paths"),
        "denied_reads",
    ),
    "multi_agent.role.": ("root", "subagent"),
    "multi_agent.mode.": ("explicit", "proactive", "hint_text"),
    "guardian_v2.": ("classifier_instructions",),
    "confirmation_policies.": ("browser_use", "computer_use"),
    "instructions_variables.": (
        *("personality_default", "personality_friendly", "personality_pragmatic"),
    ),
    "apps.": ("usage_instructions",),
}
OBJECTS_OF_MESSAGES = (
    *("approvals", "approvals.granular", "collaboration_modes", "auto_review", "permissions"),
    *("multi_agent", "multi_agent.role", "multi_agent.mode", "guardian_v2", "apps"),
    *("confirmation_policies", "instructions_variables", "plugins", "tools"),
)

# Where a value stands in the block, which ones Codex decodes there, and which it does not.
FIELDS: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    **dict.fromkeys(TEXT_FIELDS, (TEXT, NO_TEXT)),
    **dict.fromkeys(INTEGER_FIELDS, (INTEGER, NO_INTEGER)),
    **dict.fromkeys(TRUTH_FIELDS, (TRUTH, NO_TRUTH)),
    "shell_type": (
        ("default", "local", "unified_exec", "disabled", "shell_command"),
        ("", "bash", "Local", *NO_TEXT),
    ),
    "default_reasoning_summary": (("auto", "concise", "detailed", "none"), ("", "full", *NO_TEXT)),
    "apply_patch_tool_type": (("freeform",), ("", "function", "json", *NO_TEXT)),
    "web_search_tool_type": (("text", "text_and_image"), ("", "image", *NO_TEXT)),
    "web_search_provider": (("search_mcp",), ("", "bing", *NO_TEXT)),
    "multi_agent_reasoning_effort": (("low", "ultra", "new"), ("", *NO_TEXT)),
    "experimental_supported_tools": (TEXTS, NO_TEXTS),
    "truncation_policy": ((POLICY, {**POLICY, "later": 1}), NO_OBJECT),
    "truncation_policy.mode": (("bytes", "tokens"), ("", "lines", None, *NO_TEXT)),
    "truncation_policy.limit": (INTEGER, (None, *NO_INTEGER)),
    "upgrade": ((UPGRADE, {**UPGRADE, "retirement_at": "whenever"}), ({}, *NO_OBJECT)),
    "upgrade.model": (TEXT, (None, *NO_TEXT)),
    "upgrade.migration_markdown": (TEXT, (None, *NO_TEXT)),
    "availability_nux": (({"message": "New"},), ({}, *NO_OBJECT)),
    "availability_nux.message": (TEXT, (None, *NO_TEXT)),
    "available_access_programs": (({"cyber": []},), ({}, *NO_OBJECT)),
    "available_access_programs.cyber": (TEXTS, (None, *NO_TEXTS)),
    "model_messages": (OBJECT, NO_OBJECT),
    **{f"model_messages.{name}": (OBJECT, NO_OBJECT) for name in OBJECTS_OF_MESSAGES},
    **{
        f"model_messages.{parent}{name}": (TEXT, NO_TEXT)
        for parent, names in TEXTS_OF_MESSAGES.items()
        for name in names
    },
    "model_messages.token_budget": ((BUDGET,), ({}, *NO_OBJECT)),
    "model_messages.token_budget.enabled": (TRUTH, NO_TRUTH),
    "model_messages.token_budget.use_history_notes_extension": (TRUTH, NO_TRUTH),
    **{
        f"model_messages.token_budget.{name}": (
            (INTEGER, (None, *NO_INTEGER)) if value else (TEXT, (None, *NO_TEXT))
        )
        for name, value in BUDGET.items()
    },
}
PARENTS = {name.rpartition(".")[0] for name in FIELDS}
OPTIONAL = [name for name, (_, wrong) in FIELDS.items() if None not in wrong]


def block_with(path: str, value: Any) -> dict[str, Any]:
    """Return a block that holds ``value`` at ``path``, and what must stand beside it."""
    parent, _, name = path.rpartition(".")
    beside = REQUIRED_BESIDE.get(parent, {})
    block = {**beside, name: value}
    return block_with(parent, block) if parent else block


def passed_on(block: dict[str, Any]) -> Any:
    """Return what of the block reaches the snapshot."""
    return compiled(document(authored(codex=block))).snapshot.entries[0].codex


def test_every_field_is_tried() -> None:
    assert {path.split(".")[0] for path in FIELDS} == CodexBlock.model_fields.keys()


@pytest.mark.parametrize("path", FIELDS)
def test_what_codex_decodes_is_passed_on_as_it_is(path: str) -> None:
    for right in FIELDS[path][0]:
        assert passed_on(block_with(path, right)) == block_with(path, right)


@pytest.mark.parametrize("path", FIELDS)
def test_what_codex_cannot_decode_is_a_problem_at_its_place(path: str) -> None:
    for wrong in FIELDS[path][1]:
        found = problems(document(authored(codex=block_with(path, wrong))))

        assert all(problem.startswith(f"models[0].codex.{path}") for problem in found)


@pytest.mark.parametrize("path", OPTIONAL)
def test_null_is_dropped_since_codex_does_not_take_it_everywhere(path: str) -> None:
    parent, _, name = path.rpartition(".")
    shown = passed_on(block_with(path, None))

    for step in parent.split(".") if parent else ():
        shown = shown[step]

    assert shown == REQUIRED_BESIDE.get(parent, {})
    assert name not in shown


@pytest.mark.parametrize(
    ("parent", "name"),
    [(parent, name) for parent, beside in REQUIRED_BESIDE.items() for name in beside],
)
def test_what_codex_needs_inside_an_object_is_required(parent: str, name: str) -> None:
    rest = {key: value for key, value in REQUIRED_BESIDE[parent].items() if key != name}

    assert problems(document(authored(codex=block_with(parent, rest)))) == [
        f"models[0].codex.{parent}.{name}: is required"
    ]


@given(
    st.sampled_from(sorted(PARENTS)),
    st.sampled_from(["tomorrow", "Shell_Type", "model_dump", "__class__", "é", ""]),
    json_values.filter(lambda drawn: drawn is not None),
)
def test_fields_unknown_here_pass_because_codex_grows(place: str, name: str, value: Any) -> None:
    block = block_with(f"{place}.{name}" if place else name, value)

    assert passed_on(block) == block


def test_an_unknown_null_is_dropped() -> None:
    assert passed_on({"tomorrow": None, "later": {"kept": None}}) == {"later": {"kept": None}}


@pytest.mark.parametrize("place", ["tomorrow", "model_messages.tools", "upgrade.later"])
@pytest.mark.parametrize("opened", ["[", '{"k":'])
def test_a_block_nested_deeper_than_codex_reads_is_refused(place: str, opened: str) -> None:
    deep: Any = {}
    for _ in range(100):
        deep = [deep] if opened == "[" else {"k": deep}

    assert problems(document(authored(codex=block_with(place, deep)))) == [
        "models[0].codex: is nested deeper than 100 levels; Codex would refuse it"
    ]


def test_a_block_of_100_levels_is_passed_on() -> None:
    deep: Any = 7
    for _ in range(99):
        deep = [deep]

    assert passed_on({"tomorrow": deep}) == {"tomorrow": deep}


@pytest.mark.parametrize("block", [7, "a", [], True])
def test_a_block_is_an_object(block: object) -> None:
    (problem,) = problems(document(authored(codex=block)))

    assert problem.startswith("models[0].codex: ")


@pytest.mark.parametrize("block", [None, {}])
def test_a_block_may_say_nothing(block: dict[str, Any] | None) -> None:
    assert compiled(document(authored(codex=block))).snapshot.entries[0].codex == {}
