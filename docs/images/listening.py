"""Photographs ``listen.html`` at work: ``make screenshots``.

    listen.png     a chapter while it is read, in a window, and in the dark on a phone

Makes a sample and opens its page in Chromium in the middle of a sentence.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from tests.browsing import BROWSER, Browser, tab  # noqa: E402

SOURCE = ROOT / "samples" / "build" / "lighthouse.epub"
PATIENCE = 300.0
WINDOW, PHONE = (1180, 760), (390, 720)
MARGIN = 40
"""Pixels around each."""
COLOURS = 256


def main() -> None:
    """Take the picture."""
    if not BROWSER:
        raise SystemExit("The picture of listen.html needs Chromium: install it, or leave it as it is.")
    with tempfile.TemporaryDirectory(prefix="voxpress-pictures-") as name:
        folder = Path(name)
        page = make(folder)
        place = f"#t={somewhere(page):.3f}"
        with Browser(folder / "browser") as browser:
            window = photograph(browser, page, place, WINDOW, "light")
            phone = photograph(browser, page, place, PHONE, "dark")
    small = io.BytesIO()
    together(window, phone).quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    (HERE / "listen.png").write_bytes(small.getvalue())


def make(folder: Path) -> Path:
    """The sample's page."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOXPRESS_")}
    environment = clean | {"VOXPRESS_HOME": str(folder / "state"), "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "cli.main", "make", str(SOURCE), "-o", str(folder / "audiobooks")]
    subprocess.run(argv, cwd=folder, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    return next(folder.glob("audiobooks/**/listen.html"))


def somewhere(page: Path) -> float:
    """Seconds of a word inside a long sentence, early in the longest chapter."""
    transcript = json.loads(next(page.parent.glob("*.transcript.json")).read_bytes())
    sentences = max((chapter["segments"] for chapter in transcript["chapters"]), key=len)
    early = sentences[len(sentences) // 5 : len(sentences) // 2]
    word = max(early, key=lambda sentence: len(sentence["words"]))["words"][5]
    return float(word["start"] + word["end"]) / 2


def photograph(
    browser: Browser, page: Path, place: str, size: tuple[int, int], scheme: str, *, plays: bool = True
) -> Image.Image:
    """The page as the browser shows it, with its recording at the place where it ``plays`` one."""
    with tab(browser, *size) as window:
        window.prefer(prefers_color_scheme=scheme)
        window.open(page, place)
        if plays:
            window.wait("(a => a.readyState > 1 && !a.seeking)(document.querySelector('audio'))")
        time.sleep(0.5)  # what is laid out late has its place by then
        taken = page.parent / f"{scheme}.png"
        window.photograph(taken)
    return Image.open(taken).convert("RGB")


def together(window: Image.Image, phone: Image.Image) -> Image.Image:
    """The phone's picture beside the window's."""
    height = max(window.height, phone.height) + 2 * MARGIN
    picture = Image.new("RGB", (window.width + phone.width + 3 * MARGIN, height), "#e9e5dc")
    drawn = ImageDraw.Draw(picture)
    left = MARGIN
    for part in (window, phone):
        top = (height - part.height) // 2
        drawn.rounded_rectangle(
            (left - 8, top - 8, left + part.width + 7, top + part.height + 7),
            16,
            fill="#ffffff",
            outline="#cfc8ba",
        )
        picture.paste(part, (left, top))
        left += part.width + MARGIN
    return picture


if __name__ == "__main__":
    main()
