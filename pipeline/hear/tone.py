"""A recogniser for tests: it listens to the tones of ``pipeline.speech.tone`` and knows the words by their pitch.

It really listens: bursts are found in the samples, their pitch and length are measured, and looked up among the
words of a vocabulary. What is in no vocabulary is heard as its pitch. It is never chosen by ``auto`` and not listed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.errors import HearingFailed
from pipeline.hear.recogniser import Clip, Heard, RecogniserContext
from pipeline.model import Pcm
from pipeline.script.sentences import primary_language
from pipeline.speech.tone import LETTER_SECONDS, WORD_SECONDS, pitch_of

VOCABULARY = "VOXPRESS_TONE_VOCABULARY"
"""A file with the spoken forms that may be heard, separated by white space."""
LOG = "VOXPRESS_TONE_EARS_LOG"
"""A file that gets one line with the process's number for every take that was listened to."""
KILL = "VOXPRESS_TONE_EARS_KILL"
"""A file: while it is there, who listens is killed, and the file is removed (so it happens once)."""
FAIL = "VOXPRESS_TONE_EARS_FAIL"
"""Takes in which a word is heard that has this in it raise ``HearingFailed``."""
LANGUAGE = "VOXPRESS_TONE_LANGUAGE"
"""The language that it says is spoken."""

_QUIET = 0.004
"""Seconds without sound that end a burst."""
_LETTERS = str.maketrans("0123456789", "abcdefghij")
"""A strange word's pitch, so that nobody takes it for a number."""
_DEAF_TO = frozenset(("la",))
"""Languages that it says it does not know."""


class ToneRecogniser:
    """Hears tones."""

    name: ClassVar[str] = "tone"
    hidden: ClassVar[bool] = True
    size: ClassVar[int] = 0
    revision: ClassVar[str] = "tone-1"

    def __init__(self, context: RecogniserContext) -> None:
        """Nothing is needed; the device does not matter."""

    def hears(self, language: str) -> bool:
        """Everything but Latin."""
        return primary_language(language) not in _DEAF_TO

    def language_of(self, audio: Pcm, sample_rate: int) -> tuple[str, float]:
        """What it was told, else English."""
        return os.environ.get(LANGUAGE, "en"), 1.0

    def transcribe(self, audio: Pcm, sample_rate: int, language: str) -> tuple[Heard, ...]:
        """The words by their pitch and length. Raises ``HearingFailed`` where it was told to."""
        _obey()
        heard = tuple(_words(audio, sample_rate))
        if (bad := os.environ.get(FAIL)) and any(bad in word.text for word in heard):
            raise HearingFailed(f"The tone recogniser was told to fail on “{bad}”.")
        return heard

    def transcribe_all(self, clips: Sequence[Clip], language: str) -> Iterator[tuple[Heard, ...]]:
        """One after the other."""
        for clip in clips:
            yield self.transcribe(clip.audio, clip.sample_rate, language)


def _words(audio: Pcm, rate: int) -> Iterator[Heard]:
    known = _vocabulary(os.environ.get(VOCABULARY, ""))
    for first, last in _bursts(audio, rate):
        pitch, seconds = _pitch(audio[first:last], rate), (last - first) / rate
        yield Heard(_nearest(pitch, seconds, known), first / rate, last / rate)


def _bursts(audio: Pcm, rate: int) -> Iterator[tuple[int, int]]:
    """First and one after the last sample of each burst."""
    if not len(audio):
        return
    loud = np.flatnonzero(np.abs(audio.astype(np.int32)) > 300)
    if not len(loud):
        return
    gaps = np.flatnonzero(np.diff(loud) > _QUIET * rate)
    starts = [int(loud[0]), *(int(loud[gap + 1]) for gap in gaps)]
    ends = [*(int(loud[gap]) + 1 for gap in gaps), int(loud[-1]) + 1]
    yield from ((start, end) for start, end in zip(starts, ends, strict=True) if end - start > 0.02 * rate)


def _pitch(burst: Pcm, rate: int) -> float:
    """The strongest frequency, Hz."""
    size = 1 << 16
    spectrum = np.abs(np.fft.rfft(burst * np.hanning(len(burst)), size))
    return float(np.argmax(spectrum)) * rate / size


def _nearest(pitch: float, seconds: float, known: Mapping[str, tuple[float, float]]) -> str:
    """The word of that pitch and length. Both voices are tried: the higher one is 800 Hz above."""
    found = [
        (abs(length - seconds), word)
        for word, (tone, length) in known.items()
        if min(abs(pitch - tone), abs(pitch - tone - 800)) < 6
        and abs(length - seconds) < LETTER_SECONDS * 0.7
    ]
    return min(found)[1] if found else "tone" + f"{pitch:.0f}".translate(_LETTERS)


@lru_cache(maxsize=4)
def _vocabulary(path: str) -> Mapping[str, tuple[float, float]]:
    if not path:
        return {}
    words = dict.fromkeys(Path(path).read_text("utf-8").split())
    return {word: (pitch_of(word), WORD_SECONDS + LETTER_SECONDS * len(word)) for word in words}


def _obey() -> None:
    if path := os.environ.get(LOG):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, f"{os.getpid()}\n".encode())
        finally:
            os.close(descriptor)
    if (path := os.environ.get(KILL)) and Path(path).exists():
        Path(path).unlink()
        os.kill(os.getpid(), signal.SIGKILL)
