"""Display words: what stands between spaces, cut finer where a script writes none.

Chinese is cut by the character, Japanese by the Chinese character and the run of kana, Thai, Lao, Khmer and
Burmese by the letter with its marks, so that a word-by-word highlight has something to follow. Punctuation
stays with the word before it, an opening mark with the word after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline.model import Word, join_spoken
from pipeline.script.lexicon import NO_LEXICON, Lexicon, Told, punctuation_after
from pipeline.script.sentences import split_sentences
from pipeline.script.spoken import speak_words

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f"
_OPENING = "「『“‘《〈（【〔［｛〖〝«‹"
_CLOSING = "」』”’》〉）】〕］｝〗〞〟»›。．，、；：！？…‥—―·・～〜％။၊។៕"
_PLAIN_CLOSING = r",.!?;:%)\]}\"'"

_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_THAI = (
    r"[\u0e40-\u0e44\u0ec0-\u0ec4]?[\u0e01-\u0e2f\u0e81-\u0eae]"
    r"[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ece]*+"
)
_KHMER = r"[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b4-\u17d1\u17dd])*"
_BURMESE = (
    r"[\u1000-\u102a\u103f\u1050-\u1055](?:\u1039[\u1000-\u1021]|[\u102b-\u103e\u1056-\u1059])*"
    r"(?:[\u1000-\u1021][\u1037\u1038]*\u103a[\u1037\u1038]*)*"  # consonants that close the syllable
)

_UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTH_EAST}]")
_PIECE = re.compile(
    rf"[{_OPENING}]*+"
    rf"(?:[{_HAN}][{_SELECTOR}]*+|[{_HIRAGANA}][{_HIRAGANA}ー]*+|[{_KATAKANA}]++"
    rf"|{_THAI}|{_KHMER}|{_BURMESE}|[{_SOUTH_EAST}]"
    rf"|[^{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTH_EAST}{_OPENING}{_CLOSING}]++)"
    rf"[{_CLOSING}{_PLAIN_CLOSING}]*+"
    rf"|[{_OPENING}]++[{_CLOSING}]*+|[{_CLOSING}]++"
)
"""Always matches at least one character, whatever it is: the pieces of a token are the token."""

_MARKS = frozenset(",;:!?…")
_STANDS_FOR = "qaq"
"""A word that no rule of any language is about."""
_LONG_DASHES = frozenset(("-", "—", "―", "–", "--", "——", "⸺"))


def split_words(
    text: str, language: str, joined: bool = False, lexicon: Lexicon = NO_LEXICON
) -> tuple[Word, ...]:
    """The display words of a sentence, with their spoken forms.

    ``joined`` says that no space stands before the first one. What ``lexicon`` says of a word is final; the
    words between are spoken as the language has them. ``join_words`` of the result is the text with its white
    space folded.
    """
    texts, joins = display_words(text, joined)
    told = lexicon.apply(texts, joins, language) if lexicon else {}
    if not told:
        spoken = speak_words(texts, language, joins)
        words = [make_word(*parts) for parts in zip(texts, spoken, joins, strict=True)]
    else:
        words = _with_lexicon(texts, joins, language, told)
    return tuple(_breathe(words))


def speak_text(text: str, language: str, lexicon: Lexicon = NO_LEXICON) -> str:
    """A text as it is spoken: its sentences' spoken words, with spaces as they stand between them."""
    sentences = split_sentences(" ".join(text.split()), language)
    words = (word for sentence in sentences for word in split_words(sentence, language, lexicon=lexicon))
    return join_spoken(tuple(words))


def _with_lexicon(
    texts: Sequence[str], joins: Sequence[bool], language: str, told: Mapping[int, Told]
) -> list[Word]:
    final = {index: one.spoken for index, one in told.items() if one.spoken is not None}
    # No rule shall see these words, but the others shall be read in their sentence: something stands for each.
    seen = [
        _STANDS_FOR + punctuation_after(text) if index in final else text for index, text in enumerate(texts)
    ]
    spoken = [final.get(index, said) for index, said in enumerate(speak_words(seen, language, joins))]
    words = [make_word(*parts) for parts in zip(texts, spoken, joins, strict=True)]
    for index, one in told.items():
        if one.ipa:
            words[index] = replace(words[index], spoken=words[index].spoken or texts[index], ipa=one.ipa)
    return words


def display_words(text: str, joined: bool = False) -> tuple[list[str], list[bool]]:
    """The display words of a text, and for each whether it follows the one before without a space."""
    texts: list[str] = []
    joins: list[bool] = []
    for token in text.split():
        pieces = [token] if token.isascii() or not _UNSPACED.search(token) else _PIECE.findall(token)
        texts += pieces
        joins += [joined] + [True] * (len(pieces) - 1)
        joined = False
    return texts, joins


@lru_cache(maxsize=65_536)
def make_word(text: str, spoken: str, joined: bool) -> Word:
    """A word; equal words are one object, which keeps a long book small."""
    return Word(text, spoken, joined)


def _breathe(words: list[Word]) -> list[Word]:
    """What stands between two words and is heard, though not said, is given to the word before.

    A dash is a comma there, also one that the next word begins with (``preguntó —dijo ella``); a mark that is
    set apart, as before ``;`` and ``!`` in French, is itself.
    """
    for index, word in enumerate(words):
        before = words[index - 1] if index else None
        if before is None or not before.spoken or not before.spoken[-1].isalnum():
            continue
        if word.spoken:
            mark = "," if word.text[0] in "—―–" and word.text[1:2].isalpha() and not word.joined else ""
        elif word.text in _LONG_DASHES:
            mark = "," if index + 1 < len(words) else ""
        else:
            mark = next((character for character in word.text if character in _MARKS), "")
            if not mark and "..." in word.text:
                mark = "…"
        if mark:
            words[index - 1] = replace(before, spoken=before.spoken + mark)
    return words
