"""Asks LiteLLM which models each of some keys may use; prints its answers as one line of JSON."""

import json
import sys

import litellm  # type: ignore[import-not-found] # lives in an environment of its own

answers = [
    litellm.get_valid_models(
        check_provider_endpoint=True,
        custom_llm_provider=provider,
        api_base=api_base,
        api_key=api_key,
    )
    for provider, api_base, api_key in json.loads(sys.argv[1])
]
print(json.dumps(answers))  # noqa: T201 - read by the test
