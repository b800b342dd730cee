"""Word documents: what their styles, fields, notes and revisions are to a listener."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SourceBroken, SourceProtected, SourceTooLarge, SourceUnsupported
from pipeline.model import BlockKind, Book
from tests.documents import docx, paragraph, read, run
from tests.helpers_epub import texts, titles

LONG = "The harbour lay quiet in the morning, and nobody was out on the water but the old pilot."
NOTE = (
    '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r>'
    + run(" A note about the pilot.")
    + "</w:p></w:footnote>"
)
REFERENCE = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>'


def field(instruction: str, result: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(result)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


@pytest.fixture
def one(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Reads a document with that body."""

    def make(body: str, *, parts: dict[str, str] | None = None, **settings: object) -> Book:
        return read(tmp_path / "book.docx", docx(body, **(parts or {})), **settings)

    return make


def test_headings_make_the_chapters_whatever_their_styles_are_called(one) -> None:  # type: ignore[no-untyped-def]
    book = one(
        paragraph("The Pilot", style="Titel")
        + paragraph("One", style="berschrift1")
        + paragraph(LONG)
        + paragraph("A part of it", style="berschrift2")
        + paragraph(LONG)
        + paragraph("Two", style="Own")
        + paragraph(LONG)
        + paragraph("Three", properties='<w:outlineLvl w:val="0"/>')
        + paragraph(LONG)
    )
    assert book.metadata.title == "The Pilot"
    assert [(c.title, c.level) for c in book.chapters] == [
        ("One", 1),
        ("A part of it", 2),
        ("Two", 1),
        ("Three", 1),
    ]
    assert texts(book) == ["The Pilot", "One", LONG]
    assert [b.kind for b in book.chapters[2].blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH]


def level(place: int, form: str, kind: str = "decimal", style: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{named}'
        f'<w:lvlText w:val="{form}"/></w:lvl>'
    )


def numbered(number: int, place: int | None = None) -> str:
    at = "" if place is None else f'<w:ilvl w:val="{place}"/>'
    return f'<w:numPr>{at}<w:numId w:val="{number}"/></w:numPr>'


NUMBERING = (
    f'<w:abstractNum w:abstractNumId="7">{level(0, "Chapter %1:", "upperRoman")}{level(1, "%1.%2", style="sub")}'
    + '</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/>'
    "</w:lvlOverride></w:num>"
)
NUMBERED_STYLES = (
    f'<w:style w:styleId="top"><w:name w:val="heading 1"/><w:pPr>{numbered(3)}</w:pPr></w:style>'
    '<w:style w:styleId="mine"><w:basedOn w:val="top"/><w:name w:val="Mine"/></w:style>'
    f'<w:style w:styleId="sub"><w:name w:val="heading 2"/><w:pPr>{numbered(3)}</w:pPr></w:style>'
)


def test_headings_have_the_numbers_that_word_writes_before_them(one) -> None:  # type: ignore[no-untyped-def]
    book = one(
        paragraph("Lamps", style="top") + paragraph(LONG)
        + paragraph("Oil", style="sub") + paragraph(LONG)
        + paragraph("Wicks", style="sub") + paragraph(LONG)
        + paragraph("Preface", style="top", properties=numbered(0)) + paragraph(LONG)
        + paragraph("", style="sub")
        + paragraph("Boats", style="mine") + paragraph(LONG)
        + paragraph("Sails", style="sub") + paragraph(LONG)
        + paragraph("Far on", style="top", properties=numbered(4, 0)) + paragraph(LONG),
        parts={"styles": NUMBERED_STYLES, "numbering": NUMBERING},
    )  # fmt: skip
    assert titles(book) == [
        "Chapter I: Lamps", "I.1 Oil", "I.2 Wicks", "Preface", "Chapter II: Boats", "II.1 Sails",
        "Chapter IX: Far on",
    ]  # fmt: skip


def test_damaged_numbering_numbers_nothing(one) -> None:  # type: ignore[no-untyped-def]
    broken = (
        '<w:num w:numId="3"><w:abstractNumId w:val="8"/></w:num><w:num w:numId="x"/>'
        '<w:abstractNum><w:lvl w:ilvl="-1"/><w:lvl w:ilvl="99"/></w:abstractNum>'
    )
    parts = {"styles": NUMBERED_STYLES, "numbering": broken}
    book = one(
        paragraph("Lamps", style="top") + paragraph(LONG) + paragraph("Boats", style="top") + paragraph(LONG),
        parts=parts,
    )
    assert titles(book) == ["Lamps", "Boats"]


def test_without_styles_the_words_say_what_is_a_chapter(one) -> None:  # type: ignore[no-untyped-def]
    book = one("".join(paragraph(f"Chapter {n}") + paragraph(LONG) for n in (1, 2, 3)))
    assert titles(book) == ["Chapter 1", "Chapter 2", "Chapter 3"]


