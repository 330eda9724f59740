"""Reading the authored document's JSON, and what is said of it when something is wrong."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from model_catalog.snapshot import LARGEST_SOURCE, Json


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the document, and where: ``models[3].default_verbosity``."""

    path: str
    message: str

    def __str__(self) -> str:
        """Return both on one line."""
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidRegistryError(Exception):
    """The document cannot be published; ``problems`` are all of the reasons."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def decode_document(source: bytes) -> Json:
    """Read JSON, strictly: what editors and other readers may take differently is refused.

    Raises:
        InvalidRegistryError: it is no such JSON.
    """
    if len(source) > LARGEST_SOURCE:
        _refuse(f"The file is larger than {LARGEST_SOURCE:,} bytes.")
    if source.startswith(b"\xef\xbb\xbf"):
        _refuse("The file starts with a byte order mark. Save it as UTF-8 without one.")
    try:
        document: Json = json.loads(
            source.decode(), object_pairs_hook=_distinct_keys, parse_constant=_refuse_constant
        )
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeDecodeError as error:
        _refuse(f"The file is not UTF-8: byte {error.start} cannot be read. Save it as UTF-8.")
    except UnicodeEncodeError:
        _refuse("A text holds half of a character: a surrogate (\\ud800 to \\udfff) by itself.")
    except RecursionError:
        _refuse("The file is nested too deeply.")
    except json.JSONDecodeError as error:
        _refuse(f"The file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.")
    except ValueError as error:  # a number of thousands of digits, or beyond the largest float
        _refuse(f"The file is not readable JSON: {error}.")
    return document


def _distinct_keys(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        _refuse(f"An object has the key {', '.join(map(repr, repeated))} more than once.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    _refuse(f"{name} is not JSON.")


def _refuse(message: str) -> NoReturn:
    raise InvalidRegistryError([Problem("", message)])
