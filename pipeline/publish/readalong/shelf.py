"""Where the pages of a read-along EPUB come from: a source's own, or (``clean``) made for it."""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml import etree

from pipeline.errors import SourceError
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.epub_metadata import read_metadata
from pipeline.ingest.epub_package import read_package
from pipeline.ingest.epub_toc import read_toc
from pipeline.ingest.xml import attribute, decode, local_name, parse_document, parse_xml
from pipeline.publish.names import UNTITLED
from pipeline.publish.readalong.markup import Node, read_page
from pipeline.publish.readalong.narration import NarratedChapter
from pipeline.publish.readalong.package import PackageFile, address
from pipeline.publish.readalong.styles import Fragile, read_fragile
from pipeline.publish.readalong.upgrade import contents, is_old, nav_page, page_properties, upgrade_package
from pipeline.publish.readalong.upgrade_page import upgraded_page
from pipeline.publish.sink import Writable

_DOCUMENT = "application/xhtml+xml"
_XHTML = "http://www.w3.org/1999/xhtml"
_DECLARED = re.compile(r"""(^\s*<\?xml\b[^>]*?\bencoding\s*=\s*)(?:"[^"]*"|'[^']*')""")


class Shelf(Protocol):
    """All files of an EPUB but those that the writer makes."""

    names: list[str]
    """The container's entries, the package document among them."""
    doubts: list[str]
    """What could not be taken over, one sentence each."""

    def package(self) -> PackageFile:
        """Its package document, of EPUB 3."""
        ...

    def text(self, name: str) -> str:
        """A document to be annotated. Raises ``SourceError``."""
        ...

    def copy(self, name: str, sink: Writable) -> None:
        """Write a file as it is to be. Raises ``SourceError``."""
        ...

    def properties(self, name: str) -> list[str]:
        """What the manifest must say of a document beside what it says."""
        ...

    def placed(self, number: int, chapter: NarratedChapter) -> NarratedChapter:
        """The chapter at that position with the blocks' anchors in these documents; asked for once, in order."""
        ...

    def fragile(self, node: Node) -> bool:
        """Whether the style sheets would show an element otherwise with a span around it."""
        ...

    def only_in(self, overlays: list[str]) -> set[str]:
        """The files that nothing but these overlays plays."""
        ...


