"""What pages are made of: scripts without spaces, ligatures, superior figures, initials, stamps."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.ingest.pdf import read_pdf
from pipeline.ingest.pdf_glyphs import read_page, turn_back
from pipeline.ingest.pdf_layout import lay_out
from pipeline.settings import ReadingSettings


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return tmp_path / "made.pdf"


def lines(pdf: Path) -> list[str]:
    """The text of each line of the first page, in reading order."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    try:
        return [line.text for line in lay_out(read_page(page, 1, pdf.name))]
    finally:
        page.close()
        document.close()


def narrated(pdf: Path) -> str:
    book = read_pdf(pdf, ReadingSettings(), pdf.name, "")
    return "\n\n".join(chapter.text for chapter in book.chapters)


def test_words_that_are_placed_one_by_one_get_their_spaces(pdf: Path) -> None:
    canvas = Canvas(str(pdf))
    x = 72.0
    for word in ("Each", "word", "stands", "alone."):
        canvas.drawString(x, 700, word)
        x += canvas.stringWidth(word) + 3.2
    canvas.save()
    assert lines(pdf) == ["Each word stands alone."]


def test_letters_that_are_placed_one_by_one_stay_together(pdf: Path) -> None:
    canvas = Canvas(str(pdf))
    x = 72.0
    for letter in "together":
        canvas.drawString(x, 700, letter)
        x += canvas.stringWidth(letter)
    canvas.save()
    assert lines(pdf) == ["together"]


def test_chinese_lines_are_joined_without_spaces(pdf: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(pdf), pagesize=(420, 595))
    canvas.setFont("STSong-Light", 10)
    text = "船长在冬天的早晨走过村庄，看见花园里的窗户还亮着。他想起那封没有写完的信，于是慢慢地走回港口。"
    for row in range(0, len(text), 20):
        canvas.drawString(60, 500 - row, text[row : row + 20])
    canvas.save()
    assert narrated(pdf) == text


def test_an_initial_over_two_lines_begins_its_word(pdf: Path) -> None:
    canvas = Canvas(str(pdf), pagesize=(420, 595))
    canvas.setFont("Times-Roman", 30)
    canvas.drawString(60, 488, "T")
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(80, 500, "he captain who had come down from the village in the")
    canvas.drawString(80, 488, "winter looked at the harbour and thought of the garden")
    canvas.drawString(60, 476, "that he had left behind him, and of all its open windows.")
    canvas.save()
    assert narrated(pdf).startswith("The captain who had come down from the village in the winter looked")


def test_a_stamp_along_the_margin_is_left_out(pdf: Path) -> None:
    canvas = Canvas(str(pdf), pagesize=(420, 595))
    for row in range(20):
        canvas.drawString(60, 500 - 14 * row, f"Line {row} of a text that is long enough to be one.")
    canvas.rotate(90)
    canvas.drawString(100, -20, "copy 17 of the library")
    canvas.save()
    assert "library" not in narrated(pdf)


def test_what_lies_outside_the_visible_page_is_left_out(pdf: Path) -> None:
    canvas = Canvas(str(pdf), pagesize=(420, 595), cropBox=(40, 40, 380, 555))
    canvas.drawString(60, 300, "Inside the trimmed page.")
    canvas.drawString(60, 20, "signature 12, verso")
    canvas.save()
    assert lines(pdf) == ["Inside the trimmed page."]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_boxes_turn_back(angle: int) -> None:
    """Turning a page four times by the same right angle brings every box home."""
    box = (10.0, 20.0, 30.0, 70.0)
    for _ in range(4):
        box = turn_back(angle, box)
        assert box[0] < box[2]
        assert box[1] < box[3]
    assert box == (10.0, 20.0, 30.0, 70.0)
