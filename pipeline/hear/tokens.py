"""What is written and what was heard, made alike: the tokens that the two are compared by.

Both sides are spoken forms (a recogniser writes ``1999`` where a book has it in words, and the other way round), in
small letters, without punctuation, and without the accents that a language's writers leave out. Where a language has
no spaces between words, a token is a character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.hear.recogniser import Heard
from pipeline.model import Word
from pipeline.script.sentences import primary_language
from pipeline.script.spoken import speak_words

BY_CHARACTER = frozenset(("zh", "yue", "cmn", "wuu", "ja", "th", "lo", "km", "my"))
"""Languages whose words have no spaces between them."""
_PLAIN = frozenset(("en", "fr", "it", "es", "pt", "ca", "gl", "nl", "af", "eo"))
"""Languages that may be written without their accents and be understood: those are no letters of their own there."""
_POINTED = frozenset(("ar", "fa", "ur", "he", "yi"))
"""Languages whose vowel points are mostly left out."""
_SPELT: Mapping[str, dict[int, str]] = {
    "ru": {ord("ё"): "е"}, "de": {ord("ß"): "ss"}, "fa": {ord("ي"): "ی", ord("ك"): "ک"},
}  # fmt: skip
_TILDE = "\u0303"
_ENDS = frozenset(".!?:…。！？")
_CASELESS_NAMES = frozenset(("de", "lb"))
"""Languages in which a capital letter is no sign of a name."""
_PARTS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a character, in its plainest form."""

    text: str
    index: int
    """Of the display word, or of the heard word, that it comes from."""
    number: bool = False
    """Whether that is written in digits: there are many ways to say it."""
    name: bool = False
    """Whether that looks like a name: there are many ways to write it."""


def tokens_of(words: Sequence[Word], language: str) -> list[Token]:
    """The tokens that shall be heard; words that are not said have none."""
    cased = primary_language(language) not in _CASELESS_NAMES
    found = []
    first = True
    for index, word in enumerate(words):
        number = any(character.isdecimal() for character in word.text)
        name = cased and not first and _capital(word.text)
        if word.spoken:
            found += [Token(text, index, number, name) for text in plain(word.spoken, language)]
        if word.spoken:
            first = word.spoken[-1] in _ENDS  # which tells a sentence's end from an abbreviation's
    return found


def tokens_heard(heard: Sequence[Heard], language: str) -> list[Token]:
    """The tokens of what was heard: its numbers and abbreviations in words, as the book's are."""
    texts = [word.text for word in heard]
    joined = [primary_language(language) in BY_CHARACTER] * len(texts)
    found = []
    for index, (text, spoken) in enumerate(zip(texts, speak_words(texts, language, joined), strict=True)):
        number = any(character.isdecimal() for character in text)
        found += [Token(one, index, number) for one in plain(spoken, language)]
    return found


def plain(spoken: str, language: str) -> Iterator[str]:
    """The tokens of a spoken form."""
    primary = primary_language(language)
    text = unicodedata.normalize("NFKC", spoken).casefold()
    text = text.translate(_SPELT.get(primary, {}))
    if primary in _PLAIN or primary in _POINTED:
        text = _without_marks(text, keep_tilde=primary in ("es", "gl"))
    for apostrophe in "'’ʼ":
        text = text.replace(apostrophe, "")
    if primary in BY_CHARACTER:
        yield from _characters("".join(_PARTS.findall(text)))
    else:
        # Letters and their marks, which are no letters to a pattern.
        yield from _runs(text)


def _runs(text: str) -> Iterator[str]:
    run = ""
    for character in text:
        if character.isalnum() or (run and unicodedata.category(character)[0] == "M"):
            run += character
        elif run:
            yield run
            run = ""
    if run:
        yield run


def _characters(text: str) -> Iterator[str]:
    """Signs one by one; letters of an alphabet between them stay together."""
    letters = ""
    for character in text:
        if character.isascii():
            letters += character
            continue
        if letters:
            yield letters
            letters = ""
        yield character
    if letters:
        yield letters


def _without_marks(text: str, *, keep_tilde: bool) -> str:
    kept = (
        character
        for character in unicodedata.normalize("NFD", text)
        if unicodedata.category(character) != "Mn" or (keep_tilde and character == _TILDE)
    )
    return unicodedata.normalize("NFC", "".join(kept))


def _capital(text: str) -> bool:
    letter = next((character for character in text if character.isalpha()), "")
    return letter.isupper() and letter.casefold() != "i"  # in English "I" is no name; elsewhere no harm


def texts(tokens: Iterable[Token]) -> list[str]:
    """Only what they say."""
    return [token.text for token in tokens]
