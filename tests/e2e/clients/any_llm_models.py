"""Lists models with any-llm; prints, for each provider asked for, them or the error as JSON."""

import json
import sys

from any_llm import AnyLLM  # type: ignore[import-not-found] # lives in an environment of its own
from any_llm.exceptions import AnyLLMError  # type: ignore[import-not-found] # likewise


def answer(provider: str, api_base: str, api_key: str) -> object:
    """Return what any-llm returns or raises."""
    client = AnyLLM.create(provider, api_base=api_base, api_key=api_key, unified_exceptions=True)
    try:
        return [model.model_dump(exclude_unset=True) for model in client.list_models()]
    except AnyLLMError as error:
        return type(error).__name__


print(json.dumps([answer(*call) for call in json.loads(sys.argv[1])]))  # noqa: T201 - read by the test
