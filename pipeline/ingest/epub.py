"""Reads an EPUB 2 or 3 into a book.

The archive is read one document at a time, twice: once for its links (which anchors are note references is
only known when all documents have been seen), once for its text. Nothing is written and nothing is kept but
the text.

EbookLib is used for its namespaces and, by the tests, to write books. It is not used for reading: its
``read_epub`` raises ``KeyError`` on manifests that name a missing file or carry a ``#fragment``, and on an
NCX at ``../toc.ncx``, and ``TypeError`` on a missing spine; it loads every file of a book into memory at once
and knows no limits. Every reading system opens such books, so that reading falls to lxml, hardened
(``pipeline.ingest.xml``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.ingest.blocks_links import Survey, pair_links, survey
from pipeline.ingest.blocks_text import SkipLog
from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.epub_chapters import ChapterBuilder, chapters_of_headings, is_numbered_heading
from pipeline.ingest.epub_contents import entries_of_page, is_weak
from pipeline.ingest.epub_cover import read_cover
from pipeline.ingest.epub_matter import MATTERS, SKIPPED_TYPES, kind_of_title
from pipeline.ingest.epub_metadata import read_metadata
from pipeline.ingest.epub_notes import Notes, collect_notes
from pipeline.ingest.epub_package import Item, Package, read_package
from pipeline.ingest.epub_styles import Styles, apply_styles, read_styles
from pipeline.ingest.epub_text import Contents, Segment, points_at_contents, read_document, without_licence
from pipeline.ingest.epub_toc import Toc, read_toc
from pipeline.ingest.xml import Element, parse_document
from pipeline.limits import BOOK_CHARACTERS, EPUB_DOCUMENT_BYTES, MIB
from pipeline.model import Book, Matter, SourceInfo, SourceKind
from pipeline.settings import INCLUDES, ReadingSettings

_REPAIRED = "Not well-formed, read as a browser would, some text may be missing: '{}'."
_FEW_ENTRIES = 1
_MANY_HEADINGS = 3
"""A table of contents with so few lines, over so many documents with headings, is none ("Start")."""
_NAV_WORDS = 200
"""A navigation document with more words than that beside its lists is also a chapter."""
_TABLE_SHARE = 0.1
"""More than this share of a book's words inside tables is worth a doubt."""


