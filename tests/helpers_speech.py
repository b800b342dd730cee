"""Chunks from plain text, for tests of engines."""

from __future__ import annotations

from pipeline.model import BlockKind, Chunk, Sentence, Word


def words_of(text: str, *, joined: bool = False) -> tuple[Word, ...]:
    """One word for each piece between spaces, said as written; with ``joined`` one for each character."""
    pieces = list(text) if joined else text.split()
    return tuple(Word(piece, piece, joined and index > 0) for index, piece in enumerate(pieces))


def chunk_of(words: str | tuple[Word, ...], *, voice: str = "tone:a", language: str = "en") -> Chunk:
    """A chunk of one sentence."""
    if isinstance(words, str):
        words = words_of(words)
    return Chunk(0, (Sentence(words),), BlockKind.PARAGRAPH, voice, language, 0.3)
