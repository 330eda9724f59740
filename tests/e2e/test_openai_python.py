"""OpenAI's own Python client, unmodified."""

from collections.abc import Iterator
from contextlib import contextmanager

import openai
import pytest

from model_catalog.api_keys import mint
from model_catalog.limits import Window
from support.cloud import Cloud


@contextmanager
def client(cloud: Cloud, secret: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=cloud.base_url, api_key=secret, max_retries=0) as opened:
        yield opened


def test_every_listed_model_is_retrieved_as_it_was_listed(cloud: Cloud) -> None:
    with client(cloud, cloud.keys["unrestricted"]) as opened:
        models = list(opened.models.list())

        retrieved = [opened.models.retrieve(model.id) for model in models]

    assert retrieved == models
    assert any("/" in model.id for model in models)


def test_the_list_keeps_our_order(cloud: Cloud) -> None:
    with client(cloud, cloud.keys["unrestricted"]) as opened:
        ids = [model.id for model in opened.models.list()]

    assert ids == cloud.ask("/v1/models", secret=cloud.keys["unrestricted"]).ids


def test_a_wrong_key_is_an_authentication_error(cloud: Cloud) -> None:
    with client(cloud, mint().secret) as opened, pytest.raises(openai.AuthenticationError) as told:
        opened.models.list()

    assert told.value.code == "invalid_api_key"
    assert told.value.request_id


def test_a_model_the_key_may_not_see_is_not_found(cloud: Cloud) -> None:
    with (
        client(cloud, cloud.keys["restricted"]) as opened,
        pytest.raises(openai.NotFoundError) as told,
    ):
        opened.models.retrieve("gpt-5.5")

    assert (told.value.code, told.value.param) == ("model_not_found", "model")


def test_a_missing_permission_is_a_permission_error(cloud: Cloud) -> None:
    powerless = cloud.new_key(permissions=frozenset())

    with client(cloud, powerless.secret) as opened, pytest.raises(openai.PermissionDeniedError):
        opened.models.list()


def test_a_spent_limit_is_a_rate_limit_error(cloud: Cloud) -> None:
    limited = cloud.new_key(limits={Window.MONTH: 1})

    with client(cloud, limited.secret) as opened:
        opened.models.list()
        with pytest.raises(openai.RateLimitError) as told:
            opened.models.list()

    assert told.value.code == "insufficient_quota"
