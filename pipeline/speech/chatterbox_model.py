"""A loaded Chatterbox: recordings become conditionals once, texts become audio, everything marked.

The library's own classes do the work. What is done around them: nothing is downloaded, a voice is listened to once,
the random numbers come from the call, hooks that the multilingual model leaves behind are taken away, and the
watermark is proven to be one before anything is spoken.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.pulling.files import hash_file
from pipeline.speech.chatterbox_files import CANGJIE, ENGLISH, FILES, OWN_VOICE, PKUSEG, ChatterboxModel

logger = logging.getLogger(__name__)

SAMPLE_RATE = 24_000
REPETITION = {ENGLISH: 1.2}
REPETITION_MULTILINGUAL = 2.0
MIN_P, TOP_P = 0.05, 1.0
"""The library's own, given with every call: its defaults may change."""
NO_GUIDANCE = 1e-6
"""In place of 0, with which the English model fails: it then makes one row where its first step has two."""

Wave = NDArray[np.float32]


class LoadedChatterbox:
    """A model on its device. Not thread-safe."""

    def __init__(self, files: ChatterboxModel, device: str) -> None:
        """Load it. Raises ``EngineUnavailable``."""
        self.digest = files.digest
        self._files = files
        self._device = device
        self._model = _load(files, device)
        self._voices: dict[tuple[str, float], Any] = {}
        self._own = self._model.conds
        self._watermarker = self._model.watermarker
        prove_watermark(self._watermarker)
        self._model.watermarker = _Later()

    def speak(
        self, text: str, language: str, clip: tuple[str, Path] | None, numbers: Mapping[str, float], seed: int
    ) -> Wave:
        """One text (24,000 Hz), not marked yet. ``clip`` is a recording with its hash, None for the model's own.

        Raises ``SpeechFailed``.
        """
        import torch

        exaggeration = numbers["exaggeration"]
        self._model.conds = self._conditionals(clip, exaggeration)
        more: dict[str, Any] = {
            "repetition_penalty": REPETITION.get(self._files.name, REPETITION_MULTILINGUAL)
        }
        if self._files.name != ENGLISH:
            more["language_id"] = language
        torch.manual_seed(seed)
        try:
            with without_leftovers(self._model.t3.tfmr):
                sound = self._model.generate(
                    text,
                    exaggeration=exaggeration,
                    cfg_weight=max(numbers["cfg_weight"], NO_GUIDANCE),
                    temperature=numbers["temperature"],
                    min_p=MIN_P,
                    top_p=TOP_P,
                    **more,
                )
        except torch.cuda.OutOfMemoryError as error:
            raise SpeechFailed(f"The GPU has not enough memory for “{text[:60]}” in Chatterbox.") from error
        except Exception as error:  # of tokenizers, transformers and torch
            raise SpeechFailed(f"Chatterbox failed on “{text[:60]}”: {error}") from error
        return np.asarray(sound.reshape(-1).float().numpy(), np.float32)

    def mark(self, sound: Wave) -> Wave:
        """With the watermark, which is put in last: what is done to a sound afterwards may wear it off."""
        return np.asarray(self._watermarker.apply_watermark(sound, sample_rate=SAMPLE_RATE), np.float32)

    def _conditionals(self, clip: tuple[str, Path] | None, exaggeration: float) -> Any:
        """What the model is told of a voice. Made once: the library would listen to the recording at each call."""
        key = (clip[0] if clip else "", exaggeration)
        if key not in self._voices:
            if clip is None:
                self._voices[key] = self._own
            else:
                try:
                    self._model.prepare_conditionals(str(clip[1]), exaggeration=exaggeration)
                except Exception as error:  # of librosa and torch
                    raise EngineUnavailable(
                        f"The recording {clip[1].name} cannot be made a voice of Chatterbox: {error}"
                    ) from error
                self._voices[key] = self._model.conds
        kept = self._voices[key]
        return type(kept)(kept.t3, dict(kept.gen))  # the library changes what it is given


class _Later:
    """In the place where the library marks: that is done once the sound is finished (``LoadedChatterbox.mark``)."""

    def apply_watermark(self, sound: Wave, sample_rate: int) -> Wave:
        """As it is."""
        return sound


def require_watermark(perth: ModuleType) -> None:
    """Raise ``EngineUnavailable`` when the watermark's package came without what marks.

    Its import of ``pkg_resources`` fails with newer setuptools, which it hides: the name is then None. Some
    installations put its stand-in, which marks nothing, in that place.
    """
    found = getattr(perth, "PerthImplicitWatermarker", None)
    if found is None or found is getattr(perth, "DummyWatermarker", None):
        raise EngineUnavailable(
            "Chatterbox's watermark (the package resemble-perth) is not active here: install setuptools<81, without "
            "which it hides that it cannot be loaded."
        )


