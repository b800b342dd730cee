"""``voxpress inspect`` of a PDF of 500 pages and of the largest EPUB of a corpus: time and peak memory.

    python -m bench.inspecting [--pages 500] [--corpus DIR]

The PDF is made here: two columns, running heads, page numbers, a footnote and divided words on every page. Without
a corpus only it is measured.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import zipfile
from pathlib import Path

from bench.books import sentence
from bench.measure import COMMAND, Cost, cost_of, environment
from bench.reading.__main__ import BESIDE
from bench.report import report, table
from tests.typeset import Press

PDF_SECONDS = 60
"""A PDF of 500 pages, at most."""
EPUB_SECONDS = 20
EPUB_MEGABYTES = 1000
_BOXES = ((60.0, 80.0, 285.0, 780.0), (310.0, 80.0, 535.0, 780.0))


def write_pdf(path: Path, pages: int) -> int:
    """Write a made-up journal's volume of that many pages or a few more; return how many."""
    random_ = random.Random(0)
    press = Press(path, (595, 842))
    canvas = press.canvas
    done = 0

    def end() -> None:
        nonlocal done
        done += 1
        press.line("Proceedings of the Harbour Society", 60, 800, 9, "Times-Italic")
        press.line(str(done), 290, 40, 9)
        press.line(str(done % 90 + 1), 60, 70, 5)
        press.line("Minutes of the society, and the letters there.", 66, 67, 8)

    while done < pages:
        text = [" ".join(sentence(random_) for _ in range(5)) for _ in range(30)]
        press.set(text, _BOXES, page_end=end)
        end()
        canvas.showPage()
    press.save()
    return done


def inspect(source: Path, home: Path) -> Cost:
    """``voxpress inspect --json`` with a state folder of its own."""
    return cost_of([*COMMAND, "inspect", source, "--json"], environment(home))


def largest_epub(corpus: Path) -> Path | None:
    """The EPUB whose documents have most bytes."""

    def size(path: Path) -> int:
        try:
            with zipfile.ZipFile(path) as archive:
                return sum(item.file_size for item in archive.infolist() if item.filename.endswith("html"))
        except zipfile.BadZipFile:
            return 0

    return max(corpus.glob("epub/**/*.epub"), key=size, default=None)


def main() -> int:
    """Measure and report; 1 when it takes longer, or more memory, than it should."""
    parser = argparse.ArgumentParser(prog="python -m bench.inspecting", description=__doc__)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("VOXPRESS_TEST_SAMPLES") or BESIDE)
    )
    chosen = parser.parse_args()
    rows, good = [], True
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        pages = write_pdf(folder / "volume.pdf", chosen.pages)
        pdf = inspect(folder / "volume.pdf", folder / "home")
        rows.append(_row(f"PDF, {pages} pages", pdf, f"{pages / pdf.wall:.0f} pages", f"{PDF_SECONDS} s"))
        good = pdf.wall <= PDF_SECONDS * pages / 500
        if epub := largest_epub(chosen.corpus):
            cost = inspect(epub, folder / "home")
            limits = f"{EPUB_SECONDS} s, {EPUB_MEGABYTES} MB"
            rows.append(_row(epub.name, cost, f"{epub.stat().st_size / 1e6 / cost.wall:.2f} MB", limits))
            good = good and cost.wall <= EPUB_SECONDS and _peak(cost) <= EPUB_MEGABYTES
    head = ("source", "seconds", "CPU seconds", "in a second", "peak MB", "at most")
    report("inspecting", "### Time and memory of `inspect`", table(head, rows))
    return 0 if good else 1


def _peak(cost: Cost) -> float:
    return max(cost.peaks.values(), default=0.0)


def _row(name: str, cost: Cost, rate: str, most: str) -> list[str]:
    return [name, f"{cost.wall:.1f}", f"{sum(cost.spent.values()):.1f}", rate, f"{_peak(cost):.0f}", most]


if __name__ == "__main__":
    sys.exit(main())
