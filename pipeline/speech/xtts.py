"""XTTS v2 of coqui-tts: speaks like the person of a short recording, in seventeen languages.

Measured and tested only with models of random weights (tests/helpers_xtts.py): real weights were never loaded when
this was written. ``pipeline.speech.xtts_decode`` tells how several texts are spoken at once and why a take does not
depend on which.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np

from pipeline.align import estimate
from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import Chunk, Pcm, SpeakingOptions, Take, Voice
from pipeline.serial import key_of
from pipeline.speech.batching import Guard, in_batches
from pipeline.speech.clones import clones, find_clone
from pipeline.speech.engine import EngineContext, EngineLimits, require_rate
from pipeline.speech.facts import Cloning, EngineFacts, Parameter
from pipeline.speech.measured_batches import guard_of
from pipeline.speech.memory_meter import meter_of
from pipeline.speech.piper import plain_text
from pipeline.speech.weights import PRECISIONS, require_device, require_library
from pipeline.speech.xtts_decode import Sampling
from pipeline.speech.xtts_files import XttsFiles, installed
from pipeline.speech.xtts_model import Latents, Line, XttsModel

DRIVER = 1
"""Part of every voice's revision: raise it when this module makes XTTS sound different."""

WIDTH = "VOXPRESS_XTTS_WIDTH"
"""Environment: chunks that one process speaks at once, instead of as many as the memory allows."""
WIDTHS = {"cpu": 4, "cuda": 16}
"""Unless set, by device: rows that go through the weights at once. A take depends on it in its last bits, so it is
not what happens to fit. On a CPU these are also the chunks that are spoken at once."""
MOST = 64
"""Chunks that are spoken at once on a GPU, at most: a task has three minutes of audio, which are not many more
sentences."""

CHARACTERS = {
    "en": 250, "de": 253, "fr": 273, "es": 239, "it": 213, "pt": 203, "pl": 224, "zh": 82, "ar": 166, "cs": 186,
    "ru": 182, "nl": 251, "tr": 226, "ja": 71, "hu": 224, "ko": 95, "hi": 150,
}  # fmt: skip
"""The most characters that sound right at once, by language: what the library only warns of."""
_PER_SECOND = {"zh": 5.0, "ja": 6.0, "ko": 6.0}
SAMPLE_RATE = 24_000
SLOWEST, FASTEST = 0.5, 2.0
_QUALITY = 50
_SPEAKER = "#"
_SECONDS_PER_CHARACTER, _SPARE_SECONDS = 1.0, 10.0
_NO_TOKENS = str.maketrans("[]", "()")
"""``[de]`` in a text would be taken for a token."""

FACTS = EngineFacts(
    title="XTTS v2 (coqui-tts)",
    homepage="https://github.com/idiap/coqui-ai-TTS",
    about="Speaks like the person of a recording of some seconds, or like one of its studio speakers, in seventeen "
    "languages. Slow on a CPU; its weights may not be used commercially.",
    hardware="A GPU with 4 GB of memory; a CPU takes several times as long as it speaks.",
    licence="MPL-2.0",
    weights_licence="Coqui Public Model License (CPML): no commercial use of the model, nor of what it speaks.",
    languages=tuple(sorted(CHARACTERS)),
    timings="By alignment: it tells none.",
    limits="71 characters (Japanese) to 273 (French) at once, by language, fewer than 402 tokens, and 27 s of audio.",
    exercised="The real library with models of random weights; the published weights were never loaded.",
    extra="xtts",
    commercial=False,
    devices=("cpu", "cuda"),
    precisions=PRECISIONS,
    cloning=Cloning(shortest=4.0, longest=30.0, sample_rate=22_050),
    parameters=(
        Parameter("repetition_penalty", 1.0, 20.0, 10.0, "Against sounds that repeat or drag on; 1 is none."),
        Parameter(
            "temperature", 0.05, 1.5, 0.75, "Lower is more even, higher livelier and less sure of its words."
        ),
        Parameter("top_k", 0.0, 500.0, 50.0, "Choose among so many of the likeliest sounds; 0 is all."),
        Parameter("top_p", 0.05, 1.0, 0.85, "Choose among the likeliest sounds that make up this share."),
    ),
    traps=(
        "More than 401 tokens end in an assertion: they are counted first, and the chunk is refused, so that it is "
        "spoken in smaller pieces.",
        "Texts over a language's limit are only warned of, and cut off: that is the limit of a chunk.",
        "Its two ways to speak have other defaults each: every parameter is given.",
        "What does not end within 605 tokens of audio is cut off there in silence: that is a failure.",
        "It computes a voice's latents anew each time, or keeps them when the clip has changed: they are kept by the "
        "hash of the clip and of all that they depend on.",
        "It speaks one text at a time: its model is run for several here.",
        "Its random numbers go on from call to call: each chunk has its own, from the seed and its text.",
        "A name in square brackets in a text is taken for a token: there are none in what it is given.",
        "Reading its first checkpoint writes into the file, and its recordings need a decoder of their own: neither "
        "is done by it.",
        "It is not thread-safe: a process speaks with one thread.",
    ),
)


