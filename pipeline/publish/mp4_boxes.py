"""Boxes of an MP4 file as bytes (ISO/IEC 14496-12 and -14; QuickTime File Format for the text track).

A box that holds one that grows with the length of a book is a list of parts; those of its parts that are too
long for memory are ``Spooled``: their size is known, their bytes come when they are written.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4  # language "und" (14496-12, 8.4.2.3)
U32 = 1 << 32


@dataclass(frozen=True, slots=True)
class Spooled:
    """Bytes that are read when they are written."""

    size: int
    pieces: Callable[[], Iterator[bytes]]

    def __len__(self) -> int:
        return self.size


Part = bytes | Spooled


def holder(kind: bytes, *parts: Part) -> list[Part]:
    """A box around parts that may be spooled."""
    return [struct.pack(">I4s", 8 + sum(map(len, parts)), kind), *parts]


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box: size, four letters, content."""
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box that has a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def file_type() -> bytes:
    """``ftyp``: an audiobook, that any reader of MP4 version 2 may read."""
    return box(b"ftyp", b"M4B ", struct.pack(">I", 512), b"M4B ", b"M4A ", b"mp42", b"isom")


def movie_header(timescale: int, duration: int, next_track: int) -> bytes:
    """``mvhd``; 64-bit durations only where they are needed."""
    return full(
        b"mvhd",
        _times(timescale, duration),
        struct.pack(">IH10x", 0x10000, 0x100),
        _MATRIX,
        struct.pack(">24xI", next_track),
        version=int(duration >= U32),
    )


def track_header(track: int, duration: int, *, enabled: bool, volume: int) -> bytes:
    """``tkhd``, duration in the movie's timescale. The chapter track is not enabled, only referred to."""
    wide = duration >= U32
    return full(
        b"tkhd",
        struct.pack(">QQII" if wide else ">IIII", 0, 0, track, 0),
        struct.pack(">Q" if wide else ">I", duration),
        struct.pack(">8xHHH2x", 0, 0, volume),
        _MATRIX,
        bytes(8),
        version=int(wide),
        flags=3 if enabled else 2,  # in the movie
    )


def media(timescale: int, duration: int, handler: bytes, header: bytes, table: Sequence[Part]) -> list[Part]:
    """``mdia`` of a track whose samples are in this very file; ``table`` is its ``stbl``."""
    reference = full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1))
    return holder(
        b"mdia",
        full(
            b"mdhd",
            _times(timescale, duration),
            struct.pack(">HH", _UNDETERMINED, 0),
            version=int(duration >= U32),
        ),
        full(b"hdlr", bytes(4), handler, bytes(12), b"Voxpress\0"),
        *holder(b"minf", header, box(b"dinf", reference), *table),
    )


def _times(timescale: int, duration: int) -> bytes:
    # No creation and modification times: the same book gives the same bytes.
    return struct.pack(">QQIQ" if duration >= U32 else ">IIII", 0, 0, timescale, duration)


def audio_description(specific: bytes, sample_rate: int, channels: int, bit_rate: int) -> bytes:
    """``stsd`` of AAC: ``mp4a`` with the elementary stream descriptor (14496-1, 7.2.6)."""

    def descriptor(tag: int, *parts: bytes) -> bytes:
        return bytes((tag, sum(map(len, parts)))) + b"".join(parts)

    decoder = descriptor(
        4,
        struct.pack(">BBBHII", 0x40, 0x15, 0, 0, bit_rate, bit_rate),  # MPEG-4 audio, an audio stream
        descriptor(5, specific),
    )
    stream = descriptor(3, struct.pack(">HB", 0, 0), decoder, descriptor(6, b"\x02"))
    entry = box(
        b"mp4a",
        struct.pack(">6xH8xHHHHI", 1, channels, 16, 0, 0, sample_rate << 16),
        full(b"esds", stream),
    )
    return full(b"stsd", struct.pack(">I", 1), entry)


def text_description() -> bytes:
    """``stsd`` of a QuickTime text track, all of its looks left at zero."""
    entry = box(b"text", struct.pack(">6xH", 1), bytes(4 + 4 + 6 + 8 + 8 + 2 + 2 + 1 + 2 + 6), b"\0")
    return full(b"stsd", struct.pack(">I", 1), entry)


def text_media_header() -> bytes:
    """``gmhd`` of a QuickTime text track."""
    general = full(b"gmin", struct.pack(">H3HHH", 0x40, 0x8000, 0x8000, 0x8000, 0, 0))
    return box(b"gmhd", general, box(b"text", _MATRIX))


def text_sample(text: str) -> bytes:
    """A chapter's title as a QuickTime text sample: length, text, and the atom that says it is UTF-8."""
    data = text.encode()
    return struct.pack(">H", len(data)) + data + box(b"encd", struct.pack(">I", 0x100))


def sample_durations(runs: Sequence[tuple[int, int]]) -> bytes:
    """``stts``: (samples, duration of each) in order."""
    return full(b"stts", struct.pack(">I", len(runs)), *(struct.pack(">II", *run) for run in runs))


def chunk_lengths(runs: Sequence[tuple[int, int]]) -> bytes:
    """``stsc``: (first chunk from 1, samples in it and in those after it) in order."""
    return full(b"stsc", struct.pack(">I", len(runs)), *(struct.pack(">III", *run, 1) for run in runs))


def sample_sizes(count: int, sizes: Part) -> list[Part]:
    """``stsz``; ``sizes`` are its 32-bit numbers."""
    return holder(b"stsz", struct.pack(">III", 0, 0, count), sizes)


def chunk_offsets(count: int, offsets: Part, *, wide: bool) -> list[Part]:
    """``stco``, or ``co64`` when ``offsets`` are 64-bit numbers."""
    return holder(b"co64" if wide else b"stco", struct.pack(">II", 0, count), offsets)


def nero_chapters(starts: Sequence[tuple[float, str]]) -> bytes:
    """``chpl``: starts in seconds; the count is one byte, so at most 255. Titles are cut to 255 bytes."""
    entries = []
    for seconds, title in starts:
        data = title.encode()[:255].decode(errors="ignore").encode()
        entries.append(struct.pack(">QB", round(seconds * 10_000_000), len(data)) + data)
    return full(b"chpl", struct.pack(">IB", 0, len(entries)), *entries, version=1)


def metadata(atoms: Mapping[bytes, bytes], freeform: Mapping[str, str]) -> bytes:
    """``meta`` as iTunes has it: atoms by their four letters, and named values of one's own."""
    items = [box(kind, data) for kind, data in atoms.items()]
    for name, value in freeform.items():
        own = full(b"mean", b"com.apple.iTunes"), full(b"name", name.encode()), data_text(value)
        items.append(box(b"----", *own))
    handler = full(b"hdlr", bytes(4), b"mdir", b"appl", bytes(9))
    return full(b"meta", handler, box(b"ilst", *items))


def data_text(text: str) -> bytes:
    """A ``data`` atom of UTF-8."""
    return box(b"data", struct.pack(">II", 1, 0), text.encode(errors="replace"))


def data_jpeg(picture: bytes) -> bytes:
    """A ``data`` atom of a JPEG picture."""
    return box(b"data", struct.pack(">II", 13, 0), picture)


def data_number(number: int) -> bytes:
    """A ``data`` atom of a one-byte integer."""
    return box(b"data", struct.pack(">IIB", 21, 0, number))
