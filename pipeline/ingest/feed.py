"""Feeds: one book whose chapters are the latest items, the newest last.

An item that the feed holds in full is read from there; else its page is fetched (``gather``) and its article read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SourceEmpty, SourceError
from pipeline.ingest.blocks import read_blocks
from pipeline.ingest.blocks_notes import find_marks
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.feed_items import Feed, Item, as_html, read_items
from pipeline.ingest.mhtml import PAGE, PICTURE, Part, read_parts
from pipeline.ingest.request import Survey
from pipeline.ingest.web import parse_page, read_article, with_title
from pipeline.ingest.web_cover import cover_of
from pipeline.ingest.web_furniture import furniture
from pipeline.ingest.web_gathered import told
from pipeline.ingest.web_metadata import declared_language
from pipeline.ingest.web_units import split_at_breaks, take_out, tokens_of, units_of
from pipeline.model import Block, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

NAMED_WORDS = 8
"""An item without a title is called by so many of its first words."""
AGREEING = 0.5
"""Share of a summary's tokens that are in a page's article, if the page is the item's."""
_DAMAGED = "{} is damaged or breaks off: items may be missing."
SEVERAL_AUTHORS = 3
"""A feed of more authors than these is named after none of them, but after itself."""


def survey_feed(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Survey:
    """Which pages and picture are to be fetched. Raises as ``read_items``."""
    del sha256
    feed = read_items(path.read_bytes(), uri, uri if _is_web(uri) else "", charset)
    pages = [item.link for item in feed.latest(settings.latest) if not item.whole and _is_web(item.link)]
    pictures = (feed.picture,) if _is_web(feed.picture) else ()
    return Survey(pictures=pictures, pages=tuple(dict.fromkeys(pages)))


def read_feed(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read a feed, alone or gathered with its pages. Raises ``SourceBroken``, ``SourceEmpty``."""
    data = path.read_bytes()
    parts = read_parts(data, uri) if data[:13].lower() == b"mime-version:" else [Part("", data)]
    root = parts[0]
    address = root.location or (uri if _is_web(uri) else "")
    feed = read_items(root.data, uri, address, root.charset)
    pages = {part.location: part for part in parts[1:] if part.role == PAGE}
    reading = _Reading(settings, uri, pages)
    chapters = tuple(reading.chapters(feed.latest(settings.latest)))
    if not chapters:
        raise SourceEmpty(f"{uri} has no item with a text: hand in the address of an article.")
    pictures = [part for part in parts if part.role == PICTURE]
    return Book(
        source=SourceInfo(SourceKind.FEED, uri, sha256),
        metadata=_metadata(feed, settings, reading.languages),
        chapters=chapters,
        skipped=reading.skip.skipped(),
        cover=next((cover for part in pictures if (cover := cover_of(part.data)) is not None), None),
        doubts=(*told(parts), *([_DAMAGED.format(uri)] if feed.damaged else []), *reading.doubts),
    )


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _metadata(feed: Feed, settings: ReadingSettings, languages: Sequence[str]) -> Metadata:
    items = feed.latest(settings.latest)
    named = list(dict.fromkeys(name for item in items if (name := item.author)))
    # As with a magazine, who publishes it stands for many, or for those who are not named.
    authors = [feed.author] if feed.author else named if 0 < len(named) <= SEVERAL_AUTHORS else [feed.title]
    newest = max((item.published for item in items if item.published), default=None)
    return Metadata(
        title=feed.title,
        authors=tuple(fold(part) for name in authors for part in name.split(";") if part.strip()),
        language=feed.language or next(iter(languages), ""),
        identifier=feed.link,
        publisher=feed.title,
        published=newest.date().isoformat() if newest else "",
        description=feed.description,
    )


@dataclass(slots=True)
class _Reading:
    settings: ReadingSettings
    uri: str
    pages: dict[str, Part]
    skip: SkipLog
    doubts: list[str]
    languages: list[str]

    def __init__(self, settings: ReadingSettings, uri: str, pages: dict[str, Part]) -> None:
        self.settings, self.uri, self.pages = settings, uri, pages
        self.skip, self.doubts, self.languages = SkipLog(), [], []

    def chapters(self, items: Sequence[Item]) -> Iterator[Chapter]:
        """A chapter for each item that has a text."""
        index = 0
        for number, item in enumerate(items, 1):
            blocks = self._blocks(item)
            title = item.title or _name(item, blocks)
            if not blocks:
                self.doubts.append(f"Item {title or number!r} of {self.uri} has no text and is left out.")
                continue
            yield Chapter(index, title, 1, tuple(with_title(blocks, item.title, item.link or self.uri)))
            index += 1

    def _blocks(self, item: Item) -> list[Block]:
        skip = SkipLog()
        held = self._held(item, skip)
        page = self.pages.get(item.link)
        if page is not None:
            own = SkipLog()
            try:
                article = read_article(page.data, self.settings, item.link, own, page.charset, href=item.link)
            except SourceError as error:
                self.doubts.append(f"Only the summary of an item is read: {error}")
            else:
                if _is_of(article.blocks, held):
                    self.languages.append(article.metadata.language)
                    self.skip.merge(own)
                    return article.blocks
                self.doubts.append(
                    f"Only the summary of an item is read: {item.link} has something else on it."
                )
        self.skip.merge(skip)
        return held

    def _held(self, item: Item, skip: SkipLog) -> list[Block]:
        """What the feed itself holds of an item."""
        written = as_html(item.html)
        if not tokens_of(written):
            return []
        page = parse_page(f"<html><body><div>{written}</div></body></html>", item.link or self.uri)
        split_at_breaks(page)
        units = units_of(page)
        out = furniture(units, (item.author,))
        marks = find_marks(page)
        if len(out) < len(units):
            left = [units[i] for i in sorted(out)]
            skip.add("boilerplate", sum(words_in(unit.text) for unit in left), len(left)) if left else None
            take_out(left)
        reading = read_blocks(
            page, href=item.link or self.uri, skip=skip, options=self.settings,
            language=declared_language(page), leave_out=marks,
        )  # fmt: skip
        return list(reading.blocks)


def _is_of(article: Sequence[Block], held: Sequence[Block]) -> bool:
    """Whether an article is that of an item of which the feed holds something: it says more, and mostly the same."""
    long = [token for block in article for token in tokens_of(block.text)]
    short = [token for block in held for token in tokens_of(block.text)]
    known = set(long)
    return len(long) >= len(short) and sum(token in known for token in short) >= AGREEING * len(short)


def _name(item: Item, blocks: Sequence[Block]) -> str:
    words = blocks[0].text.split() if blocks else []
    if not words:
        return item.published.date().isoformat() if item.published else ""
    return " ".join(words[:NAMED_WORDS]) + ("…" if len(words) > NAMED_WORDS else "")


__all__ = ["read_feed", "survey_feed"]
