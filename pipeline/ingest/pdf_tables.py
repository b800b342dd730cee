"""Tables over the whole width of a page, found before its columns are: their cells are no columns of text.

Rows of three cells and more that stand close under each other, most cells behind the first being figures or
short words that share their left, right or middle. Tables of two columns, and those inside a column of text, are
told from the lines later (``pdf_roles.mark_tables``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from pipeline.ingest.pdf_glyphs import Piece

CELL_GAP = 1.1
"""Ems of white between two cells, at least."""
CELLS = 3
ROWS = 3
FIGURES = 0.5
"""Share of the cells behind the first that are figures; else they have to be short."""
ALIGNED = 0.7
"""Share of the cells behind the first that stand under others."""
SHORT = 14
"""Characters of a short cell, on average."""
SKIPPED_ROWS = 2
"""Rows between two of a table that may have fewer cells: a label of two lines, a subtitle."""
HEAD_ROWS = 4
STEP = 2.6
"""Ems between the baselines of neighbouring rows, at most."""
_MANY = 4000
"""Pieces of a page that are looked at."""


@dataclass(slots=True)
class _Row:
    pieces: list[Piece]
    cells: list[tuple[float, float, str]]
    """Left, right and text of the stretches between wide gaps."""

    @property
    def base(self) -> float:
        return self.pieces[0].base

    @property
    def size(self) -> float:
        return max(piece.size for piece in self.pieces)

    @property
    def left(self) -> float:
        return self.cells[0][0]

    @property
    def right(self) -> float:
        return self.cells[-1][1]


def find_tables(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces of each table, from the top of the page to its foot."""
    if not CELLS * ROWS <= len(pieces) <= _MANY:
        return []
    rows = _rows(pieces)
    found: list[list[Piece]] = []
    start = 0
    while start < len(rows):
        end = _end(rows, start)
        members = [row for row in rows[start:end] if _is_tabular(row)]
        if len(members) >= ROWS and _is_table(members):
            first = _head(rows, start, members)
            found.append([piece for row in rows[first:end] for piece in row.pieces])
            start = end
        else:
            start += 1
    return found


def _rows(pieces: list[Piece]) -> list[_Row]:
    grouped: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: -p.base):
        if grouped and grouped[-1][0].base - piece.base < 0.35 * max(piece.size, grouped[-1][0].size):
            grouped[-1].append(piece)
        else:
            grouped.append([piece])
    return [_Row(row, _cells(row)) for row in grouped]


def _cells(row: list[Piece]) -> list[tuple[float, float, str]]:
    cells: list[tuple[float, float, str]] = []
    for piece in sorted(row, key=lambda p: p.left):
        text = piece.text.strip()
        # A currency's sign set apart belongs to its figure.
        if cells and (piece.left - cells[-1][1] < CELL_GAP * piece.size or cells[-1][2] in ("$", "€", "£")):
            cells[-1] = (cells[-1][0], max(cells[-1][1], piece.right), f"{cells[-1][2]} {text}")
        else:
            cells.append((piece.left, piece.right, text))
    return cells


def _end(rows: list[_Row], start: int) -> int:
    """Index behind the last row of the table that may begin at ``start``."""
    if not _is_tabular(rows[start]):
        return start
    end, missed = start + 1, 0
    for index in range(start + 1, len(rows)):
        row, above = rows[index], rows[index - 1]
        if above.base - row.base > STEP * max(row.size, above.size):
            break
        if _is_tabular(row):
            end, missed = index + 1, 0
        else:
            missed += 1
            wide = row.right - row.left > 0.6 * (rows[start].right - rows[start].left)
            if missed > SKIPPED_ROWS or wide:
                break
    return end


def _is_tabular(row: _Row) -> bool:
    text = "".join(cell for _, _, cell in row.cells).replace(" ", "")
    worded = sum(map(str.isalnum, text)) >= 0.6 * len(text)
    short = all(len(cell) <= 60 for _, _, cell in row.cells)
    return len(row.cells) >= CELLS and worded and short and not _is_loose(row)


def _is_loose(row: _Row) -> bool:
    """Tell whether the cells are the words of a line that was stretched: all its spaces are alike."""
    for one, two, three in zip(row.cells, row.cells[1:], row.cells[2:], strict=False):
        gaps = two[0] - one[1], three[0] - two[1]
        words = all(" " not in text and not any(map(str.isdigit, text)) for _, _, text in (one, two, three))
        if words and abs(gaps[0] - gaps[1]) < 0.1 * row.size and max(gaps) < 3 * row.size:
            return True
    return False


def _is_table(rows: list[_Row]) -> bool:
    later = [cell for row in rows for cell in row.cells[1:]]
    figures = sum(_is_figure(text) for _, _, text in later)
    if figures < FIGURES * len(later) and sum(len(text) for _, _, text in later) > SHORT * len(later):
        return False
    edges: tuple[Callable[[tuple[float, float, str]], float], ...] = (
        lambda cell: cell[0],
        lambda cell: cell[1],
        lambda cell: (cell[0] + cell[1]) / 2,
    )
    em = median(row.size for row in rows)
    for edge in edges:
        places = Counter(round(edge(cell) / em) for cell in later)
        shared = {
            p for p, n in places.items() if max(places[p - 1] + n, n + places[p + 1]) >= 0.6 * len(rows)
        }
        # Words of lines that are set loosely are cells, too, but they stand under each other by chance only.
        if len(shared) >= CELLS - 1 and sum(places[p] for p in shared) >= ALIGNED * len(later):
            return True
    return False


def _is_figure(text: str) -> bool:
    marks = [char for char in text if char.isalnum()]
    return not marks or sum(map(str.isdigit, marks)) > len(marks) / 2


def _head(rows: list[_Row], start: int, members: list[_Row]) -> int:
    """Index of the first row, with the heads over several columns that stand above."""
    left, right = min(row.left for row in members), max(row.right for row in members)
    first = start
    while first and start - first < HEAD_ROWS:
        row = rows[first - 1]
        close = row.base - rows[first].base <= STEP * row.size
        over = row.left > left + 0.25 * (right - left) and row.right <= right + row.size
        if not (close and over):
            break
        first -= 1
    return first


__all__ = ["find_tables"]
