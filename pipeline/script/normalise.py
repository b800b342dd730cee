"""What is removed from a word before it is spoken, in every language alike.

What an engine would read out as a symbol's name, choke on or take for markup. Numbers, abbreviations, units
and symbols that mean something are made words before this, by ``pipeline.script.spoken``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CLEAN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*[.,;:!?]?")
"""Most words: letters and digits, and at most one mark at the end."""

_QUOTES = '"“”„‟«»‹›‘‚‛「」『』〝〞〟＂`´'
_BRACKETS = "()[]{}（）［］｛｝〈〉《》【】〔〕〖〗⟨⟩"
_DECORATION = "*~^¶†‡•‣◦·●○■□◆◇★☆"
_INVISIBLE = "".join(map(chr, (0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0xFEFF)))
_INVISIBLE += "".join(map(chr, range(0x2060, 0x2070)))
_REMOVED = dict.fromkeys(map(ord, _QUOTES + _BRACKETS + _INVISIBLE + "*"), None)
_REPLACED = dict.fromkeys("’ʼ", "'") | dict.fromkeys("‐‑‒–−", "-") | dict.fromkeys("_\\|<>", " ")
_TABLE = str.maketrans(_REPLACED) | _REMOVED

_LONG_DASH = re.compile(r"\s*(?:[—―⸺⸻]|--)+\s*")
_INNER_ELLIPSIS = re.compile(r"(?<=\w)(\.{3}|…)(?=\w)")
_REPEATED = re.compile(r"([!?,;:！？，、；：])\1+")
_MARKS = frozenset(".,;:!?…")
_LETTER = re.compile(r"[^\W_]")

SAID_ALONE = frozenset("&%٪+=@×÷±≈≠≤≥∞№°℃℉©®™€$£¥₽₹¢‰") | {"<", ">"}
"""Symbols that are read out when they stand alone; every other lone symbol is decoration."""

_KEPT_SYMBOLS = frozenset("°№℃℉©®™")
"""Of Unicode's category "other symbol", where the emoji are, these are said."""


@lru_cache(maxsize=65_536)
def cleaned(word: str) -> str:
    """A word, or the several that are said for one, without what is not said; empty when nothing is left."""
    if _CLEAN.fullmatch(word):
        return word
    if word in SAID_ALONE:
        return word
    text = _drop_joiners(word).translate(_TABLE)
    text = "".join(c for c in text if not _is_silent(c))
    text = _INNER_ELLIPSIS.sub(r"\1 ", _LONG_DASH.sub(_comma, text))
    text = _REPEATED.sub(r"\1", " ".join(text.split()))
    text = text.strip("'-" + _DECORATION) if not text.startswith("-") else _keep_minus(text)
    return text.strip() if _LETTER.search(text) or text in SAID_ALONE else ""


def _is_silent(character: str) -> bool:
    """Emoji and their modifiers, key caps, lone accents, controls, private and unassigned code points."""
    if character.isalnum():
        return False
    category = unicodedata.category(character)
    if category == "So":
        return character not in _KEPT_SYMBOLS
    if "\ufe00" <= character <= "\ufe0f":  # variation selectors: how an emoji looks
        return True
    return category in {"Me", "Sk", "Cc", "Co", "Cn", "Cs"}


def _drop_joiners(word: str) -> str:
    """Zero-width (non-)joiners are spelling after a letter of Persian or Hindi, and glue in emoji."""
    if "\u200c" not in word and "\u200d" not in word:
        return word
    return re.sub(r"(?<![^\W_\da-zA-Z])(?<![\u0900-\u0dff])[\u200c\u200d]", "", word)


def _comma(dash: re.Match[str]) -> str:
    """A long dash is a short pause: a comma, unless punctuation or an end of the word says enough."""
    text, start, end = dash.string, dash.start(), dash.end()
    if start == 0:
        return ""
    space = " " if end < len(text) and text[end] not in _MARKS else ""
    if not text[start - 1].isalnum() or text[end : end + 1] in _MARKS:
        return space
    return ("," + space) if ord(text[start - 1]) < 0x2E80 else "，"


def _keep_minus(text: str) -> str:
    """``-5`` is minus five; ``-a`` and ``--`` are marks."""
    if len(text) > 1 and text[1].isdigit():
        return "-" + text[1:].strip("'-" + _DECORATION)
    return text.strip("'-" + _DECORATION)
