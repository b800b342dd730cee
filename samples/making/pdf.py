"""Writes a sample book as a PDF, as a small press would set it: with everything a listener must not hear.

Title page, contents with page numbers, running headers, folios, an outline of two levels, justified lines
with hyphens at their ends, pictures with captions, a table, and notes at the end. Needs reportlab.
"""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from typing import Any

from lxml import etree
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Preformatted,
    Spacer,
    Table,
)
from reportlab.platypus.tableofcontents import TableOfContents

from samples.making.drawings import draw_picture
from samples.making.epub import SampleBook, Section

BODY = ParagraphStyle(
    "body", fontName="Times-Roman", fontSize=10.5, leading=14, alignment=TA_JUSTIFY, firstLineIndent=12
)
QUOTE = ParagraphStyle("quote", BODY, leftIndent=16, rightIndent=16, firstLineIndent=0, spaceAfter=4)
VERSE = ParagraphStyle("verse", BODY, leftIndent=28, firstLineIndent=0, alignment=0, spaceAfter=8)
CENTRED = ParagraphStyle("centred", BODY, alignment=TA_CENTER, firstLineIndent=0, spaceBefore=6, spaceAfter=6)
CAPTION = ParagraphStyle("caption", CENTRED, fontName="Times-Italic", fontSize=9)
HEADINGS = {
    "h1": ParagraphStyle(
        "h1", CENTRED, fontName="Times-Bold", fontSize=20, leading=26, spaceBefore=90, spaceAfter=24
    ),
    "h2": ParagraphStyle(
        "h2", CENTRED, fontName="Times-Bold", fontSize=15, leading=20, spaceBefore=20, spaceAfter=18
    ),
    "h3": ParagraphStyle(
        "h3", BODY, fontName="Times-Bold", alignment=0, firstLineIndent=0, spaceBefore=10, spaceAfter=4
    ),
}
CODE = ParagraphStyle("code", fontName="Courier", fontSize=7.5, leading=10, spaceBefore=6, spaceAfter=6)
CONTENTS = [
    ParagraphStyle("contents-1", BODY, firstLineIndent=0, spaceBefore=4),
    ParagraphStyle("contents-2", BODY, firstLineIndent=0, leftIndent=14),
]

_SYLLABLE = re.compile(r"(?<=[a-z][aeiou][bcdfglmnprst])(?=[bcdfglmnprst][aeiou][a-z])")
"""Between two consonants that stand between vowels, as in "thir-teen". Enough for a sample."""


class _Press(BaseDocTemplate):
    """Knows the running header, and tells outline and contents where the chapters are."""

    def __init__(self, out: io.BytesIO, book: SampleBook) -> None:
        about = book.about
        super().__init__(
            out,
            pagesize=A5,
            title=about["title"],
            author=", ".join(about["authors"]),
            subject=about["subtitle"],
            keywords=about["subjects"],
            creator="Voxpress samples",
            lang=about["language"],
            invariant=1,  # no time stamps, no random identifier
        )
        frame = Frame(18 * mm, 20 * mm, A5[0] - 36 * mm, A5[1] - 42 * mm, 0, 0, 0, 0)
        self.addPageTemplates(
            [PageTemplate("title", [frame]), PageTemplate("text", [frame], onPageEnd=self._frame)]
        )
        self.book_title = about["title"]
        self.running = ""
        self.opening = 0
        """Page on which a chapter opened last: such a page has no running header."""

    def _frame(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        page = canvas.getPageNumber()
        canvas.saveState()
        canvas.setFont("Times-Italic", 9)
        if page == self.opening:
            pass
        elif page % 2 == 0:
            canvas.drawString(18 * mm, A5[1] - 14 * mm, self.book_title)
        else:
            canvas.drawRightString(A5[0] - 18 * mm, A5[1] - 14 * mm, self.running)
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(A5[0] / 2, 11 * mm, str(page))
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 (reportlab's name)
        place = getattr(flowable, "voxpress_place", None)
        if place is None:
            return
        name, title, level = place
        self.running, self.opening = title, self.page
        if not level:
            return
        self.canv.bookmarkPage(name)
        self.canv.addOutlineEntry(title, name, level - 1, closed=False)
        self.notify("TOCEntry", (level - 1, escape(title), self.page, name))


def write_pdf(book: SampleBook, path: Path) -> Path:
    """Write the book to ``path``."""
    story: list[Flowable] = []
    for section in book.sections:
        if section is None:
            contents = TableOfContents(levelStyles=CONTENTS, dotsMinLevel=0)
            heading = Paragraph(book.about["contents"], HEADINGS["h2"])
            heading.voxpress_place = ("", book.about["contents"], 0)
            story += [PageBreak(), heading, contents]
        elif section.type == "titlepage":
            story += [*_section(section), NextPageTemplate("text")]
        else:
            story += [PageBreak(), *_section(section)]
    out = io.BytesIO()
    _Press(out, book).multiBuild(story)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue())
    return path


def _section(section: Section) -> list[Flowable]:
    source = f'<body xmlns:epub="http://www.idpf.org/2007/ops">{section.body}</body>'
    root = etree.fromstring(source, etree.XMLParser(resolve_entities=False, no_network=True))
    flowables: list[Flowable] = []
    for element in root[0]:
        flowables += _element(element)
    if section.listed:
        heading = next(flowable for flowable in flowables if isinstance(flowable, Paragraph))
        heading.voxpress_place = (section.name, section.title, section.level)
    return flowables


def _element(element: Any) -> list[Flowable]:
    tag = element.tag
    if tag in HEADINGS:
        return [Paragraph(_inline(element), HEADINGS[tag])]
    if tag == "p":
        plain = element.get("class") is None and not element.keys()
        return [Paragraph(_inline(element, hyphens=plain), BODY if plain else CENTRED)]
    if tag == "blockquote":
        style = VERSE if element.get("class") == "verse" else QUOTE
        return [Spacer(0, 6), *(Paragraph(_inline(p), style) for p in element)]
    if tag == "figure":
        picture = io.BytesIO(draw_picture(Path(element.find("img").get("src")).stem, "JPEG"))
        caption = Paragraph(_inline(element.find("figcaption")), CAPTION)
        return [KeepTogether([Spacer(0, 8), Image(picture, 88 * mm, 55 * mm), caption])]
    if tag == "table":
        rows = [["".join(cell.itertext()) for cell in row] for row in element.iter("tr")]
        table = Table(
            rows, style=[("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("FONTSIZE", (0, 0), (-1, -1), 9)]
        )
        return [Spacer(0, 6), table, Paragraph(_inline(element.find("caption")), CAPTION)]
    if tag == "pre":
        return [Preformatted("".join(element.itertext()), CODE)]
    if tag == "ol":
        return [Paragraph(f"{n}. {_inline(item[0])}", QUOTE) for n, item in enumerate(element, 1)]
    raise ValueError(f"The PDF of the samples has no way to set <{tag}>.")


def _inline(element: Any, hyphens: bool = False) -> str:
    """The element's content in reportlab's small markup."""

    def text(value: str | None) -> str:
        folded = re.sub(r"\s+", " ", value or "")
        return escape(_SYLLABLE.sub("\u00ad", folded) if hyphens else folded, quote=False)

    parts = [text(element.text)]
    for child in element:
        if child.tag in {"i", "em"}:
            parts.append(f"<i>{_inline(child, hyphens)}</i>")
        elif child.tag == "br":
            parts.append("<br/>")
        elif child.tag == "a" and child.get("role") == "doc-noteref":
            parts.append(f"<super>{text(child.text)}</super>")
        parts.append(text(child.tail))
    return "".join(parts).strip()
