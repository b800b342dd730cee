"""A writer of audiobooks in MP4 whose memory does not grow with the book.

ffmpeg's own muxer keeps a record of every frame in memory until the end: measured with ffmpeg 9.0, copying
AAC at 22,050 Hz took 39 MB for an hour and 153 MB for twenty. Here one pass over the frames' headers spools
their sizes to a temporary file; then everything is known, and the file is written from front to back.

    ftyp | moov ( mvhd, audio trak, chapter trak, udta ) | mdat ( chapter titles, audio )

``moov`` comes first, so a player can start before the file has arrived. There is no edit list: what the
encoder put before the content stays in the file's own time (see ``pipeline.publish.timeline``). The chapter
track counts in samples of the audio, so that marks are exact.
"""

from __future__ import annotations

import struct
import sys
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import PublishError
from pipeline.publish import adts
from pipeline.publish import mp4_boxes as boxes
from pipeline.publish.sink import Writable
from pipeline.publish.tags import chapter_title
from pipeline.publish.timeline import Timeline

NERO_CHAPTERS = 255
"""Most chapters that the Nero list's one-byte count can tell; longer books go without the list."""
_FRAME = 1024  # samples of an AAC-LC frame
_TABLE_BLOCK = 16 * 1024


@dataclass(frozen=True, slots=True)
class _Tables:
    """Sizes of all frames, and of the chunks of about a second that they stand in, spooled."""

    sizes: IO[bytes]
    """32-bit big-endian: the body of ``stsz`` as it will be."""
    chunks: IO[bytes]
    """64-bit native: bytes of each chunk."""
    frames: int
    frames_per_chunk: int
    chunk_count: int
    bytes: int

    @property
    def wide(self) -> bool:
        """Whether offsets take 64 bits: from half of what 32 can say, as tables and tags count too."""
        return self.bytes >= boxes.U32 // 2


def write_m4b(sink: Writable, paths: Sequence[Path], timeline: Timeline, metadata: bytes) -> None:
    """Write the chapters in ``paths`` (ADTS) into ``sink``, marked as ``timeline`` says.

    ``metadata`` is a ``meta`` box. Raises ``PublishError`` when the chapters' frames are damaged, are not as
    many as the timeline counts, or are of different kinds.
    """
    config = _config(paths, timeline)
    titles = [boxes.text_sample(chapter_title(mark.title, mark.index + 1)) for mark in timeline.marks]
    with tempfile.TemporaryFile() as sizes, tempfile.TemporaryFile() as chunks:
        tables = _scan(paths, timeline, config, sizes, chunks)
        content = sum(map(len, titles)) + tables.bytes
        if content + 16 < boxes.U32:
            head = struct.pack(">I4s", content + 8, b"mdat")
        else:
            head = struct.pack(">I4sQ", 1, b"mdat", content + 16)
        # Offsets have a fixed width, so the size of moov does not depend on where the content will be.
        before = sum(map(len, _movie(tables, config, timeline, titles, metadata, 0)))
        start = len(boxes.file_type()) + before + len(head)

        sink.write(boxes.file_type())
        for part in _movie(tables, config, timeline, titles, metadata, start):
            for piece in part.pieces() if isinstance(part, boxes.Spooled) else (part,):
                sink.write(piece)
        sink.write(head)
        for title in titles:
            sink.write(title)
        for path in paths:
            for block in adts.payloads(path):
                sink.write(block)


def _config(paths: Sequence[Path], timeline: Timeline) -> adts.AacConfig:
    config = adts.read_config(paths[0])
    if config.sample_rate > 0xFFFF:
        raise PublishError(f"{paths[0].name} is at {config.sample_rate} Hz: M4B is written up to 48,000 Hz.")
    for path, mark in zip(paths, timeline.marks, strict=True):
        if mark.end - mark.start >= boxes.U32:
            raise PublishError(f"Chapter {mark.index + 1} is too long for a chapter mark of M4B: split it.")
        if adts.read_config(path) != config or config.sample_rate != timeline.rate:
            raise PublishError(f"{path.name} is AAC of another kind than the first chapter: make it again.")
    return config


