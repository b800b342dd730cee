"""Piper: neural voices that run well on a CPU, with exact timings.

Measured only with generated models in Piper's format (tests/helpers_piper.py): real weights were never loaded
when this was written. ``pipeline.speech.onnx_noise`` tells how takes are made repeatable.

Takes are the same on one machine whatever was spoken before. Other processors, a GPU, or another release of
ONNX Runtime may round differently, by a step or two of 16 bits; Piper's own release is part of the revision.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from pipeline.align import estimate
from pipeline.align.engine_timings import timings_from_starts
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Chunk, Pcm, SpeakingOptions, Take, Voice, Word, join_spoken
from pipeline.script.lexicon import punctuation_after
from pipeline.speech.engine import EngineContext, EngineLimits, limits_by_script, require_rate, unsayable
from pipeline.speech.facts import EngineFacts
from pipeline.speech.onnx_noise import PATCH, PatchedModel, draw_noise, patch_model
from pipeline.speech.onnx_session import check_device, open_session
from pipeline.speech.piper_files import VoiceFiles, installed, read_voice
from pipeline.speech.piper_words import Sound, word_starts

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from piper import PiperVoice

DRIVER = 1
"""Part of every voice's revision: raise it when this module makes Piper sound different."""

SLOWEST, FASTEST = 0.5, 2.5
SENTENCE_SILENCE = 0.2
"""Seconds between the sentences of one chunk; Piper says each by itself."""

_QUALITIES = {"x_low": 10, "low": 20, "medium": 30, "high": 40}
_UNKNOWN_QUALITY = 25
PHONEME_TYPES = ("espeak", "text")
"""Those that need no further package or download; Piper has others for Chinese, Hebrew, Japanese and Thai."""
_RESIDENT = 2
"""Models that stay in memory (60 to 120 MB each)."""
_REMEMBERED_WORDS = 20_000
_SPEAKER = "#"
_SECONDS_PER_CHARACTER, _SPARE_SECONDS = 1.0, 10.0
_UNSPEAKABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_SAME_SYMBOL = str.maketrans(
    {"g": "ɡ", "'": "ˈ", "’": "ˈ", ":": "ː", "\u0361": None, "\u035c": None, ".": None, "‿": None}
)
_PHONEME_BLOCK = re.compile(r"\[(?=\[)")
"""``[[`` would make Piper take what follows for phonemes."""

FACTS = EngineFacts(
    title="Piper",
    homepage="https://github.com/OHF-Voice/piper1-gpl",
    about="Neural voices that run well on a CPU, natural enough for a whole book, in about forty languages.",
    hardware="Any CPU; a GPU with onnxruntime-gpu and CUDA.",
    licence="GPL-3.0-or-later",
    weights_licence="Each voice has its own, named in its model card and shown when it is pulled; some forbid "
    "commercial use.",
    languages=("mul",),
    timings="From the frames of each phoneme, where the model tells them; else by alignment.",
    limits="Sentences are spoken one by one, so chunks may have several; about 400 characters.",
    exercised="Models that the tests make in Piper's format; the weights of a real voice were never loaded.",
    devices=("cpu", "cuda"),
    traps=(
        "Its own code levels the peak of each sentence: the model is called without that.",
        "It falls back to the CPU in silence: the providers of the session are looked at, and that is an error.",
        "It draws random numbers: they are drawn from the seed instead.",
    ),
)


