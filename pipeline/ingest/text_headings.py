"""Which lines of a plain text are headings: they stand alone and say "Chapter 1" in some language."""

from __future__ import annotations

import re

LONGEST_HEADING = 80
"""Characters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTS = _words(
    """book part volume act teil buch band akt partie livre tome acte parte libro tomo acto atto livro
    часть книга том частина deel boek część księga del bok kirja osa kısım cilt"""
)
_CHAPTERS = _words(
    """chapter canto letter stave section scene kapitel abschnitt szene brief chapitre scène lettre chant
    capítulo capitulo escena capitolo scena canto глава раздел письмо розділ hoofdstuk rozdział kapitola luku
    bölüm fejezet κεφάλαιο"""
)
_ALONE = _words(
    """prologue epilogue preface foreword introduction afterword conclusion interlude appendix postscript
    prolog epilog vorwort nachwort einleitung einführung schluss anhang
    épilogue préface avant-propos postface
    prólogo epílogo prefacio prefácio introducción introdução
    prologo epilogo prefazione introduzione postfazione
    пролог эпилог предисловие послесловие введение заключение вступление
    епілог передмова післямова вступ
    voorwoord nawoord inleiding proloog epiloog przedmowa wstęp posłowie úvod doslov
    序 序章 序言 前言 后记 後記 楔子 尾声 尾聲 引子 終章 终章
    まえがき あとがき はじめに おわりに プロローグ エピローグ"""
)
_ENGLISH = _words("book part volume act chapter canto letter stave section scene")
_PART_WORDS = _PARTS | {"卷", "部", "부"}
_SPELLED = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
    "|tenth|last"
)
_NUMBER = rf"(?:\d{{1,4}}|[ivxlcdm]{{1,9}}|(?:the[ ]+)?(?:{_SPELLED})(?:[ -](?:{_SPELLED}))?)"
_ANY = "|".join(sorted(_PARTS | _CHAPTERS))
_NUMBERED = re.compile(rf"({_ANY})[ ]+(?:№[ ]*)?{_NUMBER}\b\.?(?:[ ]*[.:–—-]+[ ]*\S.*|[ ]+\S.*)?", re.I)
_TWO_WORDS = re.compile(rf"(?:({_ANY})[ ]+[^\W\d]+|[^\W\d]+[ ]+({_ANY}))", re.I)
_CJK_NUMBER = "[0-9０-９〇零一二三四五六七八九十百千两兩]{1,9}"
_CJK = re.compile(rf"第{_CJK_NUMBER}([章回節节卷部篇話话幕集])[ \u3000:：、.]?.{{0,40}}")
_KOREAN = re.compile(r"제?[ ]?\d{1,4}[ ]?([장부화회])(?:[ .:].{0,40})?")
_BARE_NUMBER = re.compile(r"(?:\d{1,3}|[IVXLC]{1,7})\.?")
_RULES = "=-~^*#+\"'`_:."
_CONTENTS_END = re.compile(r"(?:\.{2,}|[ ]{2,}|\t)[ ]*(?:\d{1,4}|[ivxlc]{1,7})$", re.I)


def level_of(line: str) -> int:
    """1 for a part or a book, 2 for a chapter or a preface, 0 for any other line."""
    line = line.strip(" \u3000*_#=~-–—")
    if not line or len(line) > LONGEST_HEADING or line[-1] in ",;":
        return 0
    if line.rstrip(".:").casefold() in _ALONE:
        return 2
    for pattern in (_CJK, _KOREAN):
        if match := pattern.fullmatch(line):
            return 1 if match[1] in _PART_WORDS else 2
    if match := _NUMBERED.fullmatch(line):
        return _level(match[1]) if line[0].isupper() else 0
    match = _TWO_WORDS.fullmatch(line.rstrip("."))
    if match and line[0].isupper() and (word := (match[1] or match[2]).casefold()) not in _ENGLISH:
        return _level(word)
    return 0


def bare_number(line: str) -> int | None:
    """The number that is all there is on a line ("IV", "4."); None for any other line."""
    line = line.strip()
    if not _BARE_NUMBER.fullmatch(line):
        return None
    digits = line.rstrip(".")
    return int(digits) if digits.isdecimal() else _roman(digits)


def is_rule(line: str) -> bool:
    """Whether a line is one sign all along, as it is put under headings (and over some)."""
    line = line.strip()
    return len(line) >= 3 and len(set(line)) == 1 and line[0] in _RULES


def is_contents(lines: list[str]) -> bool:
    """Whether lines are a table of contents: most are headings, or end in a page number after dots."""
    telling = sum(
        1 for line in lines if level_of(line) or (len(line) < 200 and _CONTENTS_END.search(line.rstrip()))
    )
    return len(lines) >= 3 and telling >= 0.6 * len(lines)


def _level(word: str) -> int:
    return 1 if word.casefold() in _PART_WORDS else 2


def _roman(digits: str) -> int | None:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[digit] for digit in digits]
    total = sum(-v if v < following else v for v, following in zip(values, [*values[1:], 0], strict=True))
    return total if total > 0 else None
