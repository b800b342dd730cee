"""The words of a text that it is about, and those that every text has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipeline.compose.phrases import locale_of, primary

MOST_KEYWORDS = 8
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
"""Scripts without spaces between words; their texts are compared by pairs of characters."""
_STEM = 6
"""Letters by which forms of a word are taken for the same ("bee", "bees"; "пчела", "пчелой")."""
_SHORTEST = 3
_PAIR = 1.5
"""How much more a pair of words says than one."""
_ALSO_COMMON = {
    "en": "your our mine yours ours says say get gets got make makes like look looks just even really want going "
    "there here always below now us",
    "de": "wir uns unser unsere ihr euch mal schon sagt sagte gibt ganz eben wohl",
    "fr": "votre notre vos nos dit fait peut faut bien très",
    "es": "nuestro nuestra vuestro dice dijo hace puede muy bien",
    "ru": "наш наша наши ваш очень просто говорит сказал можно нужно",
}
"""What is common where somebody speaks, and not in what the lists were made of."""


@dataclass(slots=True)
class _Term:
    count: int = 0
    sentences: int = 0
    forms: Counter[str] = field(default_factory=Counter)


@cache
def stop_words(language: str) -> frozenset[str]:
    """The commonest words of a language (BCP 47), by the lists of jusText; empty for languages that have none there.

    They are counted in texts of all kinds, so that words such as "president" are among them, too.
    """
    import justext

    locale = locale_of(primary(language))
    name = (locale.english_name or "").replace(" ", "_") if locale else ""
    name = {"Norwegian": "Norwegian_Bokmal"}.get(name, name)
    if name not in justext.get_stoplists():
        return frozenset()
    listed = frozenset(word.casefold() for word in justext.get_stoplist(name))
    return listed.union(_ALSO_COMMON.get(primary(language), "").split())


def terms(text: str, language: str) -> list[str]:
    """What a sentence is compared by: stems of its words, without those that every text has."""
    if _is_unspaced(text):
        letters = _UNSPACED.findall(text)
        return [one + other for one, other in pairwise(letters)]
    words = (_word(match, language) for match in _WORD.findall(text))
    return [word.stem for word in words if len(word.low) >= _SHORTEST and not word.common]


class _Word(NamedTuple):
    bare: str
    low: str
    stem: str
    common: bool


@lru_cache(maxsize=1 << 13)
def _word(text: str, language: str) -> _Word:
    """A text has each of its words many times."""
    bare = _bare(text, language)
    low = bare.casefold()
    return _Word(bare, low, _stem(low), low in stop_words(language))


def _bare(word: str, language: str) -> str:
    """Without what an apostrophe adds: "bee's", "l'abeille"."""
    before, apostrophe, after = word.replace("’", "'").partition("'")
    return after if apostrophe and primary(language) in ("fr", "it", "ca") else before


def _stem(word: str) -> str:
    return (word[:-1] if len(word) > _SHORTEST and word.endswith("s") else word)[:_STEM]


def keywords(
    sentences: Sequence[str], title: str, language: str, most: int = MOST_KEYWORDS
) -> tuple[str, ...]:
    """The words, and pairs of words, that a text is about; none of scripts without spaces.

    By how often they come, in how many sentences, and whether the title has them. A pair that comes again stands for
    its words. Common words count only in pairs, or as names: "Apple", inside a sentence.
    """
    if _is_unspaced(" ".join(sentences[:20])):
        return ()
    found = _counted(sentences, language)
    named = {_stem(word.casefold()) for word in _WORD.findall(title)}

    def weight(item: tuple[tuple[str, ...], _Term]) -> float:
        stems, term = item
        in_title = sum(stem in named for stem in stems) / len(stems)
        spread = term.sentences / max(1, len(sentences))
        return term.count * (1 + spread) * (1 + in_title) * (_PAIR if len(stems) == 2 else 1)

    chosen: list[tuple[str, ...]] = []
    said: list[str] = []
    for stems, term in sorted(found.items(), key=lambda item: (-weight(item), item[0])):
        if term.count < 2 and len(sentences) > 10:
            continue
        if any(set(stems) & set(other) for other in chosen):
            continue
        chosen.append(stems)
        said.append(term.forms.most_common(1)[0][0])
        if len(said) == most:
            break
    return tuple(said)


def _counted(sentences: Iterable[str], language: str) -> dict[tuple[str, ...], _Term]:
    found: dict[tuple[str, ...], _Term] = {}
    capitals_are_names = primary(language) != "de"
    for sentence in sentences:
        before: tuple[str, _Word, int] | None = None
        seen: set[tuple[str, ...]] = set()
        for place, match in enumerate(_WORD.finditer(sentence)):
            word = _word(match[0], language)
            name = capitals_are_names and place > 0 and word.bare[:1].isupper()
            if len(word.low) < _SHORTEST or (word.common and not name):
                before = None
                continue
            form = word.bare if place > 0 else word.low
            if not word.common or len(word.low) > 4:
                _count(found, (word.stem,), form, seen)
            if (
                before is not None
                and before[2] + 1 == match.start()
                and not (before[1].common and word.common)
            ):
                _count(found, (before[1].stem, word.stem), f"{before[0]} {form}", seen)
            before = (form, word, match.end())
    return {stems: term for stems, term in found.items() if len(stems) == 1 or term.count >= 2}


def _count(
    found: dict[tuple[str, ...], _Term], stems: tuple[str, ...], form: str, seen: set[tuple[str, ...]]
) -> None:
    term = found.get(stems) or found.setdefault(stems, _Term())
    term.count += 1
    term.sentences += stems not in seen
    term.forms[form] += 1
    seen.add(stems)


def _is_unspaced(text: str) -> bool:
    return 3 * len(_UNSPACED.findall(text)) > len(text)


__all__ = ["MOST_KEYWORDS", "keywords", "stop_words", "terms"]
