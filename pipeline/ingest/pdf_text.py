"""Characters of a PDF's text layer: which are letters, how they are cleaned, how lines are joined."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pipeline.ingest.blocks_text import clean as without_marks

SOFT_HYPHEN = "\u00ad"
HYPHENS = frozenset("-\u2010\u2011" + SOFT_HYPHEN)
"""What may stand at a line end for a divided word: hyphen-minus, hyphen, non-breaking and soft hyphen."""

_NO_CHARACTER = re.compile("[\ufffe\uffff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_COMPATIBLE = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc\U0001d400-\U0001d7ff\u3392-\u33df]")
"""Ligatures, Arabic presentation forms, mathematical alphabets, squared units: letters in another dress."""
_LIST_MARK = re.compile(r"^(?:[•‣▪●○◦■□–—∗·➢➤✓*-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])$")
_SENTENCE_END = frozenset(".!?…:。！？：؟۔")
_CLOSING = "\"'”’»)]）」』”*"

# Short words after a hung hyphen: "Vor- und Nachteile", "pre- and post-war", "sub- ou".
_SUSPENDED = frozenset(
    {
        "und",
        "oder",
        "bis",
        "bzw",
        "sowie",
        "and",
        "or",
        "to",
        "nor",
        "versus",
        "et",
        "ou",
        "y",
        "o",
        "e",
        "en",
        "of",
    }
)
# English first parts that keep their hyphen before any word.
_KEEPING = frozenset(
    {"self", "ex", "all", "well", "half", "quasi", "cross", "high", "low", "non", "so-called"}
)


def is_cjk(char: str) -> bool:
    """Tell whether ``char`` belongs to a script that is written without spaces (Han, kana, their marks)."""
    code = ord(char)
    return (
        0x2E80 <= code <= 0x312F
        or 0x31A0 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFF00 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
    )


def is_rtl(char: str) -> bool:
    """Tell whether ``char`` is a letter of a script that runs from right to left."""
    code = ord(char)
    return 0x0590 <= code <= 0x08FF or 0xFB1D <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC


def is_latin(char: str) -> bool:
    """Tell whether ``char`` is a Latin letter."""
    return char.isalpha() and (char.isascii() or ord(char) < 0x250 or 0x1E00 <= ord(char) < 0x1F00)


def is_unreadable(char: str) -> bool:
    """Tell whether ``char`` stands for a glyph whose letter the font does not say."""
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xE000 <= code <= 0xF8FF or code >= 0xF0000 or code == 0xFFFD


def clean(text: str) -> str:
    """Return ``text`` for speaking: ligatures expanded, invisible marks removed, NFC, white space folded."""
    text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = _CONTROL.sub(" ", _NO_CHARACTER.sub("", without_marks(text)))
    text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def count_words(text: str) -> int:
    """Words of ``text``; each character of a script without spaces counts as one."""
    spaced = "".join(f" {char} " if is_cjk(char) and char.isalpha() else char for char in text)
    return sum(any(char.isalnum() for char in word) for word in spaced.split())


def ends_sentence(text: str) -> bool:
    """Tell whether ``text`` ends as a sentence does."""
    return text.rstrip(_CLOSING + " ")[-1:] in _SENTENCE_END


def starts_lower(text: str) -> bool:
    """Tell whether the first letter of ``text`` comes first and is a small one."""
    return text[:1].islower()


def is_list_mark(token: str) -> bool:
    """Tell whether ``token`` (a line's first word) is a bullet or a number of a list."""
    return bool(_LIST_MARK.match(token))


class Vocabulary:
    """The words of one book as they stand inside its lines: what decides about hyphens at line ends."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Collect the words of ``lines``, leaving out both parts of those that a line's end divides."""
        self._words: set[str] = set()
        divided = False
        for line in lines:
            tokens = line.split()
            for token in tokens[1:] if divided else tokens:
                word = token.strip(".,;:!?()[]{}\"'“”„‚‘’«»*").casefold()
                if word and word[-1] not in HYPHENS:
                    self._words.add(word)
            divided = bool(tokens) and tokens[-1][-1] in HYPHENS

    def joined(self, head: str, tail: str) -> str:
        """Return the word that a line's end ``head`` (with its hyphen) makes with the next line, ``tail``.

        Evidence first: the book's own spelling elsewhere. Without any, the hyphen is the typesetter's
        (most are) unless a digit, a capital or an earlier hyphen says that it belongs to the word.
        """
        first, mark = head[:-1], head[-1]
        stem = first.lstrip("([{\"'“„‚‘«").casefold()
        rest = re.match(r"[^\W_]+(?:['’][^\W_]+)?", tail)
        after = rest[0].casefold() if rest else ""
        if mark == SOFT_HYPHEN:
            return first + tail
        if not stem or not after or not stem[-1].isalpha():
            return f"{first}-{tail}"
        if after in _SUSPENDED and f"{stem}{after}" not in self._words:
            return f"{first}- {tail}"
        whole, compound = f"{stem}{after}" in self._words, f"{stem}-{after}" in self._words
        if whole != compound:
            return first + tail if whole else f"{first}-{tail}"
        last_part = stem.rsplit("-", 1)[-1]
        known = last_part in self._words
        keep = (
            not tail[0].islower()
            or (first[-2:].isupper() and first[-2:].isalpha())  # "DNA-": capitals are not divided
            or is_latin(first[-1]) != is_latin(tail[0])  # two scripts
            or last_part in _KEEPING
            or (known and ("-" in stem or "-" in tail.split(maxsplit=1)[0]))
            or (known and after in self._words and min(len(last_part), len(after)) >= 4)
        )
        return f"{first}-{tail}" if keep else first + tail


def _runs_on(last: str) -> bool:
    """Tell whether a line ends inside something that has no spaces: a range, an address, a dash set tight."""
    return len(last) > 1 and (last[-1] in "—–/@_" or (last[-1] in "=&?%#" and "://" in last))


def join_lines(lines: list[str], vocabulary: Vocabulary) -> str:
    """Return the running text of a paragraph's ``lines``: words divided at line ends made whole again."""
    parts: list[str] = []
    last = ""
    for line in (found for found in map(str.strip, lines) if found):
        if not last:
            last = line
        elif last[-1] in HYPHENS and len(last) > 1 and not last[-2].isspace():
            address = any(mark in last.rsplit(maxsplit=1)[-1] for mark in ("://", "www.", "@"))
            start = max(last.rfind(mark) for mark in " —–/") + 1
            parts.append(last[:start])
            last = last[start:] + line if address else vocabulary.joined(last[start:], line)
        else:
            tight = (is_cjk(last[-1]) and is_cjk(line[0])) or _runs_on(last.rsplit(maxsplit=1)[-1])
            parts.append(last if tight else last + " ")
            last = line
    return clean("".join([*parts, last]))
