"""``voxpress feed serve``: shows on the local network, for who has no web server.

Files are served by Tornado, which knows ranges, conditional requests and HEAD. What is served is what a show
publishes: no file whose name begins with a dot, and nothing beside the folder. The feed's links lead to where the
client asked, so that it works under whatever name a telephone knows this machine by.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from tornado import httpserver, netutil
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler

from pipeline.errors import WorkError
from pipeline.publish.podcast.addresses import content_type, is_public
from pipeline.publish.podcast.show import FEED, PAGE
from storage.show_rows import ShowRow
from tasks.context import Context
from tasks.shows import published

log = logging.getLogger(__name__)

IDLE_SECONDS = 120
"""For which a connection may be silent."""
BODY_BYTES = 4096
"""Nobody sends anything."""
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")


class _OfShow(RequestHandler):
    """Something of one show: not there for who does not know its token."""

    def initialize(self, context: Context, row: ShowRow) -> None:
        self.context, self.row = context, row

    def prepare(self) -> None:
        """Compare tokens."""
        given = self.path_kwargs.pop("token", "") or ""
        if not hmac.compare_digest(given.encode(), self.row.making.token.encode()):
            raise HTTPError(404)


class _Files(_OfShow, StaticFileHandler):
    """The files of one show."""

    def initialize(self, context: Context, row: ShowRow) -> None:  # type: ignore[override]
        _OfShow.initialize(self, context, row)
        StaticFileHandler.initialize(self, row.folder, PAGE)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Refuses what is no public file."""
        if path and ("/" in path or "\\" in path or not is_public(path)):
            raise HTTPError(404)
        return super().get_absolute_path(root, path)

    def compute_etag(self) -> str | None:
        """Of time and size: a file that is published again is a new one, and none is ever changed in place."""
        status = Path(self.absolute_path or "").stat()
        return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'

    def get_content_type(self) -> str:
        """As feeds tell it."""
        return content_type(Path(self.absolute_path or "").name)

    def set_extra_headers(self, path: str) -> None:
        """What holds for every file of a show."""
        fresh = Path(self.absolute_path or "").name == PAGE
        self.set_header("Cache-Control", "no-cache" if fresh else "public, max-age=300")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header(
            "Access-Control-Allow-Origin", "*"
        )  # players on web pages read transcripts and chapters


class _Feed(_OfShow):
    """The feed of one show, with links to where it was asked for."""

    MOST_NAMES = 64
    """Addresses under which a feed is kept for the next one who asks."""
    _made: ClassVar[dict[tuple[str, str], tuple[int, bytes]]] = {}

    def get(self) -> None:
        """The feed, with an ETag of its bytes."""
        from pipeline.publish.podcast.feed import feed_bytes

        if not _HOST.fullmatch(self.request.host):
            raise HTTPError(400)
        base = f"{self.request.protocol}://{self.request.host}{prefix_of(self.row)}"
        try:
            stamp = (Path(self.row.folder) / FEED).stat().st_mtime_ns
        except OSError as error:
            raise HTTPError(404) from error
        kept = self._made.get((self.row.name, base))
        if kept is None or kept[0] != stamp:
            row = self.context.store.catalog.show(self.row.name)
            if len(self._made) >= self.MOST_NAMES:
                self._made.clear()
            kept = (stamp, feed_bytes(replace(row.show, base_url=base), published(self.context, row)))
            self._made[(self.row.name, base)] = kept
        self.set_header("Content-Type", content_type(FEED))
        self.set_header("Cache-Control", "no-cache")
        self.finish(kept[1])

    head = get


class _Slash(_OfShow):
    """A show's address without the slash at its end."""

    def get(self) -> None:
        """The address with it."""
        self.redirect(prefix_of(self.row), permanent=True)


class _Nothing(RequestHandler):
    """Everything else is not there."""

    def prepare(self) -> None:
        """Say nothing of what there is."""
        raise HTTPError(404)


def serve_shows(
    context: Context, rows: list[ShowRow], address: str, port: int, ready: Callable[[ShowRow, str], None]
) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is told each show's address. Raises ``WorkError``."""
    asyncio.run(_serve(application(context, rows), rows, address, port, ready))


def application(context: Context, rows: list[ShowRow]) -> Application:
    """What answers."""
    handlers: list[Any] = []
    for row in rows:
        token = "/(?P<token>[^/]+)" if row.making.token else ""
        given = {"context": context, "row": row}
        handlers += [
            (f"{token}/{row.name}", _Slash, given),
            (f"{token}/{row.name}/{re.escape(FEED)}", _Feed, given),
            (f"{token}/{row.name}/(?P<path>.*)", _Files, given),
        ]
    return Application(handlers, default_handler_class=_Nothing)


def prefix_of(row: ShowRow) -> str:
    """Where a show is below the server's address."""
    return f"/{row.making.token}/{row.name}/" if row.making.token else f"/{row.name}/"


async def _serve(
    app: Application, rows: list[ShowRow], address: str, port: int, ready: Callable[[ShowRow, str], None]
) -> None:
    try:
        sockets = netutil.bind_sockets(port, address)
    except OSError as error:
        raise WorkError(
            f"Nothing can listen on {address}:{port} ({error.strerror}): choose another with --address and --port."
        ) from error
    server = httpserver.HTTPServer(app, idle_connection_timeout=IDLE_SECONDS, max_body_size=BODY_BYTES)
    server.add_sockets(sockets)
    host = f"[{address}]" if ":" in address else address
    for row in rows:
        ready(row, f"http://{host}:{sockets[0].getsockname()[1]}{prefix_of(row)}")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.stop()
    await server.close_all_connections()


__all__ = ["application", "prefix_of", "serve_shows"]
