"""Where the pages of a read-along EPUB come from: a source's own, or made for it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pipeline.errors import SourceError
from pipeline.ingest.epub_archive import Archive, resolve
from pipeline.ingest.epub_package import read_package
from pipeline.ingest.xml import attribute, decode, local_name, parse_xml
from pipeline.publish.readalong.markup import Node
from pipeline.publish.readalong.narration import NarratedChapter, Writable
from pipeline.publish.readalong.package import PackageFile


class Shelf(Protocol):
    """All files of an EPUB but those that the writer makes."""

    names: list[str]
    """The container's entries, the package document among them."""

    def package(self) -> PackageFile:
        """Its package document, of EPUB 3."""
        ...

    def text(self, name: str) -> str:
        """A document to be annotated. Raises ``SourceError``."""
        ...

    def copy(self, name: str, sink: Writable) -> None:
        """Write a file as it is to be. Raises ``SourceError``."""
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
        except BaseException:
            self._archive.__exit__(None, None, None)
            raise
        self.names = self._archive.names

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.__exit__(kind, error, trace)

    def package(self) -> PackageFile:
        """The source's package document."""
        path = self._package.path
        return PackageFile.read(self._archive.read(path), path, self._archive.find)

    def text(self, name: str) -> str:
        """A document as it is."""
        return decode(self._archive.read(name))

    def copy(self, name: str, sink: Writable) -> None:
        """Copy a file, block by block."""
        for block in self._archive.blocks(name):
            sink.write(block)

    def placed(self, number: int, chapter: NarratedChapter) -> NarratedChapter:
        """As it is: the anchors are the source's."""
        return chapter

    def fragile(self, node: Node) -> bool:
        """None is known."""
        return False

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
        for item in self._package.items.values():
            if item.is_document and played:
                page = self._archive.read(item.href).decode("utf-8", errors="replace")
                played = {name for name in played if name.rpartition("/")[2] not in page}
        return played


__all__ = ["OpenedBook", "Shelf"]
