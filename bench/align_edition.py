"""A whole book as ``voxpress make`` speaks it, against its own EPUB: every word's time is known by the edition.

Aligned twice: as one M4B, and as a folder of MP3 chapters of which one is missing and two have changed places.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import COMMAND, Cost, cost_of, environment
from pipeline.audio.ffmpeg import decode

MISSING, SWAPPED = 4, (8, 9)
"""The chapter (counted from 0) that is left out of the folder, and those two that change places."""
HEAD = (
    "recording", "hours", "words", "timed", "median ms", "95 % ms", "largest ms", "missing", "out of order", "added",
    "x realtime, one core", "MB",
)  # fmt: skip

RATE = 16_000
Words = list[tuple[str, float]]
"""Each word, and when it begins (s)."""


def rows_of(book: Path, folder: Path) -> list[list[str]]:
    """Make and align: the rows of both recordings. Raises ``CalledProcessError``."""
    env = environment(folder / "home")
    made = [*COMMAND, "make", str(book), "-o", str(folder / "made"), "--voice", "espeak", "--workers", "1"]
    made += ["--offline", "-q"]
    subprocess.run([*made, "--format", "m4b", "--format", "mp3-chapters"], env=env, check=False)
    (m4b,) = (folder / "made").rglob("*.m4b")
    chapters = _chapters(m4b.with_suffix(".transcript.json"))
    rows = []
    for name in ("M4B", "MP3 chapters"):
        if name == "M4B":
            audio, truth, gone, moved = m4b, chapters, set[int](), list[set[int]]()
        else:
            audio, truth = _shuffled(m4b, folder / "chapters")
            first = np.cumsum([0, *map(len, chapters)])
            numbers = [set(range(first[n], first[n + 1])) for n in range(len(chapters))]
            gone, moved = numbers[MISSING], [numbers[n] for n in SWAPPED]
        out = folder / f"{name.replace(' ', '-')}.json"
        cost = cost_of([*COMMAND, "align", audio, book, "-o", out, "--offline", "-q"], env)
        rows.append(_row(f"{book.stem}, {name}", truth, gone, moved, json.loads(out.read_text()), cost))
    return rows


def _chapters(path: Path) -> list[Words]:
    return [
        [(word["text"], word["start"]) for segment in chapter["segments"] for word in segment["words"]]
        for chapter in json.loads(path.read_text())["chapters"]
    ]


def _shuffled(m4b: Path, folder: Path) -> tuple[Path, list[Words]]:
    """A folder of the chapters, and for each chapter its words where they are in the whole of it."""
    folder.mkdir()
    files = sorted(m4b.parent.glob("*.mp3"))
    begins = [0.0]
    for path in files:
        begins.append(begins[-1] + sum(len(block) for block in decode(path, RATE)) / RATE)
    order = list(range(len(files)))
    order[SWAPPED[0]], order[SWAPPED[1]] = order[SWAPPED[1]], order[SWAPPED[0]]
    order.remove(MISSING)
    words = _chapters(m4b.with_suffix(".mp3-chapters.transcript.json"))
    assert len(words) == len(files)
    at, placed = 0.0, dict[int, Words]()
    for position, number in enumerate(order):
        shutil.copy(files[number], folder / f"{position + 1:02}.mp3")
        placed[number] = [(text, start - begins[number] + at) for text, start in words[number]]
        at += begins[number + 1] - begins[number]
    return folder, [placed.get(number, words[number]) for number in range(len(files))]


def _row(
    name: str,
    truth: Sequence[Words],
    gone: set[int],
    moved: list[set[int]],
    found: dict[str, Any],
    cost: Cost,
) -> list[str]:
    words = [word for chapter in truth for word in chapter]
    unread = {n for one in found["missing"] for n in range(*one["words"])}
    timed = [
        (word["text"], word["start"])
        for chapter in found["chapters"]
        for segment in chapter["segments"]
        for word in segment["words"]
    ]
    numbers = [n for n in range(len(words)) if n not in unread]
    assert [text for text, _ in timed] == [words[n][0] for n in numbers], "another text was aligned"
    off = 1000 * np.abs(
        [start - words[n][1] for (_, start), n in zip(timed, numbers, strict=True) if n not in gone]
    )
    read = len(words) - len(gone)
    elsewhere = [set(range(*one["words"])) for one in found["moved"]]
    right = unread == gone or f"{len(unread - gone)} words too many, {len(gone - unread)} too few"
    order = (not moved and not elsewhere) or any(_alike(one, elsewhere) for one in moved)
    return [
        name,
        f"{found['duration'] / 3600:.1f}",
        f"{len(words):,}",
        f"{len(off) / read:.2%}",
        *(f"{value:.0f}" for value in (np.median(off), np.percentile(off, 95), off.max())),
        "as it was" if right is True else str(right),
        "as it was" if order else f"{len(elsewhere)} parts",
        f"{len(found['added'])} of 0",
        f"{found['duration'] / cost.cpu:.0f}",
        f"{max(cost.peaks.values()):.0f}",
    ]


def _alike(one: set[int], found: Sequence[set[int]]) -> bool:
    """Whether all that was found elsewhere is this, but for a word or two at its ends."""
    return len(one ^ set().union(*found)) <= 0.01 * len(one)
