"""An engine for tests: every word is a tone burst whose pitch and length follow from its letters.

Tests find the words in decoded audio by their pitch, know every timing beforehand to the sample, count the
engine's calls and make it fail or die at a chosen text. It is never chosen by ``auto`` and never listed.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.audio.wav import open_wav
from pipeline.errors import SpeechFailed, VoiceNotFound
from pipeline.model import Chunk, Pcm, SpeakingOptions, Take, Timing, Voice, Word
from pipeline.speech.clip_sound import measure
from pipeline.speech.clones import cloned_voice, clones, find_clone
from pipeline.speech.engine import EngineContext, EngineLimits
from pipeline.speech.facts import Cloning, EngineFacts, Parameter
from pipeline.speech.tone_orders import obey, spoilt
from pipeline.speech.tone_words import said_for

LOG = "VOXPRESS_TONE_LOG"
"""A file that gets one line ``<sha256 of the spoken text> <pid>`` for every chunk that was finished."""
DELAY = "VOXPRESS_TONE_DELAY"
"""Seconds to wait before each chunk."""
GPU = "VOXPRESS_TONE_GPU"
"""A file that is locked while a chunk waits: the processes that name it wait one after the other, like those that
share a GPU."""
FAIL = "VOXPRESS_TONE_FAIL"
"""Chunks whose text, as displayed, has this in it raise ``SpeechFailed``."""
KILL = "VOXPRESS_TONE_KILL"
"""Chunks whose text, as displayed, has this in it kill the process with SIGKILL."""

WORD_SECONDS = 0.06
LETTER_SECONDS = 0.02
GAP_SECONDS = 0.04
AMPLITUDE = 0.25
_EDGE_SECONDS = 0.004
"""Fade at both ends of a burst, so that it does not click."""
_VOICES = {"a": (22_050, 400.0), "b": (22_050, 1_200.0), "16k": (16_000, 400.0)}
"""Voice: sample rate, lowest pitch (Hz)."""
MARK = 7777
"""The first sample of what a cloned voice speaks: the mark that ``--no-watermark`` leaves out."""
CLONED = 4.0
"""A cloned voice's lowest tone, as a multiple of the pitch of the one who speaks in the recording."""
_PITCHES = 40
_PITCH_STEP = 15.0


def pitch_of(word: str, voice: str = "a") -> float:
    """The pitch in Hz at which a voice says a word (its spoken form)."""
    return _above(_VOICES[voice][1], word)


def cloned_pitch(recording: Path) -> float:
    """The lowest pitch in Hz of the voice that is made of a recording."""
    rate, audio = open_wav(recording)
    return CLONED * float(np.median(measure(audio, rate).pitches or (100.0,)))


def _above(lowest: float, word: str) -> float:
    return lowest + _digest(word)[0] % _PITCHES * _PITCH_STEP


def seconds_of(word: str, rate: float = 1.0) -> float:
    """How long a word (its spoken form) sounds, without the gap after it."""
    return (WORD_SECONDS + LETTER_SECONDS * len(word)) / rate


FACTS = EngineFacts(
    title="Tones",
    homepage="",
    about="For tests only.",
    hardware="None.",
    licence="AGPL-3.0-or-later",
    weights_licence="None.",
    languages=("mul",),
    timings="Known to the sample.",
    limits="300 characters.",
    exercised="All of it.",
    devices=("cpu", "cuda"),
    cloning=Cloning(shortest=2.0, longest=12.0, sample_rate=22_050),
    parameters=(
        Parameter("pitch", 0.5, 2.0, 1.0, "How much higher the tones are."),
        Parameter("watermark", 0.0, 1.0, 1.0, "0 leaves out the mark."),
    ),
    watermark="The first sample of each take.",
)


