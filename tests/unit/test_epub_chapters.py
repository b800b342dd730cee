"""The table of contents becomes the chapters."""

from __future__ import annotations

from pathlib import Path

import pytest
from ebooklib import epub as ebooklib_epub

from pipeline.errors import SourceEmpty
from pipeline.model import BlockKind, Matter
from tests.helpers_epub import METADATA, page, read, skipped, texts, titles, write_epub

STORY = "It was a bright cold day in the valley and the shepherd counted his flock twice before noon."


def chapter(title: str, text: str = STORY) -> str:
    return page(f"<h1>{title}</h1><p>{text}</p>")


def test_three_entries_into_one_file_are_three_chapters(tmp_path: Path) -> None:
    document = page(
        '<section id="a"><h2>Dawn</h2><p>First light.</p></section>'
        '<h2 id="b">Noon</h2><p>High sun.</p>'
        '<h2><a id="c"></a>Dusk</h2><p>Last light.</p>'
    )
    book = read(
        write_epub(
            tmp_path / "b.epub",
            {"all.xhtml": document},
            [("Dawn", "all.xhtml#a"), ("Noon", "all.xhtml#b"), ("Dusk", "all.xhtml#c")],
        )
    )
    assert [c.text for c in book.chapters] == [
        "Dawn\n\nFirst light.",
        "Noon\n\nHigh sun.",
        "Dusk\n\nLast light.",
    ]
    assert book.chapters[1].blocks[1].anchor.href == "OPS/all.xhtml"
    assert book.chapters[1].blocks[1].anchor.id == "b"


def test_several_files_under_one_entry_are_one_chapter(tmp_path: Path) -> None:
    documents = {
        "1.xhtml": chapter("One"),
        "2.xhtml": page("<p>Still one.</p>"),
        "3.xhtml": page("<h2>A heading inside</h2><p>One to the end.</p>"),
        "4.xhtml": chapter("Two"),
    }
    book = read(write_epub(tmp_path / "b.epub", documents, [("One", "1.xhtml"), ("Two", "4.xhtml")]))
    assert titles(book) == ["One", "Two"]
    assert texts(book)[2:] == ["Still one.", "A heading inside", "One to the end."]


def test_the_spine_is_the_order_and_not_the_manifest(tmp_path: Path) -> None:
    documents = {"z.xhtml": chapter("Last"), "a.xhtml": chapter("First")}
    path = write_epub(
        tmp_path / "b.epub",
        documents,
        [("First", "a.xhtml"), ("Last", "z.xhtml")],
        spine='<itemref idref="d1"/><itemref idref="d0"/>',
    )
    assert titles(read(path)) == ["First", "Last"]


def test_parts_nest_and_a_part_with_a_page_of_its_own_is_a_chapter(tmp_path: Path) -> None:
    documents = {
        "p1.xhtml": page("<h1>Part One</h1>"),
        "1.xhtml": chapter("I"),
        "2.xhtml": chapter("II"),
        "3.xhtml": chapter("III"),
    }
    toc = [
        ("Part One", "p1.xhtml", [("I", "1.xhtml"), ("II", "2.xhtml")]),
        ("Part Two", "3.xhtml", [("III", "3.xhtml")]),
    ]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    # Part Two begins where its first chapter does: it has no text of its own.
    assert [(c.title, c.level) for c in book.chapters] == [("Part One", 1), ("I", 2), ("II", 2), ("III", 2)]


def test_an_entry_that_leads_nowhere_is_no_chapter(tmp_path: Path) -> None:
    documents = {"1.xhtml": chapter("I"), "2.xhtml": chapter("II")}
    toc = [("By an author", "", [("I", "1.xhtml")]), ("II", "2.xhtml"), ("Gone", "gone.xhtml")]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert [(c.title, c.level) for c in book.chapters] == [("I", 2), ("II", 1)]


def test_a_target_that_is_not_there_is_a_doubt_and_loses_no_text(tmp_path: Path) -> None:
    toc = [("The first", "1.xhtml#lost"), ("Two", "2.xhtml"), ("Also two", "2.xhtml#lost")]
    documents = {"1.xhtml": chapter("One"), "2.xhtml": chapter("Two")}
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert titles(book) == ["The first", "Two"]
    assert texts(book) == ["One", STORY]
    assert any("1.xhtml#lost" in doubt for doubt in book.doubts)


