"""Kokoro: small neural voices, natural and quick, with exact timings in every language.

Exercised with tiny random weights only, in ONNX Runtime and in the real library: real weights were never loaded.
``kokoro_letters`` tells what it is given to read, ``kokoro_net`` what runs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pipeline.align import estimate
from pipeline.align.engine_timings import timings_from_starts
from pipeline.errors import EngineUnavailable, SettingsError, SpeechFailed
from pipeline.model import Chunk, Pcm, SpeakingOptions, Take, Voice, Word
from pipeline.pulling.files import hash_file
from pipeline.speech.engine import EngineContext, EngineLimits, limits_by_script, require_rate, unsayable
from pipeline.speech.facts import EngineFacts
from pipeline.speech.kokoro_files import (
    KokoroModel,
    Style,
    blend,
    installed,
    read_config,
    read_style,
    style_hash,
)
from pipeline.speech.kokoro_letters import LANGUAGES, by, ipa_letters, letters_of, offered, pieces, writer
from pipeline.speech.kokoro_net import FRAME_SAMPLES, Net, check_runtime, load_net, runtime_version
from pipeline.speech.onnx_noise import PATCH
from pipeline.speech.piper import plain_text
from pipeline.speech.piper_words import Sound, word_starts
from pipeline.speech.voices import is_syllabic

DRIVER = 1
"""Part of every voice's revision: raise it when this module makes Kokoro sound different."""

SAMPLE_RATE = 24_000
SLOWEST, FASTEST = 0.5, 2.0
MOST_LETTERS = 510
"""In one call; with the marks of its two ends 512 (``max_position_embeddings``)."""
COMFORTABLE = 400
"""Beyond about that many it begins to rush, says its own page of voices (VOICES.md)."""

_BEST = {"af_heart": 5, "af_bella": 4, "af_nicole": 3, "bf_emma": 3, "ff_siwis": 3}
"""Voices that its makers grade B- and better (VOICES.md), for the choice by ``auto``."""
_QUALITY = 45
_SEPARATOR = "\N{MIDDLE DOT}"
_REMEMBERED_WORDS = 20_000
_MOST_SECONDS_PER_LETTER, _SPARE_SECONDS = 1.0, 10.0

FACTS = EngineFacts(
    title="Kokoro",
    homepage="https://github.com/hexgrad/kokoro",
    about="Neural voices of 82 million parameters: more natural than Piper's, quick on a GPU, and on a CPU still "
    "faster than speech. Fifty-four voices in nine languages, and any mixture of them.",
    hardware="A CPU of a few years ago, or any GPU with 2 GB.",
    licence="Apache-2.0",
    weights_licence="Apache-2.0, voices included.",
    languages=tuple(LANGUAGES.values()),
    timings="From the frames (1/40 s) of each phoneme, in every language; by alignment where an ONNX model does not "
    "tell them.",
    limits="510 phonemes in one call: longer chunks are said in parts, cut where the text pauses, from 400 on.",
    exercised="Tiny random weights: as ONNX in ONNX Runtime, and in the library itself (kokoro 0.9.4, PyTorch "
    "on a CPU). The published weights were never loaded, and no GPU was at hand.",
    extra="kokoro",
    devices=("cpu", "cuda"),
    traps=(
        "The library cuts off what is beyond 510 phonemes, and says so in its log only: texts are split before that, "
        "and a call with more is refused.",
        "It can do only one text at a time.",
        "It draws random numbers: they are drawn from the text and the seed instead.",
        "It loads weights that fit in part only: whatever is missing is an error.",
        "Some ONNX models take whole rates only, and would round others: that is refused.",
        "ONNX Runtime falls back to the CPU in silence: the providers of the session are looked at.",
        "misaki, which writes its phonemes, would download a model of spaCy by itself: only one that is installed is "
        "used, and without it espeak writes them.",
        "It would download voices and weights by name: it is given files only, and pickles are read as weights only.",
    ),
)


