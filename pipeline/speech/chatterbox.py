"""Chatterbox: voices cloned from a few seconds, more or less expressive, each take with an inaudible watermark.

Exercised with random weights in the real library only; its watermark is the real one, which comes with its package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.align import estimate
from pipeline.audio.tempo import at_rate
from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import Chunk, Pcm, SpeakingOptions, Take, Voice
from pipeline.pulling.files import hash_file
from pipeline.serial import key_of
from pipeline.speech.chatterbox_files import ENGLISH, LANGUAGES, OWN_VOICE, ChatterboxModel, installed
from pipeline.speech.chatterbox_model import SAMPLE_RATE, LoadedChatterbox, Wave
from pipeline.speech.clones import cloned_voice, clones, find_clone
from pipeline.speech.engine import EngineContext, EngineLimits, limits_by_script, require_rate
from pipeline.speech.facts import Cloning, EngineFacts, Parameter
from pipeline.speech.piper import plain_text
from pipeline.speech.voices import is_syllabic
from pipeline.speech.weights import require_device, require_library

DRIVER = 1
"""Part of every voice's revision: raise it when this module makes Chatterbox sound different."""

CHARACTERS, SYLLABLES = 280, 100
"""Most of one chunk, in scripts of letters and of syllables."""
MOST_CHARACTERS, MOST_SYLLABLES = 300, 120
"""Beyond that it leaves words out or makes some up: refused before it is tried."""
LONGEST_SECONDS = 40.0
"""1,000 tokens of 25 a second: what is as long was cut there."""
_CUT_SECONDS = LONGEST_SECONDS - 0.5
SLOWEST, FASTEST = 0.5, 2.0
_QUALITY = 48
_LOUDEST = 32_767.0
_ALIASES = {"nb": "no", "nn": "no", "iw": "he", "cmn": "zh"}
_TAGS = {"no": "nb"}

FACTS = EngineFacts(
    title="Chatterbox",
    homepage="https://github.com/resemble-ai/chatterbox",
    about="Clones a voice from ten seconds, speaks more or less expressively, and marks all that it says as made "
    "by a machine. Two models: English, and one for up to 23 languages.",
    hardware="A GPU with 6 GB or more; on a CPU it takes many times as long as it speaks.",
    licence="MIT",
    weights_licence="MIT.",
    languages=tuple(_TAGS.get(language, language) for language in LANGUAGES),
    timings="By alignment: it tells none.",
    limits="300 characters (120 of Chinese, Japanese and Korean) and 40 s at once: longer chunks are refused, and "
    "spoken in smaller pieces.",
    exercised="The real library (chatterbox-tts 0.1.7) with models of random weights on a CPU, its real watermark; "
    "the published weights were never loaded, and no GPU was at hand.",
    extra="chatterbox",
    devices=("cpu", "cuda"),
    cloning=Cloning(shortest=5.0, longest=10.0, sample_rate=SAMPLE_RATE),
    parameters=(
        Parameter(
            "cfg_weight", 0.0, 1.0, 0.5, "How closely it keeps to the recording's manner; lower is slower."
        ),
        Parameter(
            "exaggeration", 0.25, 2.0, 0.5, "How expressive it is; more is faster, too, and less steady."
        ),
        Parameter(
            "temperature", 0.05, 1.5, 0.8, "Lower is more even, higher livelier and less sure of its words."
        ),
    ),
    watermark="PerTh, by Resemble AI",
    traps=(
        "Given a recording with each call, it listens to it each time: that is done once for a voice.",
        "Past about 300 characters it loses words: such a chunk is refused before it is tried.",
        "It stops at 1,000 tokens, 40 s, in silence: a take as long as that is refused.",
        "Its watermark's package hides that it cannot be loaded, and has a stand-in that marks nothing: it is looked "
        "at when the model is loaded, and the mark is made and found once before anything is spoken.",
        "Given nothing to say, it says a sentence of its own about that: such a chunk is refused.",
        "The English model fails with a cfg_weight of 0: it gets a millionth.",
        "The multilingual model leaves hooks on its layers at each call, which keep memory and take time: they are "
        "taken away.",
        "The multilingual model downloads tables for Chinese, whatever it is to speak: it is given files only.",
        "Hebrew, Russian, Japanese and Chinese need packages of their own, without which it goes on and reads badly: "
        "without them these languages are not offered.",
        "It has no rate: takes are made faster or slower afterwards, at their pitch, and marked after that.",
        "Its random numbers go on from call to call: each chunk has its own, from the seed and its text.",
    ),
)


