"""What the signal checks and the engine's own word times cost, beside espeak's speaking.

    python -m bench.checks [--minutes 60] [--rounds 5]

Every passage of a book is spoken, timed, checked and prepared for mastering in turn in one process, several times
over. The processor's time of each part is taken for each passage from the round in which it took least, so that what
else the machine does matters little. What is printed are shares of the time that espeak takes to speak the same
passages in the same run. Numeric libraries have one thread, as in a worker.

"Word times" is what turns espeak's events into times of display words; "signal checks" is every check, with the
features that only they need. "For mastering" is what is done anyway, were nothing checked: the samples as floating
point numbers, their extremes, where the sound begins and ends, fades, loudness and true peak. The checks look at the
first two as well. False alarms are counted with it: nothing in these takes is wrong.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.books import plain_text, write_book
from bench.long_book import make
from bench.report import report, table
from pipeline.audio import prepare
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
SPEAKING, TIMES, CHECKS, MASTERING = "speaking", "times", "checks", "mastering"
PARTS = (
    (espeak, "timings_from_starts", TIMES),
    (prepare, "Sound", CHECKS),
    (prepare, "usable", CHECKS),
    (prepare, "check_sound", CHECKS),
    (prepare, "check_signal", CHECKS),
    (prepare, "_timing_doubt", CHECKS),
)
"""What is measured apart from the speaking and the preparing in which it is called."""
_ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Clock:
    """Adds up the processor's time of calls by name, without that of measured calls within them."""

    def __init__(self) -> None:
        self.seconds = defaultdict[str, float](float)
        self._within: list[float] = []

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, measured."""

        def run(*given: Any, **named: Any) -> Any:
            self._within.append(0.0)
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                spent = time.process_time() - began
                self.seconds[name] += spent - self._within.pop()
                if self._within:
                    self._within[-1] += spent

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


def measure(minutes: float, rounds: int) -> str:
    """The table."""
    chunks = chunks_of(minutes)
    gc.freeze()  # a worker does not hold the words of a whole book, which the collector would look through
    spent, faults, audio = defaultdict[str, float](float), Counter[str](), 0.0
    passages = [list(_passages(chunks)) for _ in range(rounds)]
    for same in zip(*passages, strict=True):
        for name in same[0].seconds:
            spent[name] += min(passage.seconds[name] for passage in same)
        faults.update(same[0].faults)
        audio += same[0].audio
    share = {name: spent[name] / spent[SPEAKING] for name in (TIMES, CHECKS, MASTERING)}
    ours = spent[TIMES] + spent[CHECKS]
    return table(
        (
            *("audio", "espeak, x realtime", "word times", "signal checks", "together"),
            *("of a whole production", "for mastering, not counted", "false alarms"),
        ),
        [
            (
                f"{audio / 60:.0f} min",
                f"{audio / spent[SPEAKING]:.0f}",
                f"{share[TIMES]:.1%}",
                f"{share[CHECKS]:.1%}",
                f"{ours / spent[SPEAKING]:.1%}",
                f"{ours / production_seconds(minutes):.1%}",
                f"{share[MASTERING]:.1%}",
                str(sum(faults.values())),
            )
        ],
    )


@dataclass(frozen=True)
class Passage:
    """What a take cost, by part."""

    seconds: Mapping[str, float]
    faults: tuple[str, ...]
    audio: float
    """Seconds."""


def _passages(chunks: Sequence[Chunk]) -> Iterator[Passage]:
    """Speak and prepare each, as a worker does."""
    voice, engine = find_voice("espeak", "en-us", HERE), open_engine("espeak", HERE)
    known: list[tuple[Chunk, PreparedTake]] = []
    reference: Reference | None = None
    for chunk in chunks:
        clock = Clock()
        with ExitStack() as stack:
            for where, name, part in PARTS:
                call = clock.timed(part, getattr(where, name))
                stack.enter_context(patch.object(where, name, call))
            (take,) = clock.timed(
                SPEAKING, lambda said: list(engine.speak([said], voice, SpeakingOptions()))
            )(chunk)
            _, prepared = clock.timed(MASTERING, prepare.prepare)(
                take, chunk, sample_rate=voice.sample_rate, reference=reference
            )
        yield Passage(clock.seconds, tuple(doubt.fault for doubt in prepared.doubts), take.duration)
        if reference is None:
            known.append((chunk, prepared))
            reference = learn(known) if len(known) == LEARNED_FROM else None


def production_seconds(minutes: float) -> float:
    """The processor's time of ``voxpress make`` for the same book, encoding and all."""
    with tempfile.TemporaryDirectory() as folder:
        book = write_book(Path(folder) / "book.epub", minutes / 60)
        return sum(make(Path(folder), book, home="home").spent.values())


def main() -> None:
    """Measure, print, keep."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # it is looked at when numpy is imported
        os.execve(sys.executable, [sys.executable, "-m", "bench.checks", *sys.argv[1:]], _ONE_THREAD)
    parser = argparse.ArgumentParser(prog="python -m bench.checks")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    report("checks", "# What checking takes costs", measure(chosen.minutes, chosen.rounds))


if __name__ == "__main__":
    main()
