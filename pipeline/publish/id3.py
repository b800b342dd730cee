"""ID3v2.3 tags as bytes, to be written in front of MP3 frames.

Version 2.3 because Windows and older players read no 2.4; chapters as in "ID3v2 Chapter Frame Addendum" 1.0.
"""

# mypy: disable-error-code="no-untyped-call"
# (mutagen has type hints for a part of its functions)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from mutagen import id3

from pipeline.publish.tags import TOOL, Tags, chapter_title
from pipeline.publish.timeline import Mark

_UTF16 = 1
_FRONT_COVER = 3
_NO_OFFSET = 0xFFFFFFFF
_ENTRIES = 255  # the table's count is one byte
_TOP_LEVEL, _ORDERED = 2, 1
_TAG_HEADER = 10


def book_frames(tags: Tags, title: str, cover: bytes) -> list[id3.Frame]:
    """What every file of a book carries."""
    texts = [
        (id3.TIT2, title),
        (id3.TALB, tags.title),
        (id3.TPE1, tags.artist),
        (id3.TPE2, tags.artist),
        (id3.TCOM, tags.narrator),
        (id3.TCON, tags.genre),
        (id3.TYER, tags.year),
        (id3.TPUB, tags.custom.get("PUBLISHER", "")),
        (id3.TIT3, tags.custom.get("SUBTITLE", "")),
        (id3.TSSE, TOOL),
    ]
    frames: list[id3.Frame] = [kind(encoding=_UTF16, text=[text]) for kind, text in texts if text]
    for description, text in (("", tags.description or tags.comment), ("description", tags.description)):
        if text:
            frames.append(id3.COMM(encoding=_UTF16, lang="und", desc=description, text=[text]))
    frames += [id3.TXXX(encoding=_UTF16, desc=name, text=[value]) for name, value in tags.custom.items()]
    if cover:
        frames.append(id3.APIC(encoding=0, mime="image/jpeg", type=_FRONT_COVER, desc="", data=cover))
    return frames


def track_frame(number: int, count: int) -> id3.Frame:
    """Which file of how many this is."""
    return id3.TRCK(encoding=0, text=[f"{number}/{count}"])


def chapter_frames(marks: Sequence[Mark], rate: int, links: Sequence[str] = ()) -> list[id3.Frame]:
    """``CHAP`` of each chapter, and the table of contents that puts them in order.

    ``links`` are addresses that belong to the chapters, one of each; empty ones are left out. The table's
    count is one byte: a longer one is a table of tables, as the addendum provides.
    """
    chapters: list[id3.Frame] = [
        id3.CHAP(
            element_id=f"chp{mark.index}",
            start_time=round(mark.start * 1000 / rate),
            end_time=round(mark.end * 1000 / rate),
            start_offset=_NO_OFFSET,
            end_offset=_NO_OFFSET,
            sub_frames=[
                id3.TIT2(encoding=_UTF16, text=[chapter_title(mark.title, mark.index + 1)]),
                *([id3.WXXX(encoding=0, desc="chapter url", url=link)] if link else []),
            ],
        )
        for mark, link in zip(marks, links or [""] * len(marks), strict=True)
    ]
    names = [f"chp{mark.index}" for mark in marks]
    if len(names) <= _ENTRIES:
        return [id3.CTOC("toc", _TOP_LEVEL | _ORDERED, names, []), *chapters]
    parts = [names[at : at + _ENTRIES] for at in range(0, len(names), _ENTRIES)]
    top = id3.CTOC("toc", _TOP_LEVEL | _ORDERED, [f"toc{number}" for number in range(len(parts))], [])
    below = [id3.CTOC(f"toc{number}", _ORDERED, part, []) for number, part in enumerate(parts)]
    return [top, *below, *chapters]


def tag_bytes(frames: Iterable[id3.Frame]) -> bytes:
    """The whole tag, its frames in the order given, without padding: the first MP3 frame follows it."""
    body = b"".join(_frame_bytes(frame) for frame in frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + body


def _frame_bytes(frame: id3.Frame) -> bytes:
    """One frame. mutagen writes the frames of a tag sorted by size; ffmpeg lists chapters as they stand."""
    tag, out = id3.ID3(), BytesIO()
    tag.add(frame)
    tag.save(out, v1=0, v2_version=3, padding=lambda _: 0)
    return out.getvalue()[_TAG_HEADER:]
