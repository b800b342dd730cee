"""Numbers that stand in the text and are not part of it, and that no link tells: of notes, verses, lines, pages.

Never by a digit alone, "m²" and "H₂O" stay as they are. What tells is the place and the row they form:

* a page number is named by its own id (``<span id="Page_12">[Pg 12]</span>``);
* raised numbers count upwards through a document, as exponents never do: before a word, or at the beginning of
  a paragraph, they number verses, behind a word notes;
* numbers at the edge of the lines of a poem rise by fives or tens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.ingest.blocks_kinds import heading_level, is_block, is_verse, text_before, text_of
from pipeline.ingest.blocks_links import is_raised
from pipeline.ingest.xml import Element, local_name

_PAGE_ID = re.compile(r"^(?:page|pg|p|pagebreak|pageno|pn|seite|стр)[-_.]?0*([0-9]+|[ivxlc]+)$", re.I)
_PAGE_TEXT = re.compile(
    r"^[\[({]?\s*(?:page|pg\.?|p\.|s\.|с\.|стр\.)?\s*0*([0-9]+|[ivxlc]+)\s*[\])}]?$", re.I
)
_NUMBER = re.compile(r"^[\[(]?(\d{1,3})[\])]?$")
_UNIT = re.compile(r"(?:^|[\W\d_])[^\W\d_]{1,2}$|\d$")
"""The end of what exponents stand after: "m", "km", "x", "10"."""
_STOP = re.compile(r"[.,;:!?»”’\")\]…。，、！？]$")
_ROW = 3
"""So many numbers in order are a row by themselves."""
_SHARE = 0.9
"""Of a document's raised numbers that must stand in rows, if any are to."""
_STEPS = (5, 10)


def find_numbers(root: Element) -> dict[Element, str]:
    """Elements of a document that only number something, and the kind they are left out under."""
    found: dict[Element, str] = {}
    raised: list[tuple[Element, int]] = []
    at_edges: list[tuple[Element, int]] = []
    for element in root.iter():
        tag = local_name(element)
        if not tag:
            continue
        if element.get("id") and _is_page_number(element, tag):
            found[element] = "page-number"
        elif tag in {"sup", "span", "small", "a"} and not _is_linked(element):
            number = _number_of(element)
            if number is None:
                continue
            if is_raised(element) and not _in_heading(element):
                raised.append((element, number))
            elif number % _STEPS[0] == 0 and _is_at_edge_of_verse(element):
                at_edges.append((element, number))
    found |= _notes_and_verses(raised)
    found |= dict.fromkeys(_line_numbers(at_edges), "line-number")
    return found


def _is_page_number(element: Element, tag: str) -> bool:
    named = _PAGE_ID.match(element.get("id"))
    if not named or heading_level(element, tag) or len(element) > 1:
        return False
    said = _PAGE_TEXT.match("".join(element.itertext()).strip()[:20])
    return said is not None and said[1].lower() == named[1].lower()


def _number_of(element: Element) -> int | None:
    if len(element) > 1:
        return None
    match = _NUMBER.match("".join(element.itertext()).strip()[:8])
    return int(match[1]) if match else None


def _is_linked(element: Element) -> bool:
    around = (element, *element.iterancestors())
    inside = element.iterdescendants()
    return any(local_name(e) == "a" and e.get("href") for e in (*around, *inside))


def _in_heading(element: Element) -> bool:
    return any(heading_level(e, local_name(e)) for e in element.iterancestors())


# -- notes and verses ----------------------------------------------------------------------------------------


def _notes_and_verses(raised: Sequence[tuple[Element, int]]) -> dict[Element, str]:
    candidates = [
        (element, number, before)
        for element, number in raised
        if not (before := text_before(element))
        or before[-1].isspace()
        or number == 1  # no exponent
        or not _UNIT.search(before)
    ]
    found: dict[Element, str] = {}
    for row in _rows([number for _, number, _ in candidates]):
        members = [candidates[at] for at in row]
        follow_a_stop = all(_STOP.search(before) for _, _, before in members)
        if len(members) < _ROW and not (members[0][1] == 1 and follow_a_stop):
            continue
        for element, _, before in members:
            stands_before = not before.strip() or before[-1].isspace()
            found[element] = "verse-number" if stands_before else "note-reference"
    # Tones ("chin1") and isotopes are raised as well, and count to three by chance now and then.
    return found if len(found) >= _SHARE * len(candidates) else {}


def _rows(numbers: Sequence[int]) -> Iterable[list[int]]:
    """Indices of numbers that count upwards by one; a row ends where it begins again."""
    row: list[int] = []
    for at, number in enumerate(numbers):
        if row and number == numbers[row[-1]] + 1:
            row.append(at)
        elif not row or number == 1:
            if row:
                yield row
            row = [at]
        elif len(row) == 1:
            row = [at]  # the one before was no beginning
    if row:
        yield row


# -- lines ---------------------------------------------------------------------------------------------------


def _line_numbers(at_edges: Sequence[tuple[Element, int]]) -> Iterable[Element]:
    for step in _STEPS:
        row: list[tuple[Element, int]] = []
        for element, number in [*at_edges, (None, 0)]:
            if row and number == row[-1][1] + step:
                row.append((element, number))
                continue
            if len(row) >= _ROW:
                yield from (member for member, _ in row)
            row = [(element, number)]


def _is_at_edge_of_verse(element: Element) -> bool:
    around = list(element.iterancestors())
    if not any(is_verse(e) for e in around):
        return False
    following = element.getnext()
    tail = (element.tail or "").strip()
    ends = not tail and (following is None or local_name(following) == "br" or _is_line(following))
    return ends or not text_before(element).strip()


def _is_line(element: Element) -> bool:
    return is_block(element, local_name(element)) or not text_of(element)


__all__ = ["find_numbers"]
