"""The letter ё, which Russian print leaves out and engines need.

Books write «еще», «пришел», «четвертый»; an engine that goes by the letters says them with е and the wrong
stress. Where OpenCorpora's dictionary knows a word with ё and not without it, the ё is put back; «все» and
«всё», «берет» and «берёт» are left to what can read the sentence. Of the words that depend on a preposition
alone, «о чем» and «в нем», the preposition is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.script.spoken.russian_grammar import analyser

_WORD = re.compile(r"[а-яё]*е[а-яё]*", re.IGNORECASE)
_AFTER_PREPOSITION = {"чем": "чём", "нем": "нём"}
_PREPOSITIONS = frozenset(("о", "об", "обо", "в", "на", "при", "по"))
_LIKELIER = {"петр": "пётр", "федор": "фёдор", "полет": "полёт", "артем": "артём", "семен": "семён"}
"""Words that the dictionary also knows without ё, as forms that are next to never met."""


def with_yo(spoken: Sequence[str]) -> list[str]:
    """The spoken forms of a sentence's words with ё where it is certain; each keeps its length."""
    before = ""
    result = []
    for form in spoken:
        result.append(_respelled(form, before))
        before = form.rpartition(" ")[2].lower() if form else before
    return result


def _respelled(form: str, before: str) -> str:
    return _WORD.sub(lambda match: _restored(match[0], before), form)


def _restored(word: str, before: str) -> str:
    low = word.lower()
    if low in _AFTER_PREPOSITION:
        said = _AFTER_PREPOSITION[low] if before in _PREPOSITIONS else low
    else:
        said = _only_spelling(low)
    return "".join(new.upper() if old.isupper() else new for old, new in zip(word, said, strict=True))


@lru_cache(maxsize=65_536)
def _only_spelling(word: str) -> str:
    """A word in small letters with its ё; as it is where the dictionary does not have one spelling of it."""
    if "ё" in word:
        return word
    if word in _LIKELIER:
        return _LIKELIER[word]
    known = analyser()
    spellings = known.dictionary.words.similar_keys(word, known.char_substitutes)
    return str(spellings[0]) if len(spellings) == 1 else word
