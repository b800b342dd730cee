"""The key under which a take is stored."""

from __future__ import annotations

from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.serial import key_of

TAKE_VERSION = 4
"""Raised when the same inputs are spoken, prepared or timed differently."""


def take_key(chunk: Chunk, voice: Voice, options: SpeakingOptions) -> str:
    """Hex SHA-256 over all that can change a take's sound or its word timings, and nothing else.

    The chunk's place in the book is no part of it: an equal sentence elsewhere shares the take. Words count
    one by one, spoken or not, because timings are per word.
    """
    words: list[list[str | bool]] = [
        [word.spoken, word.joined, *([word.ipa] if word.ipa else [])] for word in chunk.words
    ]
    words[0][1] = False  # what stands before the chunk is not heard
    manner: dict[str, object] = {"rate": options.rate, "seed": options.seed}
    if options.parameters:
        manner["parameters"] = options.parameters
    return key_of("take", TAKE_VERSION, words, chunk.language, voice.name, voice.revision, manner)
