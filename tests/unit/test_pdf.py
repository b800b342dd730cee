"""The PDF reader as a whole, on files that are made here."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline import limits
from pipeline.errors import (
    SourceBroken,
    SourceEmpty,
    SourceError,
    SourceNotFound,
    SourceProtected,
    SourceScanned,
    SourceTooLarge,
)
from pipeline.ingest.pdf import read_pdf
from pipeline.model import BlockKind, Book, Matter
from pipeline.settings import ReadingSettings

WIDTH, HEIGHT = 420.0, 595.0
LEFT, RIGHT, TOP = 50.0, 370.0, 530.0
FONT, SIZE, LEADING = "Times-Roman", 10.0, 12.0
NOUNS = [
    "river",
    "garden",
    "window",
    "letter",
    "captain",
    "harbour",
    "winter",
    "candle",
    "mountain",
    "stranger",
    "kitchen",
    "village",
]
VERBS = [
    "crossed",
    "remembered",
    "painted",
    "followed",
    "answered",
    "counted",
    "carried",
    "opened",
    "watched",
    "repaired",
]


def sentences(count: int, seed: int = 1) -> list[str]:
    """Plain sentences of different lengths, none of them twice."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        words = " ".join(
            f"the {chance.choice(NOUNS)} {chance.choice(VERBS)}" for _ in range(chance.randint(2, 5))
        )
        made.append(f"Then {words} it, and number {seed * 1000 + number} was over.")
    return made


class Sheet:
    """Sets lines on pages as a typesetter would: from the top, justified or not, with an indent or not."""

    def __init__(self, path: Path, **options: object) -> None:
        self.canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), **options)
        self.y = TOP
        self.left, self.right = LEFT, RIGHT

    def wrap(self, text: str, size: float, font: str, indent: float) -> list[str]:
        lines: list[str] = []
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            room = self.right - self.left - (indent if not lines else 0)
            if self.canvas.stringWidth(longer, font, size) > room:
                lines.append(line)
                line = word
            else:
                line = longer
        return [*lines, line]

    def line(self, text: str, x: float, y: float, size: float = SIZE, font: str = FONT) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def paragraph(self, text: str, indent: float = 14.0, size: float = SIZE, font: str = FONT) -> None:
        for number, line in enumerate(self.wrap(text, size, font, indent)):
            self.line(line, self.left + (indent if number == 0 else 0), self.y, size, font)
            self.y -= 1.2 * size

    def heading(self, text: str, size: float = 16.0) -> None:
        self.y -= size
        self.line(text, self.left, self.y, size, "Times-Bold")
        self.y -= 1.5 * size

    def new_page(self) -> None:
        self.canvas.showPage()
        self.y = TOP

    def save(self) -> None:
        self.canvas.save()


def read(path: Path, **settings: object) -> Book:
    return read_pdf(path, ReadingSettings(**settings), path.name, "0" * 64)  # type: ignore[arg-type]


def narrated(book: Book) -> str:
    return "\n\n".join(chapter.text for chapter in book.chapters)


def skipped(book: Book) -> dict[str, int]:
    return {found.kind: found.count for found in book.skipped}


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return tmp_path / "made.pdf"


# -- text, paragraphs, reading order ---------------------------------------------------------------------


def test_paragraphs_come_back_as_they_were_written(pdf: Path) -> None:
    sheet = Sheet(pdf)
    written = [" ".join(sentences(4, seed)) for seed in range(1, 6)]
    for text in written:
        sheet.paragraph(text)
    sheet.save()
    (chapter,) = read(pdf).chapters
    assert [block.text for block in chapter.blocks] == written
    assert {block.kind for block in chapter.blocks} == {BlockKind.PARAGRAPH}


def test_paragraphs_set_apart_by_white_instead_of_an_indent(pdf: Path) -> None:
    sheet = Sheet(pdf)
    written = [" ".join(sentences(3, seed)) for seed in range(1, 5)]
    for text in written:
        sheet.paragraph(text, indent=0)
        sheet.y -= 8
    sheet.save()
    assert [block.text for block in read(pdf).chapters[0].blocks] == written


