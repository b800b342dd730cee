"""A loaded model of coqui-tts, with its vocoder: texts become audio."""

from __future__ import annotations

import copy
import os
import pickle
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Pcm
from pipeline.speech.coqui_files import CoquiFiles
from pipeline.speech.espeak_library import find_library
from pipeline.speech.xtts_decode import Tensor

_FOREIGN = re.compile(r"\(.+?\)")
"""espeak marks words of other languages so."""


class CoquiModel:
    """The model on its device. Not thread-safe."""

    def __init__(self, files: CoquiFiles, device: str) -> None:
        """Load it. Raises ``EngineUnavailable``."""
        self.digest = files.digest
        self._files = files
        try:
            bring_espeak()
            self._model, self._config = load_model(files, "TTS.tts.models")
            self._vocoder = load_model(files.vocoder, "TTS.vocoder.models")[0] if files.vocoder else None
        except ImportError as error:
            raise EngineUnavailable(f"The Coqui model {files.id} cannot be loaded: {error}.") from error
        self._model.to(device)
        if self._vocoder is not None:
            self._vocoder.to(device)
        self._device = device
        if files.encoder:  # each recording is heard once: their files are named by their hashes
            manager = self._model.speaker_manager
            manager.compute_embedding_from_clip = cache(manager.compute_embedding_from_clip)
        self._pace = getattr(self._model, "length_scale", None)
        """The model's own, 1 for most."""

    @property
    def rated(self) -> bool:
        """Whether it can speak faster and slower."""
        return self._pace is not None

    def language(self, tag: str) -> str | None:
        """What the model calls a language (BCP 47); None when it has one only."""
        names = [str(name) for name in self._model.language_manager.language_names]
        if len(names) < 2:
            return None
        wanted = tag.lower()
        ranked = [name for name in names if name.lower() == wanted] + [
            name for name in names if name.lower().partition("-")[0] == wanted.partition("-")[0]
        ]
        if not ranked:
            raise SpeechFailed(f"The Coqui model {self._files.id} does not speak “{tag}”.")
        return ranked[0]

    def speak(self, text: str, tag: str, speaker: str | Path, seed: int, rate: float) -> tuple[Pcm, str]:
        """The audio, and the letters that the model does not know and left out; ``speaker`` is one of its own, or a
        recording of somebody. Raises ``SpeechFailed``."""
        import torch

        language = self.language(tag)
        tokenizer = self._model.tokenizer
        tokenizer.not_found_characters = []
        if self._pace is not None:
            self._model.length_scale = self._pace / rate
        try:
            with torch.inference_mode(), own_chance(seed, self._device):
                if not self._says_something(text, language):
                    raise SpeechFailed(f"The Coqui model {self._files.id} knows no letter of “{text[:60]}”.")
                made = self._model.synthesize(
                    text,
                    language=language,
                    use_griffin_lim=self._vocoder is None,
                    **(self._like(speaker) if isinstance(speaker, Path) else {"speaker": speaker or None}),
                )
                self._require_end(made, text)
                wave = (
                    made["wav"]
                    if self._vocoder is None
                    else self._vocoded(made["outputs"]["model_outputs"][0])
                )
        except SpeechFailed:
            raise
        except Exception as error:  # the library has no common class
            if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
                raise
            raise SpeechFailed(
                f"The Coqui model {self._files.id} failed on “{text[:60]}”: {error}"
            ) from error
        wave = np.asarray(wave, np.float32).reshape(-1)
        if not np.all(np.isfinite(wave)):
            raise SpeechFailed(f"The Coqui model {self._files.id} gave numbers that are no sound.")
        unknown = "".join(c for c in tokenizer.not_found_characters if unicodedata.category(c)[0] in "LN")
        return np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype(np.int16), unknown

    def _like(self, recording: Path) -> dict[str, Any]:
        """What tells the library to speak like the person of a recording: where a model has one speaker of its own,
        it would take that one without a word."""
        import torch

        heard = self._model.speaker_manager.compute_embedding_from_clip(os.fspath(recording))
        vector = torch.tensor(heard, device=self._device)[None]
        return {
            "speaker_wav": os.fspath(recording),
            "extra_aux_input": {"speaker_ids": None, "d_vectors": vector},
        }

    def _says_something(self, text: str, language: str | None) -> bool:
        """Whether any of the text's letters, or phonemes, is one that the model has."""
        tokenizer = self._model.tokenizer
        names = self._model.language_manager.language_names
        if language is None and len(names) == 1:
            language = names[0]
        characters = tokenizer.characters
        marks = {getattr(characters, f"{mark}_id", None) for mark in ("pad", "bos", "eos", "blank")}
        ids = tokenizer.text_to_ids(text, language=language)
        said = [str(characters.id_to_char(one)) for one in ids if one not in marks]
        return any(unicodedata.category(character)[0] in "LN" for one in said for character in one)

    def _require_end(self, made: dict[str, Any], text: str) -> None:
        """Tacotron and its kin stop at a fixed length with a note in the log."""
        most = getattr(getattr(self._model, "decoder", None), "max_decoder_steps", None)
        if most is None:
            return
        per_step = int(getattr(self._model.decoder, "r", 1) or 1)
        frames = int(made["outputs"]["model_outputs"].shape[1])
        if frames >= most * per_step:
            raise SpeechFailed(f"The Coqui model {self._files.id} came to no end with “{text[:60]}”.")

    def _vocoded(self, spectrogram: Tensor) -> Tensor:
        """What the model drew, as sound: from its scale to the vocoder's, as the library's ``Synthesizer`` does."""
        import torch
        from TTS.utils.audio import AudioProcessor
        from TTS.vocoder.utils.generic_utils import interpolate_vocoder_input

        files = self._files.vocoder
        vocoder = self._vocoder
        assert files is not None
        assert vocoder is not None
        own, theirs = self._model.ap, AudioProcessor(vocoder.config.audio)
        drawn = theirs.normalize(own.denormalize(spectrogram.detach().cpu().numpy().T))
        scale = [1, theirs.sample_rate / own.sample_rate]
        given = torch.tensor(drawn)[None] if scale[1] == 1 else interpolate_vocoder_input(scale, drawn)
        return vocoder.inference(given.to(self._device)).cpu().numpy()


