"""Pages with what belongs to them in one file: saved by a browser as MHTML, or gathered from the web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from pipeline.errors import SourceBroken, SourceEmpty
from pipeline.ingest.blocks_text import SkipLog, words_in
from pipeline.ingest.mhtml import DOUBT, PAGE, PICTURE, Part, read_parts
from pipeline.ingest.web import Article, chapters_of, decode, doubt_of, parse_page, read_article, with_title
from pipeline.ingest.web_cover import cover_of
from pipeline.ingest.web_survey import lead_pictures
from pipeline.model import Block, Book, Cover, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings


def read_mhtml(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read an article from an MHTML file. Raises ``SourceBroken``, ``SourceEmpty``, ``SourceTooLarge``."""
    parts = read_parts(path.read_bytes(), uri)
    pages = [part for part in parts if part.role == PAGE]
    pages = pages or [part for part in parts if part.media_type in ("text/html", "application/xhtml+xml")][:1]
    if not pages:
        raise SourceBroken(f"{uri} holds no web page: save it again.")
    reading = _Reading(settings, uri)
    for page in pages:
        reading.add(page)
    first = reading.articles[0]
    title = first.metadata.title
    return Book(
        source=SourceInfo(SourceKind.WEB, uri, sha256),
        metadata=first.metadata,
        chapters=chapters_of(
            with_title(reading.blocks, title, pages[0].location or uri), title, settings.chapter_words
        ),
        skipped=reading.skip.skipped(),
        cover=_cover(parts, pages[0], uri),
        doubts=(*told(parts), *reading.doubts, *filter(None, [doubt_of(reading.articles, reading.skip)])),
    )


def told(parts: Sequence[Part]) -> tuple[str, ...]:
    """The doubts that came up while the parts were fetched."""
    return tuple(
        line
        for part in parts
        if part.role == DOUBT
        for line in part.data.decode("utf-8", "replace").splitlines()
    )


@dataclass(slots=True)
class _Reading:
    settings: ReadingSettings
    uri: str
    articles: list[Article] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    skip: SkipLog = field(default_factory=SkipLog)

    def add(self, page: Part) -> None:
        """Read one page; one that is not the first may be without an article, which is a doubt."""
        number = len(self.articles) + 1
        try:
            article = read_article(
                page.data, self.settings, self.uri, self.skip, page.charset, href=page.location or self.uri
            )
        except SourceEmpty:
            if number == 1:
                raise
            self.doubts.append(f"Part {number} of {self.uri} has no article on it and is left out.")
            return
        self.articles.append(article)
        if article.doubt:
            self.doubts.append(article.doubt)
        # Every page says the title again, the byline, and what it asks its readers.
        known = {block.text for block in self.blocks}
        again = [block for block in article.blocks if block.text in known]
        if again:
            self.skip.add("boilerplate", sum(words_in(block.text) for block in again), len(again))
        self.blocks += [block for block in article.blocks if block.text not in known]


def _cover(parts: Sequence[Part], page: Part, uri: str) -> Cover | None:
    pictures = [part for part in parts if part.role == PICTURE]
    if not pictures:
        base = page.location or uri
        tree = parse_page(decode(page.data, uri, page.charset)[0], uri)
        wanted = [urljoin(base, address) for address in lead_pictures(tree)]
        by_place = {part.location: part for part in parts if part.location}
        pictures = [by_place[address] for address in wanted if address in by_place]
    return next((cover for part in pictures if (cover := cover_of(part.data)) is not None), None)


__all__ = ["read_mhtml", "told"]
