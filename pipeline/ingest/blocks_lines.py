"""Lines of verse: which paragraphs and divisions are no paragraphs."""

from __future__ import annotations

from pipeline.ingest.blocks_kinds import is_block, text_of
from pipeline.ingest.xml import Element, local_name

POEM_LINE = 80
"""Characters; a paragraph of three or more broken lines that are all shorter is read as verse."""
LONGEST_LINE = 200
"""Characters; paragraphs that are longer are not the lines of a stanza, whatever their class says."""
_NESTED = 3
"""Groups inside groups that are looked into."""


def are_verse(pieces: list[str]) -> bool:
    """True for lines that are too short, all of them, to be those of prose."""
    return len(pieces) >= 3 and all(len(piece) <= POEM_LINE for piece in pieces)


def is_line_group(element: Element, nested: int = _NESTED) -> bool:
    """True for a stanza whose lines are paragraphs or divisions of their own, or indented groups of such."""
    inside = [child for child in element if isinstance(child.tag, str)]
    found = [child for child in inside if local_name(child) in {"p", "div", "li", "line"}]
    return len(found) >= 2 and all(
        _is_line(child) or (nested > 0 and is_line_group(child, nested - 1)) for child in found
    )


def _is_line(element: Element) -> bool:
    return len(text_of(element)) <= LONGEST_LINE and not any(
        local_name(e) == "br" or (e is not element and is_block(e, local_name(e)))
        for e in element.iter()
        if isinstance(e.tag, str)
    )


__all__ = ["are_verse", "is_line_group"]