def test_numbers_alone_are_chapters_if_they_count(one) -> None:  # type: ignore[no-untyped-def]
    counted = one("".join(paragraph(number) + paragraph(LONG) for number in ("I", "II", "III")))
    assert titles(counted) == ["I", "II", "III"]
    assert len(one("".join(paragraph(number) + paragraph(LONG) for number in ("7", "12"))).chapters) == 1


def test_notes_are_left_out_and_can_be_asked_for(one) -> None:  # type: ignore[no-untyped-def]
    body = paragraph("The pilot", REFERENCE, " waited.") + paragraph(LONG)
    book = one(body, parts={"footnotes": NOTE})
    assert texts(book) == ["The pilot waited.", LONG]
    assert [(s.kind, s.count) for s in book.skipped] == [("note", 1), ("note-reference", 1)]
    heard = one(body, parts={"footnotes": NOTE}, include=("notes",))
    assert texts(heard) == ["The pilot waited.", "A note about the pilot.", LONG]
    assert heard.chapters[0].blocks[1].kind is BlockKind.NOTE


def test_endnotes_are_notes(one) -> None:  # type: ignore[no-untyped-def]
    note = NOTE.replace("footnote", "endnote")
    book = one(paragraph("Here", REFERENCE.replace("footnote", "endnote"), "."), parts={"endnotes": note})
    assert texts(book) == ["Here."]
    assert ("note", 1, 6) in [(s.kind, s.count, s.words) for s in book.skipped]


def test_a_mark_of_the_authors_own_is_no_word(one) -> None:  # type: ignore[no-untyped-def]
    own = '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="2"/><w:t>*</w:t></w:r>'
    assert texts(one(paragraph("The pilot", own, " waited."), parts={"footnotes": NOTE})) == [
        "The pilot waited."
    ]


def test_revisions_are_read_as_accepted(one) -> None:  # type: ignore[no-untyped-def]
    body = paragraph(
        "He ",
        f"<w:del><w:r><w:delText>never </w:delText></w:r></w:del><w:ins>{run('always ')}</w:ins>",
        "came",
        f"<w:moveFrom>{run(' here')}</w:moveFrom>",
        ".",
    )
    assert texts(one(body)) == ["He always came."]


def test_a_paragraph_whose_end_was_deleted_goes_on(one) -> None:  # type: ignore[no-untyped-def]
    first = paragraph("He came ", properties="<w:rPr><w:del/></w:rPr>")
    assert texts(one(first + paragraph("home."))) == ["He came home."]


def test_a_drop_cap_belongs_to_its_word(one) -> None:  # type: ignore[no-untyped-def]
    cap = paragraph("O", properties='<w:framePr w:dropCap="drop" w:lines="3"/>')
    assert texts(one(cap + paragraph("nce upon a time."))) == ["Once upon a time."]


def test_hidden_text_is_not_said(one) -> None:  # type: ignore[no-untyped-def]
    book = one(
        paragraph("Seen", run(" and hidden", "<w:vanish/>"), ".", run(" So.", '<w:vanish w:val="0"/>'))
    )
    assert texts(book) == ["Seen. So."]
    assert [(s.kind, s.words) for s in book.skipped] == [("hidden", 2)]


def test_fields_give_their_results_but_those_of_the_page(one) -> None:  # type: ignore[no-untyped-def]
    body = paragraph(
        "See ", field(' HYPERLINK "http://x" ', "the map"), " on page ", field(" PAGE ", "7"), "."
    )
    simple = paragraph('<w:fldSimple w:instr=" AUTHOR ">' + run("Ann Lee") + "</w:fldSimple>", " wrote it.")
    assert texts(one(body + simple)) == ["See the map on page .", "Ann Lee wrote it."]


def test_the_table_of_contents_is_left_out(one) -> None:  # type: ignore[no-untyped-def]
    contents = paragraph("One", run("\t3"), style="Verz1") + paragraph(field(' TOC \\o "1-3" ', "Two 5"))
    book = one(contents + paragraph("One", style="berschrift1") + paragraph(LONG))
    assert book.chapters[0].text == f"One\n\n{LONG}"
    assert "contents" in {s.kind for s in book.skipped}


def test_text_boxes_are_read_once_behind_their_paragraph(one) -> None:  # type: ignore[no-untyped-def]
    box = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent>"
        + paragraph("In the box.")
        + "</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        + paragraph("In the box.")
        + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert texts(one(paragraph("Before", box, " and after."))) == ["Before and after.", "In the box."]


