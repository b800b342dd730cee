"""A read-along EPUB plays in a reading system that nobody here wrote: foliate-js, in a browser."""

from __future__ import annotations

import functools
import http.server
import json
import queue
import shutil
import subprocess
import threading
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.readalong import clicked_edition, clips
from tests.watching import BROWSER, needs_browser

HERE = Path(__file__).parent.parent / "reader"
INSTALL_SECONDS = 120
PLAY_SECONDS = 120
TEXTS = ["Alpha beta gamma. Delta epsilon.", "Zeta eta theta. Iota kappa."]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reading system, as its lock file names it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("NO NPM: install it to play read-along EPUBs in a reading system")
    folder = tmp_path_factory.mktemp("reader")
    for file in HERE.iterdir():
        shutil.copy(file, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.skip("NO ANSWER FROM THE NPM REGISTRY: read-along EPUBs were not played in a reading system")
    if done.returncode:
        pytest.skip(
            f"FOLIATE-JS CANNOT BE INSTALLED: read-along EPUBs were not played in it: {done.stderr[-300:]}"
        )
    (folder / "node_modules" / "foliate-js").rename(folder / "foliate-js")
    return folder


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the folder, and hands on what the page tells."""

    told: queue.Queue[Any]

    def do_POST(self) -> None:
        self.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@needs_browser
@pytest.mark.parametrize("overlay", ["sentence", "word"])
def test_it_plays_from_the_first_sentence_to_the_last(overlay: str, reader: Path, tmp_path: Path) -> None:
    book = clicked_edition(TEXTS, tmp_path, "m4b", overlay)
    shutil.copy(book, reader / "book.epub")
    with zipfile.ZipFile(book) as zipped:
        expected = [(clip.element.get("id"), clip.text) for clip in clips(zipped)]
    Handler.told = queue.Queue()
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=reader)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = f"http://127.0.0.1:{server.server_port}/index.html?last={quote(expected[-1][1])}"
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--autoplay-policy=no-user-gesture-required",
        ]
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        browser = subprocess.Popen(
            [BROWSER, *options, profile, "--remote-debugging-port=0", page],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            told = Handler.told.get(timeout=PLAY_SECONDS)
        finally:
            browser.kill()
            browser.wait()
            server.shutdown()
    assert "error" not in told, told
    shown = [(identifier, text) for identifier, text, _ in told["seen"]]
    assert shown[-1] == expected[-1]
    # A reading system looks at the clock four times a second: a word may come and go between two looks.
    missed = [one for one in expected if one not in shown]
    assert len(missed) <= (0 if overlay == "sentence" else len(expected) // 2), shown
    assert [one for one in expected if one in shown] == list(dict.fromkeys(shown))
    assert {colour for _, _, colour in told["seen"]} == {"rgba(255, 204, 0, 0.4)"}