def _scan(
    paths: Sequence[Path], timeline: Timeline, config: adts.AacConfig, sizes: IO[bytes], chunks: IO[bytes]
) -> _Tables:
    per_chunk = max(1, config.sample_rate // _FRAME)
    frames = total = chunk_count = 0
    open_chunk: list[int] = []
    for path, mark in zip(paths, timeline.marks, strict=True):
        before = frames
        for block in adts.frame_sizes(path):
            frames += len(block)
            total += sum(block)
            open_chunk.extend(block)
            whole = len(open_chunk) - len(open_chunk) % per_chunk
            sums = [sum(open_chunk[at : at + per_chunk]) for at in range(0, whole, per_chunk)]
            chunks.write(array("Q", sums).tobytes())
            chunk_count += len(sums)
            del open_chunk[:whole]
            if sys.byteorder == "little":
                block.byteswap()
            sizes.write(block.tobytes())
        if (frames - before) * _FRAME != mark.end - mark.start:
            raise PublishError(
                f"{path.name} has {frames - before} frames where {(mark.end - mark.start) // _FRAME} were"
                " announced: make its chapter again."
            )
    if open_chunk:
        chunks.write(array("Q", [sum(open_chunk)]).tobytes())
        chunk_count += 1
    return _Tables(sizes, chunks, frames, per_chunk, chunk_count, total)


def _movie(
    tables: _Tables,
    config: adts.AacConfig,
    timeline: Timeline,
    titles: Sequence[bytes],
    metadata: bytes,
    start: int,
) -> list[boxes.Part]:
    """``moov`` for a file whose content, first the titles, then the audio, starts at byte ``start``."""
    wide = tables.wide
    audio_start = start + sum(map(len, titles))
    user = boxes.box(b"udta", metadata, *_nero_list(timeline))
    return boxes.holder(
        b"moov",
        boxes.movie_header(timeline.rate, timeline.ticks, next_track=3),
        *_audio_track(tables, config, timeline, audio_start),
        *_chapter_track(timeline, titles, start, wide=wide),
        user,
    )


def _audio_track(tables: _Tables, config: adts.AacConfig, timeline: Timeline, start: int) -> list[boxes.Part]:
    rate, duration = timeline.rate, timeline.ticks
    code, width = ("Q", 8) if tables.wide else ("I", 4)

    def sizes() -> Iterator[bytes]:
        tables.sizes.seek(0)
        while block := tables.sizes.read(_TABLE_BLOCK):
            yield block

    def offsets() -> Iterator[bytes]:
        position = start
        tables.chunks.seek(0)
        while block := tables.chunks.read(_TABLE_BLOCK):
            found = []
            for length in array("Q", block):
                found.append(position)
                position += length
            yield struct.pack(f">{len(found)}{code}", *found)

    whole, last = divmod(tables.frames, tables.frames_per_chunk)
    runs = ([(1, tables.frames_per_chunk)] if whole else []) + ([(whole + 1, last)] if last else [])
    bit_rate = tables.bytes * 8 * rate // duration
    table = boxes.holder(
        b"stbl",
        boxes.audio_description(config.specific, rate, config.channels, bit_rate),
        boxes.sample_durations([(tables.frames, _FRAME)]),
        boxes.chunk_lengths(runs),
        *boxes.sample_sizes(tables.frames, boxes.Spooled(4 * tables.frames, sizes)),
        *boxes.chunk_offsets(
            tables.chunk_count, boxes.Spooled(width * tables.chunk_count, offsets), wide=tables.wide
        ),
    )
    return boxes.holder(
        b"trak",
        boxes.track_header(1, duration, enabled=True, volume=0x100),
        boxes.box(b"tref", boxes.box(b"chap", struct.pack(">I", 2))),
        *boxes.media(rate, duration, b"soun", boxes.full(b"smhd", bytes(4)), table),
    )


def _chapter_track(
    timeline: Timeline, titles: Sequence[bytes], start: int, *, wide: bool
) -> list[boxes.Part]:
    """The track of titles: one sample a chapter, all in one chunk."""
    lengths = [(1, mark.end - mark.start) for mark in timeline.marks]
    table = boxes.holder(
        b"stbl",
        boxes.text_description(),
        boxes.sample_durations(lengths),
        boxes.chunk_lengths([(1, len(titles))]),
        *boxes.sample_sizes(len(titles), struct.pack(f">{len(titles)}I", *map(len, titles))),
        *boxes.chunk_offsets(1, struct.pack(">Q" if wide else ">I", start), wide=wide),
    )
    return boxes.holder(
        b"trak",
        boxes.track_header(2, timeline.ticks, enabled=False, volume=0),
        *boxes.media(timeline.rate, timeline.ticks, b"text", boxes.text_media_header(), table),
    )


def _nero_list(timeline: Timeline) -> list[bytes]:
    """The chapter list that older players read, where it can hold all chapters."""
    if len(timeline.marks) > NERO_CHAPTERS:
        return []
    starts = [
        (timeline.seconds(mark.start), chapter_title(mark.title, mark.index + 1)) for mark in timeline.marks
    ]
    return [boxes.nero_chapters(starts)]
