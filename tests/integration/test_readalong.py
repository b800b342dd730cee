"""Read-along EPUBs from all kinds of books: valid, nothing lost, every reference leads somewhere."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from pipeline.ingest.epub import read_epub
from pipeline.model import Anchor, Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.publish.edition import publish
from pipeline.publish.readalong.narration import AudioFile, NarratedChapter, Narration
from pipeline.publish.readalong.writer import write_readalong
from pipeline.publish.transcript import TimedSegment
from pipeline.settings import ProductionSettings, PublishSettings, ReadingSettings
from tests import kinds_epub
from tests.publishing import chapter_files, clicks, decode, encode_chapter, onsets, plan_of, write_segments
from tests.publishing import segment as spoken
from tests.readalong import (
    OPF,
    check,
    clicked_edition,
    clips,
    narrated,
    overlays,
    package,
    read_along,
    silence,
    timed,
    without_spans,
)
from tests.readalong_books import new_book, old_book
from tests.watching import BROWSER, needs_browser

KINDS = [getattr(kinds_epub, name) for name in dir(kinds_epub) if callable(getattr(kinds_epub, name))]
KINDS = [
    kind
    for kind in KINDS
    if kind.__module__ == kinds_epub.__name__ and kind.__name__ not in {"docbook"}  # its pages are no XHTML
]


@pytest.mark.parametrize(("book", "granularity"), [(new_book, "word"), (old_book, "sentence")])
def test_it_is_valid(book: Callable[[Path], Path], granularity: str, tmp_path: Path) -> None:
    path, made = read_along(book(tmp_path / "source.epub"), tmp_path, granularity=granularity)
    assert made.shown >= made.words - 3  # a formula's
    check(path)


def test_the_books_own_pages_are_kept_but_for_the_spans(tmp_path: Path) -> None:
    source = new_book(tmp_path / "source.epub")
    path, _ = read_along(source, tmp_path)
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(path) as after:
        for name in before.namelist():
            if name.endswith(".xhtml"):
                assert without_spans(after.read(name)) == without_spans(before.read(name)), name
            elif not name.endswith(".opf"):
                assert after.read(name) == before.read(name), name
        assert after.namelist()[0] == "mimetype"
        assert after.infolist()[0].compress_type == zipfile.ZIP_STORED
        audio = [entry for entry in after.infolist() if entry.filename.endswith(".mp3")]
        assert {entry.compress_type for entry in audio} == {zipfile.ZIP_STORED}


def test_every_clip_shows_its_sentence_and_they_follow_each_other(tmp_path: Path) -> None:
    source = new_book(tmp_path / "source.epub")
    path, made = read_along(source, tmp_path)
    with zipfile.ZipFile(path) as book:
        found = clips(book)
    texts = [clip.text for clip in found]
    assert texts[:5] == ["One: The Quay", "The boats lay still.", "He said", "come here.", "And then"]
    assert "A WORD of Mr. Hill’s." in texts
    assert "هادئا" in texts
    assert not [text for text in texts if "nobody reads" in text or "Not read" in text]
    for name in {clip.audio for clip in found}:
        own = [clip for clip in found if clip.audio == name]
        assert own[0].begin == 0
        for before, after in pairwise(own):
            assert after.begin == pytest.approx(before.end, abs=0.001)
    assert sum(clip.end - clip.begin for clip in found) == pytest.approx(made.duration, abs=0.01)


def test_an_overlay_of_words_has_a_clip_for_each(tmp_path: Path) -> None:
    path, made = read_along(new_book(tmp_path / "source.epub"), tmp_path, granularity="word")
    with zipfile.ZipFile(path) as book:
        found = clips(book)
    assert len(found) == made.shown
    assert [clip.text for clip in found[:4]] == ["One:", "The", "Quay", "The"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_books_of_all_makers_can_be_read_along(kind: Callable[[Path], Path], tmp_path: Path) -> None:
    source = kind(tmp_path)
    path, made = read_along(source, tmp_path)
    assert made.shown == made.words, made
    with zipfile.ZipFile(path) as after, zipfile.ZipFile(source) as before:
        assert len(clips(after)) >= made.documents
        for document, _ in overlays(after):
            assert without_spans(after.read(document)) == without_spans(before.read(document))


def test_a_package_that_names_no_identifier_gets_the_one_of_its_contents(tmp_path: Path) -> None:
    source, named = old_book(tmp_path / "source.epub"), tmp_path / "named.epub"
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(named, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name.endswith(".opf"):
                text = text.replace(
                    b'<dc:identifier id="id" opf:scheme="URI">urn:x:1</dc:identifier>',
                    b'<dc:identifier>urn:other</dc:identifier><dc:identifier id="it">urn:x:1</dc:identifier>',
                )
            after.writestr(name, text)
    path, _ = read_along(named, tmp_path)
    with zipfile.ZipFile(path) as book:
        _, root = package(book)
    assert root.get("unique-identifier") == "it"


def test_an_epub_2_becomes_an_epub_3(tmp_path: Path) -> None:
    path, made = read_along(old_book(tmp_path / "source.epub"), tmp_path)
    with zipfile.ZipFile(path) as book:
        _, root = package(book)
        items = {item.get("id"): item for item in root.iter(f"{OPF}item")}
        nav = next(item for item in items.values() if item.get("properties") == "nav")
        assert 'href="un.html#un"' in book.read(f"OPS/{nav.get('href')}").decode()
        said = {(meta.get("property"), meta.text) for meta in root.iter(f"{OPF}meta") if meta.get("property")}
        assert {("role", "aut"), ("file-as", "Auteur, Ann")} <= said
        assert items["dot"].get("properties") == "cover-image"
        assert "svg" in items["un"].get("properties").split()
        assert [clip.text for clip in clips(book)][:2] == ["Le quai", "Il fait grand vent !"]
    assert root.get("version") == "3.0"
    assert made.shown == made.words


def test_overlays_that_the_source_has_are_replaced(tmp_path: Path) -> None:
    source = new_book(tmp_path / "source.epub")
    (tmp_path / "first").mkdir()
    first, _ = read_along(source, tmp_path / "first")
    second, made = read_along(first, tmp_path)
    with zipfile.ZipFile(second) as book, zipfile.ZipFile(first) as old:
        files = [entry for entry in book.namelist() if entry.endswith((".smil", ".mp3"))]
        assert not set(files) & set(old.namelist())
        assert len([name for name in files if name.endswith(".smil")]) == 2
        _, root = package(book)
        totals = [
            m
            for m in root.iter(f"{OPF}meta")
            if m.get("property") == "media:duration" and not m.get("refines")
        ]
        assert len(totals) == 1
        assert len(clips(book)) > 20
    assert made.documents == 2


def test_a_book_without_pages_gets_clean_ones(tmp_path: Path) -> None:
    def block(kind: BlockKind, text: str, level: int = 0, language: str | None = None) -> Block:
        return Block(kind, text, Anchor(page=1), level, language)

    first = Chapter(
        0,
        "One & Two",
        1,
        (
            block(BlockKind.HEADING, "One & <Two>", 2),
            block(BlockKind.PARAGRAPH, 'A paragraph. It says "so" & more.'),
            block(BlockKind.QUOTE, "A quotation."),
            block(BlockKind.VERSE, "A line\nand another"),
            block(BlockKind.LIST_ITEM, "First."),
            block(BlockKind.LIST_ITEM, "Second."),
            block(BlockKind.TABLE, "Row, of a table"),
            block(BlockKind.CODE, "x = 1"),
            block(BlockKind.NOTE, "A note."),
            block(BlockKind.PARAGRAPH, "كان البحر هادئا.", language="ar"),
        ),
    )
    second = Chapter(1, "Deeper", 3, (block(BlockKind.PARAGRAPH, "No heading\x0b here."),))
    third = Chapter(2, "", 1, (block(BlockKind.PARAGRAPH, "The end."),))
    metadata = Metadata(
        "A <Book>", "Sub & title", ("Ann Writer",), "en", published="1999 (2nd)", series="S", series_part="2"
    )
    info = SourceInfo(SourceKind.PDF, "a.pdf", "")
    book = Book(info, metadata, (first, second, third))
    path = tmp_path / "clean.epub"
    cover = tmp_path / "cover.jpg"
    Image.new("RGB", (8, 8)).save(cover)
    chapters = narrated(book, silence(tmp_path))
    made = write_readalong(
        path, chapters=chapters, metadata=metadata, cover=cover.read_bytes(), narrator="Some One"
    )
    assert made.shown == made.words
    with zipfile.ZipFile(path) as zipped:
        texts = [clip.text for clip in clips(zipped)]
        assert texts[:4] == ["One & <Two>", "A paragraph.", 'It says "so" & more.', "A quotation."]
        _, root = package(zipped)
        assert ("media:narrator", "Some One") in {
            (m.get("property"), m.text) for m in root.iter(f"{OPF}meta")
        }
    check(path)


@pytest.mark.parametrize(("codec", "suffix"), [("m4b", ".m4a"), ("mp3", ".mp3"), ("opus", ".opus")])
def test_the_companion_has_every_word_where_it_is_heard(codec: str, suffix: str, tmp_path: Path) -> None:
    """A tone at each word; its clip in the chapter's own file must begin with it."""
    texts = ["Alpha beta gamma. Delta epsilon.", "Zeta eta theta. Iota kappa lambda mu."]
    path = clicked_edition(texts, tmp_path, codec, "word")
    with zipfile.ZipFile(path) as book:
        found = clips(book)
        assert [clip.text for clip in found] == " ".join(texts).split()
        for number, text in enumerate(texts):
            name = f"EPUB/voxpress/chapter-{number + 1:04}{suffix}"
            own = [clip for clip in found if clip.audio == name]
            assert len(own) == len(text.split())
            audio = tmp_path / f"chapter{suffix}"
            audio.write_bytes(book.read(name))
            pcm, rate = decode(audio)
            heard = onsets(pcm, rate)
            assert own[0].begin == 0  # with the silence before its word
            assert [clip.begin for clip in own[1:]] == pytest.approx(heard[1:], abs=0.012)
            assert own[-1].end <= len(pcm) / rate + 0.001
    if codec == "opus":  # the youngest of the media types; the others are checked elsewhere
        check(path)


