"""A tiny Kokoro in its own library: random weights of the real network, saved as they are published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tests.helpers_kokoro import NUMBERS, VOICES

LONGEST = 6
"""Frames that a letter may last; about half of it with random weights."""
CONFIG: dict[str, Any] = {
    "istftnet": {
        "upsample_kernel_sizes": [20, 12], "upsample_rates": [10, 6], "gen_istft_hop_size": 5, "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5]], "resblock_kernel_sizes": [3], "upsample_initial_channel": 512,
    },
    "dropout": 0.1, "hidden_dim": 512, "max_dur": LONGEST, "n_layer": 1, "n_mels": 16,
    "n_token": 178, "style_dim": 128, "text_encoder_kernel_size": 5,
    "plbert": {
        "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 512,
        "num_hidden_layers": 1, "dropout": 0.1,
    },
    "vocab": NUMBERS,
}  # fmt: skip
_PARTS = ("bert", "bert_encoder", "predictor", "decoder", "text_encoder")


def write_kokoro_library(folder: Path) -> Path:
    """Write ``kokoro-test.pth``, its configuration and styles into ``folder``; the path of the model."""
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    network = network_of(CONFIG, folder)
    path = folder / "kokoro-test.pth"
    torch.save({part: getattr(network, part).state_dict() for part in _PARTS}, path)
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    for name in VOICES:
        torch.save(torch.randn(510, 1, 256), folder / "voices" / f"{name}.pt")
    return path


def network_of(config: dict[str, Any], folder: Path, **more: Any) -> Any:
    """The library's network with random weights."""
    from kokoro import KModel

    nothing = folder / ".none.pth"
    torch.save({}, nothing)
    try:
        return KModel(repo_id="hexgrad/Kokoro-82M", config=config, model=str(nothing), **more).eval()
    finally:
        nothing.unlink()
