"""Lines become paragraphs, headings, list items and captions again, across columns and pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from pipeline.ingest.pdf_layout import Line, same_size
from pipeline.ingest.pdf_roles import Body
from pipeline.ingest.pdf_text import HYPHENS, ends_sentence, is_cjk, is_list_mark, starts_lower
from pipeline.model import BlockKind

HEADING_SCALE = 1.12
"""A heading's size over the body's, at least, unless it is bold."""
_CAPTION = re.compile(
    r"^(?:fig(?:ure|\.)|table|tab\.|plate|abb(?:ildung|\.)|tabelle|рис(?:унок|\.)|табл(?:ица|\.)|图|表|圖|"
    r"figura|tabla|tableau)\s*\d+(?:[.–-]\d+)*[a-z]?\s*(?P<stop>[.:：。—–]|$)?",
    re.I,
)
_TABLE = re.compile(r"tab|табл|表", re.I)
_PLAIN_BULLETS = frozenset("•‣▪●○◦■□∗·➢➤✓")
_TORN = 12
"""Captions, labels and notes, at most, that may stand between the halves of a paragraph."""
_BULLET = re.compile(r"^[•‣▪●○◦■□–—∗·➢➤✓*-]\s+")


@dataclass(slots=True)
class Draft:
    """Lines that make one block."""

    lines: list[Line]
    first: int
    """Index of its first line among all lines."""
    kind: BlockKind = BlockKind.PARAGRAPH
    role: str = ""
    level: int = 0

    @property
    def size(self) -> float:
        """Points."""
        return self.lines[0].size

    @property
    def text(self) -> str:
        """Its lines, roughly joined."""
        return " ".join(line.text for line in self.lines)


@dataclass(slots=True)
class _Column:
    """The edges that most lines of a column keep, and how the column is set."""

    left: float
    right: float
    justified: bool
    lines: list[Line] = field(default_factory=list)


def draft_paragraphs(lines: list[Line], body: Body, starts: set[int]) -> list[Draft]:
    """Group ``lines`` into drafts; a line whose index is in ``starts`` begins one in any case."""
    columns = _columns(lines)
    drafts: list[Draft] = []
    running: Draft | None = None  # the paragraph that text after a caption or note may continue
    for index, line in enumerate(lines):
        last = drafts[-1] if drafts else None
        if index in starts:
            running = None
        if line.role:
            if line.role == "equation":
                running = None  # what comes after it is said after it
            fresh_note = line.role == "note" and bool(line.notes)
            if last and last.role == line.role and index not in starts and not fresh_note:
                last.lines.append(line)
            else:
                drafts.append(Draft([line], index, role=line.role))
            continue
        following = lines[index + 1] if index + 1 < len(lines) else None
        if running and not _breaks(running, line, following, columns, body, last is running):
            running.lines.append(line)
            continue
        running = Draft([line], index)
        drafts.append(running)
    for draft in drafts:
        _name_kind(draft, body, columns)
    _mark_labels(drafts, body)
    return _mend(drafts)


def _columns(lines: list[Line]) -> dict[tuple[int, int], _Column]:
    grouped: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        if line.role not in ("contents", "table"):
            grouped[line.page, line.block].append(line)
    return {key: _column(members) for key, members in grouped.items()}


def _column(lines: list[Line]) -> _Column:
    prose = [line for line in lines if not line.role and len(line.text) > 20] or lines
    left, _ = Counter(round(line.left) for line in prose).most_common(1)[0]
    right, count = Counter(round(line.right) for line in prose).most_common(1)[0]
    near = sum(abs(line.right - right) <= 1.6 for line in prose)
    edge = max(line.right for line in prose)
    if near < 0.3 * len(prose) or count < 2 or edge - right > 0.4 * (edge - left):
        return _Column(min(line.left for line in prose), edge, False)
    return _Column(min(left, min(line.left for line in prose)), right, near >= 0.4 * len(prose))


def _breaks(
    draft: Draft,
    line: Line,
    following: Line | None,
    columns: dict[tuple[int, int], _Column],
    body: Body,
    adjacent: bool,
) -> bool:
    """Tell whether ``line`` begins a new paragraph after those of ``draft``."""
    previous = draft.lines[-1]
    if not same_size(previous, line) or previous.bold != line.bold:
        return True
    if line.column == (0.0, 0.0):
        return True
    here = columns.get((line.page, line.block)) or _column([line])
    there = columns.get((previous.page, previous.block)) or _column([previous])
    step = previous.base - line.base
    same_column = (previous.page, previous.block) == (line.page, line.block) and step > 0
    heading = line.size >= HEADING_SCALE * body.size
    if heading:
        return not same_column or step > 1.75 * line.size or not adjacent
    divided = previous.text[-1:] in HYPHENS and previous.text[-2:-1].isalpha()
    if _begins_item(draft, line, here, same_column):
        return True
    if not same_column:
        return _breaks_far(previous, line, following, here, there, body, divided)
    if not adjacent:
        return not (divided or (starts_lower(line.text) and not ends_sentence(previous.text)))
    if step > 1.3 * body.leading_of(line.size) + 1:
        return True
    if divided:
        return False
    return _indented(draft, line, following, here) or _ended_short(previous, line, there)


def _breaks_far(
    previous: Line,
    line: Line,
    following: Line | None,
    here: _Column,
    there: _Column,
    body: Body,
    divided: bool,
) -> bool:
    """The same question when ``line`` is the first of another column or page."""
    if divided and starts_lower(line.text):
        return False
    if line.page - previous.page > 3:
        return True
    lower = starts_lower(line.text)
    if lower and not ends_sentence(previous.text):
        return False
    if _ended_short(previous, line, there):
        return True
    indent = _lead(line, here)
    if 0.7 * line.size < indent < 6 * line.size:
        rest = _lead(following, here) if following and following.block == line.block else 0.0
        if rest < indent - 0.5 * line.size:
            return True
    return False


def _lead(line: Line, column: _Column) -> float:
    return column.right - line.right if line.rtl else line.left - column.left


def _slack(line: Line, column: _Column) -> float:
    return line.left - column.left if line.rtl else column.right - line.right


def _begins_item(draft: Draft, line: Line, column: _Column, same_column: bool) -> bool:
    """Tell whether ``line`` begins an item of a list."""
    token = line.text.split(maxsplit=1)[0] if line.text else ""
    if not is_list_mark(token) or token == line.text:
        return bool(token) and token[0] in _PLAIN_BULLETS
    if token in _PLAIN_BULLETS:
        return True
    first = draft.lines[0]
    if is_list_mark(first.text.split(maxsplit=1)[0]) and (not same_column or abs(first.left - line.left) < 2):
        return True
    previous = draft.lines[-1]
    return same_column and (
        (abs(line.left - previous.left) > 2 and line.left > column.left + 2)
        or _ended_short(previous, line, column)
    )


def _indented(draft: Draft, line: Line, following: Line | None, column: _Column) -> bool:
    """Tell whether the line's indent begins a paragraph: in from the text before, the next line out."""
    previous = draft.lines[-1]
    step = _lead(line, column) - _lead(previous, column)
    em = line.size
    if _centred(previous, column) and _centred(line, column):
        return False
    if step > 0.6 * em:
        runs_on = starts_lower(line.text) and not ends_sentence(previous.text)
        if runs_on and _slack(previous, column) < 0.3 * (column.right - column.left):
            return False  # the second line of an item hangs, and no paragraph begins inside a sentence
        if _is_item(draft) and _slack(previous, column) < 3 * em:
            return False
        if len(draft.lines) > 1 or following is None or following.block != line.block:
            return True
        hangs = abs(_lead(following, column) - _lead(line, column)) < 0.3 * em
        return not hangs or _slack(previous, column) > 3 * em
    if step < -0.6 * em:
        # Out again: after a paragraph's first line that is usual, later it ends a hanging or inset block.
        return len(draft.lines) > 1
    return False


