"""A talk file: a conversation that was written down, by a person or by ``voxpress feed script``."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pipeline.ingest import charset as charsets
from pipeline.ingest.finish import clean
from pipeline.model import Block, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.script.conversation.files import parse_talk, write_talk
from pipeline.script.conversation.told import chapters_of, doubts_of
from pipeline.settings import ReadingSettings


def read_talk(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Book:
    """Read a conversation. Raises ``SourceBroken`` with the line, ``SourceEmpty``, ``SourceTooLarge``."""
    text, doubt = charsets.decode(path.read_bytes(), charset)
    talk = parse_talk(text, uri)
    return Book(
        source=SourceInfo(SourceKind.TALK, uri, sha256),
        metadata=Metadata(
            title=talk.title,
            authors=talk.authors,
            language=talk.language,
            link=talk.source if re.fullmatch(r"https?://\S+", talk.source) else "",
        ),
        chapters=tuple(_cleaned(chapter) for chapter in chapters_of(talk)),
        doubts=(*((f"{uri}: {doubt}",) if doubt else ()), *doubts_of(talk)),
        hosts=talk.hosts,
        talk=write_talk(talk),
    )


def _cleaned(chapter: Chapter) -> Chapter:
    """With texts as every block's will be: a speech is found by its own."""
    return replace(chapter, blocks=tuple(map(_block, chapter.blocks)))


def _block(block: Block) -> Block:
    text = clean(block.text)
    return replace(block, text=text, speeches=tuple(replace(one, text=text) for one in block.speeches))


__all__ = ["read_talk"]
