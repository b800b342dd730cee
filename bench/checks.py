"""What the signal checks and the engine's own word times cost, beside espeak's speaking.

    python -m bench.checks [--minutes 60]

Every passage of a book is spoken, timed and checked in turn in one process, and the processor's time of each part is
added up: what is printed are shares of espeak's time in the same run, and of that of a whole production of the
book. Numeric libraries have one thread, as in a
worker. False alarms are counted with it: nothing in these takes is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.books import plain_text, write_book
from bench.long_book import make
from bench.report import report, table
from pipeline.audio.prepare import prepare
from pipeline.check.reference import Reference, learn
from pipeline.model import Block, BlockKind, Chapter, Chunk, PreparedTake, SpeakingOptions
from pipeline.script import script_chapter
from pipeline.settings import PauseSettings
from pipeline.speech import espeak
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import find_voice, open_engine

LEARNED_FROM = 30
"""Takes, as a production does with its first."""
HERE = EngineContext(Path("nowhere"))
_ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Clock:
    """Adds up the processor's time of calls by name."""

    def __init__(self) -> None:
        self.seconds = Counter[str]()

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, measured."""

        def run(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.seconds[name] += time.process_time() - began

        return run


def chunks_of(minutes: float) -> tuple[Chunk, ...]:
    """Passages for about so many minutes of audio."""
    voice = find_voice("espeak", "en-us", HERE)
    limits = open_engine("espeak", HERE).limits(voice, "en-us")
    lines = [line for line in plain_text(minutes / 60).splitlines() if line.strip()]
    blocks = tuple(Block(BlockKind.PARAGRAPH, line) for line in lines)
    chapter = Chapter(0, "All", 1, blocks)
    return script_chapter(
        chapter, language="en-us", voice=voice, limits=limits, pauses=PauseSettings()
    ).chunks


def measure(minutes: float) -> str:
    """The table."""
    clock, faults = Clock(), Counter[str]()
    voice, engine = find_voice("espeak", "en-us", HERE), open_engine("espeak", HERE)
    known: list[tuple[Chunk, PreparedTake]] = []
    reference: Reference | None = None
    audio = 0.0
    with (
        patch("pipeline.speech.espeak.timings_from_starts", clock.timed("times", espeak.timings_from_starts)),
        patch("pipeline.audio.prepare.Sound", clock.timed("checks", prepare.__globals__["Sound"])),
        patch(
            "pipeline.audio.prepare.check_signal", clock.timed("checks", prepare.__globals__["check_signal"])
        ),
        patch(
            "pipeline.audio.prepare.check_samples_of",
            clock.timed("checks", prepare.__globals__["check_samples_of"]),
        ),
    ):
        for chunk in chunks_of(minutes):
            began = time.process_time()
            (take,) = engine.speak([chunk], voice, SpeakingOptions())
            clock.seconds["espeak and times"] += time.process_time() - began
            _, prepared = prepare(take, chunk, sample_rate=voice.sample_rate, reference=reference)
            faults.update(doubt.fault for doubt in prepared.doubts)
            audio += take.duration
            if reference is None:
                known.append((chunk, prepared))
                reference = learn(known) if len(known) == LEARNED_FROM else None
    speaking = clock.seconds["espeak and times"] - clock.seconds["times"]
    shares = {name: clock.seconds[name] / speaking for name in ("times", "checks")}
    whole = production_seconds(minutes)
    return table(
        (
            *("audio", "espeak, x realtime", "word times", "signal checks", "together"),
            *("of a whole production", "false alarms"),
        ),
        [
            (
                f"{audio / 60:.0f} min",
                f"{audio / speaking:.0f}",
                f"{shares['times']:.1%}",
                f"{shares['checks']:.1%}",
                f"{sum(shares.values()):.1%}",
                f"{(clock.seconds['times'] + clock.seconds['checks']) / whole:.1%}",
                str(sum(faults.values())),
            )
        ],
    )


def production_seconds(minutes: float) -> float:
    """The processor's time of ``voxpress make`` for the same book, encoding and all."""
    with tempfile.TemporaryDirectory() as folder:
        book = write_book(Path(folder) / "book.epub", minutes / 60)
        return make(Path(folder), book, home="home").cpu


def main() -> None:
    """Measure, print, keep."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # it is looked at when numpy is imported
        os.execve(sys.executable, [sys.executable, "-m", "bench.checks", *sys.argv[1:]], _ONE_THREAD)
    parser = argparse.ArgumentParser(prog="python -m bench.checks")
    parser.add_argument("--minutes", type=float, default=60.0)
    report("checks", "# What checking takes costs", measure(parser.parse_args().minutes))


if __name__ == "__main__":
    main()
