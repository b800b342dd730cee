"""Reads a PDF: its text layer becomes a book with chapters and paragraphs.

PDFium reads the glyphs (it repairs damaged files and knows the encodings); everything above them, lines,
reading order, running headers, notes, paragraphs and chapters, is rebuilt here from where they stand and how
they are set. See the modules ``pdf_*`` in the order in which ``read_pdf`` calls them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.errors import (
    SourceBroken,
    SourceEmpty,
    SourceNotFound,
    SourceProtected,
    SourceScanned,
    SourceTooLarge,
)
from pipeline.ingest.blocks_text import SkipLog
from pipeline.ingest.pdf_chapters import Parts, build_chapters
from pipeline.ingest.pdf_furniture import take_furniture
from pipeline.ingest.pdf_glyphs import PageText, read_page, visible_box
from pipeline.ingest.pdf_layout import Line, lay_out
from pipeline.ingest.pdf_margins import take_line_numbers
from pipeline.ingest.pdf_metadata import first_page, read_metadata, title_of_first_page
from pipeline.ingest.pdf_notes import mark_notes
from pipeline.ingest.pdf_outline import read_outline
from pipeline.ingest.pdf_roles import (
    body_of_pieces,
    even_sizes,
    mark_code,
    mark_contents,
    mark_tables,
    measure_body,
)
from pipeline.ingest.pdf_text import count_words
from pipeline.limits import PDF_PAGES
from pipeline.model import Book, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

FEW_GLYPHS = 12
"""A page with fewer glyphs has no text layer to speak of."""
PICTURE_SHARE = 0.4
"""Of a page's area: more, and hardly a glyph, and the page was scanned."""
UNREADABLE_SHARE = 0.3
"""Of the glyphs: more cannot be read, and the text layer is of no use."""
GARBLED_SHARE = 0.45
"""Of the characters: fewer letters and digits are no text of any language."""
VOWEL_SHARE = 0.2
"""Of Latin letters: real languages have 0.35 to 0.5."""
STAMPED_PAGES = 3
"""Turned text that stands on so many pages is a stamp."""
MARGINAL_SHARE = 0.15
"""Of a page's glyphs: fewer that run in another direction are labels and stamps, not text."""


