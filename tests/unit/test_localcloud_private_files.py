"""What is kept on disk is for its owner alone."""

from pathlib import Path

import pytest

from localcloud.private_files import read_texts, write_private


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_file_and_folder_are_for_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secrets.json"

    write_private(path, "{}")

    assert path.read_text() == "{}"
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_file_that_was_open_to_all_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("older and longer")
    path.chmod(0o644)
    tmp_path.chmod(0o755)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert (mode(path), mode(tmp_path)) == (0o600, 0o700)
    assert list(tmp_path.iterdir()) == [path]


def test_texts_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"a": "x", "b": 2, "c": null}')

    assert read_texts(path) == {"a": "x"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"a"', b"\xff"])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(content)

    assert read_texts(path) == {}


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert read_texts(tmp_path / "absent" / "secrets.json") == {}
