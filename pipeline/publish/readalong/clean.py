"""Clean pages for a book whose source is no EPUB: what is narrated, with cover and table of contents, and no more."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape, quoteattr

from pipeline.ingest.xml import writable
from pipeline.model import Block, BlockKind, Metadata
from pipeline.publish.names import UNTITLED
from pipeline.publish.readalong.markup import Node
from pipeline.publish.readalong.narration import NarratedChapter
from pipeline.publish.readalong.package import PackageFile
from pipeline.publish.sink import Writable
from pipeline.publish.tags import chapter_title, clean

_PACKAGE = "EPUB/package.opf"
_NAV = "EPUB/nav.xhtml"
_COVER_PAGE = "EPUB/cover.xhtml"
_COVER = "EPUB/cover.jpg"
_STYLE = "EPUB/style.css"
_CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    f'<rootfile full-path="{_PACKAGE}" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
_CSS = """\
body { margin: 0 5%; line-height: 1.5; }
h1, h2, h3, h4, h5, h6 { line-height: 1.2; margin: 2em 0 1em; text-align: start; }
p { margin: 0 0 0.6em; }
.verse { margin: 1em 2em; }
.caption, .row { margin: 1em 0; }
pre { white-space: pre-wrap; }
aside { font-size: 0.9em; margin: 0 2em 0.6em; }
.cover { text-align: center; margin: 0; }
.cover img { max-width: 100%; max-height: 100%; }
"""
_FROM_RIGHT = frozenset("ar arc ckb dv fa he ks ps sd ug ur yi".split())
"""Languages that are written from right to left."""
_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_TITLE_BLOCKS = 3
"""A chapter whose first so many blocks have no heading gets its title shown above them."""


class CleanBook:
    """The files of such a book, made when they are asked for."""

    def __init__(self, metadata: Metadata, cover: bytes, chapters: Sequence[NarratedChapter]) -> None:
        """``cover`` is JPEG; empty for none."""
        self._metadata, self._cover, self._chapters = metadata, cover, chapters
        self._heads: list[tuple[str, int]] = []
        self.doubts: list[str] = []
        self.names = ["META-INF/container.xml", *([_COVER, _COVER_PAGE] if cover else [])]
        self.names += [_page(number) for number in range(len(chapters))]
        self.names += [_NAV, _STYLE, _PACKAGE]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def placed(self, number: int, chapter: NarratedChapter) -> NarratedChapter:
        """The chapter's blocks in its own page."""
        self._heads.append((chapter_title(chapter.text.title, number + 1), chapter.text.level))
        blocks = tuple(
            replace(block, anchor=replace(block.anchor, href=_page(number), id=""))
            for block in chapter.text.blocks
        )
        return replace(chapter, text=replace(chapter.text, blocks=blocks))

    def text(self, name: str) -> str:
        """The page of a chapter."""
        number = int(name.rpartition("-")[2].partition(".")[0]) - 1
        return self._chapter_page(number)

    def copy(self, name: str, sink: Writable) -> None:
        """Write any other file."""
        sink.write(self._file(name))

    def properties(self, name: str) -> list[str]:
        """There is nothing to say."""
        return []

    def fragile(self, node: Node) -> bool:
        """Nothing in these pages minds a span."""
        return False

    def only_in(self, overlays: list[str]) -> set[str]:
        """There are no overlays yet."""
        return set()

    def package(self) -> PackageFile:
        """The package document without what the writer adds."""
        return PackageFile.read(
            self._opf().encode(), _PACKAGE, lambda name: name if name in self.names else None
        )

    # -- files -------------------------------------------------------------------------------------------------

    def _file(self, name: str) -> bytes:
        if name == _COVER:
            return self._cover
        if name == _COVER_PAGE:
            image = f'<img src="cover.jpg" alt={quoteattr(self._title)}/>'
            return self._html(
                self._title, f'<section class="cover" epub:type="cover">{image}</section>'
            ).encode()
        if name == _NAV:
            return self._nav().encode()
        if name == _STYLE:
            return _CSS.encode()
        if name == "META-INF/container.xml":
            return _CONTAINER.encode()
        return self.text(name).encode()

    @property
    def _title(self) -> str:
        return clean(self._metadata.title) or UNTITLED

    @property
    def _language(self) -> str:
        return self._metadata.language or "und"

    @property
    def _leftward(self) -> bool:
        return self._language.lower().partition("-")[0] in _FROM_RIGHT

    def _html(self, title: str, body: str) -> str:
        language = quoteattr(self._language)
        direction = ' dir="rtl"' if self._leftward else ""
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
            '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
            f" xml:lang={language} lang={language}{direction}>\n"
            f"<head>\n<title>{_said(title)}</title>\n"
            '<link rel="stylesheet" type="text/css" href="style.css"/>\n</head>\n'
            f"<body>\n{body}\n</body>\n</html>\n"
        )

    def _chapter_page(self, number: int) -> str:
        chapter = self._chapters[number].text
        title = chapter_title(chapter.title, number + 1)
        parts = list(_blocks(chapter.blocks))
        if all(block.kind is not BlockKind.HEADING for block in chapter.blocks[:_TITLE_BLOCKS]):
            parts.insert(0, f"<h1>{_said(title)}</h1>")
        body = "\n".join(parts)
        return self._html(title, f'<section epub:type="chapter">\n{body}\n</section>')

    def _nav(self) -> str:
        lines = "".join(nested_list([(t, level, _page(n)[5:]) for n, (t, level) in enumerate(self._heads)]))
        body = f'<nav epub:type="toc"><h1>{_said(self._title)}</h1>{lines}</nav>'
        return self._html(self._title, body)

    def _opf(self) -> str:
        data = self._metadata
        identifier = (
            data.identifier.strip() or (f"urn:isbn:{data.isbn}" if data.isbn else "") or _made_up(data)
        )
        date = _DATE.match(data.published.strip())
        lines = [f'<dc:identifier id="pub-id">{_said(identifier)}</dc:identifier>']
        lines.append(f'<dc:title id="title">{_said(self._title)}</dc:title>')
        if data.subtitle:
            lines.append(f'<dc:title id="subtitle">{_said(data.subtitle)}</dc:title>')
            lines.append('<meta refines="#subtitle" property="title-type">subtitle</meta>')
        lines.append(f"<dc:language>{_said(self._language)}</dc:language>")
        lines += [f"<dc:creator>{_said(name)}</dc:creator>" for name in data.authors if clean(name)]
        lines += [f"<dc:subject>{_said(name)}</dc:subject>" for name in data.subjects if clean(name)]
        for name, value in (("publisher", data.publisher), ("description", data.description)):
            lines += [f"<dc:{name}>{_said(value)}</dc:{name}>"] if clean(value) else []
        lines += [f"<dc:date>{date[0]}</dc:date>"] if date else []
        if clean(data.series):
            lines.append(f'<meta property="belongs-to-collection" id="series">{_said(data.series)}</meta>')
            lines.append('<meta refines="#series" property="collection-type">series</meta>')
            if clean(data.series_part):
                part = _said(data.series_part)
                lines.append(f'<meta refines="#series" property="group-position">{part}</meta>')
        items = ['<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>']
        items.append('<item id="style" href="style.css" media-type="text/css"/>')
        spine = []
        if self._cover:
            items.append(
                '<item id="cover" href="cover.jpg" media-type="image/jpeg" properties="cover-image"/>'
            )
            items.append('<item id="cover-page" href="cover.xhtml" media-type="application/xhtml+xml"/>')
            lines.append('<meta name="cover" content="cover"/>')
            spine.append('<itemref idref="cover-page"/>')
        for number in range(len(self._chapters)):
            href = _page(number)[5:]
            items.append(f'<item id="c{number + 1}" href="{href}" media-type="application/xhtml+xml"/>')
            spine.append(f'<itemref idref="c{number + 1}"/>')
        direction = ' page-progression-direction="rtl"' if self._leftward else ""
        parts = ("\n".join(lines), "\n".join(items), "\n".join(spine))
        return (
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="pub-id"'
            f" xml:lang={quoteattr(self._language)}>\n"
            f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n{parts[0]}\n</metadata>\n'
            f"<manifest>\n{parts[1]}\n</manifest>\n<spine{direction}>\n{parts[2]}\n</spine>\n</package>\n"
        )


