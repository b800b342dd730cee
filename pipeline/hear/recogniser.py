"""The Recogniser protocol: something that listens to speech and writes down its words, with their times.

A recogniser is added by writing one module with a class of this shape and naming it under the entry point group
``voxpress.recognisers``; the built-in ones come in through the same door (see ``pipeline.hear.registry``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline.model import Pcm

LISTENING_RATE = 16_000
"""Hz at which the models of all known recognisers listen."""

Samples = NDArray[np.float32]
"""Mono, -1 to 1."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A word as it was heard."""

    text: str
    """As the recogniser writes it, without spaces around it: ``“Mr.”``, ``1999``, ``hello,``. One character or more
    of a script without spaces."""
    start: float
    """Seconds from the start of the audio."""
    end: float
    probability: float = 1.0
    """How sure the recogniser is, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of speech to listen to."""

    audio: Pcm
    sample_rate: int
    """Hz."""


@dataclass(frozen=True, slots=True)
class RecogniserContext:
    """What a recogniser may know of the machine it runs on."""

    models_dir: Path
    """Folder of pulled models; recognisers keep theirs in a subfolder of their own name."""
    model: str = ""
    """Path of a model's folder, or the name of a pulled one; empty: the best one that was pulled."""
    device: str = "cpu"
    """``cpu``, ``cuda`` or ``cuda:N``. A recogniser that cannot run on the device asked for raises
    ``RecogniserUnavailable``; it never falls back in silence."""
    compute: str = ""
    """Kind of numbers it computes with (``int8``, ``float16`` ...); empty: what is usual on the device."""


@runtime_checkable
class Recogniser(Protocol):
    """Something that listens. Constructed cheaply; its model loads when it first listens, and stays loaded."""

    name: ClassVar[str]
    hidden: ClassVar[bool]
    """True for recognisers that exist for tests only: never chosen by ``auto``, not listed."""

    def __init__(self, context: RecogniserContext) -> None:
        """Raise ``RecogniserUnavailable`` when it cannot run here, or has no model. Nothing is ever downloaded."""
        ...

    @property
    def revision(self) -> str:
        """Changes whenever it could hear something else: release, hash of the model, kind of numbers."""
        ...

    @property
    def size(self) -> int:
        """Bytes of its model, which tell how long it takes on a CPU."""
        ...

    def hears(self, language: str) -> bool:
        """Whether it knows the language (BCP 47)."""
        ...

    def transcribe(self, audio: Pcm, sample_rate: int, language: str) -> tuple[Heard, ...]:
        """The words that are heard, in order, their times ascending. Raises ``HearingFailed``.

        What is heard depends on nothing but the audio and the language.
        """
        ...

    def transcribe_all(self, clips: Sequence[Clip], language: str) -> Iterator[tuple[Heard, ...]]:
        """As ``transcribe`` for each of several clips, in order: together, where that is quicker."""
        ...


@runtime_checkable
class TellsLanguage(Protocol):
    """What a recogniser may also be: one that tells which language is spoken."""

    def language_of(self, audio: Pcm, sample_rate: int) -> tuple[str, float]:
        """BCP 47, and how sure it is (0 to 1), from the first half minute. Raises ``HearingFailed``."""
        ...


def listened(audio: Pcm, sample_rate: int) -> Samples:
    """16-bit samples as models want them: ``LISTENING_RATE``, float32."""
    samples: Samples = audio.astype(np.float32) / np.float32(32768)
    if sample_rate == LISTENING_RATE:
        return samples
    resampled: Samples = soxr.resample(samples, sample_rate, LISTENING_RATE).astype(np.float32)
    return resampled


def in_order(heard: Sequence[Heard], duration: float) -> tuple[Heard, ...]:
    """The words with times that ascend and lie inside the audio: models may say otherwise. Words are never lost."""
    words, at = [], 0.0
    for word in heard:
        start = round(min(max(word.start, at), duration), 3)
        end = round(min(max(word.end, start), duration), 3)
        words.append(Heard(word.text, start, end, round(min(max(word.probability, 0.0), 1.0), 3)))
        at = end
    return tuple(words)
