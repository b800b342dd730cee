"""The last step of reading any source: the same promises for every kind of book.

Text without control characters and invisible marks; no block or chapter that has nothing to say; a
title, a believable language; within the limits. Then what the settings want said beyond the text itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate

from pipeline.compose.articles import as_spoken
from pipeline.errors import SourceEmpty, SourceTooLarge
from pipeline.ingest import language
from pipeline.ingest.blocks_text import fold
from pipeline.ingest.voice_tags import take_tags
from pipeline.limits import BOOK_CHARACTERS, CHAPTERS
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, Origin, Skipped, SourceKind
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
    composed = book.source.kind is SourceKind.BOOK
    if settings.voice_tags and not composed:
        book = replace(book, chapters=tuple(take_tags(chapter) for chapter in book.chapters))
    chapters, mute = _chapters(book.chapters)
    if not chapters:
        raise SourceEmpty(f"{book.source.uri} has no text that can be narrated.")
    metadata = _metadata(book.metadata, title)
    # What was composed is of several languages, and knows best which one is between them.
    settled = language.tidy(metadata.language) if composed and not settings.language else ""
    tag, doubt = (settled, "") if settled else _language(settings, metadata, chapters)
    finished = replace(
        book,
        metadata=replace(metadata, language=tag),
        chapters=tuple(replace(c, title=c.title or metadata.title) for c in chapters),
        skipped=(*book.skipped, *mute),
        doubts=tuple(dict.fromkeys((*doubts, *book.doubts, *([doubt] if doubt else [])))),
        origins=_origins(book.origins, book.chapters),
    )
    return as_spoken(finished, settings)


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


def _speaks(chapter: Chapter) -> bool:
    return any(_SAYS_SOMETHING.search(block.text) for block in chapter.blocks)


def _origins(origins: tuple[Origin, ...], chapters: tuple[Chapter, ...]) -> tuple[Origin, ...]:
    """With the chapters counted as they are without those that have nothing to say."""
    if not origins:
        return origins
    before = list(accumulate((_speaks(chapter) for chapter in chapters), initial=0))
    moved = {before[origin.chapter]: origin.source for origin in origins if origin.chapter < len(chapters)}
    return tuple(Origin(chapter, source) for chapter, source in moved.items() if chapter < before[-1])


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
        site=clean(found.site),
        authors=tuple(dict.fromkeys(name for author in found.authors if (name := clean(author)))),
        publisher=clean(found.publisher),
        series=clean(found.series),
    )


def _language(settings: ReadingSettings, metadata: Metadata, chapters: list[Chapter]) -> tuple[str, str]:
    if settings.language:
        return language.tidy(settings.language) or settings.language, ""
    texts = [block.text for chapter in chapters for block in chapter.blocks]
    return language.settle(metadata.language, language.sample(texts))
