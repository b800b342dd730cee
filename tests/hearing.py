"""A Whisper model with random weights, made here: the real library runs on it, and what it hears is nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

LANGUAGES = "en zh de es ru ko fr ja pt".split()
WIDTH, HEADS, FRAMES, TEXT = 16, 2, 1500, 448
PLAIN = 2_000
"""Tokens before the special ones."""


def make_whisper(folder: Path, *, seed: int = 0, english_only: bool = False) -> Path:
    """A model in CTranslate2's form with one layer on each side, loaded in a moment."""
    from ctranslate2.specs import whisper_spec

    tokens = _tokens(english_only)
    random = np.random.default_rng(seed)
    spec = whisper_spec.WhisperSpec(1, HEADS, 1, HEADS)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = _random(random, WIDTH, 80, 3), _zeros(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = _random(random, WIDTH, WIDTH, 3), _zeros(WIDTH)
    encoder.position_encodings.encodings = _random(random, FRAMES, WIDTH)
    decoder.embeddings.weight = _random(random, len(tokens), WIDTH)
    decoder.projection.weight = decoder.embeddings.weight
    decoder.position_encodings.encodings = _random(random, TEXT, WIDTH)
    _norm(encoder.layer_norm)
    _norm(decoder.layer_norm)
    for layer in (encoder.layer[0], decoder.layer[0]):
        _attention(random, layer.self_attention, [3 * WIDTH, WIDTH])
        _linear(random, layer.ffn.linear_0, 4 * WIDTH, WIDTH)
        _linear(random, layer.ffn.linear_1, WIDTH, 4 * WIDTH)
        _norm(layer.ffn.layer_norm)
    _attention(random, decoder.layer[0].attention, [WIDTH, 2 * WIDTH, WIDTH])
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids = [tokens.index("<|endoftext|>") + 1]
    spec.config.suppress_ids_begin = [220]
    spec.config.lang_ids = [tokens.index(f"<|{language}|>") for language in LANGUAGES if not english_only]
    spec.config.alignment_heads = [(0, 0)]
    folder.mkdir(parents=True, exist_ok=True)
    spec.validate()
    spec.save(str(folder))
    _write_tokenizer(folder, tokens)
    return folder


def _tokens(english_only: bool) -> list[str]:
    from tokenizers.pre_tokenizers import ByteLevel

    tokens = sorted(ByteLevel.alphabet())
    names = ["<|startoftranscript|>"]
    names += [f"<|{language}|>" for language in LANGUAGES if not english_only]
    names += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    names += ["<|notimestamps|>", *(f"<|{index * 0.02:.2f}|>" for index in range(1501))]
    tokens += [f"Ġw{index}" for index in range(PLAIN - len(tokens))]
    if not english_only:
        tokens[-1] = ""  # by this CTranslate2 knows a model of several languages
    return [*tokens, "<|endoftext|>", *names]


def _write_tokenizer(folder: Path, tokens: list[str]) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    plain = [token for token in tokens if not token.startswith("<|")]
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(plain)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(
        [AddedToken(token, special=not token[2:3].isdigit()) for token in tokens[len(plain) :]]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80}))


def _attention(random: np.random.Generator, spec: Any, widths: list[int]) -> None:
    for linear, width in zip(spec.linear, widths, strict=True):
        _linear(random, linear, width, WIDTH)
    _norm(spec.layer_norm)


def _linear(random: np.random.Generator, spec: Any, outputs: int, inputs: int) -> None:
    spec.weight, spec.bias = _random(random, outputs, inputs), _zeros(outputs)


def _norm(spec: Any) -> None:
    spec.gamma, spec.beta = np.ones(WIDTH, np.float32), _zeros(WIDTH)


def _random(random: np.random.Generator, *shape: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return random.standard_normal(shape).astype(np.float32)


def _zeros(size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.zeros(size, np.float32)
