"""A text as a person would read it aloud to somebody: what the settings of reading ask for beyond its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.compose.announced import is_credit, with_pictures, with_quotes
from pipeline.compose.byline import counted, with_byline
from pipeline.compose.links import without_links
from pipeline.model import Block, BlockKind, Book, SourceKind
from pipeline.settings import ReadingSettings


def as_spoken(book: Book, settings: ReadingSettings) -> Book:
    """The book with a byline, quotations and pictures that are said to be such, and without web addresses.

    Only what ``settings`` asks for. A book that was composed of others has all that from them, and a conversation is
    written as it is to be spoken: they stay.
    """
    if book.source.kind in (SourceKind.BOOK, SourceKind.TALK):
        return book
    language = book.metadata.language
    credits = [
        block
        for chapter in book.chapters
        for block in chapter.blocks
        if settings.announce_pictures and block.kind is BlockKind.CAPTION and is_credit(block.text)
    ]
    chapters = [
        replace(chapter, blocks=tuple(_blocks(chapter.blocks, language, settings)))
        for chapter in book.chapters
    ]
    speaking = [chapter for chapter in chapters if chapter.blocks]
    if not speaking:  # a page of nothing but credits
        return book
    book = replace(
        book,
        chapters=tuple(replace(chapter, index=place) for place, chapter in enumerate(speaking)),
        skipped=(*book.skipped, *counted("credit", credits)),
    )
    return with_byline(book) if settings.byline else book


def _blocks(blocks: Sequence[Block], language: str, settings: ReadingSettings) -> Sequence[Block]:
    if settings.shorten_links:
        blocks = [without_links(block, language) for block in blocks]
    if settings.announce_quotes:
        blocks = with_quotes(blocks, language)
    if settings.announce_pictures:
        blocks = list(with_pictures(blocks, language))
    return blocks


__all__ = ["as_spoken"]
