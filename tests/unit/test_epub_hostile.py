"""Files made to do harm end in a typed error or in a readable book, soon and in little memory."""

from __future__ import annotations

import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceBroken, SourceError, SourceTooLarge
from pipeline.ingest.epub_archive import Archive
from tests.helpers_epub import Line, lie_about_size, page, read, texts, write_epub

TOC = [("One", "1.xhtml")]
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))


@pytest.mark.parametrize(
    ("doctype", "content"),
    [
        (f'<!DOCTYPE html [<!ENTITY l0 "ha">{LAUGHS}]>', "<p>Ha &l12;!</p>"),
        (f'<!DOCTYPE html [<!ENTITY l0 "ha">{LAUGHS}]>', '<p title="&l12;">Ha</p>'),
        ('<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "<p>Ha &f;</p>"),
        ('<!DOCTYPE html [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>', "<p>Ha</p>"),
        ('<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd">', "<p>Ha &undefined;</p>"),
        ('<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/passwd">', "<p>Ha</p>"),
    ],
)
def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path, doctype: str, content: str) -> None:
    document = f"{doctype}<html><body>{content}</body></html>"
    try:
        text = read(write_epub(tmp_path / "b.epub", {"1.xhtml": document}, TOC)).chapters[0].text
    except SourceError:
        return
    assert len(text) < 300
    assert "root:" not in text


def nested(levels: int) -> list[Line]:
    lines: list[Line] = [("Deep", "1.xhtml")]
    for _ in range(levels):
        lines = [("Deep", "1.xhtml", lines)]
    return lines


def test_nesting_has_a_limit(tmp_path: Path) -> None:
    deep = "".join(f"<div id='{random.random()}'>" for _ in range(5000)) + "x" + "</div>" * 5000
    with pytest.raises(SourceTooLarge, match="XML_DEPTH"):
        read(write_epub(tmp_path / "1.epub", {"1.xhtml": page(deep)}, TOC))
    fits = "<div>" * 200 + "deep" + "</div>" * 200
    assert texts(read(write_epub(tmp_path / "2.epub", {"1.xhtml": page(fits)}, TOC))) == ["deep"]
    for number, contents in enumerate(({"toc": nested(100)}, {"ncx_toc": nested(200)})):
        path = write_epub(tmp_path / f"n{number}.epub", {"1.xhtml": page("<p>x</p>")}, **contents)  # type: ignore[arg-type]
        assert texts(read(path)) == ["x"]
    with pytest.raises(SourceTooLarge, match="XML_DEPTH"):
        read(write_epub(tmp_path / "3.epub", {"1.xhtml": page("<p>x</p>")}, nested(200)))


def test_elements_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": page("<p>x</p>" * 60)}, TOC)
    monkeypatch.setattr("pipeline.ingest.xml.XML_ELEMENTS", 64)
    assert len(texts(read(path))) == 60
    monkeypatch.setattr("pipeline.ingest.xml.XML_ELEMENTS", 62)
    with pytest.raises(SourceTooLarge, match="XML_ELEMENTS"):
        read(path)


@pytest.mark.parametrize(
    ("limit", "value", "name"),
    [
        ("epub_archive.ZIP_ENTRIES", 3, "ZIP_ENTRIES"),
        ("epub_archive.ZIP_TOTAL_BYTES", 900, "ZIP_TOTAL_BYTES"),
        ("epub_archive.ZIP_ENTRY_BYTES", 300, "ZIP_ENTRY_BYTES"),
        ("epub.EPUB_DOCUMENT_BYTES", 200, "EPUB_DOCUMENT_BYTES"),
        ("epub.BOOK_CHARACTERS", 10, "BOOK_CHARACTERS"),
        ("epub_toc.CHAPTERS", 1, "CHAPTERS"),
    ],
)
def test_every_limit_is_named_in_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, name: str
) -> None:
    toc = [*TOC, ("Two", "1.xhtml#b")]
    path = write_epub(
        tmp_path / "b.epub", {"1.xhtml": page("<p>Some words.</p><p id='b'>More words.</p>")}, toc
    )
    assert len(read(path).chapters) == 2
    monkeypatch.setattr(f"pipeline.ingest.{limit}", value)
    with pytest.raises(SourceTooLarge, match=name):
        read(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": page("<p>" + "a" * 3_000_000 + "</p>")}, TOC)
    with pytest.raises(SourceTooLarge, match="ZIP_RATIO"):
        read(path)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": page("<p>" + "a" * 3_000_000 + "</p>")}, TOC)
    lie_about_size(path, "OPS/1.xhtml")
    with pytest.raises(SourceError):
        read(path)


def test_a_huge_directory_is_refused_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.epub"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number:0100}", b"")
    monkeypatch.setattr("pipeline.ingest.epub_archive.ZIP_ENTRIES", 10)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(SourceTooLarge, match="ZIP_ENTRIES"):
        read(path)


def test_names_lead_nowhere(tmp_path: Path) -> None:
    files = {"../../evil.xhtml": b"x", "/etc/evil": b"x", "OPS/nav.xhtml": page("<p>x</p>")}
    toc = [
        ("Evil", "../../../../etc/passwd"),
        ("File", "file:///etc/passwd"),
        ("One", "../OPS/../OPS/1.xhtml"),
    ]
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": page("<p>Text.</p>")}, ncx_toc=toc, files=files))
    assert [c.text for c in book.chapters] == ["Text."]
    assert (
        sorted(path.name for path in tmp_path.iterdir())
        == ["b.epub", "voxpress-home"][: len(list(tmp_path.iterdir()))]
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("small")
    content = (
        "<h1>One</h1><p>Text<sup><a href='#n' id='r'>1</a></sup> &amp; more.</p>"
        "<p id='n'><a href='#r'>1</a> N</p>"
    )
    path = write_epub(folder / "b.epub", {"1.xhtml": page(content)}, TOC, ncx_toc=TOC)
    return folder / "damaged.epub", path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 4000),
)
def test_a_damaged_file_gives_a_book_or_a_typed_error(
    small: tuple[Path, bytes], changes: list[tuple[int, int]], cut: int
) -> None:
    path, good = small
    data = bytearray(good)
    for at, value in changes:
        data[at % len(data)] = value
    path.write_bytes(data[: len(data) - cut] if cut < 40 else data)
    with suppress(SourceError):
        assert read(path).chapters


DOCUMENT = (
    "<h1 id='a'>One</h1><p class='x'>Text<sup>1</sup> &amp; <a href='#a'>more</a>.</p>"
    "<ul><li>x<br/>y</li></ul>"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10_000), st.text(max_size=3)), max_size=12))
def test_a_damaged_document_gives_a_book_or_a_typed_error(
    small: tuple[Path, bytes], changes: list[tuple[int, str]]
) -> None:
    document = page(DOCUMENT)
    for at, text in changes:
        at %= len(document)
        document = document[:at] + text + document[at + 1 :]
    path = write_epub(small[0], {"1.xhtml": document.encode("utf-8", "surrogatepass")}, TOC)
    with suppress(SourceError):
        assert read(path).chapters


def test_a_name_that_is_no_text_in_an_entry_s_own_header_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xhtml", b"<p/>")
    data = bytearray(path.read_bytes())
    data[7] |= 0x08  # the name is UTF-8, says the header
    data[30] = 0xFF
    path.write_bytes(data)
    with Archive(path) as opened, pytest.raises(SourceBroken, match="damaged"):
        opened.read("a.xhtml")
