"""A book that was composed here, such as a digest, as one file: JSON that says first what it is.

    {"voxpress":"book","version":1,"book":{...}}

It is read like any other source: in the sandbox, under limits, and nothing in it is believed. What a ``Book`` has is
kept: languages, passages, speeches, anchors, origins, doubts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.ingest import language
from pipeline.ingest.scores import BOOK_MARK
from pipeline.ingest.web_cover import cover_of
from pipeline.limits import BOOK_FILE_BYTES, BOOK_FILE_COVER_BYTES, BOOK_FILE_COVER_PIXELS
from pipeline.model import (
    Block,
    BlockKind,
    Book,
    Chapter,
    Cover,
    Origin,
    Passage,
    Source,
    SourceInfo,
    SourceKind,
    Speech,
)
from pipeline.serial import dump, load
from pipeline.settings import ReadingSettings

SUFFIX = ".voxbook"
VERSION = 1
_LEVELS = 6
_LONGEST_ENTRANCE = 60.0
"""Seconds that a speech may begin before the end of another; no more is heard together in any talk."""


@dataclass(frozen=True, slots=True)
class _File:
    voxpress: Literal["book"]
    version: int
    book: Book


def book_file(book: Book) -> bytes:
    """The bytes of a book's file; the same book gives the same bytes. A large cover is made smaller.

    Raises ``SourceTooLarge`` when nobody would read it.
    """
    kept = replace(book, source=SourceInfo(SourceKind.BOOK, "", ""), cover=_small(book.cover))
    data = dump(_File("book", VERSION, kept))
    assert data.startswith(BOOK_MARK)
    if len(data) > BOOK_FILE_BYTES:
        raise SourceTooLarge(
            f"{book.metadata.title} makes a file of more than {BOOK_FILE_BYTES >> 20} MB: compose it of less."
        )
    return data


def read_book_file(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read a composed book. Raises ``SourceBroken``, ``SourceEmpty``."""
    del settings  # it was read as somebody asked for when it was composed
    try:
        found = load(_File, path.read_bytes())
    except ValidationError as error:
        raise SourceBroken(f"{uri} is no composed book, or is damaged: compose it again.") from error
    if found.version > VERSION:
        raise SourceBroken(f"{uri} was composed by a later version of Voxpress: read it with that.")
    book = found.book
    if not book.chapters:
        raise SourceEmpty(f"{uri} has no chapters: compose it again.")
    return replace(
        book,
        source=SourceInfo(SourceKind.BOOK, uri, sha256),
        metadata=replace(book.metadata, link=_address(book.metadata.link)),
        chapters=tuple(_chapter(place, chapter) for place, chapter in enumerate(book.chapters)),
        cover=cover_of(book.cover.data) if book.cover else None,
        origins=_origins(book),
    )


def _chapter(place: int, chapter: Chapter) -> Chapter:
    level = min(max(chapter.level, 1), _LEVELS)
    return replace(chapter, index=place, level=level, blocks=tuple(_block(block) for block in chapter.blocks))


def _block(block: Block) -> Block:
    """With nothing in it that no reader of ours would write."""
    highest = _LEVELS if block.kind is BlockKind.HEADING else 0
    return replace(
        block,
        level=min(max(block.level, min(highest, 1)), highest),
        language=language.tidy(block.language or "") or None,
        passages=_passages(block),
        speeches=_speeches(block),
    )


def _passages(block: Block) -> tuple[Passage, ...]:
    found, place = [], 0
    for passage in block.passages:
        start, tag = block.text.find(passage.text, place), language.tidy(passage.language)
        if passage.text and start >= 0 and tag:
            found.append(replace(passage, language=tag))
            place = start + len(passage.text)
    return tuple(found)


def _speeches(block: Block) -> tuple[Speech, ...]:
    found, place = [], 0
    for speech in block.speeches:
        start = block.text.find(speech.text, place)
        if speech.text and start >= 0:
            enters = speech.enters if math.isfinite(speech.enters) else 0.0
            found.append(replace(speech, enters=min(max(enters, 0.0), _LONGEST_ENTRANCE)))
            place = start + len(speech.text)
    return tuple(found)


def _origins(book: Book) -> tuple[Origin, ...]:
    found: list[Origin] = []
    for origin in book.origins:
        last = found[-1].chapter if found else -1
        if last < origin.chapter < len(book.chapters):
            found.append(Origin(origin.chapter, _source(origin.source)))
    return tuple(found)


def _source(source: Source) -> Source:
    return replace(source, link=_address(source.link))


def _address(link: str) -> str:
    """Addresses are shown as links: only those of the web."""
    return link if link.startswith(("http://", "https://")) else ""


def _small(cover: Cover | None) -> Cover | None:
    if cover is None or len(cover.data) <= BOOK_FILE_COVER_BYTES:
        return cover
    if cover_of(cover.data) is None:
        return None
    from PIL import Image, ImageOps

    made = BytesIO()
    with Image.open(BytesIO(cover.data), formats=("JPEG", "PNG")) as picture:
        turned = ImageOps.exif_transpose(picture).convert("RGB")
        turned.thumbnail((BOOK_FILE_COVER_PIXELS, BOOK_FILE_COVER_PIXELS))
        turned.save(made, "JPEG", quality=85)
    return Cover("image/jpeg", made.getvalue())


__all__ = ["SUFFIX", "book_file", "read_book_file"]
