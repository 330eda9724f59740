"""Files that are replaced as a whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from shutil import copymode


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of what ``path`` holds, unless it is the same.

    A symbolic link stays one, permissions stay, folders are made, and nobody ever sees a half.
    """
    target = path.resolve()
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        with suppress(FileNotFoundError):
            copymode(target, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
