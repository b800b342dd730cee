"""Drop folders on real folders and a real catalog; the workers are played by hand (``tests.dropping``)."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import SettingsError, WorkError
from pipeline.ingest import fetch_cache
from storage.database import moment
from storage.rows import IntakeState, Priority, ProductionState
from storage.tables import LEASE
from tasks.lexicons import kept_lexicon
from tests.books import story, write_epub
from tests.dropping import DropFolder, until, watching
from workers.drop import complete, files, following, taking, waking, watcher
from workers.drop.inbox import MARKER, Inbox
from workers.drop.watcher import Watcher

TAKEN, DONE, FAILED, DUPLICATE = (
    IntakeState.TAKEN,
    IntakeState.DONE,
    IntakeState.FAILED,
    IntakeState.DUPLICATE,
)


@pytest.fixture
def drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropFolder:
    monkeypatch.setattr(watcher, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(watcher, "IDLE_TURN_SECONDS", 0.2)
    monkeypatch.setattr(waking, "DEBOUNCE_MS", 50)
    return DropFolder(tmp_path)


# -- from dropping to done -------------------------------------------------------------------------------


def test_a_file_is_taken_made_and_moved(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("night.txt")
        row = drops.row("night.txt", TAKEN)
        (production,) = drops.productions()
        assert (production.id, production.shared, production.priority) == (
            row.production_id,
            True,
            Priority.NORMAL,
        )
        assert production.source == str(drops.inbox / "night.txt")
        assert production.source_sha256 == row.digest
        assert production.source_key  # every host can read it, whatever becomes of the file
        folder = drops.make(row)
        row = drops.row("night.txt", DONE, settled=True)
        assert (row.edition_folder, row.place, row.error) == (str(folder), "done/night.txt", "")
    assert drops.files() == ["done/night.txt"]


def test_what_was_there_at_start_up_is_taken_when_it_is_complete_and_not_before(drops: DropFolder) -> None:
    drops.put("whole.txt")
    half = drops.put("half.txt")
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; f = open(sys.argv[1], 'a'); print(1, flush=True); input()",
            str(half),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout
    writer.stdout.readline()
    with drops.watching():
        drops.row("whole.txt", TAKEN)
        drops.put("later.txt", "Another text.")
        drops.row("later.txt", TAKEN)  # two looks later, at least
        assert "half.txt" not in dict(drops.states())
        writer.communicate("\n")
        drops.row("half.txt")


def test_a_copy_in_pieces_is_one_book(drops: DropFolder) -> None:
    with drops.watching(settle_seconds=1.0):
        path = drops.inbox / "slow.txt"
        for piece in range(12):
            with path.open("a") as file:  # closed in between: only its stillness tells
                file.write(f"Sentence {piece} of many.\n")
            threading.Event().wait(0.2)
        row = drops.row("slow.txt", TAKEN)
    assert row.size == path.stat().st_size
    assert len(drops.rows) == 1


def test_what_looks_cut_off_or_is_empty_is_given_longer(
    drops: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_epub(drops.folder / "book.epub", story(chapters=2)).read_bytes()
    (drops.inbox / "cut.epub").write_bytes(data[: len(data) // 2])
    (drops.inbox / "empty.txt").write_bytes(b"")
    with drops.watching():
        drops.put("other.txt")
        drops.row("other.txt", TAKEN)
        assert len(drops.rows) == 1
        monkeypatch.setattr(taking, "PATIENCE_SECONDS", 0.2)
        drops.row("cut.epub", TAKEN)  # its production will say what is wrong with it
        assert drops.row("empty.txt", FAILED, settled=True).place == "failed/empty.txt"
    assert "empty" in (drops.inbox / "failed" / "empty.txt.error.txt").read_text()
    assert complete.PATIENCE_SECONDS >= 60


def test_done_may_keep_or_delete_and_subfolders_have_settings_of_their_own(drops: DropFolder) -> None:
    drops.put("voxpress.toml", "[audio]\nbitrate = 48\n")
    drops.put(
        "kept/voxpress.toml", 'done = "keep"\noutput = "Kept"\npriority = "now"\n[reading]\nlanguage = "de"\n'
    )
    drops.put("gone/voxpress.toml", 'done = "delete"\n')
    with drops.watching():
        for number, name in enumerate(("top.txt", "kept/a.txt", "gone/b.txt", "deep/er/c.txt")):
            drops.put(name, f"Text number {number}.")
        for name in ("top.txt", "kept/a.txt", "gone/b.txt", "deep/er/c.txt"):
            drops.make(drops.row(name, TAKEN), name.replace("/", "-"))
            drops.row(name, DONE, settled=True)
        made = {Path(p.source).name: p for p in drops.productions()}
        assert {p.settings.audio.bitrate for p in made.values()} == {48}
        assert (made["a.txt"].settings.reading.language, made["a.txt"].priority) == ("de", Priority.NOW)
        assert made["a.txt"].output == str(drops.library / "Kept")
        assert drops.row("gone/b.txt").place == ""
        # What stays is not taken again, also not by another watcher.
    with drops.watching():
        drops.put("last.txt", "The last text.")
        drops.row("last.txt", TAKEN)
    assert len(drops.rows) == 5
    tomls = ["gone/voxpress.toml", "kept/voxpress.toml", "voxpress.toml"]
    assert drops.files() == sorted(["done/top.txt", "done/deep/er/c.txt", "kept/a.txt", "last.txt", *tomls])


def test_settings_that_cannot_be_used_are_said_beside_them_and_hold_up_their_folder_only(
    drops: DropFolder,
) -> None:
    drops.put("bad/voxpress.toml", "[audio]\nbitrate = 1\n")
    drops.put("bad/a.txt", "One text.")
    drops.put("good.txt", "Another text.")
    error = drops.inbox / "bad" / "voxpress.toml.error.txt"
    with drops.watching():
        drops.row("good.txt", TAKEN)
        until(error.exists)
        assert "audio.bitrate" in error.read_text()
        assert len(drops.rows) == 1
        drops.put("bad/voxpress.toml", "[audio]\nbitrate = 48\n")
        drops.row("bad/a.txt", TAKEN)
        assert not error.exists()


# -- the same again --------------------------------------------------------------------------------------


def test_a_duplicate_is_named_and_linked_to_its_edition(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("first.txt")
        row = drops.row("first.txt", TAKEN)
        drops.put("while it is made.txt")
        twin = drops.row("while it is made.txt", DUPLICATE, settled=True)
        assert (twin.production_id, twin.edition_folder) == (row.production_id, "")
        folder = drops.make(row)
        drops.row("first.txt", DONE, settled=True)
        assert drops.row("while it is made.txt").edition_folder == str(folder)
        drops.put("again.txt")
        again = drops.row("again.txt", DUPLICATE, settled=True)
        assert again.edition_folder == str(folder)
        assert "first.txt" in again.notice
        note = (drops.inbox / "done" / "again.txt.duplicate.txt").read_text()
        assert str(folder) in note
        assert "first.txt" in note
    assert len(drops.productions()) == 1


def test_the_same_name_again_is_a_duplicate_or_another_book(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("book.txt")
        drops.make(drops.row("book.txt", TAKEN))
        drops.row("book.txt", DONE, settled=True)
        drops.put("book.txt")
        drops.row("book.txt", DUPLICATE, settled=True)
        drops.put("book.txt", "Another text altogether.")
        row = drops.row("book.txt", TAKEN)
        drops.make(row, "Another")
        until(lambda: [state for _, state in drops.states()] == ["done", "duplicate", "done"], drops.states)
        until(lambda: "done/book (3).txt" in drops.files(), drops.files)
    assert (drops.inbox / "done" / "book (3).txt").read_text() == "Another text altogether."


def test_other_settings_make_another_book_of_the_same_file(drops: DropFolder) -> None:
    drops.put("opus/voxpress.toml", '[audio]\nformats = ["opus"]\n')
    with drops.watching():
        drops.put("a.txt")
        drops.put("opus/a.txt")
        rows = [drops.row("a.txt", TAKEN), drops.row("opus/a.txt", TAKEN)]
    assert len({row.production_id for row in rows}) == 2


def test_what_is_gone_from_the_library_is_made_again(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("a.txt")
        folder = drops.make(drops.row("a.txt", TAKEN))
        drops.row("a.txt", DONE, settled=True)
        shutil.rmtree(folder)
        (drops.inbox / "done" / "a.txt").rename(drops.inbox / "a.txt")
        assert drops.row("a.txt", TAKEN).id == drops.rows[0].id
    assert [row.state for row in drops.rows] == [TAKEN]


def test_a_file_that_changes_while_it_is_made_is_another_one_and_waits(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("a.txt", "The first text.")
        first = drops.row("a.txt", TAKEN)
        drops.put("a.txt", "The second text, in the same place.")
        until(lambda: len(drops.rows) == 2, drops.states)
        assert drops.rows[1].production_id == ""  # the production of that place is busy
        assert drops.productions()[0].source_sha256 == first.digest
        drops.make(first)
        until(lambda: drops.rows[1].production_id, drops.states)
        assert drops.rows[0].state is DONE
        assert drops.productions()[0].source_sha256 == drops.rows[1].digest
        assert drops.files() == [
            "a.txt"
        ]  # the first one's file is not there any more: nothing is moved for it
        drops.make(drops.rows[1])
        until(lambda: drops.files() == ["done/a.txt"], drops.files)
    assert (drops.inbox / "done" / "a.txt").read_text() == "The second text, in the same place."


def test_two_drop_folders_know_of_each_other(drops: DropFolder, tmp_path: Path) -> None:
    other = tmp_path / "other inbox"
    other.mkdir()
    with drops.watching(drops.inbox, other):
        drops.put("a.txt")
        row = drops.row("a.txt", TAKEN)
        shutil.copy(drops.inbox / "a.txt", other / "b.txt")
        assert drops.row("b.txt", DUPLICATE, settled=True).production_id == row.production_id
        assert (other / "done" / "b.txt").exists()


# -- failing ---------------------------------------------------------------------------------------------


def test_what_fails_goes_to_failed_with_a_reason_and_dropping_it_again_tries_again(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("sub/scan.txt")
        row = drops.row("sub/scan.txt", TAKEN)
        drops.spoil(
            row, "SourceScanned", "scan.txt has pictures of pages and no text: recognise its text first."
        )
        row = drops.row("sub/scan.txt", FAILED, settled=True)
        note = drops.inbox / "failed" / "sub" / "scan.txt.error.txt"
        assert row.place == "failed/sub/scan.txt"
        assert "pictures of pages" in note.read_text()
        assert row.attempts == 1  # what is wrong with the file itself is not tried twice
        (drops.inbox / "failed" / "sub" / "scan.txt").rename(drops.inbox / "sub" / "scan.txt")
        again = drops.row("sub/scan.txt", TAKEN)
        assert (again.id, again.attempts, again.error) == (row.id, 1, "")
        assert not note.exists()
        assert drops.productions()[0].state is ProductionState.QUEUED
        drops.make(again)
        drops.row("sub/scan.txt", DONE, settled=True)
    assert drops.files() == ["done/sub/scan.txt"]


def test_what_may_pass_is_tried_as_often_as_set(drops: DropFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "RETRY_SECONDS", 0.1)
    with drops.watching(inbox_attempts=3):
        drops.put("a.txt")
        for attempt in (1, 2, 3):
            until(lambda n=attempt: drops.rows and drops.rows[0].attempts == n, drops.states)  # type: ignore[misc]
            until(lambda: [one.state for one in drops.productions()] == [ProductionState.QUEUED])
            drops.spoil(drops.row("a.txt", TAKEN), "PublishError", "No space left on device.")
        row = drops.row("a.txt", FAILED, settled=True)
        assert row.attempts == 3
        assert "3 times" in (drops.inbox / "failed" / "a.txt.error.txt").read_text()


def test_a_failed_one_that_is_helped_on_is_followed(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("a.txt")
        row = drops.row("a.txt", TAKEN)
        drops.spoil(row, "VoiceNotFound", "There is no voice 'x'.")
        drops.row("a.txt", FAILED, settled=True)
        drops.catalog.retry(row.production_id)  # voxpress retry
        row = drops.row("a.txt", TAKEN)
        drops.make(row)
        drops.row("a.txt", DONE, settled=True)
        until(lambda: drops.files() == ["done/a.txt"], drops.files)


@pytest.mark.parametrize("how", ["cancelled", "forgotten"])
def test_what_was_cancelled_or_forgotten_says_so(drops: DropFolder, how: str) -> None:
    with drops.watching():
        drops.put("a.txt")
        row = drops.row("a.txt", TAKEN)
        catalog = drops.catalog
        if how == "cancelled":
            catalog.set_state(row.production_id, ProductionState.CANCELLED)
        else:
            catalog.forget_production(row.production_id)
        row = drops.row("a.txt", FAILED, settled=True)
        assert ("cancelled" if how == "cancelled" else "removed") in row.error
        assert row.place == "failed/a.txt"


def test_a_kind_that_nobody_reads_fails_with_its_sentence(drops: DropFolder) -> None:
    with drops.watching():
        (drops.inbox / "book.mobi").write_bytes(b"TPZ0" + b"x" * 1000)
        row = drops.row("book.mobi", FAILED, settled=True)
        assert "Topaz" in row.error
        assert row.place == "failed/book.mobi"


# -- links -----------------------------------------------------------------------------------------------

PAGES = ("https://example.org/one", "https://example.org/two")


@pytest.fixture
def offline(drops: DropFolder) -> DropFolder:
    """Nothing is fetched: every address fails with a sentence that says so, unless it is made up to be there."""
    drops.flags["offline"] = True
    return drops


def fetched(drops: DropFolder, *addresses: str) -> None:
    """Put pages where fetched ones are kept."""
    cache = drops.context().settings.cache_dir
    for address in addresses:
        body = f"<html><body><p>All about {address}, at length.</p></body></html>".encode()
        fetch_cache.keep(
            cache,
            address,
            [body],
            final_url=address,
            content_type="text/html",
            charset="utf-8",
            suffix=".html",
        )


def test_a_shortcut_is_its_address(offline: DropFolder) -> None:
    fetched(offline, *PAGES)
    with offline.watching():
        offline.put("a.url", f"[InternetShortcut]\nURL={PAGES[0]}\n")
        row = offline.row("a.url", TAKEN)
        assert (row.source, offline.productions()[0].source) == (PAGES[0], PAGES[0])
        offline.put(
            "b.webloc", f'<plist version="1.0"><dict><key>URL</key><string>{PAGES[0]}</string></dict></plist>'
        )
        offline.row("b.webloc", DUPLICATE, settled=True)
        offline.make(row)
        offline.row("a.url", DONE, settled=True)
    assert offline.files() == ["done/a.url", "done/b.webloc", "done/b.webloc.duplicate.txt"]


def test_a_list_ends_when_all_its_links_have(offline: DropFolder) -> None:
    fetched(offline, *PAGES)
    with offline.watching():
        offline.put("my.urls.txt", "\n".join(PAGES))
        until(lambda: len(offline.productions()) == 2, offline.states)
        links = [row for row in offline.rows if row.parent]
        assert [row.source for row in links] == list(PAGES)
        until(lambda: all(row.production_id for row in offline.rows if row.parent))
        links = [row for row in offline.rows if row.parent]
        offline.make(links[0], "One")
        until(lambda: [row.state for row in offline.rows] == [TAKEN, DONE, TAKEN], offline.states)
        assert offline.files() == ["my.urls.txt"]
        offline.make(links[1], "Two")
        until(lambda: offline.files() == ["done/my.urls.txt"], offline.files)
        offline.put("my.urls.txt", "\n".join(PAGES))
        until(
            lambda: "done/my (2).txt" in offline.files() or "done/my.urls (2).txt" in offline.files(),
            offline.files,
        )
    assert len(offline.productions()) == 2


def test_a_list_with_a_link_that_fails_says_which(offline: DropFolder) -> None:
    fetched(offline, PAGES[0])
    with offline.watching(inbox_attempts=1):
        offline.put("my.urls.txt", "\n".join(PAGES))
        until(lambda: [r for r in offline.rows if r.source == PAGES[0] and r.production_id])
        (good,) = [r for r in offline.rows if r.source == PAGES[0]]
        offline.make(good)
        offline.row("my.urls.txt", FAILED, settled=True)
        until(lambda: "failed/my.urls.txt.error.txt" in offline.files(), offline.files)
        said = (offline.inbox / "failed" / "my.urls.txt.error.txt").read_text()
        assert PAGES[1] in said
        assert "1 of the 2 addresses" in said
        assert "offline" in said


def test_feeds_in_an_opml_file_are_sources_as_its_pages_are(offline: DropFolder) -> None:
    feed = "https://example.org/feed.xml"
    fetched(offline, PAGES[0])
    fetched(offline, feed)
    with offline.watching():
        offline.put(
            "mine.opml",
            f'<opml version="2.0"><body><outline type="link" url="{PAGES[0]}"/>'
            f'<outline type="rss" xmlUrl="{feed}"/></body></opml>',
        )
        for source in (PAGES[0], feed):
            until(lambda source=source: [r for r in offline.rows if r.source == source and r.production_id])
            (row,) = [r for r in offline.rows if r.source == source]
            offline.make(row)
        until(lambda: "done/mine.opml" in offline.files(), offline.files)


# -- restarts --------------------------------------------------------------------------------------------


def test_every_step_is_taken_up_by_the_next_watcher(
    drops: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between ledger and submission, between submission and note of it, and between end and move."""
    drops.put("a.txt")
    dead = Watcher(drops.context(), [drops.inbox])
    inbox = Inbox(drops.inbox)
    inbox.find_name("")
    watched = dead._watch(inbox)
    until(lambda: taking.take_complete(watched).taken)
    assert [row.production_id for row in drops.rows] == [""]  # it is in the ledger, and nothing else was done
    inbox.close()
    with drops.watching():
        row = drops.row("a.txt", TAKEN)
    catalog = drops.catalog
    catalog.set_intake(row.id, production_id="")  # as if it had not come to note the production
    with drops.watching():
        assert drops.row("a.txt", TAKEN).production_id == row.production_id
    assert len(drops.productions()) == 1
    folder = drops.make(row)
    catalog.finish_intake(row.id, row.production_id, str(folder), "")
    (drops.inbox / "done").mkdir()
    (drops.inbox / "a.txt").rename(drops.inbox / "done" / "a.txt")  # moved, and killed before that was booked
    with drops.watching():
        row = drops.row("a.txt", DONE, settled=True)
        assert row.place == "done/a.txt"
    assert drops.states() == [("a.txt", "done")]
    assert drops.files() == ["done/a.txt"]


