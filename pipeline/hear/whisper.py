"""Whisper, as faster-whisper runs it (CTranslate2): the recogniser for CPUs and GPUs.

Decoding is greedy in the sense that counts here: beam search at temperature 0, no text before the audio's own,
no second try with random numbers. So the same audio gives the same words. No voice activity detection stands
before it: a take is speech, and what is not is to be heard about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pipeline.errors import HearingFailed, RecogniserUnavailable
from pipeline.hear.models import ModelFolder, find_model
from pipeline.hear.pieces import pieces
from pipeline.hear.recogniser import (
    LISTENING_RATE,
    Clip,
    Heard,
    RecogniserContext,
    Samples,
    in_order,
    listened,
)
from pipeline.model import Pcm
from pipeline.script.sentences import primary_language

if TYPE_CHECKING:
    from faster_whisper import BatchedInferencePipeline

DRIVER = 1
"""Raised when this module makes the same model hear something else."""
BEAMS = 5
BATCH = {"cpu": 4, "cuda": 16}
"""Pieces of up to half a minute that are decoded together; a large-v3 needs about 0.3 GB of a GPU for each."""
COMPUTE = {"cpu": "int8", "cuda": "float16"}
"""What models are computed with unless something else is asked for: on a CPU int8 is twice as fast as float32."""
_STEP = LISTENING_RATE // 100
"""Whisper counts in frames of 10 ms: pieces begin at whole ones, so that no time is rounded."""
_TAGS = {"nb": "no", "cmn": "zh", "fil": "tl", "iw": "he", "in": "id", "ji": "yi", "jv": "jw"}
"""Language tags that Whisper names otherwise."""


class WhisperRecogniser:
    """Listens with a Whisper model in CTranslate2's form."""

    name: ClassVar[str] = "whisper"
    hidden: ClassVar[bool] = False

    def __init__(self, context: RecogniserContext) -> None:
        """Raise ``RecogniserUnavailable`` without faster-whisper, without a model, or without the GPU asked for."""
        self._release = _release()
        self._device, _, index = context.device.partition(":")
        self._index = int(index or 0)
        _require_device(self._device, self._index)
        self._folder: ModelFolder = find_model(self.name, context)
        self._compute = context.compute or COMPUTE[self._device]

    @property
    def revision(self) -> str:
        """Releases, model and numbers."""
        return f"{self.name}-{DRIVER}-{self._release}-{self._folder.digest}-{self._compute}"

    @property
    def size(self) -> int:
        """Of the model's folder."""
        return self._folder.size

    def hears(self, language: str) -> bool:
        """As the model's own files say."""
        return _tag(language) in self._languages

    def transcribe(self, audio: Pcm, sample_rate: int, language: str) -> tuple[Heard, ...]:
        """The words that are heard. Raises ``HearingFailed``, ``RecogniserUnavailable``."""
        return next(iter(self.transcribe_all([Clip(audio, sample_rate)], language)))

    def transcribe_all(self, clips: Sequence[Clip], language: str) -> Iterator[tuple[Heard, ...]]:
        """The clips in batches, one pass of the model for several of them."""
        if not self.hears(language):
            raise HearingFailed(f"The model {self._folder.name} does not know the language “{language}”.")
        waiting: list[tuple[Samples, list[tuple[int, int]]]] = []
        for clip in clips:
            samples = listened(clip.audio, clip.sample_rate)
            waiting.append((samples, pieces(samples)))
            if sum(len(parts) for _, parts in waiting) >= BATCH[self._device]:
                yield from self._hear(waiting, language)
                waiting = []
        yield from self._hear(waiting, language)

    def language_of(self, audio: Pcm, sample_rate: int) -> tuple[str, float]:
        """As the model tells it; English for a model of English alone."""
        if self._languages == {"en"}:
            return "en", 1.0
        try:
            tag, sure, _ = self._pipeline.model.detect_language(audio=listened(audio, sample_rate))
        except (RuntimeError, ValueError, IndexError) as error:
            raise HearingFailed(f"Whisper failed: {' '.join(str(error).split())}.") from error
        return {"jw": "jv"}.get(tag, tag), float(sure)

    def _hear(
        self, waiting: Sequence[tuple[Samples, list[tuple[int, int]]]], language: str
    ) -> Iterator[tuple[Heard, ...]]:
        """One call of the model for all of these: their pieces one after the other in one array."""
        laid, clips = _laid_out(waiting)
        found: dict[int, list[Heard]] = {}
        if clips:
            for segment in self._segments(laid, clips, language):
                found.setdefault(segment.seek, []).extend(_words(segment))
        place = 0
        for samples, parts in waiting:
            heard: list[Heard] = []
            for begin, _ in parts:
                offset = clips[place][0] / LISTENING_RATE - begin / LISTENING_RATE
                heard += [
                    Heard(word.text, word.start - offset, word.end - offset, word.probability)
                    for word in found.get(clips[place][0] // _STEP, ())
                ]
                place += 1
            yield in_order(heard, len(samples) / LISTENING_RATE)

    def _segments(self, laid: Samples, clips: Sequence[tuple[int, int]], language: str) -> list[Any]:
        spans = [{"start": begin / LISTENING_RATE, "end": end / LISTENING_RATE} for begin, end in clips]
        try:
            segments, _ = self._pipeline.transcribe(
                laid,
                language=_tag(language),
                beam_size=BEAMS,
                temperature=0.0,
                word_timestamps=True,
                without_timestamps=True,
                vad_filter=False,
                clip_timestamps=spans,
                batch_size=BATCH[self._device],
            )
            return list(segments)
        except (RuntimeError, ValueError, IndexError) as error:
            raise HearingFailed(f"Whisper failed: {' '.join(str(error).split())}.") from error

    @property
    def _languages(self) -> frozenset[str]:
        """English for a model of English alone; else all that the tokenizer has a token for."""
        return self._folder.languages

    @cached_property
    def _pipeline(self) -> BatchedInferencePipeline:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        self._folder.require_unchanged()
        try:
            model = WhisperModel(
                str(self._folder.path),
                device=self._device,
                device_index=self._index,
                compute_type=self._compute,
                cpu_threads=0,  # as OMP_NUM_THREADS says: a worker's children have one each
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise RecogniserUnavailable(
                f"The model {self._folder.path} cannot be loaded on {self._device} with {self._compute}: "
                f"{' '.join(str(error).split()).rstrip('.')}."
            ) from error
        return BatchedInferencePipeline(model)


def _laid_out(
    waiting: Sequence[tuple[Samples, list[tuple[int, int]]]],
) -> tuple[Samples, list[tuple[int, int]]]:
    """All pieces in one array, each beginning at a whole frame; and where each begins and ends there."""
    arrays: list[Samples] = []
    clips: list[tuple[int, int]] = []
    at = 0
    for samples, parts in waiting:
        for begin, end in parts:
            length = max(end - begin, 1)
            room = -(-length // _STEP) * _STEP
            array = np.zeros(room, np.float32)
            array[: end - begin] = samples[begin:end]
            arrays.append(array)
            clips.append((at, at + length))
            at += room
    return (np.concatenate(arrays) if arrays else np.zeros(0, np.float32)), clips


def _words(segment: Any) -> Iterator[Heard]:
    for word in segment.words or ():
        if text := word.word.strip():
            yield Heard(text, float(word.start), float(word.end), float(word.probability))


def _tag(language: str) -> str:
    primary = primary_language(language)
    return _TAGS.get(primary, primary)


def _release() -> str:
    """Of faster-whisper and CTranslate2. Raises ``RecogniserUnavailable`` where they are not installed."""
    try:
        return f"{version('faster-whisper')}-{version('ctranslate2')}"
    except PackageNotFoundError as error:
        raise RecogniserUnavailable(
            "faster-whisper is not installed: 'pip install \"voxpress[whisper]\"' adds it."
        ) from error


def _require_device(device: str, index: int) -> None:
    if device not in COMPUTE:
        raise RecogniserUnavailable(
            f"Whisper runs on cpu or cuda, not on “{device}”: change the setting 'device'."
        )
    if device == "cuda":
        import ctranslate2

        there = ctranslate2.get_cuda_device_count()
        if index >= there:
            raise RecogniserUnavailable(
                f"The device cuda:{index} was asked for, and CTranslate2 sees {there} GPUs here: set 'device' to "
                "cpu, or see to the driver and CUDA's libraries (cuBLAS, cuDNN)."
            )