def test_an_epub_that_changed_meanwhile_gets_clean_pages_and_that_is_said(tmp_path: Path) -> None:
    source = new_book(tmp_path / "source.epub")
    book = read_epub(source, ReadingSettings(), str(source), "")
    folder = tmp_path / "one"
    encoded, paths = encode_chapter(folder, clicks(3, [0.5]))
    segments = write_segments(folder / "segments.json", [spoken("The boats lay still.", 0.5, 0.4)])
    plan = replace(
        plan_of([chapter_files(encoded, paths, segments, 0, "One")]),
        texts=book.chapters[:1],
        source=SourceInfo(SourceKind.EPUB, str(source), ""),
        settings=ProductionSettings(publish=PublishSettings(companions=("epub",))),
    )
    for opened, own in ((nullcontext(source), True), (nullcontext(None), False)):
        edition = publish(replace(plan, open_source=lambda opened=opened: opened), tmp_path / str(own))
        (path,) = [file for file in edition.files if file.suffix == ".epub"]
        with zipfile.ZipFile(path) as zipped:
            assert [clip.text for clip in clips(zipped)] == ["The boats lay still."]
            assert ("OPS/text/one.xhtml" in zipped.namelist()) is own
        assert len(edition.doubts) == (0 if own else 1)


def test_one_recording_of_the_whole_book_with_an_intro_and_gaps(tmp_path: Path) -> None:
    """As aligned from a narrator's file: chapters share it, sentences are missing, music is not played along."""
    source = new_book(tmp_path / "source.epub")
    book = read_epub(source, ReadingSettings(), str(source), "")
    audio = AudioFile.of(silence(tmp_path), 500.0, "narrator.mp3")
    chapters, clock = [], 30.0  # after half a minute of music
    for chapter in book.chapters:
        heard = [moved(segment, clock) for segment in timed(chapter, "en")]
        heard = [segment for number, segment in enumerate(heard) if number % 3]
        clock = heard[-1].end + 20
        chapters.append(NarratedChapter(chapter, (Narration(audio, lambda heard=heard: heard),)))
    path = tmp_path / "read-along.epub"
    made = write_readalong(path, chapters=chapters, metadata=book.metadata, source=source)
    with zipfile.ZipFile(path) as zipped:
        found = clips(zipped)
        assert [name for name in zipped.namelist() if name.endswith(".mp3")] == ["OPS/voxpress/narrator.mp3"]
    texts = [clip.text for clip in found]
    assert texts[0] == "The boats lay still."
    assert "One: The Quay" not in texts
    assert found[0].begin > 30
    assert made.duration < 60
    ours = [segment for chapter in chapters for segment in chapter.narrations[0].segments()]
    starts = {round(segment.start, 3) for segment in ours}
    begins = {clip.begin for clip in found}
    assert len(starts & begins) >= 0.9 * len(starts)


