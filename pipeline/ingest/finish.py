"""The last step of reading any source: the same promises for every kind of book.

Text without control characters and invisible marks; no block or chapter that has nothing to say; a
title, a believable language; within the limits.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.errors import SourceEmpty, SourceTooLarge
from pipeline.ingest import language
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.voice_tags import take_tags
from pipeline.limits import BOOK_CHARACTERS, CHAPTERS
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, Skipped
from pipeline.settings import ReadingSettings

_SAYS_SOMETHING = re.compile(r"[^\W_]")
"""A letter or a digit: emoji, ornaments and rules of dashes have none."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Also halves of surrogate pairs, which no file of ours could say."""


def finish(book: Book, settings: ReadingSettings, title: str, doubts: tuple[str, ...] = ()) -> Book:
    """Make a reader's book good. ``title`` is for a book without one; ``doubts`` come before the reader's.

    Raises ``SourceEmpty`` when there is nothing to narrate, ``SourceTooLarge`` beyond the limits.
    """
    _check_size(book)
    if settings.voice_tags:
        book = replace(book, chapters=tuple(take_tags(chapter) for chapter in book.chapters))
    chapters, mute = _chapters(book.chapters)
    if not chapters:
        raise SourceEmpty(f"{book.source.uri} has no text that can be narrated.")
    metadata = _metadata(book.metadata, title)
    tag, doubt = _language(settings, metadata, chapters)
    return replace(
        book,
        metadata=replace(metadata, language=tag),
        chapters=tuple(replace(c, title=c.title or metadata.title) for c in chapters),
        skipped=(*book.skipped, *mute),
        doubts=tuple(dict.fromkeys((*doubts, *book.doubts, *([doubt] if doubt else [])))),
    )


def clean(text: str) -> str:
    """A text of one line: white space folded, controls and invisible marks removed."""
    return fold(_CONTROLS.sub("", text))


def _check_size(book: Book) -> None:
    if len(book.chapters) > CHAPTERS:
        raise SourceTooLarge(f"{book.source.uri} has more than {CHAPTERS} chapters: split it.")
    characters = sum(len(block.text) for chapter in book.chapters for block in chapter.blocks)
    if characters > BOOK_CHARACTERS:
        raise SourceTooLarge(
            f"{book.source.uri} has more than {BOOK_CHARACTERS} characters of text: split it."
        )


def _chapters(found: tuple[Chapter, ...]) -> tuple[list[Chapter], list[Skipped]]:
    chapters: list[Chapter] = []
    mute = 0
    for chapter in found:
        blocks = tuple(_block(block) for block in chapter.blocks)
        speaking = tuple(block for block in blocks if _SAYS_SOMETHING.search(block.text))
        mute += len(blocks) - len(speaking)
        if speaking:
            chapters.append(
                replace(chapter, index=len(chapters), title=clean(chapter.title), blocks=speaking)
            )
    return chapters, [Skipped("ornament", mute, 0)] if mute else []


def _block(block: Block) -> Block:
    """A block without controls, also in what is said of its text: that is found again by its words."""
    made = replace(
        block,
        text=_cleaned(block.text, block.kind),
        passages=tuple(replace(one, text=_cleaned(one.text, block.kind)) for one in block.passages),
        speeches=tuple(
            replace(one, text=_cleaned(one.text, block.kind), speaker=clean(one.speaker))
            for one in block.speeches
        ),
    )
    return block if made == block else made


def _cleaned(text: str, kind: BlockKind) -> str:
    if kind is not BlockKind.VERSE:
        return clean(text)
    return "\n".join(line for part in text.split("\n") if (line := clean(part)))


def _metadata(found: Metadata, title: str) -> Metadata:
    return replace(
        found,
        title=clean(found.title) or clean(title) or "Untitled",
        subtitle=clean(found.subtitle),
        authors=tuple(dict.fromkeys(name for author in found.authors if (name := clean(author)))),
        publisher=clean(found.publisher),
        series=clean(found.series),
    )


def _language(settings: ReadingSettings, metadata: Metadata, chapters: list[Chapter]) -> tuple[str, str]:
    if settings.language:
        return language.tidy(settings.language) or settings.language, ""
    texts = [block.text for chapter in chapters for block in chapter.blocks]
    return language.settle(metadata.language, language.sample(texts))