class XttsEngine:
    """Speaks with the models and clones of ``<voices_dir>/xtts``."""

    name: ClassVar[str] = "xtts"
    native_timings: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when its library is missing."""
        require_library("XTTS", FACTS.extra, ("TTS", "torch", "torchaudio"))
        self._context = context
        self._folder = context.voices_dir / self.name
        self._precision = context.precision or PRECISIONS[0]
        self._model: XttsModel | None = None

    def voices(self) -> Iterable[Voice]:
        """The studio speakers of each model, and the clones, which speak with the first of the models."""
        models = list(installed(self._folder))
        for files in models:
            for slug, speaker in files.speakers.items():
                yield self._voice(files, f"{files.id}{_SPEAKER}{slug}", files.languages, slug, speaker)
        for clone, _ in clones(self._context.voices_dir, self.name) if models else ():
            languages = tuple(dict.fromkeys((*clone.languages, *models[0].languages)))
            said = f"the voice of {clone.consent.who}"
            yield self._voice(models[0], clone.name, languages, clone.sha256[:16], said)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """By language, as the library warns."""
        short = language.partition("-")[0].lower()
        return EngineLimits(
            characters=CHARACTERS.get(short, min(CHARACTERS.values())),
            batch_seconds=180.0,
            characters_per_second=_PER_SECOND.get(short, 14.0),
        )

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk. Raises ``SpeechFailed``, ``SettingsError`` for an impossible rate, and
        ``EngineUnavailable`` when the voice is not the one that was listed."""
        require_rate(options.rate, SLOWEST, FASTEST, "XTTS")
        if not chunks:
            return
        model, latents = self._loaded(voice)
        lines = [_line(chunk, voice, options) for chunk in chunks]
        guard, abreast = self._guard()

        def work(rows: Sequence[int]) -> list[Any]:  # audio, or the error that ends a row in its turn
            given = [lines[row] for row in rows]
            return model.speak(given, latents, sampling_of(options), options.rate, abreast)

        costs = [len(line.text) for line in lines]
        for chunk, line, audio in zip(chunks, lines, in_batches(costs, guard, work), strict=True):
            yield _take(chunk, line.text, audio, model.sample_rate, options.rate)

    def _voice(
        self, files: XttsFiles, identity: str, languages: tuple[str, ...], who: str, description: str
    ) -> Voice:
        return Voice(
            name=f"{self.name}:{identity}",
            engine=self.name,
            id=identity,
            languages=languages,
            sample_rate=SAMPLE_RATE,
            revision=self._revision(files, who),
            quality=_QUALITY,
            licence=files.licence or "CPML",
            description=description,
        )

    def _revision(self, files: XttsFiles, who: str) -> str:
        precision = "" if self._precision == PRECISIONS[0] else f"-{self._precision}"
        return f"{DRIVER}-{version('coqui-tts')}-{files.digest}-{who}{precision}"

    def _guard(self) -> tuple[Guard, int]:
        """Who decides how many chunks are spoken at once, and how many rows go through the weights at once."""
        device = self._context.device
        name = f"{self.name} {device} {self._precision}"
        abreast = int(os.environ.get(WIDTH) or WIDTHS[device.partition(":")[0]])
        meter = None if os.environ.get(WIDTH) else meter_of(device)
        return guard_of(name, MOST if meter else abreast, meter), abreast

    def _loaded(self, voice: Voice) -> tuple[XttsModel, Latents]:
        """The model of a voice, and the voice in it."""
        require_device("XTTS", self._context.device, self._precision)
        models = list(installed(self._folder))
        name, studio, slug = voice.id.partition(_SPEAKER)
        found = [files for files in models if files.id == name] if studio else models[:1]
        clip = find_clone(self._context.voices_dir, self.name, name)
        if not found or (slug not in found[0].speakers if studio else clip is None):
            raise EngineUnavailable(f"The voice “{voice.name}” is not installed here.")
        files = found[0]
        who = slug if studio or clip is None else clip[0].sha256[:16]
        if self._revision(files, who) != voice.revision:
            raise EngineUnavailable(
                f"The voice “{voice.name}” was changed since it was listed: start the production again."
            )
        if self._model is None or self._model.digest != files.digest:
            self._model = None  # two would not fit
            self._model = XttsModel(files, self._context.device, self._precision, self._folder / ".latents")
        if studio or clip is None:
            return self._model, self._model.studio(files.speakers[slug])
        return self._model, self._model.clone(clip[1], clip[0].sha256)


def sampling_of(options: SpeakingOptions) -> Sampling:
    """Every parameter, whatever the library's own default is. Raises ``SettingsError`` for one out of its bounds."""
    values = {}
    for one in FACTS.parameters:
        value = options.parameter(one.name, one.default)
        if not one.least <= value <= one.most:
            raise SettingsError(
                f"The {one.name} of XTTS lies between {one.least:g} and {one.most:g}; it was {value:g}."
            )
        values[one.name] = value
    return Sampling(
        temperature=values["temperature"],
        top_k=round(values["top_k"]),
        top_p=values["top_p"],
        repetition_penalty=values["repetition_penalty"],
    )


def _line(chunk: Chunk, voice: Voice, options: SpeakingOptions) -> Line:
    text = plain_text(chunk.spoken).translate(_NO_TOKENS).strip()
    language = chunk.language.partition("-")[0].lower()
    seed = int(key_of("xtts", DRIVER, options.seed, text, language)[:16], 16)
    return Line(text, language, seed)


def _take(chunk: Chunk, text: str, audio: Pcm, sample_rate: int, rate: float) -> Take:
    seconds = len(audio) / sample_rate
    if not np.any(audio):
        raise SpeechFailed(f"XTTS made no sound for “{text[:60]}”.")
    if seconds > (len(text) * _SECONDS_PER_CHARACTER + _SPARE_SECONDS) / rate:
        raise SpeechFailed(f"XTTS spoke {seconds:.0f} s for “{text[:60]}”, which cannot be right.")
    timings = estimate.estimate_timings(chunk.words, audio, sample_rate)
    return Take(audio, sample_rate, timings, estimate.SOURCE)
