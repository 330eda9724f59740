"""Files are replaced as a whole or not at all."""

from pathlib import Path

import pytest

from modelctl.whole_files import write_whole


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"

    write_whole(path, b"text")

    assert path.read_bytes() == b"text"
    assert [*path.parent.iterdir()] == [path]


def test_what_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"old")
    path.chmod(0o640)

    write_whole(path, b"new")

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_same_content_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"same")
    before = path.stat()

    write_whole(path, b"same")

    assert path.stat().st_ino == before.st_ino


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_whole(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_what_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "folder", b"text")

    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