def test_an_interrupted_move_leaves_nothing_behind(drops: DropFolder) -> None:
    drops.put("a.txt")
    with drops.watching():
        row = drops.row("a.txt", TAKEN)
    (drops.inbox / "done").mkdir()
    (drops.inbox / "done" / "a.txt").touch()  # its name was reserved there, and the watcher killed
    drops.make(row)
    with drops.watching():
        drops.row("a.txt", DONE, settled=True)
    assert drops.files() == ["done/a.txt"]
    assert (drops.inbox / "done" / "a.txt").stat().st_size > 0


def test_a_file_is_copied_where_it_cannot_be_renamed(
    drops: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def across(old: str, new: str, **folders: int) -> None:
        if len(set(folders.values())) > 1:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(old, new, **folders)

    monkeypatch.setattr(os, "rename", across)
    with drops.watching():
        drops.put("mounted/a.txt")
        row = drops.row("mounted/a.txt", TAKEN)
        drops.spoil(row, "SourceBroken", "It is broken.")
        drops.row("mounted/a.txt", FAILED, settled=True)
        assert drops.files() == ["failed/mounted/a.txt", "failed/mounted/a.txt.error.txt"]
        drops.catalog.retry(row.production_id)
        drops.make(drops.row("mounted/a.txt", TAKEN))
        drops.row("mounted/a.txt", DONE, settled=True)
    assert drops.files() == ["done/mounted/a.txt"]
    assert "stormy" in (drops.inbox / "done" / "mounted" / "a.txt").read_text()


def test_a_file_that_was_removed_before_it_was_read_says_so(drops: DropFolder) -> None:
    path = drops.put("a.txt")
    inbox = Inbox(drops.inbox)
    inbox.find_name("")
    watched = Watcher(drops.context(), [drops.inbox])._watch(inbox)
    until(lambda: taking.take_complete(watched).taken)
    inbox.close()
    path.unlink()
    with drops.watching():
        assert "removed before it was read" in drops.row("a.txt", FAILED, settled=True).error


def test_a_drop_folder_that_moved_keeps_its_ledger(drops: DropFolder, tmp_path: Path) -> None:
    with drops.watching():
        drops.put("a.txt")
        row = drops.row("a.txt", TAKEN)
    drops.inbox.rename(tmp_path / "mounted elsewhere")
    with drops.watching(tmp_path / "mounted elsewhere"):
        drops.make(row)
        drops.row("a.txt", DONE, settled=True)
    assert (tmp_path / "mounted elsewhere" / "done" / "a.txt").exists()


def test_without_its_name_a_drop_folder_is_known_by_its_path(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("a.txt")
        row = drops.row("a.txt", TAKEN)
    (drops.inbox / MARKER).unlink()
    with drops.watching():
        drops.make(row)
        drops.row("a.txt", DONE, settled=True)
    assert (drops.inbox / MARKER).read_text().strip() == row.inbox


# -- one watcher, sound folders --------------------------------------------------------------------------


def test_a_second_watcher_is_refused(drops: DropFolder) -> None:
    with drops.watching(), pytest.raises(WorkError, match="Another watcher looks after"):
        Watcher(drops.context(home=drops.folder / "other home"), [drops.inbox]).run()


def test_a_lease_keeps_other_hosts_away(drops: DropFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough for a machine that is busy with other things: a lease that ran out is just taken again.
    monkeypatch.setattr("workers.drop.duty.LEASE_SECONDS", 6.0)
    inbox = Inbox(drops.inbox)
    inbox.find_name("")
    inbox.close()
    catalog = drops.catalog
    assert catalog.hold_lease(f"inbox {inbox.name}", "another host", 11)
    with pytest.raises(WorkError, match="on another host"):
        Watcher(drops.context(), [drops.inbox]).run()
    catalog.release_lease(f"inbox {inbox.name}", "another host")
    with pytest.raises(WorkError, match="took over"):
        lose_the_lease(drops)


def lose_the_lease(drops: DropFolder) -> None:
    with drops.watching():
        with drops.catalog.database.write() as connection:
            until_then = moment(connection) + timedelta(seconds=11)
            connection.execute(LEASE.update().values(holder="another host", until=until_then))
        until(lambda: not watching())


def test_folders_inside_one_another_are_refused(drops: DropFolder, tmp_path: Path) -> None:
    context = drops.context()
    inner = drops.library / "inbox"
    inner.mkdir()
    link = tmp_path / "link"
    link.symlink_to(inner)
    for folders, said in (
        ([inner], "the library"),
        ([link], "the library"),
        ([tmp_path], "the library"),
        ([tmp_path / "home" / "in"], "the state folder"),
        ([drops.inbox, drops.inbox / "sub"], "inside one another"),
        ([drops.inbox, tmp_path / "x" / ".." / "inbox"], "named twice"),
        ([], "No drop folder"),
    ):
        with pytest.raises(SettingsError, match=said):
            Watcher(context, folders)
    with pytest.raises(SettingsError, match="cannot be used"):
        Watcher(context, [tmp_path / "missing"]).run()


# -- odd things ------------------------------------------------------------------------------------------


def test_links_pipes_and_what_belongs_to_systems_are_left_alone(drops: DropFolder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret text.")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "more.txt").write_text("More of it.")
    (drops.inbox / "link.txt").symlink_to(tmp_path / "secret.txt")
    (drops.inbox / "folder").symlink_to(tmp_path / "secrets")
    os.mkfifo(drops.inbox / "pipe.txt")
    for name in (
        "@eaDir/a.txt",
        ".hidden/a.txt",
        "a.txt.part",
        "Thumbs.db",
        "cover.jpg",
        ".a.txt",
        "p_files/a.txt",
    ):
        drops.put(name, f"Text in {name}.")
    drops.put("p.html", "<html><body><p>A page with a long enough text in it.</p></body></html>")
    before = drops.files()
    with drops.watching():
        drops.row("p.html", TAKEN)
    assert len(drops.rows) == 1
    assert drops.files() == before


def test_names_of_any_kind(drops: DropFolder) -> None:
    names = [
        b"new\nline.txt",
        b"\xff\xfe bad bytes.txt",
        "Ü".encode() * 120 + b".txt",
        b" back\\slash .txt",
        b"-rf.txt",
    ]
    for number, name in enumerate(names):
        with open(os.fsencode(drops.inbox) + b"/" + name, "w") as file:
            file.write(f"Text number {number}.")
    with drops.watching():
        until(lambda: sum(bool(row.production_id) for row in drops.rows) == len(names), drops.states)
        for number, row in enumerate(drops.rows):
            if number == 0:
                drops.spoil(row, "SourceBroken", "It is broken.")
            else:
                drops.make(row, f"Title {number}")
        until(lambda: all(row.settled for row in drops.rows), drops.states)
    there = {
        name for folder in (b"/done", b"/failed") for name in os.listdir(os.fsencode(drops.inbox) + folder)
    }
    assert set(names) <= there
    assert len(there) == len(names) + 1  # and one NAME.error.txt


def _refused(call: Any, folder: Path) -> Any:
    def called(*arguments: Any, **options: Any) -> Any:
        folders = [options.get(name) for name in ("dir_fd", "src_dir_fd")] + [*arguments[:1]]
        for number in folders:
            if isinstance(number, int) and Path(f"/proc/self/fd/{number}").resolve().is_relative_to(folder):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return call(*arguments, **options)

    return called


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the folder can be changed. Root is not bound by permissions: for root the calls are refused."""
    before = stat.S_IMODE(folder.stat().st_mode)
    with pytest.MonkeyPatch.context() as patch:
        if os.geteuid() == 0:
            for module, call in (
                (os, "link"),
                (os, "rename"),
                (os, "unlink"),
                (os, "mkdir"),
                (files, "_write"),
            ):
                patch.setattr(module, call, _refused(getattr(module, call), folder))
            patch.setattr(Inbox, "writable", False)
        folder.chmod(0o555)
        yield
    folder.chmod(before)


def test_a_read_only_drop_folder(drops: DropFolder) -> None:
    drops.put("good.txt", "The good text.")
    drops.put("bad.txt", "The bad text.")
    with read_only(drops.inbox):
        with drops.watching():
            drops.make(drops.row("good.txt", TAKEN))
            drops.spoil(drops.row("bad.txt", TAKEN), "SourceBroken", "It is broken.")
            drops.row("good.txt", DONE, settled=True)
            drops.row("bad.txt", FAILED, settled=True)
        with drops.watching(), pytest.raises(WorkError):
            Inbox(drops.inbox)  # it is looked after
        assert drops.states() == [("bad.txt", "failed"), ("good.txt", "done")]
        assert drops.files() == ["bad.txt", "good.txt"]
        assert not (drops.inbox / MARKER).exists()
    assert len(drops.productions()) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_fails_after_a_while(drops: DropFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "UNREADABLE_SECONDS", 0.5)
    drops.put("a.txt").chmod(0o000)
    with drops.watching():
        row = drops.row("a.txt", FAILED, settled=True)
        assert "Permission denied" in row.error
        assert row.place == "failed/a.txt"


def test_a_drop_folder_that_goes_away_is_waited_for(drops: DropFolder, tmp_path: Path) -> None:
    with drops.watching():
        drops.put("a.txt")
        row = drops.row("a.txt", TAKEN)
        drops.inbox.rename(tmp_path / "unplugged")
        drops.inbox.mkdir()  # what is under a mount point: not ours
        (drops.inbox / "b.txt").write_text("Not for us.")
        drops.make(row)
        until(lambda: drops.rows[0].state is DONE, drops.states)
        assert not (drops.inbox / MARKER).exists()
        shutil.rmtree(drops.inbox)
        (tmp_path / "unplugged").rename(drops.inbox)
        drops.put("c.txt", "The third text.")
        drops.row("c.txt", TAKEN)
    assert [path for path, _ in drops.states()] == ["a.txt", "c.txt"]


@pytest.mark.parametrize("why", ["a network share", "no more watches"])
def test_where_nothing_tells_of_changes_they_are_looked_for(
    drops: DropFolder, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(waking, "POLL_SECONDS", 0.3)
    if why == "a network share":
        monkeypatch.setattr(waking, "silent_kind", lambda folder: "nfs4")
    else:

        def full(*arguments: Any, **options: Any) -> Any:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("watchfiles.watch", full)
    with drops.watching():
        drops.put("a.txt", "The first text.")
        drops.row("a.txt", TAKEN)
        drops.put("b.txt", "The second text.")
        drops.row("b.txt", TAKEN)
    assert ("nfs4 tells of no changes" if why == "a network share" else "does not tell") in caplog.text


def test_once_ends_when_nothing_is_left(drops: DropFolder) -> None:
    drops.put("a.txt")
    drops.put("b.mobi", "TPZ0" + "x" * 60)

    def work() -> None:
        drops.make(drops.row("a.txt", TAKEN))

    worker = threading.Thread(target=work)
    worker.start()
    assert drops.run_once()
    worker.join()
    assert sorted(drops.states()) == [("a.txt", "done"), ("b.mobi", "failed")]
    assert drops.files() == ["done/a.txt", "failed/b.mobi", "failed/b.mobi.error.txt"]
    assert drops.run_once()  # nothing to do is no fault
    drops.put("voxpress.toml", "nonsense")
    drops.put("c.txt", "A third text.")
    assert not drops.run_once()  # its folder's settings cannot be read: it could not be taken
    assert len(drops.rows) == 2


# -- lexicons --------------------------------------------------------------------------------------------


def test_a_lexicon_holds_for_its_folder_and_for_those_in_it(drops: DropFolder) -> None:
    drops.put("lexicon.toml", '[words]\nReacher = "Reecher"\n')
    drops.put("series/lexicon.toml", '[words]\nGif = "jif"\n')
    drops.put("series/other.lexicon.toml", "not taken for a book")
    with drops.watching():
        drops.put("a.txt", "One text.")
        drops.put("series/b.txt", "Another text.")
        rows = [drops.row("a.txt", TAKEN), drops.row("series/b.txt", TAKEN)]
        assert len(drops.rows) == 2
    context = drops.context()
    found = [kept_lexicon(context, drops.catalog.get(row.production_id)).entries for row in rows]
    assert [[entry.word for entry in entries if not entry.languages] for entries in found] == [
        ["Reacher"],
        ["Reacher", "Gif"],
    ]


def test_a_lexicon_that_cannot_be_used_is_said_beside_it(drops: DropFolder) -> None:
    drops.put("voxpress.toml", "[audio]\nbitrate = 48\n")
    drops.put("lexicon.toml", "[words]\nReacher = 3\n")
    error = drops.inbox / "lexicon.toml.error.txt"
    with drops.watching():
        drops.put("a.txt", "One text.")
        until(error.exists)
        assert "lexicon.toml, line 2: 'say' must be a text" in error.read_text()
        assert drops.rows == []
        drops.put("lexicon.toml", '[words]\nReacher = "Reecher"\n')
        row = drops.row("a.txt", TAKEN)
        assert not error.exists()
    assert drops.catalog.get(row.production_id).settings.lexicon


def test_the_same_book_with_another_lexicon_is_no_duplicate(drops: DropFolder) -> None:
    with drops.watching():
        drops.put("a.txt", "One text.")
        drops.make(drops.row("a.txt", TAKEN))
        drops.row("a.txt", DONE, settled=True)
        drops.put("lexicon.toml", '[words]\nOne = "Wun"\n')
        drops.put("again/a.txt", "One text.")
        drops.row("again/a.txt", TAKEN)
