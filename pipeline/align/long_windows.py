"""Windows: pieces of a run that the fine aligner takes at once, cut where the narrator pauses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.align.long_runs import Run
from pipeline.align.long_sound import HOP, Index, Sketch, pauses
from pipeline.align.long_text import Text

SHORTEST_SECONDS, LONGEST_SECONDS = 15.0, 60.0
"""How much of the recording a window has, where its sentences and pauses allow."""
ROUND = 0.5
"""Seconds of silence that a window has before its first sound and after its last, at the most."""
_NEAR_ROWS = 6
"""The pause between two sentences is the longest so near (0.24 s of sound) to where the path has it."""


@dataclass(frozen=True, slots=True)
class Window:
    """Words, and the piece of the recording in which exactly these are said."""

    first: int
    stop: int
    start: float
    """Seconds."""
    end: float
    language: str


def windows_of(text: Text, sound: Sketch, at: Index, run: Run) -> Iterator[Window]:
    """The windows of a run, in order; together they have all its words."""
    silent = pauses(sound.frames)
    lines = text.lines[text.line_of(run.first) : text.line_of(run.stop - 1) + 1]
    cuts: list[tuple[int, int, int, bool]] = []  # word, row of the recording, frames of silence, forced
    for before, line in pairwise(lines):
        row = _heard(text, at, line.first, run)
        if row is None:
            continue
        low, high = max(run.begin + 1, row - _NEAR_ROWS), min(run.end, row + _NEAR_ROWS + 1)
        if low < high:
            place = low + int(silent[low:high].argmax())
            cuts.append((line.first, place, int(silent[place]), line.language != before.language))
    word, row = run.first, run.begin
    start = _begin(sound, silent, run.begin)
    while True:
        chosen = _choose(sound, cuts, word, row)
        language = text.lines[text.line_of(word)].language
        if chosen is None:
            yield Window(word, run.stop, start, _end(sound, silent, run.end), language)
            return
        cut, place, _, _ = chosen
        middle = (sound.end_second(place - 1) + sound.second(place)) / 2
        end = min(middle, sound.end_second(place - 1) + ROUND)
        yield Window(word, cut, start, end, language)
        start = max(middle, sound.second(place) - ROUND)
        word, row = cut, place


def _heard(text: Text, at: Index, word: int, run: Run) -> int | None:
    """The recording's row in which the word begins."""
    first = text.row_of(word)
    if first >= len(at) or at[first] < 0 or not run.begin <= at[first] < run.end:
        return None
    return int(at[first])


def _choose(
    sound: Sketch, cuts: list[tuple[int, int, int, bool]], word: int, row: int
) -> tuple[int, int, int, bool] | None:
    """The cut that ends the window that begins with ``word``; None when it is the last."""
    begin = sound.second(row)
    later = [cut for cut in cuts if cut[0] > word and cut[1] > row]
    forced = next((cut for cut in later if cut[3]), None)
    best: tuple[int, int, int, bool] | None = None
    for cut in later:
        length = sound.second(cut[1]) - begin
        if length > LONGEST_SECONDS and best:
            break
        if length >= SHORTEST_SECONDS and (best is None or cut[2] >= best[2]):
            best = cut
        if cut is forced:
            return best if best and best[0] < cut[0] and length > LONGEST_SECONDS else cut
    return best


def _begin(sound: Sketch, silent: Index, row: int) -> float:
    gap = float(silent[row]) * HOP if row else sound.second(0)
    return max(0.0, sound.second(row) - min(ROUND, gap / 2 if row else gap))


def _end(sound: Sketch, silent: Index, row: int) -> float:
    last = sound.end_second(row - 1)
    gap = float(silent[row]) * HOP if row < len(sound) else sound.length * HOP - last
    return last + min(ROUND, gap / 2 if row < len(sound) else max(0.0, gap))
