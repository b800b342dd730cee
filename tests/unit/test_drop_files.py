"""Moving and removing in a folder in which others may act at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from workers.drop import files


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def test_a_file_is_moved_and_nothing_is_overwritten(root: int, tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "a.txt").write_text("old")
    (tmp_path / "a.txt").write_text("new")
    assert files.move(root, "a.txt", files.mark_at(root, "a.txt"), ("done",)) == "done/a (2).txt"
    assert (tmp_path / "done" / "a (2).txt").read_text() == "new"
    assert (tmp_path / "done" / "a.txt").read_text() == "old"


def test_a_file_that_was_replaced_is_neither_moved_nor_removed(root: int, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("first")
    mark = files.mark_at(root, "a.txt")
    (tmp_path / "b.txt").write_text("second, longer")
    (tmp_path / "b.txt").replace(tmp_path / "a.txt")
    assert files.move(root, "a.txt", mark, ("done",)) == ""
    files.remove(root, "a.txt", mark)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "second, longer"
    assert list((tmp_path / "done").iterdir()) == []
    files.remove(root, "a.txt", files.mark_at(root, "a.txt"))
    assert not (tmp_path / "a.txt").exists()


def test_what_is_gone_is_not_moved(root: int, tmp_path: Path) -> None:
    assert files.move(root, "a.txt", "1:2:3", ("done",)) == ""
    assert list((tmp_path / "done").iterdir()) == []
    files.remove(root, "a.txt", "1:2:3")


@pytest.mark.parametrize("where", ["done", "sub"])
def test_no_link_leads_out(
    root: int, tmp_path: Path, where: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.txt").write_text("not ours")
    (tmp_path / where).symlink_to(outside)
    (tmp_path / "a.txt").write_text("ours")
    (tmp_path / "link.txt").symlink_to(outside / "a.txt")
    mark = files.mark_at(root, "a.txt")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        files.move(root, "a.txt", mark, (where,))
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        files.open_file(root, f"{where}/a.txt")
    with pytest.raises(OSError, match="Too many levels"):
        files.open_file(root, "link.txt")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        files.write_note(root, f"{where}/a.txt", ".error.txt", "said")
    assert files.mark_at(root, "link.txt") == files.mark_at(root, f"{where}/a.txt") == ""
    with pytest.raises(ValueError, match="no path inside"):
        files.open_file(root, "../a.txt")
    assert sorted(path.name for path in outside.iterdir()) == ["a.txt"]


def test_notes_are_written_whole_and_taken_away(root: int, tmp_path: Path) -> None:
    files.write_note(root, "a.txt", ".error.txt", "one")
    files.write_note(root, "a.txt", ".error.txt", "two")
    assert (tmp_path / "a.txt.error.txt").read_text() == "two"
    files.remove_note(root, "a.txt", ".error.txt")
    files.remove_note(root, "a.txt", ".error.txt")
    assert list(tmp_path.iterdir()) == []