def test_a_paragraph_goes_on_over_the_page(pdf: Path) -> None:
    sheet = Sheet(pdf)
    text = " ".join(sentences(6))
    lines = sheet.wrap(text, SIZE, FONT, 0)
    for number, line in enumerate(lines):
        if number == len(lines) // 2:
            sheet.new_page()
        sheet.line(line, LEFT, sheet.y)
        sheet.y -= LEADING
    sheet.save()
    (block,) = read(pdf).chapters[0].blocks
    assert block.text == text
    assert block.anchor.page == 1


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("interleaved", [False, True])
def test_columns_are_read_one_after_the_other(pdf: Path, columns: int, interleaved: bool) -> None:
    """Whichever order the file holds the lines in, and with a title across all columns above them."""
    sheet = Sheet(pdf)
    sheet.line("On Rivers and Their Many Captains", LEFT + 40, 550, 17, "Times-Bold")
    gutter = 16
    width = (RIGHT - LEFT - gutter * (columns - 1)) / columns
    written, placed = [], []
    for column in range(columns):
        sheet.left = LEFT + column * (width + gutter)
        sheet.right = sheet.left + width
        text = " ".join(sentences(24 // columns, column + 1))
        written.append(text)
        for row, line in enumerate(sheet.wrap(text, SIZE, FONT, 0)):
            placed.append((row if interleaved else 0, column, line, sheet.left, TOP - row * LEADING))
    for _, _, line, x, y in sorted(placed, key=lambda p: p[0]):
        sheet.line(line, x, y)
    sheet.save()
    blocks = read(pdf).chapters[0].blocks
    assert blocks[0].text == "On Rivers and Their Many Captains"
    assert blocks[0].kind is BlockKind.HEADING
    assert " ".join(block.text for block in blocks[1:]) == " ".join(written)


def test_divided_words_are_made_whole_and_compounds_keep_their_hyphen(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for line in (
        "They met a well-known captain who had been re-",
        "markable in his youth, and a self-",
        "taught painter. The cap-",
        "tain was still a well-",
        "known man in Stoke-",
        "Newington. It was the pre-",
        "and post-war years that had changed both of them.",
    ):
        sheet.line(line, LEFT, sheet.y)
        sheet.y -= LEADING
    sheet.save()
    assert narrated(read(pdf)) == (
        "They met a well-known captain who had been remarkable in his youth, and a self-taught painter. The captain "
        "was still a well-known man in Stoke-Newington. It was the pre- and post-war years that had changed both "
        "of them."
    )


def test_text_that_is_turned_by_ninety_degrees_is_read_and_anchored(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.canvas.rotate(90)
    text = " ".join(sentences(5))
    for number, line in enumerate(sheet.wrap(text, SIZE, FONT, 0)):
        sheet.line(line, 60, -100 - number * LEADING)
    sheet.save()
    (block,) = read(pdf).chapters[0].blocks
    assert block.text == text
    assert block.anchor.box is not None
    left, bottom, right, top = block.anchor.box
    assert 90 < left < right < WIDTH
    assert bottom == pytest.approx(60, abs=2)
    assert top > 300


# -- what is left out ---------------------------------------------------------------------------------------


def book_with_furniture(pdf: Path, pages: int = 8) -> list[str]:
    """A book whose headers name the chapter, change with it and alternate sides; returns its sentences."""
    sheet = Sheet(pdf)
    written = []
    for page in range(pages):
        header = f"A Voyage, Chapter {'One' if page < 4 else 'Two'}"
        number = str(page + 17)
        if page % 2:
            sheet.line(number, LEFT, 560, 9)
            sheet.line(header, 200, 560, 9, "Times-Italic")
        else:
            sheet.line(header, LEFT, 560, 9, "Times-Italic")
            sheet.line(number, RIGHT - 10, 560, 9)
        sheet.line("Printed for the Harbour Press", 150, 30, 8)
        for text in (" ".join(sentences(8, 3 * page + k + 1)) for k in range(3)):
            written.append(text)
            sheet.paragraph(text)
        sheet.new_page()
    sheet.save()
    return written


def test_running_headers_footers_and_page_numbers_are_not_read(pdf: Path) -> None:
    written = book_with_furniture(pdf)
    book = read(pdf)
    text = narrated(book)
    assert "Voyage" not in text
    assert "Harbour Press" not in text
    assert text.split() == " ".join(written).split()
    assert skipped(book) == {"running-header": 16}


def test_page_numbers_alone_are_counted_as_such(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for page in range(4):
        sheet.paragraph(" ".join(sentences(9, page + 1)))
        sheet.line(f"- {page + 1} -", 205, 40)
        sheet.new_page()
    sheet.save()
    book = read(pdf)
    assert skipped(book) == {"page-number": 4}
    assert "-" not in narrated(book)


def test_chapter_openings_at_the_head_of_their_pages_are_no_running_headers(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for chapter in range(4):
        for page in range(4):
            if page == 0:
                sheet.line(f"CHAPTER {chapter + 1}", LEFT, TOP + 20, 16, "Times-Bold")
            sheet.paragraph(" ".join(sentences(20, chapter * 10 + page + 1)))
            sheet.new_page()
    sheet.save()
    titles = [chapter.title for chapter in read(pdf).chapters]
    assert titles == ["CHAPTER 1", "CHAPTER 2", "CHAPTER 3", "CHAPTER 4"]


def footnoted(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(6)), indent=0)
    sheet.line("The captain had written this before", LEFT, sheet.y)
    end = LEFT + sheet.canvas.stringWidth("The captain had written this before", FONT, SIZE)
    sheet.line("1", end, sheet.y + 3.5, 6.5)
    sheet.line(" and went on.", end + 4, sheet.y)
    sheet.y -= LEADING
    sheet.line("An area of 12 m", LEFT, sheet.y)
    end = LEFT + sheet.canvas.stringWidth("An area of 12 m", FONT, SIZE)
    sheet.line("2", end, sheet.y + 3.5, 6.5)
    sheet.line(" was measured in 1 day.", end + 4, sheet.y)
    sheet.line("1", LEFT, 73, 6)
    sheet.line("See the letters, volume two, which the family kept.", LEFT + 5, 70, 8)
    sheet.save()


def test_footnotes_and_their_references_are_left_out(pdf: Path) -> None:
    footnoted(pdf)
    book = read(pdf)
    text = narrated(book)
    assert "this before and went on." in text
    assert "12 m2 was measured in 1 day." in text
    assert "letters, volume two" not in text
    assert skipped(book) == {"note": 1, "note-reference": 1}


def test_a_reference_on_the_baseline_is_one_if_its_note_is_there(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(6)), indent=0)
    for text in (
        "The captain had written it before.1 Then he went on,",
        "and measured 2 of the rooms at once. So it was.",
    ):
        sheet.line(text, LEFT, sheet.y)
        sheet.y -= LEADING
    sheet.line("1", LEFT, 83, 6)
    sheet.line("See the letters, volume two, which the family kept.", LEFT + 5, 80, 8)
    sheet.line("2", LEFT, 71, 6)
    sheet.line("The other rooms were never seen by anybody.", LEFT + 5, 68, 8)
    sheet.save()
    book = read(pdf)
    assert "written it before. Then he went on" in narrated(book)
    assert "measured 2 of the rooms" in narrated(book)
    assert skipped(book) == {"note": 2, "note-reference": 1}


def test_a_listing_with_numbered_lines_does_not_confuse_the_count_of_notes(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for first in (1, 3):
        sheet.paragraph(" ".join(sentences(6, first)), indent=0)
        for mark in (first, first + 1):
            sheet.line(f"The captain wrote the {mark}th letter.{mark} Then he went on.", LEFT, sheet.y)
            sheet.y -= LEADING
        for number in range(1, 9):
            sheet.line(f"{number} let lamp_{number} be lit", LEFT, sheet.y, 8, "Courier")
            sheet.y -= 10
        sheet.line(f"{first}See the letters that the family kept.", LEFT, 83, 8)
        sheet.line(f"{first + 1}These were never seen by anybody.", LEFT, 73, 8)
        sheet.new_page()
    sheet.save()
    book = read(pdf)
    assert "the family kept" not in narrated(book)
    assert "seen by anybody" not in narrated(book)
    assert "Then he went on." in narrated(book)
    assert skipped(book) == {"code": 2, "note": 4, "note-reference": 4}


def test_a_numbered_section_about_copyright_is_no_imprint(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for number, shown in enumerate(("1. Lamps", "2. Copyright", "Copyright")):
        sheet.canvas.bookmarkHorizontal(f"c{number}", 0, sheet.y)
        sheet.canvas.addOutlineEntry(shown.split()[-1], f"c{number}", 0)  # the bookmarks have no numbers
        sheet.line(shown, LEFT, sheet.y, 16, "Times-Bold")
        sheet.y -= 2 * LEADING
        sheet.paragraph(f"What is said under {shown}: " + " ".join(sentences(5)))
        sheet.new_page()
    sheet.save()
    assert [chapter.blocks[0].text for chapter in read(pdf).chapters] == ["1. Lamps", "2. Copyright"]


def test_a_number_of_which_only_the_end_is_raised_is_one_mark(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(6)), indent=0)
    sheet.line("The captain wrote it.1", LEFT, sheet.y)
    end = LEFT + sheet.canvas.stringWidth("The captain wrote it.1", FONT, SIZE)
    sheet.line("6", end, sheet.y + 3.5, 6.5)
    sheet.line(" Then he went on.", end + 4, sheet.y)
    sheet.line("1", LEFT, 70, 8)
    sheet.line("6", LEFT + 4, 73, 5)
    sheet.line("See the letters, volume two, which the family kept.", LEFT + 7, 70, 8)
    sheet.save()
    book = read(pdf)
    assert "wrote it. Then he went on." in narrated(book)
    assert "volume two" not in narrated(book)
    assert skipped(book) == {"note": 1, "note-reference": 1}


def test_the_second_line_of_an_item_belongs_to_it(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(6)), indent=0)
    for first, second in (
        ("1. Harbour: in the winter the captain counted all of the boats that", "lay there."),
        ("2. Garden: nobody in the village remembered the name of it, the Great", "Garden of the North."),
        ("3. Window: the stranger opened it.", ""),
    ):
        sheet.line(first, LEFT + 12, sheet.y)
        sheet.line(second, LEFT + 24, sheet.y - LEADING)
        sheet.y -= (1 + bool(second)) * LEADING
    sheet.save()
    said = [block.text for block in read(pdf).chapters[0].blocks[-3:]]
    assert [text[:2] for text in said] == ["1.", "2.", "3."]
    assert said[0].endswith("the boats that lay there.")
    assert said[1].endswith("the Great Garden of the North.")


def test_footnotes_are_read_when_asked_for(pdf: Path) -> None:
    footnoted(pdf)
    blocks = read(pdf, include=("notes",)).chapters[0].blocks
    notes = [block.text for block in blocks if block.kind is BlockKind.NOTE]
    assert notes == ["See the letters, volume two, which the family kept."]


def test_a_contents_page_is_left_out(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.heading("Contents")
    for number, title in enumerate(("The River", "The Garden", "The Window", "The Letter", "The Harbour")):
        sheet.line(f"{title} {'. ' * 40}{number * 7 + 3}", LEFT, sheet.y)
        sheet.y -= LEADING
    sheet.new_page()
    sheet.paragraph(" ".join(sentences(8)))
    sheet.save()
    book = read(pdf)
    assert narrated(book) == " ".join(sentences(8))
    assert "contents" in skipped(book)


def test_tables_and_code_are_left_out_and_brought_back(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(5)))
    sheet.y -= LEADING
    for row in (
        ("Port", "Ships", "Tons"),
        ("Hull", "12", "3400"),
        ("Leith", "7", "2100"),
        ("Cork", "15", "4800"),
    ):
        for column, cell in enumerate(row):
            sheet.line(cell, LEFT + 20 + 90 * column, sheet.y)
        sheet.y -= LEADING
    sheet.y -= LEADING
    sheet.paragraph(" ".join(sentences(5, 2)))
    sheet.y -= LEADING
    for line in ("for ship in harbour:", "    ship.sail()"):
        sheet.line(line, LEFT, sheet.y, 9, "Courier")
        sheet.y -= LEADING
    sheet.save()
    book = read(pdf)
    assert "Leith" not in narrated(book)
    assert "ship.sail" not in narrated(book)
    assert skipped(book) == {"table": 1, "code": 1}
    kinds = [block.kind for block in read(pdf, include=("tables", "code")).chapters[0].blocks]
    assert kinds == [BlockKind.PARAGRAPH, BlockKind.TABLE, BlockKind.PARAGRAPH, BlockKind.CODE]
    announced = narrated(read(pdf, announce_skipped=True))
    assert "Table left out." in announced
    assert "Code left out." in announced


# -- chapters -----------------------------------------------------------------------------------------------


def test_chapters_follow_the_outline_even_in_the_middle_of_a_page(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph("A word before the beginning, by the one who found these papers.")
    for number, (title, level) in enumerate((("Part One", 0), ("The River", 1), ("The Garden", 1))):
        sheet.canvas.bookmarkHorizontal(f"c{number}", 0, sheet.y)
        sheet.canvas.addOutlineEntry(title, f"c{number}", level)
        sheet.heading(title)
        if level:
            sheet.paragraph(" ".join(sentences(3, number + 1)))
    sheet.save()
    book = read(pdf)
    assert [(c.title, c.level, c.matter) for c in book.chapters[1:]] == [
        ("Part One", 1, Matter.BODY),
        ("The River", 2, Matter.BODY),
        ("The Garden", 2, Matter.BODY),
    ]
    assert book.chapters[0].matter is Matter.FRONT
    assert book.chapters[2].text == "The River\n\n" + " ".join(sentences(3, 2))
    assert book.chapters[2].blocks[0].kind is BlockKind.HEADING


def test_the_index_that_the_outline_names_is_left_out(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for title, lines in (
        ("Story", sentences(6)),
        ("Index", [f"{noun}, {i * 3}" for i, noun in enumerate(NOUNS, 1)]),
    ):
        sheet.canvas.bookmarkPage(title)
        sheet.canvas.addOutlineEntry(title, title, 0)
        sheet.heading(title)
        for line in lines:
            sheet.paragraph(line)
        sheet.new_page()
    sheet.save()
    book = read(pdf)
    assert [chapter.title for chapter in book.chapters] == ["Story"]
    assert skipped(book) == {"index": 1}
    assert len(read(pdf, include=("index",)).chapters) == 2


def test_without_an_outline_the_headings_make_the_chapters(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.line("A Book of Three Stories", 80, sheet.y, 24, "Times-Bold")
    sheet.new_page()
    for number, title in enumerate(("The River", "The Garden", "The Window")):
        sheet.heading(title)
        for seed in range(3):
            sheet.paragraph(" ".join(sentences(9, 10 * number + seed + 1)))
        sheet.new_page()
    sheet.save()
    book = read(pdf)
    assert book.metadata.title == "A Book of Three Stories"
    assert [chapter.title for chapter in book.chapters[-3:]] == ["The River", "The Garden", "The Window"]


def test_bookmarks_that_point_nowhere_are_a_doubt(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(6)))
    sheet.save()
    writer = PdfWriter(clone_from=PdfReader(pdf))
    writer.add_outline_item(title="Lost", page_number=None)
    writer.write(pdf)
    book = read(pdf)
    assert len(book.chapters) == 1
    assert any("nowhere" in doubt for doubt in book.doubts)


# -- metadata and cover ---------------------------------------------------------------------------------------


def test_metadata_and_cover(pdf: Path) -> None:
    sheet = Sheet(pdf, lang="en-GB")
    sheet.canvas.setTitle("The Captain's Garden")
    sheet.canvas.setAuthor("Ada Quill; Ben Reed")
    sheet.paragraph(" ".join(sentences(6)))
    sheet.save()
    book = read(pdf)
    assert book.metadata.title == "The Captain's Garden"
    assert book.metadata.authors == ("Ada Quill", "Ben Reed")
    assert book.metadata.language == "en-GB"
    assert book.metadata.published[:2] == "20"
    assert book.cover is not None
    with Image.open(BytesIO(book.cover.data)) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 1000)


def test_a_file_name_is_no_title(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.canvas.setTitle("Microsoft Word - draft_7.doc")
    sheet.heading("How the Harbour Froze", 22)
    sheet.paragraph(" ".join(sentences(6)))
    sheet.save()
    assert read(pdf).metadata.title == "How the Harbour Froze"


# -- refusals --------------------------------------------------------------------------------------------------


def test_a_password_is_asked_for_checked_and_used(pdf: Path) -> None:
    sheet = Sheet(pdf, encrypt=StandardEncryption("sesame", strength=128))
    sheet.paragraph("Open at last.")
    sheet.save()
    with pytest.raises(SourceProtected, match=r"made\.pdf.*--password"):
        read(pdf)
    with pytest.raises(SourceProtected, match=r"wrong.*--password"):
        read(pdf, password="simsalabim")
    assert narrated(read(pdf, password="sesame")) == "Open at last."


def picture(canvas: Canvas) -> None:
    image = Image.effect_noise((60, 80), 50)
    canvas.drawImage(ImageReader(image.convert("RGB")), 0, 0, WIDTH, HEIGHT)


def test_pictures_of_pages_need_text_recognition(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for _ in range(3):
        picture(sheet.canvas)
        sheet.new_page()
    sheet.save()
    with pytest.raises(SourceScanned, match=r"made\.pdf.*OCR"):
        read(pdf)


def test_a_scanned_page_among_others_is_a_doubt(pdf: Path) -> None:
    sheet = Sheet(pdf)
    for page in range(4):
        if page == 2:
            picture(sheet.canvas)
        else:
            sheet.paragraph(" ".join(sentences(9, page + 1)))
        sheet.new_page()
    sheet.save()
    assert any("page 3" in doubt for doubt in read(pdf).doubts)


def test_letters_that_the_fonts_do_not_name_are_not_spoken(pdf: Path) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    font = Path(__import__("reportlab").__file__).parent / "fonts" / "Vera.ttf"
    pdfmetrics.registerFont(TTFont("Vera", str(font)))
    sheet = Sheet(pdf)
    sheet.paragraph(" ".join(sentences(6)), font="Vera")
    sheet.save()
    writer = PdfWriter(clone_from=PdfReader(pdf))
    for found in writer._objects:
        if isinstance(found, DictionaryObject) and "/ToUnicode" in found:
            stream = DecodedStreamObject()
            table = found["/ToUnicode"].get_object().get_data().decode()  # type: ignore[union-attr]
            stream.set_data(table.replace("> <00", "> <E0").encode())
            found[NameObject("/ToUnicode")] = writer._add_object(stream)
    writer.write(pdf)
    with pytest.raises(SourceScanned, match="fonts"):
        read(pdf)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", SourceBroken), (b"this is not a PDF at all", SourceBroken), (b"%PDF-1.7\n%%EOF", SourceBroken)],
)
def test_what_is_no_pdf_is_broken(pdf: Path, content: bytes, error: type[SourceError]) -> None:
    pdf.write_bytes(content)
    with pytest.raises(error, match=r"made\.pdf"):
        read(pdf)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"nowhere\.pdf"):
        read(tmp_path / "nowhere.pdf")


def test_a_blank_page_is_empty(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.new_page()
    sheet.save()
    with pytest.raises(SourceEmpty):
        read(pdf)


def test_a_damaged_cross_reference_table_is_repaired(pdf: Path) -> None:
    sheet = Sheet(pdf)
    sheet.paragraph("Still legible after all.")
    sheet.save()
    pdf.write_bytes(pdf.read_bytes().replace(b"\nxref\n", b"\nxrfe\n"))
    assert narrated(read(pdf)) == "Still legible after all."


@pytest.mark.parametrize(
    ("limit", "value", "make"),
    [
        ("pipeline.ingest.pdf.PDF_PAGES", 2, lambda sheet: [sheet.new_page() for _ in range(3)]),
        (
            "pipeline.ingest.pdf_glyphs.PDF_PAGE_GLYPHS",
            50,
            lambda sheet: sheet.paragraph(" ".join(sentences(3))),
        ),
    ],
)
def test_limits(
    pdf: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, make: Callable[[Sheet], object]
) -> None:
    monkeypatch.setattr(limit, value)
    sheet = Sheet(pdf)
    sheet.line("One", LEFT, 300)
    make(sheet)
    sheet.save()
    with pytest.raises(SourceTooLarge, match=str(value)):
        read(pdf)


def test_an_outline_beyond_the_limit_is_cut_and_said_so(pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.PDF_OUTLINE_ENTRIES > 3
    monkeypatch.setattr("pipeline.ingest.pdf_outline.PDF_OUTLINE_ENTRIES", 2)
    sheet = Sheet(pdf)
    for title in ("One", "Two", "Three"):
        sheet.canvas.bookmarkHorizontal(title, 0, sheet.y)
        sheet.canvas.addOutlineEntry(title, title, 0)
        sheet.heading(title)
        sheet.paragraph(" ".join(sentences(2)))
    sheet.save()
    book = read(pdf)
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert any("outline" in doubt for doubt in book.doubts)


def test_every_truncation_ends_in_a_book_or_a_typed_error(pdf: Path, tmp_path: Path) -> None:
    book_with_furniture(pdf, 3)
    content = pdf.read_bytes()
    for cut in range(1, 20):
        broken = tmp_path / "cut.pdf"
        broken.write_bytes(content[: len(content) * cut // 20])
        with suppress(SourceError):
            assert narrated(read(broken))
