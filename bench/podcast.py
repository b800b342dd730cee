"""A morning's reading list: 20 articles of 1,500 words become episodes, against what speaking and encoding cost.

    python -m bench.podcast [--articles 20] [--words 1500]

The plain way is espeak alone to a WAV file and ffmpeg alone from that to MP3; its CPU seconds, spread over the cores,
are what any way has to take. Then ``voxpress feed add`` of the same articles is measured, once from nothing and once
more when everything is there, and where its time went. Results go to bench/results/podcast.md.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.books import paragraph
from bench.measure import Cost, cost_of
from bench.report import report, table
from pipeline.audio.ffmpeg import find_ffmpeg
from storage.settings import load_settings
from tasks.context import open_context
from tasks.episodes import rebuild

CORES = len(os.sched_getaffinity(0))
SECTIONS = 3
BITRATE = "64k"
"""As episodes have it."""
SHOW = "bench"
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


def articles(folder: Path, number: int, words: int) -> tuple[list[Path], str]:
    """Saved pages of so many words each, and all of their text."""
    random_, pages, texts = random.Random(1), [], []
    folder.mkdir()
    for index in range(1, number + 1):
        title, parts, count = f"Article number {index}", list[str](), 0
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
    return pages, "\n\n".join(texts)


def plain(folder: Path, text: str) -> tuple[Cost, Cost]:
    """The plain way: (espeak, encoder)."""
    said, wav, mp3 = folder / "plain.txt", folder / "plain.wav", folder / "plain.mp3"
    said.write_text(text)
    program = shutil.which("espeak-ng")
    if program:
        speaking = cost_of([program, "-v", "en-us", "-f", said, "-w", wav])
    else:
        speaking = cost_of([sys.executable, "-m", "bench.plain_espeak", said, wav])
    encoder: list[str | Path] = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", wav]
    return speaking, cost_of([*encoder, "-c:a", "libmp3lame", "-b:a", BITRATE, mp3])


def voxpress(folder: Path, *arguments: str | Path) -> Cost:
    """A command with a state folder of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VOXPRESS_")}
    env |= {"VOXPRESS_HOME": str(folder / "home"), "PYTHONPATH": str(Path(__file__).parent.parent)}
    return cost_of([sys.executable, "-m", "cli.main", *arguments], env, cwd=folder)


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
        pages, text = articles(folder / "pages", arguments.articles, arguments.words)
        speaking, encoding = plain(folder, text)
        least = (speaking.cpu + encoding.cpu) / CORES
        create = ("feed", "create", SHOW, "--title", "Bench", "--base-url", "http://localhost/bench/")
        started = voxpress(folder, *create, "--voice", "espeak:en-us")
        first = voxpress(folder, "feed", "add", SHOW, *pages, "-q", "--offline")
        again = voxpress(folder, "feed", "add", SHOW, *pages, "-q", "--offline")
        spent, used = stages(folder), sum(first.spent.values())
        anew, parts = publishing(folder)
        head = ["articles", "espeak CPU, s", "encoder CPU, s", "over the cores, s", "voxpress, s", "ratio"]
        head.append("again, s")
        row = [
            f"{arguments.articles} of {arguments.words:,} words",
            f"{speaking.cpu:.1f}",
            f"{encoding.cpu:.1f}",
            f"{least:.1f}",
            f"{first.wall:.1f}",
            f"{first.wall / least:.2f}",
            f"{again.wall:.1f}",
        ]
        slots = [(stage, f"{seconds:.1f}") for stage, seconds in spent.most_common()]
        slots.append(("all stages", f"{spent.total():.1f}"))
        slots.append(("no stage: start, waiting, end", f"{first.wall * CORES - spent.total():.1f}"))
        processes = [
            (role, f"{first.spent.get(role, 0.0):.1f}", f"{peak:.0f}")
            for role, peak in sorted(first.peaks.items())
        ]
        report(
            "podcast",
            table(head, [row]),
            f"All processes of the first run took {used:.1f} s of CPU: {used / CORES / least:.2f} times the least, "
            "which is what the ratio would be if nothing ever waited. "
            f"Creating the show takes {started.wall:.1f} s.",
            table(["process", "CPU, s", "peak MB of the largest"], processes),
            f"Where the {first.wall * CORES:.1f} s of {CORES} slots went:",
            table(["stage", "seconds"], slots),
            f"Publishing all episodes anew in one process, under a profiler, takes {anew:.1f} s:",
            table(["of which", "seconds"], parts),
        )


if __name__ == "__main__":
    main()
