"""Photographs the page of a show at work: ``make screenshots``.

    show.png     the list of episodes in a window, and an episode in the dark on a phone

Makes a show of the sample article and two sample chapters, and opens its page in Chromium.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from docs.images.listening import COLOURS, PATIENCE, PHONE, WINDOW, photograph, together  # noqa: E402
from tests.browsing import BROWSER, Browser  # noqa: E402

SAMPLES = ROOT / "samples"
SOURCES = ("en/text/chapter-2.xhtml", "en/text/chapter-1.xhtml", "article/index.html")


def main() -> None:
    """Take the picture."""
    if not BROWSER:
        raise SystemExit("The picture of a show's page needs Chromium: install it, or leave it as it is.")
    with tempfile.TemporaryDirectory(prefix="voxpress-pictures-") as name:
        folder = Path(name)
        page = make(folder)
        with Browser(folder / "browser") as browser:
            window = photograph(browser, page, "", WINDOW, "light", plays=False)
            phone = photograph(browser, page, somewhere(page), PHONE, "dark")
    small = io.BytesIO()
    together(window, phone).quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    (HERE / "show.png").write_bytes(small.getvalue())


def make(folder: Path) -> Path:
    """The page of a show."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOXPRESS_")}
    environment = clean | {"VOXPRESS_HOME": str(folder / "state"), "PYTHONPATH": str(ROOT)}
    told = ["--title", "Morning reading", "--author", "Ann Author", "--base-url", "http://nas.local/morning/"]
    told += ["--description", "What was saved yesterday, read aloud over breakfast."]
    sources = []
    for source in SOURCES:
        copied = folder / Path(source).with_suffix(".html").name
        copied.write_bytes((SAMPLES / source).read_bytes())
        sources.append(str(copied))
    for words in (["create", "morning", *told], *(["add", "morning", source] for source in sources)):
        argv = [sys.executable, "-m", "cli.main", "feed", *words]
        subprocess.run(argv, cwd=folder, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    return folder / "podcasts" / "morning" / "index.html"


def somewhere(page: Path) -> str:
    """The address of a word of the longest episode, when a quarter of it is said."""
    transcript = max(page.parent.glob("*[!s].json"), key=lambda path: path.stat().st_size)
    words = json.loads(transcript.read_bytes())["segments"]
    word = words[len(words) // 4]
    return f"#{transcript.stem}?t={(word['startTime'] + word['endTime']) / 2:.3f}"


if __name__ == "__main__":
    main()
