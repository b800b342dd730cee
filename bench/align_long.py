"""Whole audiobooks against their texts: how exactly, how fast and in how much memory ``voxpress align`` times them.

    python -m bench.align_long [--hours 1 ...] [SOURCE ...]

A narrator of espeak's (in a voice that it is not compared with) reads a book into an MP3, with the faults that
recordings have: an announcement and a tune before it, a paragraph that is left out, two that change places, noise,
a long silence, credits. Where each word is said is known exactly. Without sources: a generated book, whose few
phrases come again and again. Writes bench/results/align-long.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from bench import align_edition
from bench.books import write_book
from bench.measure import COMMAND, Cost, cost_of, environment
from bench.report import report, table
from cli.aligning import scripts_of
from pipeline.align.long_text import Line, lines_of
from pipeline.audio.ffmpeg import feed_ffmpeg
from pipeline.ingest import FetchRules, open_book
from pipeline.model import Pcm
from pipeline.script.lexicon import Lexicon
from pipeline.script.lexicon.files import homographs
from pipeline.settings import PauseSettings, ReadingSettings
from tests.recordings import ANNOUNCEMENT, RATE, Recorder


@dataclass
class Truth:
    """What the narrator did."""

    starts: dict[int, float] = field(default_factory=dict)
    """Seconds at which each word that is said begins."""
    missing: list[tuple[int, int]] = field(default_factory=list)
    added: list[tuple[float, float]] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)
    """Two paragraphs that changed places: either may be told."""
    seconds: float = 0.0


def narrated(lines: Sequence[Line], truth: Truth) -> Iterator[Pcm]:
    """The recording, block by block; ``truth`` is filled on the way."""
    random = np.random.default_rng(3)
    paragraphs = [list(inside) for _, inside in groupby(lines, key=lambda line: line.paragraph)]
    long = [n for n, inside in enumerate(paragraphs) if sum(len(line.words) for line in inside) >= 40]
    left_out = long[len(long) // 3]
    swapped = next(n for n in long[2 * len(long) // 3 :] if n + 1 in long)
    noise, silence = long[len(long) // 2], long[len(long) // 4]
    order = list(range(len(paragraphs)))
    order[swapped], order[swapped + 1] = order[swapped + 1], order[swapped]
    truth.missing.append((paragraphs[left_out][0].first, paragraphs[left_out][-1].stop))
    truth.moved += [(paragraphs[n][0].first, paragraphs[n][-1].stop) for n in (swapped, swapped + 1)]

    def taken(made: Recorder, *, added: bool = False) -> Iterator[Pcm]:
        if added:
            truth.added.append((truth.seconds, truth.seconds + made.now))
        truth.starts |= {word: truth.seconds + timing.start for word, timing in made.said.items()}
        truth.seconds += made.now
        yield from made.audio

    intro = Recorder()
    intro.aside(ANNOUNCEMENT)
    intro.tune(20)
    yield from taken(intro, added=True)
    for number in order:
        made = Recorder()
        if number == noise:
            made.noise(15)
            yield from taken(made, added=True)
            made = Recorder()
        if number == silence:
            made.silence(60)
        if number != left_out:
            made.lines(paragraphs[number], pause=float(random.uniform(0.4, 1.5)))
        yield from taken(made)
    last = Recorder()
    last.aside("The end. Thank you for listening, and good night to all of you, wherever you may be.")
    yield from taken(last, added=True)


def measure(source: Path, folder: Path) -> tuple[Truth, dict[str, Any], Cost, int]:
    """Record and align: what was said, what was found, what it cost, and how many words the text has."""
    book = open_book(str(source), ReadingSettings(), FetchRules(folder / "cache", offline=True))
    lines = lines_of(scripts_of(book, PauseSettings(), Lexicon(homographs())))
    truth = Truth()
    audio, out = folder / f"{source.stem}.mp3", folder / f"{source.stem}.json"
    raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
    feed_ffmpeg(
        [*raw, "-c:a", "libmp3lame", "-b:a", "64k", str(audio)],
        narrated(lines, truth),
        f"recording {audio.name}",
    )
    command: list[str | Path] = [*COMMAND, "align", audio, source, "-o", out, "--offline", "-q"]
    cost = cost_of(command, environment(folder / "home"))
    return truth, json.loads(out.read_text()), cost, lines[-1].stop


def row(name: str, truth: Truth, found: dict[str, Any], cost: Cost, words: int) -> list[str]:
    """A row of the table."""
    off = np.abs(np.asarray(list(_errors(truth, found)))) * 1000
    missing = [tuple(one["words"]) for one in found["missing"]]
    moved = [tuple(one["words"]) for one in found["moved"]]
    ends = [
        abs(a - b)
        for one, true in zip(found["added"], truth.added, strict=False)
        for a, b in zip((one["start"], one["end"]), true, strict=True)
    ]
    faults = [
        "as it was" if missing == truth.missing else f"{len(missing)} parts",
        "as it was" if len(moved) == 1 and moved[0] in truth.moved else f"{len(moved)} parts",
        f"{len(found['added'])} of {len(truth.added)}, to {max(ends, default=0):.1f} s",
    ]
    return [
        name,
        f"{truth.seconds / 3600:.1f}",
        f"{words:,}",
        *(f"{value:.0f}" for value in (np.median(off), np.percentile(off, 95), off.max())),
        *faults,
        f"{truth.seconds / cost.cpu:.0f}",
        f"{max(cost.peaks.values()):.0f}",
    ]


def _errors(truth: Truth, found: dict[str, Any]) -> Iterator[float]:
    """Of each word's start. Words are matched by their order among those that are said."""
    timed = [
        word["start"] for chapter in found["chapters"] for s in chapter["segments"] for word in s["words"]
    ]
    gone = {n for one in found["missing"] for n in range(*one["words"])}
    numbers = [n for n in range(len(timed) + len(gone)) if n not in gone]
    for number, start in zip(numbers, timed, strict=True):
        # A word that was timed though it is not said counts as a minute off.
        yield start - truth.starts[number] if number in truth.starts else 60.0


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m bench.align_long", description=__doc__)
    parser.add_argument("sources", nargs="*", type=Path)
    parser.add_argument("--hours", type=float, nargs="*", default=[1.0])
    parser.add_argument("--edition", type=Path, help="an e-book to be made and aligned whole")
    chosen = parser.parse_args()
    rows, editions = [], []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        generated = [write_book(folder / f"generated-{h:g}h.epub", h) for h in chosen.hours]
        for source in [*chosen.sources, *generated]:
            rows.append(row(source.stem, *measure(source, folder)))
            print(rows[-1], flush=True)
        if chosen.edition:
            editions = align_edition.rows_of(chosen.edition, folder)
    head = (
        "book", "hours", "words", "median ms", "95 % ms", "largest ms", "missing", "out of order", "added",
        "x realtime, one core", "MB",
    )  # fmt: skip
    parts = ["### Whole recordings against their texts", table(head, rows)]
    if editions:
        parts += ["### Editions against their own e-books", table(align_edition.HEAD, editions)]
    report("align-long", *parts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
