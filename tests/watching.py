"""Looking at Flower as others do: over HTTP, and with a browser."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
needs_browser = pytest.mark.skipif(
    not BROWSER, reason="NO BROWSER: install chromium to look at Flower with it"
)
ANSWER_SECONDS = 30.0
BROWSER_SECONDS = 60.0
SETTLE_MILLISECONDS = 10_000
"""Of the page's own time, which stands still while it waits for an answer: tables are filled by then."""


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Visitor:
    """Somebody who has the address of a Flower, and credentials or none."""

    port: int
    credentials: str | None
    """``USER:PASSWORD``."""

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: str = ""
    ) -> Answer:
        """One request."""
        sent = dict(headers or {})
        if self.credentials is not None:
            sent["Authorization"] = f"Basic {base64.b64encode(self.credentials.encode()).decode()}"
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            link.request(method, path, body.encode() or None, sent)
            answer = link.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            link.close()

    def tasks(self, search: str = "", prefix: str = "") -> list[dict[str, Any]]:
        """The rows of the list of tasks, as Flower's page asks for them."""
        form = f"draw=1&start=0&length=100&search[value]={search}&order[0][column]=0&order[0][dir]=asc"
        form += "&columns[0][data]=name"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.ask(f"{prefix}/tasks/datatable", "POST", kind, form)
        assert answer.status == 200, answer
        rows: list[dict[str, Any]] = answer.json()["data"]
        return rows

    def browse(self, path: str, profile: Path, *options: str) -> str:
        """The page as a browser has it after its scripts ran; credentials are those that a person would type."""
        login = f"{self.credentials}@" if self.credentials else ""
        command = [
            BROWSER,
            "--headless",
            "--no-sandbox",  # root may not have one
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            f"--virtual-time-budget={SETTLE_MILLISECONDS}",
            *(options or ("--dump-dom",)),
            f"http://{login}127.0.0.1:{self.port}{path}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=BROWSER_SECONDS)
        assert done.returncode == 0, done.stderr
        return done.stdout
