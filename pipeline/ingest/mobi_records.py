"""What is inside a .mobi or .azw3 file: a Palm database of records, a header, compressed text.

After the public descriptions of the formats (wiki.mobileread.com: PDB, PalmDOC, MOBI). Of the packages that read
them the maintained one (mobi, a fork of KindleUnpack) unpacks to disk, under names that the file chooses, and knows
no limits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import SourceBroken, SourceProtected, SourceTooLarge, SourceUnsupported
from pipeline.ingest.mobi_huff import Huffman
from pipeline.ingest.rtf_tables import LANGUAGES
from pipeline.limits import MIB, MOBI_TEXT_BYTES

NONE = 0xFFFFFFFF
"""Stands for a record that there is not."""
_PLAIN, _PALMDOC, _HUFFMAN = 1, 2, 17480
_EXTH_RECORDS = 4096
_LONGEST_NAME = 4096


@dataclass(frozen=True, slots=True)
class Database:
    """A Palm database: its records."""

    data: bytes
    offsets: tuple[int, ...]
    """Where each record begins, and where the last one ends."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> bytes:
        """A record; empty when there is none of that number."""
        if not 0 <= number < len(self):
            return b""
        return self.data[self.offsets[number] : self.offsets[number + 1]]


@dataclass(frozen=True, slots=True)
class Header:
    """Record 0 of a book, or the one with which its newer half (KF8) begins."""

    uri: str
    start: int
    """Number of the record."""
    version: int
    """8 for KF8, less for what came before."""
    encoding: str
    compression: int
    records: int
    """Of text."""
    trailers: int
    """Flags: what stands behind the text in each record."""
    huffman: tuple[int, int]
    """First record of the tables, and how many there are."""
    title: str
    language: str
    """BCP 47, without region; empty when it does not say."""
    first_image: int
    flows: int
    fragments: int
    skeletons: int
    contents: int
    """Records of indexes, NONE when there is none; like all others counted from the database's beginning."""
    extra: dict[int, list[bytes]]
    """The extended header (EXTH): values by type."""

    def said(self, kind: int) -> list[str]:
        """The texts of that type in the extended header."""
        return [value.decode(self.encoding, errors="replace") for value in self.extra.get(kind, ())]

    def number(self, kind: int) -> int:
        """A number of that type in the extended header; NONE when there is none."""
        value = next(iter(self.extra.get(kind, ())), b"")
        return int.from_bytes(value, "big") if len(value) == 4 else NONE


def read_database(data: bytes, uri: str) -> Database:
    """Read the list of records. Raises SourceBroken."""
    count = struct.unpack_from(">H", data, 76)[0] if len(data) >= 78 else 0
    if count == 0 or 78 + 8 * count > len(data):
        raise SourceBroken(f"{uri} is cut short before its first record; get another copy of the book.")
    offsets = [struct.unpack_from(">I", data, 78 + 8 * n)[0] for n in range(count)]
    return Database(data, (*offsets, len(data)))


def read_header(database: Database, start: int, uri: str) -> Header:
    """Read the header in record ``start``. Raises SourceBroken, SourceProtected (DRM), SourceUnsupported."""
    record = database[start]
    if len(record) < 24 or record[16:20] != b"MOBI":
        raise SourceBroken(f"{uri} has no header of a Kindle book; get another copy of the book.")
    length = struct.unpack_from(">I", record, 20)[0]
    end = min(len(record), 16 + length)

    def long(at: int, otherwise: int = NONE) -> int:
        return int(struct.unpack_from(">I", record, at)[0]) if at + 4 <= end else otherwise

    def place(at: int) -> int:
        number = long(at)
        return NONE if number == NONE else start + number

    compression, records, locked = (struct.unpack_from(">H", record, at)[0] for at in (0, 8, 12))
    if locked:
        raise SourceProtected(f"{uri} is protected by Amazon's DRM; hand in a copy without protection.")
    if compression not in (_PLAIN, _PALMDOC, _HUFFMAN):
        raise SourceUnsupported(f"{uri} is compressed in a way that is not known; convert it to EPUB first.")
    encoding = "utf-8" if long(28, 1252) == 65001 else "cp1252"
    name_at, name_length = long(84, 0), min(long(88, 0), _LONGEST_NAME)
    return Header(
        uri=uri,
        start=start,
        version=long(36, 6),
        encoding=encoding,
        compression=compression,
        records=records,
        trailers=long(240, 0) & 0xFFFF if length >= 228 else 0,
        huffman=(place(112), long(116, 0)),
        title=record[name_at : name_at + name_length].decode(encoding, errors="replace") if name_at else "",
        language=LANGUAGES.get(long(92, 0) & 0x3FF, ""),
        first_image=place(108),
        flows=place(192),
        fragments=place(248),
        skeletons=place(252),
        contents=place(244),
        extra=_extended(record, 16 + length) if long(128, 0) & 0x40 else {},
    )


