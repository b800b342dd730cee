"""Chatterbox with random weights in its own library, small enough for a test (tests/small_chatterbox.py).

It says ``TOKENS`` tokens for any text: a number that grows with the place in the speech decides when it ends.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tests import small_chatterbox

TOKENS = 30
_START, _STOP = 255, 0


def write_english(folder: Path) -> Path:
    """The English model and its own voice, in ``folder``."""
    small_chatterbox.install()
    from chatterbox.models.t3 import T3
    from safetensors.torch import save_file

    parts = _parts(folder, T3())
    for name, file in (("ve", "ve"), ("t3", "t3_cfg"), ("s3gen", "s3gen")):
        save_file(
            {key: value.contiguous() for key, value in parts[name].items()}, folder / f"{file}.safetensors"
        )
    _write_tokenizer(folder / "tokenizer.json", 704)
    return folder


def write_multilingual(folder: Path) -> Path:
    """The multilingual model and its own voice, in ``folder``."""
    small_chatterbox.install()
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.modules.t3_config import T3Config
    from safetensors.torch import save_file

    parts = _parts(folder, T3(T3Config.multilingual()))
    torch.save(parts["ve"], folder / "ve.pt")
    torch.save(parts["s3gen"], folder / "s3gen.pt")
    save_file(parts["t3"], folder / "t3_mtl23ls_v2.safetensors")
    _write_tokenizer(folder / "grapheme_mtl_merged_expanded_v1.json", 2454)
    return folder


def _parts(folder: Path, t3: Any) -> dict[str, dict[str, torch.Tensor]]:
    from chatterbox.models.s3gen import S3Gen
    from chatterbox.models.voice_encoder import VoiceEncoder

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(11)
    with torch.no_grad():
        places = t3.speech_pos_emb.emb.weight
        places[:, 0] = -20.0
        places[TOKENS:, 0] = 500.0
        # what is neither a sound nor the end is never chosen
        places[:, 1] = 20.0
        t3.speech_head.weight[t3.hp.start_speech_token :] = 0.0
        t3.speech_head.weight[t3.hp.start_speech_token :, 1] = -5.0
        t3.speech_head.weight[t3.hp.stop_speech_token] = 0.0
        t3.speech_head.weight[t3.hp.stop_speech_token, 0] = 3.0
    torch.save(_own_voice(), folder / "conds.pt")
    return {"t3": t3.state_dict(), "ve": VoiceEncoder().state_dict(), "s3gen": S3Gen().state_dict()}


def _own_voice() -> dict[str, Any]:
    tokens = torch.randint(0, 6000, (1, 150))
    return {
        "t3": {
            "speaker_emb": torch.randn(1, 256), "clap_emb": None, "cond_prompt_speech_tokens": tokens,
            "cond_prompt_speech_emb": None, "emotion_adv": 0.5 * torch.ones(1, 1, 1),
        },
        "gen": {
            "prompt_token": tokens[:, :50], "prompt_token_len": torch.tensor([50]),
            "prompt_feat": torch.randn(1, 100, 80), "prompt_feat_len": None, "embedding": torch.randn(1, 192),
        },
    }  # fmt: skip


def _write_tokenizer(path: Path, size: int) -> None:
    """One token for each letter, at the numbers where the model expects the marks of beginning and end."""
    letters = [chr(code) for code in (*range(33, 127), *range(0xC0, 0x180))][: size - 400]
    numbers = {"[STOP]": _STOP, "[START]": _START, "[UNK]": 1, "[SPACE]": 2, "[en]": 3, "[de]": 4}
    free = iter(sorted(set(range(size)) - set(numbers.values())))
    vocabulary = numbers | {letter: next(free) for letter in letters}
    path.write_text(
        json.dumps(
            {
                "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": None,
                "post_processor": None, "decoder": None,
                "added_tokens": [
                    {
                        "id": number, "content": name, "single_word": False, "lstrip": False, "rstrip": False,
                        "normalized": False, "special": True,
                    }
                    for name, number in numbers.items()
                ],
                "model": {
                    "type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None,
                    "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary,
                    "merges": [],
                },
            }
        ),
        encoding="utf-8",
    )  # fmt: skip
