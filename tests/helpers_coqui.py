"""Tiny models of coqui-tts in the library's own files, with random weights: VITS, YourTTS, FastPitch,
Tacotron 2, HiFi-GAN, Tortoise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from TTS.config.shared_configs import BaseAudioConfig
from TTS.encoder.configs.speaker_encoder_config import SpeakerEncoderConfig
from TTS.encoder.utils.generic_utils import setup_encoder_model
from TTS.tts.configs.fast_pitch_config import FastPitchConfig
from TTS.tts.configs.forward_tts_config import ForwardTTSArgs
from TTS.tts.configs.shared_configs import CharactersConfig
from TTS.tts.configs.tacotron2_config import Tacotron2Config
from TTS.tts.configs.tortoise_config import TortoiseArgs, TortoiseConfig
from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
from TTS.tts.layers.tortoise.random_latent_generator import RandomLatentConverter
from TTS.tts.models import setup_model
from TTS.tts.models.tortoise import Tortoise
from TTS.vocoder.configs import HifiganConfig
from TTS.vocoder.models import setup_model as setup_vocoder

from pipeline.speech.coqui_model import bring_espeak

VITS = "tts_models--en--test--vits"
YOUR_TTS = "tts_models--multilingual--multi-dataset--your_tts"
TORTOISE = "tts_models--en--multi-dataset--tortoise-v2"
FAST_PITCH = "tts_models--en--ljspeech--fast_pitch"
TACOTRON = "tts_models--en--ljspeech--tacotron2-DDC"
HIFIGAN = "vocoder_models--en--ljspeech--hifigan_v2"
VECTOR = 16
"""Numbers by which YourTTS knows a speaker."""
SPEAKERS = ("Mill Er", "swan")
LETTERS = CharactersConfig(
    characters_class="TTS.tts.utils.text.characters.Graphemes",
    pad="_",
    eos="~",
    bos="^",
    characters="abcdefghijklmnopqrstuvwxyz",
    punctuations="!'(),-.:;? ",
)


def write_vits(folder: Path) -> Path:
    """Two speakers, phonemes by espeak, 22,050 Hz."""
    arguments = VitsArgs(
        hidden_channels=32,
        hidden_channels_ffn_text_encoder=48,
        num_heads_text_encoder=2,
        num_layers_text_encoder=1,
        num_layers_posterior_encoder=1,
        num_layers_flow=1,
        upsample_initial_channel_decoder=32,
        use_speaker_embedding=True,
        speakers_file="/home/somebody/speaker_ids.json",
        length_scale=1.0,
    )
    config = VitsConfig(
        model_args=arguments,
        use_phonemes=True,
        phonemizer="espeak",
        phoneme_language="en-us",
        text_cleaner="english_cleaners",
        compute_input_seq_cache=False,
        output_path="/home/somebody/out",
        phoneme_cache_path="https://example.org/cache",
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speaker_ids.json").write_text(json.dumps({name: place for place, name in enumerate(SPEAKERS)}))
    arguments.speakers_file = str(folder / "speaker_ids.json")
    model = _model(config)
    arguments.speakers_file = "/home/somebody/speaker_ids.json"
    with torch.no_grad():
        model.waveform_decoder.conv_post.weight.mul_(5)
    return _write(folder, config, model)


def write_your_tts(folder: Path) -> Path:
    """Two languages, one speaker of its own, and a speaker encoder for everybody else's recording; 16 kHz."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder = SpeakerEncoderConfig(
        num_loader_workers=0,
        num_classes_in_batch=2,
        num_utter_per_class=2,
        model_params={
            "model_name": "resnet",
            "input_dim": 64,
            "use_torch_spec": True,
            "log_input": True,
            "proj_dim": VECTOR,
        },
        audio=BaseAudioConfig(
            fft_size=512, win_length=400, hop_length=160, sample_rate=16_000, preemphasis=0.97, num_mels=64
        ),
    )
    encoder.save_json(str(folder / "config_se.json"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        torch.save({"model": setup_encoder_model(encoder).state_dict()}, folder / "model_se.pth")
    own = {"a clip": {"name": "female-en-5", "embedding": [0.01 * place for place in range(VECTOR)]}}
    (folder / "speakers.json").write_text(json.dumps(own))
    (folder / "language_ids.json").write_text(json.dumps({"en": 0, "fr-fr": 1}))
    arguments = VitsArgs(
        hidden_channels=32,
        hidden_channels_ffn_text_encoder=48,
        num_heads_text_encoder=2,
        num_layers_text_encoder=1,
        num_layers_posterior_encoder=1,
        num_layers_flow=1,
        upsample_initial_channel_decoder=32,
        use_d_vector_file=True,
        d_vector_dim=VECTOR,
        d_vector_file=[str(folder / "speakers.json")],
        use_language_embedding=True,
        language_ids_file=str(folder / "language_ids.json"),
        length_scale=1.0,
    )
    letters = CharactersConfig(**{**LETTERS, "characters_class": "TTS.tts.models.vits.VitsCharacters"})
    config = VitsConfig(model_args=arguments, characters=letters, text_cleaner="multilingual_cleaners")
    config.audio.sample_rate = 16_000
    model = _model(config)
    arguments.d_vector_file = ["/home/somebody/speakers.json"]
    arguments.language_ids_file = "/home/somebody/language_ids.json"
    arguments.speaker_encoder_model_path = "/home/somebody/model_se.pth"
    arguments.speaker_encoder_config_path = "/home/somebody/config_se.json"
    arguments.use_speaker_encoder_as_loss = True  # as the published one was trained
    with torch.no_grad():
        model.waveform_decoder.conv_post.weight.mul_(5)
    return _write(folder, config, model)


def write_tortoise(folder: Path, *, stops: bool = True) -> Path:
    """Parts, and a configuration because they are small. It stops by chance after some seconds, or not at all."""
    arguments = TortoiseArgs(
        ar_layers=1,
        ar_model_dim=64,
        ar_heads=2,
        diff_model_channels=64,
        diff_num_layers=1,
        diff_in_latent_channels=64,
        diff_num_heads=2,
        clvp_dim_text=32,
        clvp_dim_speech=32,
        clvp_dim_latent=32,
        clvp_text_enc_depth=1,
        clvp_speech_enc_depth=1,
        clvp_text_heads=2,
        clvp_speech_heads=2,
        enable_redaction=True,  # for which it would fetch three models
    )
    (folder / ".models").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    TortoiseConfig(model_args=arguments).save_json(str(folder / "config.json"))
    arguments.enable_redaction = False
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(7)
        model = Tortoise(TortoiseConfig(model_args=arguments))
        head = model.autoregressive.mel_head
        head.weight.zero_()
        head.bias.zero_()
        head.bias[model.autoregressive.stop_mel_token] = (
            1.07 if stops else -9.0
        )  # one in forty, at its temperature
        own = RandomLatentConverter(64), RandomLatentConverter(128)
    parts = {
        "autoregressive": model.autoregressive.state_dict(),
        "diffusion_decoder": model.diffusion.state_dict(),
        "clvp2": model.clvp.state_dict(),
        "vocoder": {"model_g": model.vocoder.state_dict()},
        "rlg_auto": own[0].state_dict(),
        "rlg_diffuser": own[1].state_dict(),
    }
    for name, part in parts.items():
        torch.save(part, folder / ".models" / f"{name}.pth")
    torch.save(torch.ones(80), folder / "data" / "mel_norms.pth")
    return folder


def write_fast_pitch(folder: Path) -> Path:
    """Letters, spectrograms of 80 bands; every letter takes eight frames."""
    arguments = ForwardTTSArgs(
        hidden_channels=32,
        encoder_params={"hidden_channels_ffn": 48, "num_heads": 1, "num_layers": 1, "dropout_p": 0.1},
        decoder_params={"hidden_channels_ffn": 48, "num_heads": 1, "num_layers": 1, "dropout_p": 0.1},
        use_aligner=False,
    )
    config = FastPitchConfig(model_args=arguments, characters=LETTERS, text_cleaner="english_cleaners")
    model = _model(config)
    with torch.no_grad():
        model.duration_predictor.proj.bias.fill_(2.2)
        model.duration_predictor.proj.weight.zero_()
    return _write(folder, config, model)


def write_tacotron(folder: Path, *, stops: bool = True) -> Path:
    """Letters; its vocoder is another model. It stops by chance, or not at all."""
    config = Tacotron2Config(characters=LETTERS, text_cleaner="english_cleaners", r=2, max_decoder_steps=40)
    model = _model(config)
    if not stops:
        with torch.no_grad():
            model.decoder.stopnet[1].linear_layer.bias.fill_(-50.0)
    return _write(folder, config, model)


def write_hifigan(folder: Path) -> Path:
    """A vocoder for 80 bands at 22,050 Hz."""
    config = HifiganConfig()
    config.generator_model_params |= {"upsample_initial_channel": 32}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        model = setup_vocoder(config)
        with torch.no_grad():
            model.model_g.conv_post.weight.mul_(300)
    return _write(folder, config, model)


def _model(config: Any) -> Any:
    bring_espeak()  # the library has one only where its command is installed
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return setup_model(config)


def _write(folder: Path, config: Any, model: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config.save_json(str(folder / "config.json"))
    torch.save({"model": model.state_dict()}, folder / "model_file.pth")
    return folder
