"""Who is told of a finished edition: a command of the operator's, and Audiobookshelf.

Told in a thread of its own, one edition after the other, so that a slow command holds up no book. When telling
fails, the edition is there all the same: the ledger and the production's log say so. When the watcher is killed
meanwhile, it is told again.
"""

from __future__ import annotations

import http.client
import logging
import os
import queue
import shlex
import signal
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO
from urllib.parse import urlsplit

from storage.rows import IntakeRow
from storage.settings import Settings
from workers.drop.names import real, shown
from workers.drop.submitting import STAGE
from workers.lifeline import die_with_parent

log = logging.getLogger("workers.drop")

COMMAND_SECONDS = 600.0
"""How long ``on_done`` may take."""
SCAN_SECONDS = 30.0
"""How long Audiobookshelf may take to answer."""
SCAN_PAUSES = (2.0, 10.0)
"""Seconds before it is asked again when it does not answer; then that is said."""
SAID_CHARACTERS = 300
"""Of a command's last words that are passed on."""


class Teller:
    """Tells of editions, one at a time; ``told(row id, what went wrong)`` is called after each."""

    def __init__(self, settings: Settings, told: Callable[[int, str], None]) -> None:
        """Nothing runs before the first ``tell``."""
        self._settings, self._told = settings, told
        self._queue: queue.SimpleQueue[IntakeRow | None] = queue.SimpleQueue()
        self._known: set[int] = set()
        self._done: set[int] = set()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def wanted(self) -> bool:
        """Whether anybody wants to know."""
        return bool(self._settings.on_done or self._settings.audiobookshelf_url)

    def tell(self, row: IntakeRow) -> None:
        """Tell of a row's edition soon; once, however often this is called until ``forget_done``."""
        with self._lock:
            if row.id in self._known:
                return
            self._known.add(row.id)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
            self._thread.start()
        self._queue.put(row)

    def busy(self) -> bool:
        """Whether somebody is still to be told."""
        with self._lock:
            return bool(self._known - self._done)

    def forget_done(self) -> None:
        """To be called before the ledger is read: what was told until now says so there from now on."""
        with self._lock:
            self._known -= self._done
            self._done.clear()

    def stop(self) -> None:
        """Stop soon; what was not told is told by the next watcher."""
        self._stopping.set()
        self._queue.put(None)
        with self._lock:
            if self._process is not None:
                _end(self._process)
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            rows = self._next()
            wrong = {row.id: self._run_command(row) for row in rows if not self._stopping.is_set()}
            if not wrong:
                continue
            scan = self._scan()  # one for all: it looks at the whole library
            for row in rows:
                if row.id in wrong and not self._stopping.is_set():
                    self._book(row, "; ".join(filter(None, (wrong[row.id], scan))))

    def _next(self) -> list[IntakeRow]:
        """All that waits, at least one."""
        rows = [self._queue.get()]
        with suppress(queue.Empty):
            while True:
                rows.append(self._queue.get_nowait())
        return [row for row in rows if row is not None]

    def _book(self, row: IntakeRow, wrong: str) -> None:
        if wrong:
            log.warning("%s", wrong, extra={"production": row.production_id, "stage": STAGE})
        self._told(row.id, wrong)
        with self._lock:
            self._done.add(row.id)

    # -- the command ------------------------------------------------------------------------------------

    def _run_command(self, row: IntakeRow) -> str:
        """What went wrong; empty when nothing did, or nothing is to be run."""
        command = shlex.split(self._settings.on_done)
        if not command:
            return ""
        with tempfile.TemporaryFile() as output:
            try:
                process = self._start([*command, row.edition_folder], row, output)
            except OSError as error:
                return f"on_done could not be run ({error.strerror}): {command[0]}"
            try:
                status = process.wait(timeout=COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                _end(process)
                return f"on_done was ended after {COMMAND_SECONDS / 60:g} minutes"
            finally:
                with self._lock:
                    self._process = None
            output.seek(max(0, output.seek(0, os.SEEK_END) - 4 * SAID_CHARACTERS))
            words = " ".join(output.read().decode("utf-8", "replace").split())[-SAID_CHARACTERS:]
        if status == 0:
            return ""
        return f"on_done ended with status {status}" + (f": {shown(words)}" if words else "")

    def _start(self, command: Sequence[str], row: IntakeRow, output: IO[bytes]) -> subprocess.Popen[bytes]:
        found = {
            "VOXPRESS_EDITION": row.edition_folder,
            "VOXPRESS_PRODUCTION": row.production_id,
            "VOXPRESS_SOURCE": shown(real(row.source)),
        }
        with self._lock:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **found},
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
            return self._process

    # -- Audiobookshelf ---------------------------------------------------------------------------------

    def _scan(self) -> str:
        """Ask for a scan of the library; what went wrong, empty when nothing did."""
        if not self._settings.audiobookshelf_url:
            return ""
        for pause in (*SCAN_PAUSES, None):
            wrong, again = request_scan(self._settings)
            if not wrong or not again or pause is None or self._stopping.wait(pause):
                return wrong
        return ""


def request_scan(settings: Settings) -> tuple[str, bool]:
    """Ask Audiobookshelf to scan its library: what went wrong, and whether asking again may help.

    ``POST /api/libraries/ID/scan`` with the API token as bearer. Redirects are not followed: they could carry
    the token elsewhere.
    """
    place = settings.audiobookshelf_url.rstrip("/")
    parts = urlsplit(place)
    path = f"{parts.path}/api/libraries/{settings.audiobookshelf_library}/scan"
    said = f"Audiobookshelf at {parts.scheme}://{parts.hostname} was not told"
    if not settings.audiobookshelf_library or not settings.audiobookshelf_token:
        return f"{said}: set audiobookshelf_library and audiobookshelf_token as well", False
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            headers = {"Authorization": f"Bearer {settings.audiobookshelf_token}", "Content-Length": "0"}
            connection.request("POST", path, headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return f"{said} ({reason}): its address is audiobookshelf_url", True
    if status < 300:
        return "", False
    hints = {401: "the token", 403: "the token's rights", 404: "the library's id"}
    return f"{said} (HTTP {status}): check {hints.get(status, 'its log')}", status >= 500


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=SCAN_SECONDS, context=context)
    return http.client.HTTPConnection(host, port, timeout=SCAN_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The command with all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + 2
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