def _is_item(draft: Draft) -> bool:
    token = draft.lines[0].text.split(maxsplit=1)[:1]
    return bool(token) and (is_list_mark(token[0]) or token[0] in _PLAIN_BULLETS)


def _centred(line: Line, column: _Column) -> bool:
    lead, slack = _lead(line, column), _slack(line, column)
    return lead > line.size and abs(lead - slack) < 0.5 * line.size


def _ended_short(previous: Line, line: Line, column: _Column) -> bool:
    """Tell whether the line before had room for this line's first word: then its end was meant."""
    text = line.text
    if not text or not previous.text:
        return False
    glyph = line.width / max(len(text), 1)
    first = 1 if is_cjk(text[0]) else len(text.split(maxsplit=1)[0])
    room = _slack(previous, column)
    if room < (first + 1) * glyph + (1.0 if column.justified else 1.6) * line.size:
        return False
    ragged = starts_lower(text) and not ends_sentence(previous.text)
    return not (ragged and room < 0.3 * (column.right - column.left))


def _name_kind(draft: Draft, body: Body, columns: dict[tuple[int, int], _Column]) -> None:
    """Find out what the draft is."""
    if draft.role:
        names = {"note": BlockKind.NOTE, "table": BlockKind.TABLE, "code": BlockKind.CODE}
        draft.kind = names.get(draft.role, BlockKind.PARAGRAPH)
        return
    text = draft.text
    first = draft.lines[0]
    letters = sum(char.isalpha() for char in text)
    caption = _CAPTION.match(text)
    if (
        caption
        and letters < 1500
        and (caption["stop"] is not None or first.size < 0.95 * body.size or first.bold)
    ):
        draft.kind = BlockKind.CAPTION
    elif (
        letters >= 2
        and len(draft.lines) <= 6
        and len(text) <= 250
        and _is_heading(draft, text, body, columns)
    ):
        draft.kind = BlockKind.HEADING
    elif is_list_mark(text.split(maxsplit=1)[0]) and len(text.split(maxsplit=1)) > 1:
        draft.kind = BlockKind.LIST_ITEM