class KokoroEngine:
    """Speaks with the model and the voices of ``<voices_dir>/kokoro``."""

    name: ClassVar[str] = "kokoro"
    native_timings: ClassVar[bool] = True
    hidden: ClassVar[bool] = False
    facts: ClassVar[EngineFacts] = FACTS

    def __init__(self, context: EngineContext) -> None:
        """Raise ``EngineUnavailable`` when what the model runs in is missing, or the device that was asked for."""
        self._folder = context.voices_dir / self.name
        self._device = context.device
        self._loaded: _Loaded | None = None
        self._installed()

    def voices(self) -> Iterable[Voice]:
        """Those with a style in the folder, in languages that can be written in phonemes here."""
        model = self._installed()
        for name in model.styles if model else ():
            if model and offered(name[0]):
                yield self._voice(model, name, ((name, 1.0),))

    def mixed(self, identity: str) -> Voice | None:
        """The voice of a mixture, ``af_bella(2)+af_sky``: two parts of the one and one of the other."""
        model, parts = self._installed(), blend(identity)
        if not model or not parts or not all(name in model.styles and offered(name[0]) for name, _ in parts):
            return None
        return self._voice(model, identity, parts)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Chunks that are mostly one call."""
        ipa = not is_syllabic(language)
        return limits_by_script(language, characters=350, syllables=120, batch_seconds=120.0, ipa=ipa)

    def speak(self, chunks: Sequence[Chunk], voice: Voice, options: SpeakingOptions) -> Iterable[Take]:
        """One take for each chunk. Raises ``SpeechFailed``, ``SettingsError`` for an impossible rate, and
        ``EngineUnavailable`` when the voice is not the one that was listed or pulled."""
        require_rate(options.rate, SLOWEST, FASTEST, "Kokoro")
        speaker = self._speaker(voice)
        for chunk in chunks:
            yield speaker.take(chunk, voice, options)

    def _installed(self) -> KokoroModel | None:
        model = installed(self._folder)
        if model:
            check_runtime(model.path, self._device)
        return model

    def _voice(self, model: KokoroModel, identity: str, parts: Sequence[tuple[str, float]]) -> Voice:
        language = parts[0][0][0]
        return Voice(
            name=f"{self.name}:{identity}",
            engine=self.name,
            id=identity,
            languages=(LANGUAGES[language],),
            sample_rate=SAMPLE_RATE,
            revision=_revision(model, parts),
            quality=_QUALITY + max(_BEST.get(name, 0) for name, _ in parts) - (len(parts) > 1),
            gender={"f": "female", "m": "male"}.get(parts[0][0][1], ""),
            licence=model.record.licence or "Apache-2.0",
        )

    def _speaker(self, voice: Voice) -> _Speaker:
        model, parts = self._installed(), blend(voice.id)
        if not model or not parts or any(name not in model.styles for name, _ in parts):
            raise EngineUnavailable(f"The voice “{voice.name}” is not installed here.")
        if _revision(model, parts) != voice.revision:
            raise EngineUnavailable(
                f"The voice “{voice.name}” was changed since it was listed: start the production again."
            )
        if self._loaded is None or self._loaded.model != model.record.sha256:
            self._loaded = None  # before the new one is loaded, so that there are never two
            self._loaded = _load(model, self._device)
        if voice.id not in self._loaded.styles:
            self._loaded.styles[voice.id] = sum_of(
                [(read_style(model.styles[name], name), share) for name, share in parts], voice.name
            )
        return _Speaker(self._loaded.net, self._loaded.styles[voice.id], parts[0][0][0], self._loaded.letters)


@dataclass(slots=True)
class _Loaded:
    """A model in memory."""

    model: str
    net: Net
    styles: dict[str, Style] = field(default_factory=dict)
    letters: dict[tuple[str, str], str] = field(default_factory=dict)
    """Of words by themselves, by language and text."""


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A loaded voice."""

    net: Net
    style: Style
    language: str
    remembered: dict[tuple[str, str], str]

    def take(self, chunk: Chunk, voice: Voice, options: SpeakingOptions) -> Take:
        """Speak one chunk."""
        words = chunk.words
        unknown = self._unknown(words)
        text = "".join(
            letter for letter in letters_of(words, self.language, unknown) if letter in self.net.numbers
        )
        parts = [part for part in pieces(text, COMFORTABLE) if any(letter.isalpha() for letter in part)]
        if not parts:
            raise SpeechFailed(f"Kokoro finds nothing to say in “{chunk.spoken[:60]}”.")
        spoken = [self._say(part, options, place) for place, part in enumerate(parts)]
        audio = np.concatenate([sound for sound, _ in spoken])
        seconds = len(audio) / SAMPLE_RATE
        if not np.any(audio):
            raise SpeechFailed(f"Kokoro made no sound for “{chunk.spoken[:60]}”.")
        if seconds > (len(text) * _MOST_SECONDS_PER_LETTER + _SPARE_SECONDS) / options.rate:
            raise SpeechFailed(
                f"Kokoro spoke {seconds:.0f} s for “{chunk.spoken[:60]}”, which cannot be right."
            )
        doubts = unsayable(words, unknown, f"has a sound that {voice.name} does not know")
        starts = self._starts(words, unknown, parts, spoken)
        if starts is None:
            timings = estimate.estimate_timings(words, audio, SAMPLE_RATE)
            return Take(audio, SAMPLE_RATE, timings, estimate.SOURCE, doubts)
        return Take(audio, SAMPLE_RATE, timings_from_starts(words, starts, audio, SAMPLE_RATE), doubts=doubts)

    def _say(
        self, letters: str, options: SpeakingOptions, place: int
    ) -> tuple[Pcm, NDArray[np.int64] | None]:
        """The samples of a piece, and the frames of its ends and letters if the model tells and they add up."""
        if len(letters) > MOST_LETTERS:
            raise SpeechFailed(
                f"A piece of {len(letters)} phonemes was made for Kokoro, which takes {MOST_LETTERS}."
            )
        ids = [0, *(self.net.numbers[letter] for letter in letters), 0]
        style = self.style[min(len(letters), len(self.style)) - 1]
        try:
            sound, frames = self.net.run(ids, style, options.rate, (options.seed, letters, place))
        except (SpeechFailed, SettingsError):
            raise
        except Exception as error:  # neither runtime's errors have a common class
            raise SpeechFailed(f"Kokoro failed on “{letters[:60]}”: {error}") from error
        if not np.all(np.isfinite(sound)):
            raise SpeechFailed("Kokoro's model gave numbers that are no sound.")
        audio = np.round(np.clip(sound, -1.0, 1.0) * 32767.0).astype(np.int16)
        if frames is not None and (
            len(frames) != len(ids) or abs(int(frames.sum()) * FRAME_SAMPLES - len(audio)) > FRAME_SAMPLES
        ):
            frames = None
        return audio, frames

    def _starts(
        self,
        words: Sequence[Word],
        unknown: Sequence[str],
        parts: Sequence[str],
        spoken: Sequence[tuple[Pcm, NDArray[np.int64] | None]],
    ) -> list[int | None] | None:
        """The first sample of each word, None where that cannot be told."""
        sounds: list[Sound] = []
        at = 0
        for letters, (audio, frames) in zip(parts, spoken, strict=True):
            if frames is None:
                return None
            begins = at + FRAME_SAMPLES * np.cumsum(frames)  # the first frames are those of the beginning
            sounds += [Sound(letter, int(begin)) for letter, begin in zip(letters, begins, strict=False)]
            at += len(audio)
        known = [word.ipa if word.ipa and word.ipa not in unknown else "" for word in words]
        said = [
            f"{_SEPARATOR}{ipa}" if ipa and word.spoken else plain_text(word.spoken)
            for word, ipa in zip(words, known, strict=True)
        ]
        return word_starts(said, sounds, self._alone)

    def _alone(self, text: str) -> str:
        """The letters of one word by itself, which is told in IPA after a separator."""
        key = (self.language, text)
        if key not in self.remembered:
            if len(self.remembered) >= _REMEMBERED_WORDS:
                self.remembered.clear()
            told = text.startswith(_SEPARATOR)
            self.remembered[key] = (
                ipa_letters(text[1:], self.language) if told else writer(self.language)(text)
            )
        return self.remembered[key]

    def _unknown(self, words: Sequence[Word]) -> list[str]:
        """The IPA of words with a letter that the model does not have."""
        texts = dict.fromkeys(word.ipa for word in words if word.ipa)
        return [
            ipa for ipa in texts if any(x not in self.net.numbers for x in ipa_letters(ipa, self.language))
        ]