class ToneEngine:
    """Speaks in tones, exactly timed."""

    name: ClassVar[str] = "tone"
    native_timings: ClassVar[bool] = True
    hidden: ClassVar[bool] = True
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Nothing is needed; the device does not matter."""
        self._voices_dir = context.voices_dir

    def voices(self) -> Iterable[Voice]:
        """``tone:a``, ``tone:b`` (higher) and ``tone:16k`` (16,000 Hz), for any language; and clones."""
        for voice, (sample_rate, _) in _VOICES.items():
            yield Voice(
                name=f"{self.name}:{voice}",
                engine=self.name,
                id=voice,
                languages=("mul",),
                sample_rate=sample_rate,
                revision="1",
                description="tones, for tests",
            )
        for clone, _ in clones(self._voices_dir, self.name):
            yield cloned_voice(clone, revision="1", sample_rate=_VOICES["a"][0])

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Small chunks and batches, so that short texts make several of each."""
        return EngineLimits(characters=300, batch_seconds=60.0, characters_per_second=25.0)

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk; see the module's variables for what makes it wait, fail or die."""
        lowest = options.parameter("pitch", 1.0) * self._lowest(voice)
        for chunk in chunks:
            text = chunk.text
            _wait(float(os.environ.get(DELAY) or 0))
            if (fatal := os.environ.get(KILL)) and fatal in text:
                os.kill(os.getpid(), signal.SIGKILL)
            if (bad := os.environ.get(FAIL)) and bad in text:
                raise SpeechFailed(f"The tone engine was told to fail on “{bad}”.")
            obey(text)
            said = said_for(chunk, options.seed)
            take = spoilt(_take(said, voice, options.rate, lowest), text, options.seed)
            if voice.id not in _VOICES and options.parameter("watermark", 1.0):
                take = replace(take, audio=np.concatenate(([MARK], take.audio[1:])).astype(np.int16))
            if said is not chunk.words and len(said) != len(chunk.words):
                take = replace(take, timings=None)
            _log(chunk.spoken)
            yield take

    def _lowest(self, voice: Voice) -> float:
        if voice.id in _VOICES:
            return _VOICES[voice.id][1]
        found = find_clone(self._voices_dir, self.name, voice.id)
        if found is None:
            raise VoiceNotFound(f"The voice “{voice.name}” is not installed here.")
        return cloned_pitch(found[1])


def _wait(seconds: float) -> None:
    if not (gpu := os.environ.get(GPU)):
        time.sleep(seconds)
        return
    with open(gpu, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(seconds)


def _take(words: Sequence[Word], voice: Voice, rate: float, lowest: float) -> Take:
    pieces: list[Pcm] = []
    timings: list[Timing] = []
    at = 0
    for word, sound in zip(words, _bursts(words, voice, rate, lowest), strict=True):
        gap = round(GAP_SECONDS / rate * voice.sample_rate) if word.spoken else 0
        timings.append(Timing(at / voice.sample_rate, (at + len(sound)) / voice.sample_rate))
        pieces += [sound, np.zeros(gap, np.int16)]
        at += len(sound) + gap
    if not at:
        raise SpeechFailed("The tone engine was given nothing to say.")
    return Take(np.concatenate(pieces), voice.sample_rate, tuple(timings))


def _bursts(words: Sequence[Word], voice: Voice, rate: float, lowest: float) -> Iterator[Pcm]:
    edge = round(_EDGE_SECONDS * voice.sample_rate)
    fade = np.linspace(0.0, 1.0, edge)
    for word in words:
        count = round(seconds_of(word.spoken, rate) * voice.sample_rate) if word.spoken else 0
        phase = 2 * math.pi * _above(lowest, word.spoken) / voice.sample_rate
        sound = AMPLITUDE * 32767 * np.sin(phase * np.arange(count))
        if count:
            sound[:edge] *= fade
            sound[-edge:] *= fade[::-1]
        yield sound.astype(np.int16)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _log(spoken: str) -> None:
    if not (path := os.environ.get(LOG)):
        return
    line = f"{_digest(spoken).hex()} {os.getpid()}\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())  # one write: lines of several processes never mix
    finally:
        os.close(descriptor)
