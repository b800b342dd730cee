"""Several texts at once through XTTS's autoregressive model, which in its own library speaks one at a time.

The rows of a batch share each reading of the weights, which is what a step costs; nothing else is shared. Each row
is read in by itself (prefill), keeps keys and values at its own positions from 0 on, and draws from random numbers
of its own: so there is no padding between a prompt and what follows it, and no mask that could leak. A step always
goes through the weights with the same number of rows, filled up with idle ones or in several portions; rows that are
done run idly along. Products of matrices of one shape add each row up in one order, whatever stands in the other
rows: a row's samples depend on that number (in the last bits), never on its neighbours or on how many there are.

Sampling follows the order of Hugging Face's generation, which XTTS's library calls: repetition penalty (Keskar et
al. 2019, CTRL), temperature, the ``top_k`` likeliest, then the likeliest with ``top_p`` of the probability (Holtzman
et al. 2020, nucleus sampling).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Tensor = Any
"""Of torch, which is imported where a model is loaded only."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen."""

    temperature: float
    top_k: int
    """0: all of them."""
    top_p: float
    repetition_penalty: float
    greedy: bool = False
    """Always the likeliest."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text, ready to be spoken."""

    embeddings: Tensor
    """Of the voice and the text, [positions, channels]."""
    seed: int


class Decoder:
    """The autoregressive part of a loaded XTTS model (``TTS.tts.layers.xtts.gpt.GPT``), a batch at a time."""

    def __init__(self, gpt: Any) -> None:
        """``gpt`` is ready to infer, and stays on the device and in the kind of numbers that it has now."""
        self._gpt = gpt
        self._blocks = list(gpt.gpt.h)
        self._heads = gpt.heads
        self._size = gpt.model_dim // gpt.heads

    def prompt(self, latents: Tensor, tokens: Tensor, seed: int) -> Prompt:
        """``latents`` of the voice are [1, positions, channels], ``tokens`` of the text [length]."""
        import torch

        gpt = self._gpt
        start, stop = (tokens.new_tensor([token]) for token in (gpt.start_text_token, gpt.stop_text_token))
        text = torch.cat([start, tokens, stop])[None]
        spoken = gpt.text_embedding(text) + gpt.text_pos_embedding(text)
        return Prompt(torch.cat([latents.to(spoken.dtype), spoken], dim=1)[0], seed)

    def decode(self, prompts: Sequence[Prompt], sampling: Sampling, abreast: int) -> list[list[int]]:
        """The audio tokens of each prompt; the last is the stop token unless there were as many as there can be.

        ``abreast`` rows go through the weights at once, whether there are fewer prompts or more.
        """
        import torch

        if not prompts:
            return []
        with torch.inference_mode():
            return self._decode(prompts, sampling, abreast)

    def _decode(self, prompts: Sequence[Prompt], sampling: Sampling, abreast: int) -> list[list[int]]:
        import torch

        gpt, most, width = self._gpt, self._gpt.max_gen_mel_tokens, len(prompts)
        weights = gpt.mel_embedding.weight
        first = [len(prompt.embeddings) + 1 for prompt in prompts]
        room = max(first) + most
        if weights.device.type == "cuda":
            room = (
                gpt.max_prompt_tokens + gpt.max_text_tokens + gpt.max_mel_tokens
            )  # the same for every batch
        shape = (len(self._blocks), 2, width, self._heads, room, self._size)
        cache = torch.zeros(shape, dtype=weights.dtype, device=weights.device)
        lengths = torch.zeros(width, dtype=torch.long, device=weights.device)
        hidden = weights.new_zeros(width, weights.shape[1])
        for row, prompt in enumerate(prompts):
            hidden[row] = self._prefill(prompt, cache[:, :, row])
            lengths[row] = first[row]
        draws = torch.zeros(width, most, dtype=torch.float32)
        for row, prompt in enumerate(prompts):
            draws[row] = torch.from_numpy(np.random.default_rng(prompt.seed).random(most, np.float32))
        draws = draws.to(weights.device)
        seen = torch.zeros(width, weights.shape[0], dtype=torch.bool, device=weights.device)
        seen[:, [1, gpt.start_audio_token]] = True  # what the library's prompt consists of, for its penalty
        made: list[list[int]] = [[] for _ in prompts]
        going = set(range(len(prompts)))
        for step in range(most):
            logits = in_portions(gpt.mel_head, gpt.final_norm(hidden), abreast).float()
            chosen = choose(logits, seen, draws[:, step], sampling)
            seen.scatter_(1, chosen[:, None], True)
            tokens = chosen.tolist()
            for row in sorted(going):
                made[row].append(tokens[row])
                if tokens[row] == gpt.stop_audio_token:
                    going.remove(row)
            if not going or step + 1 == most:
                break
            place = torch.tensor([step + 1], device=weights.device)
            begun = gpt.mel_embedding(chosen) + gpt.mel_pos_embedding.emb(place)
            hidden = self._step(begun, cache, lengths, abreast)
            lengths += 1
        return made

    def _prefill(self, prompt: Prompt, cache: Tensor) -> Tensor:
        """Read one prompt and the start of the audio: what follows, [channels]. ``cache`` is that of the row."""
        import torch
        from torch.nn.functional import scaled_dot_product_attention

        gpt = self._gpt
        start = torch.tensor([gpt.start_audio_token], device=prompt.embeddings.device)
        begin = gpt.mel_embedding(start) + gpt.mel_pos_embedding.emb(torch.zeros_like(start))
        x = torch.cat([prompt.embeddings, begin])
        for block, (keys, values) in zip(self._blocks, cache, strict=True):
            q, k, v = (
                part.reshape(len(x), self._heads, self._size).transpose(0, 1)
                for part in block.attn.c_attn(block.ln_1(x)).chunk(3, dim=-1)
            )
            keys[:, : len(x)], values[:, : len(x)] = k, v
            heard = scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
            x = x + block.attn.c_proj(heard.transpose(0, 1).reshape(len(x), -1))
            x = x + block.mlp(block.ln_2(x))
        return gpt.gpt.ln_f(x[-1])

    def _step(self, x: Tensor, cache: Tensor, lengths: Tensor, abreast: int) -> Tensor:
        """One token a row, [rows, channels]; each row's keys and values go to its own next position."""
        import torch

        rows = torch.arange(len(x), device=x.device)
        for block, (keys, values) in zip(self._blocks, cache, strict=True):
            mixed = in_portions(block.attn.c_attn, block.ln_1(x), abreast)
            q, k, v = (part.reshape(len(x), self._heads, self._size) for part in mixed.chunk(3, dim=-1))
            keys[rows, :, lengths] = k
            values[rows, :, lengths] = v
            heard = attend(q, keys, values, lengths + 1)
            x = x + in_portions(block.attn.c_proj, heard.reshape(len(x), -1), abreast)
            x = x + in_portions(block.mlp, block.ln_2(x), abreast)
        return self._gpt.gpt.ln_f(x)


