"""The text of one block: white space folded, invisible characters out, lines of verse kept."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from pipeline.model import Skipped

BREAK = "\x1e"
"""Stands for a line break inside raw text; it cannot occur in XML."""

_CJK = "\u3000-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SOURCE_NEWLINE = re.compile(f"(?<=[{_CJK}])[ \t]*[\r\n]\\s*(?=[{_CJK}])")
_SAID = re.compile(r"\S*\w\S*")
_PARAGRAPH = re.compile(
    f"{BREAK}[^\\S{BREAK}]*{BREAK}[\\s{BREAK}]*|{BREAK}\\s*(?=\u3000|\u00a0\u00a0|\u2003)"
)
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Joiners are letters' business in Persian, Hindi or emoji; between Latin letters they are typography.
_JOINER = re.compile("(?<![\u0590-\u1fff\u2600-\U0001ffff\ufe0f])[\u200c\u200d]|[\u200c\u200d](?!\\S)")


# Alphabetic Presentation Forms: glyphs that old fonts and PDFs needed characters for (Unicode, chapter 23.2).
_LIGATURE = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufb4f\ufb50-\ufdff\ufe70-\ufefc]")
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
"""Private use: a picture in one font, nothing anywhere else."""


class SkipLog:
    """Counts what is left out, by kind."""

    def __init__(self) -> None:
        """Start empty."""
        self._counts: Counter[str] = Counter()
        self._words: Counter[str] = Counter()

    def add(self, kind: str, words: int = 0, count: int = 1) -> None:
        """Note that ``count`` things of ``kind`` with ``words`` words in all are not narrated."""
        self._counts[kind] += count
        self._words[kind] += words

    def merge(self, other: SkipLog) -> None:
        """Add all that another log has."""
        self._counts.update(other._counts)
        self._words.update(other._words)

    def words(self, kind: str) -> int:
        """Words left out under ``kind`` so far."""
        return self._words[kind]

    def total(self) -> int:
        """Words left out so far, of all kinds."""
        return self._words.total()

    def skipped(self) -> tuple[Skipped, ...]:
        """Everything, sorted by kind."""
        return tuple(Skipped(kind, count, self._words[kind]) for kind, count in sorted(self._counts.items()))


def clean(text: str) -> str:
    """``text`` without soft hyphens, zero-width and direction marks, which are seen or not and never said;
    ligatures as their letters, no glyphs for private use."""
    if text.isascii():
        return text
    text = _JOINER.sub("", _INVISIBLE.sub("", text))
    return PRIVATE.sub("", _LIGATURE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text))


def fold(text: str) -> str:
    """``text`` cleaned, every run of white space one space; none where Chinese or Japanese was wrapped."""
    text = clean(text)
    if not text.isascii():
        text = _SOURCE_NEWLINE.sub("", text)
    return _SPACE.sub(" ", text.replace(BREAK, " ")).strip()


def paragraphs(text: str) -> list[str]:
    """Raw text cut at every empty line, and where the next line is indented by hand, as old converters write
    paragraphs: ``BREAK`` twice, or ``BREAK`` and an ideographic space, or two that do not break."""
    if BREAK not in text:
        return [text]
    return [piece for piece in _PARAGRAPH.split(text) if piece and not piece.isspace()]


def lines(text: str) -> list[str]:
    """The non-empty lines of raw text, each folded; lines end at ``BREAK`` only."""
    return [line for line in (fold(piece) for piece in text.split(BREAK)) if line]


def words_in(text: str) -> int:
    """Number of words: runs of non-space with a letter or digit; each Chinese or Japanese character is one."""
    if text.isascii():
        return len(_SAID.findall(text))
    return len(_IDEOGRAPH.findall(text)) + len(_SAID.findall(_IDEOGRAPH.sub(" ", text)))


__all__ = ["BREAK", "PRIVATE", "SkipLog", "clean", "fold", "lines", "paragraphs", "words_in"]
