"""Text recognition of scans, with a program in OCRmyPDF's place that copies a prepared file."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import SourceBroken, SourceError, SourceProtected, SourceScanned, SourceTooLarge
from pipeline.ingest import FetchRules, ocr, open_book
from pipeline.model import Book
from pipeline.settings import ReadingSettings

RECOGNISED = "What the machine has read on this page of the old harbour book."

Fake = Callable[[str], Path]


def picture(canvas: Canvas) -> None:
    image = io.BytesIO()
    Image.new("L", (80, 110), 200).save(image, "PNG")
    canvas.drawImage(ImageReader(image), 10, 10, 400, 575)
    canvas.showPage()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    canvas = Canvas(str(tmp_path / "scan.pdf"), pagesize=(420, 595))
    picture(canvas)
    canvas.save()
    return tmp_path / "scan.pdf"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Puts a program named ``ocrmypdf`` on the path that notes how it was called, then does as it is told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    text = tmp_path / "recognised.pdf"
    canvas = Canvas(str(text), pagesize=(420, 595))
    canvas.drawString(40, 500, RECOGNISED)
    canvas.save()

    def make(does: str) -> Path:
        program = folder / "ocrmypdf"
        calls = tmp_path / "calls"
        program.write_text(
            f'#!/bin/sh\nfor last; do :; done\necho "$@" >{calls}\nenv >{calls}.env\n'
            f'copy() {{ cp {text} "$last"; }}\n{does}\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
        return calls

    return make


def read(path: Path, tmp_path: Path, language: str = "") -> Book:
    return open_book(str(path), ReadingSettings(ocr=True, language=language), FetchRules(tmp_path / "cache"))


def test_a_scan_is_recognised_in_its_language_and_that_is_a_doubt(
    scan: Path, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_READING_PASSWORD", "secret")
    calls = fake("copy")
    book = read(scan, tmp_path, "de-AT")
    assert RECOGNISED in book.chapters[0].text
    assert any("recognised" in doubt for doubt in book.doubts)
    assert "--force-ocr" in calls.read_text()
    assert "--language deu" in calls.read_text()
    assert "secret" not in calls.with_suffix(".env").read_text()


def test_pages_that_have_text_are_not_recognised_again(fake: Fake, tmp_path: Path) -> None:
    calls = fake("copy")
    canvas = Canvas(str(tmp_path / "mixed.pdf"), pagesize=(420, 595))
    for line in range(30):
        canvas.drawString(40, 560 - 14 * line, f"Line {line} of a page that has its own text already.")
    canvas.showPage()
    picture(canvas)
    canvas.save()
    assert RECOGNISED in read(tmp_path / "mixed.pdf", tmp_path).chapters[0].text
    assert "--skip-text" in calls.read_text()


def test_without_pictures_nothing_is_recognised(fake: Fake, tmp_path: Path) -> None:
    calls = fake("copy")
    canvas = Canvas(str(tmp_path / "text.pdf"), pagesize=(420, 595))
    canvas.drawString(40, 500, "A page with a text of its own.")
    canvas.save()
    assert "of its own" in read(tmp_path / "text.pdf", tmp_path).chapters[0].text
    assert not calls.exists()


def test_without_the_program_the_error_names_it_and_the_data(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceScanned, match=r"OCRmyPDF is not installed.*\(rus\)"):
        read(scan, tmp_path, "ru")


@pytest.mark.parametrize(
    ("does", "error", "says"),
    [
        ("exit 8", SourceProtected, "encrypted"),
        (
            "echo 'tesseract does not have language data for rus' >&2; exit 3",
            SourceScanned,
            "language data for rus",
        ),
        ("exit 2", SourceBroken, "damaged"),
        ("echo 'the disk is full.' >&2; exit 5", SourceError, "the disk is full"),
        ("exit 0", SourceError, "failed"),
    ],
)
def test_how_it_fails_is_told(
    scan: Path, fake: Fake, tmp_path: Path, does: str, error: type[SourceError], says: str
) -> None:
    fake(does)
    with pytest.raises(error, match=says):
        read(scan, tmp_path, "ru")


def test_one_that_hangs_is_ended_with_what_it_started(
    scan: Path, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = tmp_path / "pid"
    fake(f"sleep 600 & echo $! >{pids}; wait")
    monkeypatch.setattr(ocr, "OCR_SECONDS", 2)
    with pytest.raises(SourceTooLarge, match="more than 2 s"):
        read(scan, tmp_path)
    child = Path(f"/proc/{pids.read_text().strip()}/stat")
    deadline = time.monotonic() + 30
    while _lives(child) and time.monotonic() < deadline:  # a killed process ends when its turn comes
        time.sleep(0.05)
    assert not _lives(child)


def _lives(stat: Path) -> bool:
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("", "eng"),
        ("en-GB", "eng"),
        ("de", "deu"),
        ("zh", "chi_sim"),
        ("zh-Hant-TW", "chi_tra"),
        ("grc", "grc"),
    ],
)
def test_names_of_tesseracts_data(tag: str, name: str) -> None:
    assert ocr.tesseract_language(tag) == name
