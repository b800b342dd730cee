"""The benchmarks there are, and all of them at once.

python -m bench          lists them
python -m bench --all    runs one after the other: an hour or so, on a machine that does nothing else
"""

from __future__ import annotations

import argparse
import subprocess
import sys

BENCHES = (
    (("bench.long_book",), "a book of ten hours against plain espeak and ffmpeg: time, overhead, second run"),
    (("bench.long_book", "--memory"), "peak memory of each process for 1 hour and for 20 hours of audio"),
    (("bench.checks",), "signal checks and word times beside espeak: their cost, false alarms"),
    (("bench.aac_coders",), "noise and speed of ffmpeg's AAC coders at several bitrates"),
    (
        ("bench.library",),
        "a thousand books, a million chunks: catalog, commands that look at it, queue server",
    ),
    (("bench.library", "--postgresql"), "the same on PostgreSQL"),
    (
        ("bench.piper_batches",),
        "Piper with several sentences in one call: speed, and whether they stay the same",
    ),
    (("bench.inspecting",), "inspect of a PDF of 500 pages and of the largest EPUB: time, peak memory"),
    (("bench.onsets",), "where words are heard in finished M4B files, against their transcripts"),
    (
        ("bench.align_long",),
        "a recording of an hour against its text: word times, faults found, speed, memory",
    ),
    (("bench.podcast",), "20 articles of 1,500 words to episodes, against what speaking and encoding cost"),
    (("bench.listen",), "listen.html of 50,000 words in a chapter and 600,000 in a book, in Chromium"),
    (("bench.readalong",), "read-along EPUBs of real books: words that found their place, speed, memory"),
    (("bench.align",), "how exactly known words are found in a recording: errors, speed, memory"),
    (("bench.gpu_share",), "how busy a GPU is kept while three productions wait for it"),
    (("bench.cluster",), "1 to 16 slots with an engine that only waits: how the throughput grows"),
)
"""What is run with ``python -m``, and what it measures."""


def main() -> int:
    """List or run; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--all", action="store_true", help="run all of them, one after the other")
    if not parser.parse_args().all:
        for words, measures in BENCHES:
            print(f"python -m {' '.join(words):<26} {measures}")
        print("'make bench ALL=1' (python -m bench --all) runs them all; results go to bench/results/.")
        return 0
    failed = 0
    for words, measures in BENCHES:
        print(f"== {' '.join(words)}: {measures}", flush=True)
        failed += subprocess.run([sys.executable, "-m", *words], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
