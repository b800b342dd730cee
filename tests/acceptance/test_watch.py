"""Drop folders: the real ``voxpress up``, ``watch`` and ``intake``, killed on purpose."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.books import write_epub
from tests.cluster import a_book
from tests.faults import STORY, ask, until
from tests.running import Voxpress
from tests.studio import Studio, studio


@pytest.fixture
def inbox(voxpress: Voxpress) -> Path:
    """An empty drop folder, and settings under which what is dropped is made in tones."""
    folder = voxpress.folder / "inbox"
    folder.mkdir()
    voxpress.env |= {
        "VOXPRESS_OUTPUT": str(voxpress.out),
        "VOXPRESS_VOICE_VOICE": "tone:a",
        "VOXPRESS_SETTLE_SECONDS": "0.5",
        "VOXPRESS_WORKERS": "2",
    }
    return folder


def ledger(voxpress: Voxpress) -> list[tuple[str, str]]:
    """Path and state of each row."""
    return ask(voxpress, "SELECT path, state FROM intake ORDER BY id")  # type: ignore[return-value]


def files(inbox: Path) -> list[str]:
    """All that lies in the drop folder, but for the file with its name."""
    found = [str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file()]
    return sorted(name for name in found if name != ".voxpress-inbox")


def spoken_once(voxpress: Voxpress) -> bool:
    return len(voxpress.calls()) == len(set(voxpress.calls()))


def watcher_of(up: Studio) -> psutil.Process:
    (found,) = (p for p in up.family() if "workers.drop" in " ".join(p.cmdline()))
    return found


def test_up_makes_books_of_what_is_dropped(voxpress: Voxpress, inbox: Path, undisturbed: Voxpress) -> None:
    data = write_epub(voxpress.folder / "whole.epub", STORY).read_bytes()
    voxpress.env |= {"VOXPRESS_INBOXES": str(inbox), "VOXPRESS_TONE_DELAY": "0.2"}
    copy = (inbox / "book.epub").open("wb")
    copy.write(data[: len(data) // 2])
    copy.flush()
    with studio(voxpress) as up:
        (inbox / "broken.epub").write_bytes(b"This is no EPUB.")
        until(lambda: ledger(voxpress) == [("broken.epub", "failed")])
        # What was there at start-up was half a book until now, in the hands of a program that writes it.
        copy.write(data[len(data) // 2 :])
        copy.close()
        until(lambda: len(voxpress.calls()) > 1)

        watcher = watcher_of(up)
        watcher.kill()
        until(lambda: ("book.epub", "done") in ledger(voxpress))
        until(lambda: "done/book.epub" in files(inbox))
        assert watcher_of(up).pid != watcher.pid
        (mine,) = voxpress.out.rglob("A Test.m4b")
        assert mine.read_bytes() == undisturbed.file(".m4b").read_bytes()
        assert spoken_once(voxpress)

        (inbox / "the same.epub").write_bytes(data)
        until(lambda: "done/the same.epub.duplicate.txt" in files(inbox))
        assert str(mine.parent) in (inbox / "done" / "the same.epub.duplicate.txt").read_text()
    error = (inbox / "failed" / "broken.epub.error.txt").read_text()
    assert "named like an EPUB" in error
    rows = {row["path"]: row for row in voxpress.json("intake")["intake"]}
    assert {path: row["state"] for path, row in rows.items()} == {
        "broken.epub": "failed",
        "book.epub": "done",
        "the same.epub": "duplicate",
    }
    assert rows["the same.epub"]["edition_folder"] == rows["book.epub"]["edition_folder"] == str(mine.parent)
    shown = voxpress.run("intake").stdout
    assert "duplicate" in shown
    assert str(mine.parent) in shown
    assert spoken_once(voxpress)


def test_a_watcher_that_is_killed_at_every_step_does_nothing_twice(voxpress: Voxpress, inbox: Path) -> None:
    titles = ("First", "Second")
    with studio(voxpress):
        for title in titles:
            a_book(voxpress.folder, title, 1, 4).rename(inbox / f"{title}.epub")
        steps = (
            "SELECT 1 FROM intake",
            "SELECT 1 FROM production",
            "SELECT 1 FROM intake WHERE production_id <> ''",
            "SELECT 1 FROM production WHERE state = 'done'",
            "SELECT 1 FROM intake WHERE state = 'done'",
        )
        for step in steps:
            process = voxpress.start("watch", inbox)
            until(lambda found=step: ask(voxpress, found), process)  # type: ignore[misc]
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        done = voxpress.run("watch", inbox, "--once")
        assert "Traceback" not in done.stderr
    assert sorted(ledger(voxpress)) == [(f"{title}.epub", "done") for title in titles]
    assert files(inbox) == [f"done/{title}.epub" for title in titles]
    assert len(ask(voxpress, "SELECT 1 FROM production")) == 2
    assert sorted(path.name for path in voxpress.out.rglob("*.m4b")) == [f"{title}.m4b" for title in titles]
    assert spoken_once(voxpress)


def test_watch_stops_when_told_and_says_what_is_wrong(voxpress: Voxpress, inbox: Path) -> None:
    def refused(*arguments: str | Path) -> str:
        (said,) = voxpress.run("watch", *arguments, code=2).stderr.splitlines()
        return said

    assert "cannot be used" in refused(inbox / "missing")
    assert "No drop folder is named" in refused()
    assert "the library" in refused(inbox, "--out", inbox / "books")
    (inbox / "book.epub").write_bytes(b"")
    process = voxpress.start("watch", inbox)
    assert process.stderr
    until(lambda: (inbox / ".voxpress-inbox").exists(), process)
    until(lambda: "Watching" in process.stderr.readline(), process)  # type: ignore[union-attr]
    second = voxpress.run("watch", inbox, code=1)
    assert "Another watcher looks after" in second.stderr
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, ""), err
    assert "the next 'voxpress watch' goes on" in err
    assert voxpress.run("intake").stdout.startswith("Nothing was found")
    assert json.loads(voxpress.run("intake", "--json").stdout) == {"intake": []}


def test_once_says_how_it_went(voxpress: Voxpress, inbox: Path) -> None:
    (inbox / "broken.epub").write_bytes(b"This is no EPUB.")
    done: subprocess.CompletedProcess[str] = voxpress.run("watch", inbox, "--once", code=1)
    assert "named like an EPUB" in done.stderr
    assert files(inbox) == ["failed/broken.epub", "failed/broken.epub.error.txt"]
    assert voxpress.run("watch", inbox, "--once").returncode == 0