def test_a_heading_before_its_target_goes_with_the_chapter(tmp_path: Path) -> None:
    document = page(
        '<h2 id="a">Dawn</h2><p>Light.</p><h2>Noon</h2><p id="b">Sun at its height, and no shade.</p>'
    )
    book = read(
        write_epub(tmp_path / "b.epub", {"x.xhtml": document}, [("Dawn", "x.xhtml#a"), ("Noon", "x.xhtml#b")])
    )
    assert texts(book, 0) == ["Dawn", "Light."]
    assert texts(book, 1)[0] == "Noon"


def test_ncx_is_read_when_there_is_no_usable_navigation(tmp_path: Path) -> None:
    documents = {"1.xhtml": chapter("I"), "2.xhtml": chapter("II")}
    lines = [("Part  One", "1.xhtml", [("The\n second", "2.xhtml#")])]
    for number, broken in enumerate(
        ({}, {"OPS/nav.xhtml": page("<p>no list</p>")}, {"OPS/nav.xhtml": b"\x00"})
    ):
        path = write_epub(
            tmp_path / f"{number}.epub",
            documents,
            [("x", "y")] if broken else None,
            ncx_toc=lines,
            files=broken,
        )
        found = [(c.title, c.level) for c in read(path).chapters]
        assert found == [("Part One", 1), ("The second", 2)]


def test_without_contents_the_headings_make_the_chapters(tmp_path: Path) -> None:
    documents = {
        "1.xhtml": page("<h1>The Book</h1>"),
        "2.xhtml": page("<h2>One</h2><h3>Under</h3><p>a</p><h2>Two</h2><p>b</p>"),
        "3.xhtml": page("<p>c</p><h2>Three</h2><p>d</p>"),
    }
    book = read(write_epub(tmp_path / "b.epub", documents))
    assert titles(book) == ["The Book", "One", "Two", "Three"]
    assert texts(book, 2) == ["Two", "b", "c"]
    assert any("table of contents" in doubt for doubt in book.doubts)


def test_without_contents_and_headings_every_document_is_a_chapter(tmp_path: Path) -> None:
    documents = {"1.xhtml": page("<p>a</p>"), "2.xhtml": page("<p>b</p>")}
    assert [c.text for c in read(write_epub(tmp_path / "b.epub", documents)).chapters] == ["a", "b"]


def test_a_title_in_a_plain_paragraph_becomes_a_heading(tmp_path: Path) -> None:
    document = page("<p class='big'>CHAPTER ONE.</p><p>Text.</p>")
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": document}, [("Chapter One", "1.xhtml")]))
    assert [b.kind for b in book.chapters[0].blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH]


def test_contents_of_one_line_are_no_contents(tmp_path: Path) -> None:
    documents = {f"{n}.xhtml": chapter(f"Chapter {n}") for n in range(5)}
    assert titles(read(write_epub(tmp_path / "b.epub", documents, [("Start", "0.xhtml")]))) == [
        f"Chapter {n}" for n in range(5)
    ]


@pytest.mark.parametrize("name", ["cover-story.xhtml", "title2-fight.xhtml", "driving-licence.xhtml"])
def test_a_chapter_is_not_skipped_for_a_word_in_its_files_name(tmp_path: Path, name: str) -> None:
    assert titles(read(write_epub(tmp_path / "b.epub", {name: chapter("One")}, [("One", name)]))) == ["One"]


# -- front and back matter -----------------------------------------------------------------------------------


