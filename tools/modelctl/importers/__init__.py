"""From other catalogs to an authoring document, and back into one that was edited by hand."""

from modelctl.importers.codex import import_codex
from modelctl.importers.layout import as_text
from modelctl.importers.litellm import import_litellm
from modelctl.importers.merging import Merged, merge
from modelctl.importers.openai import import_openai
from modelctl.importers.openrouter import import_openrouter
from modelctl.importers.sources import Imported, Partial, UnreadableSourceError
from modelctl.importers.three_way import Difference

__all__ = [
    "Difference",
    "Imported",
    "Merged",
    "Partial",
    "UnreadableSourceError",
    "as_text",
    "import_codex",
    "import_litellm",
    "import_openai",
    "import_openrouter",
    "merge",
]
