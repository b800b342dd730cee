"""The models of coqui-tts beside XTTS: VITS, FastPitch, Tacotron 2 and others, by the names that the library has.

Tested only with models of random weights (tests/helpers_coqui.py): real weights were never loaded when this was
written. Nothing is ever fetched while speaking; ``pipeline.speech.coqui_files`` tells how a configuration is made
safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np

from pipeline.align import estimate
from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import Chunk, Doubt, SpeakingOptions, Take, Voice
from pipeline.serial import key_of
from pipeline.speech.clones import Clone, cloned_voice, clones
from pipeline.speech.coqui_files import TORTOISE, WHOLE, CoquiFiles, installed
from pipeline.speech.coqui_model import CoquiModel
from pipeline.speech.coqui_tortoise import TortoiseModel
from pipeline.speech.engine import EngineContext, EngineLimits
from pipeline.speech.espeak_library import find_library
from pipeline.speech.facts import Cloning, EngineFacts
from pipeline.speech.piper import plain_text
from pipeline.speech.voices import is_syllabic
from pipeline.speech.weights import PRECISIONS, require_device, require_library

DRIVER = 1
"""Part of every voice's revision: raise it when this module makes a model sound different."""

SLOWEST, FASTEST = 0.5, 2.0
_QUALITY = {"vits": 25, TORTOISE: 20}
_OTHER_QUALITY = 15
_CHARACTERS = {"tacotron": 150, "tacotron2": 150, TORTOISE: 200}
"""The attention of the former loses its place in longer texts, and the latter makes 25 s of audio at the most."""
_OTHER_CHARACTERS = 300
_SPEAKER = "#"
_SECONDS_PER_CHARACTER, _SPARE_SECONDS = 1.0, 10.0

FACTS = EngineFacts(
    title="Coqui models (coqui-tts)",
    homepage="https://github.com/idiap/coqui-ai-TTS",
    about="The library's many models by name, most of them small and quick: VITS (also with many speakers), "
    "YourTTS (which also speaks like the person of a recording, in English, French and Portuguese), FastPitch, "
    "Tacotron 2, Glow-TTS and others. And Tortoise, which is none of these: slow, lively, English, like a recording.",
    hardware="Any CPU; a GPU with CUDA. Tortoise takes minutes for a sentence on a CPU.",
    licence="MPL-2.0",
    weights_licence="Each model has its own, which voices show as the library's list names it; some forbid "
    "commercial use.",
    languages=("mul",),
    timings="By alignment.",
    limits="300 characters, 150 for Tacotron, 200 for Tortoise.",
    exercised="VITS with several speakers, YourTTS with its speaker encoder, FastPitch with Griffin-Lim, "
    "Tacotron 2 with HiFi-GAN and Tortoise, of random weights, in the real library; the other kinds and all "
    "published weights were never loaded. Bark is not offered.",
    extra="xtts",
    devices=("cpu", "cuda"),
    cloning=Cloning(shortest=4.0, longest=30.0, sample_rate=16_000),
    traps=(
        "It fetches what a configuration names: every file is one of the model's folder, or none.",
        "A configuration names a class that is imported: only the library's own are taken.",
        "Statistics are read as a pickle of any kind: it is looked through first and refused when it names code.",
        "Checkpoints that are more than weights are refused.",
        "It calls a command espeak-ng, which many hosts lack: phonemes come from our own.",
        "Letters that a model does not know are left out with a note in the log: the take is in doubt.",
        "Tacotron and Tortoise stop at a fixed length in silence: that is a failure.",
        "Tortoise takes the time of day for its seed, and Python's random numbers: both come from ours.",
        "A model that was trained to match voices does not load without what listens to them: that part is left out "
        "of it where nobody is imitated.",
        "It listens to a recording again for every text: each recording is heard once in a process.",
        "Its random numbers go on from call to call: each chunk has its own, from the seed and its text.",
    ),
)