def test_semantics_say_what_is_narrated(tmp_path: Path) -> None:
    types = {
        "cover": False,
        "titlepage": False,
        "imprint": False,
        "copyright-page": False,
        "toc": False,
        "dedication": True,
        "epigraph": True,
        "foreword": True,
        "preface": True,
        "introduction": True,
        "prologue": True,
        "chapter": True,
        "epilogue": True,
        "afterword": True,
        "appendix": True,
        "endnotes": False,
        "bibliography": False,
        "index": False,
        "loi": False,
        "colophon": False,
    }
    attributes = [(t, f'epub:type="{t}"') for t in types] + [(f"doc-{t}", f'role="doc-{t}"') for t in types]
    documents = {
        f"{n}.xhtml": page(f"<section {written}><h1>{name}</h1><p>{STORY}</p></section>")
        for n, (name, written) in enumerate(attributes)
    }
    toc = [(f"Entry {name}", f"{n}.xhtml") for n, (name, _) in enumerate(attributes)]
    narrated = [name for name, _ in attributes if types[name.removeprefix("doc-")]]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert titles(book) == [f"Entry {name}" for name in narrated]
    matter = {c.title.removeprefix("Entry "): c.matter for c in book.chapters}
    assert matter["dedication"] is matter["preface"] is Matter.FRONT
    assert matter["chapter"] is matter["prologue"] is matter["epilogue"] is Matter.BODY
    assert matter["appendix"] is matter["doc-afterword"] is Matter.BACK
    assert skipped(book)["copyright"][0] == 6
    assert skipped(book)["bibliography"] == (2, 2 * (1 + len(STORY.split())))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Cover", "cover"),
        ("TITLE PAGE", "titlepage"),
        ("Copyright", "copyright"),
        ("Impressum", "copyright"),
        ("Mentions légales", "copyright"),
        ("Página de créditos", "copyright"),
        ("Выходные данные", "copyright"),
        ("版权页", "copyright"),
        ("奥付", "copyright"),
        ("حقوق النشر", "copyright"),
        ("Inhaltsverzeichnis", "contents"),
        ("Оглавление", "contents"),
        ("目次", "contents"),
        ("المحتويات", "contents"),
        ("Bibliographie", "bibliography"),
        ("Указатель", "index"),
        ("The Full Project Gutenberg License", "licence"),
    ],
)
def test_titles_say_it_where_there_are_no_semantics(tmp_path: Path, title: str, kind: str) -> None:
    documents = {"x.xhtml": page(f"<h1>{title}</h1><p>Some few words.</p>"), "1.xhtml": chapter("One")}
    toc = [(title, "x.xhtml"), ("One", "1.xhtml")]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert titles(book) == ["One"]
    assert skipped(book)[kind][0] == 1
    included = read(tmp_path / "b.epub", include=(kind,))
    assert titles(included) == [title, "One"]


@pytest.mark.parametrize("title", ["Notes", "Index", "Contents", "Cover", "Copyright", "License"])
def test_a_long_text_under_such_a_title_is_the_books_own(tmp_path: Path, title: str) -> None:
    document = page(f"<h1>{title}</h1>" + f"<p>{STORY * 20}</p>" * 30)
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": document}, [(title, "1.xhtml")]))
    assert titles(book) == [title]


def test_what_follows_a_skipped_page_is_not_called_by_its_name(tmp_path: Path) -> None:
    documents = {
        "cover.xhtml": page('<img src="c.jpg" alt="Cover"/>'),
        "dedication.xhtml": page("<p>For the reader.</p>"),
        "preface.xhtml": page("<h1>To the Reader</h1><p>I wrote this in spring.</p>"),
        "1.xhtml": chapter("One"),
        "index.xhtml": page("<h1>Index</h1><p>Apple 3</p><p>Bread 4</p>"),
        "index2.xhtml": page("<p>Yard 5</p><p>Zebra 6</p>"),
    }
    toc = [("Cover", "cover.xhtml"), ("One", "1.xhtml"), ("Index", "index.xhtml")]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert titles(book) == ["To the Reader", "One"]
    assert texts(book, 1) == ["For the reader.", "One", STORY]
    assert skipped(book)["index"] == (2, 9)


def test_a_dedication_on_the_title_page_is_narrated(tmp_path: Path) -> None:
    document = page(
        '<section epub:type="titlepage"><h1>A Book</h1><p epub:type="dedication">For Ann</p></section>'
        '<h2 id="c">One</h2><p>Text.</p>'
    )
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": document}, [("One", "1.xhtml#c")]))
    assert texts(book) == ["For Ann", "One", "Text."]
    assert skipped(book)["titlepage"] == (1, 2)


def test_landmarks_and_the_guide_name_parts(tmp_path: Path) -> None:
    documents = {
        "x.xhtml": page("<p>Words of law.</p>"),
        "1.xhtml": chapter("One"),
        "2.xhtml": chapter("Two"),
    }
    toc = [("Something", "x.xhtml"), ("One", "1.xhtml"), ("Two", "2.xhtml")]
    marks = {"copyright-page": "x.xhtml", "bodymatter": "1.xhtml", "backmatter": "2.xhtml"}
    book = read(write_epub(tmp_path / "1.epub", documents, toc, landmarks=marks))
    assert [(c.title, c.matter) for c in book.chapters] == [("One", Matter.BODY), ("Two", Matter.BACK)]
    guide = '<guide><reference type="copyright-page" href="x.xhtml"/></guide>'
    assert titles(read(write_epub(tmp_path / "2.epub", documents, toc, extra=guide))) == ["One", "Two"]


