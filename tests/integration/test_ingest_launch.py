"""Readers forked from a process that has their imports: as locked in as new ones, and gone when they should be."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from pipeline.errors import SourceBroken, SourceProtected, SourceTooLarge
from pipeline.ingest import Bounds, launch
from pipeline.ingest.kinds import INGESTERS
from pipeline.ingest.request import Request
from pipeline.ingest.sandbox import read_in_sandbox
from pipeline.model import SourceInfo, SourceKind
from pipeline.serial import dump
from pipeline.settings import ReadingSettings
from tests.misreading import ask, environment, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="readers are forked on Linux only")


def looking(path: Path) -> dict[str, object]:
    return json.loads(read_in_sandbox(ask(path, "looks")).chapters[0].text)  # type: ignore[no-any-return]


def zygotes(of: psutil.Process | None = None) -> list[psutil.Process]:
    """Those that are children of a process; with their readers they would be more."""
    children = (of or psutil.Process()).children()
    return [child for child in children if "pipeline.ingest.zygote" in child.cmdline()]


def the_zygote() -> psutil.Process:
    (zygote,) = zygotes()
    return zygote


# -- as locked in ----------------------------------------------------------------------------------------


def test_a_forked_reader_has_what_a_new_one_has(
    tmp_path: Path, readers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_SECRET", "open sesame")
    seen = []
    for have in (True, False):
        monkeypatch.setattr(launch, "HAVE_ZYGOTES", have)
        one = looking(tmp_path)
        assert one["pid"] == one["group"] == one["session"]
        del one["pid"], one["group"], one["session"]
        one["environment"].pop("LC_CTYPE", None)  # type: ignore[attr-defined]
        seen.append(one)
    assert seen[0] == seen[1]
    assert seen[0]["dies by"] == 9
    assert seen[0]["status"]["NoNewPrivs"] == "1"  # type: ignore[index]


def test_a_forked_reader_has_nothing_open_but_its_pipes(tmp_path: Path, readers: Path) -> None:
    with socket.socket() as ours, (tmp_path / "ours").open("w") as file:
        os.set_inheritable(ours.fileno(), True)
        os.set_inheritable(file.fileno(), True)
        before = looking(tmp_path)["handles"]
        with ThreadPoolExecutor(2) as pool:  # now with others at work
            other = pool.submit(read_in_sandbox, ask(tmp_path, "meets", "one"))
            until(lambda: list(tmp_path.glob("*-is-there")))
            assert looking(tmp_path)["handles"] == before
            read_in_sandbox(ask(tmp_path, "meets", "two"))
            other.result()
    assert before == ["pipe"] * 4


def test_every_source_has_a_process_of_its_own(tmp_path: Path, readers: Path) -> None:
    pids = {looking(tmp_path)["pid"] for _ in range(3)}
    assert len(pids) == 3
    assert not any(psutil.pid_exists(pid) for pid in pids)  # type: ignore[arg-type]
    assert the_zygote().pid not in pids


def test_a_page_makes_the_same_book_either_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "ferry.html"
    said = (f"<p>The ferry of hour {hour} was late, and {hour} people were cold." for hour in range(20))
    page.write_text(f"<html lang=en><title>Late</title><body><article><h1>Late</h1>{''.join(said)}</article>")
    request = Request(
        path=str(page),
        reader="pipeline.ingest.web:read_web",
        settings=ReadingSettings(),
        source=SourceInfo(SourceKind.WEB, str(page), "0" * 64),
        title="ferry",
        charset="",
    )
    books = []
    for have in (True, True, False):
        monkeypatch.setattr(launch, "HAVE_ZYGOTES", have)
        books.append(dump(read_in_sandbox(request)))
    assert books[0] == books[1] == books[2]


def test_with_all_readers_in_it_a_zygote_has_one_thread() -> None:
    code = (
        "import os; from pipeline.ingest.child import make_ready; from pipeline.ingest.kinds import INGESTERS\n"
        "for one in INGESTERS:\n"
        "    make_ready(one.reader, survey=False)\n"
        "    if one.survey: make_ready(one.survey, survey=True)\n"
        "print(len(INGESTERS), len(os.listdir('/proc/self/task')))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment())
    assert said.stdout.split() == [b"%d" % len(INGESTERS), b"1"]


# -- several at a time -----------------------------------------------------------------------------------


def test_two_threads_read_at_the_same_time(tmp_path: Path, readers: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda name: read_in_sandbox(ask(tmp_path, "meets", name)), ("one", "two")))
    assert [book.chapters[0].text for book in found] == ["one", "two"]


def test_a_reader_that_hangs_is_killed_and_others_go_on(tmp_path: Path, readers: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(read_in_sandbox, ask(tmp_path, "meets", "one"))
        until(lambda: (tmp_path / "one-is-there").exists())
        with pytest.raises(SourceTooLarge, match=r"within 1 s"):
            read_in_sandbox(ask(tmp_path, "sleeps", bounds=Bounds(seconds=1)))
        assert not other.done()
        (tmp_path / "two-is-there").touch()
        assert other.result(60).chapters[0].text == "one"


def test_the_thread_that_read_first_may_end(tmp_path: Path, readers: Path) -> None:
    # The kernel tells a process that its parent died when the thread that forked it has.
    thread = threading.Thread(target=looking, args=(tmp_path,))
    thread.start()
    thread.join()
    zygote = the_zygote()
    looking(tmp_path)
    assert the_zygote() == zygote


def test_nothing_is_left_of_readers_that_have_ended(tmp_path: Path, readers: Path) -> None:
    looking(tmp_path)
    zygote = the_zygote()
    before, ours = zygote.num_fds(), psutil.Process().num_fds()
    for reader in ("chats", "crashes", "refuses", "looks") * 3:
        with suppress(SourceBroken, SourceProtected):
            read_in_sandbox(ask(tmp_path, reader))
    assert the_zygote() == zygote
    assert zygote.children() == []
    assert (zygote.num_fds(), psutil.Process().num_fds()) == (before, ours)


# -- when something dies ---------------------------------------------------------------------------------


def test_a_zygote_that_was_killed_is_replaced(tmp_path: Path, readers: Path) -> None:
    looking(tmp_path)
    before = the_zygote()
    before.kill()
    assert looking(tmp_path)["cwd"] == "/"
    looking(tmp_path)
    assert the_zygote() != before


def test_what_a_killed_zygote_had_in_hand_is_read_again(tmp_path: Path, readers: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_in_sandbox, ask(tmp_path, "wakes"))
        until(lambda: (tmp_path / "asleep").exists())
        (reader,) = the_zygote().children()
        the_zygote().kill()
        assert reading.result(60).chapters[0].text == "It woke up."
    reader.wait(20)


def test_a_zygote_without_work_ends(tmp_path: Path, readers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "IDLE_SECONDS", 0.1)
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_in_sandbox, ask(tmp_path, "meets", "one"))
        until(lambda: (tmp_path / "one-is-there").exists())
        time.sleep(0.5)  # a reader at work is work, however long it takes
        before = the_zygote()
        (tmp_path / "two-is-there").touch()
        assert reading.result(60).chapters[0].text == "one"
    until(lambda: before.status() == psutil.STATUS_ZOMBIE)
    monkeypatch.setattr(launch, "IDLE_SECONDS", 60.0)
    looking(tmp_path)
    assert the_zygote() != before
    assert not before.is_running()


@contextmanager
def owner(code: str, path: Path, reader: str) -> Iterator[subprocess.Popen[str]]:
    """A process that does what ``code`` says, for which ``read()`` reads."""
    lines = (
        "import os, sys, time; from pipeline.serial import load; from pipeline.ingest.request import Request",
        "from pipeline.ingest.sandbox import read_in_sandbox",
        f"read = lambda: read_in_sandbox(load(Request, {dump(ask(path, reader)).decode()!r}))",
        code,
    )
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said_by(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_reader_and_zygote_die_with_their_owner(tmp_path: Path, readers: Path) -> None:
    with owner("read()", tmp_path, "sleeps") as process:
        until(lambda: (tmp_path / "asleep").exists())
        below = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        assert len(below) == 2
        assert psutil.wait_procs(below, 20)[1] == []


@pytest.mark.parametrize("end", ["sys.exit()", "os.kill(os.getpid(), 9)"])
def test_a_zygote_ends_with_its_owner(tmp_path: Path, readers: Path, end: str) -> None:
    code = f"read(); print('read', flush=True); sys.stdin.readline(); {end}"
    with owner(code, tmp_path, "chats") as process:
        assert said_by(process) == "read"
        (zygote,) = zygotes(psutil.Process(process.pid))
        assert process.stdin is not None
        process.stdin.close()
        zygote.wait(20)


def test_a_forked_owner_has_its_own_zygote(tmp_path: Path, readers: Path) -> None:
    code = """
read()
child = os.fork()
if child == 0:
    read()
print(child, flush=True)
time.sleep(600)
"""
    with owner(code, tmp_path, "chats") as process:
        pid = max(int(said_by(process)) for _ in range(2))
        child = psutil.Process(pid)
        try:
            (first,), (second,) = zygotes(psutil.Process(process.pid)), zygotes(child)
            assert first != second
            process.kill()
            first.wait(
                20
            )  # although the other process, which began with a copy of all that was open, lives on
            assert second.is_running()
        finally:
            child.kill()
        second.wait(20)
