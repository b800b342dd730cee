"""A long book, end to end, against the plain way: espeak to one WAV, then ffmpeg to one AAC file.

    python -m bench.long_book [--hours 10] [--coder fast] [--coder twoloop] [--memory]

Prints ratios within one run, and writes them to bench/results/. The plain way uses the ``espeak-ng`` program
where there is one, else the same library in a loop without anything else around it.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from bench.books import plain_text, write_book
from bench.measure import COMMAND, Cost, cost_of, environment
from pipeline.audio.ffmpeg import ffmpeg_version, find_ffmpeg

RESULTS = Path(__file__).parent / "results"
CORES = len(os.sched_getaffinity(0))


def make(folder: Path, book: Path, *, home: str, coder: str = "fast") -> Cost:
    """``voxpress make`` with a state folder of its own."""
    command: list[str | Path] = [*COMMAND, "make", book, "-q", "--offline", "--voice", "espeak:en-us"]
    command += ["--set", f"audio.coder={coder}", "-o", folder / f"out-{home}"]
    return cost_of(command, environment(folder / home))


def plain(folder: Path, text: Path, coder: str) -> tuple[Cost, Cost]:
    """The plain way: (espeak, ffmpeg)."""
    wav, aac = folder / "plain.wav", folder / "plain.m4a"
    program = shutil.which("espeak-ng")
    if program:
        speaking = cost_of([program, "-v", "en-us", "-f", text, "-w", wav])
    else:
        speaking = cost_of([sys.executable, "-m", "bench.plain_espeak", text, wav])
    encoder: list[str | Path] = [find_ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", wav]
    encoding = cost_of([*encoder, "-c:a", "aac", "-aac_coder", coder, "-b:a", "64k", aac])
    wav.unlink()
    return speaking, encoding


def throughput(folder: Path, hours: float, coder: str) -> list[str]:
    """One row of the table: wall time against the plain way, share of overhead, the second run."""
    book = write_book(folder / "book.epub", hours)
    text = folder / "book.txt"
    text.write_text(plain_text(hours))
    speaking, encoding = plain(folder, text, coder)
    ours = make(folder, book, home=coder, coder=coder)
    again = make(folder, book, home=coder, coder=coder)
    shutil.rmtree(folder / coder)
    baseline = speaking.wall + encoding.wall
    useful = (speaking.cpu + encoding.cpu) / (ours.wall * CORES)
    return [
        f"{hours:g} h",
        coder,
        f"{speaking.wall:.1f} + {encoding.wall:.1f}",
        f"{ours.wall:.1f}",
        f"{ours.wall / baseline:.2f}",
        f"{1 - useful:.0%}",
        f"{again.wall:.1f}",
    ]


def memory(folder: Path, short: float, long: float) -> list[list[str]]:
    """Peak memory by role for a short and for a long book."""
    costs = [
        make(folder, write_book(folder / f"{hours:g}.epub", hours), home=f"memory-{hours:g}")
        for hours in (short, long)
    ]
    roles = sorted(set(costs[0].peaks) | set(costs[1].peaks))
    rows = []
    for role in roles:
        one, other = (cost.peaks.get(role, 0.0) for cost in costs)
        rows.append([role, f"{one:.1f}", f"{other:.1f}", f"{other / one:.2f}" if one else "-"])
    return rows


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Where and with what this was measured."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    spoken = "espeak-ng program" if shutil.which("espeak-ng") else "libespeak-ng in a bare loop"
    return (
        f"{CORES} cores of {model}, {platform.system()}, Python {platform.python_version()}, ffmpeg "
        f"{ffmpeg_version(find_ffmpeg())}; plain way: {spoken}."
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=10)
    parser.add_argument("--coder", action="append", choices=["fast", "twoloop"])
    parser.add_argument("--memory", action="store_true", help="only peak memory, 1 h against 20 h")
    parser.add_argument("--long", type=float, default=20, help="hours of the long book for --memory")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voxpress-bench-") as name:
        folder = Path(name)
        if arguments.memory:
            head = ["process", "MB at 1 h", f"MB at {arguments.long:g} h", "ratio"]
            report("memory", table(head, memory(folder, 1, arguments.long)))
            return
        rows = [
            throughput(folder, arguments.hours, coder) for coder in arguments.coder or ["fast", "twoloop"]
        ]
        head = [
            "book",
            "AAC coder",
            "plain espeak + ffmpeg, s",
            "voxpress, s",
            "ratio",
            "overhead",
            "again, s",
        ]
        report("long_book", table(head, rows))


def report(name: str, text: str) -> None:
    """Print a result and keep it."""
    said = f"{text}\n\n{machine()}\n"
    print(said)
    (RESULTS / f"{name}.md").write_text(said)


if __name__ == "__main__":
    main()
