"""Files for the eyes of whoever runs the local cloud only."""

import json
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_private(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, all at once, readable by its owner alone, folder included."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    with NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", delete=False) as draft:
        draft.write(text)  # the file is born with mode 0600
    Path(draft.name).replace(path)


def read_texts(path: Path) -> dict[str, str]:
    """Return the texts in the JSON object at ``path``; of anything else, nothing."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(document, dict):
        return {}
    return {name: text for name, text in document.items() if isinstance(text, str)}