def _is_heading(draft: Draft, text: str, body: Body, columns: dict[tuple[int, int], _Column]) -> bool:
    if draft.size >= HEADING_SCALE * body.size:
        return len(draft.lines) <= 3 or not ends_sentence(text)
    if draft.size < 0.9 * body.size or len(draft.lines) > 3 or text.rstrip()[-1:] in ".,;:":
        return False
    first = draft.lines[0]
    if len(first.cells) > 2:
        return False
    return all(line.bold for line in draft.lines) and not body.bold


def _mark_labels(drafts: list[Draft], body: Body) -> None:
    """Give the words inside a figure the role ``figure``: small, short, no sentences, above its caption."""
    for index, draft in enumerate(drafts):
        if draft.kind is not BlockKind.CAPTION or _TABLE.match(draft.text):
            continue
        for label in reversed(drafts[:index]):
            last = label.lines[-1]
            if (
                label.role
                or label.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
                or last.page != draft.lines[0].page
                or label.size > 0.95 * body.size
                or ends_sentence(label.text)
                or len(label.text) > 60 * len(label.lines)
            ):
                break
            label.role = "figure"


def _mend(drafts: list[Draft]) -> list[Draft]:
    """Join a paragraph that a caption, table or figure's words tore apart between two columns or pages."""
    mended: list[Draft] = []
    for draft in drafts:
        home = _torn_from(draft, mended[-_TORN:])
        if home is None:
            mended.append(draft)
        else:
            home.lines += draft.lines
    return mended


def _torn_from(draft: Draft, before: list[Draft]) -> Draft | None:
    """Return the draft whose sentence ``draft`` goes on with, over what stands between them."""
    if draft.kind is not BlockKind.PARAGRAPH or draft.role or not starts_lower(draft.text):
        return None
    inset = False
    for between, home in enumerate(reversed(before)):
        if home.kind is BlockKind.HEADING:
            return None
        if (
            home.kind is BlockKind.PARAGRAPH
            and not home.role
            and not same_size(home.lines[-1], draft.lines[0])
        ):
            inset = True  # a sidebar in the column
            continue
        if home.kind is BlockKind.PARAGRAPH and not home.role:
            last, first = home.lines[-1], draft.lines[0]
            apart = (last.page, last.block) != (first.page, first.block)
            fits = between and (apart or inset) and same_size(last, first) and not ends_sentence(last.text)
            return home if fits else None
    return None


def without_bullet(text: str) -> str:
    """Return a list item's text without its bullet; numbers are kept: they may be referred to."""
    return _BULLET.sub("", text)