class PiperEngine:
    """Speaks with the Piper voices of ``<voices_dir>/piper``."""

    name: ClassVar[str] = "piper"
    native_timings: ClassVar[bool] = True
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when a package is missing, or the device that was asked for."""
        missing = [
            name for name in ("piper", "onnxruntime", "onnx") if importlib.util.find_spec(name) is None
        ]
        if missing:
            raise EngineUnavailable(
                f"Piper voices need {' and '.join(missing)}: pip install 'piper-tts[alignment]'."
            )
        check_device(context.device, FACTS.title)
        self._context = context
        self._folder = context.voices_dir / self.name
        self._models: dict[str, _Model] = {}

    def voices(self) -> Iterable[Voice]:
        """The voices in the folder; of one with several speakers each is ``id#speaker``, too."""
        for files in installed(self._folder):
            if files.config.get("phoneme_type", "espeak") not in PHONEME_TYPES:
                continue
            yield self._voice(files, "")
            for speaker in files.config.get("speaker_id_map") or {}:
                yield self._voice(files, speaker)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Chunks of a few sentences, batches of two minutes."""
        ipa = self._reads_ipa(voice)
        return limits_by_script(language, characters=400, syllables=120, batch_seconds=120.0, ipa=ipa)

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk. Raises ``SpeechFailed``, ``SettingsError`` for an impossible rate, and
        ``EngineUnavailable`` when the voice is not the one that was listed or pulled."""
        require_rate(options.rate, SLOWEST, FASTEST, "Piper")
        model = self._model(voice)
        for chunk in chunks:
            yield model.take(chunk, voice, options)

    def _voice(self, files: VoiceFiles, speaker: str) -> Voice:
        identity = f"{files.id}{_SPEAKER}{speaker}" if speaker else files.id
        quality = files.config["audio"].get("quality") or files.id.rsplit("-", 1)[-1]
        return Voice(
            name=f"{self.name}:{identity}",
            engine=self.name,
            id=identity,
            languages=files.languages,
            sample_rate=files.config["audio"]["sample_rate"],
            revision=_revision(files),
            quality=_QUALITIES.get(quality, _UNKNOWN_QUALITY) - bool(speaker),
            licence=files.record.licence,
            description=files.config.get("dataset") or "",
        )

    def _reads_ipa(self, voice: Voice) -> bool:
        """Whether its phonemes are IPA; a few voices were made with letters in their place."""
        identity = voice.id.partition(_SPEAKER)[0]
        kinds = [
            files.config.get("phoneme_type", "espeak")
            for files in installed(self._folder)
            if files.id == identity
        ]
        return kinds == ["espeak"]

    def _model(self, voice: Voice) -> _Model:
        identity = voice.id.partition(_SPEAKER)[0]
        model = self._models.pop(identity, None)
        if model is None or model.revision != voice.revision:
            model = _load(self._folder / f"{identity}.onnx", voice, self._context.device)
        self._models[identity] = model  # last in, so that the first is the longest unused
        while len(self._models) > _RESIDENT:
            del self._models[next(iter(self._models))]
        return model


@dataclass(slots=True)
class _Model:
    """A loaded voice."""

    revision: str
    piper: PiperVoice
    session: InferenceSession
    patched: PatchedModel
    phonemes_of: dict[str, list[str]] = field(default_factory=dict)

    def take(self, chunk: Chunk, voice: Voice, options: SpeakingOptions) -> Take:
        """Speak one chunk."""
        words = chunk.words
        unknown = self._unknown(words)
        spoken = [_engine_text(word, word.ipa not in unknown) for word in words]
        text = join_spoken(
            tuple(Word("", said, word.joined) for said, word in zip(spoken, words, strict=True))
        )
        if not text.strip():
            raise SpeechFailed("There is nothing to say in a chunk that was given to Piper.")
        try:
            audio, sounds = self._speak(text, voice, options)
        except SpeechFailed:
            raise
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise SpeechFailed(f"Piper failed on “{text[:60]}”: {error}") from error
        seconds = len(audio) / voice.sample_rate
        if not np.any(audio):
            raise SpeechFailed(f"Piper made no sound for “{text[:60]}”.")
        if seconds > (len(text) * _SECONDS_PER_CHARACTER + _SPARE_SECONDS) / options.rate:
            raise SpeechFailed(f"Piper spoke {seconds:.0f} s for “{text[:60]}”, which cannot be right.")
        doubts = unsayable(words, unknown, f"has a sound that {voice.name} does not know")
        starts = word_starts(spoken, sounds, self._phonemes) if sounds else None
        if starts is None:
            timings = estimate.estimate_timings(words, audio, voice.sample_rate)
            return Take(audio, voice.sample_rate, timings, estimate.SOURCE, doubts)
        timings = timings_from_starts(words, starts, audio, voice.sample_rate)
        return Take(audio, voice.sample_rate, timings, doubts=doubts)

    def _unknown(self, words: Sequence[Word]) -> list[str]:
        """The IPA of words with a symbol that the voice was not trained on: Piper would leave it out."""
        known = self.piper.config.phoneme_id_map
        texts = dict.fromkeys(word.ipa for word in words if word.ipa)
        return [ipa for ipa in texts if any(symbol not in known for symbol in _symbols(ipa))]

    def _speak(self, text: str, voice: Voice, options: SpeakingOptions) -> tuple[Pcm, list[Sound]]:
        """The audio, and the phonemes with their first samples (none when the model does not tell)."""
        pieces: list[Pcm] = []
        sounds: list[Sound] = []
        told = True
        at = 0
        silence = np.zeros(round(SENTENCE_SILENCE / options.rate * voice.sample_rate), np.int16)
        for phonemes in self.piper.phonemize(text):
            if not phonemes:
                continue
            if pieces:
                pieces.append(silence)
                at += len(silence)
            audio, starts = self._sentence(phonemes, voice, options, text, len(pieces))
            told = told and starts is not None
            sounds += [Sound(p, at + start) for p, start in zip(phonemes, starts or (), strict=False)]
            pieces.append(audio)
            at += len(audio)
        if not pieces:
            raise SpeechFailed(f"Piper finds nothing to say in “{text[:60]}”.")
        return np.concatenate(pieces), sounds if told else []

    def _sentence(
        self, phonemes: list[str], voice: Voice, options: SpeakingOptions, *key: object
    ) -> tuple[Pcm, list[int] | None]:
        """The audio of one sentence, and the first sample of each of its phonemes if the model tells."""
        config = self.piper.config
        ids = self.piper.phonemes_to_ids(phonemes)
        feed: dict[str, NDArray[np.generic]] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(
                [config.noise_scale, config.length_scale / options.rate, config.noise_w_scale], np.float32
            ),
        }
        if config.num_speakers > 1:
            speaker = voice.id.partition(_SPEAKER)[2]
            number = config.speaker_id_map[speaker] if speaker else config.default_speaker_id
            feed["sid"] = np.array([number], np.int64)
        if self.patched.noise:
            feed |= draw_noise(len(ids), options.seed, *key)
        wanted = [
            self.session.get_outputs()[0].name,
            *([self.patched.lengths] if self.patched.lengths else []),
        ]
        sound, *frames = self.session.run(wanted, feed)
        wave = sound.reshape(-1)
        if not np.all(np.isfinite(wave)):
            raise SpeechFailed("Piper's model gave numbers that are no sound.")
        audio = np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype(np.int16)
        return audio, self._starts(phonemes, frames[0], len(audio)) if frames else None

    def _starts(self, phonemes: list[str], frames: NDArray[np.float32], samples: int) -> list[int] | None:
        """The first sample of each phoneme, from the frames of each id; None when they do not add up.

        The ids are those of the beginning of the sentence and a pad, then of each phoneme and a pad, then
        of the end; a phoneme that the voice does not know has none.
        """
        from piper.const import BOS, EOS, PAD

        config = self.piper.config
        known = config.phoneme_id_map
        pad = len(known[PAD])
        counts = [len(known[phoneme]) + pad if phoneme in known else 0 for phoneme in phonemes]
        lengths = np.round(frames.reshape(-1) * config.hop_length).astype(np.int64)
        before = len(known[BOS]) + pad
        if before + sum(counts) + len(known[EOS]) != len(lengths):
            return None
        if abs(int(lengths.sum()) - samples) > config.hop_length:
            return None
        begins = np.concatenate([[0], np.cumsum(lengths)])
        return [int(begin) for begin in begins[before + np.cumsum([0, *counts[:-1]])]]

    def _phonemes(self, text: str) -> list[str]:
        """Of one word by itself."""
        if text not in self.phonemes_of:
            if len(self.phonemes_of) >= _REMEMBERED_WORDS:
                self.phonemes_of.clear()
            self.phonemes_of[text] = [p for sentence in self.piper.phonemize(text) for p in sentence]
        return self.phonemes_of[text]


