"""OpenDocument texts: what their elements and styles are to a listener."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SourceBroken, SourceEmpty, SourceProtected
from pipeline.model import BlockKind, Book
from tests.documents import flat_odt, odt, read
from tests.helpers_epub import texts, titles

LONG = "The harbour lay quiet in the morning, and nobody was out on the water but the old pilot."
NOTE = (
    '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
    "<text:p>A note about it.</text:p></text:note-body></text:note>"
)
STYLES = (
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Quotations"/>'
    '<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Heading_20_1"/>'
    '<style:style style:name="P3" style:family="paragraph"><style:text-properties fo:language="de" '
    'fo:country="DE"/></style:style>'
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="T2" style:family="text"><style:text-properties style:text-position="super 58%"/>'
    "</style:style>"
)


def one(
    path: Path, text: str, *, meta: str = "", parts: dict[str, str] | None = None, **settings: object
) -> Book:
    return read(path / "book.odt", odt(text, styles=STYLES, meta=meta, **(parts or {})), **settings)


def test_headings_make_the_chapters(tmp_path: Path) -> None:
    book = one(
        tmp_path,
        '<text:p text:style-name="Title">The Pilot</text:p>'
        f'<text:h text:outline-level="1">One</text:h><text:p>{LONG}</text:p>'
        f'<text:h text:outline-level="2">Part of it</text:h><text:p>{LONG}</text:p>'
        f'<text:p text:style-name="P2">Two</text:p><text:p>{LONG}</text:p>',
    )
    assert book.metadata.title == "The Pilot"
    assert [(c.title, c.level) for c in book.chapters] == [("One", 1), ("Part of it", 2), ("Two", 1)]
    assert texts(book) == ["The Pilot", "One", LONG]


def test_notes_are_left_out_and_can_be_asked_for(tmp_path: Path) -> None:
    text = f"<text:p>The pilot{NOTE} waited.</text:p><text:p>{LONG}</text:p>"
    book = one(tmp_path, text)
    assert texts(book) == ["The pilot waited.", LONG]
    assert [(s.kind, s.count) for s in book.skipped] == [("note", 1), ("note-reference", 1)]
    heard = one(tmp_path, text, include=("notes",))
    assert texts(heard) == ["The pilot waited.", "A note about it.", LONG]


def test_what_is_said_inside_a_paragraph(tmp_path: Path) -> None:
    text = (
        "<text:p>One<text:s text:c='3'/>two<text:tab/>three<text:soft-page-break/>"
        "<text:span text:style-name='T1'> hidden</text:span> x<text:span text:style-name='T2'>2</text:span>"
        "<office:annotation><text:p>No!</text:p></office:annotation>, page <text:page-number>4</text:page-number>."
        "<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>かんじ</text:ruby-text></text:ruby></text:p>"
    )
    book = one(tmp_path, text)
    assert texts(book) == ["One two three x², page .漢字"]
    assert [(s.kind, s.words) for s in book.skipped] == [("hidden", 1), ("page-number", 1)]


def test_revisions_are_read_as_accepted(tmp_path: Path) -> None:
    text = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted.</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:p>He <text:change-start/>always "
        "<text:change-end/>came.</text:p>"
    )
    assert texts(one(tmp_path, text)) == ["He always came."]


def test_lists_tables_boxes_quotes_and_verse(tmp_path: Path) -> None:
    text = (
        "<text:list><text:list-item><text:p>First</text:p><text:list><text:list-item><text:p>Inner</text:p>"
        "</text:list-item></text:list></text:list-item></text:list>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Tide</text:p>"
        "</table:table-cell><table:table-cell><text:p>Time</text:p></table:table-cell></table:table-row>"
        "</table:table-header-rows><table:table-row><table:table-cell><text:p>High</text:p></table:table-cell>"
        "<table:table-cell><text:p>Noon</text:p></table:table-cell></table:table-row></table:table>"
        "<text:p>Before<draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame></text:p>"
        '<text:p text:style-name="P1">So he said.</text:p>'
        "<text:p>The tide<text:line-break/>goes out<text:line-break/>at night</text:p>"
        "<text:p><draw:frame><draw:image/><svg:desc>A harbour</svg:desc></draw:frame></text:p>"
    )
    book = one(tmp_path, text, include=("tables",), image_descriptions=True)
    assert [(b.kind, b.text) for b in book.chapters[0].blocks] == [
        (BlockKind.LIST_ITEM, "First"),
        (BlockKind.LIST_ITEM, "Inner"),
        (BlockKind.TABLE, "Tide, Time"),
        (BlockKind.TABLE, "High, Noon"),
        (BlockKind.PARAGRAPH, "Before"),
        (BlockKind.PARAGRAPH, "In the box."),
        (BlockKind.QUOTE, "So he said."),
        (BlockKind.VERSE, "The tide\ngoes out\nat night"),
        (BlockKind.CAPTION, "A harbour"),
    ]


def test_what_the_program_made_is_left_out(tmp_path: Path) -> None:
    text = (
        "<text:table-of-content><text:index-body><text:index-title><text:p>Contents</text:p></text:index-title>"
        "<text:p>One 3</text:p></text:index-body></text:table-of-content>"
        f'<text:h text:outline-level="1">One</text:h><text:p>{LONG}</text:p>'
    )
    book = one(tmp_path, text)
    assert book.chapters[0].text == f"One\n\n{LONG}"
    assert [(s.kind, s.words) for s in book.skipped] == [("contents", 3)]


def test_formulas_are_said(tmp_path: Path) -> None:
    formula = "<math:math><math:mi>a</math:mi><math:mo>+</math:mo><math:mi>b</math:mi></math:math>"
    frame = '<text:p>It is <draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>.</text:p>'
    whole = f'<math:math xmlns:math="http://www.w3.org/1998/Math/MathML">{formula}</math:math>'
    assert texts(one(tmp_path, frame, parts={"Object 1__content.xml": whole})) == ["It is a + b."]


def test_languages_of_paragraphs(tmp_path: Path) -> None:
    german = "Der Hafen lag still am Morgen, und niemand war draußen auf dem Wasser als der alte Lotse."
    text = f"<text:p>{LONG}</text:p>" * 3 + f'<text:p text:style-name="P3">{german}</text:p>'
    text += f'<text:p text:style-name="P3">{LONG}</text:p>'  # as many programs leave it
    book = one(tmp_path, text, meta="<dc:language>en-GB</dc:language>")
    assert [block.language for block in book.chapters[0].blocks] == [None, None, None, "de-DE", None]


def test_metadata(tmp_path: Path) -> None:
    meta = (
        "<dc:title>The Pilot</dc:title><meta:initial-creator>Ann Lee</meta:initial-creator>"
        "<dc:creator>Bo</dc:creator>"
        "<dc:language>en-GB</dc:language><meta:keyword>sea</meta:keyword>"
    )
    found = one(tmp_path, f"<text:p>{LONG}</text:p>", meta=meta).metadata
    assert (found.title, found.authors, found.language) == ("The Pilot", ("Ann Lee",), "en-GB")
    assert found.subjects == ("sea",)


def test_a_flat_document(tmp_path: Path) -> None:
    data = flat_odt(f'<text:h text:outline-level="1">One</text:h><text:p>{LONG}</text:p>' * 2)
    assert titles(read(tmp_path / "book.fodt", data)) == ["One", "One"]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    locked = {
        "META-INF__manifest.xml": '<manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></manifest>'
    }
    with pytest.raises(SourceProtected, match="password"):
        one(tmp_path, "<text:p>x</text:p>", parts=locked)
    with pytest.raises(SourceEmpty):
        one(tmp_path, "<text:p/>")
    with pytest.raises(SourceBroken):
        read(tmp_path / "book.odt", odt("", **{"content.xml": "no XML at all"}))


def test_a_lone_first_heading_is_the_title_only_where_there_is_no_other(tmp_path: Path) -> None:
    heading = '<text:h text:outline-level="{}">{}</text:h><text:p>{}</text:p>'
    alone = heading.format(1, "One", LONG * 5) + heading.format(2, "Part", LONG * 5)
    book = one(tmp_path, f'<text:p text:style-name="Title">The Pilot</text:p>{alone}')
    assert (book.metadata.title, titles(book)) == ("The Pilot", ["One", "Part"])
    book = one(tmp_path, alone + heading.format(2, "End", LONG * 5))
    assert (book.metadata.title, titles(book)) == ("One", ["One", "Part", "End"])
