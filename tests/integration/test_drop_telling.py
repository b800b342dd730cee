"""Who is told of an edition: a real command, and a real HTTP server in Audiobookshelf's place."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from storage.rows import IntakeState
from tests.dropping import DropFolder, until
from workers.drop import telling, waking, watcher

TAKEN, DONE = IntakeState.TAKEN, IntakeState.DONE
TOKEN = "a-very-secret-token"


class Shelf(BaseHTTPRequestHandler):
    """Answers as it was told, and remembers what it was asked."""

    asked: ClassVar[list[tuple[str, str, str]]] = []
    answers: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        """Any path."""
        self.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
        status = self.answers.pop(0) if self.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:
        """Silence."""


@pytest.fixture
def shelf(drops: DropFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Shelf]]:
    monkeypatch.setattr(telling, "SCAN_PAUSES", (0.05, 0.05))
    Shelf.asked.clear()
    Shelf.answers.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    drops.flags |= {
        "audiobookshelf_url": f"http://127.0.0.1:{server.server_address[1]}/shelf/",
        "audiobookshelf_token": TOKEN,
        "audiobookshelf_library": "lib_1",
    }
    yield Shelf
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropFolder:
    monkeypatch.setattr(watcher, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(waking, "DEBOUNCE_MS", 50)
    return DropFolder(tmp_path)


def done(drops: DropFolder, name: str = "a.txt") -> Path:
    """Drop a text, and make it."""
    drops.put(name, f"The text in {name}.")
    folder = drops.make(drops.row(name, TAKEN), name)
    drops.row(name, DONE)
    return folder


def test_a_command_gets_the_edition_s_folder_and_no_shell(drops: DropFolder) -> None:
    script = drops.folder / "note it.py"
    said = drops.folder / "said.json"
    script.write_text(
        "import json, os, sys\n"
        f"open({str(said)!r}, 'w').write(json.dumps([sys.argv[1:], "
        "{k: v for k, v in os.environ.items() if k.startswith('VOXPRESS_')}]))\n"
    )
    drops.flags["on_done"] = f'{sys.executable} "{script}" "$HOME; x" \'two words\''
    with drops.watching():
        folder = done(drops)
        row = drops.row("a.txt", DONE, settled=True)
    arguments, variables = json.loads(said.read_text())
    assert arguments == ["$HOME; x", "two words", str(folder)]
    assert variables["VOXPRESS_EDITION"] == str(folder)
    assert variables["VOXPRESS_PRODUCTION"] == row.production_id
    assert variables["VOXPRESS_SOURCE"] == str(drops.inbox / "a.txt")
    assert row.notice == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"{sys.executable} -c \"print('no room'); raise SystemExit(7)\"", "status 7: no room"),
        ("/no/such/command -x", "could not be run (No such file or directory)"),
    ],
)
def test_a_command_that_fails_is_a_doubt_and_no_failure(
    drops: DropFolder, command: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    drops.flags["on_done"] = command
    with drops.watching():
        done(drops)
        row = drops.row("a.txt", DONE, settled=True)
    assert said in row.notice
    assert said in caplog.text
    assert row.place == "done/a.txt"


def test_a_command_that_hangs_is_ended(drops: DropFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "COMMAND_SECONDS", 0.5)
    drops.flags["on_done"] = f'{sys.executable} -c "import time; time.sleep(600)"'
    with drops.watching():
        done(drops)
        row = drops.row("a.txt", DONE, settled=True)
    assert "was ended after" in row.notice
    assert not hanging()


def hanging() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if "sleep(600)" in " ".join(p.cmdline())]


def test_a_slow_command_holds_up_no_book_and_is_told_again_after_a_restart(drops: DropFolder) -> None:
    drops.flags["on_done"] = f'{sys.executable} -c "import time; time.sleep(600)"'
    with drops.watching():
        done(drops)
        until(hanging)
        done(drops, "b.txt")
        assert not drops.row("a.txt").settled
    assert not hanging()
    counted = drops.folder / "counted"
    drops.flags["on_done"] = (
        f"{sys.executable} -c \"import sys; open('{counted}', 'a').write(sys.argv[1] + chr(10))\""
    )
    with drops.watching():
        rows = [drops.row(name, DONE, settled=True) for name in ("a.txt", "b.txt")]
    assert sorted(counted.read_text().splitlines()) == sorted(row.edition_folder for row in rows)


def test_audiobookshelf_is_asked_to_scan(
    drops: DropFolder, shelf: type[Shelf], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shelf.answers += [503, 200]
    with drops.watching() as running:
        done(drops)
        assert drops.row("a.txt", DONE, settled=True).notice == ""
        assert TOKEN not in repr(running.context.settings)
    wanted = ("POST", "/shelf/api/libraries/lib_1/scan", f"Bearer {TOKEN}")
    assert shelf.asked == [wanted, wanted]
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("answers", "asked", "said"),
    [
        ([404], 1, "HTTP 404): check the library's id"),
        ([401], 1, "HTTP 401): check the token"),
        ([302], 1, "HTTP 302)"),
        ([500, 500, 500], 3, "HTTP 500)"),
    ],
)
def test_an_audiobookshelf_that_refuses_is_a_doubt(
    drops: DropFolder, shelf: type[Shelf], answers: list[int], asked: int, said: str
) -> None:
    shelf.answers += answers
    with drops.watching():
        done(drops)
        row = drops.row("a.txt", DONE, settled=True)
    assert said in row.notice
    assert TOKEN not in row.notice
    assert len(shelf.asked) == asked


def test_an_audiobookshelf_that_is_away_is_a_doubt(
    drops: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "SCAN_PAUSES", (0.05,))
    drops.flags |= {"audiobookshelf_url": "http://127.0.0.1:1", "audiobookshelf_library": "l"}
    with drops.watching():
        done(drops)
        assert (
            "set audiobookshelf_library and audiobookshelf_token"
            in drops.row("a.txt", DONE, settled=True).notice
        )
    drops.flags["audiobookshelf_token"] = TOKEN
    with drops.watching():
        done(drops, "b.txt")
        assert "Connection refused" in drops.row("b.txt", DONE, settled=True).notice


def test_who_read_the_ledger_too_early_does_not_tell_twice(drops: DropFolder, shelf: type[Shelf]) -> None:
    with drops.watching():
        done(drops)
        row = drops.row("a.txt", DONE, settled=True)
    shelf.asked.clear()
    booked: list[int] = []
    teller = telling.Teller(drops.context().settings, lambda number, wrong: booked.append(number))
    try:
        for _ in range(3):  # the ledger was read before what came of it was booked
            teller.tell(row)
            until(lambda: not teller.busy())
        assert (booked, len(shelf.asked)) == ([row.id], 1)
        teller.forget_done()
        teller.tell(row)  # now it says that this is to be told
        until(lambda: not teller.busy())
        assert (booked, len(shelf.asked)) == ([row.id, row.id], 2)
    finally:
        teller.stop()