class CoquiEngine:
    """Speaks with the models of ``<voices_dir>/coqui``."""

    name: ClassVar[str] = "coqui"
    native_timings: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when its library is missing."""
        require_library("Coqui", FACTS.extra, ("TTS", "torch", "torchaudio"))
        self._context = context
        self._folder = context.voices_dir / self.name
        self._model: CoquiModel | TortoiseModel | None = None

    def voices(self) -> Iterable[Voice]:
        """One for each model, or for each of its speakers; and the clones, which speak with the first model that
        listens to recordings."""
        models = list(installed(self._folder))
        for files in models:
            for slug in files.speakers or ([] if files.kind == TORTOISE else [""]):
                yield self._voice(files, slug)
        if listening := _listening(models):
            for clone, _ in clones(self._context.voices_dir, self.name):
                yield self._cloned(listening, clone)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """By the kind of the model."""
        files = self._files(voice)
        most = _CHARACTERS.get(files.kind, _OTHER_CHARACTERS) if files else _OTHER_CHARACTERS
        if is_syllabic(language):
            return EngineLimits(characters=max(50, most // 3), batch_seconds=120.0, characters_per_second=5.0)
        return EngineLimits(characters=most, batch_seconds=120.0, characters_per_second=15.0)

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk. Raises ``SpeechFailed``, ``SettingsError`` for an impossible rate, and
        ``EngineUnavailable`` when the voice is not the one that was listed."""
        if not SLOWEST <= options.rate <= FASTEST:
            raise SettingsError(
                f"The speaking rate {options.rate:g} is not one of Coqui's ({SLOWEST:g} to {FASTEST:g})."
            )
        if not chunks:
            return
        files, model, recording = self._loaded(voice)
        if options.rate != 1 and not model.rated:
            raise SettingsError(f"The voice “{voice.name}” has one speaking rate only: leave the rate at 1.")
        speaker = files.speakers.get(voice.id.partition(_SPEAKER)[2], "")
        for chunk in chunks:
            text = plain_text(chunk.spoken).strip()
            seed = int(key_of("coqui", DRIVER, options.seed, text)[:15], 16)
            audio, unknown = model.speak(text, chunk.language, recording or speaker, seed, options.rate)
            seconds = len(audio) / files.sample_rate
            if not np.any(audio):
                raise SpeechFailed(f"{voice.name} made no sound for “{text[:60]}”.")
            if seconds > (len(text) * _SECONDS_PER_CHARACTER + _SPARE_SECONDS) / options.rate:
                raise SpeechFailed(
                    f"{voice.name} spoke {seconds:.0f} s for “{text[:60]}”, which cannot be right."
                )
            timings = estimate.estimate_timings(chunk.words, audio, files.sample_rate)
            yield Take(audio, files.sample_rate, timings, estimate.SOURCE, _doubts(unknown, voice))

    def _voice(self, files: CoquiFiles, slug: str) -> Voice:
        identity = f"{files.id}{_SPEAKER}{slug}" if slug else files.id
        drawn = files.kind not in (*WHOLE, TORTOISE) and files.vocoder is None
        return Voice(
            name=f"{self.name}:{identity}",
            engine=self.name,
            id=identity,
            languages=files.languages,
            sample_rate=files.sample_rate,
            revision=self._revision(files, slug),
            quality=_QUALITY.get(files.kind, _OTHER_QUALITY) - 10 * drawn,
            licence=files.licence,
            description=files.speakers.get(slug, files.kind),
            caveat="Its vocoder is not installed: Griffin-Lim stands in, which sounds hollow."
            if drawn
            else "",
        )

    def _cloned(self, files: CoquiFiles, clone: Clone) -> Voice:
        return replace(
            cloned_voice(
                clone,
                revision=self._revision(files, ""),
                sample_rate=files.sample_rate,
                licence=files.licence,
                quality=_QUALITY.get(files.kind, _OTHER_QUALITY),
            ),
            languages=files.languages,
        )

    def _revision(self, files: CoquiFiles, slug: str) -> str:
        espeak = f"-{find_library().revision}" if files.phonemes else ""
        return f"{DRIVER}-{version('coqui-tts')}-{files.digest}-{slug}{espeak}"

    def _files(self, voice: Voice) -> CoquiFiles | None:
        """The model that speaks a voice."""
        name = voice.id.partition(_SPEAKER)[0]
        models = list(installed(self._folder))
        named = next((files for files in models if files.id == name), None)
        return named or _listening(models)

    def _loaded(self, voice: Voice) -> tuple[CoquiFiles, CoquiModel | TortoiseModel, Path | None]:
        """The model of a voice, and the recording of a cloned one."""
        require_device("Coqui", self._context.device, self._context.precision or PRECISIONS[0])
        files = self._files(voice)
        mine = (pair for pair in clones(self._context.voices_dir, self.name) if pair[0].name == voice.id)
        clone, recording = next(mine, (None, None))
        if files is None or (files.id != voice.id.partition(_SPEAKER)[0] and clone is None):
            raise EngineUnavailable(f"The voice “{voice.name}” is not installed here.")
        now = self._cloned(files, clone) if clone else self._voice(files, voice.id.partition(_SPEAKER)[2])
        if now.revision != voice.revision:
            raise EngineUnavailable(
                f"The voice “{voice.name}” was changed since it was listed: start the production again."
            )
        if self._model is None or self._model.digest != files.digest:
            self._model = None
            kind = TortoiseModel if files.kind == TORTOISE else CoquiModel
            self._model = kind(files, self._context.device)
        return files, self._model, recording


def _listening(models: Sequence[CoquiFiles]) -> CoquiFiles | None:
    """The model that speaks like recordings: the first by name, and Tortoise, which is slow, only without another."""
    able = sorted((files for files in models if files.encoder), key=lambda files: files.kind == TORTOISE)
    return able[0] if able else None


def _doubts(unknown: str, voice: Voice) -> tuple[Doubt, ...]:
    if not unknown:
        return ()
    return (Doubt("pronunciation", f"{voice.name} does not know “{unknown[:20]}” and left it out."),)
