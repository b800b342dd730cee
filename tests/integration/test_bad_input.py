"""Whatever is handed in, the answer is a book or one sentence, soon and in little memory."""

from __future__ import annotations

import io
import os
import random
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from pipeline.errors import SourceError
from pipeline.ingest import Bounds, FetchRules, open_book
from pipeline.settings import ReadingSettings

BOUNDS = Bounds(seconds=30)
MEMORY = 512 << 20
"""Bytes; what the reading process may have resident for any input here."""

CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>T</dc:title><dc:language>en</dc:language>'
    '<dc:identifier id="i">x</dc:identifier></metadata><manifest>'
    '<item id="a" href="HREF" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="a"/></spine></package>'
)
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "haha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + ']><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><p>&m;</p></body></html>'
)
ENCRYPTION = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
    'xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
    '<e:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    '<e:CipherData><e:CipherReference URI="a.xhtml"/></e:CipherData></e:EncryptedData></encryption>'
)


def xhtml(text: str) -> str:
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body><p>{text}</p></body></html>'


def epub(page: str | bytes, href: str = "a.xhtml", **others: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
        zipped.writestr("META-INF/container.xml", CONTAINER)
        zipped.writestr("b.opf", PACKAGE.replace("HREF", href))
        zipped.writestr("a.xhtml", page)
        for name, data in others.items():
            zipped.writestr(name.replace("__", "/") + ".xml", data)
    return made.getvalue()


def read(path: Path | str, folder: Path) -> str:
    """The error's kind, or "book"; the sentence, and the memory of the child, are checked on the way."""
    kind, said = "book", f"{Path(path).name}."
    with _watched() as largest:
        try:
            open_book(str(path), ReadingSettings(), FetchRules(folder / "cache"), BOUNDS)
        except SourceError as error:
            kind, said = error.kind, str(error)
    assert Path(path).name in said
    assert said.endswith(".")
    assert len(said.replace(str(path), "")) < 400
    assert "\n" not in said
    assert largest[0] < MEMORY
    return kind


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The largest resident memory of any process below this one so far, in bytes."""
    largest = [0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    largest[0] = max(largest[0], child.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield largest
    finally:
        stop.set()
        watcher.join()


GOOD = epub(xhtml("A sentence that can be read, and another one after it."))
JUNK = random.Random(1).randbytes(50_000)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("zero.epub", b"", "SourceBroken"),
        ("zero.pdf", b"", "SourceBroken"),
        ("zero.txt", b"", "SourceBroken"),
        ("good.epub", GOOD, "book"),
        ("good.pdf", GOOD, "book"),
        ("cut.epub", GOOD[: len(GOOD) // 2], "SourceBroken"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog", "SourceBroken"),
        ("junk.epub", JUNK, "SourceBroken"),
        ("junk.pdf", JUNK, "SourceBroken"),
        ("junk.txt", JUNK, "SourceBroken"),
        ("junk.bin", JUNK, "SourceUnsupported"),
        ("zeros.txt", bytes(100_000), "SourceBroken"),
        ("locked.epub", epub(JUNK[:500], **{"META-INF__encryption": ENCRYPTION}), "SourceProtected"),
        ("bomb.epub", epub(xhtml("0" * 100_000_000)), "SourceTooLarge"),
        ("laughs.epub", epub(LAUGHS), "book"),
        ("laughs.xhtml", LAUGHS.encode(), "SourceEmpty"),
        ("dots.epub", epub(xhtml(""), href="../../../etc/passwd"), "SourceEmpty"),
        ("smiles.epub", epub(xhtml("😀 🎉")), "SourceEmpty"),
        ("smiles.txt", "😀 🎉\n\n✨".encode(), "SourceEmpty"),
        ("smiles.md", "# 😀\n\n🎉".encode(), "SourceEmpty"),
        ("app.html", b"<html><body><div id=app></div><script>go()</script></body></html>", "SourceEmpty"),
        ("deep.html", b"<html><body>" + b"<div>" * 100_000, "SourceEmpty"),
        ("feed.xml", b'<rss version="2.0"><channel/></rss>', "SourceEmpty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_files(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name, tmp_path) == expected


@pytest.mark.parametrize("name", ["long.txt", "long.md"])
def test_a_paragraph_of_ten_megabytes_is_read_whole(tmp_path: Path, name: str) -> None:
    text = ("The road was long and it went on and on. " * 250_000)[:10_000_000].strip()
    (tmp_path / name).write_text(text)
    assert read(tmp_path / name, tmp_path) == "book"
    book = open_book(str(tmp_path / name), ReadingSettings(), FetchRules(tmp_path))
    assert book.chapters[0].text == text


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("letters.txt", "x"),
        ("dots.txt", "…"),
        ("marks.txt", "[1] "),
        ("hyphens.txt", "a-\n"),
        ("chapters.txt", "CHAPTER I\n\n"),
        ("tags.md", "<"),
        ("images.md", "!["),
        ("stars.md", "*a "),
    ],
)
def test_repetition_costs_no_more_than_its_length(tmp_path: Path, name: str, unit: str) -> None:
    (tmp_path / name).write_text(unit * (300_000 // len(unit)))
    assert read(tmp_path / name, tmp_path) in ("book", "SourceEmpty")


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.epub")
    (tmp_path / "link.txt").symlink_to("nowhere")
    assert read(tmp_path, tmp_path) == "SourceUnsupported"
    assert read("/dev/zero", tmp_path) == "SourceUnsupported"
    assert read(tmp_path / "pipe.epub", tmp_path) == "SourceUnsupported"
    assert read(tmp_path / "missing.epub", tmp_path) == "SourceNotFound"
    assert read(tmp_path / "link.txt", tmp_path) == "SourceNotFound"
    assert read(tmp_path / ("x" * 300), tmp_path) == "SourceError"


def test_a_sparse_giant_is_refused_unread(tmp_path: Path) -> None:
    for name in ("giant.pdf", "giant.txt"):
        with (tmp_path / name).open("wb") as stream:
            stream.write(b"%PDF-1.7\n" if name.endswith("pdf") else b"text " * 20_000)
            stream.truncate(20 << 30)
        assert read(tmp_path / name, tmp_path) == "SourceTooLarge"


@pytest.mark.real
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pdf/libreoffice-password.pdf", "SourceProtected"),
        ("pdf/ocrmypdf-linn.pdf", "SourceScanned"),
        ("pdf/hostile/circular-toc.pdf", "book"),
        ("epub/broken/ocf-zip-unreadable-no-end-header-fatal.epub", "SourceBroken"),
        ("epub/broken/epub2-opf-spine-missing-error.epub", "book"),
    ],
)
def test_real_bad_files(samples: Path, tmp_path: Path, path: str, expected: str) -> None:
    assert read(samples / path, tmp_path) == expected
