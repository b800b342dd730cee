"""What the lines of a PDF are besides running text: notes and their references, contents, code, tables."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.ingest.pdf_glyphs import PageText, Run
from pipeline.ingest.pdf_layout import Line, by_page
from pipeline.ingest.pdf_text import ends_sentence, is_list_mark

_MARK = re.compile(r"^[\[(]?(\d{1,3}|[*∗†‡§¶]{1,3})[\])]?$")
_MARKS = re.compile(r"^[\[(]?(\d{1,3}(?:\s?[,–-]\s?\d{1,3})*|[*∗†‡§¶]{1,3})[\])]?[,;]?$")
_NOTE_START = re.compile(r"^[\[(]?(\d{1,3}|[*∗†‡§¶]{1,3})[\]).]?\s+\S")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_REAL_SUPERSCRIPT = re.compile(r"(?:(?<=[^\W\d_]{2})|(?<=[.,;:!?”»’)]))[⁰¹²³⁴-⁹]{1,3}(?=\s|$|[,.;])")
_UNITS = frozenset(
    {"m", "cm", "mm", "km", "dm", "µm", "nm", "ft", "in", "mi", "yd", "м", "км", "см", "мм", "s", "sec"}
)
_FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "log", "ln", "exp", "det", "dim", "sec", "cot", "lim", "max", "min", "sup"}
)
_LEADER = re.compile(r"(?:[.·•_]\s?|…\s?){4,}\s*(?:\d{1,5}|[ivxlcdm]{1,8}|[A-Z]-?\d+)?$", re.I)
_ENTRY = re.compile(r"\S\s+(\d{1,5}|[ivxlcdm]{1,8})$")
CONTENTS_TITLE = re.compile(
    r"(?:table of |list of |short )?contents|list of (?:figures|tables)|inhalt(?:sverzeichnis)?|оглавление|содержание|"
    r"目\s*[录錄次]|sommaire|table des mati[eè]res|[ií]ndice(?: general)?|inhoud(?:sopgave)?|spis tre[sś]ci|"
    r"(?:abbildungs|tabellen)verzeichnis|المحتويات|الفهرس|فهرس",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Body:
    """How the book's running text is set."""

    size: float
    """Points."""
    mono: bool
    """The whole book is typewritten: fixed pitch says nothing about code then."""
    bold: bool
    leading: dict[float, float]
    """Usual distance of baselines, in points, by size."""

    def leading_of(self, size: float) -> float:
        """Points between baselines of text of that size."""
        return self.leading.get(size, 1.25 * size)


def body_of_pieces(pages: list[PageText]) -> float:
    """Return the size in points of most characters."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for piece in page.pieces:
            for run in piece.runs:
                sizes[run.style.size] += len(run.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def measure_body(lines: list[Line]) -> Body:
    """Measure the running text: the size and face of most characters, the usual distances of lines."""
    sizes: Counter[float] = Counter()
    mono = bold = total = 0
    steps: dict[float, Counter[float]] = {}
    for previous, line in zip([None, *lines], lines, strict=False):
        length = len(line.text)
        sizes[line.size] += length
        total += length
        mono += length if line.mono else 0
        bold += length if line.bold else 0
        if (
            previous
            and (previous.page, previous.block) == (line.page, line.block)
            and previous.size == line.size
        ):
            step = round(previous.base - line.base, 1)
            if 0.9 * line.size < step < 2.6 * line.size:
                steps.setdefault(line.size, Counter())[step] += 1
    leading = {size: _usual(counter) for size, counter in steps.items()}
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    return Body(size, 2 * mono > total, 2 * bold > total, leading)


def _usual(steps: Counter[float]) -> float:
    """The smallest distance that is common: paragraph spacing is larger and may be as frequent in lists."""
    total = sum(steps.values())
    smooth = {step: sum(n for other, n in steps.items() if abs(other - step) <= 0.35) for step in steps}
    common = [step for step, count in smooth.items() if count >= max(0.25 * total, 1)]
    return min(common, default=steps.most_common(1)[0][0])


# -- notes ------------------------------------------------------------------------------------------


def _is_raised(run: Run, line: Line) -> bool:
    return run.style.size <= 0.86 * line.size and run.base >= line.base + 0.14 * line.size


def _note_mark(line: Line) -> tuple[str, bool]:
    """Return the mark that a note's first line begins with, and whether it is raised."""
    first = line.runs[0]
    mark = _MARK.match(first.text.strip())
    if mark and _is_raised(first, line) and len(line.runs) > 1:
        return mark[1], True
    start = _NOTE_START.match(line.text.translate(_SUPERSCRIPTS))
    if start:
        return start[1], line.text[0] in "⁰¹²³⁴⁵⁶⁷⁸⁹"
    return "", False


