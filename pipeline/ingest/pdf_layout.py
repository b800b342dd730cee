"""Reading order: the pieces of a page become lines, column after column.

Columns are found by their gutter, the white that many rows share at one place. Pieces that cross it (titles,
abstracts, wide figures) cut the page into bands; within a band the left column is read before the right one,
and each of them may have gutters of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.ingest.pdf_glyphs import PageText, Piece, Run
from pipeline.ingest.pdf_tables import find_tables
from pipeline.ingest.pdf_text import HYPHENS, clean, is_cjk, is_rtl

GUTTER = 0.7
"""Ems that a gutter is wide, at least."""
COLUMN_LINES = 4
"""Rows with text on both sides of a gutter, at least."""
COLUMN_WIDTH = 7.0
"""Ems that a column is wide, at least: less is a list's numbers or a table."""
CELL_GAP = 1.1
"""Ems of white between the cells of a table's row, at least."""
ORDERED_PIECES = 5000
"""Pieces of a page that are put in order (a newspaper page has 2,000); more stay as the file has them."""
_DEPTH = 6


@dataclass(slots=True)
class Line:
    """One line of text in its column. Points on the page turned upright."""

    page: int
    """Page number, from 1."""
    runs: list[Run]
    left: float
    right: float
    base: float
    size: float
    """Of most of its characters."""
    column: tuple[float, float] = (0.0, 0.0)
    """Left and right edge of the text around it."""
    block: int = 0
    """Counts the columns of the page in reading order."""
    cells: tuple[tuple[float, float], ...] = ()
    """Left and right of the stretches between wide gaps."""
    bold: bool = False
    mono: bool = False
    italic: bool = False
    rtl: bool = False
    angle: int = 0
    """How the text was turned on the page: degrees counter-clockwise."""
    role: str = ""
    """What it is when it is not running text: ``note``, ``contents``, ``code``, ``table`` ..."""
    notes: list[str] = field(default_factory=list)
    """Note references that were taken out of it."""

    @property
    def text(self) -> str:
        """Its characters, as they are shown; a hyphen at the end is kept, a soft one too."""
        raw = "".join(run.text for run in self.runs).rstrip()
        text = clean(raw)
        return text + raw[-1] if raw[-1:] in HYPHENS and not text.endswith(raw[-1]) else text

    @property
    def top(self) -> float:
        """About the height of its capitals."""
        return self.base + 0.72 * self.size

    @property
    def bottom(self) -> float:
        """About the depth of its descenders."""
        return self.base - 0.22 * self.size

    @property
    def width(self) -> float:
        """Points."""
        return self.right - self.left


def same_size(one: Line, other: Line) -> bool:
    """Tell whether two lines are of one size, or would be but for a run of small capitals."""
    sizes = [
        [run.style.size for run in line.runs if len(run.text.strip()) > 1] or [line.size]
        for line in (one, other)
    ]
    return any(
        abs(a - b) <= 0.08 * max(a, b) for a in (one.size, max(sizes[0])) for b in (other.size, max(sizes[1]))
    )


def lay_out(page: PageText) -> list[Line]:
    """Return the lines of ``page`` in reading order; text in other directions than the page's comes last."""
    lines: list[Line] = []
    number = 0
    for angle, pieces in ((page.angle, page.pieces), *sorted(page.turned.items())):
        for block, role in _blocks(pieces):
            found = _lines(block, page.number)
            if not found:
                continue
            edges = _edges(found)
            for line in found:
                line.column, line.block, line.angle, line.role = edges, number, angle, role
            lines += found
            number += 1
    return lines


def _blocks(pieces: list[Piece]) -> Iterator[tuple[list[Piece], str]]:
    """Cut a page at its wide tables; yield columns (without a role) and tables in reading order."""
    if len(pieces) > ORDERED_PIECES:
        yield pieces, ""
        return
    for table in find_tables(pieces):
        inside = {id(piece) for piece in table}
        top = max(piece.base for piece in table)
        above = [piece for piece in pieces if id(piece) not in inside and piece.base > top]
        yield from ((column, "") for column in _ordered(above, 0))
        yield table, "table"
        done = inside | {id(piece) for piece in above}
        pieces = [piece for piece in pieces if id(piece) not in done]
    yield from ((column, "") for column in _ordered(pieces, 0))


def _edges(lines: list[Line]) -> tuple[float, float]:
    return min(line.left for line in lines), max(line.right for line in lines)


