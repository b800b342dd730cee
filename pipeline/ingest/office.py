"""The XML parts of a word processor's document, which is a ZIP archive: what Word and OpenDocument share."""

from __future__ import annotations

from pipeline.errors import SourceBroken, SourceProtected
from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.xml import Element, parse_xml
from pipeline.limits import OFFICE_ELEMENTS


def read_part(archive: Archive, name: str | None, doubts: list[str]) -> Element | None:
    """The root of a part; None where it is missing or cannot be read, which is added to ``doubts`` as a sentence.

    Raises SourceProtected, SourceTooLarge.
    """
    entry = archive.find(name) if name else None
    if entry is None:
        return None
    try:
        parsed = parse_xml(archive.read(entry), entry, OFFICE_ELEMENTS)
    except SourceProtected:
        raise
    except SourceBroken as error:
        doubts.append(f"A part of the document is missing: {error}")
        return None
    if parsed.repaired:
        doubts.append(f"'{entry}' is damaged and was repaired, some text may be missing.")
    return parsed.root


__all__ = ["read_part"]
