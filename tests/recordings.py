"""Recordings of texts for tests of alignment, made by espeak in a voice that is not the one compared with.

What is said when is known exactly: espeak tells it.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soxr

from pipeline.align.long_text import Line
from pipeline.align.reading import read
from pipeline.model import Begins, Pcm, Timing, Word

RATE = 22_050
NARRATOR = {"variant": "m3", "rate": 0.93, "pitch": 38}
"""How the narrators of tests sound."""

STORY = (
    "The captain of the guard walked slowly down the stairs and looked at every door in the long grey corridor. "
    "Behind the last of them somebody was playing a violin, badly and with great patience.",
    "Seven miles from the village, beyond the mill and the river, an old woman kept three goats and a remarkable "
    "collection of clocks. On Sundays she wound them all, and none of them agreed with its neighbour.",
    "When the letter finally arrived it contained nothing but a pressed flower and a railway ticket to a town that "
    "he had never heard of. He put the flower into his hat and went to look for his boots.",
    "Nobody had told the children that the garden would be closed until the first week of spring. They climbed over "
    "the wall, as their parents had done before them, and found the fountain full of yellow leaves.",
    "Most of the money had been spent on paint. There was enough left for bread, for a little cheese, and for the "
    "coloured glass that he wanted to put into the window above the kitchen table.",
)
"""Five paragraphs, each of eleven seconds or so."""
ANNOUNCEMENT = (
    "This recording was made by volunteers and may be copied freely. For more of them, or to help us with the next "
    "one, please visit our pages. Read by a person who would rather not be named."
)


@dataclass
class Recorder:
    """Joins what is said, noise and silence."""

    audio: list[Pcm] = field(default_factory=list)
    said: dict[int, Timing] = field(default_factory=dict)
    """By the words' numbers: when they are heard, in seconds."""
    samples: int = 0

    @property
    def now(self) -> float:
        """Seconds until here."""
        return self.samples / RATE

    def _add(self, audio: Pcm) -> None:
        self.audio.append(audio)
        self.samples += len(audio)

    def silence(self, seconds: float) -> None:
        """Nothing at all."""
        self._add(np.zeros(round(seconds * RATE), np.int16))

    def noise(self, seconds: float) -> None:
        """A hiss that is as loud as speech."""
        drawn = np.random.default_rng(5).normal(0, 3000, round(seconds * RATE))
        self._add(drawn.astype(np.int16))

    def tune(self, seconds: float) -> None:
        """Notes, each with its overtones."""
        times = np.arange(round(0.4 * RATE)) / RATE
        for note in np.random.default_rng(6).integers(0, 20, round(seconds / 0.4)):
            pitch = 220 * 2 ** (note / 12)
            tone = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in range(1, 6))
            self._add((4000 * tone * np.exp(-3 * times)).astype(np.int16))

    def aside(self, text: str) -> None:
        """Something that is not in the text."""
        self._add(read([Word(word, word) for word in text.split()], "en", **NARRATOR).audio)  # type: ignore[arg-type]

    def line(self, line: Line, pause: float = 0.6) -> None:
        """A line of the text, and a pause."""
        self.lines([line], pause)

    def lines(self, said: Sequence[Line], pause: float = 0.6) -> None:
        """Several lines as one, and a pause."""
        words = tuple(word for line in said for word in line.words)
        reading = read(words, said[0].language, **NARRATOR)  # type: ignore[arg-type]
        for place, timing in enumerate(reading.timings, said[0].first):
            self.said[place] = Timing(self.now + timing.start, self.now + timing.end)
        self._add(reading.audio)
        self.silence(pause)

    def write(self, path: Path, rate: int = RATE) -> Path:
        """As a WAV file of that sample rate."""
        audio = np.concatenate(self.audio)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(soxr.resample(audio, RATE, rate).astype("<i2").tobytes())
        return path


def lines(paragraphs: tuple[str, ...] = STORY, language: str = "en") -> tuple[Line, ...]:
    """A line for each sentence, words as they are written."""
    found: list[Line] = []
    first = 0
    for number, paragraph in enumerate(paragraphs):
        for sentence in paragraph.replace(". ", ".\n").splitlines():
            words = tuple(Word(word, word) for word in sentence.split())
            found.append(Line(0, first, words, language, number, begins=Begins.NOTHING))
            first += len(words)
    return tuple(found)


def paragraph(of: tuple[Line, ...], number: int) -> list[Line]:
    """The lines of one paragraph."""
    return [line for line in of if line.paragraph == number]
