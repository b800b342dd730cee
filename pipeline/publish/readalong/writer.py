"""Writes a read-along EPUB 3: documents one at a time, audio as a stream."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import PublishError, SourceError
from pipeline.ingest.xml import parse_document
from pipeline.model import Metadata
from pipeline.publish.readalong.annotate import PREFIX, annotate
from pipeline.publish.readalong.clean import CleanBook
from pipeline.publish.readalong.narration import NarratedChapter
from pipeline.publish.readalong.package import ACTIVE, PLAYING, SMIL, PackageFile, address
from pipeline.publish.readalong.shelf import OpenedBook, Shelf, as_utf8
from pipeline.publish.readalong.smil import duration_of, smil
from pipeline.publish.readalong.spool import Spool
from pipeline.settings import OVERLAYS

MIMETYPE = b"application/epub+zip"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKED = frozenset(".jpg .jpeg .png .gif .webp .mp3 .m4a .m4b .mp4 .opus .ogg .woff .woff2".split())
"""Files that deflating makes no smaller."""
_FEW = 0.02
"""Share of words without a place on a page that is no cause for doubt: what is said for formulas and pictures."""
_UNREAD = frozenset(("mimetype", "META-INF/signatures.xml"))
"""Not copied: the one comes first anyhow, what was signed is no more."""
_STYLE = f"""\
/* A span of ours looks like none, whatever the book's own rules say of spans. */
span[id^="{PREFIX}"] {{ all: unset !important; }}
span[id^="{PREFIX}"].{ACTIVE} {{ background-color: rgba(255, 204, 0, 0.4) !important; }}
.{PLAYING} span[id^="{PREFIX}"] {{ cursor: pointer !important; }}
"""


@dataclass(frozen=True, slots=True)
class ReadAlong:
    """What was written."""

    words: int
    """That were read."""
    shown: int
    """Of these, words that have a place on a page."""
    documents: int
    """Documents with an overlay."""
    duration: float
    """Seconds of all overlays."""
    doubts: tuple[str, ...] = ()
    """One sentence each."""


def write_readalong(
    path: Path,
    *,
    chapters: Sequence[NarratedChapter],
    metadata: Metadata,
    source: Path | None = None,
    cover: bytes = b"",
    narrator: str = "",
    provenance: str = "",
    granularity: str = "sentence",
) -> ReadAlong:
    """Write a read-along EPUB to ``path``, which must not be there yet.

    ``source`` is the EPUB that the chapters were read from: its own pages are annotated. Without one, clean pages
    are made of the chapters' blocks, with ``cover`` (JPEG). ``chapters`` are looked at one at a time, so a lazy
    sequence will do. ``granularity`` is what the overlay goes by: ``sentence`` or ``word``; there are spans for both.
    ``provenance`` says which of the voices imitate somebody.

    Raises ``SourceError`` where ``source`` cannot be read, ``PublishError`` where nothing of it is read aloud.
    """
    if granularity not in OVERLAYS:
        raise PublishError(f"There is no overlay by {granularity!r}: choose {' or '.join(OVERLAYS)}.")
    with ExitStack() as stack:
        spool = stack.enter_context(Spool())
        opened: OpenedBook | CleanBook = (
            OpenedBook(source) if source else CleanBook(metadata, cover, chapters)
        )
        stack.enter_context(opened)
        for number, chapter in enumerate(chapters):
            spool.add(opened.placed(number, chapter))
        file = stack.enter_context(zipfile.ZipFile(path, "x"))
        return _Writer(file, opened, spool, granularity == "word", narrator, provenance).write()


@dataclass(slots=True)
class _Writer:
    file: zipfile.ZipFile
    shelf: Shelf
    spool: Spool
    by_word: bool
    narrator: str
    provenance: str
    words: int = 0
    shown: int = 0
    doubts: list[str] = field(default_factory=list)
    durations: dict[str, float] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def write(self) -> ReadAlong:
        self._store("mimetype", MIMETYPE)
        self.doubts += self.shelf.doubts
        package = self.shelf.package()
        folder = self._folder(package)
        dropped = self._old_overlays(package)
        package.remove(dropped)
        read = set(self.spool.documents)
        for name in self.shelf.names:
            if name in _UNREAD or name in dropped or name == package.path:
                continue
            if name not in read or not self._document(name, folder, package):
                self._copy(name)
            package.add_properties(name, self.shelf.properties(name))
        lost = read - set(self.shelf.names)
        if lost:
            self.doubts.append(f"{len(lost)} document(s) that were read are not in the book.")
        if not self.durations:
            raise PublishError("Nothing that was read stands in the book's pages: it cannot be read along.")
        self._audio(folder, package)
        self._deflate(f"{folder}/style.css", _STYLE.encode())
        package.add_item(f"{folder}/style.css", "text/css", package.new_id("voxpress-style"))
        package.add_durations(self.narrator, self.durations)
        if self.provenance:
            package.add_meta("dcterms:provenance", self.provenance)
        package.modified()
        self._deflate(package.path, package.written())
        self.words += self.spool.unplaced
        if self.words - self.shown > _FEW * self.words:
            self.doubts.append(
                f"{self.words - self.shown} of {self.words} words that are read have no place in the read-along"
                " EPUB's pages; they are heard with the sentences around them."
            )
        total = sum(self.durations.values())
        return ReadAlong(self.words, self.shown, len(self.durations), total, tuple(self.doubts))

    # -- documents -------------------------------------------------------------------------------------------------

    def _document(self, name: str, folder: str, package: PackageFile) -> bool:
        """Write a document with its spans, and its overlay; False when it has to be copied as it is."""
        style = address(f"{folder}/style.css", name)
        link = f'<link rel="stylesheet" type="text/css" href="{style}"/>'
        try:
            source = as_utf8(self.shelf.text(name))
            made = annotate(
                source, self.spool.read(name), by_word=self.by_word, link=link, fragile=self.shelf.fragile
            )
            if parse_document(made.source.encode(), name).repaired:
                raise ValueError("it is not well-formed")
        except (ValueError, SourceError) as error:
            self.doubts.append(f"The document '{name}' is not read along: {error}.")
            self.words += sum(len(s.words) for block in self.spool.read(name) for s in block.sentences)
            return False
        self.words += made.words
        self.shown += made.found
        if not made.groups:
            return False
        number = len(self.durations) + 1
        overlay = f"{folder}/overlay-{number:04}.smil"
        identifier = package.add_item(overlay, SMIL, package.new_id(f"voxpress-overlay-{number}"))
        self.durations[identifier] = duration_of(made.groups)
        self.used |= {par.audio for group in made.groups for par in group.pars}
        self._deflate(name, made.source.encode())
        with self.file.open(_entry(overlay), "w") as sink:
            names = [audio.name for audio in self.spool.audio]
            for piece in smil(address(name, overlay), names, made.groups):
                sink.write(piece.encode())
        package.set_overlay(name, identifier)
        return True

    def _old_overlays(self, package: PackageFile) -> set[str]:
        """The source's own SMIL files, and the audio that only they play."""
        overlays = package.without_overlays()
        if not overlays:
            return set()
        return set(overlays) | self.shelf.only_in(overlays)

    def _folder(self, package: PackageFile) -> str:
        """A folder of our own beside the package document."""
        base = package.path.rpartition("/")[0]
        folder = "/".join(part for part in (base, "voxpress") if part)
        while any(name.startswith(f"{folder}/") for name in self.shelf.names):
            folder += "-x"
        return folder

    # -- audio -------------------------------------------------------------------------------------------------------

    def _audio(self, folder: str, package: PackageFile) -> None:
        for number, audio in enumerate(self.spool.audio):
            if number not in self.used:
                continue
            entry = f"{folder}/{audio.name}"
            package.add_item(entry, audio.media_type, package.new_id(f"voxpress-audio-{number + 1}"))
            big = audio.size + (audio.size >> 4) >= zipfile.ZIP64_LIMIT
            with self.file.open(_entry(entry, zipfile.ZIP_STORED), "w", force_zip64=big) as sink:
                audio.write(sink)

    # -- entries -----------------------------------------------------------------------------------------------------

    def _store(self, name: str, data: bytes) -> None:
        self.file.writestr(_entry(name, zipfile.ZIP_STORED), data)

    def _deflate(self, name: str, data: bytes) -> None:
        self.file.writestr(_entry(name), data)

    def _copy(self, name: str) -> None:
        packed = any(name.lower().endswith(suffix) for suffix in _PACKED)
        with self.file.open(
            _entry(name, zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED), "w"
        ) as sink:
            try:
                self.shelf.copy(name, sink)
            except SourceError as error:
                self.doubts.append(f"The file '{name}' is missing from the read-along EPUB: {error}")


def _entry(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """An entry without a time of its own: the same book gives the same bytes but for what tells its time."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = method
    entry.external_attr = 0o644 << 16
    return entry


__all__ = ["ReadAlong", "write_readalong"]
