"""``voxpress storage``: what was lost or damaged is found, forgotten and made again; what nobody needs goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.books import write_epub
from tests.faults import STORY, ask
from tests.running import Voxpress


def blob(voxpress: Voxpress, digest: str) -> Path:
    return voxpress.home / "blobs" / "objects" / digest[:2] / digest[2:]


def test_lost_and_damaged_takes_are_made_again(voxpress: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    voxpress.make(book)
    ((lost,), (flipped,)) = ask(
        voxpress, "SELECT digest FROM artifact WHERE stage = 'take' ORDER BY key LIMIT 2"
    )
    blob(voxpress, lost).unlink()
    damaged = bytearray(blob(voxpress, flipped).read_bytes())
    damaged[1000] ^= 1
    blob(voxpress, flipped).chmod(0o600)
    blob(voxpress, flipped).write_bytes(damaged)

    assert {f["kind"] for f in voxpress.json("storage", "check", "--quick", code=1)["findings"]} == {
        "missing-blob"
    }
    found = voxpress.run("storage", "check", "--repair")
    assert "2 of 2 repaired" in found.stderr
    assert "Everything is in order" in voxpress.run("storage", "check").stderr
    voxpress.file(".m4b").unlink()  # or else there is nothing to do
    voxpress.make(book)
    assert len(voxpress.calls()) == len(undisturbed.calls()) + 2
    assert set(voxpress.calls()) == set(undisturbed.calls())
    assert voxpress.file(".m4b").read_bytes() == undisturbed.file(".m4b").read_bytes()


def test_what_nobody_needs_is_removed_when_told_so(voxpress: Voxpress) -> None:
    text = {"One": STORY["Chapter 1"]}
    book = write_epub(voxpress.folder / "book.epub", text)
    voxpress.make(book)
    calls = len(voxpress.calls())
    text["One"] = [*text["One"][1:], "Another ending."]
    voxpress.make(write_epub(book, text))
    before_yesterday = time.time() - 2 * 86400
    for path in (voxpress.home / "blobs").rglob("*"):
        if path.is_file():
            os.utime(path, (before_yesterday, before_yesterday))

    shown = voxpress.json("storage", "gc", "--keep-days", "1")
    assert (shown["deleted"], shown["freed"]) == (False, 0)
    # The take of the paragraph that was edited away, and what was made of the chapter it stood in.
    assert shown["pieces"] >= 4
    assert shown["bytes"] > 100_000
    assert voxpress.json("storage", "gc", "--keep-days", "1", "--delete")["freed"] == shown["bytes"]
    assert voxpress.json("storage", "gc")["pieces"] == 0

    (voxpress.edition() / "report.json").unlink()
    voxpress.make(book)  # from what was left: all of it
    assert len(voxpress.calls()) == calls + 1
