"""Running headers, footers and page numbers: found by where they stand and that they come again."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.ingest.pdf_apart import ENOUGH, LONG, SMALLER, is_imprint, points
from pipeline.ingest.pdf_glyphs import PageText, Piece
from pipeline.ingest.pdf_text import clean, count_words

ZONE = 0.2
"""Share of the page's height, at its top and at its bottom, in which running matter stands."""
ROWS = 4
"""Rows at each end of a page that are looked at."""
FEW_PIECES = 12
"""With fewer pieces on its page, a line that stands apart is as likely a title."""
FEW_PAGES = 3
"""A file with so many pages has too few of them for anything to come again."""
DRIFT = 4.0
"""Points by which the same running line may move from page to page."""

_ROMAN = r"[ivxlcdm]{1,8}"
_NUMBER = re.compile(
    rf"^[-–—\[(|·•\s]*(?:page|pg\.?|p\.|seite|s\.|стр\.?|страница|página|第)?\s*"
    rf"(?P<number>\d{{1,5}}|{_ROMAN}|[a-z]{{1,2}}[-–.]?\d{{1,4}}|\d{{1,3}}[-–.]\d{{1,4}})"
    rf"\s*(?:(?:of|/|von|из|sur|de)\s*\d+|页|頁)?[-–—\])|·•.\s]*$",
    re.I,
)


@dataclass(slots=True)
class _Row:
    """Pieces on one baseline near an end of a page."""

    page: int
    """Index of the page."""
    top: bool
    rank: int
    """0 for the outermost row."""
    pieces: list[Piece]
    height: float
    """Points from the page's edge to the baseline."""
    gap: float
    """Points between this baseline and the next row's, inwards."""
    text: str
    key: str
    """The text with every number replaced: what comes again."""
    found: str = ""
    """``running-header`` or ``page-number`` once it is recognised."""

    @property
    def size(self) -> float:
        return max(piece.size for piece in self.pieces)

    @property
    def spread(self) -> bool:
        """Set to the left and the right (or the middle): as headers are, and headings are not."""
        gaps = [b.left - a.right for a, b in pairwise(self.pieces)]
        return bool(gaps) and max(gaps) > 3 * self.size


def take_furniture(pages: list[PageText], body_size: float) -> dict[str, tuple[int, int]]:
    """Remove the running matter from ``pages``; return for each kind its count and words."""
    rows = [row for index, page in enumerate(pages) for row in _rows(page, index)]
    _find_numbers(rows, pages)
    _find_repeated(rows)
    _find_slots(rows)
    _find_isolated(rows, pages, body_size)
    _keep_inner(rows)
    counts: dict[str, tuple[int, int]] = {}
    drop: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        if row.found:
            drop[row.page].update(id(piece) for piece in row.pieces)
            count, words = counts.get(row.found, (0, 0))
            counts[row.found] = (count + 1, words + count_words(row.text))
    kept = [[piece for piece in page.pieces if id(piece) not in drop[i]] for i, page in enumerate(pages)]
    if not any(kept):
        return {}  # all there is cannot be furniture
    for page, pieces in zip(pages, kept, strict=True):
        page.pieces = pieces
    return counts


def _rows(page: PageText, index: int) -> list[_Row]:
    """The outermost rows at both ends of a page."""
    baselines: list[list[Piece]] = []
    for piece in sorted(page.pieces, key=lambda p: -p.base):
        if not any(char.isalnum() for char in piece.text):
            continue  # rules and specks; they are never said
        if baselines and baselines[-1][0].base - piece.base < 0.4 * max(piece.size, 6):
            baselines[-1].append(piece)
        else:
            baselines.append([piece])
    _, bottom, _, top = page.box
    height = max(top - bottom, 1.0)
    found = []
    for from_top in (True, False):
        ordered = baselines if from_top else baselines[::-1]
        for rank, pieces in enumerate(ordered[:ROWS]):
            pieces = sorted(pieces, key=lambda p: p.left)
            base = pieces[0].base
            away = top - base if from_top else base - bottom
            if away > ZONE * height and rank:
                break
            following = ordered[rank + 1][0].base if rank + 1 < len(ordered) else base + height
            if _is_note(pieces[0]):
                break  # what stands above notes is text
            text = clean(" ".join(piece.text for piece in pieces))
            found.append(_Row(index, from_top, rank, pieces, away, abs(base - following), text, _key(text)))
    return found


