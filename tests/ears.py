"""Texts whose words the tone recogniser tells apart: no two sound with the same pitch for the same time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.speech.tone import pitch_of
from pipeline.speech.tone_words import BESIDES


@dataclass
class Speller:
    """Makes up words, and remembers what may be heard."""

    taken: dict[tuple[float, int], str] = field(default_factory=dict)
    _words: Iterator[str] = field(default_factory=lambda: _made_up())

    def __post_init__(self) -> None:
        """The words that are said besides are in the vocabulary, too."""
        assert all(self._take(word) for word in BESIDES)

    def sentence(self, words: int = 5) -> str:
        """A sentence of so many words."""
        made: list[str] = []
        while len(made) < words:
            word = next(self._words)
            word = word.capitalize() if not made else word
            word += "." if len(made) == words - 1 else ""
            if self._take(word):
                made.append(word)
        return " ".join(made)

    @property
    def vocabulary(self) -> str:
        """For ``VOXPRESS_TONE_VOCABULARY``."""
        return " ".join(self.taken.values())

    def _take(self, word: str) -> bool:
        """Take a word unless another one sounds like it."""
        sound = pitch_of(word), len(word)
        return self.taken.setdefault(sound, word) == word


def _made_up() -> Iterator[str]:
    """Words of two to four syllables, each as different from the one before as can be."""
    heads, tails = ("br", "k", "l", "m", "st", "v", "tr", "n"), ("an", "el", "ik", "ors", "und", "ay")
    syllables = [head + tail for tail in tails for head in heads]
    for length in (2, 3, 4):
        for step in range(5, 47, 2):
            for start in range(0, len(syllables), 7):
                yield "".join(syllables[(start + step * k) % len(syllables)] for k in range(length))


def book(
    speller: Speller, chapters: int = 1, paragraphs: int = 3, sentences: int = 3
) -> dict[str, list[str]]:
    """Chapters of paragraphs of sentences of five words."""
    return {
        speller.sentence(words=2): [
            " ".join(speller.sentence() for _ in range(sentences)) for _ in range(paragraphs)
        ]
        for _ in range(chapters)
    }


def first_word(text: dict[str, list[str]], chapter: int, paragraph: int) -> str:
    """What a paragraph begins with: orders name their chunk by it."""
    return text[list(text)[chapter]][paragraph].split()[0]
