"""Read-along EPUBs of all EPUBs of a corpus: words that found their place, time, memory, and new errors of epubcheck.

    python -m bench.readalong [--corpus DIR] [--check] [NAME ...]

The times are made up (a word every 0.3 s), the audio is silence: what is measured is the writing. ``--check`` runs
epubcheck on each source and each result and counts the errors and warnings that only the result has; it takes minutes
for a book with tens of thousands of words in one document, because epubcheck compares all ids with each other.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.reading.__main__ import BESIDE
from bench.report import report, table
from pipeline.errors import VoxpressError

LEAST_SHOWN = 0.95
"""Share of words that must have a place; what is said for pictures has none."""
MOST_MEGABYTES = 100
"""That writing may take beyond what the book itself takes here."""


def main() -> int:
    """Measure and report; 1 when a book falls short."""
    parser = argparse.ArgumentParser(prog="python -m bench.readalong", description=__doc__)
    parser.add_argument("names", nargs="*", help="of EPUBs, without suffix; all of them by default")
    parser.add_argument("--check", action="store_true", help="run epubcheck before and after")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = os.environ.get("VOXPRESS_TEST_SAMPLES")
    parser.add_argument("--corpus", type=Path, default=Path(given or BESIDE))
    chosen = parser.parse_args()
    if chosen.one:
        return _one(chosen.one, Path(chosen.names[0]))
    rows: list[list[str]] = []
    good = True
    for source in sorted(chosen.corpus.glob("epub/*.epub")):
        if chosen.names and source.stem not in chosen.names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "out.epub"
            command = [sys.executable, "-m", "bench.readalong", "--one", str(source), str(made)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                rows.append(
                    [source.stem, done.stderr.strip().splitlines()[-1], *[""] * (4 if chosen.check else 3)]
                )
                good = False
                continue
            found = json.loads(done.stdout)
            new = _messages(made) - _messages(source) if chosen.check else None
        shown = found["shown"] / max(1, found["words"])
        good = good and shown >= LEAST_SHOWN and found["megabytes"] <= MOST_MEGABYTES
        rows.append(
            [
                source.stem,
                f"{found['words']}",
                f"{100 * shown:.2f} %",
                f"{found['words'] / found['cpu']:.0f}",
                f"{found['megabytes']:.0f}",
                *([", ".join(f"{n} {name}" for name, n in new.items()) or "none"] if new is not None else []),
            ]
        )
    head: tuple[str, ...] = ("book", "words", "with a place", "words in a CPU second", "MB more")
    head += ("new messages of epubcheck",) if chosen.check else ()
    report("readalong", "### Read-along EPUBs", table(head, rows))
    return 0 if good else 1


def _one(source: Path, made: Path) -> int:
    """Write one, in this process; say what it took as JSON."""
    from pipeline.ingest.epub import read_epub
    from pipeline.publish.readalong.writer import write_readalong
    from pipeline.settings import ReadingSettings
    from tests.readalong import narrated, silence

    try:
        book = read_epub(source, ReadingSettings(), str(source), "")
        chapters = narrated(book, silence(made.parent))
        before, began = _megabytes(), time.process_time()
        result = write_readalong(made, chapters=chapters, metadata=book.metadata, source=source)
    except VoxpressError as error:
        print(error, file=sys.stderr)
        return 1
    took = {"cpu": time.process_time() - began, "megabytes": _megabytes() - before}
    print(json.dumps({"words": result.words, "shown": result.shown, **took}))
    return 0


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _messages(path: Path) -> Counter[str]:
    """How often epubcheck says what."""
    from tests.readalong import epubcheck

    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        subprocess.run([*epubcheck(), str(path), "--json", str(answer)], capture_output=True, check=False)
        said = json.loads(answer.read_text())["messages"]
    counts: Counter[str] = Counter()
    for message in said:
        if message["severity"] in {"FATAL", "ERROR", "WARNING"}:
            counts[message["ID"]] += len(message["locations"]) + message["additionalLocations"]
    return counts


if __name__ == "__main__":
    sys.exit(main())
