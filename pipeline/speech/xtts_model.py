"""A loaded XTTS model: voices become latents once, texts become audio, several at a time.

What ``Xtts.inference`` of coqui-tts does for one text is done here for a batch (``pipeline.speech.xtts_decode``),
with the library's own modules; under greedy decoding the samples are the same (tests/unit/test_engine_xtts.py).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.audio.wav import open_wav
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.model import Pcm
from pipeline.serial import key_of
from pipeline.speech.weights import load_weights
from pipeline.speech.xtts_decode import Decoder, Prompt, Sampling, Tensor
from pipeline.speech.xtts_files import EMBEDDING, LATENT, SPEAKERS, XttsFiles

CONDITIONING = {"max_ref_length": 30, "gpt_cond_len": 30, "gpt_cond_chunk_len": 4, "load_sr": 22_050}
"""How a clip is listened to: the values of the configuration that XTTS v2 is published with, in seconds and Hz. The
library's two ways to speak have other defaults, each its own."""
LATENTS_VERSION = 1
_TRAINING_ONLY = ("torch_mel_spectrogram_style_encoder", "torch_mel_spectrogram_dvae", "dvae")
_TWICE = ("gpt.gpt_inference.", "gpt.gpt.wte.", "gpt.ds_engine.")
"""Other names for weights that are there already."""


@dataclass(frozen=True, slots=True)
class Latents:
    """A voice as the model hears it."""

    gpt: Tensor
    """[1, positions, channels]."""
    speaker: Tensor
    """[1, channels, 1]."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be said."""

    text: str
    language: str
    """As the model calls it."""
    seed: int


class XttsModel:
    """The model on its device. Not thread-safe."""

    def __init__(self, files: XttsFiles, device: str, precision: str, latents_dir: Path) -> None:
        """Load it. Raises ``EngineUnavailable``."""
        self.digest = files.digest
        self._files = files
        self._device = device
        self._latents_dir = latents_dir
        self._model = _load(files).to(device)
        self._narrow(precision)
        self._decoder = Decoder(self._model.gpt)
        self._latents: dict[str, Latents] = {}
        self.sample_rate = int(self._model.args.output_sample_rate)

    # -- voices -------------------------------------------------------------------------------------------

    def studio(self, speaker: str) -> Latents:
        """Those of a studio speaker."""
        if speaker not in self._latents:
            found = load_weights(self._files.folder / SPEAKERS)
            self._latents[speaker] = self._on_device(found[speaker + LATENT], found[speaker + EMBEDDING])
        return self._latents[speaker]

    def clone(self, recording: Path, sha256: str) -> Latents:
        """Those of a clip: computed once, kept beside the voices under the hash of all that they come from."""
        kind = self._device.partition(":")[0]
        key = key_of("xtts-latents", LATENTS_VERSION, sha256, self.digest, CONDITIONING, kind)
        if key not in self._latents:
            kept = self._latents_dir / f"{key}.safetensors"
            if kept.exists():
                found = load_weights(kept)
                self._latents[key] = self._on_device(found["gpt"], found["speaker"])
            else:
                self._latents[key] = self._listen(recording)
                _keep(kept, self._latents[key])
        return self._latents[key]

    def _listen(self, recording: Path) -> Latents:
        """Not by ``get_conditioning_latents``: it reads files through whatever decoder torchaudio finds."""
        import torch

        rate, pcm = open_wav(recording)
        with torch.inference_mode():
            sound = torch.from_numpy(pcm.astype(np.float32) / 32768)[None]
            if rate != CONDITIONING["load_sr"]:
                import torchaudio

                sound = torchaudio.functional.resample(sound, rate, CONDITIONING["load_sr"])
                rate = CONDITIONING["load_sr"]
            sound = sound[:, : rate * CONDITIONING["max_ref_length"]].to(self._device)
            speaker = self._model.get_speaker_embedding(sound, rate)
            length, piece = CONDITIONING["gpt_cond_len"], CONDITIONING["gpt_cond_chunk_len"]
            return Latents(
                self._model.get_gpt_cond_latents(sound, rate, length=length, chunk_length=piece), speaker
            )

    def _on_device(self, gpt: Tensor, speaker: Tensor) -> Latents:
        return Latents(gpt.to(self._device), speaker.to(self._device))

    # -- speech -------------------------------------------------------------------------------------------

    def tokens(self, line: Line) -> list[int]:
        """The text's tokens. Raises ``SpeechFailed`` when there are too many, or it has nothing to say.

        The library asserts that there are fewer than ``gpt_max_text_tokens`` (402).
        """
        most = self._model.args.gpt_max_text_tokens
        try:
            found: list[int] = self._model.tokenizer.encode(line.text.strip().lower(), lang=line.language)
        except Exception as error:  # of whatever turns numbers and scripts into letters there
            raise SpeechFailed(f"XTTS cannot read “{line.text[:60]}”: {error}") from error
        if len(found) >= most:
            raise SpeechFailed(
                f"XTTS takes fewer than {most} tokens at once, and “{line.text[:60]}” has {len(found)}."
            )
        known = self._model.tokenizer.tokenizer.token_to_id
        silent = {
            known(name)
            for name in ("[UNK]", "[SPACE]", f"[{'zh-cn' if line.language == 'zh' else line.language}]")
        }
        if not set(found) - silent:
            raise SpeechFailed(f"XTTS knows no letter of “{line.text[:60]}”.")
        return found

    def speak(
        self, lines: Sequence[Line], voice: Latents, sampling: Sampling, rate: float, abreast: int
    ) -> list[Pcm | SpeechFailed]:
        """The audio of each line, or why there is none; ``abreast`` as for ``Decoder.decode``.

        Raises what torch raises when memory runs out.
        """
        import torch

        said: list[Pcm | SpeechFailed | None] = [None] * len(lines)
        ready: list[tuple[int, Tensor, Prompt]] = []
        with torch.inference_mode():
            for place, line in enumerate(lines):
                try:
                    tokens = torch.tensor(self.tokens(line), device=self._device)
                except SpeechFailed as error:
                    said[place] = error
                    continue
                ready.append((place, tokens, self._decoder.prompt(voice.gpt, tokens, line.seed)))
            codes = self._decoder.decode([prompt for _, _, prompt in ready], sampling, abreast)
            for (place, tokens, _), found in zip(ready, codes, strict=True):
                try:
                    said[place] = self._audio(lines[place].text, tokens, found, voice, rate)
                except SpeechFailed as error:
                    said[place] = error
        return [one for one in said if one is not None]

    def _audio(self, text: str, tokens: Tensor, codes: list[int], voice: Latents, rate: float) -> Pcm:
        """The vocoder, a row at a time: it computes each frame by itself, so a batch of them saves nothing."""
        import torch
        from torch.nn.functional import interpolate

        gpt = self._model.gpt
        if codes[-1] != gpt.stop_audio_token:
            seconds = len(codes) * gpt.code_stride_len / self._model.args.input_sample_rate
            raise SpeechFailed(
                f"XTTS came to no end with “{text[:60]}”: {len(codes)} tokens, {seconds:.0f} s, are the most it has."
            )
        latents = gpt(
            tokens[None],
            torch.tensor([len(tokens)], device=self._device),
            torch.tensor([codes], device=self._device),
            torch.tensor([len(codes) * gpt.code_stride_len], device=self._device),
            cond_latents=voice.gpt.to(gpt.mel_embedding.weight.dtype),
            return_latent=True,
        ).float()
        if rate != 1:
            latents = interpolate(latents.transpose(1, 2), scale_factor=1 / rate, mode="linear").transpose(
                1, 2
            )
        wave = self._model.hifigan_decoder(latents, g=voice.speaker).float().cpu().reshape(-1).numpy()
        if not np.all(np.isfinite(wave)):
            raise SpeechFailed(f"XTTS gave numbers that are no sound for “{text[:60]}”.")
        audio: Pcm = np.round(np.clip(wave, -1.0, 1.0) * 32767.0).astype(np.int16)
        return audio

    def _narrow(self, precision: str) -> None:
        """Only what decodes computes in fewer bits: that is where the time goes. Listening and the vocoder do not."""
        import torch

        kind = getattr(torch, precision)
        if kind is torch.float32:
            return
        gpt = self._model.gpt.to(kind)
        size = gpt.model_dim
        # The library's places are zeros of 32 bits, which would widen all that they are added to.
        gpt.gpt.wpe = lambda places: torch.zeros(*places.shape, size, dtype=kind, device=places.device)
        for part in (gpt.conditioning_encoder, getattr(gpt, "conditioning_perceiver", None)):
            if part is not None:
                part.float()


