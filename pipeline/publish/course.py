"""How a book runs: loudness, peaks and speed from its beginning to its end, in steps of equal length.

However long the book is, there are at most ``STEPS`` of them, so that a plot of it stays small.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil, log10

from pipeline.model import SILENCE, Begins, EncodedChapter
from pipeline.publish.timeline import Mark, Timeline
from pipeline.publish.transcript import TimedSegment

STEPS = 480
"""Most steps that a book is divided into: one for each second pixel of a wide plot."""
SHORTEST_STEP = 5.0
"""Seconds: about a sentence. Shorter ones would show nothing but the sentences' own ups and downs."""


@dataclass(slots=True)
class Spoken:
    """Words and the seconds in which they are spoken, pauses between sentences not counted."""

    words: float = 0.0
    seconds: float = 0.0
    lines: int = 0
    """Runs of it: paragraphs, or parts of one between others' words."""

    def add(self, words: float, seconds: float) -> None:
        """So many more."""
        self.words += words
        self.seconds += seconds

    @property
    def per_minute(self) -> float | None:
        """Words a minute while something is spoken; None where nothing is."""
        return round(60 * self.words / self.seconds, 1) if self.seconds > 0.05 else None


@dataclass(slots=True)
class _Step:
    spoken: Spoken = field(default_factory=Spoken)
    power: float = 0.0
    """Sum of power times seconds."""
    heard: float = 0.0
    """Seconds."""
    lowest: float = 0.0
    highest: float = SILENCE
    peak: float = SILENCE


class Course:
    """Filled chapter by chapter and sentence by sentence."""

    def __init__(self, timeline: Timeline) -> None:
        """For the file that ``timeline`` is about."""
        self._line = timeline
        count = min(STEPS, max(1, ceil(timeline.duration / SHORTEST_STEP)))
        self.step = timeline.duration / count
        """Seconds."""
        self._steps = [_Step() for _ in range(count)]
        self.chapters = [Spoken() for _ in timeline.marks]
        self.voices: dict[str, Spoken] = {}
        self.speakers: dict[tuple[str, str], Spoken] = {}
        """By speaker and voice; the narrator's name is empty."""
        self._last = ("", "")
        self.timed_by: Counter[str] = Counter()
        """Words by who timed them."""

    def add(self, segment: TimedSegment) -> None:
        """The next sentence; its ``id`` names its chapter."""
        words, seconds = len(segment.words), segment.end - segment.start
        self.timed_by[segment.timed_by] += words
        self.voices.setdefault(segment.voice, Spoken()).add(words, seconds)
        who = (segment.speaker, segment.voice)
        spoken = self.speakers.setdefault(who, Spoken())
        spoken.add(words, seconds)
        if seconds > 0:  # names that are not said take no time
            spoken.lines += who != self._last or segment.begins is Begins.BLOCK
            self._last = who
        self.chapters[int(segment.id[1:].partition("s")[0]) - 1].add(words, seconds)
        for step, inside in self._covered(segment.start, segment.end):
            share = inside / seconds if seconds > 0 else 1.0
            step.spoken.add(words * share, inside)

    def hear(self, mark: Mark, chapter: EncodedChapter) -> None:
        """A chapter's loudness, stretch by stretch."""
        content = self._line.seconds(mark.content)
        for stretch in chapter.stretches:
            if stretch.lufs <= SILENCE:
                continue
            start = content + stretch.start / chapter.sample_rate
            power = 10 ** (stretch.lufs / 10)
            for step, inside in self._covered(start, start + stretch.samples / chapter.sample_rate):
                step.lowest = min(step.lowest, stretch.lufs)
                step.highest = max(step.highest, stretch.lufs)
                step.peak = max(step.peak, stretch.true_peak)
                step.power += power * inside
                step.heard += inside

    def _covered(self, start: float, end: float) -> list[tuple[_Step, float]]:
        """The steps that a stretch of time lies in, and how many seconds of it in each."""
        last = len(self._steps) - 1
        first, after = (min(max(int(at / self.step), 0), last) for at in (start, end))
        if first == after:
            return [(self._steps[first], end - start)]
        edges = [start, *(number * self.step for number in range(first + 1, after + 1)), end]
        return [
            (self._steps[first + at], max(edges[at + 1] - edges[at], 0.0)) for at in range(after - first + 1)
        ]

    def told(self) -> dict[str, object]:
        """For the report: a list for each curve, ``None`` where nothing is heard or spoken."""
        heard = [step if step.heard > 0 else None for step in self._steps]
        return {
            "step_seconds": round(self.step, 4),
            "lufs": [round(10 * log10(step.power / step.heard), 1) if step else None for step in heard],
            "lufs_lowest": [step.lowest if step else None for step in heard],
            "lufs_highest": [step.highest if step else None for step in heard],
            "true_peak_dbtp": [step.peak if step else None for step in heard],
            "words_per_minute": [step.spoken.per_minute for step in self._steps],
        }
