"""Tiny conversion models of coqui-tts in the library's own files, with random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from TTS.vc.configs.freevc_config import FreeVCArgs, FreeVCConfig
from TTS.vc.configs.openvoice_config import OpenVoiceConfig
from TTS.vc.layers.freevc.speaker_encoder.speaker_encoder import SpeakerEncoder
from TTS.vc.layers.freevc.wavlm.wavlm import WavLM, WavLMConfig
from TTS.vc.models import freevc
from TTS.vc.models.freevc import FreeVC
from TTS.vc.models.openvoice import OpenVoice
from TTS.vocoder.configs import HifiganConfig
from TTS.vocoder.models import setup_model as setup_vocoder

from pipeline.speech.coqui_conversion import (
    KNN_VOCODER,
    WAVLM,
    FreeVcConverter,
    KnnVcConverter,
    OpenVoice2Converter,
)

CHANNELS = 32
LOUD = 20.0
LAYERS = "[(16,10,5)] + [(16,3,2)] * 4 + [(16,2,2)] * 2"
CFG: dict[str, Any] = {
    "encoder_layers": 6,
    "encoder_embed_dim": CHANNELS,
    "encoder_ffn_embed_dim": 32,
    "encoder_attention_heads": 2,
    "conv_feature_layers": LAYERS,
    "conv_pos": 16,
    "conv_pos_groups": 2,
}
"""Of WavLM: hops of 20 ms at 16 kHz, as in the published one."""


def write_wavlm(folder: Path, **other: Any) -> Path:
    """What hears the words; ``folder`` is that of coqui's models."""
    path = folder / WAVLM
    path.parent.mkdir(parents=True, exist_ok=True)
    model = _seeded(lambda: WavLM(WavLMConfig(CFG)))
    torch.save({"cfg": CFG | other, "model": model.state_dict()}, path)
    return path


def write_freevc(folder: Path, *, apart: bool = False) -> Path:
    """FreeVC; what hears who speaks is ``apart``, as in the published one, or part of it."""
    write_wavlm(folder)
    place = folder / FreeVcConverter.model
    place.mkdir(parents=True, exist_ok=True)
    arguments = FreeVCArgs(
        inter_channels=16,
        hidden_channels=16,
        upsample_rates=[10, 6, 2, 2, 2],
        upsample_kernel_sizes=[16, 16, 4, 4, 4],
        upsample_initial_channel=32,
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3, 5]],
        gin_channels=256,
        ssl_dim=CHANNELS,
        use_spk=apart,
    )
    config = FreeVCConfig(model_args=arguments)
    config.save_json(str(place / "config.json"))
    if apart:
        _write_speakers(place / "speaker_encoder.pt")
    before = freevc.get_wavlm, freevc.SpeakerEncoderEx
    freevc.get_wavlm = lambda: WavLM(WavLMConfig(CFG))
    freevc.SpeakerEncoderEx = lambda _address: SpeakerEncoder(str(place / "speaker_encoder.pt"))
    try:
        model = _seeded(lambda: FreeVC(config))
    finally:
        freevc.get_wavlm, freevc.SpeakerEncoderEx = before
    _louder(model.dec.conv_post, 2.0)
    torch.save({"model": model.state_dict()}, place / "model_file.pth")
    return place


def write_knnvc(folder: Path) -> Path:
    """kNN-VC: nothing but a configuration, with WavLM and a vocoder beside it."""
    write_wavlm(folder)
    place, beside = folder / KnnVcConverter.model, folder / KNN_VOCODER
    for one in (place, beside):
        one.mkdir(parents=True, exist_ok=True)
    (place / "config.json").write_text(json.dumps({"model": "knnvc", "wavlm_layer": 6, "topk": 4}))
    config = HifiganConfig()
    config.audio.sample_rate = 16_000
    config.generator_model_params = {
        "upsample_factors": [10, 8, 2, 2],
        "upsample_kernel_sizes": [20, 16, 4, 4],
        "upsample_initial_channel": 32,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3, 5]],
        "resblock_type": "1",
        "pre_linear": CHANNELS,
        "in_channels": 80,
    }
    config.save_json(str(beside / "config.json"))
    model = _seeded(lambda: setup_vocoder(config))
    _louder(model.model_g.conv_post, 20.0)
    torch.save({"model": model.state_dict()}, beside / "model_file.pth")
    return place


def write_openvoice(folder: Path, name: str = OpenVoice2Converter.model) -> Path:
    """OpenVoice: the configuration is of its makers' shape, and the sizes are the library's own.

    Without biases all of it is the louder the louder what it hears is, so that words stay where they are; who speaks
    changes it a little.
    """
    place = folder / name / "converter"
    place.mkdir(parents=True, exist_ok=True)
    sizes = {"sampling_rate": 22_050, "filter_length": 1024, "hop_length": 256, "win_length": 1024}
    (place / "config.json").write_text(json.dumps({"_version_": "v2", "data": sizes, "model": {}}))
    model = _seeded(lambda: OpenVoice(OpenVoiceConfig()))
    with torch.no_grad():
        for part in (model.enc_q, model.dec):
            for parameter, value in part.named_parameters():
                if parameter.endswith("bias"):
                    value.zero_()
        model.enc_q.proj.bias[len(model.enc_q.proj.bias) // 2 :].fill_(-6.0)
        for step in model.flow.flows[::2]:
            step.post.weight.normal_(0.0, 0.03, generator=torch.Generator().manual_seed(7))
    _louder(model.dec.conv_post, LOUD)
    torch.save({"model": model.state_dict()}, place / "checkpoint.pth")
    return place


def _write_speakers(path: Path) -> None:
    class Empty(SpeakerEncoder):  # type: ignore[misc]
        def load_state_dict(self, *_: Any, **__: Any) -> None:
            """Random weights stay."""

    torch.save({"model_state": {}}, path)
    model = _seeded(lambda: Empty(str(path)))
    torch.save({"model_state": model.state_dict()}, path)


def _louder(layer: Any, times: float) -> None:
    with torch.no_grad():
        layer.weight.mul_(times)


def _seeded(make: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return make()
