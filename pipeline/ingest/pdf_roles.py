"""How a PDF's running text is set, and which lines are something else: contents, code, tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.pdf_glyphs import PageText
from pipeline.ingest.pdf_layout import Line, by_page
from pipeline.ingest.pdf_text import is_list_mark

_LEADER = re.compile(r"(?:[.·•_]\s?|…\s?){4,}\s*(?:\d{1,5}|[ivxlcdm]{1,8}|[A-Z]-?\d+)?$", re.I)
_ENTRY = re.compile(r"\S\s+(\d{1,5}|[ivxlcdm]{1,8})$")
CONTENTS_TITLE = re.compile(
    r"(?:table of |list of |short )?contents|list of (?:figures|tables)|inhalt(?:sverzeichnis)?|"
    r"оглавление|содержание|"
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


def even_sizes(pages: list[PageText]) -> None:
    """Give near sizes of a page its middle size where they are noise: text recognition measures words."""
    weights: Counter[float] = Counter()
    for page in pages:
        for piece in page.pieces:
            weights[piece.size] += len(piece.text)
    if not weights:
        return
    mode = weights.most_common(1)[0][0]
    total = weights.total()
    around = sum(count for size, count in weights.items() if abs(size - mode) <= 0.04 * mode)
    near = [size for size, count in weights.items() if 0.75 <= size / mode <= 1.3 and count > 0.01 * total]
    if around >= 0.55 * total or len(near) < 6:
        return
    for page in pages:
        ordered = sorted((piece.size, len(piece.text)) for piece in page.pieces)
        half, passed, middle = sum(n for _, n in ordered) / 2, 0, mode
        for size, count in ordered:
            passed += count
            if passed >= half:
                middle = size
                break
        for piece in page.pieces:
            if 0.7 <= piece.size / middle <= 1.4:
                piece.size = middle
                for run in piece.runs:
                    run.style = run.style._replace(size=middle)


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


# -- contents ---------------------------------------------------------------------------------------


def mark_contents(lines: list[Line]) -> None:
    """Give the lines of contents pages the role ``contents``: leaders or page numbers at their ends."""
    before = False
    for page in by_page(lines):
        titles = [i for i, line in enumerate(page[:12]) if CONTENTS_TITLE.fullmatch(line.text.strip(" .:"))]
        leaders = [i for i, line in enumerate(page) if _LEADER.search(line.text)]
        entries = [i for i, line in enumerate(page) if i in leaders or _is_entry(line)]
        numbers = [int(m[1]) for i in entries if (m := _ENTRY.search(page[i].text)) and m[1].isdigit()]
        rising = sum(a <= b for a, b in pairwise(numbers)) >= 0.8 * (len(numbers) - 1)
        share = len(entries) / len(page)
        is_contents = (
            (len(leaders) >= 4 and share > 0.3)
            or (before and share > 0.5)
            or (bool(titles or before) and rising and len(entries) >= 3 and (share > 0.5 or bool(titles)))
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
    """Give whole lines of fixed pitch the role ``code``, unless all is so or they go on a sentence."""
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
            elif line.width > 0.6 * (line.column[1] - line.column[0]):
                break  # prose
            else:
                misses += 1
            if not rows:
                break
            end += 1
        last = max((i for i in range(start, end) if rows and lines[i] is rows[-1]), default=start)
        if len(rows) >= 3 and len(rows) >= 0.5 * (last - start + 1) and _aligned(rows):
            for line in lines[start : last + 1]:
                line.role = "table"
            start = last + 1
        else:
            start += 1


def _is_row(line: Line) -> bool:
    if len(line.cells) < 2 or line.mono:
        return False
    if sum(char.isalnum() for char in line.text) < 0.6 * len(line.text.replace(" ", "")):
        return False  # a formula
    gaps = [b[0] - a[1] for a, b in pairwise(line.cells)]
    alike = len(gaps) > 1 and max(gaps) < 3 * line.size and max(gaps) - min(gaps) < 0.15 * line.size
    if alike and not any(map(str.isdigit, line.text)):
        return False  # a line that was stretched: all its spaces are alike
    return len(line.cells) > 2 or not is_list_mark(line.text.split(maxsplit=1)[0])


def _aligned(rows: list[Line]) -> bool:
    """Tell whether the rows' later cells share a left, right or middle: at least two in three rows do."""
    edges: tuple[Callable[[tuple[float, float]], float], ...] = (
        lambda cell: cell[0],
        lambda cell: cell[1],
        lambda cell: (cell[0] + cell[1]) / 2,
    )
    for edge in edges:
        places = Counter(round(edge(cell) / 4) for row in rows for cell in row.cells[1:])
        for place, _ in places.most_common(3):
            hits = sum(any(abs(round(edge(c) / 4) - place) <= 1 for c in row.cells[1:]) for row in rows)
            if hits >= max(3, 2 * len(rows) / 3):
                # Prose that is set loosely fills its lines; a table's rows leave much white.
                white = sum(row.width - sum(b - a for a, b in row.cells) for row in rows)
                return white > 0.15 * sum(row.width for row in rows)
    return False
