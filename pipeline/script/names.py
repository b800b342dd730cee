"""Names and rare words of a book, with how often they come: what is worth a look before hours are spoken.

No list of words is needed for names: in scripts with capitals the book itself tells. A word that is written with
a capital inside sentences, and hardly ever without, is a name. German writes all nouns so; there a noun shows
itself by the articles and adjectives before it, which stand before hardly any name. Scripts without capitals
(Chinese, Arabic, Hindi ...) tell nothing of the kind, and are left out.

With the package ``wordfreq`` (extra ``names``) words that hardly anybody uses are found as well, by how often
they come in its collections of texts (Zipf scale, van Heuven et al. 2014: 3 is one in a million words).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec

from pipeline.model import BlockKind, Chapter
from pipeline.script.abbreviations import LANGUAGES, NO_ABBREVIATIONS, NOUNS_LARGE
from pipeline.script.sentences import primary_language, split_sentences

RARE_ZIPF = 2.0
"""One in ten million words; rarer ones are listed."""
EXAMPLE_CHARACTERS = 160
"""Longest example; of a longer sentence what stands around the word is shown."""
_LEAST_CAPITAL = 0.8
"""Share of a name's occurrences inside sentences that have a capital."""
_MOST_DETERMINED = 0.25
"""Share of a German name's occurrences that follow an article or an adjective."""
_LEAST_GERMAN = 2
"""Occurrences inside sentences that a German name needs: one tells too little."""
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_ACRONYM = re.compile(r"(?:[A-ZÀ-ÞА-ЯЁ]\.?){2,6}")
_BEGINS = frozenset('"“”„«»‘(—–:…¿¡!?')
"""After one of these a capital tells nothing."""
_DETERMINERS_DE = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner im am zum zur vom beim"
    " ins ans aufs mein meine meinen meinem meiner dein deine sein seine seinen seinem seiner ihr ihre ihren ihrem"
    " ihrer unser unsere unseren dieser diese dieses diesen diesem jener jene jedes jeder jede welche welcher alle"
    " viele einige mehrere".split()
)


_CYRILLIC = frozenset("ru uk be bg sr mk kk ky mn".split())


@dataclass(frozen=True, slots=True)
class Name:
    """A name, an acronym or a rare word of a book."""

    text: str
    kind: str
    """``name``, ``acronym`` or ``rare``."""
    count: int
    chapter: int
    """Index of the chapter in which it comes first."""
    example: str
    """The first sentence that has it, cut around it where it is long."""


@dataclass(slots=True)
class _Seen:
    """What is known of a word, whatever its case."""

    capital: int = 0
    """Occurrences inside sentences with a capital."""
    small: int = 0
    start: int = 0
    """Occurrences with a capital where sentences, or what is said in them, begin: that tells nothing."""
    acronym: int = 0
    determined: int = 0
    """Of ``capital``, those after an article or an adjective."""
    written: Counter[str] = field(default_factory=Counter)
    chapter: int = 0
    example: str = ""

    @property
    def count(self) -> int:
        return self.capital + self.small + self.start


_WITHOUT = frozenset(
    "zh ja ko th lo km my ar fa ur he yi ps sd ug hi mr ne sa bn pa gu or ta te kn ml si am ti dv bo dz".split()
)


def has_capitals(language: str) -> bool:
    """Whether the language's script tells names by capitals."""
    return primary_language(language) not in _WITHOUT


def finds_rare_words() -> bool:
    """Whether the package is there that knows how often words are used."""
    return find_spec("wordfreq") is not None


def find_names(chapters: Iterable[Chapter], language: str) -> list[Name]:
    """The names and rare words of a book, the most frequent first.

    ``language`` (BCP 47) is the book's; passages in another one are left out, and so are headings, in which
    many languages write every word with a capital.
    """
    if not has_capitals(language):
        return []
    primary = primary_language(language)
    seen: dict[str, _Seen] = {}
    for chapter, sentence in _sentences(chapters, primary):
        _read(sentence, chapter, primary, seen)
    how_rare = _rarity(primary)
    found = [
        Name(one.written.most_common(1)[0][0], kind, one.count, one.chapter, one.example)
        for word, one in seen.items()
        if (kind := _kind(word, one, primary, how_rare))
    ]
    return sorted(found, key=lambda name: (-name.count, name.text.casefold(), name.text))


