"""Indexes of Kindle books (INDX, TAGX and CTOC records): tables of contents, skeletons, fragments.

After the public description of the format (wiki.mobileread.com: MOBI, "Index meta record").
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.errors import SourceBroken, SourceTooLarge
from pipeline.ingest.mobi_records import NONE, Database
from pipeline.limits import MOBI_ENTRIES


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an index."""

    name: bytes
    tags: dict[int, list[int]]
    """Values by tag; what a tag means depends on the index."""

    def first(self, tag: int, otherwise: int = 0) -> int:
        """The first value of a tag."""
        return next(iter(self.tags.get(tag, ())), otherwise)


@dataclass(frozen=True, slots=True)
class Index:
    """An index and the texts that its entries name by their places."""

    entries: tuple[Entry, ...] = ()
    texts: dict[int, bytes] | None = None

    def text(self, place: int) -> bytes:
        """The text at a place; empty when there is none."""
        return (self.texts or {}).get(place, b"")


@dataclass(frozen=True, slots=True)
class _Tag:
    number: int
    values: int
    mask: int
    ends: bool
    """It stands for the end of a control byte and nothing else."""


def read_index(database: Database, number: int, uri: str) -> Index:
    """Read the index that begins in record ``number``. Raises SourceBroken, SourceTooLarge."""
    if number == NONE:
        return Index()
    try:
        return _read(database, number, uri)
    except (struct.error, IndexError) as error:
        raise SourceBroken(f"{uri} has a damaged index; get another copy of the book.") from error


def _read(database: Database, number: int, uri: str) -> Index:
    head = database[number]
    if head[:4] != b"INDX":
        raise SourceBroken(f"{uri} has a damaged index; get another copy of the book.")
    header, count = struct.unpack_from(">I", head, 4)[0], struct.unpack_from(">I", head, 24)[0]
    texts_count = struct.unpack_from(">I", head, 52)[0] if header >= 56 else 0
    controls, tags = _tags(head, header)
    entries: list[Entry] = []
    for record in range(number + 1, number + 1 + min(count, len(database))):
        entries += _entries(database[record], controls, tags)
        if len(entries) > MOBI_ENTRIES:
            raise SourceTooLarge(f"{uri} has an index of more than {MOBI_ENTRIES} entries (MOBI_ENTRIES).")
    texts: dict[int, bytes] = {}
    for n in range(min(texts_count, len(database))):
        texts |= _texts(database[number + 1 + count + n], n << 16)
    return Index(tuple(entries), texts)


def _tags(head: bytes, at: int) -> tuple[int, list[_Tag]]:
    """Number of control bytes, and what their bits stand for."""
    if head[at : at + 4] != b"TAGX":
        return 0, []
    end, controls = struct.unpack_from(">II", head, at + 4)
    return controls, [
        _Tag(head[p], head[p + 1], head[p + 2], bool(head[p + 3])) for p in range(at + 12, at + end, 4)
    ]


def _entries(record: bytes, controls: int, tags: list[_Tag]) -> Iterator[Entry]:
    if record[:4] != b"INDX":
        return
    table, count = struct.unpack_from(">II", record, 20)
    places = [*struct.unpack_from(f">{min(count, MOBI_ENTRIES)}H", record, table + 4), table]
    for start, end in pairwise(places):
        length = record[start]
        name = record[start + 1 : start + 1 + length]
        yield Entry(name, _values(record[start + 1 + length : max(end, start)], controls, tags))


def _values(data: bytes, controls: int, tags: list[_Tag]) -> dict[int, list[int]]:
    """The values of an entry: control bytes say how many each tag has, and they follow in the order of the tags."""
    at, control = controls, 0
    wanted: list[tuple[_Tag, int, int]] = []
    for tag in tags:
        if tag.ends:
            control += 1
            continue
        value = data[control] & tag.mask if control < len(data) else 0
        if not value:
            continue
        if value == tag.mask and tag.mask.bit_count() > 1:
            size, at = _forward(data, at)
            wanted.append((tag, 0, size))
        else:
            lowest = tag.mask & -tag.mask
            wanted.append((tag, value // lowest, 0))
    found: dict[int, list[int]] = {}
    for tag, count, size in wanted:
        values: list[int] = []
        if count:
            for _ in range(count * tag.values):
                value, at = _forward(data, at)
                values.append(value)
        else:
            end = at + size
            while at < min(end, len(data)):
                value, at = _forward(data, at)
                values.append(value)
        found[tag.number] = values
    return found


def _forward(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits in each byte, the last one marked, and where the next begins. At most four bytes."""
    value = 0
    for byte in data[at : at + 4]:
        at += 1
        value = value << 7 | byte & 0x7F
        if byte & 0x80:
            break
    return value, at


def _texts(record: bytes, base: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(record) and record[at]:
        length, start = _forward(record, at)
        found[base + at] = record[start : start + length]
        at = start + length
    return found


__all__ = ["Entry", "Index", "read_index"]