def prove_watermark(watermarker: Any) -> None:
    """Mark two seconds of a sound like a voice, and find the mark. Raises ``EngineUnavailable``."""
    sound = _like_a_voice()
    marked = watermarker.apply_watermark(sound, sample_rate=SAMPLE_RATE)
    before, after = (
        float(np.mean(watermarker.get_watermark(x, sample_rate=SAMPLE_RATE, round=False)))
        for x in (sound, marked)
    )
    if not before < 0.5 < after:
        raise EngineUnavailable(
            f"Chatterbox's watermark is not what it says: it was found in {after:.0%} of a marked sound and in "
            f"{before:.0%} of an unmarked one; reinstall the package resemble-perth."
        )


@contextmanager
def without_leftovers(transformer: Any) -> Iterator[None]:
    """Take away the hooks that the multilingual model puts on its layers at each call and never removes.

    Each keeps the attentions of its call in memory, and all of them run at every step after it.
    """
    layers = [layer.self_attn for layer in transformer.layers] if hasattr(transformer, "layers") else []
    before = [set(layer._forward_hooks) for layer in layers]
    try:
        yield
    finally:
        for layer, known in zip(layers, before, strict=True):
            for added in set(layer._forward_hooks) - known:
                del layer._forward_hooks[added]


def _like_a_voice() -> Wave:
    """Harmonics in syllables, over a little noise: in what is silent between them anything would be found."""
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    harmonics = sum(np.sin(2 * np.pi * 140 * n * time + n) / n for n in range(1, 20))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * time)
    noise = np.random.RandomState(0).standard_normal(len(time))
    sound = 0.3 * harmonics * syllables + 0.02 * noise
    return np.asarray(0.5 * sound / np.abs(sound).max(), np.float32)


def _load(files: ChatterboxModel, device: str) -> Any:
    os.environ.setdefault("TQDM_DISABLE", "1")  # a bar for each chunk
    _verify(files)
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")  # of libraries about each other
        try:
            import perth

            require_watermark(perth)
            if files.name == ENGLISH:
                from chatterbox.tts import ChatterboxTTS as Kind
            else:
                from chatterbox.mtl_tts import ChatterboxMultilingualTTS as Kind
            stack.enter_context(_offline(files.folder))
            model = Kind.from_local(files.folder, device)
        except EngineUnavailable:
            raise
        except Exception as error:  # whatever damaged weights or other releases of its libraries make of it
            raise EngineUnavailable(
                f"The {files.name} model of Chatterbox cannot be loaded: {error}"
            ) from error
    if model.conds is None and (files.folder / OWN_VOICE).exists():
        raise EngineUnavailable(f"{files.folder / OWN_VOICE} is not a voice of Chatterbox: pull it again.")
    return model


def _verify(files: ChatterboxModel) -> None:
    """What was pulled is what is read, bit for bit."""
    for name, record in zip(FILES[files.name], files.records, strict=True):
        if record.pulled_sha256 and hash_file(files.folder / name) != record.pulled_sha256:
            raise EngineUnavailable(f"{files.folder / name} is not the file that was pulled: pull it again.")


@contextmanager
def _offline(folder: Path) -> Iterator[None]:
    """The tokenizer looks for its tables in the network, even for languages without: they are in the folder."""
    tokenizer: Any = sys.modules["chatterbox.models.tokenizers.tokenizer"]
    converter = tokenizer.ChineseCangjieConverter
    before = tokenizer.hf_hub_download, converter._init_segmenter

    def local(*_: object, filename: str, **__: object) -> str:
        if filename != CANGJIE or not (folder / CANGJIE).is_file():
            raise FileNotFoundError(f"{filename} is not in {folder}")
        return str(folder / CANGJIE)

    tokenizer.hf_hub_download = local
    converter._init_segmenter = _segmenter(folder)
    try:
        yield
    finally:
        tokenizer.hf_hub_download = before[0]
        converter._init_segmenter = before[1]


def _segmenter(folder: Path) -> Callable[[Any], None]:
    def begin(converter: Any) -> None:
        converter.segmenter = None
        if (folder / PKUSEG).is_dir():
            from spacy_pkuseg import pkuseg

            converter.segmenter = pkuseg(model_name=str(folder / PKUSEG))

    return begin
