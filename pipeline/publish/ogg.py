"""Ogg pages (RFC 3533), read and written whole."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CONTINUED, FIRST, LAST = 1, 2, 4
NO_PACKET_ENDS = -1
"""Granule position of a page on which no packet ends."""

_HEADER = struct.Struct("<4sBBqIIIB")
_SEGMENTS = 255
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    """One page; the stream's serial number and the page's own are given when it is written."""

    flags: int
    granule: int
    lacing: bytes
    """Segment lengths: a packet ends where one is below 255."""
    body: bytes

    @property
    def packets(self) -> int:
        """How many packets end on this page."""
        return len(self.lacing) - self.lacing.count(255)

    def encode(self, serial: int, sequence: int) -> bytes:
        """The page as bytes, with its checksum."""
        head = _HEADER.pack(b"OggS", 0, self.flags, self.granule, serial, sequence, 0, len(self.lacing))
        page = bytearray(head + self.lacing + self.body)
        struct.pack_into("<I", page, 22, checksum(page))
        return bytes(page)


def read_pages(file: BinaryIO) -> Iterator[Page]:
    """All pages from here to the file's end. Raises ``ValueError`` at anything that is not a whole page."""
    while head := file.read(_HEADER.size):
        if len(head) < _HEADER.size or head[:5] != b"OggS\0":
            raise ValueError("not an Ogg page")
        flags, granule, count = head[5], _HEADER.unpack(head)[3], head[26]
        lacing = file.read(count)
        body = file.read(sum(lacing))
        if len(lacing) < count or len(body) < sum(lacing):
            raise ValueError("an Ogg page is cut off")
        page = bytearray(head + lacing + body)
        page[22:26] = bytes(4)
        if checksum(page) != struct.unpack_from("<I", head, 22)[0]:
            raise ValueError("the checksum of an Ogg page is wrong")
        yield Page(flags, granule, lacing, body)


def pages_of(packet: bytes, flags: int, granule: int) -> Iterator[Page]:
    """One packet on as many pages as it needs, alone on them (as headers have to be)."""
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    for at in range(0, len(lacing), _SEGMENTS):
        part = lacing[at : at + _SEGMENTS]
        body = packet[at * 255 : at * 255 + sum(part)]
        ends = at + _SEGMENTS >= len(lacing)
        yield Page((CONTINUED if at else flags), granule if ends else NO_PACKET_ENDS, part, body)


def checksum(page: bytes | bytearray) -> int:
    """CRC-32 as Ogg has it: polynomial 04C11DB7, most significant bit first, no inversion (RFC 3533, 6).

    zlib's is the same polynomial with the bits of every byte, and of the result, the other way round, and
    inverted before and after; undoing that costs less than a loop over the bytes by far.
    """
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED), "big")