def in_portions(layer: Callable[[Tensor], Tensor], x: Tensor, abreast: int) -> Tensor:
    """What a layer makes of each row of ``x``, [rows, channels], computed ``abreast`` rows at a time.

    The last portion is filled up with zeros.
    """
    import torch
    from torch.nn.functional import pad

    if len(x) == abreast:
        return layer(x)
    made = [layer(pad(portion, (0, 0, 0, abreast - len(portion)))) for portion in x.split(abreast)]
    return torch.cat(made)[: len(x)]


def attend(q: Tensor, keys: Tensor, values: Tensor, lengths: Tensor) -> Tensor:
    """What each row hears of its own first ``lengths`` positions, [rows, heads, size].

    ``q`` is [rows, heads, size], ``keys`` and ``values`` [rows, heads, room, size]. On a GPU it is one call, since
    starting calls is what costs there; on a CPU a call a row, over what there is of it.
    """
    return (attend_each if q.device.type == "cpu" else attend_all)(q, keys, values, lengths)


def attend_all(q: Tensor, keys: Tensor, values: Tensor, lengths: Tensor) -> Tensor:
    """``attend`` over all the room, masked."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    heard = torch.arange(keys.shape[2], device=q.device)[None, None, None] < lengths[:, None, None, None]
    return scaled_dot_product_attention(q[:, :, None], keys, values, attn_mask=heard)[:, :, 0]


def attend_each(q: Tensor, keys: Tensor, values: Tensor, lengths: Tensor) -> Tensor:
    """``attend`` row by row."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    pieces = [
        scaled_dot_product_attention(q[row, None, :, None], keys[row, None, :, :n], values[row, None, :, :n])
        for row, n in enumerate(lengths.tolist())
    ]
    return torch.cat(pieces)[:, :, 0]


def choose(logits: Tensor, seen: Tensor, draws: Tensor, sampling: Sampling) -> Tensor:
    """The next token of each row.

    ``logits`` are [rows, tokens], ``seen`` tells which tokens a row has had, ``draws`` are uniform in [0, 1), one a
    row.
    """
    import torch

    penalty = sampling.repetition_penalty
    logits = torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)
    if sampling.greedy:
        return logits.argmax(dim=-1)
    most = min(sampling.top_k or logits.shape[-1], logits.shape[-1])
    best, tokens = torch.topk(logits / sampling.temperature, most, dim=-1)
    shares = torch.softmax(best, dim=-1)
    before = shares.cumsum(dim=-1) - shares
    shares = torch.where(before < sampling.top_p, shares, torch.zeros_like(shares))
    heap = shares.cumsum(dim=-1)
    place = (heap <= draws[:, None] * heap[:, -1:]).sum(dim=-1, keepdim=True)
    last = (shares > 0).sum(dim=-1, keepdim=True) - 1
    return tokens.gather(1, torch.minimum(place, last))[:, 0]
