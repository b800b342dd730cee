"""A stand-in for the server of a local language model, which misbehaves in every way it is told to."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Raw:
    """A body that is no chat."""

    body: bytes


@dataclass(frozen=True)
class Dripping:
    """A body that comes a byte at a time, and never ends by itself."""

    pause: float = 0.05


@dataclass(frozen=True)
class Endless:
    """A body that goes on and on as fast as it is taken."""


class Broken:
    """The connection ends within the answer."""


Answer = str | int | Raw | Dripping | Endless | Broken | Callable[[dict[str, Any]], str]
"""What the model says; a number is an HTTP status; a function makes it of what was asked."""


class Server:
    """Answers in turn with what it is given; the last answer stays."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.over = threading.Event()


@contextmanager
def serving(*answers: Answer) -> Iterator[Server]:
    """The server, at ``url``."""
    server = Server(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            server.headers.append(dict(self.headers))
            answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
            with contextlib.suppress(OSError):  # whoever asked has gone
                self.reply(answer(body) if callable(answer) else answer)

        def reply(self, answer: Answer) -> None:
            if isinstance(answer, int):
                self.send_response(answer)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()
                return
            if isinstance(answer, Broken):
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"choices"')
                return
            self.send_response(200)
            self.end_headers()
            if isinstance(answer, Raw):
                self.wfile.write(answer.body)
            elif isinstance(answer, str):
                said = {"choices": [{"message": {"role": "assistant", "content": answer}}]}
                self.wfile.write(json.dumps(said).encode())
            else:
                while not server.over.is_set():
                    self.wfile.write(b" " if isinstance(answer, Dripping) else b" " * 65536)
                    if isinstance(answer, Dripping):
                        time.sleep(answer.pause)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    try:
        yield server
    finally:
        server.over.set()
        http.shutdown()
        http.server_close()
        thread.join()
