"""Asking a speech server: what is tried again, what is given up, how much, how long, and what nobody gets to see."""

from __future__ import annotations

import contextlib
import http.server
import logging
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.speech import server_client
from pipeline.speech.server_client import ServerClient
from pipeline.speech.server_slots import Slots
from pipeline.speech.servers import SpeechServer
from tests.doors import certificate, door
from tests.faults import until
from tests.sites import running
from tests.speech_servers import Answer, Asked, Mishap, SpeechSite, as_json, reply

KEY = "sesame-1234"
Handler = http.server.BaseHTTPRequestHandler


class Echo(SpeechSite):
    """Answers a GET with JSON and a POST with what was sent."""

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/missing":
            return 404, "text/plain", b""
        return (200, "audio/wav", asked.body) if asked.method == "POST" else as_json(["a"])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    monkeypatch.setattr(server_client, "FIRST_PAUSE", 0.02)
    with running(Echo()) as site:
        assert isinstance(site, Echo)
        yield site


def client(
    site: SpeechSite, *, timeout: float = 20.0, patience: float = 10.0, **more: object
) -> ServerClient:
    server = SpeechServer("openai", site.url, timeout=timeout, key=KEY, **more)  # type: ignore[arg-type]
    return ServerClient(server, patience=patience)


def ask(one: ServerClient, most: int = 1000) -> bytes:
    return one.speak("/say", {"text": "word"}, most=most).body


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: reply(handler, code, "application/json", b'{"detail": "later"}', **headers)


def hang_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_short(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b"x" * 20)
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def drip(handler: Handler, head: bool, ended: list[bool]) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if head else b"Content-Length: 100000\r\n\r\n"))
    for _ in range(600):
        try:
            handler.wfile.write(b"x")
            handler.wfile.flush()
        except OSError:
            ended.append(True)
            return
        time.sleep(0.05)


@pytest.mark.parametrize("what", [429, 502, 503, 504, hang_up, cut_short])
def test_what_may_go_better_is_asked_again(site: Echo, what: int | Callable[[Handler], None]) -> None:
    site.mishaps = [Mishap(status(what) if isinstance(what, int) else what, times=2)]
    assert ask(client(site)) == b'{"text": "word"}'
    assert len(site.posts("/say")) == 3


def test_a_busy_server_gets_the_rest_that_it_asks_for(site: Echo) -> None:
    site.mishaps = [Mishap(status(429, Retry_After="1"))]
    began = time.monotonic()
    ask(client(site))
    assert time.monotonic() - began >= 1.0


def test_a_server_that_wants_too_long_a_rest_is_given_up(site: Echo) -> None:
    site.mishaps = [Mishap(status(503, Retry_After="86400"))]
    with pytest.raises(EngineUnavailable, match=r"is busy \(HTTP 503\): start it, or mend its address"):
        ask(client(site, patience=5))
    assert len(site.posts("/say")) == 1


def test_a_text_that_ends_the_server_is_that_texts_failure(site: Echo) -> None:
    site.mishaps = [Mishap(hang_up, times=9)]
    with pytest.raises(
        SpeechFailed, match=r"broke off \(the connection was closed\), 3 times for the same text"
    ):
        ask(client(site))


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (400, SpeechFailed, "answered HTTP 400: later"),
        (500, SpeechFailed, "answered HTTP 500: later"),
        (401, EngineUnavailable, "check its key"),
        (403, EngineUnavailable, "check its key"),
    ],
)
def test_what_would_not_go_better_is_not_asked_again(
    site: Echo, code: int, kind: type[Exception], says: str
) -> None:
    site.mishaps = [Mishap(status(code), times=5)]
    with pytest.raises(kind, match=says):
        ask(client(site))
    assert len(site.posts("/say")) == 1


