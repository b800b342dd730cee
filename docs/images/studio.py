"""Photographs Flower beside a studio at work: ``make screenshots``.

    flower-tasks.png       what is done, what is being done, and a source that could not be read
    flower-workers.png     who serves what

``voxpress up`` makes the samples; while a picture is taken, its workers hold still (SIGSTOP): each is busy for
seconds only. Needs Chromium.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SAMPLES = ROOT / "samples" / "build"
SOURCES = ("orchard.epub", "article.html", "torn.epub", "lighthouse.epub")
PATIENCE = 120.0
PICTURES = {"flower-tasks.png": ("/tasks", 1500, 930), "flower-workers.png": ("/workers", 1500, 600)}
"""Name of a picture: the page, and the window's width and height in pixels."""
COLOURS = 256
"""Of a picture: enough for a page of few colours, and a third of the bytes."""


def main() -> None:
    """Take both pictures."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Flower's pictures need Chromium: install it, or leave them as they are.")
    with tempfile.TemporaryDirectory(prefix="voxpress-pictures-") as name:
        folder = Path(name)
        for source in SOURCES:
            origin = SAMPLES / (source if source != "torn.epub" else "lighthouse.epub")
            data = origin.read_bytes()
            (folder / source).write_bytes(data if source != "torn.epub" else data[: len(data) // 2])
        with studio(folder) as flower:
            for picture, (path, width, height) in PICTURES.items():
                photograph(browser, flower, path, (width, height), HERE / picture, folder / "browser")


class Flower:
    """The page of a studio, and those who work behind it."""

    def __init__(self, folder: Path) -> None:
        """Start the studio in ``folder``."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.credentials = f"ida:{secrets.token_urlsafe(12)}"
        user, _, password = self.credentials.partition(":")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VOXPRESS_")}
        self.folder = folder
        self.environment = clean | {
            "VOXPRESS_HOME": str(folder / "state"),
            "VOXPRESS_OUTPUT": str(folder / "audiobooks"),
            "VOXPRESS_FLOWER_PORT": str(self.port),
            "VOXPRESS_FLOWER_USER": user,
            "VOXPRESS_FLOWER_PASSWORD": password,
            "VOXPRESS_METRICS_PORT": "0",
            "VOXPRESS_WORKERS": "2",
            "VOXPRESS_GRACE": "0",
            "PYTHONPATH": str(ROOT),
        }
        self.processes = [self.command("up")]

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of this studio."""
        argv = [sys.executable, "-m", "cli.main", *arguments]
        return subprocess.Popen(argv, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL)

    def tasks(self) -> list[dict[str, Any]]:
        """All that Flower has heard of."""
        return list(json.loads(self.ask("/api/tasks")).values())

    def ask(self, path: str) -> bytes:
        """What it answers; nothing where it does not."""
        login = base64.b64encode(self.credentials.encode()).decode()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            link.request("GET", path, headers={"Authorization": f"Basic {login}"})
            return link.getresponse().read()
        except OSError:
            return b""
        finally:
            link.close()

    def is_lively(self) -> bool:
        """Whether there is something of everything to see."""
        states = Counter((task["state"], task["name"].removeprefix("voxpress.")) for task in self.tasks())
        return (
            states["STARTED", "speak"] + states["STARTED", "master"] >= 2
            and states["FAILURE", "ingest"] >= 1
            and states["SUCCESS", "master"] >= 3
        )

    @contextmanager
    def held_still(self) -> Iterator[None]:
        """Stop the workers in the middle of something worth looking at; they go on after the block."""
        deadline = time.monotonic() + PATIENCE
        while True:
            while not self.is_lively():
                if time.monotonic() > deadline:
                    raise SystemExit(f"The studio never was as busy as it should be: {self.tasks()}")
                time.sleep(0.02)
            workers = self._children()
            for worker in workers:
                worker.suspend()
            time.sleep(1)  # what was said before they stopped has arrived by then
            if self.is_lively():
                break
            for worker in workers:
                worker.resume()
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    def _children(self) -> list[psutil.Process]:
        """The processes in which tasks are worked on."""
        masters = [child for one in self.processes for child in psutil.Process(one.pid).children()]
        return [child for one in masters if "workers.worker" in one.cmdline() for child in one.children()]

    def wait_until_it_answers(self) -> None:
        """Flower is the last that ``up`` starts."""
        while self.ask("/healthcheck") != b"OK":
            if self.processes[0].poll() is not None:
                raise SystemExit("The studio did not start.")
            time.sleep(0.1)


@contextmanager
def studio(folder: Path) -> Iterator[Flower]:
    """A studio with a second worker, and all sources to make."""
    flower = Flower(folder)
    try:
        flower.wait_until_it_answers()
        flower.processes.append(flower.command("worker", "--queues", "speak.espeak", "--workers", "1"))
        for source in SOURCES:
            flower.command("submit", source).wait(PATIENCE)
        yield flower
    finally:
        for process in reversed(flower.processes):
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def photograph(
    browser: str, flower: Flower, path: str, size: tuple[int, int], picture: Path, profile: Path
) -> None:
    """The page as a browser shows it."""
    taken = profile.parent / picture.name
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={profile}",
        f"--window-size={size[0]},{size[1]}",
        "--virtual-time-budget=10000",
        f"--screenshot={taken}",
        f"http://{flower.credentials}@127.0.0.1:{flower.port}{path}",
    ]
    with flower.held_still():
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    small = io.BytesIO()
    Image.open(taken).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    picture.write_bytes(small.getvalue())


if __name__ == "__main__":
    main()