def test_lists_tables_quotes_formulas_and_pictures(one) -> None:  # type: ignore[no-untyped-def]
    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="4"/></w:numPr>'
    cells = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("12", "7"))
    image = (
        '<w:r><w:drawing><wp:inline><wp:docPr descr="A harbour"/><a:graphic><pic:pic/></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
    body = (
        paragraph("First thing", properties=item)
        + f"<w:tbl><w:tr>{cells}</w:tr><w:tr>{cells}</w:tr></w:tbl>"
        + paragraph("So he said.", style="Zitat")
        + paragraph("It is ", "<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath>", ".")
        + paragraph(image)
    )
    book = one(body, include=("tables",), image_descriptions=True)
    assert [(b.kind, b.text) for b in book.chapters[0].blocks] == [
        (BlockKind.LIST_ITEM, "First thing"),
        (BlockKind.TABLE, "12, 7"),
        (BlockKind.TABLE, "12, 7"),
        (BlockKind.QUOTE, "So he said."),
        (BlockKind.PARAGRAPH, "It is a+b."),
        (BlockKind.CAPTION, "A harbour"),
    ]
    assert [(s.kind, s.count) for s in one(body).skipped] == [("image", 1), ("table", 1)]


def test_lines_of_a_typewriter_are_one_block(one) -> None:  # type: ignore[no-untyped-def]
    named = '<w:style w:styleId="{0}"><w:name w:val="{0}"/></w:style>'
    styles = "".join(named.format(name) for name in ("Source Code", "HTML Preformatted"))
    code = "".join(paragraph(line, style="Source Code") for line in ("if tide:", "wait()"))
    verse = "".join(
        paragraph(line, style="HTML Preformatted") for line in ("The tide", "goes out", "", "at night")
    )
    book = one(paragraph(LONG) + code + verse, parts={"styles": styles})
    assert texts(book) == [LONG, "The tide\ngoes out", "at night"]
    assert [(s.kind, s.count) for s in book.skipped] == [("code", 1)]


def test_ruby_keeps_its_base_text(one) -> None:  # type: ignore[no-untyped-def]
    ruby = f"<w:r><w:ruby><w:rt>{run('かんじ')}</w:rt><w:rubyBase>{run('漢字')}</w:rubyBase></w:ruby></w:r>"
    assert texts(one(paragraph("これは", ruby, "です。"))) == ["これは漢字です。"]


def test_a_paragraph_in_another_language_says_so_if_it_reads_so(one) -> None:  # type: ignore[no-untyped-def]
    german = "Der Hafen lag still am Morgen, und niemand war draußen auf dem Wasser als der alte Lotse."
    body = (
        paragraph(LONG) * 4
        + paragraph(run(german, '<w:lang w:val="de-DE"/>'))
        + paragraph(run(LONG, '<w:lang w:val="fr-FR"/>'))
    )
    book = one(body, parts={"core": "<dc:language>en</dc:language>"})
    assert [block.language for block in book.chapters[0].blocks] == [None] * 4 + ["de-DE", None]


def test_metadata(one) -> None:  # type: ignore[no-untyped-def]
    core = (
        "<dc:title>The Pilot</dc:title><dc:creator>Ann Lee; Bo Ek</dc:creator><dc:language>en-GB</dc:language>"
        "<dc:description>A short one.</dc:description><cp:keywords>sea, harbour</cp:keywords>"
    )
    found = one(paragraph(LONG), parts={"core": core}).metadata
    assert (found.title, found.authors, found.language) == ("The Pilot", ("Ann Lee", "Bo Ek"), "en-GB")
    assert (found.description, found.subjects) == ("A short one.", ("sea", "harbour"))


def test_a_circle_of_styles_ends(one) -> None:  # type: ignore[no-untyped-def]
    styles = "".join(
        f'<w:style w:styleId="{a}"><w:name w:val="{a}"/><w:basedOn w:val="{b}"/></w:style>'
        for a, b in ("xy", "yx")
    )
    assert texts(one(paragraph(LONG, style="x"), parts={"styles": styles})) == [LONG]


def test_damaged_parts(tmp_path: Path) -> None:
    path = tmp_path / "book.docx"
    lost = read(path, docx(paragraph("Whole."), **{"word/footnotes.xml": "nothing of the kind"}))
    assert texts(lost) == ["Whole."]
    assert "footnotes.xml" in lost.doubts[0]
    with pytest.raises(SourceBroken):
        read(path, docx("", **{"word/document.xml": ""}))
    deep = "<w:sdt>" * 300 + paragraph("x") + "</w:sdt>" * 300
    with pytest.raises((SourceTooLarge, SourceBroken)):
        read(path, docx(deep))


def test_a_document_with_a_password_is_named_for_what_it_is(tmp_path: Path) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises((SourceProtected, SourceUnsupported), match="password"):
        read(tmp_path / "book.docx", locked)