def _sentences(chapters: Iterable[Chapter], language: str) -> Iterator[tuple[int, str]]:
    for chapter in chapters:
        for block in chapter.blocks:
            if block.kind in (BlockKind.HEADING, BlockKind.CODE, BlockKind.TABLE):
                continue
            if primary_language(block.language or language) != language:
                continue
            for line in block.text.split("\n"):
                for sentence in split_sentences(" ".join(line.split()), language):
                    if not sentence.isupper():
                        yield chapter.index, sentence.strip()


def _read(sentence: str, chapter: int, language: str, seen: dict[str, _Seen]) -> None:
    end, before = 0, ""
    for match in _WORD.finditer(sentence):
        word = _base(match[0], language)
        gap = sentence[end : match.start()].strip()
        starts = not before or bool(_BEGINS.intersection(gap))
        end, before, last = match.end(), match[0], before
        one = seen.get(word.lower())
        if one is None:
            one = seen[word.lower()] = _Seen(
                chapter=chapter, example=_cut(sentence, match.start(), match.end())
            )
        one.written[word] += 1
        if not word[0].isupper():
            one.small += 1
        elif starts:
            one.start += 1
        else:
            one.capital += 1
            one.acronym += bool(_ACRONYM.fullmatch(word))
            one.determined += _is_determiner(last)


def _kind(word: str, one: _Seen, language: str, how_rare: Callable[[str], float] | None) -> str:
    """What a word is; empty when it is an ordinary one."""
    known = LANGUAGES.get(language, NO_ABBREVIATIONS)
    stem = re.split("['’]", word, maxsplit=1)[0]
    if len(stem) < 2 or stem in known.starters or known.knows(stem) or stem in _DETERMINERS_DE:
        return ""
    if one.acronym and one.acronym >= one.capital + one.small - one.acronym:
        return "acronym"
    if one.capital and one.capital >= _LEAST_CAPITAL * (one.capital + one.small):
        if language not in NOUNS_LARGE:
            return "name"
        if one.capital >= _LEAST_GERMAN and one.determined <= _MOST_DETERMINED * one.capital:
            return "name"
    foreign = word.isascii() and language in _CYRILLIC
    if how_rare and len(word) > 3 and "." not in word and not foreign and how_rare(word) < RARE_ZIPF:
        return "rare"
    return ""


def _is_determiner(word: str) -> bool:
    """German: an article, or what looks like an adjective."""
    return word.lower() in _DETERMINERS_DE or (
        word.islower() and word.endswith(("en", "er", "es", "em", "e"))
    )


def _base(word: str, language: str) -> str:
    """English: without a possessive s."""
    return re.sub(r"['’]s?$", "", word) if language == "en" else word


def _cut(sentence: str, start: int, end: int) -> str:
    """The sentence, or what stands around a word of it."""
    if len(sentence) <= EXAMPLE_CHARACTERS:
        return sentence
    room = (EXAMPLE_CHARACTERS - (end - start)) // 2
    left, right = max(0, start - room), min(len(sentence), end + room)
    left = sentence.find(" ", left, start) + 1 if left else 0
    right = sentence.rfind(" ", end, right) if right < len(sentence) else right
    return ("… " if left else "") + sentence[left:right] + (" …" if right < len(sentence) else "")


@cache
def _rarity(language: str) -> Callable[[str], float] | None:
    """How often a word of the language is used, on the Zipf scale; None where that is not known."""
    if not finds_rare_words():
        return None
    import wordfreq

    if language not in wordfreq.available_languages("small"):
        return None
    return lambda word: float(wordfreq.zipf_frequency(word, language))
