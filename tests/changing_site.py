"""A feed on this machine that changes, redirects, is late, breaks, and knows whether it has changed."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape


class ChangingSite:
    """Serves ``/feed``; what it answers is set by whoever tests."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str]] = []
        """Name and title of each entry, the newest first."""
        self.before: list[tuple[int, dict[str, str]]] = []
        """Answers that are given first, each once."""
        self.pages: list[int] = []
        """How articles are answered first, each once."""
        self.moved = ""
        """Where ``/feed`` is now, for good."""
        self.slow = 0.0
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                site._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients that hang up are what these tests are about

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def add(self, *names: str) -> None:
        """New entries, the last one the newest."""
        for name in names:
            self.items.insert(0, (name, f"About {name}"))

    def body(self) -> bytes:
        """The feed as it is now."""
        listed = "".join(
            f"<item><guid isPermaLink='false'>{escape(name)}</guid><title>{escape(title)}</title>"
            f"<link>{self.url}/article/{escape(name)}</link></item>"
            for name, title in self.items
        )
        return f"<rss version='2.0'><channel><title>A feed</title>{listed}</channel></rss>".encode()

    def _answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/article/"):
            name = handler.path.rpartition("/")[2]
            text = f"This is what is said about {name}. It is short, but it is a text of two sentences. " * 8
            page = (
                f"<html lang='en'><head><title>About {name}</title></head><body><article><h1>About {name}</h1>"
                f"<p>{text}</p></article></body></html>"
            )
            status = self.pages.pop(0) if self.pages else 200
            _send(handler, status, {"Content-Type": "text/html"}, page.encode())
            return
        time.sleep(self.slow)
        if self.before:
            status, headers = self.before.pop(0)
            _send(handler, status, headers, b"")
            return
        if handler.path == "/feed" and self.moved:
            _send(handler, 301, {"Location": self.moved}, b"")
            return
        body = self.body()
        tag = f'"{hash(body)}"'
        if handler.headers.get("If-None-Match") == tag:
            _send(handler, 304, {"ETag": tag}, b"")
            return
        _send(handler, 200, {"Content-Type": "application/rss+xml", "ETag": tag}, body)


def _send(
    handler: http.server.BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def changing_site(entries: Sequence[str] = ()) -> Iterator[ChangingSite]:
    """A site that runs."""
    site = ChangingSite()
    site.add(*entries)
    thread = threading.Thread(target=lambda: site.server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()