def test_documents_off_the_linear_path_are_skipped_unless_the_contents_lead_there(tmp_path: Path) -> None:
    documents = {
        "1.xhtml": chapter("One"),
        "2.xhtml": page("<p>Answers here.</p>"),
        "3.xhtml": chapter("Three"),
    }
    spine = '<itemref idref="d0"/><itemref idref="d1" linear="no"/><itemref idref="d2" linear="no"/>'
    toc = [("One", "1.xhtml"), ("Three", "3.xhtml")]
    book = read(write_epub(tmp_path / "b.epub", documents, toc, spine=spine))
    assert titles(book) == ["One", "Three"]
    assert skipped(book)["auxiliary"] == (1, 2)


def test_the_contents_are_not_read_out(tmp_path: Path) -> None:
    names = ["Alpha Road", "Beta Hill", "Gamma Lake", "Delta Wood", "Epsilon Pass"]
    documents = {f"{n}.xhtml": chapter(name) for n, name in enumerate(names)}
    links = "".join(f'<li><a href="{n}.xhtml">{n}. {name}</a></li>' for n, name in enumerate(names))
    paragraphs = "".join(f'<p><a href="{n}.xhtml">{name}</a></p>' for n, name in enumerate(names))
    documents = {
        "start.xhtml": page(f"<h1>Start</h1><p>Before you set out, read this.</p><ul>{links}</ul>"),
        "list.xhtml": page(f"<h1>Way</h1>{paragraphs}"),
        **documents,
    }
    toc = [("Start", "start.xhtml"), *((name, f"{n}.xhtml") for n, name in enumerate(names))]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert titles(book) == ["Start", *names]
    assert texts(book) == ["Start", "Before you set out, read this."]


def test_licence_text_around_a_public_domain_book_is_left_out(tmp_path: Path) -> None:
    documents = {
        "1.xhtml": page(
            "<p>This eBook is for the use of anyone.</p><p>*** START OF THE PROJECT GUTENBERG EBOOK X ***</p>"
            "<h2 id='a'>One</h2><p>Text one.</p>"
        ),
        "2.xhtml": page(
            "<h2>Two</h2><p>Text two.</p><p>*** END OF THE PROJECT GUTENBERG EBOOK X ***</p><p>Terms.</p>"
        ),
        "3.xhtml": page("<p>More terms of use.</p>"),
    }
    toc = [("One", "1.xhtml#a"), ("Two", "2.xhtml")]
    book = read(write_epub(tmp_path / "b.epub", documents, toc))
    assert [c.text for c in book.chapters] == ["One\n\nText one.", "Two\n\nText two."]
    assert skipped(book)["licence"][1] == 8 + 7 + 7 + 1 + 4


def test_a_book_of_pictures_is_empty(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": page('<img src="1.png"/>')}, [("One", "1.xhtml")])
    with pytest.raises(SourceEmpty, match=r"b\.epub"):
        read(path)


def test_a_book_written_by_another_hand(tmp_path: Path) -> None:
    made = ebooklib_epub.EpubBook()
    made.set_identifier("urn:isbn:9780306406157")
    made.set_title("Made Elsewhere")
    made.set_language("de")
    made.add_author("Erika Muster")
    pages = []
    for number in (1, 2, 3):
        document = ebooklib_epub.EpubHtml(title=f"Kapitel {number}", file_name=f"k{number}.xhtml", lang="de")
        document.content = f"<h1>Kapitel {number}</h1><p>Absatz {number}.</p>"
        made.add_item(document)
        pages.append(document)
    made.toc = (pages[0], (ebooklib_epub.Section("Teil", href="k2.xhtml"), (pages[1], pages[2])))
    made.add_item(ebooklib_epub.EpubNcx())
    made.add_item(ebooklib_epub.EpubNav())
    made.spine = ["nav", *pages]
    ebooklib_epub.write_epub(str(tmp_path / "b.epub"), made)
    book = read(tmp_path / "b.epub")
    assert [c.text for c in book.chapters] == [f"Kapitel {n}\n\nAbsatz {n}." for n in (1, 2, 3)]
    assert [c.level for c in book.chapters] == [1, 2, 2]
    assert (book.metadata.title, book.metadata.authors, book.metadata.isbn) == (
        "Made Elsewhere",
        ("Erika Muster",),
        "9780306406157",
    )


def test_metadata_has_the_language_it_declares(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "b.epub", {"1.xhtml": chapter("One")}, [("One", "1.xhtml")], metadata=METADATA
    )
    assert read(path).metadata.language == "en"
