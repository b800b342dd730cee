"""The spoken form of a sentence, language by language.

``speak_words`` takes the display words of one sentence and gives for each of them what is said. A display
word never changes, and none is lost: what is said for ``$3 million`` is dealt out as ``three`` and ``million
dollars``. Whether a thing is a year, a price or a chapter is seen from what stands around it, so rules look
at the whole sentence.

How a language is written
-------------------------

1. A module ``pipeline/script/spoken/<tag>.py`` with a constant ``LANGUAGE: Language`` (see ``rule.py``).
2. A line in ``LANGUAGES`` below. The module is imported when the language is first spoken.

A ``Language`` is above all a tuple of rules, in order of precedence; what one rule has taken, no later one
sees. A rule has the name of its class, a regular expression that is searched in the whole sentence (words
with single spaces between them; no spaces where the script writes none), and a function from the match to
the words that are said::

    rule("measure", r"(?<![\\w.,])(\\d+) ?kg\\b", lambda m: f"{cardinal(int(m[1]))}|kilograms")

* The function returns None to decline; later rules then get their turn. ``match.string`` is the sentence.
* ``|`` separates the shares of the display words that the match covers. When the number of shares is
  another than that of the words (``12kg`` is one word, ``12 kg`` two), ``|`` counts as a space and the spoken
  words are dealt out in proportion: so a rule can write ``|`` and not care how the source spaced it.
* A group named ``said`` limits the run that is replaced: ``Chapter (?P<said>[IVXLC]+)\\b``.
* ``kept(...)`` protects a text from later rules, ``replaced(...)`` says always the same, ``abbreviations``
  makes one rule of a table.
* What is said is plain words and the marks ``, . ! ? ' -``; quotes, brackets and decoration around the match
  stay where they are and are removed afterwards for all languages alike (``pipeline.script.normalise``).
* The order that works: what is kept (mark-up), electronic, telephone, date, time, money, measure, fraction,
  ordinal, roman, range, letters with digits, decimal and cardinal, abbreviations, symbols. The last ones must
  catch every digit and every symbol that an engine could stumble over.
* ``triggers`` names the words of letters alone that some rule is about (``Dr``, ``IV``): a sentence without
  digits, symbols or triggers is never searched, which is what makes a long book quick. Several capitals or
  dots inside a word (``U.S.A.``) always count as a candidate.

Helpers: ``numerals.py`` (reading written numbers), ``cldr.py`` (names of currencies and units with their
plurals), ``electronic.py`` (addresses), ``roman.py``. Patterns must take linear time: no nested repetition
over the same characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from pipeline.script.normalise import cleaned
from pipeline.script.spoken.apply import assemble, deal, find_edits, sentence_of
from pipeline.script.spoken.rule import Language

LANGUAGES = {
    "en": "en",
    **dict.fromkeys(("en-gb", "en-au", "en-ie", "en-in", "en-nz", "en-za"), "en_gb"),
    "ru": "ru",
    "zh": "zh",
    "de": "de",
    "fr": "fr",
    "es": "es",
}
"""The languages with rules of their own: the primary part of the tag, or with its region where that reads some
things otherwise, and the module in this package."""

FALLBACK = "other"
"""The module for every other language."""

_LETTER = r"[^\W\d_²³¹¼-¾⁰-ₜ⅐-↋①-⓿❶-➓]"
"""Python counts every numeric character that is no decimal digit among the letters."""
_LETTERS_ONLY = re.compile(
    r"[\"'“”„‟«»‹›‘‚‛「」『』(（\[¿¡—–-]*"
    rf"({_LETTER}+(?:(?:['’ʼ\u00ad-]|[—―–]+){_LETTER}+)*)"
    r"['’]?[.,;:!?…。，、！？；：\"'“”»›‘’」』)）\]—–-]*"
)
_POSSESSIVE = re.compile(r"['’]s?$")
_MARKS_ONLY = re.compile(r"[\"'“”„«»‹›‘’.,;:!?…。，、！？；：()\[\]—–―⸺⸻*・·-]+")
_PARTS = re.compile(r"[—―–-]+")


@dataclass(frozen=True, slots=True)
class Said:
    """What is said for one display word, and which classes of rules had a part in it."""

    spoken: str
    """Empty when nothing is said."""
    kinds: tuple[str, ...] = ()


def speak_words(words: Sequence[str], language: str, joined: Sequence[bool] = ()) -> list[str]:
    """The spoken forms of the display words of one sentence, one for each.

    ``language`` is a BCP 47 tag; ``joined[i]`` says that no space stands before word ``i`` (Chinese). A form
    is empty when nothing is said for the word, and may hold several words separated by single spaces.
    """
    return [said.spoken for said in explain_words(words, language, joined)]


def explain_words(words: Sequence[str], language: str, joined: Sequence[bool] = ()) -> list[Said]:
    """As ``speak_words``, with the classes of the rules that were used."""
    spoken_in = language_of(language)
    if not _has_candidate(words, spoken_in.tag):
        return [_plain(word) for word in words]
    joins = joined or (False,) * len(words)
    edits = find_edits(sentence_of(words, joins), spoken_in.rules)
    if not edits:
        return [_plain(word) for word in words]
    result: list[Said] = []
    for word, dealt in zip(words, deal(words, joins, edits), strict=True):
        if not dealt.kinds:
            result.append(_plain(word))
            continue
        spoken = cleaned(assemble(dealt.parts))
        if not spoken and result:
            result[-1] = _with_mark(result[-1], dealt.parts[-1])
        first = next((character for character in word if character.isalnum()), "")
        if spoken and not first.islower() and not any(said.spoken for said in result):
            spoken = spoken[0].upper() + spoken[1:]  # engines see a new sentence by its capital
        result.append(Said(spoken, tuple(dealt.kinds)))
    return result


def _with_mark(said: Said, written: str) -> Said:
    """The mark after a word in which nothing is said belongs to the word before it."""
    mark = written[:1]
    if mark and mark in ".,;:!?…" and said.spoken and said.spoken[-1].isalnum():
        return Said(said.spoken + mark, said.kinds)
    return said


def language_of(tag: str) -> Language:
    """The rules for a BCP 47 tag; those for every other language when it has none of its own."""
    folded = tag.lower().replace("_", "-")
    return _load(folded if folded in LANGUAGES else folded.split("-", 1)[0])


@lru_cache(maxsize=256)
def _load(primary: str) -> Language:
    if primary in LANGUAGES:
        module = import_module(f"{__name__}.{LANGUAGES[primary]}")
        language: Language = module.LANGUAGE
        return language
    other: Language = import_module(f"{__name__}.{FALLBACK}").language_for(primary)
    return other


def _has_candidate(words: Sequence[str], primary: str) -> bool:
    """Whether some rule may have something to say about a sentence.

    ``I`` alone is mostly the English pronoun: it counts after a capital (Elizabeth I) or with nothing else.
    """
    for index, word in enumerate(words):
        if not _is_candidate(word, primary):
            continue
        if word.strip('"“”‘’.,;:!?') != "I" or (words[index - 1][:1].isupper() if index else len(words) == 1):
            return True
    return False


@lru_cache(maxsize=65_536)
def _is_candidate(word: str, primary: str) -> bool:
    """Whether some rule may have something to say about a word."""
    letters = _LETTERS_ONLY.fullmatch(word)
    if letters is None:
        return not _MARKS_ONLY.fullmatch(word)
    triggers = _load(primary).triggers
    if triggers is None:
        return False
    return any(
        triggers.fullmatch(_POSSESSIVE.sub("", part)) for part in {letters[1], *_PARTS.split(letters[1])}
    )


@lru_cache(maxsize=65_536)
def _plain(word: str) -> Said:
    return Said(cleaned(word))