def _is_note(piece: Piece) -> bool:
    """Tell whether a raised figure begins the row: notes may count along with the pages, too."""
    first = piece.runs[0]
    return (
        first.text.strip().isdigit()
        and first.style.size <= 0.86 * piece.size
        and first.base > piece.base + 0.1
    )


def _key(text: str) -> str:
    key = re.sub(r"\d+", "#", text.casefold())
    return "#" if re.fullmatch(_ROMAN, key) else re.sub(r"\s+", "", key)


def _value(token: str) -> int | None:
    """Return the number that ``token`` says; roman ones are moved out of the range of arabic ones."""
    token = token.strip(".,()[]|–—- ").casefold()
    if token.isdigit() and len(token) <= 6:
        return int(token)
    if not re.fullmatch(_ROMAN, token):
        return None
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}[char] for char in token]
    total = sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
    return 1_000_000 + total


def _counts(token: str) -> bool:
    """Tell whether the token may be a page's number; most of four digits are years of letters and imprints."""
    value = _value(token)
    return value is not None and not 1400 <= value <= 2100


def _find_numbers(rows: list[_Row], pages: list[PageText]) -> None:
    """Page numbers count along with the pages, at the same height: alone or at either end of a header."""
    sequences: dict[tuple[bool, int], list[tuple[_Row, float]]] = defaultdict(list)
    for row in rows:
        for token in _ends(row):
            value = _value(token)
            if value is not None:
                sequences[row.top, value - row.page].append((row, row.height))
        if row.rank <= 1 and _NUMBER.match(row.text) and _is_label(row, pages[row.page]):
            row.found = "page-number"
    for members in sequences.values():
        near = _pages_near([row for row, _ in members])
        for row, _ in members:
            alone = bool(_NUMBER.match(row.text))
            if len(near[round(row.height)]) >= (2 if alone else 3):
                row.found = "page-number" if alone else "running-header"


def _pages_near(rows: list[_Row]) -> dict[int, list[int]]:
    """Return, for each height (in whole points) among ``rows``, the pages with a row about there."""
    places: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        places[round(row.height)].add(row.page)
    drift = int(DRIFT)
    return {
        height: sorted(set().union(*(places.get(height + step, set()) for step in range(-drift, drift + 1))))
        for height in list(places)
    }


def _ends(row: _Row) -> set[str]:
    tokens = row.text.split()
    match = _NUMBER.match(row.text)
    return {tokens[0], tokens[-1]} | ({match["number"]} if match else set()) if tokens else set()


def _is_label(row: _Row, page: PageText) -> bool:
    match = _NUMBER.match(row.text)
    return bool(match and page.label and match["number"].casefold() == page.label.casefold())