def moved(segment: TimedSegment, seconds: float) -> TimedSegment:
    """The same sentence, heard later."""
    words = tuple(
        replace(word, start=round(word.start + seconds, 3), end=round(word.end + seconds, 3))
        for word in segment.words
    )
    return replace(segment, words=words)


def test_memory_holds_one_document_not_the_book(tmp_path: Path) -> None:
    """Chapters are asked for one at a time, in order, and none is kept."""
    alive = []

    class Watched(list):  # type: ignore[type-arg]
        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            alive.append(index)
            return super().__getitem__(index)

        def __iter__(self):  # type: ignore[no-untyped-def]
            return (self[index] for index in range(len(self)))

    source = new_book(tmp_path / "source.epub")
    book = read_epub(source, ReadingSettings(), "", "")
    chapters = Watched(narrated(book, silence(tmp_path)))
    write_readalong(tmp_path / "out.epub", chapters=chapters, metadata=book.metadata, source=source)
    assert alive == list(range(len(book.chapters)))


@needs_browser
def test_pages_look_as_before(tmp_path: Path) -> None:
    source = new_book(tmp_path / "source.epub")
    path, _ = read_along(source, tmp_path)
    for name, file in (("before", source), ("after", path)):
        zipfile.ZipFile(file).extractall(tmp_path / name)
    before, after = (picture(tmp_path / name / "OPS/text/one.xhtml") for name in ("before", "after"))
    assert ink(before).sum() > 2000
    assert not (ink(before) & ~near(after)).any()
    assert not (ink(after) & ~near(before)).any()