class OpenedBook:
    """The source's own pages; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the EPUB. Raises ``SourceError``."""
        self._archive = Archive(path)
        try:
            self._package = read_package(self._archive)
            self._metadata = read_metadata(self._package.metadata)
            self._old = is_old(self._as_it_is())
            self._fragile: Fragile = read_fragile(self._archive, self._package)
        except BaseException:
            self._archive.__exit__(None, None, None)
            raise
        self._documents = {item.href for item in self._package.items.values() if item.is_document}
        out = [name for name in self._archive.names if ".." in name.replace("\\", "/").split("/")]
        self.doubts = [f"The file '{name}' is left out: its name leads out of the book." for name in out]
        self.names = [name for name in self._archive.names if name not in out]
        self._nav = ""
        if self._old and not self._package.nav:
            self._nav = self._new_name("nav.xhtml")
            self.names.append(self._nav)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.__exit__(kind, error, trace)

    def package(self) -> PackageFile:
        """The source's package document, raised to EPUB 3."""
        package = self._as_it_is()
        if self._old:
            order = [item.href for item, _ in self._package.spine]
            upgrade_package(package, self._language, self._title, self._identifier, order)
        if self._nav:
            package.add_item(self._nav, _DOCUMENT, package.new_id("voxpress-nav"), "nav")
        return package

    def text(self, name: str) -> str:
        """A document, of an EPUB 2 as one of EPUB 3. Raises ``SourceBroken``, ``SourceTooLarge``."""
        data = self._archive.read(name)
        source = decode(data)
        try:
            read_page(source)
        except ValueError:
            source = _repaired(data, name)
        return upgraded_page(source, escape(self._title)) if self._old else source

    def copy(self, name: str, sink: Writable) -> None:
        """Copy a file, block by block; pages of an EPUB 2 are raised to EPUB 3."""
        if name == self._nav:
            sink.write(self._nav_page().encode())
        elif self._old and name in self._documents:
            sink.write(as_utf8(self.text(name)).encode())
        else:
            for block in self._archive.blocks(name):
                sink.write(block)

    def properties(self, name: str) -> list[str]:
        """Of an EPUB 2, which knows no properties."""
        return page_properties(self.text(name)) if self._old and name in self._documents else []

    def placed(self, number: int, chapter: NarratedChapter) -> NarratedChapter:
        """As it is: the anchors are the source's."""
        return chapter

    def fragile(self, node: Node) -> bool:
        """As the style sheets say."""
        return self._fragile.touches(node)

    def only_in(self, overlays: list[str]) -> set[str]:
        """The audio of old overlays that no document names."""
        played: set[str] = set()
        for overlay in overlays:
            try:
                root = parse_xml(self._archive.read(overlay), overlay).root
            except SourceError:
                continue
            for element in root.iter():
                if local_name(element) == "audio" and (source := attribute(element, "src")):
                    played.add(self._archive.find(resolve(overlay, source)[0]) or "")
        played.discard("")
        for name in self._documents if played else ():
            page = self._archive.read(name).decode("utf-8", errors="replace")
            played = {one for one in played if one.rpartition("/")[2] not in page}
        return played

    # -- what an EPUB 2 lacks --------------------------------------------------------------------------------

    def _as_it_is(self) -> PackageFile:
        path = self._package.path
        return PackageFile.read(self._archive.read(path), path, self._archive.find)

    @property
    def _title(self) -> str:
        return self._metadata.title or UNTITLED

    @property
    def _language(self) -> str:
        return self._metadata.language or "und"

    @property
    def _identifier(self) -> str:
        """What its NCX calls it, where it has one; else a name of our own."""
        ncx = self._package.ncx
        with suppress(SourceError):
            for element in parse_xml(self._archive.read(ncx), ncx).root.iter() if ncx else ():
                said = (element.get("content") or "").strip()
                if said and local_name(element) == "meta" and element.get("name") == "dtb:uid":
                    return str(said)
        return uuid.uuid5(
            uuid.NAMESPACE_URL, f"{self._title}\0{self._language}\0{self._metadata.authors}"
        ).urn

    def _new_name(self, wanted: str) -> str:
        base = self._package.path.rpartition("/")[0]
        name = f"{base}/{wanted}" if base else wanted
        while self._archive.find(name):
            name = f"{name.removesuffix('.xhtml')}-voxpress.xhtml"
        return name

    def _nav_page(self) -> str:
        def there(href: str, fragment: str) -> str:
            return address(href, self._nav) + (f"#{quote(fragment)}" if fragment else "")

        toc = read_toc(self._archive, self._package, [])
        readable = frozenset(item.href for item, _ in self._package.spine)
        lines = [
            (title, level, there(href, fragment))
            for title, level, href, fragment in contents(toc.entries, readable)
        ]
        if not lines and self._package.spine:
            lines = [(self._title, 1, there(self._package.spine[0][0].href, ""))]
        marks = [(kind, there(href, fragment)) for kind, href, fragment in toc.landmarks if href in readable]
        return nav_page(self._title, self._language, lines, marks)


def as_utf8(source: str) -> str:
    """A page whose declaration names the encoding that it will be written in."""
    return _DECLARED.sub(r'\1"utf-8"', source, count=1)


def _repaired(data: bytes, name: str) -> str:
    """A page that is not well-formed, as it is read. Raises ``SourceBroken``."""
    root = parse_document(data, name).root
    for element in root.iter(etree.Element):
        if not element.tag.startswith("{"):
            element.tag = f"{{{_XHTML}}}{element.tag}"
    etree.cleanup_namespaces(root, top_nsmap={None: _XHTML})
    return "<!DOCTYPE html>\n" + str(etree.tostring(root, encoding="unicode"))


__all__ = ["OpenedBook", "Shelf", "as_utf8"]
