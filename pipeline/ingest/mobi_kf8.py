"""KF8 books: skeletons of pages, and the fragments that are put into them.

After the public description of the format (wiki.mobileread.com: KF8). The text of all pages stands in one run:
each skeleton, then its fragments, each of which names the position at which it is put in.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from pipeline.errors import SourceBroken
from pipeline.ingest.mobi_index import read_index
from pipeline.ingest.mobi_pages import Parts
from pipeline.ingest.mobi_records import NONE, Database, Header

_LINK = re.compile(rb"""\bhref\s*=\s*["']kindle:pos:fid:([0-9A-Va-v]{1,8}):off:([0-9A-Va-v]{1,12})["']""")
_FRAGMENTS, _PLACE = 1, 6
"""Tags of skeletons: how many fragments; position and length. Those of fragments have the latter too."""


@dataclass(frozen=True, slots=True)
class Places:
    """Positions in the pages of a KF8 book."""

    inserts: tuple[int, ...]
    """Where each fragment was put in."""

    def of(self, fragment: int, offset: int) -> int:
        """The position of an offset in a fragment; -1 when there is no such fragment."""
        return self.inserts[fragment] + offset if 0 <= fragment < len(self.inserts) else -1


def assemble(database: Database, header: Header, text: bytes) -> tuple[Parts, Places]:
    """The pages of a book. Raises SourceBroken when its indexes are damaged."""
    text = text[: _end_of_pages(database, header, len(text))]
    skeletons = read_index(database, header.skeletons, header.uri).entries
    fragments = read_index(database, header.fragments, header.uri).entries
    try:
        inserts = tuple(int(entry.name) for entry in fragments)
    except ValueError as error:
        raise SourceBroken(f"{header.uri} has a damaged index; get another copy of the book.") from error
    starts: list[int] = []
    texts: list[bytes] = []
    number = made = 0
    for skeleton in skeletons:
        start, length = (*skeleton.tags.get(_PLACE, ()), 0, 0)[:2]
        page, read = text[start : start + length], start + length
        for fragment in range(number, min(number + skeleton.first(_FRAGMENTS), len(fragments))):
            size = (*fragments[fragment].tags.get(_PLACE, ()), 0, 0)[1]
            at = min(max(0, inserts[fragment] - start), len(page))
            page = page[:at] + text[read : read + size] + page[at:]
            read += size
            number += 1
        if not starts or start > starts[-1]:
            starts.append(start)
            texts.append(page)
        made += len(page)
        if made > 2 * len(text):
            raise SourceBroken(f"{header.uri} has pages that overlap; get another copy of the book.")
    places = Places(inserts)

    def target(match: re.Match[bytes]) -> int:
        return places.of(int(match[1], 32), int(match[2], 32))

    return Parts(starts, texts, header.encoding, _LINK, target), places


def _end_of_pages(database: Database, header: Header, length: int) -> int:
    """The text's first flow is the pages; the others are style sheets and pictures."""
    record = database[header.flows] if header.flows != NONE else b""
    if record[:4] != b"FDST" or len(record) < 20:
        return length
    (end,) = struct.unpack_from(">I", record, 16)
    return min(end, length) if end else length


__all__ = ["Places", "assemble"]
