"""What the stack tells the functions through their environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self


class SettingsError(Exception):
    """The environment lacks a variable or holds one that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The function's environment, parsed.

    Attributes:
        table_name: the DynamoDB table that holds the keys.
        bucket_name: the S3 bucket that holds the registry.
        owned_by: what every model's ``owned_by`` says.
        max_age: how long a registry snapshot counts as fresh.
    """

    table_name: str
    bucket_name: str
    owned_by: str
    max_age: timedelta

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from ``environ``.

        Raises:
            SettingsError: variables are missing, empty or malformed; the message names them all.
        """
        unset = sorted(name for name in cls.variables() if not environ.get(name))
        if unset:
            raise SettingsError(f"Environment variables not set: {', '.join(unset)}.")
        seconds = environ["REGISTRY_MAX_AGE"]
        if not re.fullmatch("[1-9][0-9]{0,3}", seconds):
            raise SettingsError(
                f"REGISTRY_MAX_AGE must be whole seconds from 1 to 9999, not {seconds:.20}."
            )
        return cls(
            table_name=environ["TABLE_NAME"],
            bucket_name=environ["BUCKET_NAME"],
            owned_by=environ["OWNED_BY"],
            max_age=timedelta(seconds=int(seconds)),
        )

    @staticmethod
    def variables() -> frozenset[str]:
        """Return the names of the variables ``from_env`` reads."""
        return frozenset({"BUCKET_NAME", "OWNED_BY", "REGISTRY_MAX_AGE", "TABLE_NAME"})
