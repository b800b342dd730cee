"""A loaded conversion model of coqui-tts: speech goes in, speech of somebody's recording comes out."""

from __future__ import annotations

import os
import pickle
import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.audio.wav import open_wav
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Pcm
from pipeline.speech.coqui_model import load_model, own_chance
from pipeline.speech.weights import load_weights
from pipeline.speech.xtts_decode import Tensor

if TYPE_CHECKING:
    from pipeline.speech.coqui_conversion import ConversionFiles

HEARD_AT = {"freevc": 16_000, "knnvc": 16_000}
"""Hz that a model listens at; OpenVoice at its own rate."""
SPARE = 0.1
"""Seconds of silence after what is converted: models leave out what does not fill their last frames."""
PEOPLE = 16
"""Recordings whose speakers a process remembers."""
_SOME_LAYERS = r"\[\(\d{1,5}, ?\d{1,3}, ?\d{1,3}\)\](?: ?\* ?\d{1,2})?"
_LAYERS = re.compile(rf"{_SOME_LAYERS}(?: ?\+ ?{_SOME_LAYERS}){{0,20}}")
"""``[(512,10,5)] + [(512,3,2)] * 4``: the library runs it as Python."""


class ConversionModel:
    """The model on its device. Not thread-safe."""

    def __init__(self, files: ConversionFiles, device: str) -> None:
        """Load it. Raises ``EngineUnavailable``."""
        self.digest = files.digest
        self._files = files
        self._device = device
        self._rate = HEARD_AT.get(files.kind, files.sample_rate)
        self._people: OrderedDict[Path, Any] = OrderedDict()
        try:
            self._model = _loaded(files).to(device)
            self._vocoder = (
                load_model(files.vocoder, "TTS.vocoder.models")[0].to(device) if files.vocoder else None
            )
        except ImportError as error:
            raise EngineUnavailable(f"The converter in {files.folder} cannot be loaded: {error}.") from error
        self._model.train(False)

    def convert(self, audio: Pcm, sample_rate: int, recording: Path, seed: int) -> Pcm:
        """``audio`` (at ``sample_rate`` Hz) as the person of the recording says it, at the model's rate and as long
        as before. Raises ``SpeechFailed``."""
        import torch

        length = round(len(audio) * self._files.sample_rate / sample_rate)
        padded = np.pad(audio, (0, round(SPARE * sample_rate)))
        try:
            with torch.inference_mode(), own_chance(seed, self._device):
                wave = self._said(self._sound(padded, sample_rate), self._person(recording))
        except Exception as error:  # the library has no common class
            if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
                raise
            raise SpeechFailed(
                f"The converter {self._files.kind} failed on {len(audio) / sample_rate:.1f} s: {error}"
            ) from error
        found = wave.detach().float().cpu().numpy().reshape(-1)
        if not np.all(np.isfinite(found)):
            raise SpeechFailed(f"The converter {self._files.kind} gave numbers that are no sound.")
        if len(found) < length:
            raise SpeechFailed(f"The converter {self._files.kind} left out the end of what it was given.")
        converted: Pcm = np.round(np.clip(found[:length], -1.0, 1.0) * 32767.0).astype(np.int16)
        return converted

    def _said(self, sound: Tensor, person: Any) -> Tensor:
        model = self._model
        if self._files.kind == "freevc":
            return model.inference(model.extract_wavlm_features(sound), g=person)
        if self._files.kind == "knnvc":
            assert self._vocoder is not None
            # Not by inference(): that pads what it takes for frames, and here those are the other dimension.
            return self._vocoder.model_g(model.match(model.get_features(sound), person))
        speaker, spectrogram = model.extract_se(sound)
        return model.inference(spectrogram, {"g_src": speaker, "g_tgt": person})["model_outputs"]

    def _person(self, recording: Path) -> Any:
        """Who speaks in a recording, as the model hears it; each once in a process."""
        if recording not in self._people:
            rate, pcm = open_wav(recording)
            sound = self._sound(pcm, rate)
            if self._files.kind == "knnvc":
                found = self._model.get_matching_set(
                    [sound], vad_trigger_level=0
                )  # it was trimmed when it was added
            elif self._files.kind == "freevc":
                found = self._model._extract_target_se([sound])
            else:
                found = self._model.extract_se(sound)[0]
            self._people[recording] = found
            while len(self._people) > PEOPLE:
                self._people.popitem(last=False)
        return self._people[recording]

    def _sound(self, pcm: Pcm, rate: int) -> Tensor:
        """[1, samples] at the rate that the model listens at."""
        import torch
        import torchaudio

        sound = torch.from_numpy(np.asarray(pcm, np.float32) / 32768)[None]
        if rate != self._rate:
            sound = torchaudio.functional.resample(sound, rate, self._rate)
        return sound.to(self._device)


def _loaded(files: ConversionFiles) -> Any:
    from TTS.vc.configs.freevc_config import FreeVCConfig
    from TTS.vc.configs.knnvc_config import KNNVCConfig
    from TTS.vc.configs.openvoice_config import OpenVoiceConfig
    from TTS.vc.models.freevc import FreeVC
    from TTS.vc.models.knnvc import KNNVC
    from TTS.vc.models.openvoice import OpenVoice

    makers = {
        "freevc": (FreeVCConfig, FreeVC),
        "knnvc": (KNNVCConfig, KNNVC),
        "openvoice": (OpenVoiceConfig, OpenVoice),
    }
    of_config, of_model = makers[files.kind]
    config = of_config()
    try:
        if files.kind != "openvoice":  # whose configuration is of another shape: the library reads it itself
            config.from_dict(files.config)
        with _nothing_fetched(files):
            model = of_model(config)
        if files.weights:
            model.load_checkpoint(config, os.fspath(files.weights), eval=True)
    except pickle.UnpicklingError as error:
        raise EngineUnavailable(
            f"{files.weights} is refused: it has more in it than weights, and reading it could run what somebody "
            "put there; get the model from its makers."
        ) from error
    except (EngineUnavailable, ImportError):
        raise
    except Exception as error:  # the library has no common class
        raise EngineUnavailable(f"The converter in {files.folder} cannot be loaded: {error}") from error
    return model


@contextmanager
def _nothing_fetched(files: ConversionFiles) -> Iterator[None]:
    """While a model is made: what the library would fetch is taken from the folder of voices."""
    from TTS.vc.models import freevc, knnvc

    before = [
        (freevc, "get_wavlm", freevc.get_wavlm),
        (freevc, "SpeakerEncoderEx", freevc.SpeakerEncoderEx),
        (knnvc, "get_wavlm", knnvc.get_wavlm),
    ]
    encoder, speakers = freevc.SpeakerEncoderEx, str(files.speakers)
    freevc.get_wavlm = knnvc.get_wavlm = lambda: _wavlm(files.wavlm)
    freevc.SpeakerEncoderEx = lambda _address: encoder(speakers)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def _wavlm(path: Path | None) -> Any:
    from TTS.vc.layers.freevc.wavlm.wavlm import WavLM, WavLMConfig

    assert path is not None
    found = load_weights(path)
    settings = found.get("cfg") if isinstance(found, dict) else None
    if not isinstance(settings, dict) or not _LAYERS.fullmatch(str(settings.get("conv_feature_layers"))):
        raise EngineUnavailable(f"{path} is refused: it is not WavLM as its makers published it.")
    model = WavLM(WavLMConfig(settings))
    model.load_state_dict(found["model"])
    model.train(False)
    return model
