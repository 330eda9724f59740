"""The environment is read once, completely, or not at all."""

from datetime import timedelta

import pytest

from model_catalog.settings import Settings, SettingsError

COMPLETE = {
    "TABLE_NAME": "keys",
    "BUCKET_NAME": "registry",
    "OWNED_BY": "codex-lb",
    "REGISTRY_MAX_AGE": "60",
}


def test_the_settings_are_what_the_environment_says() -> None:
    settings = Settings.from_env(COMPLETE | {"PATH": "/usr/bin"})

    assert settings == Settings(
        table_name="keys",
        bucket_name="registry",
        owned_by="codex-lb",
        max_age=timedelta(seconds=60),
    )


def test_the_variables_are_those_that_are_read() -> None:
    assert Settings.variables() == COMPLETE.keys()


@pytest.mark.parametrize("name", COMPLETE)
def test_a_variable_that_is_not_set_is_named(name: str) -> None:
    environ = {other: value for other, value in COMPLETE.items() if other != name}

    with pytest.raises(SettingsError, match=rf"not set: {name}\."):
        Settings.from_env(environ)


@pytest.mark.parametrize("name", COMPLETE)
def test_an_empty_variable_is_as_good_as_none(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"not set: {name}\."):
        Settings.from_env(COMPLETE | {name: ""})


def test_all_variables_that_are_not_set_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"OWNED_BY": "codex-lb"})

    assert str(caught.value) == (
        "Environment variables not set: BUCKET_NAME, REGISTRY_MAX_AGE, TABLE_NAME."
    )


@pytest.mark.parametrize(
    "seconds",
    [
        "0",
        "000",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "60s",
        " 60",
        "60\n",
        "soon",
        "²",
        "٦٠",
        "1" + "0" * 5000,
    ],
)
def test_an_age_that_is_no_number_of_seconds_is_refused(seconds: str) -> None:
    with pytest.raises(SettingsError, match="REGISTRY_MAX_AGE must be whole seconds"):
        Settings.from_env(COMPLETE | {"REGISTRY_MAX_AGE": seconds})


@pytest.mark.parametrize("seconds", ["1", "3600"])
def test_every_age_the_template_allows_is_read(seconds: str) -> None:
    settings = Settings.from_env(COMPLETE | {"REGISTRY_MAX_AGE": seconds})

    assert settings.max_age == timedelta(seconds=int(seconds))