@contextmanager
def own_chance(seed: int, device: str) -> Iterator[None]:
    """Random numbers of torch and NumPy that depend on the seed alone; afterwards they go on as before."""
    import torch

    before = np.random.get_state()
    with torch.random.fork_rng(devices=[device] if device != "cpu" else []):
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            np.random.set_state(before)


def load_model(files: CoquiFiles, package: str) -> tuple[Any, Any]:
    """A model or a vocoder, and its configuration."""
    from importlib import import_module

    from TTS.config import _process_model_name, register_config

    try:
        config = register_config(_process_model_name(files.config).lower())()
        config.from_dict(copy.deepcopy(files.config))
        model = import_module(package).setup_model(config)
        model.load_checkpoint(config, checkpoint_path=os.fspath(files.weights), eval=True)
    except pickle.UnpicklingError as error:
        raise EngineUnavailable(
            f"{files.weights} is refused: it has more in it than weights, and reading it could run what somebody "
            "put there; get the model from its makers."
        ) from error
    except ImportError:
        raise
    except Exception as error:  # the library has no common class
        raise EngineUnavailable(f"The Coqui model {files.id} cannot be loaded: {error}") from error
    model.train(False)
    return model, config


def bring_espeak() -> None:
    """Phonemes from our own espeak-ng: the library calls a command that many hosts do not have."""
    from TTS.tts.utils.text import phonemizers
    from TTS.tts.utils.text.phonemizers.base import BasePhonemizer

    if getattr(phonemizers.PHONEMIZERS.get("espeak"), "ours", False):
        return

    class Espeak(BasePhonemizer):  # type: ignore[misc]
        """espeak-ng in this process."""

        ours = True

        def __init__(self, language: str, keep_puncs: bool = True, **_: Any) -> None:
            names = {"en": "en-us", "zh-cn": "cmn"}  # the library's own choice
            super().__init__(names.get(language, language), keep_puncs=keep_puncs)

        @staticmethod
        def name() -> str:
            return "espeak"

        @classmethod
        def is_available(cls) -> bool:
            return True

        def version(self) -> str:
            return find_library().revision

        @staticmethod
        def supported_languages() -> list[str]:
            return []

        def is_supported_language(self, language: str) -> bool:
            find_library().transcribed(["a"], language)
            return True

        def _phonemize(self, text: str, separator: str = "") -> str:
            said = _FOREIGN.sub("", find_library().transcribed([text], self.language)[0])
            return separator.join(said.strip()) if separator else said.strip()

    phonemizers._register_phonemizers()
    phonemizers.PHONEMIZERS["espeak"] = Espeak