def _page(number: int) -> str:
    return f"EPUB/chapter-{number + 1:04}.xhtml"


def _said(text: str) -> str:
    return escape(writable(text))


def _made_up(data: Metadata) -> str:
    """An identifier that is the same for the same book."""
    return uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(asdict(data), sort_keys=True)).urn


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks as XHTML; items of a list, notes and quotations that follow each other in one frame."""
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        texts = list(group)
        if kind is BlockKind.HEADING:
            for block in texts:
                level = min(max(block.level, 1), 6)
                yield f"<h{level}{_tongue(block)}>{_said(block.text)}</h{level}>"
        elif kind is BlockKind.LIST_ITEM:
            yield "<ul>"
            yield from (f"<li{_tongue(block)}>{_said(block.text)}</li>" for block in texts)
            yield "</ul>"
        elif kind in _FRAMES:
            opening, closing = _FRAMES[kind]
            yield opening
            yield from (f"<p{_tongue(block)}>{_said(block.text)}</p>" for block in texts)
            yield closing
        elif kind is BlockKind.CODE:
            yield from (f"<pre{_tongue(block)}>{_said(block.text)}</pre>" for block in texts)
        else:
            name = f' class="{_CLASSES[kind]}"' if kind in _CLASSES else ""
            for block in texts:
                lines = "<br/>\n".join(_said(line) for line in block.text.split("\n"))
                yield f"<p{name}{_tongue(block)}>{lines}</p>"


_FRAMES = {
    BlockKind.QUOTE: ("<blockquote>", "</blockquote>"),
    BlockKind.NOTE: ('<aside epub:type="footnote">', "</aside>"),
}
_CLASSES = {BlockKind.VERSE: "verse", BlockKind.CAPTION: "caption", BlockKind.TABLE: "row"}


def _tongue(block: Block) -> str:
    if not block.language:
        return ""
    language = quoteattr(block.language)
    leftward = block.language.lower().partition("-")[0] in _FROM_RIGHT
    return f" xml:lang={language} lang={language}" + (' dir="rtl"' if leftward else "")


def nested_list(lines: Sequence[tuple[str, int, str]]) -> Iterator[str]:
    """The table of contents as lists inside lists."""
    depth = 0
    for title, wanted, href in lines:
        level = min(max(wanted, 1), depth + 1)
        yield "<ol>" if level > depth else "</li>" + "</ol></li>" * (depth - level)
        yield f"<li><a href={quoteattr(href)}>{_said(title)}</a>"
        depth = level
    yield "</li></ol>" * depth


__all__ = ["CleanBook", "nested_list"]
