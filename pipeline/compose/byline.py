"""Who wrote it, where it was published and when, in one sentence as a person would say it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from babel import Locale
from babel.dates import format_date, format_skeleton

from pipeline.compose.origin import is_article, source_of
from pipeline.compose.phrases import Phrases, listed, locale_of, phrases, sentence
from pipeline.compose.titles import same_title
from pipeline.model import Anchor, Block, BlockKind, Book, Skipped, Source

NAMED = 3
"""Authors who are named; of more the first two are."""
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?!\d)")
_PDF_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
_OPENING = 5
"""Blocks at the beginning among which the page's own byline and title stand, if anywhere."""
_BYLINE_WORDS = 16
"""A byline of a page's own has no more words."""
_LABEL_WORDS, _LABEL_CHARACTERS = 3, 30
"""Nor has the name of the section that an article stands in."""


def byline(source: Source, language: str) -> str:
    """One sentence; empty where the source says nothing of all that."""
    words = phrases(language)
    names = _names(source.authors, words, language)
    said = words.authors.format(names) if names else ""
    place = (words.site if said else words.site_first).format(source.site) if source.site else ""
    when = _when(source.published, words, language, first=not said and not place)
    rest = words.published.join(filter(None, [place, when]))
    return sentence(words.comma.join(filter(None, [said, rest]))) if said or rest else ""


def day_of(published: str) -> tuple[int, int | None, int | None] | None:
    """Year, month and day of a date as sources write it (ISO 8601, or PDF's); None where it is none."""
    match = _DATE.match(published.strip()) or _PDF_DATE.match(published.strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return (year, None, None) if 1000 <= year <= 9999 else None
    return year, month, day


def written_date(published: str, language: str) -> str:
    """A date in words of the language, as long as it is known: ``November 3, 2026``; empty where it is not."""
    found = day_of(published)
    if found is None:
        return ""
    year, month, day = found
    locale = locale_of(language) or Locale("en")
    if month is None:
        return str(year)
    if day is None:
        written = format_skeleton("yMMMM", date(year, month, 1), locale=locale)
    else:
        written = format_date(date(year, month, day), "long", locale=locale)
    return " ".join(written.split())


def with_byline(book: Book) -> Book:
    """The book with its title and a byline at the beginning.

    What the page itself prints there of the same is left out, and counted.
    """
    source = source_of(book)
    first = book.chapters[0]
    blocks = opened(first.blocks, source, byline_of(book, book.metadata.language))
    return replace(
        book,
        chapters=(replace(first, blocks=blocks), *book.chapters[1:]),
        skipped=(*book.skipped, *counted("byline", around_title(first.blocks, source))),
    )


def byline_of(book: Book, language: str) -> str:
    """As ``byline``; without a day for what is no article, since files and books name any day as theirs."""
    source = source_of(book)
    return byline(source if is_article(book) else replace(source, published=""), language)


def counted(kind: str, blocks: Sequence[Block]) -> tuple[Skipped, ...]:
    """What is left out of a book."""
    words = sum(len(block.text.split()) for block in blocks)
    return (Skipped(kind, len(blocks), words),) if blocks else ()


def opened(blocks: tuple[Block, ...], source: Source, said: str) -> tuple[Block, ...]:
    """The blocks of an article with its title first, and ``said`` after it."""
    anchor = blocks[0].anchor if blocks else Anchor()
    title, rest = take_title(blocks, source)
    opening = [title or Block(BlockKind.HEADING, source.title, anchor, level=1)] if source.title else []
    return (*opening, *([Block(BlockKind.PARAGRAPH, said, anchor)] if said else []), *rest)


def take_title(blocks: tuple[Block, ...], source: Source) -> tuple[Block | None, tuple[Block, ...]]:
    """The block at the beginning that is the title, and all others but those that only say who wrote it and when,
    and the section's name above the title ("Review")."""
    title = _title_in(blocks, source)
    left_out = {id(block) for block in (title, *around_title(blocks, source))}
    if title is not None and title.kind is not BlockKind.HEADING:
        title = replace(title, kind=BlockKind.HEADING, level=1)
    return title, tuple(block for block in blocks if id(block) not in left_out)


def _title_in(blocks: Sequence[Block], source: Source) -> Block | None:
    return next((block for block in blocks[:_OPENING] if same_title(block.text, source.title)), None)


def around_title(blocks: Sequence[Block], source: Source) -> list[Block]:
    """Bylines at the beginning, and what stands above the title and is no sentence."""
    title = _title_in(blocks, source)
    found: list[Block] = []
    above = title is not None
    for block in blocks[:_OPENING]:
        if block is title:
            above = False
        elif is_byline(block.text, source) or (above and _is_label(block.text)):
            found.append(block)
    return found


def _is_label(text: str) -> bool:
    return len(text.split()) <= _LABEL_WORDS and len(text) <= _LABEL_CHARACTERS and text[-1:].isalnum()


def is_byline(text: str, source: Source) -> bool:
    """Whether a short text has nothing but names of the source's authors and site, and what goes with them."""
    words = re.findall(r"\w+", text.casefold())
    if not words or len(words) > _BYLINE_WORDS or not (source.authors or source.site):
        return False
    names = {w for name in (*source.authors, source.site) for w in re.findall(r"\w+", name.casefold())}
    if not names.intersection(words):
        return False
    return all(word in names or word in _AROUND_NAMES or word.isdecimal() for word in words)


_AROUND_NAMES = frozenset(
    """
    by and for from on at in the of published updated posted written reported story text staff writer reporter
    correspondent editor senior special contributor columnist national political sports am pm est edt gmt utc bst
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
    von und am um uhr januar februar märz mai juni juli oktober dezember par et le à por y el en автор текст и
    """.split()
)
"""What stands beside a name in a byline: words, months, days."""


def _names(authors: tuple[str, ...], words: Phrases, language: str) -> str:
    if len(authors) > NAMED:
        return words.others.format(", ".join(authors[:2]))
    return listed(list(authors), language)


def _when(published: str, words: Phrases, language: str, *, first: bool) -> str:
    written = written_date(published, language)
    if not written:
        return ""
    _, month, day = day_of(published) or (0, None, None)
    if day is not None:
        form = words.day_first if first else words.day
    elif month is not None:
        form = words.month_first if first else words.month
    else:
        form = words.year_first if first else words.year
    return form.format(written)


__all__ = [
    "byline",
    "byline_of",
    "counted",
    "day_of",
    "is_byline",
    "opened",
    "take_title",
    "with_byline",
    "written_date",
]
