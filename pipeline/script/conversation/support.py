"""Whether a line says what the sentences say that it rests on: numbers, names, denials, and the words they
share.

This is no understanding. It finds what goes wrong most when a model retells a text: figures and people that are
not in it, a "not" too many or too few, and statements about something else. A line that it passes can still be
wrong; one that it flags is looked at by a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.script.conversation.support_words import NEGATIONS, STOP
from pipeline.script.sentences import primary_language
from pipeline.script.words import speak_text

SHARED = 1 / 3
"""Of a line's content words, those that its sentences must have. Retelling keeps most nouns and figures and changes
verbs and order, so true lines share a half and more. Of 279 sentences of news pages, 4 % shared as much with another
sentence of the same article, half of them nothing at all; with the sentence after it 8 %."""
FREE_WORDS = 30
"""Words of a line that rests on nothing and is no question; a longer one states something."""
LONGEST_SHORT = 3
"""Letters of words that are hardly ever about anything."""
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_DIGITS = re.compile(r"\d+(?:[.,\u00a0\u202f ']\d+)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_STARTS = re.compile(r"(?:^|[.!?…]|[\"“„«‘(¿¡—–-]\s?)\s*$")
_QUESTION = re.compile(r"[?？؟]\W*$")
_COUNTED = (*range(2, 21), *range(30, 100, 10), 100, 1000, 10**6, 10**9)

_INFLECTING = frozenset(
    ["be", "bg", "cs", "et", "fi", "hr", "hu", "lt", "lv", "pl", "ru", "sk", "sl", "sr", "tr", "uk"]
)
"""Languages in which a number has many forms."""
_NOUNS_LARGE = ("de", "lb")
"""Every noun has a capital there: names cannot be told by it."""


def doubts_about(
    text: str, sentences: Sequence[str], language: str, known: Sequence[str] = ()
) -> tuple[str, ...]:
    """Why a line in ``language`` (BCP 47) may not be what its ``sentences`` say, one sentence each; empty: no reason.

    Names in ``known``, such as the title's and the hosts', may be said anyway.
    """
    source = " ".join(sentences)
    found = [
        f"The number {number} is in none of the sentences that it rests on."
        for number in _foreign_numbers(text, source, language)
    ]
    found += [
        f"The name {name} is in none of the sentences that it rests on."
        for name in _foreign_names(text, [source, *known], language)
    ]
    if said := _denial(text, sentences, language):
        found.append(said)
    words = content_words(text, language)
    shared = [word for word in words if _is_among(word, content_words(source, language))]
    if len(words) > 1 and len(shared) < SHARED * len(words):
        found.append(
            f"It shares {len(shared)} of its {len(words)} words that mean something with what it rests on."
        )
    return tuple(found)


def doubts_about_free(
    text: str, around: Sequence[str], language: str, known: Sequence[str] = ()
) -> tuple[str, ...]:
    """The same for a line that rests on nothing: a question, a greeting, a reaction. ``around`` is what is
    being talked about; it may take up figures and names from there, and be no longer than chatter is."""
    source = " ".join(around)
    found = [
        f"It has the number {number} and names no sentence that it rests on."
        for number in _foreign_numbers(text, source, language)
    ]
    found += [
        f"It has the name {name} and names no sentence that it rests on."
        for name in _foreign_names(text, [source, *known], language)
    ]
    if len(_WORD.findall(text)) > FREE_WORDS and not _QUESTION.search(text):
        found.append("It is more than a remark and names no sentence that it rests on.")
    return tuple(found)


# -- numbers ---------------------------------------------------------------------------------------------


def _foreign_numbers(text: str, source: str, language: str) -> list[str]:
    """Numbers that the source does not have, in figures or in words."""
    primary = primary_language(language)
    figures = {_figures(number) for number in _DIGITS.findall(source)}
    there = _words(_spoken(source, language))
    found = []
    for number in _DIGITS.findall(text):
        words = _words(_spoken(number, language))
        if _figures(number) not in figures and not _stands_in(words, there, primary):
            found.append(number)
    for run in _number_runs(_words(_DIGITS.sub(" . ", text)), primary):
        if not _stands_in(run, there, primary):
            found.append(" ".join(run))
    return list(dict.fromkeys(found))


def _number_runs(words: Sequence[str], language: str) -> list[list[str]]:
    """The numbers that are written in words."""
    counting = _counting(language)
    runs: list[list[str]] = [[]]
    for word in words:
        if word in counting or any(_same_number(word, other, language) for other in counting):
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _stands_in(words: Sequence[str], there: Sequence[str], language: str) -> bool:
    """Whether these words, one after the other, are somewhere among those."""
    size = len(words)
    return any(
        all(
            _same_number(one, other, language)
            for one, other in zip(words, there[at : at + size], strict=True)
        )
        for at in range(len(there) - size + 1)
    )


def _same_number(one: str, other: str, language: str) -> bool:
    if one == other or language not in _INFLECTING:
        return one == other
    needed = max(3, int(max(len(one), len(other)) * 0.6))
    return min(len(one), len(other)) >= needed and one[:needed] == other[:needed]


def _figures(number: str) -> str:
    return re.sub(r"\D", "", number)


@lru_cache(maxsize=32)
def _counting(language: str) -> frozenset[str]:
    """The words that a language counts with; "one" is mostly no number."""
    words = {word for number in _COUNTED for word in _words(_spoken(str(number), language))}
    return frozenset(words - set(_words(_spoken("1", language))) - {"and", "und", "et", "y"})


@lru_cache(maxsize=512)
def _spoken(text: str, language: str) -> str:
    return speak_text(text, language)


# -- names -----------------------------------------------------------------------------------------------


def _foreign_names(text: str, sources: Iterable[str], language: str) -> list[str]:
    """Words with a capital inside a sentence that the sources do not have."""
    if primary_language(language) in _NOUNS_LARGE:
        return []
    there = set(_words(" ".join(sources)))
    found = []
    for match in _WORD.finditer(text):
        word = match[0]
        if not word[0].isupper() or word in ("I", "Я") or word.startswith(("I'", "I’")):
            continue
        if _STARTS.search(text[: match.start()]):
            continue
        if not all(_is_among(part, there) for part in _words(word) if len(part) > 1 and part[0].isalpha()):
            found.append(word)
    return list(dict.fromkeys(found))


# -- denials ---------------------------------------------------------------------------------------------


def _denial(text: str, sentences: Sequence[str], language: str) -> str:
    pattern = NEGATIONS.get(primary_language(language))
    if pattern is None or not sentences:
        return ""
    denies = re.search(pattern, text, re.I) is not None
    denied = [re.search(pattern, sentence, re.I) is not None for sentence in sentences]
    if denies and not any(denied) and not _QUESTION.search(text):
        return "It denies something, and the sentences that it rests on do not."
    if not denies and all(denied) and not _QUESTION.search(text):
        return "The sentences that it rests on deny something, and it does not."
    return ""


# -- words -----------------------------------------------------------------------------------------------


def content_words(text: str, language: str) -> tuple[str, ...]:
    """The words of a text that are about something, each once, in small letters; of a script without spaces, pairs of
    letters."""
    stop = STOP.get(primary_language(language), frozenset())
    found: dict[str, None] = {}
    for word in _words(_spoken(text, language)):
        if _UNSPACED.search(word):
            found |= dict.fromkeys(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        elif len(word) > LONGEST_SHORT and word not in stop:
            found[word] = None
    return tuple(found)


def _words(text: str) -> list[str]:
    words = (match.casefold().replace("’", "'") for match in _WORD.findall(text))
    return [part for word in words for part in re.split(r"[-']", word) if part]


def _is_among(word: str, others: Iterable[str]) -> bool:
    """Whether one of the others is the same word, or another form of it: they begin alike."""
    return any(word == other or _alike(word, other) for other in others)


def _alike(one: str, other: str) -> bool:
    longest = max(len(one), len(other))
    needed = max(4, int(longest * 0.6))
    return min(len(one), len(other)) >= needed and one[:needed] == other[:needed]


__all__ = ["FREE_WORDS", "SHARED", "content_words", "doubts_about", "doubts_about_free"]
