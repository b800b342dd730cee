"""``listen.html`` of large books in Chromium: how long it is busy with one thing, and what it takes to write it.

    python -m bench.listen

Two made-up books: one chapter of 50,000 words, over a recording of its length; and 600,000 words in 360 chapters, as
many as War and Peace has, of which only the page is made. A task of the page that takes longer than 50 ms is what
the Long Tasks API calls long: then a key or a click waits noticeably.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from bench.books import sentence
from bench.report import report, table
from pipeline.model import Begins, EncodedChapter, Loudness, Metadata, Segment, SourceInfo, SourceKind, Word
from pipeline.publish import listen
from pipeline.publish.companions import CompanionJob
from pipeline.publish.course import Course
from pipeline.publish.plan import ChapterFiles, EditionPlan, PublishedFile
from pipeline.publish.report import Measured
from pipeline.publish.tags import tags_of
from pipeline.publish.timeline import timeline
from pipeline.publish.transcript import Said
from pipeline.serial import dump
from pipeline.settings import ProductionSettings
from tests.browsing import BROWSER, Browser, Tab, tab
from tests.memory import peak_kilobytes

RATE = 22050
WORD_SECONDS = 0.3
SENTENCES = 5
"""In a paragraph."""
LONGEST_TASK = 200
"""Milliseconds that the page may be busy with one thing, on this machine."""
BOOKS = {"a chapter of 50,000 words": (50_000, 1), "600,000 words in 360 chapters": (600_000, 360)}
_TASKS = """
window.tasks = [];
new PerformanceObserver(list => list.getEntries().forEach(e => window.tasks.push(e.duration)))
  .observe({ type: 'longtask', buffered: true });
"""


def write_page(folder: Path, words: int, chapters: int) -> float:
    """Segments and page of a book; returns the seconds that the page took."""
    random_ = random.Random(words)
    files, encoded = [], []
    for index in range(chapters):
        path, now, number = folder / f"{index}.json", 0.5, 0
        with path.open("wb") as file:
            while number < words // chapters:
                begins = Begins.BLOCK if number == 0 or random_.random() < 1 / SENTENCES else Begins.NOTHING
                texts = sentence(random_).split()
                starts = [round((now + n * WORD_SECONDS) * RATE) for n in range(len(texts))]
                ends = [start + round(WORD_SECONDS * RATE * 0.9) for start in starts]
                made = Segment(
                    " ".join(texts),
                    "one",
                    tuple(Word(text, text) for text in texts),
                    tuple(starts),
                    tuple(ends),
                    begins=begins,
                )
                file.write((b"," if number else b"[") + dump(made))
                number += len(texts)
                now += len(texts) * WORD_SECONDS + 0.2
            file.write(b"]")
        frames = round((now + 1) * RATE / 1024)
        chapter = EncodedChapter(
            index, f"Chapter {index + 1}", 1, RATE, frames * 1024, frames, Loudness(), "aac"
        )
        encoded.append(chapter)
        files.append(ChapterFiles({"aac": chapter}, {}, path))
    line = timeline(encoded)
    cover = folder / "cover.jpg"
    Image.new("RGB", (600, 600), "teal").save(cover)
    metadata = Metadata(title="A long book", authors=("Ann Author",), language="en")
    source = SourceInfo(SourceKind.TEXT, "book.txt", f"{words:064}")
    plan = EditionPlan(metadata, source, None, "one", files, ProductionSettings(), {})
    audio = PublishedFile("book.m4b", 0, "")
    measured = Measured(
        timeline=line,
        audio=[audio],
        words=[words // len(files)] * len(files),
        integrated_lufs=-18.0,
        true_peak=-3.0,
        doubts=[],
        known=[],
        levels=[(-18.0, -3.0)] * len(files),
        course=Course(line),
        seconds=0.0,
    )
    tags = tags_of(metadata, "one")
    said = Said([chapter.segments for chapter in files], line)
    job = CompanionJob(folder, "book", plan, tags, cover.read_bytes(), said, (audio,), measured, ())
    began = time.monotonic()
    listen.write(job)
    return time.monotonic() - began


def record(path: Path, seconds: float) -> None:
    """Soft noise."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i"]
    argv += [
        f"anoisesrc=r={RATE}:a=0.01:d={seconds}",
        "-c:a",
        "aac",
        "-aac_coder",
        "fast",
        "-b:a",
        "24k",
        "-f",
        "mp4",
    ]
    subprocess.run([*argv, str(path)], check=True)


