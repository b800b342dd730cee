"""A text as it is looked for in a recording: its words, and what they sound like when espeak reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.align.long_sound import HOP, Index, Sketch, Sketcher
from pipeline.align.reading import read
from pipeline.errors import AlignFailed
from pipeline.model import Begins, BlockKind, ChapterScript, Word
from pipeline.speech.espeak import SAMPLE_RATE

_FRAME = round(HOP * SAMPLE_RATE)
"""Samples of a frame of espeak's."""

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence."""

    chapter: int
    """Position of its chapter among those that are read."""
    first: int
    """Number of its first word, counted through the whole text."""
    words: tuple[Word, ...]
    language: str
    paragraph: int
    """Number of the chunk that it is in: sentences of one belong together."""
    kind: BlockKind = BlockKind.PARAGRAPH
    begins: Begins = Begins.NOTHING

    @property
    def stop(self) -> int:
        """Number of the word after its last."""
        return self.first + len(self.words)


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """What is read, and how it sounds when espeak reads it."""

    lines: tuple[Line, ...]
    words: tuple[Word, ...]
    sketch: Sketch
    variant: str
    """How espeak sounds: empty, a man; ``f2``, a woman."""
    word_of_row: Index
    """The word that sounds in each row of ``sketch``, ascending."""
    line_starts: Index
    """The first word of each line."""

    def row_of(self, word: int) -> int:
        """The first row of that word, or of the first one after it that sounds."""
        return int(np.searchsorted(self.word_of_row, word))

    def line_of(self, word: int) -> int:
        """The line that the word is in."""
        return int(np.searchsorted(self.line_starts, word, "right")) - 1


def lines_of(chapters: Iterable[ChapterScript]) -> tuple[Line, ...]:
    """The sentences of a script, words counted through."""
    lines: list[Line] = []
    first = paragraph = 0
    for position, chapter in enumerate(chapters):
        for chunk in chapter.chunks:
            for sentence in chunk.sentences:
                if sentence.words:
                    lines.append(
                        Line(
                            position,
                            first,
                            sentence.words,
                            chunk.language,
                            paragraph,
                            chunk.kind,
                            sentence.begins,
                        )
                    )
                    first += len(sentence.words)
            paragraph += 1
    return tuple(lines)


def read_text(lines: Sequence[Line], variant: str, heard: Callable[[float], None] = lambda _: None) -> Text:
    """Have espeak read ``lines`` in one of its ways; ``heard`` is told how much of the words is done, 0 to 1.

    Raises ``AlignFailed`` when it cannot, or when nothing of it sounds.
    """
    sketcher = Sketcher(SAMPLE_RATE)
    starts: list[float] = []
    offset = 0
    count = sum(len(line.words) for line in lines)
    for paragraph in _paragraphs(lines):
        words = tuple(word for line in paragraph for word in line.words)
        if any(word.spoken for word in words):
            said = read(words, paragraph[0].language, variant=variant)
            audio = np.concatenate([said.audio, np.zeros(-len(said.audio) % _FRAME, np.int16)])
            starts += [offset * HOP + timing.start for timing in said.timings]
            sketcher.hear(audio)
            offset += len(audio) // _FRAME
        else:
            starts += [offset * HOP] * len(words)
        heard(len(starts) / count)
    sketch = sketcher.sketch()
    if not len(sketch):
        raise AlignFailed(
            "The text has nothing that can be said: there are no words to be found in the audio."
        )
    begins = np.maximum.accumulate(np.asarray(starts, np.float64))
    words = tuple(word for line in lines for word in line.words)
    return Text(
        lines=tuple(lines),
        words=words,
        sketch=sketch,
        variant=variant,
        word_of_row=_words_of_rows(sketch, words, begins),
        line_starts=np.asarray([line.first for line in lines], np.int32),
    )


def _words_of_rows(sketch: Sketch, words: Sequence[Word], begins: Times) -> Index:
    spoken = np.flatnonzero([bool(word.spoken) for word in words])
    middles = (sketch.frames + 0.5) * HOP
    found = np.searchsorted(begins[spoken], middles, "right") - 1
    return spoken[np.maximum(found, 0)].astype(np.int32)


def _paragraphs(lines: Sequence[Line]) -> Iterable[list[Line]]:
    waiting: list[Line] = []
    for line in lines:
        if waiting and waiting[-1].paragraph != line.paragraph:
            yield waiting
            waiting = []
        waiting.append(line)
    if waiting:
        yield waiting
