"""A morning's reading list: 20 articles of 1,500 words become episodes, against what speaking and encoding cost.

    python -m bench.podcast [--articles 20] [--words 1500]

The plain way is espeak alone to a WAV file and ffmpeg alone from that to MP3; its CPU seconds, spread over the cores,
are what any way has to take. The same is measured as it would be done by hand, an article on each core at a time.

Then ``voxpress feed add`` of the same articles: by a command that does all itself, from nothing and once more when
everything is there; and left to workers that run already and made episodes before, as a server's do. What each
process takes is looked at in a run of its own, because looking costs, too. Results go to bench/results/podcast.md.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.books import paragraph
from bench.hosts import until
from bench.measure import COMMAND, Cost, cost_of, environment
from bench.report import report, table
from pipeline.audio.ffmpeg import find_ffmpeg
from storage.rows import ProductionState
from storage.settings import load_settings
from tasks.context import open_context
from tasks.episodes import rebuild
from workers.broker import EmbeddedBroker

CORES = len(os.sched_getaffinity(0))
SECTIONS = 3
BITRATE = "64k"
"""As episodes have it."""
SHOW = "bench"
REST = 3.0
"""Seconds after which nothing of what was made before is still being tidied up."""
PARTS: Mapping[str, str] = {
    "described": "summary, keywords, soundbite",
    "episode_picture": "pictures of the episodes",
    "write_tagged": "audio with tags",
    "podcast_transcript": "transcript in JSON",
    "srt_pieces": "transcript in SRT",
    "episode_page_files": "what the page loads of an episode",
    "page_files": "the page",
    "feed_bytes": "the feed",
    "<built-in method posix.fsync>": "waiting for the disk (fsync)",
}
"""Functions of publishing, and what they make."""


def articles(folder: Path, number: int, words: int, kind: str = "Article") -> tuple[list[Path], list[str]]:
    """Saved pages of so many words each, and the text of each."""
    random_, pages, texts = random.Random(kind), [], []
    folder.mkdir()
    for index in range(1, number + 1):
        title, parts, count = f"{kind} number {index}", list[str](), 0
        while count < words:
            parts.append(paragraph(random_))
            count += len(parts[-1].split())
        each = -(-len(parts) // SECTIONS)
        body = "".join(
            ("" if at == 0 else f"<h2>Part {at // each + 1} of {title}</h2>")
            + "".join(f"<p>{part}</p>" for part in parts[at : at + each])
            for at in range(0, len(parts), each)
        )
        pages.append(folder / f"{index}.html")
        pages[-1].write_text(
            f"<!DOCTYPE html><html lang='en'><head><title>{title}</title><meta name='author' content='Ann Example'>"
            f"</head><body><article><h1>{title}</h1>{body}</article></body></html>"
        )
        texts.append("\n\n".join([title, *parts]))
    return pages, texts


def plain(folder: Path, text: str) -> tuple[Cost, Cost]:
    """The plain way: (espeak, encoder)."""
    folder.mkdir()
    speak, encode = _plain(folder, text)
    return cost_of(speak), cost_of(encode)


def by_hand(folder: Path, texts: Sequence[str]) -> float:
    """Seconds that the plain way takes with an article on each core at a time."""

    def one(number: int) -> None:
        own = folder / f"by-hand-{number}"
        own.mkdir()
        for command in _plain(own, texts[number]):
            subprocess.run(command, check=True)

    began = time.monotonic()
    with ThreadPoolExecutor(CORES) as several:
        list(several.map(one, range(len(texts))))
    return time.monotonic() - began


def _plain(folder: Path, text: str) -> tuple[list[str | Path], list[str | Path]]:
    said, wav, mp3 = folder / "plain.txt", folder / "plain.wav", folder / "plain.mp3"
    said.write_text(text)
    program = shutil.which("espeak-ng")
    speak: list[str | Path] = [sys.executable, "-m", "bench.plain_espeak", said, wav]
    if program:
        speak = [program, "-v", "en-us", "-f", said, "-w", wav]
    encode: list[str | Path] = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", wav]
    return speak, [*encode, "-c:a", "libmp3lame", "-b:a", BITRATE, mp3]


def voxpress(folder: Path, *arguments: str | Path, watched: bool = False) -> Cost:
    """A command with a state folder of its own in ``folder``."""
    env = environment(folder / "home")
    return cost_of([*COMMAND, *arguments], env, cwd=folder, watched=watched)


def a_show(folder: Path) -> Cost:
    """A folder with a state and an empty show in it."""
    folder.mkdir()
    create = ("feed", "create", SHOW, "--title", "Bench", "--base-url", "http://localhost/bench/")
    return voxpress(folder, *create, "--voice", "espeak:en-us")


def served(folder: Path, pages: Sequence[Path], before: Sequence[Path]) -> float:
    """Seconds until the last episode is out, by workers that run and have made episodes of ``before``."""
    a_show(folder)
    settings = load_settings({"home": folder / "home"}, cwd=folder).settings.prepare()
    broker = EmbeddedBroker(settings.run_dir)
    broker.start()
    env = environment(folder / "home", VOXPRESS_BROKER_URL=broker.url)
    worker = subprocess.Popen(
        [*COMMAND, "worker", "--workers", str(CORES)], env=env, stdout=subprocess.DEVNULL
    )
    try:
        add = [*COMMAND, "feed", "add", SHOW, "-q", "--offline", "--submit"]
        subprocess.run([*add, *before], env=env, cwd=folder, check=True)
        catalog = open_context(settings).store.catalog

        def made() -> int:
            return len(catalog.productions(states=[ProductionState.DONE]))

        until(lambda: made() == len(before), 600)
        time.sleep(REST)
        began = time.monotonic()
        subprocess.run([*add, *pages], env=env, cwd=folder, check=True)
        until(lambda: made() == len(before) + len(pages), 3600)
        return time.monotonic() - began
    finally:
        worker.terminate()
        worker.wait()
        broker.stop()


def stages(folder: Path) -> Counter[str]:
    """Seconds that the slots of the workers spent in each stage, over all episodes."""
    spent: Counter[str] = Counter()
    context = open_context(load_settings({"home": folder / "home"}).settings)
    for episode in context.store.catalog.episodes(SHOW):
        spent.update(context.store.catalog.get(episode.production_id).stage_seconds)
    return spent


def publishing(folder: Path) -> tuple[float, list[Sequence[str]]]:
    """Seconds to publish every episode anew, and what they go to, by a profile."""
    context = open_context(load_settings({"home": folder / "home"}).settings)
    row = context.store.catalog.show(SHOW)
    for path in Path(row.folder).iterdir():
        path.unlink()
    profile = cProfile.Profile()
    profile.enable()
    rebuild(context, row)
    profile.disable()
    stats = pstats.Stats(profile)
    seconds: Counter[str] = Counter()
    for (_, _, name), (_, _, _, whole, _) in stats.stats.items():  # type: ignore[attr-defined]
        if name in PARTS:
            seconds[PARTS[name]] += whole
    total = stats.total_tt  # type: ignore[attr-defined]
    return total, [(what, f"{spent:.2f}") for what, spent in seconds.most_common()]


def main() -> None:
    """Measure and write down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--words", type=int, default=1500)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voxpress-bench-") as name:
        folder = Path(name)
        pages, texts = articles(folder / "pages", arguments.articles, arguments.words)
        before, _ = articles(folder / "yesterday", 2 * CORES, arguments.words, "Story")
        speaking, encoding = plain(folder / "plain", "\n\n".join(texts))
        least = (speaking.cpu + encoding.cpu) / CORES
        hand = by_hand(folder, texts)
        started = a_show(folder / "alone")
        add: list[str | Path] = ["feed", "add", SHOW, *pages, "-q", "--offline"]
        first, again = (voxpress(folder / "alone", *add).wall for _ in range(2))
        left = served(folder / "served", pages, before)
        a_show(folder / "watched")
        watched = voxpress(folder / "watched", *add, watched=True)
        spent, used = stages(folder / "watched"), sum(watched.spent.values())
        anew, parts = publishing(folder / "watched")
        head = ["way", "seconds", "ratio"]
        rows = [
            ("espeak's and the encoder's CPU, over the cores", f"{least:.1f}", "1"),
            ("both by hand, an article on each core at a time", f"{hand:.1f}", f"{hand / least:.2f}"),
            ("by workers that run already", f"{left:.1f}", f"{left / least:.2f}"),
            ("by one command that starts and ends all it needs", f"{first:.1f}", f"{first / least:.2f}"),
            ("the same command again", f"{again:.1f}", ""),
        ]
        slots = [(stage, f"{seconds:.1f}") for stage, seconds in spent.most_common()]
        slots.append(("all stages", f"{spent.total():.1f}"))
        slots.append(("no stage: start, waiting, end", f"{watched.wall * CORES - spent.total():.1f}"))
        processes = [
            (role, f"{watched.spent.get(role, 0.0):.1f}", f"{peak:.0f}")
            for role, peak in sorted(watched.peaks.items())
        ]
        report(
            "podcast",
            f"{arguments.articles} articles of {arguments.words:,} words, {CORES} cores. espeak alone takes "
            f"{speaking.cpu:.1f} s of CPU, the encoder alone {encoding.cpu:.1f} s.",
            table(head, rows),
            f"Creating the show takes {started.wall:.1f} s. All processes of the one command took {used:.1f} s of "
            f"CPU: {used / CORES / least:.2f} times the least, which is what the ratio would be if nothing ever "
            "waited.",
            table(["process", "CPU, s", "peak MB of the largest"], processes),
            f"Where the {watched.wall * CORES:.1f} s of {CORES} slots went, watched:",
            table(["stage", "seconds"], slots),
            f"Publishing all episodes anew in one process, under a profiler, takes {anew:.1f} s:",
            table(["of which", "seconds"], parts),
        )


if __name__ == "__main__":
    main()
