"""A tiny XTTS model in the library's own files: random weights that end after a second and a half.

The vocoder and the speaker encoder have the library's fixed sizes; the rest is as small as it goes. Random weights
never say the stop token, so the embeddings of late positions are made to mean it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.trainers import BpeTrainer
from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
from TTS.tts.models.xtts import Xtts, _legacy_safe_globals

LANGUAGES = (
    "ar",
    "cs",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "hu",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "tr",
    "zh-cn",
)
SPEAKERS = ("Ann Other", "Zoë Ünal")
TOKENS = 34
"""Of audio, 46 ms each, after which the stop token comes."""
SPECIAL = ("[STOP]", "[UNK]", "[SPACE]", "[START]", *(f"[{language}]" for language in LANGUAGES))
CORPUS = (
    "the lamp of the old mill went out and nobody saw who had done it a storm of swans what else aaaaaaaaaaaa"
)


def write_model(
    folder: Path, *, tokens: int = TOKENS, stops: bool = True, pickle: bool = False, **args: Any
) -> Path:
    """Write a model that speaks ``tokens`` audio tokens; ``pickle`` as the checkpoint that was published first."""
    folder.mkdir(parents=True, exist_ok=True)
    vocab = folder / "vocab.json"
    write_vocab(vocab)
    model = make_model(vocab, tokens=tokens, stops=stops, **args)
    model.config.save_json(str(folder / "config.json"))
    state = model.state_dict()
    if pickle:
        with _legacy_safe_globals():  # its classes had another home when the checkpoint was published
            torch.save({"config": model.config, "model": state}, folder / "model.pth")
    else:
        twice = (
            "gpt.gpt_inference.",
            "gpt.gpt.wte.",
        )  # other names for the same
        own = {name: value.contiguous() for name, value in state.items() if not name.startswith(twice)}
        save_file(own, folder / "model.safetensors")
    draw = torch.Generator().manual_seed(5)
    latents = {
        name: {
            "gpt_cond_latent": torch.randn(1, 32, model.args.gpt_n_model_channels, generator=draw),
            "speaker_embedding": torch.randn(1, 512, 1, generator=draw),
        }
        for name in SPEAKERS
    }
    torch.save(latents, folder / "speakers_xtts.pth")
    return folder


def make_model(
    vocab: Path, *, tokens: int = TOKENS, stops: bool = True, loud: float = 5.0, **args: Any
) -> Xtts:
    """The model itself, ready to infer by the library's own methods."""
    small = {
        "gpt_layers": 2,
        "gpt_n_model_channels": 64,
        "gpt_n_heads": 2,
        "decoder_input_dim": 64,
        "gpt_num_audio_tokens": 66,
        "gpt_start_audio_token": 64,
        "gpt_stop_audio_token": 65,
        "gpt_max_audio_tokens": max(64, tokens + 8),
        "gpt_use_perceiver_resampler": True,
    }
    config = XttsConfig(model_args=XttsArgs(**(small | args)), languages=list(LANGUAGES))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = Xtts(config)
        model.tokenizer = VoiceBpeTokenizer(vocab_file=str(vocab))
        model.init_models()
        with torch.no_grad():
            gpt = model.gpt
            gpt.mel_head.weight.normal_(std=0.5)
            for name, weight in gpt.gpt.named_parameters():
                if "attn" in name and weight.ndim == 2:
                    weight.normal_(std=0.3)  # so that the text is heard
            gpt.mel_head.bias[gpt.stop_audio_token] = -400.0
            if stops:
                sign = torch.randn(gpt.model_dim)
                gpt.mel_pos_embedding.emb.weight[tokens:] += 20 * sign
                gpt.mel_head.weight[gpt.stop_audio_token] = 10 * sign
            model.hifigan_decoder.waveform_decoder.conv_post.weight.mul_(loud)
    model.train(False)
    model.gpt.init_gpt_for_inference(kv_cache=True)
    model.gpt.eval()
    return model


def write_vocab(path: Path) -> None:
    """A vocabulary of whole words and letters, in the library's form."""
    tokenizer = Tokenizer(BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    trainer = BpeTrainer(special_tokens=list(SPECIAL), vocab_size=300, show_progress=False)
    tokenizer.train_from_iterator([CORPUS, "abcdefghijklmnopqrstuvwxyz.,!?'"], trainer)
    tokenizer.save(str(path))