def test_who_is_not_there_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    one = ServerClient(SpeechServer("openai", f"http://127.0.0.1:{port}"), patience=0.3)
    with pytest.raises(
        EngineUnavailable, match=rf"“openai” at 127.0.0.1:{port} cannot be reached \(connection refused\)"
    ):
        ask(one)


def test_a_redirect_is_not_followed_and_the_key_stays_here(site: Echo) -> None:
    with running(Echo()) as other:
        site.mishaps = [Mishap(status(307, Location=f"{other.url}/say"))]
        with pytest.raises(EngineUnavailable, match="redirects /say elsewhere, which is not followed"):
            ask(client(site))
        assert other.asked == []


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    site: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, tls = certificate(tmp_path)
    with door(int(site.url.rpartition(":")[2]), tls) as inside:
        inside.opened.set()
        server = SpeechServer("openai", f"https://localhost:{inside.port}", key=KEY)
        with pytest.raises(EngineUnavailable, match="cannot be trusted"):
            ask(ServerClient(server, patience=0.0))
        assert site.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert ask(ServerClient(server, patience=0.0))


def test_an_answer_without_end_is_cut_off(site: Echo) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):  # the client hangs up
            while True:
                handler.wfile.write(b"x" * 65536)

    site.mishaps = [Mishap(endless)]
    with pytest.raises(SpeechFailed, match="more than 100000 bytes"):
        ask(client(site), most=100_000)


@pytest.mark.parametrize("head", [True, False], ids=["head", "body"])
def test_a_slow_drip_ends_with_the_time_limit(site: Echo, head: bool) -> None:
    hung_up: list[bool] = []
    site.mishaps = [Mishap(lambda handler: drip(handler, head, hung_up))]
    with pytest.raises(SpeechFailed, match="took longer than 1 s for one request: raise its timeout"):
        ask(client(site, timeout=1.0), most=10**6)
    until(lambda: hung_up)  # it would drip on
    assert len(site.posts("/say")) == 1


def test_the_key_is_in_no_message_no_log_and_no_text_of_the_server(
    site: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.key = "another"
    one = client(site)
    with pytest.raises(EngineUnavailable) as refused:
        ask(one)
    assert "refuses us" in str(refused.value)
    assert "Authorization" in str(refused.value)  # the server says what it was sent, key and all
    site.mishaps = [Mishap(status(503), times=1)]
    with pytest.raises(EngineUnavailable):
        ask(one)
    assert site.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    for text in (str(refused.value), caplog.text, repr(one.server), str(one.server), one.called):
        assert KEY not in text


def test_connections_are_used_again(site: Echo) -> None:
    ports = set()
    answer = site.answer

    def note(asked: Asked) -> Answer:
        ports.add(threading.get_ident())  # a thread of the server's is one connection
        return answer(asked)

    site.answer = note  # type: ignore[method-assign]
    one = client(site)
    for _ in range(5):
        ask(one)
    assert len(ports) == 1


def test_what_there_is_not_is_told_apart_from_an_empty_list(site: Echo) -> None:
    one = client(site)
    assert one.listed("/voices") == ["a"]
    assert one.listed("/missing") is None


def _hold(folder: Path, count: int, held: int, most: int, seconds: float) -> None:
    """Run in another process: hold a slot and note how many hold one at the same time."""
    with Slots(folder, "http://tts", count).one():
        mark = folder / f"held-{os.getpid()}"
        mark.touch()
        time.sleep(seconds)
        seen = len(list(folder.glob("held-*")))
        mark.unlink()
        (folder / f"saw-{os.getpid()}-{seen}").touch()


def test_the_processes_of_a_host_share_the_slots(tmp_path: Path) -> None:
    forking = multiprocessing.get_context("fork")
    processes = [forking.Process(target=_hold, args=(tmp_path, 2, 0, 0, 0.3)) for _ in range(5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    seen = [int(path.name.rpartition("-")[2]) for path in tmp_path.glob("saw-*")]
    assert len(seen) == 5
    assert max(seen) <= 2