def _ordered(pieces: list[Piece], depth: int) -> list[list[Piece]]:
    """Split ``pieces`` into the columns they stand in, in reading order."""
    if len(pieces) < 2 * COLUMN_LINES or depth >= _DEPTH:
        return [pieces] if pieces else []
    for gutter in _gutters(pieces):
        bands = _bands(pieces, gutter)
        if not any(_are_columns(band, gutter) for band in bands):
            continue
        found: list[list[Piece]] = []
        waiting: list[Piece] = []
        for band in bands:
            if _are_columns(band, gutter):
                found += _ordered(waiting, depth + 1)
                waiting = []
                left, right = _sides(band, gutter)
                rtl = _mostly_rtl(band)
                for side in (right, left) if rtl else (left, right):
                    found += _ordered(side, depth + 1)
            else:
                waiting += band
        return found + _ordered(waiting, depth + 1)
    return [pieces]


def _mostly_rtl(pieces: list[Piece]) -> bool:
    text = "".join(piece.text for piece in pieces)
    return sum(map(is_rtl, text)) > len(text) / 2


def _gutters(pieces: list[Piece]) -> list[float]:
    """Return places on the x axis where many rows are white between two pieces, the best one first."""
    gaps: list[tuple[float, float, float]] = []
    ordered = sorted(pieces, key=lambda p: -p.base)
    for index, piece in enumerate(ordered):
        nearest: Piece | None = None
        for step in (-1, 1):
            other_index = index + step
            while 0 <= other_index < len(ordered):
                other = ordered[other_index]
                if abs(other.base - piece.base) > max(piece.size, other.size):
                    break
                if other.left >= piece.right and (nearest is None or other.left < nearest.left):
                    nearest = other
                other_index += step
        if nearest is not None and nearest.left - piece.right >= GUTTER * min(piece.size, nearest.size):
            gaps.append((piece.right, nearest.left, min(piece.size, nearest.size)))
    if len(gaps) < COLUMN_LINES:
        return []
    events = sorted([(a, 1, w) for a, _, w in gaps] + [(b, 0, -w) for _, b, w in gaps])
    score, peaks = 0.0, []
    for (x, _, weight), following in zip(events, [*events[1:], events[-1]], strict=True):
        score += weight
        if weight > 0 and following[1] == 0:  # a local maximum between two edges
            peaks.append((score, (x + following[0]) / 2))
    peaks.sort(reverse=True)
    size = sorted(weight for _, _, weight in gaps)[len(gaps) // 2]
    chosen: list[float] = []
    for score, x in peaks:
        if score < COLUMN_LINES * size or len(chosen) == 4:
            break
        if all(abs(x - other) > COLUMN_WIDTH * size for other in chosen):
            chosen.append(x)
    return chosen


def _bands(pieces: list[Piece], gutter: float) -> list[list[Piece]]:
    """Cut the pieces, from top to bottom, wherever one crosses the gutter; crossing pieces are bands, too."""
    crossing = sorted(
        (p for p in pieces if p.left < gutter - 1 and p.right > gutter + 1), key=lambda p: -p.base
    )
    bands: list[list[Piece]] = [[] for _ in range(2 * len(crossing) + 1)]
    across = {id(piece): 2 * index + 1 for index, piece in enumerate(crossing)}
    bases = [piece.base + 0.3 * piece.size for piece in crossing]
    for piece in pieces:
        if id(piece) in across:
            bands[across[id(piece)]].append(piece)
            continue
        above = sum(1 for base in bases if base > piece.base + 0.3 * piece.size)
        level = [c for c in crossing if abs(c.base - piece.base) < 0.3 * min(c.size, piece.size)]
        index = across[id(level[0])] if level else 2 * above
        bands[index].append(piece)
    return [band for band in bands if band]


def _sides(band: list[Piece], gutter: float) -> tuple[list[Piece], list[Piece]]:
    left = [piece for piece in band if (piece.left + piece.right) / 2 <= gutter]
    return left, [piece for piece in band if (piece.left + piece.right) / 2 > gutter]


def _are_columns(band: list[Piece], gutter: float) -> bool:
    """Tell columns of prose from the cells of a table and from a list with its numbers set apart."""
    if any(piece.left < gutter - 1 and piece.right > gutter + 1 for piece in band):
        return False
    sides = [_lines(side, 0) for side in _sides(band, gutter)]
    if min(len(side) for side in sides) < 2 or sum(len(side) for side in sides) < COLUMN_LINES + 1:
        return False
    filled = []
    for side in sides:
        left, right = _edges(side)
        size = sorted(line.size for line in side)[len(side) // 2]
        if right - left < COLUMN_WIDTH * size:
            return False
        widths = sorted(sum(b - a for a, b in line.cells) / (right - left) for line in side)
        filled.append(widths[len(widths) // 2])
        split = sum(len(line.cells) > 1 for line in side) / len(side)
        if (
            split > 0.5
            and len(side) > 2
            and not _gutters([p for p in band if (p.left > gutter) == (side is sides[1])])
        ):
            return False
    left_bases = [line.base for line in sides[0]]
    short, long = sorted((left_bases, [line.base for line in sides[1]]), key=len)
    aligned = sum(any(abs(a - b) < 0.5 for b in long) for a in short) / len(short)
    # Rows of a table share their baselines and leave their cells ragged.
    return not (aligned > 0.8 and min(filled) < 0.5)


def _lines(pieces: list[Piece], page: int) -> list[Line]:
    """Gather the pieces of one column into lines, from top to bottom."""
    if len(pieces) > ORDERED_PIECES:
        return [_line([piece], page) for piece in pieces]
    rows: list[list[Piece]] = []
    capitals: list[Piece] = []
    sizes = sorted(piece.size for piece in pieces)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    for piece in sorted(pieces, key=lambda p: (-p.base, p.left)):
        if piece.size > 1.8 * usual and len(piece.text) <= 2 and piece.text[:1].isalpha():
            capitals.append(piece)
            continue
        home = next((row for row in rows[-3:] if _same_row(row, piece)), None)
        if home is None:
            rows.append([piece])
        else:
            home.append(piece)
    lines = [_line(row, page) for row in rows]
    for capital in capitals:
        _place_initial(capital, lines, page)
    return sorted(lines, key=lambda line: -line.base)


def _same_row(row: list[Piece], piece: Piece) -> bool:
    main = max(row, key=lambda p: (p.size, p.right - p.left))
    rise = abs(main.base - piece.base)
    small, large = sorted((main.size, piece.size))
    if any(_overlap(p, piece) > 0.5 * min(p.right - p.left, piece.right - piece.left) for p in row):
        return rise < 0.1 * large  # one above the other, unless it is the same place twice
    if small < 0.9 * large:
        nearest = min(max(piece.left - p.right, p.left - piece.right) for p in row)
        return rise < 0.62 * large and nearest < 2 * large
    return rise < 0.35 * large


def _overlap(one: Piece, other: Piece) -> float:
    return min(one.right, other.right) - max(one.left, other.left)


def _line(row: list[Piece], page: int) -> Line:
    """Put the pieces of one row together, in the direction of its script."""
    rtl = _mostly_rtl(row)
    row = sorted(row, key=lambda p: -p.right) if rtl else sorted(row, key=lambda p: p.left)
    runs: list[Run] = []
    cells: list[tuple[float, float]] = []
    previous: Piece | None = None
    for piece in row:
        gap = 0.0
        if previous is not None:
            gap = previous.left - piece.right if rtl else piece.left - previous.right
            first = piece.runs[0]
            joined = is_cjk(first.text[:1] or " ") and is_cjk(previous.runs[-1].text[-1:] or " ")
            if not first.text.startswith(" ") and not (joined and gap < 2 * piece.size):
                piece.runs[0] = Run(" " + first.text, first.style, first.base, first.left, first.right)
        if cells and gap < CELL_GAP * max(piece.size, previous.size if previous else 0.0):
            cells[-1] = (min(cells[-1][0], piece.left), max(cells[-1][1], piece.right))
        else:
            cells.append((piece.left, piece.right))
        runs += piece.runs
        previous = piece
    total = sum(len(run.text.strip()) for run in runs) or 1
    main = _main_run(runs)
    return Line(
        page=page,
        runs=runs,
        left=min(piece.left for piece in row),
        right=max(piece.right for piece in row),
        base=main.base,
        size=main.style.size,
        cells=tuple(cells),
        bold=sum(len(run.text.strip()) for run in runs if run.style.bold) > 0.8 * total,
        mono=sum(len(run.text.strip()) for run in runs if run.style.mono) > 0.9 * total,
        italic=sum(len(run.text.strip()) for run in runs if run.style.italic) > 0.8 * total,
        rtl=rtl,
    )


def _main_run(runs: list[Run]) -> Run:
    weights: dict[tuple[float, float], int] = {}
    for run in runs:
        key = (run.style.size, round(run.base, 1))
        weights[key] = weights.get(key, 0) + len(run.text.strip())
    best = max(weights, key=lambda key: (weights[key], key[0]))
    return next(run for run in runs if (run.style.size, round(run.base, 1)) == best)


def _place_initial(capital: Piece, lines: list[Line], page: int) -> None:
    """Give a drop capital back to the word it begins: the topmost line beside it."""
    beside = [
        line
        for line in lines
        if line.left >= capital.right - 2
        and line.left - capital.right < 2 * line.size
        and capital.bottom - line.size < line.base < capital.top
    ]
    if not beside:
        lines.append(_line([capital], page))
        return
    line = max(beside, key=lambda found: found.base)
    first = line.runs[0]
    style = first.style
    line.runs.insert(0, Run(capital.text.strip(), style, first.base, capital.left, capital.right))
    for neighbour in beside:
        neighbour.left = capital.left  # their indent is the initial's room


def by_page(lines: list[Line]) -> Iterator[list[Line]]:
    """Yield the lines of one page after the other."""
    start = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or lines[index].page != lines[start].page:
            yield lines[start:index]
            start = index
