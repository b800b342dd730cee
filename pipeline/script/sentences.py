"""Sentence splitting: the library ``sentencex``, and rules where grammar knows better.

A wrong merge costs little (the engine reads a full stop inside a chunk well enough); a wrong split puts a
pause where nobody would breathe. So the rules split only where little doubt is left: before the next item of a
list, and after an abbreviation that may end a sentence, before a word that begins one
(``pipeline.script.abbreviations``). All others merge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import sentencex

from pipeline.script.abbreviations import (
    LANGUAGES,
    NO_ABBREVIATIONS,
    NOT_NEXT_SENTENCE,
    NOUNS_LARGE,
    Abbreviations,
)

WINDOW = 4_000
"""Characters handed to the library at once: for text without spaces between sentences (Chinese) its time
grows with the square of the length (1.0.32: 16,000 sentences of four characters 0.9 s, 300,000 229 s)."""

MERGED = 1_000
"""Longest sentence, in characters, that a merge may make: a text without capitals must not become one."""

ORDINAL_DOT = frozenset(
    ["da", "de", "nb", "nn", "no", "cs", "sk", "sl", "hr", "sr", "bs", "hu", "et", "lv", "fi", "is"]
)
"""Languages that write ordinals as a number and a full stop: "der 2. Teil"."""

_CLOSING = "ºªᵉᵃᵒ」』”’»›)]}）］｝〉》】〕,;:!?。！？、，；："
_WORD = re.compile(r"[^\W_]")
_ENUMERATOR = re.compile(r"\W*(?:\d{1,3}|[^\W\d_]|[IVXLC]{1,6})(?:[.)]|\.\))\s*")
_LOWER_START = re.compile(r"[\s\-–—―…․.]*([^\W\d_])")
_SOFT_END = re.compile(r"(?:[!?…\"'”’»«“)\]」』]|\.\.|(?:^|[\s.(«„“])[^\W\d_]{1,3}\.)\s*$")
_INITIAL_END = re.compile(r"(?:^|[\s.(«„“])([^\W\d_])\.\s*$")
_NUMBER_END = re.compile(r"(?:^|[\s(/–-])\d{1,2}\.\s*$")
_JAPANESE_QUOTATION = re.compile(r"[」』”]$")
_CHINESE_SAYING = re.compile(r"[^，。！？“”；]{0,8}(?:说|說|道|问|問|喊|叫|答|嚷)[，。：；]")

_STOP = re.compile(r"\.(?=[)\]]? )")
"""A full stop that may or may not end a sentence."""
_TAIL = 40
"""Characters before a full stop that are looked at."""
_PARTS = re.compile(r"[^\s(\[«„“\"'‘’]+")
_NEXT = re.compile(r"[)\]]? +[\"'“”„«»‘(\[¿¡]*([^\W_]+)(['’.)]?)")
_INITIALISM = re.compile(r"(?:[^\W\d_]\.){1,5}[^\W\d_]")
_OLD_MONEY = re.compile(r"£?\d{1,2}[sd]")
_PENCE = re.compile(r"\d{1,2}d")
_ONLY_A_TIME = re.compile(r"(?:.*[.!?] )?(?:[A-Z][a-z]+ )?\d{1,2}(?:[:.]\d\d)? ?[aApP]\.[mM]")
"""All that was said so far is when."""
_SHORT_PART = re.compile(r"(?<![^\W_])[^\W\d_]{1,2}\.$")
_FOUR_DOTS = re.compile(r"(?<=[^\W_]\.) (?=\. \. \. [^\W_])")
_BULLET = re.compile(r"[•‣⁃▪◦●∙·*–—-](?=[ \w])")
_ITEM = re.compile(r"(?:^|(?<= ))(\d{1,3}|[a-z]|[ivx]{1,5})(\.\)|[.)]) (?=\S)")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


def split_sentences(text: str, language: str) -> list[str]:
    """Cut a paragraph into sentences.

    ``text`` is folded (single spaces, no line breaks); ``language`` is a BCP 47 tag, of which the first part
    counts. The pieces, joined, are the text: the space between two sentences ends the first one.
    """
    primary = primary_language(language)
    sure = _sure_ends(text, LANGUAGES.get(primary, NO_ABBREVIATIONS), primary)
    items = set(_list_items(text))
    sure |= dict.fromkeys(items, True)
    cuts = {
        place
        for place in _library_cuts(text, primary)
        if sure.get(place, True) and not _is_inside(text, place)
    }
    cuts |= {place for place, ends in sure.items() if ends}
    sentences: list[str] = []
    for start, end in pairwise(sorted({0, *cuts, len(text)})):
        piece = text[start:end]
        before = sentences[-1] if sentences else ""
        if before and len(before) + len(piece) <= MERGED and start not in items:
            enumerated = bool(_ENUMERATOR.fullmatch(before))
            if enumerated or (start not in sure and _belong_together(before, piece, primary)):
                sentences[-1] += piece
                continue
        sentences.append(piece)
    if len(sentences) > 1 and not _WORD.search(sentences[-1]):
        sentences[-2:] = ["".join(sentences[-2:])]
    return sentences


def _is_inside(text: str, place: int) -> bool:
    """Whether an abbreviation goes on there without a space: "a.C." """
    return text[place].isalpha() and bool(_SHORT_PART.search(text, max(0, place - 4), place))


def _sure_ends(text: str, known: Abbreviations, language: str) -> dict[int, bool]:
    """By place (of the letter after the space): whether a sentence ends there, where a rule is sure of it."""
    sure = {match.end(): True for match in _FOUR_DOTS.finditer(text) if text[match.end() + 6].isupper()}
    for stop in _STOP.finditer(text):
        following = _NEXT.match(text, stop.end())
        if not following:
            continue
        before = text[max(0, stop.start() - _TAIL) : stop.start()]
        verdict = (
            _ends_in_bracket(text, stop.start(), following[1])
            if text[stop.end()] in ")]"
            else _ends(before, following[1], following[2], known, language)
        )
        if verdict is not None:
            sure[text.index(" ", stop.end()) + 1] = verdict
    return sure


def _ends_in_bracket(text: str, stop: int, following: str) -> bool | None:
    """A bracket around whole sentences, before a capital, ends one."""
    opened = max(text.rfind("(", 0, stop), text.rfind("[", 0, stop))
    if opened < 0 or not following[0].isupper() or not text[opened + 1].isupper():
        return None
    return True if opened == 0 or text[:opened].rstrip()[-1:] in ".!?…" else None


_NUMERAL = re.compile(r"[IVXLC]{1,8}|[ivxlc]{1,8}")
"""A Roman numeral: ``vol. II``."""


def _ends(before: str, following: str, mark: str, known: Abbreviations, language: str) -> bool | None:
    """Whether a full stop after ``before`` ends a sentence; None leaves it to the library.

    ``mark`` is what stands right after the next word: an apostrophe, a full stop.
    """
    parts = _PARTS.findall(before)
    if not parts or before[-1].isspace():
        return None
    begins = following[0].isupper() and following.lower() in known.starters and mark not in (".", ")")
    last = parts[-1]
    if last.isdigit():
        if len(last) <= 2 and begins and len(parts) > 1:
            return True
        return None
    if (
        language == "en"
        and _OLD_MONEY.fullmatch(last)
        and (following.islower() or _PENCE.fullmatch(following))
    ):
        return False  # "2s. 6d. each"
    tokens = {"".join(parts[-count:]).lower() for count in (1, 2, 3)}

    def one_of(kind: frozenset[str]) -> bool:
        return not tokens.isdisjoint(kind)

    if one_of(known.closing):
        if _ONLY_A_TIME.fullmatch(" ".join(parts)):
            return False  # "At 9 a.m. Mr Alder ..."
        return following[0].isupper() and following.lower() not in NOT_NEXT_SENTENCE
    if following[0].islower():
        return False if any(map(known.knows, tokens)) else None
    if one_of(known.ending):
        return begins or (None if following[0].isdigit() else False)
    if one_of(known.titles) or one_of(known.inside):
        return False
    if one_of(known.numbered):
        if following[0].isdigit() or (following != "I" and _NUMERAL.fullmatch(following)):
            return False
        return True if (language, last.lower()) == ("en", "no") and following[0].isupper() else None
    if _INITIALISM.fullmatch(last) or _INITIALISM.fullmatch("".join(parts[-2:])):
        return True if begins else False if language not in NOUNS_LARGE else None
    if len(last) == 1 and last.isupper() and begins and len(parts) > 1 and parts[-2].islower():
        return True
    return None


def _list_items(text: str) -> Iterator[int]:
    """Where the second and later items of a list begin that was written into one paragraph."""
    bullet = _BULLET.match(text)
    if bullet and bullet[0] in "•‣⁃▪◦●∙":
        yield from (match.start() for match in re.finditer(f"(?<= ){re.escape(bullet[0])}(?=[ \\w])", text))
        return
    first = _ITEM.match(text)
    if not first:
        return
    expected = _after(first[1])
    for match in _ITEM.finditer(text, first.end()):
        if match[1] in expected and match[2] == first[2]:
            yield match.start()
            expected = _after(match[1])


def _after(number: str) -> tuple[str, ...]:
    """What numbers the next item: ``2`` after ``1``, ``b`` after ``a``, ``ii`` after ``i``."""
    if number.isdigit():
        return (str(int(number) + 1),)
    found = [_ROMAN[_ROMAN.index(number) + 1]] if number in _ROMAN[:-1] else []
    if len(number) == 1 and number < "z":
        found.append(chr(ord(number) + 1))
    return tuple(found)


def primary_language(tag: str) -> str:
    """``en`` of ``en-GB``."""
    return re.split(r"[-_]", tag, maxsplit=1)[0].lower()


def _library_cuts(text: str, language: str) -> Iterator[int]:
    """Where the library ends sentences: places in the text, a space before each of them, if there is one."""
    place = 0
    for piece in _library_pieces(text, language):
        if place:
            yield place + (text[place] == " ")  # it leaves a space in front after a bracket
        place += len(piece)


def _library_pieces(text: str, language: str) -> Iterator[str]:
    """The library's sentences, found window by window; only the last one of a window may be incomplete."""
    start = 0
    while start < len(text):
        window = text[start : start + WINDOW]
        pieces: list[str] = sentencex.segment(language, window)
        if start + WINDOW < len(text):
            if len(pieces) > 1:
                pieces.pop()
            else:  # no end in sight: chunking will cut it at a clause, so any space will do here
                pieces = [window[: window.rfind(" ") + 1] or window]
        yield from pieces
        start += sum(map(len, pieces))


def _belong_together(before: str, piece: str, language: str) -> bool:
    if not _WORD.search(before):
        return True  # an ellipsis or a dash on its own
    if not _WORD.search(piece):
        return piece.endswith(" ")  # else it begins what comes next: "...and so"
    if piece[0] in _CLOSING:
        return True
    tail = before[-12:]
    start = _LOWER_START.match(piece)
    if start and start[1].islower() and _SOFT_END.search(tail):
        return True  # "Go!" he said; "Т. е. он"
    if language != "en":  # in English the library knows an initial from "plan B."
        initial = _INITIAL_END.search(tail)
        if initial and initial[1].isupper():
            return True
    if language in ORDINAL_DOT and _NUMBER_END.search(tail):
        return True
    if language == "zh" and before.startswith("“") and tail.endswith("”"):
        return bool(_CHINESE_SAYING.match(piece))
    return language == "ja" and bool(_JAPANESE_QUOTATION.search(tail)) and piece.startswith(("と", "って"))