def _extended(record: bytes, at: int) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    if record[at : at + 4] != b"EXTH" or at + 12 > len(record):
        return found
    (count,) = struct.unpack_from(">I", record, at + 8)
    at += 12
    for _ in range(min(count, _EXTH_RECORDS)):
        if at + 8 > len(record):
            break
        kind, length = struct.unpack_from(">II", record, at)
        if length < 8:
            break
        found.setdefault(kind, []).append(record[at + 8 : at + length])
        at += length
    return found


# -- the text --------------------------------------------------------------------------------------------


def read_text(database: Database, header: Header) -> bytes:
    """All text of a book, unpacked. Raises SourceBroken, SourceTooLarge."""
    unpack = _unpacker(database, header)
    pieces: list[bytes] = []
    size = 0
    for number in range(header.start + 1, header.start + 1 + header.records):
        record = database[number]
        if not record:
            break
        pieces.append(unpack(record[: len(record) - _trailer(record, header.trailers)]))
        size += len(pieces[-1])
        if size > MOBI_TEXT_BYTES:
            raise SourceTooLarge(
                f"{header.uri} unpacks to more than {MOBI_TEXT_BYTES // MIB} MiB of text (MOBI_TEXT_BYTES)."
            )
    return b"".join(pieces)


def _unpacker(database: Database, header: Header) -> Callable[[bytes], bytes]:
    if header.compression == _PLAIN:
        return bytes
    if header.compression == _PALMDOC:
        return unpack_palmdoc
    first, count = header.huffman
    records = [database[number] for number in range(first, first + min(count, len(database)))]
    return Huffman(records, header.uri).unpack


def _trailer(record: bytes, flags: int) -> int:
    """Bytes behind the text of a record: one entry for each flag but the lowest, each with its length at its end."""
    size = 0
    for flag in range(1, 16):
        if flags >> flag & 1:
            size += _backward(record[: max(0, len(record) - size)])
    if flags & 1 and size < len(record):
        size += (
            record[len(record) - size - 1] & 3
        ) + 1  # bytes of a character that goes on in the next record
    return min(size, len(record))


def _backward(data: bytes) -> int:
    """A number of up to four bytes at the end of ``data``: seven bits in each, the first one marked."""
    value = 0
    for byte in data[-4:]:
        value = byte & 0x7F if byte & 0x80 else value << 7 | byte & 0x7F
    return value


def unpack_palmdoc(data: bytes) -> bytes:
    """LZ77 as PalmDOC has it: literals, spaces with a letter, and pairs of distance and length."""
    made = bytearray()
    at = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if 1 <= byte <= 8:
            made += data[at : at + byte]
            at += byte
        elif byte < 0x80:
            made.append(byte)
        elif byte >= 0xC0:
            made += bytes((0x20, byte ^ 0x80))
        elif at < len(data):
            pair = byte << 8 | data[at]
            at += 1
            distance, length = pair >> 3 & 0x7FF, (pair & 7) + 3
            start = len(made) - distance
            if distance == 0 or start < 0:
                continue  # damaged: it points before the text
            for place in range(start, start + length):
                made.append(made[place])
    return bytes(made)


__all__ = ["NONE", "Database", "Header", "read_database", "read_header", "read_text", "unpack_palmdoc"]
