"""Ogg Opus (RFC 7845): the smallest files; chapters as Vorbis comments."""

# mypy: disable-error-code="no-untyped-call"
# (mutagen has type hints for a part of its functions)

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import PublishError
from pipeline.publish import ogg
from pipeline.publish.job import Job
from pipeline.publish.plan import PublishedFile
from pipeline.publish.tags import TOOL, Tags, chapter_title
from pipeline.publish.timeline import Timeline

codec = "opus"

_FRAME = 960  # samples at 48 kHz of a packet of 20 ms
SERIAL = 0x566F7870
"""Any number will do for the one stream of a file."""
_CHAPTERS = 1000
"""The comment's number has three digits: later chapters of a longer book have no mark."""


def write(job: Job) -> tuple[PublishedFile, ...]:
    """``Title.opus``: one stream, granule positions counted through all chapters."""
    with job.sink(".opus") as sink:
        for sequence, page in enumerate(_stream(job)):
            sink.write(page.encode(SERIAL, sequence))
    return (sink.published(job.folder),)


def _stream(job: Job) -> Iterator[ogg.Page]:
    head = b""
    base = 0
    last_chapter = len(job.paths) - 1
    for position, (path, chapter) in enumerate(zip(job.paths, job.chapters, strict=True)):
        with path.open("rb") as file:
            own_head, pages = open_stream(file, path)
            if not head:
                head = own_head
                yield from ogg.pages_of(head, ogg.FIRST, 0)
                yield from ogg.pages_of(_comments(job.tags, job.cover, job.timeline), 0, 0)
            # Bytes 16 to 18 are the output gain; 12 to 15, the rate before encoding, are of no consequence.
            if own_head[:12] + own_head[16:] != head[:12] + head[16:]:
                raise PublishError(
                    f"{path.name} is Opus of another kind than the first chapter: make it again."
                )
            packets = 0
            pages = _twenty_milliseconds(pages, path)
            ahead: ogg.Page | None = None
            for page in pages:
                if ahead:
                    yield ahead
                packets += page.packets
                # The granule of a chapter's last page may tell to cut its end; here everything is played,
                # so each page counts what was really encoded.
                granule = base + packets * _FRAME if page.packets else ogg.NO_PACKET_ENDS
                ahead = ogg.Page(page.flags & ogg.CONTINUED, granule, page.lacing, page.body)
        if packets != chapter.frames or not ahead:
            raise PublishError(
                f"{path.name} has {packets} packets where {chapter.frames} were announced:"
                " make its chapter again."
            )
        flags = ahead.flags | (ogg.LAST if position == last_chapter else 0)
        yield ogg.Page(flags, ahead.granule, ahead.lacing, ahead.body)
        base += packets * _FRAME


def open_stream(file: BinaryIO, path: Path) -> tuple[bytes, Iterator[ogg.Page]]:
    """The identification header, and the pages after the comments. Raises ``PublishError`` where it is damaged."""
    pages = _checked(ogg.read_pages(file), path)
    head = next(pages, None)
    comments = next(pages, None)
    while comments and not comments.packets:  # comments that take several pages
        comments = next(pages, None)
    if not head or not comments or not head.body.startswith(b"OpusHead") or len(head.body) < 19:
        raise PublishError(f"{path.name} is not an Ogg Opus file: make its chapter again.")
    return head.body, pages


def _twenty_milliseconds(pages: Iterator[ogg.Page], path: Path) -> Iterator[ogg.Page]:
    """Look at the first packet's configuration (RFC 6716, 3.1), on which all counting here rests."""
    for number, page in enumerate(pages):
        if number == 0:
            configuration, frames = page.body[0] >> 3, page.body[0] & 3
            silk, hybrid, celt = (1, 5, 9), (13, 15), (19, 23, 27, 31)
            if frames or configuration not in (*silk, *hybrid, *celt):
                raise PublishError(f"{path.name} is not Opus in packets of 20 ms: make its chapter again.")
        yield page


def _checked(pages: Iterator[ogg.Page], path: Path) -> Iterator[ogg.Page]:
    try:
        yield from pages
    except ValueError as error:
        raise PublishError(f"{path.name} is damaged, {error}: make its chapter again.") from error


def _comments(tags: Tags, cover: bytes, timeline: Timeline) -> bytes:
    comments = [
        ("TITLE", tags.title),
        ("ALBUM", tags.title),
        ("ARTIST", tags.artist),
        ("ALBUMARTIST", tags.artist),
        ("COMPOSER", tags.narrator),
        ("DATE", tags.year),
        ("GENRE", tags.genre),
        ("DESCRIPTION", tags.description),
        ("COMMENT", tags.comment),
        *tags.custom.items(),
    ]
    for mark in timeline.marks:
        title = chapter_title(mark.title, mark.index + 1)
        comments += chapter_comments(mark.index, timeline.seconds(mark.start), title)
    return comment_header(comments, cover)


def chapter_comments(index: int, start: float, title: str, link: str = "") -> list[tuple[str, str]]:
    """What tells where a chapter starts, in seconds ("Chapter Extension", Xiph wiki); nothing past the 1,000th."""
    if index >= _CHAPTERS:
        return []
    name = f"CHAPTER{index:03}"
    return [(name, _clock(start)), (f"{name}NAME", title), (f"{name}URL", link)]


def comment_header(comments: Iterable[tuple[str, str]], cover: bytes) -> bytes:
    """The comment header's packet (RFC 7845, 5.2); comments without a value are left out."""
    comments = [*comments]
    if cover:
        comments.append(("METADATA_BLOCK_PICTURE", _picture(cover)))

    def counted(text: str) -> bytes:
        data = text.encode(errors="replace")
        return struct.pack("<I", len(data)) + data

    entries = [counted(f"{name}={value}") for name, value in comments if value]
    return b"OpusTags" + counted(TOOL) + struct.pack("<I", len(entries)) + b"".join(entries)


def _picture(cover: bytes) -> str:
    from mutagen.flac import Picture

    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", cover
    return base64.b64encode(picture.write()).decode()


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds / 1000:06.3f}"
