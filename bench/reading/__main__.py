"""Measures every set of a corpus and keeps the tables in ``bench/results/reading-SET.md``.

python -m bench.reading --corpus DIR              all sets
python -m bench.reading --corpus DIR epub spoken  some
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

from bench.reading.table import markdown
from bench.report import report

SETS = ("epub", "broken", "pdf", "web", "spoken", "sentences")
"""Modules of this package, in the order of the page."""

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
"""Where the samples lie when a checkout has them beside it."""


def main() -> int:
    """Measure; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS, help=", ".join(SETS))
    parser.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("VOXPRESS_TEST_SAMPLES") or BESIDE)
    )
    chosen = parser.parse_args()
    if unknown := set(chosen.sets) - set(SETS):
        parser.error(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    if not chosen.corpus.is_dir():
        parser.error(f"{chosen.corpus} is no folder: name one with --corpus")
    for name in chosen.sets:
        table = importlib.import_module(f"bench.reading.{name}").measure(chosen.corpus)
        if table is None:
            print(f"{chosen.corpus} has nothing for '{name}'.\n")
            continue
        report(f"reading-{name}", markdown(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