def mark_notes(lines: list[Line], body: Body) -> int:
    """Give the lines of footnotes the role ``note`` and take their references out; return the references taken."""
    taken = 0
    open_note = False
    for page in by_page(lines):
        raised = {
            match[1]
            for line in page
            for run in line.runs
            if _is_raised(run, line) and (match := _MARK.match(run.text.strip().rstrip(",;")))
        }
        raised |= {
            match[0].translate(_SUPERSCRIPTS)
            for line in page
            for match in _REAL_SUPERSCRIPT.finditer(line.text)
        }
        marks, open_note = _mark_page_notes(page, body, raised, open_note)
        taken += sum(_take_references(line, marks) for line in page if not line.role)
    return taken


def _mark_page_notes(
    page: list[Line], body: Body, raised: set[str], open_note: bool
) -> tuple[set[str], bool]:
    marks: set[str] = set()
    still_open = False
    has_body = any(line.size > 0.95 * body.size for line in page)
    for block in {line.block: None for line in page}:
        column = [line for line in page if line.block == block]
        start = len(column)
        while start and column[start - 1].size <= 0.94 * body.size:
            start -= 1
        tail = column[start:]
        if not tail or not has_body:
            continue
        found = [(index, *_note_mark(line)) for index, line in enumerate(tail)]
        begins = [(index, mark) for index, mark, up in found if mark and (up or mark in raised)]
        if not begins and not open_note:
            continue
        first = begins[0][0] if begins else 0
        apart = start == 0 or column[start - 1].base - tail[0].base > 1.2 * body.leading_of(body.size)
        if open_note and apart and not (found[0][1] and first == 0):
            first = 0  # the rest of a note that began on the page before
        elif not begins:
            continue
        for index, line in enumerate(tail[first:], first):
            line.role = "note"
            line.notes = [mark for at, mark in begins if at == index]
            if line.notes and _is_raised(line.runs[0], line):
                line.runs[0].text = ""
        marks.update(mark for _, mark in begins)
        still_open = not ends_sentence(tail[-1].text) and not tail[-1].text.endswith("/")
    return marks, still_open


def _take_references(line: Line, marks: set[str]) -> int:
    """Empty the runs of ``line`` that refer to notes: small, raised, and a mark of this page's notes or
    hanging on a word (so not on a letter of a formula, nor on a unit)."""
    taken = 0
    before = ""
    for run in line.runs:
        match = _MARKS.match(run.text.strip()) if _is_raised(run, line) else None
        if match:
            known = any(part.strip() in marks for part in re.split(r"[,–-]", match[1]))
            if known or (not run.text.startswith(" ") and _carries_reference(before, match[1])):
                line.notes.append(match[1])
                taken += 1
                run.text = run.text.rstrip()[-1] if run.text.rstrip()[-1:] in ",;" else ""
                continue
        replaced, count = _REAL_SUPERSCRIPT.subn("", run.text)
        if count:
            taken += count
            run.text = replaced
        before += run.text
    return taken


def _carries_reference(before: str, mark: str) -> bool:
    word = re.search(r"([^\W\d_]+)[\"'”’»)\].,;:!?。，；：！？]*$", before)
    if not word:
        return before[-1:] in ".,;:!?”»’" and before[-2:-1].isalpha()
    stem = word[1]
    bare = before.endswith(stem)
    if bare and (stem.casefold() in _FUNCTIONS or (stem.casefold() in _UNITS and mark in {"2", "3"})):
        return False
    return len(stem) >= 2 or (not bare and not stem.isascii())


# -- contents ---------------------------------------------------------------------------------------


