"""Photographs the report of a sample: ``make screenshots``.

    report.png             the page of the Lighthouse, from its head to its chapters

Needs Chromium.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BOOK = ROOT / "samples" / "build" / "lighthouse.epub"
SIZE = (1100, 1330)
"""Width and height of the window in pixels."""
SETTLE_MILLISECONDS = 3000


def main() -> None:
    """Make the book and take the picture."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("The report's picture needs Chromium: install it, or leave it as it is.")
    with tempfile.TemporaryDirectory(prefix="voxpress-pictures-") as name:
        folder = Path(name)
        home = {"VOXPRESS_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
        make = [sys.executable, "-m", "cli.main", "make", str(BOOK), "--voice", "espeak:en-gb", "-o", "out"]
        subprocess.run(make, env={**os.environ, **home}, cwd=folder, check=True)
        (page,) = (folder / "out").rglob("report.html")
        picture = folder / "report.png"
        look = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        look += [f"--user-data-dir={folder / 'browser'}", f"--window-size={SIZE[0]},{SIZE[1]}"]
        look += [f"--virtual-time-budget={SETTLE_MILLISECONDS}", f"--screenshot={picture}", page.as_uri()]
        subprocess.run(look, check=True, capture_output=True)
        seen = Image.open(io.BytesIO(picture.read_bytes())).convert("RGB")
        seen.quantize(256).save(HERE / "report.png", optimize=True)


if __name__ == "__main__":
    main()
