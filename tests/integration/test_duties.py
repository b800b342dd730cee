"""What a worker's parent does beside must wait for nobody: it has a lease to renew, and processes to look after."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import ProductionSettings, VoiceSettings
from pipeline.speech import server_client
from pipeline.speech.offers import read
from pipeline.speech.registry import forget_engines
from pipeline.speech.servers import SpeechServer
from storage.rows import Production
from storage.settings import load_settings
from tasks import graph, reconcile
from tasks.context import Context, open_context
from tasks.submission import submit
from tests.books import write_epub
from tests.producing import a_context
from workers import meaning
from workers.asking import Asking
from workers.duties import LEASE_SECONDS, Duties
from workers.plans import WorkerPlan

KINDS = ("openai", "piper-http", "chatterbox-server", "gpt-sovits")


class Hanging:
    """A server that takes every connection, reads what it is asked, and never answers."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.asked = self.given_up = 0
        self._held: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def end(self) -> None:
        """Hang up on everybody."""
        for held in (self.listening, *self._held):
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
            held.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                taken, _ = self.listening.accept()
                self._held.append(taken)
                threading.Thread(target=self._hold, args=(taken,), daemon=True).start()

    def _hold(self, taken: socket.socket) -> None:
        with contextlib.suppress(OSError):
            taken.recv(1 << 16)
            self.asked += 1
            while taken.recv(1 << 16):
                pass
            self.given_up += 1


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Hanging]]:
    """One for each kind of server, of which every question may take a minute."""
    monkeypatch.setattr(server_client, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(server_client, "LOOK_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(meaning, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(graph, "start", lambda production: None)
    monkeypatch.setattr(reconcile, "QUIET_SECONDS", 600.0)  # there is no broker to be asked
    servers = [Hanging() for _ in KINDS]
    yield servers
    for server in servers:
        server.end()
    forget_engines()


def with_servers(context: Context, servers: list[Hanging]) -> Context:
    """The same studio, with those servers in its settings."""
    settings = load_settings({"home": context.settings.home}).settings
    named = tuple(SpeechServer(kind, one.url) for kind, one in zip(KINDS, servers, strict=True))
    return open_context(replace(settings, servers=named))


def asking_for(voice: str, context: Context) -> Production:
    """A production that waits for its turn, with a voice that anybody may have."""
    folder = context.settings.home.parent
    book = write_epub(folder / "book.epub", {"One": ["A paragraph."]})
    settings = ProductionSettings(voice=VoiceSettings(voice=voice))
    return submit(context, str(book), folder / "out", settings, shared=True).production


def offered(context: Context) -> list[str]:
    """The engines whose voices were told."""
    return [row.engine for row in context.store.catalog.offers()]


def notice(context: Context, production: Production) -> str:
    """What a production waits for in vain."""
    return context.store.catalog.get(production.id).notice


def until(told: Callable[[], bool], turn: Callable[[], object]) -> None:
    """Take turns until it is so."""
    deadline = time.monotonic() + 60
    while not told():
        assert time.monotonic() < deadline
        turn()
        time.sleep(0.02)


def test_servers_that_hang_keep_nobody_from_the_duties(tmp_path: Path, hanging: list[Hanging]) -> None:
    before = a_context(tmp_path)
    production = asking_for("en-us", before)
    context = with_servers(before, hanging)
    catalog = context.store.catalog
    queues = ("cpu", "publish", *(f"speak.{kind}" for kind in KINDS))
    duties = Duties(context, {"worker-1@here": WorkerPlan((*queues, "speak.espeak"), 1)})
    try:
        duties()
        assert catalog.get(production.id).started
        until(lambda: "espeak" in offered(context) and all(server.asked for server in hanging), duties)
        assert not any(server.given_up for server in hanging), "the duties went on while all of them hung"
        assert not catalog.hold_lease("keeper", "another", LEASE_SECONDS)
        assert offered(context) == ["espeak"]
        [row] = [row for row in catalog.offers() if row.engine == "espeak"]
        assert "espeak:en-us" in {offer.voice.name for offer in read(row.voices)}
    finally:
        duties.end()


def test_a_voice_that_is_named_without_its_engine_is_found_when_the_servers_have_given_up(
    tmp_path: Path, hanging: list[Hanging]
) -> None:
    before = a_context(tmp_path)
    production = asking_for("en-us", before)
    context = with_servers(before, hanging)
    duties = Duties(context, {"worker-1@here": WorkerPlan(("cpu", "publish"), 1)})
    try:
        until(lambda: any(server.asked for server in hanging), duties)
        assert notice(context, production) == "", "nobody knows yet who speaks it"
        for server in hanging:
            server.end()
        until(lambda: "No worker serves speak.espeak" in notice(context, production), duties)
    finally:
        duties.end()


def test_one_question_at_a_time_is_under_way_and_a_fault_changes_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[int] = []
    answers, go_on = iter(["first", "third", *["after"] * 100]), threading.Semaphore(0)

    def ask() -> str:
        asked.append(len(asked))
        go_on.acquire()
        if len(asked) == 2:
            raise ValueError("somebody else's fault")
        return next(answers)

    asking = Asking("a test", ask, 0.0)
    assert [asking() for _ in range(5)] == [None] * 5
    assert asked == [0]
    go_on.release()
    until(lambda: asking() == "first", lambda: None)
    until(lambda: len(asked) == 2, asking)
    go_on.release()
    until(lambda: len(asked) == 3, asking)
    assert asking() == "first"
    assert "a test: somebody else's fault" in caplog.text
    go_on.release()
    until(lambda: asking() == "third", lambda: None)
    go_on.release(100)
