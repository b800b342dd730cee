"""Speech servers for tests, written after the published contracts, with what the real ones do wrong.

Each listens on a free port of this machine, speaks with espeak's voice, and says the same for the same request. What
it was asked is kept, and it can be told how to misbehave.
"""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, str, bytes]
"""Status, media type, body."""


@dataclass
class Asked:
    """A request that was made."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Mishap:
    """What is done instead of an answer."""

    act: Callable[[http.server.BaseHTTPRequestHandler], None]
    times: int = 1


class SpeechSite:
    """The base of them all: ``answer`` is the contract."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.mishaps: list[Mishap] = []
        self.at_once = 0
        self.most_at_once = 0
        self.delay = 0.0
        self.key = ""
        self._lock = threading.Lock()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._serve(self, b"")

            def do_POST(self) -> None:
                site._serve(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients that hang up are part of the tests

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def posts(self, path: str) -> list[Asked]:
        """What was asked of one path, in order."""
        return [asked for asked in self.asked if asked.path == path and asked.method == "POST"]

    def _serve(self, handler: http.server.BaseHTTPRequestHandler, body: bytes) -> None:
        asked = Asked(handler.command, urlsplit(handler.path).path, dict(handler.headers), body)
        with self._lock:
            self.asked.append(asked)
            if asked.method == "POST":
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            mishap = self._mishap() if asked.method == "POST" else None
        try:
            if mishap is not None:
                mishap.act(handler)
                return
            if asked.method == "POST" and self.delay:
                time.sleep(self.delay)
            if self.key and asked.headers.get("Authorization") != f"Bearer {self.key}":
                reply(
                    handler, 401, "application/json", json.dumps({"detail": f"not {asked.headers}"}).encode()
                )
                return
            reply(handler, *self.answer(asked))
        finally:
            with self._lock:
                self.at_once -= asked.method == "POST"

    def _mishap(self) -> Mishap | None:
        while self.mishaps:
            if self.mishaps[0].times > 0:
                self.mishaps[0].times -= 1
                return self.mishaps[0]
            self.mishaps.pop(0)
        return None


def reply(
    handler: http.server.BaseHTTPRequestHandler, status: int, kind: str, body: bytes, **headers: str
) -> None:
    """Answer a request."""
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def as_json(value: object, status: int = 200) -> Answer:
    """A JSON answer."""
    return status, "application/json", json.dumps(value).encode()


def description(title: str, version: str, *paths: str) -> Answer:
    """``/openapi.json`` as FastAPI makes it."""
    return as_json(
        {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version},
            "paths": {path: {} for path in paths},
        }
    )


@dataclass
class Spoken:
    """A text as a server speaks it."""

    pcm: Any
    words: list[tuple[str, float, float]] = field(default_factory=list)
