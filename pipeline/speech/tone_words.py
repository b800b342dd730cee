"""What the tone engine is told to say instead of a chunk's words, by orders as in ``tone_orders``.

unsaid birch           leave out the last sentence, or the last half of the only one
said-twice birch       say the first sentence twice
misread birch          say the letters of each word of the first sentence backwards
said-besides birch     say some words more, which are in no book
unsaid-at-first birch  the same with the planned seed only: another one helps
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pipeline.model import Chunk, Word
from pipeline.speech.tone_orders import orders

BESIDES = ("zebra", "quagga", "okapi", "tapir")
"""What is said besides."""
_AT_FIRST = "-at-first"

Words = Sequence[Word]


def said_for(chunk: Chunk, seed: int) -> Words:
    """The words that are really said: the chunk's own, unless it was ordered otherwise."""
    for order in orders(chunk.text):
        kind = order.removesuffix(_AT_FIRST)
        if kind in _KINDS and (kind == order or seed == 0):
            return _KINDS[kind](chunk)
    return chunk.words


def _unsaid(chunk: Chunk) -> Words:
    words = chunk.words
    last = len(chunk.sentences[-1].words) if len(chunk.sentences) > 1 else (len(words) + 1) // 2
    return words[:-last]


def _twice(chunk: Chunk) -> Words:
    return (*chunk.sentences[0].words, *chunk.words)


def _misread(chunk: Chunk) -> Words:
    first = chunk.sentences[0].words
    return (*(Word(word.text, word.spoken[::-1]) for word in first), *chunk.words[len(first) :])


def _besides(chunk: Chunk) -> Words:
    return (*chunk.words, *(Word(word, word) for word in BESIDES))


_KINDS: Mapping[str, Callable[[Chunk], Words]] = {
    "unsaid": _unsaid,
    "said-twice": _twice,
    "misread": _misread,
    "said-besides": _besides,
}