def _find_repeated(rows: list[_Row]) -> None:
    """The same words at the same height on neighbouring pages (chapter openings repeat, but far apart)."""
    groups: dict[tuple[bool, str], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.key.strip("#"):
            groups[row.top, row.key].append(row)
    for members in groups.values():
        running = {
            height
            for height, near in _pages_near(members).items()
            if len(near) >= 3 and sum(b - a <= 2 for a, b in pairwise(near)) >= (len(near) - 1) / 2
        }
        for row in members:
            if round(row.height) in running:
                row.found = row.found or "running-header"


def _find_slots(rows: list[_Row]) -> None:
    """A height where most rows are running matter is its place: short chapters' headers stand there, too."""
    partly = _partly_repeated(rows)
    slots: dict[tuple[bool, int], list[_Row]] = defaultdict(list)
    for row in rows:
        slots[row.top, round(row.height / 2)].append(row)
    for members in slots.values():
        known = [row for row in members if row.found or (id(row) in partly and row.gap > 1.5 * row.size)]
        if len(members) >= 4 and len(known) >= 0.6 * len(members):
            size = Counter(round(row.size) for row in known).most_common(1)[0][0]
            for row in members:
                if not row.found and abs(row.size - size) <= 1 and row.gap > 1.5 * row.size:
                    row.found = "page-number" if _NUMBER.match(row.text) else "running-header"


def _partly_repeated(rows: list[_Row]) -> set[int]:
    """Rows of which a part comes again on a near page: the chapter's title beside the section's."""
    groups: dict[tuple[bool, str], list[_Row]] = defaultdict(list)
    for row in rows:
        for piece in row.pieces:
            key = _key(piece.text)
            if sum(char.isalpha() for char in key) >= 4:
                groups[row.top, key].append(row)
    found: set[int] = set()
    for members in groups.values():
        for one, other in pairwise(members):
            if 0 < other.page - one.page <= 2 and abs(one.height - other.height) <= DRIFT:
                found |= {id(one), id(other)}
    return found


def _find_isolated(rows: list[_Row], pages: list[PageText], body_size: float) -> None:
    """Without other pages to compare: what stands apart at a page's end and looks like running matter."""
    ends: dict[tuple[int, bool], list[_Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r.rank):
        ends[row.page, row.top].append(row)
    for (index, _), members in ends.items():
        left = [row for row in members if not row.found]
        if any(row.found and row.rank > left[0].rank for row in members) if left else True:
            continue
        for block in _apart(left, body_size):
            if not _looks_running(block, left, pages[index], len(pages) <= FEW_PAGES, body_size):
                break
            for row in block:
                row.found = "page-number" if _NUMBER.match(row.text) else "running-header"


def _apart(rows: list[_Row], body_size: float) -> Iterator[list[_Row]]:
    """Yield the outermost rows in groups that white parts from what follows; at most two rows in each."""
    block: list[_Row] = []
    for row in rows:
        block.append(row)
        if row.gap > (1.4 * body_size if row.spread else 1.6 * max(body_size, row.size)):
            yield block
            block = []
        elif len(block) == 2 or row.size >= SMALLER * body_size:
            return


def _looks_running(block: list[_Row], rows: list[_Row], page: PageText, few: bool, body_size: float) -> bool:
    _, bottom, _, top = page.box
    row = block[-1]
    outer = all(row.height <= ZONE / 2 * (top - bottom) for row in block)
    if len(block) == 1 and _NUMBER.match(row.text) and row.size <= 1.1 * body_size:
        return outer or few
    if not outer or any(row.size > (1.5 if row.spread else 1.1) * body_size for row in block):
        return False
    text = " ".join(row.text for row in block)
    if not few:
        return is_imprint(text) and row.size < SMALLER * body_size and len(text) <= LONG
    following = rows[rows.index(row) + 1] if rows[-1] is not row else None
    runs = [run for row in block for piece in row.pieces for run in piece.runs]
    found = points(
        text,
        scale=max(row.size for row in block) / body_size,
        gap=row.gap / body_size,
        spread=any(row.spread for row in block),
        numbered=any(_counts(token) for row in block for token in _ends(row)),
        bold=all(run.style.bold for run in runs),
        italic=all(run.style.italic for run in runs),
        goes_on=row.top and following is not None and following.text[:1].islower(),
    )
    # Two small rows at the foot are more often a note.
    return len(page.pieces) >= FEW_PIECES and found >= ENOUGH + (len(block) > 1 and not row.top)


def _keep_inner(rows: list[_Row]) -> None:
    """Running matter lies outside the text: what has text further out is text itself."""
    ends: dict[tuple[int, bool], list[_Row]] = defaultdict(list)
    for row in rows:
        ends[row.page, row.top].append(row)
    for members in ends.values():
        outside = False
        for row in sorted(members, key=lambda r: r.rank):
            if outside:
                row.found = ""
            outside = outside or not row.found
