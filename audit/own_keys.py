"""Keys of our own, for the scanner of secrets: only those that could open a door count."""

import re
from collections.abc import Generator

from detect_secrets.plugins.base import BasePlugin

from model_catalog.api_keys import parse_secret

_SHAPE = re.compile(r"sk-clb-(?:[0-9A-Za-z]{54}|[0-9A-Fa-f]{48}|[A-Za-z0-9_-]{43})(?![\w-])")


class OwnKeyDetector(BasePlugin):
    """Finds keys of the form we issue or import; of the former, those whose checksum is right."""

    secret_type = "Model Catalog key"  # noqa: S105 - what it is called

    def analyze_string(self, string: str, **_: object) -> Generator[str]:
        """Return the keys in a line."""
        for match in _SHAPE.finditer(string):
            if parse_secret(match[0]):
                yield match[0]
