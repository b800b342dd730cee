"""The same text in several voices, made equally loud, for one page to listen to."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from pipeline.audio.ffmpeg import feed_ffmpeg, local
from pipeline.audio.gain import level, voice_gain
from pipeline.audio.loudness import integrated, total
from pipeline.model import Pcm, Voice
from pipeline.publish.compare_page import Contender
from pipeline.publish.provenance import provenance_sentence, provenance_tags
from pipeline.settings import ProductionSettings
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import facts_of
from tasks.sampling import Spoken, speak_text

LOUDNESS = -18.0
"""LUFS of every voice: the louder one of two would seem the better one."""
CEILING = -2.0
"""dBTP."""
BITRATE = 96
"""kbit/s of MP3: what is heard is the voice, not the codec."""


@dataclass(frozen=True, eq=False)
class Heard:
    """How one voice says the text."""

    voice: Voice
    sentences: tuple[str, ...]
    words: tuple[int, ...]
    """How many words each sentence has."""
    starts: tuple[float, ...]
    """Seconds at which each word begins."""
    seconds: float
    notes: tuple[str, ...]
    """What is in doubt, a sentence each."""
    commercial: bool
    """Whether what it speaks may be sold."""
    audio: bytes = b""
    """MP3."""


def hear(
    text: str, voice: Voice, language: str, settings: ProductionSettings, engines: EngineContext
) -> Heard:
    """How a voice of this process says a text, ``LOUDNESS`` loud. Raises what the engine raises."""
    spoken = list(speak_text(text, voice, language, settings, engines))
    gain = voice_gain(integrated(total(piece.prepared.loudness for piece in spoken)), LOUDNESS)
    audio = np.concatenate([_leveled(piece, gain, voice.sample_rate) for piece in spoken])
    sentences = [sentence for piece in spoken for sentence in piece.chunk.sentences]
    return Heard(
        voice=voice,
        sentences=tuple(sentence.text for sentence in sentences),
        words=tuple(len(sentence.words) for sentence in sentences),
        starts=tuple(_word_starts(spoken)),
        seconds=round(len(audio) / voice.sample_rate, 3),
        notes=tuple(doubt.text for piece in spoken for doubt in piece.prepared.doubts),
        commercial=facts_of(voice.engine).commercial,
        audio=_mp3(audio, voice.sample_rate, voice),
    )


def side_by_side(heard: Sequence[Heard]) -> tuple[tuple[str, ...], list[Contender]]:
    """The sentences of a text, and each voice with the seconds at which it begins them."""
    # The engine that takes the most at once splits the least.
    coarsest = min(heard, key=lambda one: len(one.sentences))
    places = list(accumulate(coarsest.words, initial=0))[:-1]
    contenders = [
        Contender(
            voice=one.voice,
            audio=one.audio,
            seconds=one.seconds,
            starts=tuple(one.starts[min(place, len(one.starts) - 1)] for place in places),
            notes=one.notes,
            commercial=one.commercial,
        )
        for one in heard
    ]
    return coarsest.sentences, contenders


def _word_starts(spoken: Sequence[Spoken]) -> list[float]:
    """Seconds at which each word begins."""
    found, at = [], 0.0
    for piece in spoken:
        at += piece.pause
        found += [round(at + start / piece.prepared.sample_rate, 3) for start in piece.prepared.starts]
        at += piece.prepared.duration
    return found


def _leveled(piece: Spoken, gain: float, rate: int) -> Pcm:
    leveled, _ = level(piece.pcm, rate, piece.prepared.loudness.true_peak, gain, CEILING)
    return np.concatenate((np.zeros(round(piece.pause * rate), np.int16), leveled))


def _mp3(audio: Pcm, rate: int, voice: Voice) -> bytes:
    clones = [voice] if voice.consent else []
    tags = {"comment": provenance_sentence(clones), **provenance_tags(clones)}
    about = [word for name, value in tags.items() if value for word in ("-metadata", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voice.mp3"
        arguments = ["-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0", *about]
        arguments += ["-c:a", "libmp3lame", "-b:a", f"{BITRATE}k", local(path)]
        feed_ffmpeg(arguments, [audio], f"encoding {voice.name}")
        return path.read_bytes()