def picture(page: Path) -> Image.Image:
    """The page as a browser shows it."""
    file = page.with_suffix(".png")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=700,1600"]
    profile = f"--user-data-dir={page.with_suffix('.profile')}"
    command = [BROWSER, *options, profile, f"--screenshot={file}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return Image.open(file).convert("L")


def ink(image: Image.Image) -> np.ndarray:
    """What is dark."""
    return np.asarray(image) < 120


def near(image: Image.Image) -> np.ndarray:
    """What is within two pixels of anything drawn: text is set anew from where a span begins."""
    drawn = Image.fromarray(((np.asarray(image) < 215) * 255).astype(np.uint8))
    return np.asarray(drawn.filter(ImageFilter.MaxFilter(5))) > 0


@pytest.mark.real
@pytest.mark.parametrize(
    "name",
    [
        "wasteland",
        "purvis-poetry-se-built",
        "quick_start_deu",
        "regime-anticancer-arabic",
        "kusamakura-preview",
    ],
)
def test_real_books_keep_all_their_markup(name: str, samples: Path, tmp_path: Path) -> None:
    source = samples / "epub" / f"{name}.epub"
    path, made = read_along(source, tmp_path)
    assert made.shown >= 0.998 * made.words
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(path) as after:
        lost = set(before.namelist()) - set(after.namelist())
        assert not [name for name in lost if not name.endswith(("/", ".smil"))]
        assert clips(after)
        _, root = package(before)
        for document, _ in overlays(after) if root.get("version") == "3.0" else ():
            assert without_spans(after.read(document)) == without_spans(before.read(document)), document
