"""Whether a file is complete: stillness, writers, ends."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workers.drop import complete
from workers.drop.complete import Stillness, is_written, looks_whole


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_stillness_begins_when_it_is_seen_and_anew_with_every_change() -> None:
    clock = Clock()
    still = Stillness(clock)
    still.begin_turn()
    assert still.look("a", "1") == 0
    clock.now += 4
    assert still.look("a", "1") == 4
    clock.now += 4
    assert still.look("a", "2") == 0
    clock.now += 1
    assert still.look("a", "2") == 1


def test_what_vanished_begins_anew_when_it_returns() -> None:
    clock = Clock()
    still = Stillness(clock)
    for present in (True, False, True):
        still.begin_turn()
        if present:
            assert still.look("a", "1") == 0
        still.end_turn()
        clock.now += 10


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text("Some text.")
    return path


def asked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return is_written(descriptor)
    finally:
        os.close(descriptor)


WRITER = "import sys; f = open(sys.argv[1], sys.argv[2]); print('open', flush=True); sys.stdin.read()"


@pytest.mark.parametrize("lease", [True, False])
@pytest.mark.parametrize(("mode", "writes"), [("a", True), ("r+", True), ("r", False)])
def test_a_program_that_has_it_open_for_writing_is_seen(
    file: Path, mode: str, writes: bool, lease: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not lease:  # as where the file belongs to somebody else
        monkeypatch.setattr(complete, "_lease", lambda descriptor: None)
    assert not asked(file)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    assert asked(file) is writes
    writer.communicate()
    assert not asked(file)


def test_asking_leaves_no_lease_behind(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    assert not is_written(descriptor)
    with file.open("a") as other:  # would wait for a lease to be given back
        other.write("more")
    assert not is_written(descriptor)
    os.close(descriptor)


def whole(data: bytes, folder: Path) -> bool:
    path = folder / "file"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return looks_whole(descriptor)
    finally:
        os.close(descriptor)


def test_a_cut_off_end_is_seen(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as book:
        book.writestr("text", os.urandom(300_000))
        book.comment = b"c" * 60_000
    data = (tmp_path / "book.zip").read_bytes()
    assert whole(data, tmp_path)
    assert not whole(data[: len(data) // 2], tmp_path)
    assert not whole(data[: len(data) // 2] + b"\0" * (len(data) // 2), tmp_path)  # room set aside for a copy
    pdf = b"%PDF-1.7\n" + b"x" * 10_000 + b"\n%%EOF\n"
    assert whole(pdf, tmp_path)
    assert not whole(pdf[:-8], tmp_path)
    for document in (
        b"{\\rtf1 " + b"x" * 500 + b"}\r\n",
        b"<FictionBook>" + b"x" * 500 + b"</FictionBook>\n",
    ):
        assert whole(document, tmp_path)
        assert not whole(document[:300], tmp_path)
    assert not whole(b"", tmp_path)
    assert not whole(b"\0" * 5000, tmp_path)
    assert whole(b"A text ends anywhere", tmp_path)