def read_pdf(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read the PDF at ``path``; ``uri`` is what the user called it, ``sha256`` its hash.

    Raises ``SourceProtected`` (password missing or wrong), ``SourceScanned`` (pictures of pages, or fonts
    that do not say which letters they draw), ``SourceEmpty`` (no text and no pictures), ``SourceBroken``,
    ``SourceTooLarge`` and ``SourceNotFound``.
    """
    skips = SkipLog()
    with _opened(path, settings.password, uri) as document:
        pages, doubts = _read_pages(document, uri)
        _check_text(pages, uri)
        outline, outline_doubts = read_outline(document)
        metadata, metadata_doubts = read_metadata(document, path, settings.password)
        lines = _lines(pages, skips)
        doubts += _scanned_pages(pages) + outline_doubts + metadata_doubts
        _count_scanned(pages, skips)
        cover = None
        try:
            cover = first_page(document)
        except (OSError, RuntimeError, ValueError) as error:
            doubts.append(f"The first page could not be drawn as a cover ({error}).")
    body = measure_body(lines)
    mark_contents(lines)
    if not metadata.title:
        metadata = replace(metadata, title=title_of_first_page(lines))
    references = mark_notes(lines, body)
    if references:
        skips.add("note-reference", references, references)
    mark_code(lines, body)
    mark_tables(lines)
    declared = settings.language or metadata.language
    parts = Parts(lines, body, outline, metadata.title or path.stem, settings, declared)
    chapters = build_chapters(parts, skips)
    if not chapters:
        raise SourceEmpty(f"{uri} has no text that can be narrated.")
    return Book(
        source=SourceInfo(SourceKind.PDF, uri, sha256),
        metadata=metadata if metadata.title else replace(metadata, title=path.stem),
        chapters=tuple(chapters),
        skipped=skips.skipped(),
        cover=cover,
        doubts=tuple(doubts),
    )


@contextmanager
def _opened(path: Path, password: str, uri: str) -> Iterator[Any]:
    """Open the file with PDFium and close it again; its failures become ours."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise SourceNotFound(f"{uri} does not exist: check the path.") from error
    if size == 0:
        raise SourceBroken(f"{uri} is empty (0 bytes): get the file again.")
    try:
        document = pdfium.PdfDocument(path, password=password or None)
        count = len(document)
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == raw.FPDF_ERR_PASSWORD:
            if password:
                message = f"The password given for {uri} is wrong: give the right one with --password."
            else:
                message = f"{uri} is protected by a password: give it with --password."
            raise SourceProtected(message) from error
        if code == raw.FPDF_ERR_SECURITY:
            raise SourceProtected(
                f"{uri} is protected in a way that cannot be opened here: save an unprotected copy first."
            ) from error
        raise SourceBroken(
            f"{uri} is damaged or not a PDF: get the file again, or let a PDF viewer save a new copy."
        ) from error
    try:
        if count > PDF_PAGES:
            raise SourceTooLarge(
                f"{uri} has {count} pages, more than the {PDF_PAGES} that are read: split it first."
            )
        if count == 0:
            raise SourceBroken(f"{uri} has no page that can be read: get the file again.")
        yield document
    except pdfium.PdfiumError as error:
        raise SourceBroken(
            f"{uri} is damaged ({error}): get the file again, or let a PDF viewer save a new copy."
        ) from error
    finally:
        document.close()


def _read_pages(document: Any, uri: str) -> tuple[list[PageText], list[str]]:
    """Read every page's glyphs; a page that cannot be read is a doubt."""
    import pypdfium2 as pdfium

    pages: list[PageText] = []
    lost: list[int] = []
    for index in range(len(document)):
        try:
            page = document[index]
        except pdfium.PdfiumError:
            lost.append(index + 1)
            continue
        try:
            text = read_page(page, index + 1, uri)
            if text.glyphs < FEW_GLYPHS:
                text.pictures = _picture_share(page)
        except pdfium.PdfiumError:
            lost.append(index + 1)
            continue
        finally:
            page.close()
        with suppress(pdfium.PdfiumError, ValueError):
            text.label = document.get_page_label(index) or ""
        pages.append(text)
    if lost and not pages:
        raise SourceBroken(f"No page of {uri} can be read: get the file again.")
    return pages, [f"Damaged and left out: {_page_list(lost)}."] if lost else []


def _picture_share(page: Any) -> float:
    """Return the largest share of the page's area that one picture (or the sum of strips) covers."""
    import pypdfium2.raw as raw

    left, bottom, right, top = visible_box(page)
    area = max((right - left) * (top - bottom), 1.0)
    covered = 0.0
    for count, item in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
        if count > 2000:
            break
        x_low, y_low, x_high, y_high = item.get_bounds()
        covered += max(0.0, min(x_high, right) - max(x_low, left)) * max(
            0.0, min(y_high, top) - max(y_low, bottom)
        )
    return float(min(covered / area, 1.0))


def _check_text(pages: list[PageText], uri: str) -> None:
    """Refuse what has no text layer, or one that says nothing."""
    glyphs = sum(page.glyphs for page in pages)
    unreadable = sum(page.unreadable for page in pages)
    scanned = sum(page.pictures > PICTURE_SHARE for page in pages)
    pictured = sum(page.pictures > 0 for page in pages)
    texted = sum(page.glyphs >= FEW_GLYPHS for page in pages)
    remedy = "put it through text recognition (OCR), with --ocr where OCRmyPDF is installed"
    if (
        glyphs < FEW_GLYPHS * len(pages)
        and scanned
        and scanned >= 0.8 * (len(pages) - texted)
        and texted <= scanned / 4
    ):
        raise SourceScanned(f"{uri} has pictures of pages and no text: {remedy}.")
    if glyphs == 0:
        if pictured:
            raise SourceScanned(f"{uri} has pictures and no text: {remedy}.")
        raise SourceEmpty(f"{uri} has no text that can be narrated.")
    if unreadable > UNREADABLE_SHARE * glyphs or _is_garbled(pages):
        raise SourceScanned(
            f"The fonts of {uri} do not say which letters they draw, so its text cannot be read: {remedy}."
        )


def _is_garbled(pages: list[PageText]) -> bool:
    """Tell whether the letters are not those that are seen: mostly signs, or words without vowels."""
    text = "".join(run.text for page in pages[:200] for piece in page.pieces for run in piece.runs)
    marks = [char for char in unicodedata.normalize("NFD", text.casefold()) if not char.isspace()]
    if len(marks) < 300:
        return False
    if sum(char.isalnum() or unicodedata.combining(char) > 0 for char in marks) < GARBLED_SHARE * len(marks):
        return True
    latin = [char for char in marks if "a" <= char <= "z"]
    vowels = sum(char in "aeiouy" for char in latin)
    return len(latin) > 0.9 * len(marks) and vowels < VOWEL_SHARE * len(latin)


def _scanned_pages(pages: list[PageText]) -> list[str]:
    doubts = []
    scanned = _scanned(pages)
    if scanned:
        doubts.append(f"Pictures without text, not narrated: {_page_list(scanned)} (see --ocr).")
    unclear = [page.number for page in pages if page.unreadable > 0.1 * page.glyphs and page.unreadable > 20]
    if unclear:
        doubts.append(f"Some fonts do not say which letters they draw: check {_page_list(unclear)}.")
    return doubts


def _scanned(pages: list[PageText]) -> list[int]:
    return [page.number for page in pages if page.pictures > PICTURE_SHARE and page.glyphs < FEW_GLYPHS]


def _count_scanned(pages: list[PageText], skips: SkipLog) -> None:
    if scanned := _scanned(pages):
        skips.add("scanned-page", 0, len(scanned))


def _page_list(numbers: list[int]) -> str:
    """``page 3`` or ``pages 3, 5-9``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number, number])
    text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:20])
    more = ", ..." if len(runs) > 20 else ""
    return f"page{'s' if len(numbers) > 1 else ''} {text}{more}"


def _lines(pages: list[PageText], skips: SkipLog) -> list[Line]:
    """Remove running matter and lay the rest out in reading order."""
    _drop_turned(pages, skips)
    even_sizes(pages)
    if numbers := take_line_numbers(pages):
        skips.add("line-number", numbers, numbers)
    for kind, (count, words) in take_furniture(pages, body_of_pieces(pages)).items():
        skips.add(kind, words, count)
    lines: list[Line] = []
    for page in pages:
        lines += lay_out(page)
        page.pieces, page.turned = [], {}
    return [line for line in lines if line.text]


def _drop_turned(pages: list[PageText], skips: SkipLog) -> None:
    """Leave out text across the page's direction: stamps in the margin (they come again), labels of axes."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({piece.text for pieces in page.turned.values() for piece in pieces})
    for page in pages:
        pieces = [piece for group in page.turned.values() for piece in group]
        characters = sum(len(piece.text) for piece in pieces)
        if characters > MARGINAL_SHARE * max(page.glyphs, 1):
            pieces = [piece for piece in pieces if seen[piece.text] >= STAMPED_PAGES and len(piece.text) > 1]
        if pieces:
            skips.add("rotated", sum(count_words(piece.text) for piece in pieces), len(pieces))
            drop = {id(piece) for piece in pieces}
            page.turned = {a: [p for p in group if id(p) not in drop] for a, group in page.turned.items()}
