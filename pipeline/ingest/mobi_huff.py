"""Text of Kindle books that is packed by a Huffman code over a dictionary of phrases (HUFF and CDIC records).

After the public description of the format (wiki.mobileread.com: MOBI, Huffman compression).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from pipeline.errors import SourceBroken, SourceTooLarge

_RECORD_BYTES = 1 << 20
"""More than one record of text can be (it is 4096 by the format)."""
_DEEPEST = 32
"""Phrases inside phrases."""
_WORD = (1 << 32) - 1


class Huffman:
    """The tables of a book; ``unpack`` gives the text of a record."""

    def __init__(self, records: Sequence[bytes], uri: str) -> None:
        """Read the HUFF record and the CDIC records after it. Raises SourceBroken."""
        self._uri = uri
        self._phrases: list[tuple[bytes, bool]] = []
        """Phrase, and whether it is unpacked already."""
        try:
            self._read_codes(records[0])
            for record in records[1:]:
                self._read_phrases(record)
        except (struct.error, IndexError) as error:
            raise self._broken() from error

    def unpack(self, data: bytes) -> bytes:
        """The text of a record. Raises SourceBroken, SourceTooLarge."""
        try:
            return self._unpack(data, 0)
        except IndexError as error:
            raise self._broken() from error

    def _read_codes(self, record: bytes) -> None:
        if record[:8] != b"HUFF\0\0\0\x18":
            raise self._broken()
        first, second = struct.unpack_from(">II", record, 8)
        self._short = [_code(value) for value in struct.unpack_from(">256I", record, first)]
        limits = struct.unpack_from(">64I", record, second)
        # By length of the code, from 0.
        self._least = [0, *(value << 32 - n for n, value in enumerate(limits[0::2], 1))]
        self._most = [0, *((value + 1 << 32 - n) - 1 for n, value in enumerate(limits[1::2], 1))]

    def _read_phrases(self, record: bytes) -> None:
        if record[:8] != b"CDIC\0\0\0\x10":
            raise self._broken()
        total, bits = struct.unpack_from(">II", record, 8)
        count = min(1 << min(bits, 16), total - len(self._phrases))
        for at in struct.unpack_from(f">{max(count, 0)}H", record, 16):
            (length,) = struct.unpack_from(">H", record, 16 + at)
            phrase = record[18 + at : 18 + at + (length & 0x7FFF)]
            self._phrases.append((phrase, bool(length & 0x8000)))

    def _unpack(self, data: bytes, depth: int) -> bytes:
        if depth > _DEEPEST:
            raise self._broken()
        left = 8 * len(data)
        padded = data + bytes(8)
        (window,) = struct.unpack_from(">Q", padded)
        at, shift = 0, 32
        pieces: list[bytes] = []
        size = 0
        while True:
            if shift <= 0:
                at, shift = at + 4, shift + 32
                (window,) = struct.unpack(">Q", padded[at : at + 8].ljust(8, b"\0"))
            code = window >> shift & _WORD
            length, is_whole, most = self._short[code >> 24]
            if not is_whole:
                while code < self._least[length]:
                    length += 1
                most = self._most[length]
            if length == 0:
                raise self._broken()
            shift -= length
            left -= length
            if left < 0:
                return b"".join(pieces)
            pieces.append(self._phrase(most - code >> 32 - length, depth))
            size += len(pieces[-1])
            if size > _RECORD_BYTES:
                raise SourceTooLarge(f"{self._uri} unpacks a record to more than {_RECORD_BYTES} bytes.")

    def _phrase(self, number: int, depth: int) -> bytes:
        if number < 0:
            raise self._broken()
        phrase, is_text = self._phrases[number]
        if not is_text:
            self._phrases[number] = (b"", True)  # one that holds itself ends here
            phrase = self._unpack(phrase, depth + 1)
            self._phrases[number] = (phrase, True)
        return phrase

    def _broken(self) -> SourceBroken:
        return SourceBroken(f"{self._uri} has damaged tables of compression; get another copy of the book.")


def _code(value: int) -> tuple[int, bool, int]:
    """Length of the code, whether the first eight bits tell all of it, and the highest code of that length."""
    length, most = value & 0x1F, value >> 8
    return length, bool(value & 0x80), ((most + 1 << 32 - length) - 1) & _WORD if length else 0


__all__ = ["Huffman"]