class ChatterboxEngine:
    """Speaks with the models and clones of ``<voices_dir>/chatterbox``."""

    name: ClassVar[str] = "chatterbox"
    native_timings: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when its library is missing."""
        require_library(FACTS.title, FACTS.extra, ("chatterbox", "perth", "torch"))
        self._context = context
        self._folder = context.voices_dir / self.name
        self._loaded: LoadedChatterbox | None = None

    def voices(self) -> Iterable[Voice]:
        """The voice that comes with each model, by the model's name, and the clones."""
        models = list(installed(self._folder))
        for each in models:
            if (each.folder / OWN_VOICE).is_file():
                yield self._own(each)
        for clone, _ in clones(self._context.voices_dir, self.name):
            if model := _model_for(clone.languages, models):
                voice = cloned_voice(
                    clone,
                    revision=_revision(model),
                    sample_rate=SAMPLE_RATE,
                    licence=model.licence,
                    quality=_QUALITY,
                )
                others = tuple(_TAGS.get(tag, tag) for tag in model.languages)
                yield replace(voice, languages=tuple(dict.fromkeys((*clone.languages, *others))))

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Chunks that it speaks without losing words."""
        return limits_by_script(
            language,
            characters=CHARACTERS,
            syllables=SYLLABLES,
            batch_seconds=180.0,
            characters_per_second=14.0,
        )

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk. Raises ``SpeechFailed``, ``SettingsError`` for a rate or a parameter out of its
        bounds, and ``EngineUnavailable`` when the voice is not the one that was listed."""
        require_rate(options.rate, SLOWEST, FASTEST, "Chatterbox")
        numbers = _numbers(options)
        if not chunks:
            return
        model, clip = self._model_of(voice)
        for chunk in chunks:
            text = _text(chunk)
            language = _language(chunk.language, model)
            seed = int(key_of("chatterbox", DRIVER, options.seed, text, language)[:15], 16)
            loaded = self._load(model)
            yield _take(chunk, loaded.speak(text, language, clip, numbers, seed), options.rate, loaded.mark)

    def _own(self, model: ChatterboxModel) -> Voice:
        return Voice(
            name=f"{self.name}:{model.name}",
            engine=self.name,
            id=model.name,
            languages=tuple(_TAGS.get(tag, tag) for tag in model.languages),
            sample_rate=SAMPLE_RATE,
            revision=f"{_revision(model)}-{hash_file(model.folder / OWN_VOICE)[:8]}",
            quality=_QUALITY,
            licence=model.licence,
            description="the voice that comes with the model",
        )

    def _model_of(self, voice: Voice) -> tuple[ChatterboxModel, tuple[str, Path] | None]:
        """The model of a voice, and its recording with its hash if it is cloned."""
        require_device(FACTS.title, self._context.device, "float32")
        if all(voice.revision != found.revision for found in self.voices() if found.id == voice.id):
            there = any(found.id == voice.id for found in self.voices())
            raise EngineUnavailable(
                f"The voice “{voice.name}” was changed since it was listed: start the production again."
                if there
                else f"The voice “{voice.name}” is not installed here."
            )
        models = list(installed(self._folder))
        if cloned := find_clone(self._context.voices_dir, self.name, voice.id):
            clone, recording = cloned
            if model := _model_for(clone.languages, models):
                return model, (clone.sha256, recording)
        return next(model for model in models if model.name == voice.id), None

    def _load(self, model: ChatterboxModel) -> LoadedChatterbox:
        if self._loaded is None or self._loaded.digest != model.digest:
            self._loaded = None  # two would not fit
            self._loaded = LoadedChatterbox(model, self._context.device)
        return self._loaded


def _model_for(languages: Sequence[str], models: Sequence[ChatterboxModel]) -> ChatterboxModel | None:
    """The model that speaks a recording's language: the English one for English where it is installed."""
    wanted = _short(languages[0]) if languages else "en"
    return next((model for model in models if wanted in model.languages), None)


def _language(tag: str, model: ChatterboxModel) -> str:
    """As the model calls it. Raises ``SpeechFailed`` for one that it does not speak here."""
    short = _short(tag)
    if model.name == ENGLISH:
        return "en"
    if short not in model.languages:
        raise SpeechFailed(f"Chatterbox does not speak “{tag}” here; it speaks {', '.join(model.languages)}.")
    return short


def _short(tag: str) -> str:
    primary = tag.partition("-")[0].lower()
    return _ALIASES.get(primary, primary)


def _text(chunk: Chunk) -> str:
    """What it is given. Raises ``SpeechFailed`` for nothing, and for more than it can say."""
    text = " ".join(plain_text(chunk.spoken).split())
    if not any(character.isalnum() for character in text):
        raise SpeechFailed("There is nothing to say in a chunk that was given to Chatterbox.")
    most = MOST_SYLLABLES if is_syllabic(chunk.language) else MOST_CHARACTERS
    if len(text) > most:
        raise SpeechFailed(f"Chatterbox takes {most} characters at once, and “{text[:60]}” has {len(text)}.")
    return text


def _numbers(options: SpeakingOptions) -> dict[str, float]:
    """Every parameter. Raises ``SettingsError`` for one out of its bounds."""
    values = {one.name: options.parameter(one.name, one.default) for one in FACTS.parameters}
    for one in FACTS.parameters:
        if not one.least <= values[one.name] <= one.most:
            raise SettingsError(
                f"The {one.name} of Chatterbox lies between {one.least:g} and {one.most:g}; it was "
                f"{values[one.name]:g}."
            )
    return values


def _take(chunk: Chunk, sound: Wave, rate: float, mark: Callable[[Wave], Wave]) -> Take:
    """What was spoken, at its rate and marked. Raises ``SpeechFailed`` when it was cut, or is none."""
    said = chunk.spoken[:60]
    seconds = len(sound) / SAMPLE_RATE
    if seconds >= _CUT_SECONDS:
        raise SpeechFailed(
            f"Chatterbox stopped after {seconds:.0f} s of “{said}”, which is all it can make at once."
        )
    if not np.all(np.isfinite(sound)):
        raise SpeechFailed("Chatterbox's model gave numbers that are no sound.")
    if not np.any(np.abs(sound) >= 1 / _LOUDEST):
        raise SpeechFailed(f"Chatterbox made no sound for “{said}”.")
    if rate != 1.0:
        sound = at_rate(_samples(sound), SAMPLE_RATE, rate).astype(np.float32) / _LOUDEST
    audio = _samples(mark(sound))
    timings = estimate.estimate_timings(chunk.words, audio, SAMPLE_RATE)
    return Take(audio, SAMPLE_RATE, timings, estimate.SOURCE)


def _samples(sound: Wave) -> Pcm:
    return np.round(np.clip(sound, -1.0, 1.0) * _LOUDEST).astype(np.int16)


def _revision(model: ChatterboxModel) -> str:
    return f"{DRIVER}-{version('chatterbox-tts')}-{model.name}-{model.digest}"
