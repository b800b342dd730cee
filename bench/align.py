"""How exactly known words are found in a recording, how fast, and in how much memory.

    python -m bench.align [--corpus DIR] [--languages en,de]

Plain dynamic time warping beside every aligner that runs here, and on what is English PocketSphinx, where it is
installed. DIR may hold recordings timed by hand (``.wav`` with ``.TextGrid`` beside it). Writes
bench/results/align.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.align_cases import TEXTS, Case, synthetic, timed_by_hand
from bench.align_flite import by_flite
from bench.align_map import Lines, sonnet
from bench.align_plain import plain_dtw
from bench.align_sphinx import installed, sphinx
from bench.report import report, table
from pipeline.align.registry import WITHOUT_A_MODEL, open_aligner
from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word
from tests.memory import peak_kilobytes

Align = Callable[[Pcm, int, Sequence[Word], str], Sequence[Timing]]
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "samples"
MEDIAN, NEARLY_ALL = 15.0, 50.0
"""Targets in ms: median and 95th percentile."""
LENGTHS = (15, 60, 120)
"""Seconds of audio whose peak memory is measured."""


def contestants() -> dict[str, Align]:
    """What is measured, by name."""
    return {"plain DTW": plain_dtw, **{name: open_aligner(name).align for name in WITHOUT_A_MODEL}}


def measured(align: Align, cases: Sequence[Case]) -> tuple[dict[str, list[float]], float]:
    """The errors of all word starts in ms by condition, and how many times as fast as real time it was."""
    errors: dict[str, list[float]] = {}
    spent = 0.0
    for case in cases:
        began = time.process_time()
        try:
            timings = align(case.audio, case.sample_rate, case.words, case.language)
        except AlignFailed as error:
            print(f"{case.condition}, {case.name}: {error}", file=sys.stderr)
            timings = [Timing(0.0, 0.0)] * len(case.words)
        spent += time.process_time() - began
        errors.setdefault(case.condition, []).extend(
            1000 * abs(timing.start - start)
            for timing, start in zip(timings, case.starts, strict=True)
            if start is not None
        )
    seconds = sum(len(case.audio) / case.sample_rate for case in cases)
    return errors, seconds / spent


def share(values: Sequence[float], part: float) -> float:
    """The percentile of ``values`` below which that part of them lies."""
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def memory(name: str, seconds: int) -> float:
    """Peak memory in MB of a process that aligns so many seconds, above that of one that aligns ten."""
    peaks = []
    for length in (10, seconds):
        command = [sys.executable, "-m", "bench.align", "--alone", name, "--seconds", str(length)]
        peaks.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return float(peaks[1] - peaks[0]) / 1024


def _alone(name: str, seconds: int) -> None:
    """Align so many seconds of speech and print this process's peak memory in KiB."""
    from pipeline.align.reading import read

    words = [Word(text, text) for text in TEXTS["en"].split()]
    said = read(words, "en", variant="f2")
    words *= math.ceil(seconds / said.duration)
    said = read(words, "en", variant="f2")
    contestants()[name](said.audio, said.sample_rate, words, "en")
    print(peak_kilobytes())


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.align")
    parser.add_argument("--corpus", type=Path, default=BESIDE, help="with recordings that were timed by hand")
    parser.add_argument("--languages", default=",".join(TEXTS))
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=60, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        _alone(options.alone, options.seconds)
        return
    spoken = list(by_flite())
    if not spoken:
        print("flite is not installed: its sentences are left out.", file=sys.stderr)
    cases = [*synthetic(options.languages.split(",")), *spoken, *timed_by_hand(options.corpus)]
    names = contestants()
    rows, speeds = _rows(names, cases)
    beside: list[str] = []
    if installed():
        english = [case for case in cases if case.language == "en"]
        both = {"dtw": names["dtw"], "PocketSphinx": sphinx}
        english_rows, english_speeds = _rows(both, english)
        last = ["times realtime, one core", "", *english_speeds]
        beside = [
            "Beside PocketSphinx 5, in English alone:",
            table(["condition", "words", *both], [*english_rows, last]),
        ]
    else:
        print("PocketSphinx is not installed: it is left out.", file=sys.stderr)
    more = [
        [f"MB more for {seconds} s than for 10 s", "", *(f"{memory(name, seconds):.0f}" for name in names)]
        for seconds in LENGTHS
    ]
    lines = sonnet(options.corpus)
    if lines:
        beside.append(_published(lines))
    report(
        "align",
        table(
            ["condition", "words", *names],
            [*rows, ["times realtime, one core", "", *speeds], *more],
        ),
        f"Errors of the times at which words begin, in ms: median / 95th percentile. Targets: {MEDIAN:.0f} / "
        f"{NEARLY_ALL:.0f} for another voice of espeak and for sentences timed by hand.",
        *beside,
    )


def _published(lines: Lines) -> str:
    ours, published = (
        f"{share(errors, 0.5):.0f} / {share(errors, 0.95):.0f}" for errors in (lines.ours, lines.published)
    )
    return (
        f"The {len(lines.ours)} lines of a sonnet begin so far from the end of a pause, in ms: dtw {ours}, the"
        f" published map {published}."
    )


def _rows(names: Mapping[str, Align], cases: Sequence[Case]) -> tuple[list[list[str]], list[str]]:
    """For each condition its words and what each is off by; and how fast each is."""
    results = {name: measured(align, cases) for name, align in names.items()}
    rows = []
    for condition in dict.fromkeys(case.condition for case in cases):
        found = [results[name][0][condition] for name in names]
        shown = [f"{share(errors, 0.5):.1f} / {share(errors, 0.95):.1f}" for errors in found]
        rows.append([condition, str(len(found[0])), *shown])
    return rows, [f"{speed:.0f}" for _, speed in results.values()]


if __name__ == "__main__":
    for library in ("OPENBLAS", "OMP", "MKL"):  # as in a worker
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    main()