def sum_of(styles: Sequence[tuple[Style, float]], name: str) -> Style:
    """Styles, each by its share. Raises ``EngineUnavailable`` when they are of different models."""
    if len({style.shape for style, _ in styles}) > 1:
        raise EngineUnavailable(f"The voices of “{name}” are of different models and cannot be mixed.")
    return np.asarray(sum(style * share for style, share in styles), np.float32)


def _revision(model: KokoroModel, parts: Sequence[tuple[str, float]]) -> str:
    shares = "+".join(f"{style_hash(model.styles[name])[:8]}{share:.4g}" for name, share in parts)
    names = "+".join(name for name, _ in parts)
    config = "".join(style_hash(path)[:8] for path in (model.path.parent / "config.json",) if path.exists())
    runtime = f"{DRIVER}.{PATCH}-{runtime_version(model.path)}-{by(parts[0][0][0])}"
    return f"{runtime}-{model.record.sha256[:16]}-{config}-{names}-{shares}"


def _load(model: KokoroModel, device: str) -> _Loaded:
    """Load a model after checking that it is the one that was pulled."""
    found = hash_file(model.path)
    if model.record.pulled_sha256 not in ("", found) or found != model.record.sha256:
        raise EngineUnavailable(f"The model {model.path.name} is not the one that was pulled: pull it again.")
    config = read_config(model.path.parent)
    return _Loaded(
        found, load_net(model.path, model.path.read_bytes() if model.is_onnx else b"", config, device)
    )
