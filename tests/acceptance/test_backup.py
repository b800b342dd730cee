"""A machine is lost in the middle of a book: what was backed up goes on at another place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.books import write_epub
from tests.faults import STORY, kill, making, until
from tests.running import Voxpress


@pytest.fixture
def half_made(voxpress: Voxpress) -> Voxpress:
    """Killed when a third of the chunks were spoken."""
    voxpress.env |= {"VOXPRESS_TONE_DELAY": "0.05", "VOXPRESS_WORKERS": "2"}
    process = making(voxpress, write_epub(voxpress.folder / "book.epub", STORY))
    until(lambda: len(voxpress.calls()) >= 6, process)
    kill(process)
    return voxpress


def test_a_half_made_book_is_finished_in_another_place(
    half_made: Voxpress, undisturbed: Voxpress, tmp_path: Path
) -> None:
    spoken = len(half_made.calls())
    saved = half_made.json("backup", "studio.tar.gz", "--with-blobs")
    assert saved["rows"]["production"] == 1
    elsewhere = Voxpress(tmp_path / "elsewhere", dict(half_made.env))
    elsewhere.folder.mkdir()
    restored = elsewhere.json("restore", half_made.folder / "studio.tar.gz")
    assert restored["rows"] == saved["rows"]
    assert elsewhere.run("restore", half_made.folder / "studio.tar.gz", code=1).stderr.count("--replace") == 1

    (job,) = elsewhere.json("jobs")["productions"]
    elsewhere.run("retry", job["id"])
    for suffix in (".m4b", ".transcript.json", ".vtt", ".srt", "cover.jpg"):
        assert half_made.file(suffix).read_bytes() == undisturbed.file(suffix).read_bytes(), suffix
    assert all(finding["harmless"] for finding in elsewhere.json("storage", "check")["findings"])
    # What was spoken before is not spoken again; two chunks were under way when it was killed.
    assert restored["blobs"] > spoken - 2
    assert len(elsewhere.calls()) + spoken <= len(undisturbed.calls()) + 2
    elsewhere.wait_until_gone()