def mark_contents(lines: list[Line]) -> None:
    """Give the lines of contents pages the role ``contents``: leaders or page numbers at their ends."""
    before = False
    for page in by_page(lines):
        titles = [i for i, line in enumerate(page[:12]) if CONTENTS_TITLE.fullmatch(line.text.strip(" .:"))]
        leaders = [i for i, line in enumerate(page) if _LEADER.search(line.text)]
        entries = [i for i, line in enumerate(page) if i in leaders or _is_entry(line)]
        numbers = [int(m[1]) for i in entries if (m := _ENTRY.search(page[i].text)) and m[1].isdigit()]
        rising = sum(a <= b for a, b in zip(numbers, numbers[1:], strict=False)) >= 0.8 * (len(numbers) - 1)
        share = len(entries) / len(page)
        is_contents = (len(leaders) >= 4 and share > 0.3) or (
            bool(titles or before) and rising and len(entries) >= 3 and (share > 0.5 or bool(titles))
        )
        if not is_contents:
            before = False
            continue
        first = titles[0] if titles else 0 if before else min(entries)
        last = max(entries)
        if len(page) - last <= 3 and sum(len(line.text) for line in page[last + 1 :]) < 120:
            last = len(page) - 1
        for line in page[first : last + 1]:
            line.role = "contents"
        before = last == len(page) - 1


def _is_entry(line: Line) -> bool:
    match = _ENTRY.search(line.text)
    return bool(match and len(line.cells) > 1 and line.cells[-1][1] - line.cells[-1][0] < 4 * line.size)


# -- code and tables --------------------------------------------------------------------------------


def mark_code(lines: list[Line], body: Body) -> None:
    """Give whole lines of fixed pitch the role ``code``, unless all is typewritten or they end a sentence's line."""
    if body.mono:
        return
    previous: Line | None = None
    for line in lines:
        if line.mono and not line.role:
            tight = (
                previous is not None
                and previous.page == line.page
                and previous.block == line.block
                and previous.role != "code"
                and not previous.mono
                and previous.base - line.base < 1.2 * body.leading_of(body.size)
                and previous.right > line.column[1] - 0.25 * (line.column[1] - line.column[0])
                and not previous.text.endswith((":", "："))
            )
            listed = is_list_mark(line.text.split(maxsplit=1)[0]) if line.text else False
            if not tight and not listed:
                line.role = "code"
        if line.role not in ("note", "contents"):
            previous = line


def mark_tables(lines: list[Line]) -> None:
    """Give the rows of tables the role ``table``: three or more rows whose cells stand under each other."""
    start = 0
    while start < len(lines):
        end = start
        rows: list[Line] = []
        misses = 0
        while end < len(lines) and (lines[end].page, lines[end].block) == (
            lines[start].page,
            lines[start].block,
        ):
            line = lines[end]
            if line.role or misses > 2:
                break
            if _is_row(line):
                rows.append(line)
                misses = 0
            else:
                misses += 1
            if not rows:
                break
            end += 1
        if len(rows) >= 3 and _aligned(rows):
            last = max(i for i in range(start, end) if lines[i] is rows[-1])
            for line in lines[start : last + 1]:
                line.role = "table"
            start = last + 1
        else:
            start += 1


def _is_row(line: Line) -> bool:
    if len(line.cells) < 2 or line.mono:
        return False
    return len(line.cells) > 2 or not is_list_mark(line.text.split(maxsplit=1)[0])


def _aligned(rows: list[Line]) -> bool:
    """Tell whether the rows' later cells share a left, right or middle: at least two in three rows do."""
    for edge in (lambda c: c[0], lambda c: c[1], lambda c: (c[0] + c[1]) / 2):
        places = Counter(round(edge(cell) / 4) for row in rows for cell in row.cells[1:])
        for place, _ in places.most_common(3):
            hits = sum(any(abs(round(edge(c) / 4) - place) <= 1 for c in row.cells[1:]) for row in rows)
            if hits >= max(3, 2 * len(rows) / 3):
                # Prose that is set loosely fills its lines; a table's rows leave much white.
                white = sum(row.width - sum(b - a for a, b in row.cells) for row in rows)
                return white > 0.15 * sum(row.width for row in rows)
    return False