def _load(files: XttsFiles) -> Any:
    """The library's model with its weights. Not by ``load_checkpoint``: it writes into the file that it reads."""
    try:
        from TTS.tts.configs.xtts_config import XttsConfig
        from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
        from TTS.tts.models.xtts import Xtts
    except ImportError as error:
        raise EngineUnavailable(f"XTTS cannot run here: {error}.") from error
    state = load_weights(files.weights, _configurations())
    if files.weights.suffix != ".safetensors" and "model" in state:
        state = state["model"]
    state = {name.removeprefix("xtts."): value for name, value in state.items()}
    state = {
        name: value
        for name, value in state.items()
        if not name.startswith(_TWICE) and name.partition(".")[0] not in _TRAINING_ONLY
    }
    try:
        config = XttsConfig()
        config.from_dict(files.config)
        model = Xtts(config)
        model.tokenizer = VoiceBpeTokenizer(vocab_file=str(files.folder / "vocab.json"))
        model.init_models()
        missing = model.load_state_dict(state, strict=False).missing_keys
    except Exception as error:  # the library has no common class
        raise EngineUnavailable(f"The XTTS model {files.folder} cannot be loaded: {error}") from error
    if missing:
        raise EngineUnavailable(
            f"The weights {files.weights} lack {len(missing)} parts, {missing[0]} among them."
        )
    model.train(False)  # not eval(): it makes a second copy of the decoder
    return model


def _configurations() -> AbstractContextManager[Any]:
    """Classes of settings that checkpoints have in them: by their names today, and by those of the published ones."""
    import torch
    from TTS.config.shared_configs import BaseDatasetConfig
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig

    kinds: list[Any] = [BaseDatasetConfig, XttsArgs, XttsAudioConfig, XttsConfig]
    before = [(kind, f"TTS.tts.models.xtts.{kind.__name__}") for kind in (XttsArgs, XttsAudioConfig)]
    return torch.serialization.safe_globals([*kinds, *before])  # type: ignore[no-any-return]


def _keep(path: Path, latents: Latents) -> None:
    """For the next process; a folder that cannot be written to is no fault."""
    from safetensors.torch import save_file

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(
            {"gpt": latents.gpt.cpu().contiguous(), "speaker": latents.speaker.cpu().contiguous()}, part
        )
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