def longest(window: Tab) -> float:
    """Milliseconds of the longest task since it was asked last; 0 where all were shorter than 50."""
    found: float = window.run(
        "new Promise(done => setTimeout(() => done(Math.max(0, ...window.tasks)), 300))"
    )
    window.run("window.tasks = []")
    return found


def look_at(folder: Path, *, playing: bool) -> dict[str, float]:
    """What the page is busy with, in ms by what was done."""
    found: dict[str, float] = {}
    with Browser(folder / "profile") as browser, tab(browser) as window:
        window.ask("Page.addScriptToEvaluateOnNewDocument", {"source": _TASKS})
        window.open(folder / "listen.html")
        found["ready after"] = window.run(
            "performance.timing.domContentLoadedEventEnd - performance.timing.fetchStart"
        )
        found["opening, longest task"] = longest(window)
        last = (
            window.run("JSON.parse(document.getElementById('book').textContent).chapters.at(-1).end") / 1000
        )
        window.run(f"location.hash = '#t={last * 0.93:.1f}'")
        found["far jump, longest task"] = longest(window)
        if playing:
            window.run(f"location.hash = '#t={last * 0.5:.1f}'")
            window.run(
                "document.querySelector('audio').playbackRate = 3; document.getElementById('play').click()"
            )
            longest(window)
            frames = window.run(
                "new Promise(done => { let n = 0; const began = performance.now(); const look = () => { n += 1;"
                " performance.now() - began < 5000 ? requestAnimationFrame(look) : done(n / 5); }; look(); })"
            )
            found["playing, frames a second"] = frames
            found["playing, longest task"] = longest(window)
            window.run("document.getElementById('play').click()")
        window.press("/")
        began = time.monotonic()
        window.ask("Input.insertText", {"text": "no such words anywhere"})
        window.wait("document.getElementById('found').textContent")
        found["search through all, ms"] = (time.monotonic() - began) * 1000
        found["search, longest task"] = longest(window)
        window.ask("HeapProfiler.collectGarbage")
        found["heap, MB"] = window.ask("Runtime.getHeapUsage")["usedSize"] / 1e6
        found["elements"] = window.run("document.querySelectorAll('*').length")
    return found


def main() -> int:
    """Measure; 1 where the page is busy for longer than it may be."""
    parser = argparse.ArgumentParser(prog="python -m bench.listen")
    parser.add_argument("--write", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        folder, words, chapters = arguments.write
        seconds = write_page(Path(folder), int(words), int(chapters))
        print(seconds, peak_kilobytes())
        return 0
    if not BROWSER:
        print("Nothing can be measured: there is no Chromium.", file=sys.stderr)
        return 1
    columns: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="voxpress-listen-") as name:
        for book, (words, chapters) in BOOKS.items():
            folder = Path(name) / str(words)
            folder.mkdir()
            argv = [sys.executable, "-m", "bench.listen", "--write", str(folder), str(words), str(chapters)]
            told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
            written = {
                "page, MB": (folder / listen.NAME).stat().st_size / 1e6,
                "written in, s": float(told[0]),
                "peak memory of writing, MB": float(told[1]) / 1000,
            }
            record(folder / "book.m4b", words * WORD_SECONDS * 1.1 if chapters == 1 else 60)
            columns[book] = written | look_at(folder, playing=chapters == 1)
    rows = [
        [row, *(f"{column[row]:.3g}" if row in column else "" for column in columns.values())]
        for row in next(iter(columns.values()))
    ]
    worst = max(
        value for column in columns.values() for row, value in column.items() if "longest task" in row
    )
    report(
        "listen",
        "# listen.html of large books, in Chromium",
        "Tasks in milliseconds; 0 stands for none longer than 50. No acceleration by graphics hardware.",
        table(["", *columns], rows),
        f"The longest task took {worst:.0f} ms (at most {LONGEST_TASK}).",
    )
    return 0 if worst <= LONGEST_TASK else 1


if __name__ == "__main__":
    sys.exit(main())