def read_epub(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read the EPUB at ``path``; ``uri`` and ``sha256`` go into ``Book.source`` as they are.

    Chapters follow the table of contents, see ``epub_chapters``. The language is the declared one.

    Raises SourceBroken (no ZIP, cut short, no package), SourceProtected (DRM), SourceTooLarge (a limit of
    ``pipeline.limits``), SourceEmpty (nothing to narrate).
    """
    return read_container(Archive(path), settings, uri, sha256)


def read_container(container: Archive, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """As ``read_epub``, from a container, which is closed in the end."""
    path = container.path
    with container as archive:
        package = read_package(archive)
        for wider, doubt in _widened(settings):
            try:
                book = _read(archive, package, wider, uri, sha256)
            except SourceEmpty:
                continue
            return replace(book, doubts=(*book.doubts, doubt)) if doubt else book
        raise SourceEmpty(f"'{path.name}' has no text that can be narrated; its pages may be pictures.")


def _widened(settings: ReadingSettings) -> Iterator[tuple[ReadingSettings, str]]:
    """The settings; then what a book is read with in which they find no text, and a doubt that says so."""
    yield settings, ""
    everything = replace(settings, include=tuple(dict.fromkeys((*settings.include, *INCLUDES))))
    yield everything, "Nothing in the book looks like its text: all of it is read, title pages and lists too."
    described = replace(everything, image_descriptions=True)
    yield described, "The book has no text: the descriptions of its pictures are read."


def _read(archive: Archive, package: Package, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read an open book with one set of settings. Raises as ``read_epub``."""
    path, doubts = archive.path, list(package.doubts)
    styles = read_styles(archive, package)
    toc = _contents(archive, package, styles, doubts)
    metadata = read_metadata(package.metadata)
    log = SkipLog()
    language = settings.language or metadata.language
    segments = _read_text(archive, package, toc, styles, settings, language, log, doubts)
    if not toc.entries or _is_no_contents(segments):
        doubts.append("The book has no usable table of contents; its headings make the chapters.")
        segments = chapters_of_headings(segments, metadata.title or path.stem)
    builder = ChapterBuilder(settings, log, _landmark_kinds(toc))
    places = _matters(package, toc)
    for segment in segments:
        builder.add(segment, places.get(segment.href))
    chapters = builder.chapters()
    if not chapters:
        raise SourceEmpty(f"'{path.name}' has no text that can be narrated with these settings.")
    narrated = sum(segment.words for segment in segments)
    if log.words("table") > _TABLE_SHARE * (narrated + log.words("table")):
        doubts.append("Much of the text is in tables, which are left out; include 'tables' to hear it.")
    return Book(
        source=SourceInfo(SourceKind.EPUB, uri, sha256),
        metadata=metadata,
        chapters=chapters,
        skipped=log.skipped(),
        cover=read_cover(archive, package, doubts),
        doubts=_folded(doubts),
    )


def _contents(archive: Archive, package: Package, styles: Styles, doubts: list[str]) -> Toc:
    """The table of contents; where it leads nowhere, the lines of the contents page, if the book has one."""
    toc = read_toc(archive, package, doubts)
    if not is_weak(toc, package):
        return toc
    found = entries_of_page(archive, package, toc, lambda item: _open(archive, item, styles, []))
    if not found:
        return toc
    doubts.append("The book has no usable table of contents; its page of contents makes the chapters.")
    return replace(toc, entries=found)


def _read_text(
    archive: Archive,
    package: Package,
    toc: Toc,
    styles: Styles,
    settings: ReadingSettings,
    language: str,
    log: SkipLog,
    doubts: list[str],
) -> list[Segment]:
    """All narratable text in reading order, cut at the entries of the table of contents."""
    contents = Contents.of(toc.entries)
    doubts += _lost_entries(package, toc)
    surveys: list[Survey] = []
    for order, (item, _) in enumerate(package.spine):
        surveys += [survey(root, item.href, order) for root in _open(archive, item, styles, [])]
    paired = pair_links(surveys)
    notes = None
    if settings.notes != "skip":
        notes = Notes()
        for item, _ in package.spine:
            for root in _open(archive, item, styles, []):
                collect_notes(root, item.href, paired, settings, language, notes)
    segments: list[Segment] = []
    characters, ended = 0, False
    for item, linear in package.spine:
        for root in _open(archive, item, styles, doubts):
            own = SkipLog()
            found = read_document(
                root,
                item.href,
                contents=contents,
                links=paired,
                log=own,
                options=settings,
                language=language,
                doubts=doubts,
                notes=notes,
            )
            kind = _kind_of_document(root, item, linear, package, contents, found)
            log.merge(own)
            if kind and kind not in settings.include:
                if any(s.blocks for s in found) or not own.total():
                    log.add(kind, sum(s.words for s in found))
                # Its entries stay, without text, so that what follows is not taken for theirs.
                found = [Segment(s.href, s.entry, (), (kind,)) for s in found if s.entry]
            else:
                found, ended = without_licence(found, log, ended=ended)
            segments += found
            characters += sum(len(block.text) for s in found for block in s.blocks)
            if characters > BOOK_CHARACTERS:
                raise SourceTooLarge(
                    f"'{archive.path.name}' has more than {BOOK_CHARACTERS} characters"
                    " (BOOK_CHARACTERS); split it."
                )
    return segments


def _open(archive: Archive, item: Item, styles: Styles, doubts: list[str]) -> Iterator[Element]:
    """The tree of a document; nothing, and a doubt, when it is damaged."""
    if not item.is_document:
        return
    try:
        data = archive.read(item.href)
        if len(data) > EPUB_DOCUMENT_BYTES:
            raise SourceTooLarge(
                f"'{archive.path.name}' holds a document, '{item.href}', of more than"
                f" {EPUB_DOCUMENT_BYTES // MIB} MiB (EPUB_DOCUMENT_BYTES); split it."
            )
        parsed = parse_document(data, item.href)
    except SourceBroken as error:
        doubts.append(f"A part of the book is missing: {error}")
        return
    if parsed.repaired:
        doubts.append(_REPAIRED.format(item.href))
    apply_styles(parsed.root, styles)
    yield parsed.root


def _folded(doubts: list[str]) -> tuple[str, ...]:
    """The doubts, each once; those about documents that had to be repaired as one."""
    start = _REPAIRED.partition("'{}'")[0]
    repaired = [doubt for doubt in doubts if doubt.startswith(start)]
    others = [doubt for doubt in doubts if not doubt.startswith(start)]
    if len(repaired) > 1:
        repaired = [f"{repaired[0]} So were {len(repaired) - 1} more."]
    return tuple(dict.fromkeys(others + repaired))


def _lost_entries(package: Package, toc: Toc) -> list[str]:
    """A doubt about lines of the table of contents that lead to no text; the contents' own line may."""
    readable = {item.href for item, _ in package.spine} | {package.nav}
    lost = [
        entry.title
        for entry in toc.entries
        if (entry.missing or (entry.href and entry.href not in readable)) and not kind_of_title(entry.title)
    ]
    if not lost:
        return []
    return [f"{len(lost)} line(s) of the table of contents lead to no text of the book, '{lost[0]}' first."]


def _kind_of_document(
    root: Element, item: Item, linear: bool, package: Package, contents: Contents, found: list[Segment]
) -> str:
    """The kind under which a whole document is skipped for what it is in the book; else empty."""
    if item.href == package.nav and sum(s.words for s in found) <= _NAV_WORDS:
        return "contents"
    if not linear and item.href not in contents.by_document:
        return "auxiliary"
    return "contents" if points_at_contents(root, item.href, contents) else ""


def _is_no_contents(segments: list[Segment]) -> bool:
    narrated = [s for s in segments if s.blocks and not (s.entry and kind_of_title(s.entry.title))]
    entries = sum(1 for segment in narrated if segment.entry is not None)
    headings = sum(1 for s in narrated if s.entry is None and s.heading)
    numbered = sum(1 for s in narrated for block in s.blocks if is_numbered_heading(block))
    return entries <= _FEW_ENTRIES and max(headings, numbered) >= _MANY_HEADINGS


def _landmark_kinds(toc: Toc) -> dict[str, str]:
    """For each document that a landmark or the guide names as a whole, the kind it is skipped under."""
    return {
        href: SKIPPED_TYPES[kind]
        for kind, href, fragment in toc.landmarks
        if kind in SKIPPED_TYPES and not fragment
    }


def _matters(package: Package, toc: Toc) -> dict[str, Matter]:
    """Where each document stands, by the landmarks that name where body and back matter begin."""
    starts = {href: MATTERS[kind] for kind, href, _ in toc.landmarks if kind in MATTERS}
    starts |= {href: Matter.BODY for kind, href, _ in toc.landmarks if kind == "text" and href not in starts}
    if Matter.BODY not in starts.values():
        return {}
    place, found = Matter.FRONT, {}
    for item, _ in package.spine:
        place = starts.get(item.href, place)
        found[item.href] = place
    return found


__all__ = ["read_container", "read_epub"]
