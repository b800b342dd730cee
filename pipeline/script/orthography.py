"""What print leaves out and engines need, put back into the spoken words of a script.

Display words and what ``voxpress speakable`` shows keep the spelling of the book; no spoken form changes its
length.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.model import Sentence
from pipeline.script.sentences import primary_language


def for_engines(sentences: tuple[Sentence, ...], language: str) -> tuple[Sentence, ...]:
    """The sentences with spoken words as an engine must read them; ``language`` is a BCP 47 tag.

    Russian: ё where it is certain.
    """
    if primary_language(language) != "ru":
        return sentences
    from pipeline.script.spoken.russian_yo import with_yo  # loads the dictionary

    respelled = []
    for sentence in sentences:
        spoken = with_yo([word.spoken for word in sentence.words])
        words = (
            word if said == word.spoken else replace(word, spoken=said)
            for word, said in zip(sentence.words, spoken, strict=True)
        )
        respelled.append(replace(sentence, words=tuple(words)))
    return tuple(respelled)
