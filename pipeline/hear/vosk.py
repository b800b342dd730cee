"""Vosk (Kaldi): a second recogniser, small and quick on a CPU. Its models know one language each.

A model is the folder that Vosk's site hands out as an archive; its name tells the language
(``vosk-model-small-en-us-0.15``). The setting ``asr_model`` names one, or they lie below ``models/vosk``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

import numpy as np

from pipeline.errors import HearingFailed, RecogniserUnavailable
from pipeline.hear.models import ModelFolder, find_model
from pipeline.hear.recogniser import LISTENING_RATE, Clip, Heard, RecogniserContext, in_order, listened
from pipeline.model import Pcm
from pipeline.script.sentences import primary_language

DRIVER = 1
BLOCK_SECONDS = 0.25
"""Audio that is handed over at a time."""
_LANGUAGE = re.compile(r"(?:^|-)(?:small-)?([a-z]{2,3})(?:-[a-z]{2})?(?:-|$)")
_TAGS = {"cn": "zh", "ua": "uk", "kz": "kk", "br": "pt", "vn": "vi", "gr": "el"}
"""Names of languages in the names of Vosk's models that are those of countries."""


class VoskRecogniser:
    """Listens with a Vosk model."""

    name: ClassVar[str] = "vosk"
    hidden: ClassVar[bool] = False

    def __init__(self, context: RecogniserContext) -> None:
        """Raise ``RecogniserUnavailable`` without vosk, without a model, or when a GPU is asked for."""
        try:
            self._release = version("vosk")
        except PackageNotFoundError as error:
            raise RecogniserUnavailable(
                "vosk is not installed: 'pip install \"voxpress[vosk]\"' adds it."
            ) from error
        if context.device != "cpu":
            raise RecogniserUnavailable(
                f"Vosk runs on the CPU, and {context.device} was asked for: name another recogniser or device."
            )
        self._folder: ModelFolder = find_model(self.name, context)

    @property
    def revision(self) -> str:
        """Release and model."""
        return f"{self.name}-{DRIVER}-{self._release}-{self._folder.digest}"

    @property
    def size(self) -> int:
        """Of the model's folder."""
        return self._folder.size

    def hears(self, language: str) -> bool:
        """The one language in the model's name."""
        return primary_language(language) == language_of(self._folder.name)

    def transcribe(self, audio: Pcm, sample_rate: int, language: str) -> tuple[Heard, ...]:
        """The words that are heard. Raises ``HearingFailed``, ``RecogniserUnavailable``."""
        import vosk

        samples = np.clip(listened(audio, sample_rate) * 32768, -32768, 32767).astype("<i2")
        recogniser = vosk.KaldiRecognizer(self._model, LISTENING_RATE)
        recogniser.SetWords(True)
        step = round(BLOCK_SECONDS * LISTENING_RATE)
        heard: list[Heard] = []
        for begin in range(0, len(samples), step):
            if recogniser.AcceptWaveform(samples[begin : begin + step].tobytes()):
                heard += _words(recogniser.Result())
        heard += _words(recogniser.FinalResult())
        return in_order(heard, len(audio) / sample_rate)

    def transcribe_all(self, clips: Sequence[Clip], language: str) -> Iterator[tuple[Heard, ...]]:
        """One after the other: Kaldi decodes in real time and gains nothing by batches on a CPU."""
        for clip in clips:
            yield self.transcribe(clip.audio, clip.sample_rate, language)

    @cached_property
    def _model(self) -> Any:
        import vosk

        self._folder.require_unchanged()
        vosk.SetLogLevel(-1)
        try:
            return vosk.Model(model_path=str(self._folder.path))
        except Exception as error:  # the library raises the bare class
            raise RecogniserUnavailable(
                f"The Vosk model {self._folder.path} cannot be loaded: {error}."
            ) from error


def language_of(model: str) -> str:
    """The language in a model's name: ``en`` of ``vosk-model-small-en-us-0.15``; empty when there is none."""
    match = _LANGUAGE.search(model.lower().removeprefix("vosk-model-"))
    return _TAGS.get(match[1], match[1]) if match else ""


def _words(answer: str) -> Iterator[Heard]:
    try:
        said = json.loads(answer)
    except ValueError as error:
        raise HearingFailed("Vosk gave an answer that is not JSON.") from error
    for word in said.get("result", ()):
        yield Heard(str(word["word"]), float(word["start"]), float(word["end"]), float(word.get("conf", 1.0)))
