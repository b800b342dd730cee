"""Kindle books, old and new: records, compression, links, contents, protection."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SourceBroken, SourceError, SourceProtected, SourceTooLarge, SourceUnsupported
from pipeline.ingest.mobi_records import unpack_palmdoc
from tests.documents import kf8, kindle_header, mobi, palm, palmdoc, picture, read
from tests.helpers_epub import texts, titles

LONG = "The harbour lay quiet in the morning — ok, ok — and nobody was out on the water but the old pilot."
HTML = (
    '<html><head><guide><reference type="toc" title="Contents" filepos=0000000000 /></guide></head><body>'
    f'<h2>One</h2><p width="0">{LONG}<sup><a id="r" filepos=NNNNNNNNNN>1</a></sup></p><mbp:pagebreak/>'
    f"<h2>Two</h2><p>{LONG} <b>And so on.</p><mbp:pagebreak/><p><a filepos=RRRRRRRRRR>1</a> A note about it.</p>"
    "</body></html>"
)


def old(**options: object) -> bytes:
    html = HTML.replace("NNNNNNNNNN", f"{len(HTML[: HTML.index('<p><a filepos=R')].encode()):010}")
    html = html.replace("RRRRRRRRRR", f"{len(HTML[: HTML.index('<sup>')].encode()):010}")
    contents = [(name, len(html[: html.index(f"<h2>{name}")].encode()), 0) for name in ("One", "Two")]
    return mobi(html, contents, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("compress", ["plain", "palmdoc", "huffman"])
def test_an_old_book(tmp_path: Path, compress: str) -> None:
    book = read(tmp_path / "book.mobi", old(compress=compress, places={92: 0x809}))
    assert book.metadata.language == "en"
    assert titles(book) == ["One", "Two"]
    assert texts(book) == ["One", LONG]
    assert texts(book, 1) == ["Two", f"{LONG} And so on."]
    assert {(s.kind, s.count) for s in book.skipped} >= {("note", 1), ("note-reference", 1)}
    assert book.doubts == ()


def test_metadata_and_cover(tmp_path: Path) -> None:
    said = {
        100: b"Ann Lee",
        101: b"Tide",
        103: b"<p>A short one.</p>",
        104: b"978-0-306-40615-7",
        106: b"1999-01-02",
    }
    book = read(tmp_path / "book.mobi", old(exth={**said, 503: b"The Pilot", 524: b"en-gb"}, cover=picture()))
    found = book.metadata
    assert (found.title, found.authors, found.publisher) == ("The Pilot", ("Ann Lee",), "Tide")
    assert (found.isbn, found.published, found.description) == ("9780306406157", "1999-01-02", "A short one.")
    assert found.language == "en-GB"
    assert book.cover is not None
    assert book.cover.data == picture()
    assert read(tmp_path / "plain.mobi", old()).metadata.title == "A Kindle Book"


def test_the_contents_page_is_used_where_there_is_no_other(tmp_path: Path) -> None:
    html = (
        "<html><head><guide><reference type=\"toc\" filepos=CCCCCCCCCC /></guide></head><body>"
        f"<p>Morning</p><p>{LONG}</p><mbp:pagebreak/><p>Evening</p><p>{LONG}</p><mbp:pagebreak/>"
        f"<p>Night</p><p>{LONG}</p><mbp:pagebreak/><p>Dawn</p><p>{LONG}</p><mbp:pagebreak/>"
        "<p><a filepos=MMMMMMMMMM>Morning</a></p><p><a filepos=EEEEEEEEEE>Evening</a></p>"
        "<p><a filepos=IIIIIIIIII>Night</a></p><p><a filepos=DDDDDDDDDD>Dawn</a></p></body></html>"
    )  # fmt: skip
    for mark, place in (
        ("C", "<p><a filepos=M"),
        ("M", "<p>Morning"),
        ("E", "<p>Evening"),
        ("I", "<p>Night"),
        ("D", "<p>Dawn"),
    ):
        html = html.replace(mark * 10, f"{len(html[: html.index(place)].encode()):010}")
    book = read(tmp_path / "book.mobi", mobi(html))
    assert titles(book) == ["Morning", "Evening", "Night", "Dawn"]
    assert texts(book, 1) == ["Evening", LONG]


PAGE = (
    '<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>x</title></head><body>{}</body></html>'
)


def test_a_new_book(tmp_path: Path) -> None:
    one = [
        "<h1>One</h1>",
        f'<p>{LONG}<sup><a id="r1" href="kindle:pos:fid:0003:off:0000000000">1</a></sup></p>',
    ]
    two = [f"<h1>Two</h1><p>{LONG}</p><h2>Later — on</h2><p>{LONG}</p>"]
    notes = ['<p id="n1"><a href="kindle:pos:fid:0001:off:0000000000">1</a> A note about it.</p>']
    later = len(two[0][: two[0].index("<h2>")].encode())
    contents = [("One", 0, 0, 0), ("Two", 2, 0, 0), ("Later — on", 2, later, 1)]
    data = kf8([(PAGE, one), (PAGE, two), (PAGE, notes)], contents, exth={524: b"en"})
    book = read(tmp_path / "book.azw3", data)
    assert [(c.title, c.level) for c in book.chapters] == [("One", 1), ("Two", 1), ("Later — on", 2)]
    assert texts(book) == ["One", LONG]
    assert texts(book, 2) == ["Later — on", LONG]
    assert {(s.kind, s.count) for s in book.skipped} >= {("note", 1), ("note-reference", 1)}
    assert book.doubts == ()


def test_protected_books_say_so(tmp_path: Path) -> None:
    for locked in (1, 2):
        with pytest.raises(SourceProtected, match="DRM"):
            read(tmp_path / "book.azw", palm([kindle_header(1, locked=locked), b"text"]))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceUnsupported, match="compressed"):
        read(tmp_path / "book.mobi", palm([kindle_header(1, compression=99), b"text"]))
    with pytest.raises(SourceUnsupported, match="print replica"):
        read(tmp_path / "book.azw4", palm([kindle_header(1), b"%MOP...."]))
    with pytest.raises(SourceUnsupported, match="Topaz"):
        read(tmp_path / "book.azw1", b"TPZ0" + bytes(100))
    with pytest.raises(SourceBroken, match="header"):
        read(tmp_path / "book.mobi", palm([b"no header", b"text"]))
    with pytest.raises(SourceBroken, match="cut short"):
        read(tmp_path / "book.mobi", old()[:70])


def test_no_part_of_a_book_is_believed(tmp_path: Path) -> None:
    """Whatever four bytes of the header say, there is a book or an error."""
    data = old(compress="huffman")
    start = struct.unpack_from(">I", data, 78)[0]
    for at in range(start, start + 280, 4):
        for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFE):
            damaged = data[:at] + struct.pack(">I", value) + data[at + 4 :]
            try:
                assert read(tmp_path / "book.mobi", damaged, language="en").chapters
            except SourceError as error:
                assert str(error).endswith(".")  # noqa: PT017


@given(st.text(alphabet="ab \0é\x80", max_size=300))
def test_palmdoc_gives_back_what_was_packed(text: str) -> None:
    assert unpack_palmdoc(palmdoc(text.encode())) == text.encode()


@given(st.binary(max_size=200))
def test_palmdoc_unpacks_anything_to_a_bounded_length(data: bytes) -> None:
    assert len(unpack_palmdoc(data)) <= 10 * len(data)


def test_a_text_that_unpacks_beyond_all_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.ingest.mobi_records.MOBI_TEXT_BYTES", 10_000)
    packed = b"a" + struct.pack(">H", 0x8000 | 1 << 3 | 7) * 2000
    with pytest.raises(SourceTooLarge, match="MOBI_TEXT_BYTES"):
        read(tmp_path / "book.mobi", palm([kindle_header(1, compression=2), packed]))
