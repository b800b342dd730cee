"""Tables: which are data and which only lay out text, such as the speakers of a play."""

from __future__ import annotations

from pipeline.ingest.blocks_kinds import text_of, types_of
from pipeline.ingest.xml import Element, attribute, local_name

_FLOW = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "section", "article"})
_FIGURES = 1 / 3
"""A table with a larger share of cells without a letter is data."""
_PROSE_CELL = 400
"""Characters; a table without headings whose longest cell is longer holds running text."""


def is_layout(table: Element) -> bool:
    """True when a table's cells are to be read one after the other as ordinary text.

    That is a play (cells typed ``z3998:persona``), a table that says so (``role="presentation"``), one with
    a single column, and one without any heading whose cells hold whole passages.
    """
    if attribute(table, "role") in {"presentation", "none"}:
        return True
    inside = [(e, local_name(e)) for e in table.iterdescendants() if isinstance(e.tag, str)]
    if any("persona" in types_of(e) for e, tag in inside if tag in {"td", "th"}):
        return True
    if any(tag in {"th", "thead", "caption"} for _, tag in inside):
        return False
    widest = max((len(row) for row in rows(table)), default=0)
    if widest <= 1 or any(tag in _FLOW for _, tag in inside):
        return True
    return any(tag == "td" and len(text_of(e)) > _PROSE_CELL for e, tag in inside)


def is_text(table: Element) -> bool:
    """True for a table without headings whose cells are words: verses in two languages, a list in columns.

    Figures make a table data, to be looked up and not to be heard.
    """
    cells = [text for row in rows(table) for cell in row if (text := text_of(cell))]
    if any(local_name(e) in {"th", "thead", "caption", "pre", "code"} for e in table.iterdescendants()):
        return False
    figures = sum(1 for text in cells if not any(character.isalpha() for character in text))
    return bool(cells) and figures <= _FIGURES * len(cells)


def rows(table: Element) -> list[list[Element]]:
    """The cells of each row, headings included; rows of inner tables belong to those."""
    found: list[list[Element]] = []
    for row in table.iterdescendants():
        if local_name(row) != "tr" or _table_of(row) is not table:
            continue
        found.append([cell for cell in row if local_name(cell) in {"td", "th"}])
    return found


def _table_of(row: Element) -> Element | None:
    return next((parent for parent in row.iterancestors() if local_name(parent) == "table"), None)


__all__ = ["is_layout", "is_text", "rows"]
