"""WebVTT and SubRip: the transcript as cues of at most two lines, for players that show subtitles.

A cue is a sentence, or a part of one that is too long for two lines. Cues never overlap, and each shows for a
moment at least. Lines of 42 columns are what broadcasters agree on for Latin scripts; Chinese, Japanese and
Korean characters take two columns each, as in a terminal (Unicode Standard Annex 11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.publish.sink import Sink
from pipeline.publish.transcript import TimedSegment, TimedWord

LINE_COLUMNS = 42
SHORTEST_MS = 700
"""A cue stays at least so many milliseconds where the next one leaves it the time."""
_PAUSE_MARKS = tuple(",;:.!?…—–、,。;:!?،؛)”»」")


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines and when they show, in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


class Subtitles:
    """Writes either kind or both, cue by cue; ``close`` writes the last one."""

    def __init__(self, vtt: Sink | None = None, srt: Sink | None = None) -> None:
        self._vtt, self._srt = vtt, srt
        self._waiting: Cue | None = None
        self._count = 0
        if vtt:
            vtt.text("WEBVTT\n")

    def add(self, segment: TimedSegment) -> None:
        """The next sentence."""
        for cue in cues_of(segment.words):
            start = max(cue.start, self._waiting.start + 1) if self._waiting else cue.start
            self._write_waiting(before=start)
            self._waiting = Cue(start, max(cue.end, start + 1), cue.lines)

    def close(self) -> None:
        """No more sentences."""
        self._write_waiting(before=None)
        self._waiting = None

    def _write_waiting(self, before: int | None) -> None:
        """Write the cue before, which must be gone when the next one comes at ``before``."""
        if not (cue := self._waiting):
            return
        end = max(cue.end, cue.start + SHORTEST_MS)
        end = end if before is None else min(end, before)
        self._count += 1
        # An arrow inside a cue would be taken for its times.
        lines = [line.replace("-->", "→") for line in cue.lines]
        if self._srt:
            srt = f"{_clock(cue.start, ',')} --> {_clock(end, ',')}\n" + "\n".join(lines)
            self._srt.text(f"{self._count}\n{srt}\n\n")
        if not self._vtt:
            return
        lines = [line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in lines]
        vtt = f"{_clock(cue.start, '.')} --> {_clock(end, '.')}\n" + "\n".join(lines)
        self._vtt.text(f"\n{self._count}\n{vtt}\n")


def _clock(milliseconds: int, point: str) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{milliseconds:03}"


def cues_of(words: Sequence[TimedWord]) -> Iterator[Cue]:
    """One sentence as cues."""
    pieces = [piece for word in words for piece in _pieces(word)]
    for part in _parts(pieces):
        if lines := _lines(part):
            yield Cue(round(part[0].start * 1000), round(part[-1].end * 1000), lines)


def _pieces(word: TimedWord) -> Iterator[TimedWord]:
    """A word that is wider than a line (an address) in pieces that are not, its time shared out."""
    if columns(word.text) <= LINE_COLUMNS:
        yield word
        return
    texts = [""]
    for character in word.text:
        if columns(texts[-1] + character) > LINE_COLUMNS:
            texts.append("")
        texts[-1] += character
    share = (word.end - word.start) / len(texts)
    for number, text in enumerate(texts):
        start = word.start + number * share
        yield TimedWord(text, word.joined or number > 0, start, start + share)


def _parts(words: list[TimedWord]) -> Iterator[list[TimedWord]]:
    """Halve what does not fit two lines, at a pause near the middle, until everything fits."""
    if _lines(words) is not None:
        yield words
        return
    ends = _running_columns(words)
    middle = ends[-1] / 2

    def cost(at: int) -> float:
        pause = words[at - 1].text.endswith(_PAUSE_MARKS)
        return abs(ends[at - 1] - middle) - (ends[-1] * 0.2 if pause else 0)

    cut = min(range(1, len(words)), key=cost)
    yield from _parts(words[:cut])
    yield from _parts(words[cut:])


def _running_columns(words: Sequence[TimedWord]) -> list[int]:
    """Columns from the start of the line to each word's end."""
    ends: list[int] = []
    for word in words:
        gap = 1 if ends and not word.joined else 0
        ends.append((ends[-1] if ends else 0) + gap + columns(word.text))
    return ends


def _lines(words: Sequence[TimedWord]) -> tuple[str, ...] | None:
    """The words in one line or in two that are as even as they can be; None when they do not fit."""
    ends = _running_columns(words)
    if ends[-1] <= LINE_COLUMNS:
        text = _join(words)
        return (text,) if text.strip() else ()
    if ends[-1] > 2 * LINE_COLUMNS + 1:
        return None
    best, cut = LINE_COLUMNS + 1, 0
    for at in range(1, len(words)):
        second = ends[-1] - ends[at - 1] - (0 if words[at].joined else 1)
        if max(ends[at - 1], second) < best:
            best, cut = max(ends[at - 1], second), at
    return (_join(words[:cut]), _join(words[cut:])) if cut else None


def _join(words: Sequence[TimedWord]) -> str:
    return "".join(word.text if word.joined or not at else f" {word.text}" for at, word in enumerate(words))


def columns(text: str) -> int:
    """Width in columns: wide and fullwidth characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
