"""Several books as one: an opening that says what is in it, and before each what it is.

opening    "Morning reading. 3 articles: How bees see, by Ann Lee; ..."
chapters   "First: How bees see. By Ann Lee, from The Guardian, on November 3, 2026."
           ...
           "And last: ..."
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.compose.byline import around_title, byline_of, counted, take_title
from pipeline.compose.origin import source_of
from pipeline.compose.phrases import listed, phrases, plural, primary
from pipeline.errors import SourceEmpty
from pipeline.model import (
    Anchor,
    Block,
    BlockKind,
    Book,
    Chapter,
    Metadata,
    Origin,
    Passage,
    Skipped,
    Source,
    SourceInfo,
    SourceKind,
)
from pipeline.settings import ReadingSettings


def digest_reading(settings: ReadingSettings) -> ReadingSettings:
    """How the sources of a digest are read: a digest says by itself who wrote what."""
    return replace(settings, byline=False)


def digest(books: Sequence[Book], title: str, language: str = "", doubts: Sequence[str] = ()) -> Book:
    """One book of several, in their order. Each of their chapters stays one, with what it had.

    ``language`` (BCP 47) is that of what is said between them; empty: of most of their words. A text in another
    one keeps its own. ``doubts`` say what was left out. ``Book.origins`` says where the chapters come from.
    Raises ``SourceEmpty`` without any book.
    """
    if not books:
        raise SourceEmpty(f"Nothing is left for the digest {title!r}: none of its sources could be read.")
    language = language or _language(books)
    sources = [source_of(book) for book in books]
    chapters = [_opening(title, books, sources, language)]
    origins: list[Origin] = []
    for place, (book, source) in enumerate(zip(books, sources, strict=True)):
        origins.append(Origin(len(chapters), source))
        said = _transition(place, len(books), source.title, language), byline_of(book, language)
        for chapter in _parts(book, source, said, language):
            chapters.append(replace(chapter, index=len(chapters)))
    return Book(
        source=SourceInfo(SourceKind.BOOK, title, ""),
        metadata=Metadata(
            title=title,
            authors=tuple(dict.fromkeys(name for source in sources for name in source.authors)),
            language=language,
            description=_titles(sources, language),
        ),
        chapters=tuple(chapters),
        skipped=_skipped(books, sources),
        cover=next((book.cover for book in books if book.cover is not None), None),
        doubts=tuple(dict.fromkeys([*doubts, *(doubt for book in books for doubt in book.doubts)])),
        origins=tuple(origins),
        hosts=tuple(dict.fromkeys(host for book in books for host in book.hosts)),
    )


def _language(books: Sequence[Book]) -> str:
    """That of most words."""
    count: Counter[str] = Counter()
    for book in books:
        count[book.metadata.language] += sum(len(chapter.text) for chapter in book.chapters)
    return count.most_common(1)[0][0]


def _opening(title: str, books: Sequence[Book], sources: Sequence[Source], language: str) -> Chapter:
    forms = phrases(language).contents
    said = plural(forms, len(books), language).format(len(books), _titles(sources, language))
    heading = Block(BlockKind.HEADING, title, level=1)
    foreign = tuple(
        Passage(_bare(source.title), book.metadata.language)
        for book, source in zip(books, sources, strict=True)
        if _is_foreign(book.metadata.language, language)
    )
    return Chapter(0, title, 1, (heading, Block(BlockKind.PARAGRAPH, said, passages=foreign)))


def _titles(sources: Sequence[Source], language: str) -> str:
    words = phrases(language)
    return "; ".join(
        words.title_by.format(_bare(source.title), listed(list(source.authors[:2]), language))
        if source.authors
        else _bare(source.title)
        for source in sources
    )


def _bare(title: str) -> str:
    return title.rstrip(".。 ")


def _transition(place: int, count: int, title: str, language: str) -> str:
    """The heading of a part."""
    words = phrases(language)
    if count == 1:
        form = "{}"
    elif place == 0:
        form = words.first
    else:
        form = words.last if place == count - 1 else words.next
    return form.format(title)


def _parts(book: Book, source: Source, said: tuple[str, str], language: str) -> list[Chapter]:
    """The chapters of one book: the first with the transition, the others below it."""
    first, *others = book.chapters
    _, blocks = take_title(first.blocks, source)
    anchor = first.blocks[0].anchor if first.blocks else Anchor()
    own = book.metadata.language
    heading, who = said
    foreign = (Passage(source.title, own),) if _is_foreign(own, language) else ()
    opening = [Block(BlockKind.HEADING, heading, anchor, 1, passages=foreign)]
    opening += [Block(BlockKind.PARAGRAPH, who, anchor)] if who else []
    made = [Chapter(0, source.title, 1, (*opening, *_spoken_in(blocks, own, language)))]
    made += [
        replace(chapter, level=chapter.level + 1, blocks=_spoken_in(chapter.blocks, own, language))
        for chapter in others
    ]
    return made


def _spoken_in(blocks: Sequence[Block], own: str, language: str) -> tuple[Block, ...]:
    """Blocks that say which language they are in, where that is not the digest's."""
    if not _is_foreign(own, language):
        return tuple(blocks)
    return tuple(block if block.language else replace(block, language=own) for block in blocks)


def _is_foreign(own: str, language: str) -> bool:
    return bool(own) and primary(own) != primary(language)


def _skipped(books: Sequence[Book], sources: Sequence[Source]) -> tuple[Skipped, ...]:
    """What all of them leave out, and what the digest says in its own words."""
    own = [
        one
        for book, source in zip(books, sources, strict=True)
        for one in counted("byline", around_title(book.chapters[0].blocks, source))
    ]
    counts: dict[str, tuple[int, int]] = {}
    for skipped in (*own, *(skipped for book in books for skipped in book.skipped)):
        count, words = counts.get(skipped.kind, (0, 0))
        counts[skipped.kind] = count + skipped.count, words + skipped.words
    return tuple(Skipped(kind, count, words) for kind, (count, words) in counts.items())


__all__ = ["digest", "digest_reading"]
