"""Tortoise of coqui-tts: several samples of every text, the best of them drawn by diffusion; slow, and English only.

Its makers publish parts and no configuration:

    <voices_dir>/coqui/tts_models--en--multi-dataset--tortoise-v2/
        .models/autoregressive.pth  diffusion_decoder.pth  clvp2.pth  vocoder.pth  [rlg_auto.pth  rlg_diffuser.pth]
        data/mel_norms.pth

The parts may also stand in the folder itself. With the last two of ``.models`` it has a voice of its own, drawn once
by chance; without them it speaks like recordings only. Tested only with models of random weights.
"""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.audio.wav import open_wav
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Pcm
from pipeline.speech.coqui_files import CoquiFiles
from pipeline.speech.coqui_model import own_chance
from pipeline.speech.xtts_decode import Tensor

SAMPLES, STEPS = 16, 30
"""Samples of each text of which the best is taken, and steps of diffusion: the library's ``ultra_fast`` has as many
samples, and its own configuration both. Passed in full, because its two ways to speak have other defaults each."""
MOST = 500
"""Tokens of audio, 46 ms each."""
SETTINGS = {
    "num_autoregressive_samples": SAMPLES,
    "diffusion_iterations": STEPS,
    "temperature": 0.2,
    "length_penalty": 1.0,
    "repetition_penalty": 2.0,
    "top_p": 0.8,
    "cond_free": True,
    "cond_free_k": 2.0,
    "diffusion_temperature": 1.0,
    "sampler": "ddim",
    "max_mel_tokens": MOST,
}
TOKENS = 348
"""The part that chooses among the samples hears 350 tokens of text, two of which are added."""
_OWN_VOICE = 0
"""The seed of the voice of its own: one for every text, or each chunk would have another."""
_HEARD = (22_050, 24_000)
"""Hz at which its two parts listen to a recording."""


class TortoiseModel:
    """The model on its device. Not thread-safe."""

    rated = False
    """Whether it can speak faster and slower."""

    def __init__(self, files: CoquiFiles, device: str) -> None:
        """Load it. Raises ``EngineUnavailable``."""
        self.digest = files.digest
        self._files = files
        self._device = device
        self._model = _loaded(files).to(device)
        self._voices: dict[Path | None, Any] = {}

    def speak(self, text: str, tag: str, speaker: str | Path, seed: int, rate: float) -> tuple[Pcm, str]:
        """The audio, and nothing: it knows all letters of English. ``speaker`` is a recording of somebody, or empty.
        Raises ``SpeechFailed``."""
        import torch

        if tag.partition("-")[0].lower() != "en":
            raise SpeechFailed(f"The Coqui model {self._files.id} does not speak “{tag}”.")
        plain = text.translate(_NO_TOKENS)
        tokens = len(self._model.tokenizer.encode(plain))
        if not tokens:
            raise SpeechFailed(f"The Coqui model {self._files.id} knows no letter of “{text[:60]}”.")
        if tokens > TOKENS:
            raise SpeechFailed(
                f"The Coqui model {self._files.id} takes {TOKENS} tokens at once, and “{text[:60]}” has {tokens}."
            )
        try:
            with torch.inference_mode(), _chance(seed, self._device):
                made = self._model.inference(
                    plain,
                    conditioning_latents=self._voice(speaker if isinstance(speaker, Path) else None),
                    verbose=False,
                    use_deterministic_seed=seed % 2**32,  # unless given, it is the time of day
                    half=False,
                    **SETTINGS,
                )
        except SpeechFailed:
            raise
        except Exception as error:  # the library has no common class
            if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
                raise
            raise SpeechFailed(
                f"The Coqui model {self._files.id} failed on “{text[:60]}”: {error}"
            ) from error
        wave = made["wav"].float().cpu().numpy().reshape(-1)
        if not np.all(np.isfinite(wave)):
            raise SpeechFailed(f"The Coqui model {self._files.id} gave numbers that are no sound.")
        if len(wave) >= self._longest():
            raise SpeechFailed(f"The Coqui model {self._files.id} came to no end with “{text[:60]}”.")
        return np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype(np.int16), ""

    def _longest(self) -> int:
        """Samples of a take that did not end: the library only writes a note."""
        hop: int = self._model.vocoder.hop_length
        return MOST * 4 * 24_000 // 22_050 * hop

    def _voice(self, recording: Path | None) -> tuple[Tensor, Tensor]:
        """What both parts know of who speaks; each once in a process, by a seed of its own."""
        if recording not in self._voices:
            with _chance(_OWN_VOICE, self._device):
                self._voices[recording] = self._heard(recording) if recording else self._own()
        found: tuple[Tensor, Tensor] = self._voices[recording]
        return found

    def _own(self) -> tuple[Tensor, Tensor]:
        found: tuple[Tensor, Tensor] = self._model.get_random_conditioning_latents()
        return found

    def _heard(self, recording: Path) -> tuple[Tensor, Tensor]:
        """Not by the library's way to read files, which needs a decoder of its own."""
        import torch
        import torchaudio

        rate, pcm = open_wav(recording)
        sound = torch.from_numpy(np.asarray(pcm, np.float32) / 32768)[None]
        pair = [torchaudio.functional.resample(sound, rate, hertz) for hertz in _HEARD]
        found: tuple[Tensor, Tensor] = self._model.get_conditioning_latents([pair])
        return found


_NO_TOKENS = str.maketrans("[]", "()")
"""``[STOP]`` in a text would be taken for a token."""


@contextmanager
def _chance(seed: int, device: str) -> Iterator[None]:
    """``own_chance``, and that of Python, which the library sets and draws from as well."""
    before = random.getstate()
    random.seed(seed)
    try:
        with own_chance(seed, device):
            yield
    finally:
        random.setstate(before)


def _loaded(files: CoquiFiles) -> Any:
    try:
        from TTS.tts.configs.tortoise_config import TortoiseConfig
        from TTS.tts.models.tortoise import Tortoise
    except ImportError as error:
        raise EngineUnavailable(f"The Coqui model {files.id} cannot be loaded: {error}.") from error
    config = TortoiseConfig()
    try:
        if files.config:
            config.from_dict(files.config)
        config.model_args.enable_redaction = False  # what it does that with is fetched from elsewhere
        config.model_args.autoregressive_batch_size = SAMPLES
        model = Tortoise(config)
        model.load_checkpoint(config, checkpoint_dir=files.folder, eval=True)
    except pickle.UnpicklingError as error:
        raise EngineUnavailable(
            f"{files.folder} is refused: it has more in it than weights, and reading it could run what somebody "
            "put there; get the model from its makers."
        ) from error
    except Exception as error:  # the library has no common class
        raise EngineUnavailable(f"The Coqui model {files.id} cannot be loaded: {error}") from error
    model.train(False)
    return model