def _engine_text(word: Word, ipa: bool) -> str:
    """What Piper is given for a word: its sounds where they are known, else plain text."""
    if not word.ipa or not ipa or not word.spoken:
        return plain_text(word.spoken)
    return f"[[{_symbols(word.ipa)}]]{punctuation_after(plain_text(word.spoken))}"


def _symbols(ipa: str) -> str:
    """IPA as Piper's voices have it: taken apart (NFD), without ties and syllable marks."""
    return unicodedata.normalize("NFD", ipa).translate(_SAME_SYMBOL)


def plain_text(text: str) -> str:
    """What Piper may read: no control characters, and nothing that it takes for phonemes."""
    return _PHONEME_BLOCK.sub("[ ", _UNSPEAKABLE.sub(" ", text))


def _revision(files: VoiceFiles, model_sha256: str = "") -> str:
    model = model_sha256 or files.record.sha256
    return f"{DRIVER}.{PATCH}-{version('piper-tts')}-{model[:16]}-{files.config_sha256[:8]}"


def _load(path: Path, voice: Voice, device: str) -> _Model:
    """Load a voice after checking that it is the one that was pulled, and the one that was asked for."""
    from piper import PiperVoice
    from piper.config import PiperConfig

    try:
        files = read_voice(path)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"The voice “{voice.name}” is not installed here: {error}.") from error
    found = hashlib.sha256(data).hexdigest()
    if files.record.pulled_sha256 not in ("", found):
        raise EngineUnavailable(f"The model of “{voice.name}” is not the one that was pulled: pull it again.")
    if _revision(files, found) != voice.revision:
        raise EngineUnavailable(
            f"The voice “{voice.name}” was changed since it was listed: start the production again."
        )
    patched = patch_model(data, voice.name)
    try:
        config = PiperConfig.from_dict(files.config)
    except Exception as error:  # whatever a damaged configuration makes of it
        raise EngineUnavailable(f"The voice “{voice.name}” cannot be loaded: {error}") from error
    session = open_session(patched.data, device, FACTS.title, voice.name)
    piper = PiperVoice(session=session, config=config, download_dir=path.parent)
    return _Model(voice.revision, piper, session, patched)
