"""The transcript as cues of at most two lines, for players that show subtitles.

A cue is a sentence, or a part of one that is too long for two lines. Cues overlap only where two people speak at
the same time, and each shows for a moment at least. Lines of 42 columns are what broadcasters agree on for Latin
scripts; Chinese, Japanese and Korean characters take two columns each, as in a terminal (Unicode Standard Annex 11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import heappop, heappush

from pipeline.publish.transcript import TimedSegment, TimedWord, in_turn

LINE_COLUMNS = 42
SHORTEST_MS = 700
"""A cue stays at least so many milliseconds where the next one leaves it the time."""
HELD_MS = 120_000
"""A cue is held back for so long, in case that others begin before it: longer than any chunk is spoken."""
HELD_CUES = 200
"""No more of them are held back: people speak so many sentences in that time in a broken file only."""
_PAUSE_MARKS = tuple(",;:.!?…—–、,。;:!?،؛)”»」")

Line = Sequence[TimedWord]


@dataclass(frozen=True, slots=True)
class Cue:
    """One or two lines of words and when they show, in milliseconds."""

    start: int
    end: int
    lines: tuple[Line, ...]
    speaker: str = ""
    """Whose words they are; empty: the narrator's."""

    @property
    def words(self) -> Iterator[TimedWord]:
        """Those of both lines. A piece of a word that is wider than a line counts as one."""
        return (word for line in self.lines for word in line)

    @property
    def texts(self) -> list[str]:
        """The lines as they are read."""
        return [text_of(line) for line in self.lines]


def cues_of(segments: Iterable[TimedSegment]) -> Iterator[Cue]:
    """Sentences as cues that do not overlap, in their order; one cue is held back at a time."""
    for cue, _ in _in_turn((cue, segment.voice) for segment in in_turn(segments) for cue in _cues(segment)):
        yield replace(cue, speaker="")


def spoken_cues(segments: Iterable[TimedSegment], width: int = LINE_COLUMNS) -> Iterator[Cue]:
    """Sentences as cues in the order in which they begin, with their speakers.

    Those of two who speak at the same time overlap. The name of a speaker that is not said has no cue of its own.
    ``width`` is the most columns of a line.
    """
    cues = (
        (cue, segment.voice)
        for segment in segments
        if not segment.speaker or milliseconds(segment.end) > milliseconds(segment.start)
        for cue in _cues(segment, width)
    )
    return (cue for cue, _ in _in_turn(_ascending(cues)))


_Voiced = tuple[Cue, str]
"""A cue and the voice that says it."""


def _ascending(cues: Iterable[_Voiced]) -> Iterator[_Voiced]:
    """The same by their begins: one that begins over words before it stands among their cues."""
    held: list[tuple[int, int, _Voiced]] = []
    for number, (cue, voice) in enumerate(cues):
        heappush(held, (cue.start, number, (cue, voice)))
        while cue.start - held[0][0] > HELD_MS or len(held) > HELD_CUES:
            yield heappop(held)[2]
    while held:
        yield heappop(held)[2]


def _in_turn(cues: Iterable[_Voiced]) -> Iterator[_Voiced]:
    waiting: _Voiced | None = None
    for cue, voice in cues:
        start = max(cue.start, waiting[0].start + 1) if waiting else cue.start
        if waiting:
            together = (waiting[0].speaker, waiting[1]) != (cue.speaker, voice)
            yield _shown(waiting[0], start, together), waiting[1]
        waiting = _timed(cue, start, max(cue.end, start + 1)), voice
    if waiting:
        yield _shown(waiting[0], None), waiting[1]


def _shown(cue: Cue, before: int | None, together: bool = False) -> Cue:
    """The cue with its last end: it must be gone when the next one comes, at ``before``.

    Unless it is still heard then, and ``together`` with another.
    """
    if before is not None and together and cue.end > before:
        return cue
    end = max(cue.end, cue.start + SHORTEST_MS)
    return _timed(cue, cue.start, end if before is None else min(end, before))


def _timed(cue: Cue, start: int, end: int) -> Cue:
    """The cue with these times, which most have already."""
    return cue if (cue.start, cue.end) == (start, end) else Cue(start, end, cue.lines, cue.speaker)


def _cues(segment: TimedSegment, width: int = LINE_COLUMNS) -> Iterator[Cue]:
    """One sentence as cues."""
    words: Line = segment.words
    if any(columns(word.text) > width for word in words):
        words = [piece for word in words for piece in _pieces(word, width)]
    for lines in _Measured(words, width).parts(0, len(words)) if words else ():
        yield Cue(milliseconds(lines[0][0].start), milliseconds(lines[-1][-1].end), lines, segment.speaker)


def _pieces(word: TimedWord, width: int) -> Iterator[TimedWord]:
    """A word that is wider than a line (an address) in pieces that are not, its time shared out."""
    if columns(word.text) <= width:
        yield word
        return
    texts = [""]
    for character in word.text:
        if columns(texts[-1] + character) > width:
            texts.append("")
        texts[-1] += character
    share = (word.end - word.start) / len(texts)
    for number, text in enumerate(texts):
        start = word.start + number * share
        yield replace(word, text=text, joined=word.joined or number > 0, start=start, end=start + share)


class _Measured:
    """The words of a sentence, and the columns at which each of them would begin and end on one endless line."""

    def __init__(self, words: Line, width: int) -> None:
        self.words, self.width = words, width
        self.begins: list[int] = []
        self.ends: list[int] = []
        end = 0
        for word in words:
            begin = end if word.joined or not self.ends else end + 1
            end = begin + columns(word.text)
            self.begins.append(begin)
            self.ends.append(end)

    def parts(self, first: int, after: int) -> Iterator[tuple[Line, ...]]:
        """Lines of cues. What does not fit two of them is halved, at a pause near the middle, until all fits."""
        lines = self._lines(first, after)
        if lines is not None:
            if lines:
                yield lines
            return
        begin, end = self.begins[first], self.ends[after - 1]
        middle, bonus = (begin + end) / 2, (end - begin) * 0.2

        def cost(at: int) -> float:
            pause = self.words[at - 1].text.endswith(_PAUSE_MARKS)
            return abs(self.ends[at - 1] - middle) - (bonus if pause else 0)

        cut = min(range(first + 1, after), key=cost)
        yield from self.parts(first, cut)
        yield from self.parts(cut, after)

    def _lines(self, first: int, after: int) -> tuple[Line, ...] | None:
        """The words in one line or in two that are as even as they can be; None when they do not fit.

        No line where none of them has anything to show.
        """
        begin, end = self.begins[first], self.ends[after - 1]
        words = self.words[first:after]
        if end - begin <= self.width:
            return (words,) if any(word.text.strip() for word in words) else ()
        if end - begin > 2 * self.width + 1:
            return None
        best, cut = self.width + 1, 0
        for at in range(first + 1, after):
            longer = max(self.ends[at - 1] - begin, end - self.begins[at])
            if longer < best:
                best, cut = longer, at - first
        return (words[:cut], words[cut:]) if cut else None


def text_of(words: Line) -> str:
    """The words as they are read."""
    return "".join(word.text if word.joined or not at else f" {word.text}" for at, word in enumerate(words))


def milliseconds(seconds: float) -> int:
    """Rounded to the nearest."""
    return round(seconds * 1000)


@lru_cache(maxsize=1 << 14)
def columns(text: str) -> int:
    """Width in columns: wide and fullwidth characters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
