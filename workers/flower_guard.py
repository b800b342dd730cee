"""Flower's process: every path is closed without the credentials, and every change where it is read-only.

The guard stands before Flower finds out which of its pages is asked for. So there is none that it could forget:
not the metrics, the health check, or a page of a later version.
"""

from __future__ import annotations

import hmac
import logging
import signal
from base64 import b64encode
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from celery import Celery
from flower.app import Flower
from flower.command import extract_settings
from flower.options import options
from flower.urls import settings as flower_settings
from flower.views.tasks import TASK_COLUMNS
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import RequestHandler, stream_request_body

from pipeline.errors import WorkError
from storage.settings import Settings
from tasks.logs import set_up

READING = ("GET", "HEAD")
TASK_LIST = "/tasks/datatable"
"""The one page that is read by POST: its request describes every column."""
WHICH = (
    "Access denied. The user is that of the setting flower_user, the password that of flower_password; where none is "
    "set, it is in the file flower/password of the state folder.\n"
)
COLUMN_TITLES = {"name": "Task", "args": "Book", "kwargs": "Part"}
"""Of columns that hold something else with us than elsewhere."""


class GuardedFlower(Flower):  # type: ignore[misc]  # Flower has no types
    """Flower for those who know the credentials."""

    def __init__(self, credentials: str, **arguments: Any) -> None:
        """``credentials``: ``USER:PASSWORD``; the rest is Flower's own."""
        self._expected = b"Basic " + b64encode(credentials.encode())
        super().__init__(**arguments)

    def find_handler(self, request: HTTPServerRequest, **arguments: Any) -> HTTPMessageDelegate:
        """Who answers the request."""
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), self._expected):
            return self._refusal(request, 401)
        if self.options.read_only and not self._only_reads(request):
            return self._refusal(request, 403)
        found: HTTPMessageDelegate = super().find_handler(request, **arguments)
        return found

    def _only_reads(self, request: HTTPServerRequest) -> bool:
        prefix = (self.options.url_prefix or "").strip("/")
        task_list = f"/{prefix}{TASK_LIST}" if prefix else TASK_LIST
        return request.method in READING or (request.method == "POST" and request.path == task_list)

    def _refusal(self, request: HTTPServerRequest, status: int) -> HTTPMessageDelegate:
        delegate: HTTPMessageDelegate = self.get_handler_delegate(request, _Refusal, {"status": status})
        return delegate


@stream_request_body  # answered before the body is there: a stranger's is not read
class _Refusal(RequestHandler):
    """Says no."""

    def initialize(self, status: int) -> None:
        self._refused = status

    def prepare(self) -> Awaitable[None] | None:
        self.set_status(self._refused)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        if self._refused == 401:
            self.set_header("WWW-Authenticate", 'Basic realm="Voxpress", charset="UTF-8"')
            self.finish(WHICH)
        else:
            self.finish("Access denied: this Flower is read-only.\n")
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None

    def check_xsrf_cookie(self) -> None:
        pass  # nothing is done that a cookie would have to protect


def run(app: Celery, settings: Settings, credentials: str, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT; ``folder`` keeps what is shown across restarts. Raises ``WorkError``."""
    _log(settings)
    _configure(settings, credentials, folder)
    flower = GuardedFlower(credentials, capp=app, options=options, **flower_settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: flower.io_loop.add_callback_from_signal(flower.io_loop.stop))
    try:
        flower.start_http_server()
    except OSError as error:
        raise WorkError(
            f"Flower cannot listen on port {settings.flower_port} of {settings.flower_address or 'this host'} "
            f"({error.strerror}): set VOXPRESS_FLOWER_PORT to a free one, or to 0 for no Flower."
        ) from error
    try:
        flower.start()
    finally:
        flower.stop()  # keeps what is shown


def _configure(settings: Settings, credentials: str, folder: Path) -> None:
    options.parse_config_file(str(_config_file()), final=False)
    options.address = settings.flower_address
    options.port = settings.flower_port
    options.basic_auth = [credentials]  # Flower's own lock, behind ours
    options.read_only = settings.flower_read_only
    options.url_prefix = settings.flower_prefix.strip("/") or None
    options.db = str(folder / "state")
    extract_settings()
    TASK_COLUMNS.update(COLUMN_TITLES)


def _config_file() -> Path:
    """``flower/flowerconfig.py`` of a checkout; in an installed package it lies beside this file."""
    here = Path(__file__).resolve()
    packed = here.with_name("flowerconfig.py")
    return packed if packed.exists() else here.parent.parent / "flower" / "flowerconfig.py"


def _log(settings: Settings) -> None:
    set_up("flower@%h", settings.log_level, settings.log_format)
    logging.getLogger("tornado.access").setLevel(logging.ERROR)  # every browser begins with a refused request
    logging.getLogger("flower.inspector").setLevel(logging.ERROR)  # it warns whenever there is no worker yet
