"""``jobs``, ``status``, ``follow``, ``cancel``, ``retry``; several commands and several books at once."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.books import story, write_epub
from tests.faults import STORY, ask, ended, kill, leftovers, making, until
from tests.running import Voxpress

CANCEL_SECONDS = 10.0
"""After ``cancel``, the command that makes the production has ended by then."""


def only_line(said: str) -> str:
    """The one sentence that a failing command says."""
    (line,) = said.splitlines()
    assert line.startswith("voxpress: ")
    return line


def test_one_command_makes_and_others_watch_and_cancel(voxpress: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    other = write_epub(voxpress.folder / "other.epub", story(chapters=1), title="Other")
    voxpress.env |= {"VOXPRESS_TONE_DELAY": "1.5", "VOXPRESS_WORKERS": "1"}
    process = making(voxpress, book)
    until(lambda: len(voxpress.calls()) > 1, process)

    (job,) = voxpress.json("jobs")["productions"]
    assert (job["state"], job["running"], job["title"]) == ("speaking", True, "A Test")
    status = voxpress.json("status", job["id"][:4])
    assert status["id"] == job["id"]
    assert 0 < status["chunks_done"] < status["chunks"] == len(undisturbed.calls())
    assert f"chunks:    {status['chunks_done']}"[:-1] in voxpress.run("status", job["id"]).stdout

    follower = voxpress.start("follow", job["id"])
    busy = voxpress.make(book, code=1)
    assert f"voxpress follow {job['id']}" in only_line(busy.stderr)
    voxpress.env["VOXPRESS_TONE_DELAY"] = "0"
    voxpress.make(other)  # beside it, with the same state folder
    assert process.poll() is None

    began = time.monotonic()
    assert "stops" in voxpress.run("cancel", job["id"]).stderr
    assert "was cancelled" in ended(process, code=1)
    assert "cancelled" in ended(follower, code=1)
    assert time.monotonic() - began < CANCEL_SECONDS
    assert "cancelled already" in voxpress.run("cancel", job["id"]).stderr
    kept = len(voxpress.calls())

    voxpress.run("retry", job["id"], "-q")
    assert voxpress.json("follow", job["id"])["state"] == "done"
    (mine,) = (p for p in voxpress.out.rglob("A Test.m4b"))
    assert mine.read_bytes() == undisturbed.file(".m4b").read_bytes()
    assert len(voxpress.calls()) >= kept
    # All of both books, and at most what the worker had in hand when it was cancelled.
    assert len(voxpress.calls()) <= len(set(voxpress.calls())) + 1
    assert leftovers(voxpress) == []


def test_a_production_that_was_left_alone(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", {"One": STORY["Chapter 1"]})
    voxpress.env["VOXPRESS_TONE_DELAY"] = "1"
    process = making(voxpress, book)
    until(lambda: len(voxpress.calls()) > 0, process)
    ((job,),) = ask(voxpress, "SELECT id FROM production")
    follower = voxpress.start("follow", job)
    assert follower.stderr is not None
    assert "speaking" in follower.stderr.readline()
    kill(process)
    assert f"voxpress retry {job}" in ended(follower, code=1)
    assert "stopped while speaking" in voxpress.run("jobs").stdout
    shown = voxpress.json("status", job)
    assert (shown["state"], shown["running"]) == ("speaking", False)
    assert f"voxpress retry {job}" in only_line(voxpress.run("follow", job, code=1).stderr)
    assert voxpress.json("cancel", job)["state"] == "cancelled"

    for command in ("status", "follow", "cancel", "retry"):
        failed = voxpress.run(command, "ffffffffffff", "--json", code=1)
        assert json.loads(failed.stdout)["error"]["kind"] == "ProductionNotFound"
        assert "voxpress jobs" in only_line(failed.stderr)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The address of an article on this machine, which is not fetched from unless it is allowed."""
    site = tmp_path / "site"
    site.mkdir()
    text = "".join(f"<p>{paragraph}</p>" for paragraph in story(chapters=1)["Chapter 1"])
    (site / "a.html").write_text(
        f"<html><title>Page</title><body><article><h1>Page</h1>{text}</article></body></html>"
    )

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/a.html"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_retry_may_be_allowed_what_the_first_try_was_not(voxpress: Voxpress, page: str) -> None:
    assert "127.0.0.1" in only_line(voxpress.make(page, "-q", code=1).stderr)
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"])
    assert "offline" in only_line(voxpress.run("retry", job, "-q", "--offline", code=1).stderr)
    voxpress.run("retry", job, "-q", "--allow-host", "127.0.0.1", "--workers", "1")
    assert voxpress.json("status", job)["state"] == "done"
    assert len({line.split()[1] for line in voxpress.log.read_text().splitlines()}) == 1  # one process spoke


def test_several_books_at_once_are_all_finished(voxpress: Voxpress) -> None:
    titles = ("First", "Second", "Third")
    books = [
        write_epub(voxpress.folder / f"{title}.epub", story(chapters=2, paragraphs=2), title=title)
        for title in titles
    ]
    done = json.loads(voxpress.make(*books, "--json").stdout)["productions"]
    assert [(one["title"], one["state"]) for one in done] == [(title, "done") for title in titles]
    editions = [next(voxpress.out.rglob(f"{title}.transcript.json")).read_text() for title in titles]
    assert editions[0] == editions[1].replace("Second", "First") == editions[2].replace("Third", "First")
    # The same sentences stand in all three: each is spoken once.
    assert len(voxpress.calls()) == len(set(voxpress.calls())) == 6
