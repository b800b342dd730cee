"""Room that is really freed, pages that are really fetched again: commands against a store with real content."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from storage.check import check
from storage.gc import YOUNG_SECONDS
from storage.rows import Production, ProductionState
from tasks.context import Context
from tasks.holds import alone, held
from tasks.levels import fix_level
from tasks.mastering import master
from tasks.publishing import publish_edition
from tasks.speaking import speak_batch
from tasks.submission import submit
from tests.producing import TONE, a_context, planned

BOOK = {"One": ["A first paragraph.", "A second one."], "Two": ["And the last of them."]}
OTHER = {"One": ["A first paragraph.", "Quite another one."]}


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


def answer(*arguments: str | Path) -> Any:
    return json.loads(run(*arguments, "--json")[1])


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "home"))
    context = a_context(tmp_path)
    yield context
    context.store.catalog.close()


def made(context: Context, chapters: dict[str, list[str]], name: str) -> Production:
    """A finished production, made in this process."""
    production = planned(context, chapters, name=name)
    for row in context.store.catalog.chapters(production.id):
        speak_batch(context, production, row.index, 0, row.chunks)
    fix_level(context, production)
    for row in context.store.catalog.chapters(production.id):
        assert master(context, production, row)
    assert publish_edition(context, production)
    finished = context.store.catalog.get(production.id)
    assert finished.state is ProductionState.DONE
    return finished


def room(context: Context) -> int:
    """Bytes of all files under the blobs' folder."""
    return sum(path.stat().st_size for path in Path(context.settings.blob_url).rglob("*") if path.is_file())


# -- forgetting ------------------------------------------------------------------------------------------


def test_a_forgotten_productions_room_is_free_and_its_audiobook_stays(context: Context) -> None:
    production = made(context, BOOK, "book")
    before = {path: path.read_bytes() for path in Path(production.edition_folder).iterdir()}
    assert room(context) > 100_000
    assert answer("storage", "gc", "--keep-days", "0", "--delete")["pieces"] == 0

    said = run("storage", "forget", production.id[:5])
    assert said[0] == 0
    assert production.edition_folder in said[2]
    assert answer("jobs") == {"productions": []}
    freed = answer("storage", "gc", "--keep-days", "0", "--delete")["freed"]
    assert freed > 100_000
    assert room(context) == 0
    assert check(context.store) == []
    assert {path: path.read_bytes() for path in Path(production.edition_folder).iterdir()} == before

    again = made(context, BOOK, "book")
    assert again.edition_folder == production.edition_folder
    assert (
        Path(again.edition_folder, "A Test.m4b").read_bytes()
        == before[Path(production.edition_folder, "A Test.m4b")]
    )


def test_what_another_production_shares_stays(context: Context) -> None:
    one, other = made(context, BOOK, "book"), made(context, OTHER, "other")
    shared = {c.take_key for c in context.store.catalog.chunks(one.id, 0)} & {
        c.take_key for c in context.store.catalog.chunks(other.id, 0)
    }
    assert shared
    run("storage", "forget", one.id)
    assert answer("storage", "gc", "--keep-days", "0", "--delete")["freed"] > 0
    assert all(context.store.recall(key) for key in shared)
    assert check(context.store) == []
    assert other.state is ProductionState.DONE


def test_what_is_being_made_is_not_forgotten_and_keeps_the_young(context: Context) -> None:
    forgotten, running = made(context, BOOK, "book"), planned(context, OTHER, name="other")
    run("storage", "forget", forgotten.id)
    with held(context, running.id):
        code, _, err = run("storage", "forget", running.id)
        assert code == 1
        assert f"voxpress follow {running.id}" in err
        # It may have found a take of the forgotten one just now, and not booked yet that it needs it.
        assert answer("storage", "gc", "--keep-days", "0", "--delete")["freed"] == 0
        with alone(context) as nobody_else:
            assert not nobody_else
    assert YOUNG_SECONDS > 0
    assert answer("storage", "gc", "--keep-days", "0", "--delete")["freed"] > 0
    assert check(context.store) == []  # nothing of what the running one needs is gone
    assert answer("status", running.id)["chunks_done"] > 0


def test_nobody_begins_while_the_collector_is_alone(context: Context) -> None:
    production = planned(context, BOOK)
    begun = threading.Event()

    def begin() -> None:
        with held(context, production.id):
            begun.set()

    thread = threading.Thread(target=begin)
    with alone(context) as nobody_else:
        assert nobody_else
        thread.start()
        assert not begun.wait(0.2)
    thread.join()
    assert begun.is_set()


def test_of_several_none_is_forgotten_when_one_is_not_there(context: Context) -> None:
    production = planned(context, BOOK)
    code, out, _ = run("storage", "forget", production.id, "ffffffffffff", "--json")
    assert code == 1
    assert json.loads(out)["error"]["kind"] == "ProductionNotFound"
    assert [one["id"] for one in answer("jobs")["productions"]] == [production.id]
    assert answer("storage", "forget", production.id, production.id[:6])["forgotten"] == [production.id]


# -- progress --------------------------------------------------------------------------------------------


def test_takes_that_are_used_again_count_as_audio_at_once(context: Context) -> None:
    one = made(context, BOOK, "book")
    spoken = context.store.catalog.made(one.id).audio_seconds
    assert spoken > 1
    again = planned(context, BOOK, name="the same under another name")
    progress = answer("status", again.id)
    assert progress["chunks_done"] == progress["chunks"]
    assert progress["audio_seconds"] == pytest.approx(spoken)


# -- fetching again --------------------------------------------------------------------------------------


@contextmanager
def site(pages: dict[str, str]) -> Iterator[str]:
    """A server on this machine; the dictionary says what it answers now."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages[self.path].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_page_is_fetched_again_when_told_so(
    context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VOXPRESS_ALLOW_HOSTS", "127.0.0.1")
    pages = {"/news.txt": "The harbour was quiet this morning.\n"}
    with site(pages) as root:
        address = f"{root}/news.txt"

        def text(*flags: str) -> str:
            return " ".join(c["text"] for c in answer("inspect", address, *flags)["chapters"])

        assert "quiet" in text()
        pages["/news.txt"] = "The harbour was loud this evening.\n"
        assert "quiet" in text()
        assert "quiet" in text("--offline", "--refresh")
        assert "loud" in text("--refresh")
        assert "loud" in text()

        here = a_context(tmp_path)  # with the hosts that are allowed now
        first = submit(here, address, tmp_path / "out", TONE).production
        pages["/news.txt"] = "The harbour was empty at night.\n"
        assert submit(here, address, tmp_path / "out", TONE).production.source_sha256 == first.source_sha256
        new = submit(here, address, tmp_path / "out", TONE, refresh=True).production
        assert new.id == first.id
        assert new.source_sha256 != first.source_sha256
        here.store.catalog.close()
    assert "empty" in text()  # the workers, too, find it fetched
