"""EPUBs as they are made in the world: what is wrong with them and how they are read all the same."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from pipeline.errors import SourceBroken, SourceProtected
from pipeline.ingest.epub_metadata import is_isbn, plain_text
from pipeline.model import Metadata
from tests.helpers_epub import (
    CONTAINER,
    METADATA,
    nav,
    package,
    page,
    read,
    texts,
    titles,
    write_epub,
    write_zip,
)

PAGE = page("<h1>One</h1><p>Text.</p>")
TOC = [("One", "1.xhtml")]
OPF = package(["1.xhtml"])


def picture(kind: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (4, 6), "red").save(written, kind)
    return written.getvalue()


# -- the container -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        {"OPS/book.opf": OPF, "OPS/1.xhtml": PAGE, "OPS/nav.xhtml": nav(TOC)},
        {
            "OPS/book.opf": OPF,
            "OPS/1.xhtml": PAGE,
            "OPS/nav.xhtml": nav(TOC),
            "META-INF/container.xml": CONTAINER.format(path="gone.opf"),
            "mimetype": "application/zip",
        },
        {
            "__MACOSX/OPS/._book.opf": b"\x00\x05",
            "__MACOSX/book.opf": b"\x00",
            "book.opf": OPF,
            "1.xhtml": PAGE,
            "nav.xhtml": nav(TOC),
            ".DS_Store": b"\x00",
        },
        {
            "ops/BOOK.OPF": OPF,
            "ops/1.XHTML": PAGE,
            "ops/Nav.xhtml": nav(TOC),
            "META-INF/container.xml": CONTAINER.format(path="OPS/book.opf"),
        },
        {
            "OPS/book.opf": OPF.replace("1.xhtml", "/OPS/text%20one/./x/../%C3%A9.xhtml"),
            "OPS/text one/é.xhtml": PAGE,
            "OPS/nav.xhtml": nav([("One", "text%20one/e\u0301.xhtml")]),
        },
        {
            "OPS/book.opf": OPF.replace("1.xhtml", "one.xml"),
            "OPS/one.xml": PAGE,
            "OPS/nav.xhtml": nav([("One", "one.xml")]),
        },
    ],
    ids=["no container", "wrong container", "junk", "case", "escapes", "suffix"],
)
def test_a_book_is_found_in_its_archive(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    book = read(write_zip(tmp_path / "b.epub", files))
    assert [c.text for c in book.chapters] == ["One\n\nText."]
    assert book.chapters[0].title == "One"


def test_duplicate_entries_are_read_once(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("OPS/1.xhtml", PAGE)
    assert titles(read(path)) == ["One"]


def test_files_named_in_the_manifest_and_missing_are_missed_only_where_needed(tmp_path: Path) -> None:
    path = write_epub(
        tmp_path / "b.epub",
        {"1.xhtml": PAGE},
        TOC,
        manifest='<item id="f" href="font.otf" media-type="font/otf"/><item id="g" href="gone.xhtml"/>',
        spine='<itemref idref="d0"/><itemref idref="g"/>',
    )
    book = read(path)
    assert titles(book) == ["One"]
    assert [doubt for doubt in book.doubts if "missing" in doubt and "'g'" in doubt]


def test_a_manifest_with_fragments_does_not_read_a_chapter_twice(tmp_path: Path) -> None:
    items = "".join(
        f'<item id="s{n}" href="1.xhtml#s{n}" media-type="application/xhtml+xml"/>' for n in range(3)
    )
    path = write_epub(
        tmp_path / "b.epub",
        {"1.xhtml": page("".join(f'<h2 id="s{n}">S{n}</h2><p>t{n}</p>' for n in range(3)))},
        ncx_toc=[(f"S{n}", f"1.xhtml#s{n}") for n in range(3)],
        manifest=items,
        spine='<itemref idref="d0"/><itemref idref="s0"/><itemref idref="s1"/><itemref idref="s2"/>',
    )
    assert [c.text for c in read(path).chapters] == ["S0\n\nt0", "S1\n\nt1", "S2\n\nt2"]


def test_a_missing_spine_is_a_doubt(tmp_path: Path) -> None:
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC, spine=""))
    assert titles(book) == ["One"]
    assert any("order" in doubt for doubt in book.doubts)


def test_an_ncx_above_the_package_is_found(tmp_path: Path) -> None:
    opf = package(["../1.xhtml"], has_nav=False, has_ncx=True).replace("toc.ncx", "../toc.ncx")
    from tests.helpers_epub import ncx

    files = {
        "OPS/book.opf": opf,
        "1.xhtml": PAGE,
        "toc.ncx": ncx([("From the NCX", "1.xhtml")]),
        "META-INF/container.xml": CONTAINER.format(path="OPS/book.opf"),
    }
    assert titles(read(write_zip(tmp_path / "b.epub", files))) == ["From the NCX"]


# -- documents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "said", "repaired"),
    [
        (page("<p>Fish &amp; chips&nbsp;&mdash;&eacute;</p>"), "Fish & chips —é", False),
        ("<!DOCTYPE html [<!ENTITY x 'y'>]>" + "<html><body><p>a&hellip;b</p></body></html>", "a…b", False),
        (page("<p>Fish & chips</p>"), "Fish & chips", False),
        ("<html><head><title/></head><body><p>One<br>two<p>three</body>", "One two", True),
        ("<html><body><p>one <b>two</p></body></html>", "one two", True),
        (page("<p>naïve</p>").replace("utf-8", "utf-16").encode("utf-16"), "naïve", False),
        (page("<p>naïve</p>").encode("utf-16-le"), "naïve", False),
        (page("<p>Привет</p>").replace("utf-8", "windows-1251").encode("cp1251"), "Привет", False),
        (page("<p>naïve</p>").encode("cp1252"), "naïve", False),
        (b"\xef\xbb\xbf\n  " + page("<p>mark</p>").encode(), "mark", False),
        (page("<p>a\x0bb\x00c</p>"), "abc", False),
        (page("<x:p xmlns:x='http://www.w3.org/1999/xhtml'>prefixed</x:p>"), "prefixed", False),
    ],
)
def test_documents_are_read_as_a_browser_reads_them(
    tmp_path: Path, document: str | bytes, said: str, repaired: bool
) -> None:
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": document}, TOC))
    assert texts(book)[0] == said
    assert any("well-formed" in doubt for doubt in book.doubts) == repaired


def test_a_damaged_document_is_left_out_with_a_doubt(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE, "2.xhtml": PAGE.replace("Text", "More")}, TOC)
    data = bytearray(path.read_bytes())
    at = data.index(b"OPS/1.xhtml") + len("OPS/1.xhtml") + 8
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    book = read(path)
    assert "More." in texts(book)
    assert any("OPS/1.xhtml" in doubt for doubt in book.doubts)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip at all", b"PK\x03\x04" + b"\x00" * 100])
def test_what_is_no_zip_is_broken(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "b.epub"
    path.write_bytes(data)
    with pytest.raises(SourceBroken, match=r"b\.epub"):
        read(path)


def test_a_zip_cut_short_is_broken(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceBroken):
        read(path)


def test_a_zip_without_a_package_is_broken(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="package"):
        read(write_zip(tmp_path / "b.epub", {"readme.txt": "hello"}))


# -- protection ----------------------------------------------------------------------------------------------


ENCRYPTED = (
    ""
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:e="http://www.w3.org/2001/04/xmlenc#">'
    '<e:EncryptedData><e:EncryptionMethod Algorithm="{algorithm}"/><e:CipherData>'
    '<e:CipherReference URI="{uri}"/></e:CipherData></e:EncryptedData></encryption>'
)
AES = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"


def test_obfuscated_fonts_are_no_protection(tmp_path: Path) -> None:
    for number, (algorithm, uri) in enumerate(
        [
            ("http://www.idpf.org/2008/embedding", "OPS/f.otf"),
            ("http://ns.adobe.com/pdf/enc#RC", "OPS/f.otf"),
            (AES, "OPS/f.otf"),
        ]
    ):
        files = {"META-INF/encryption.xml": ENCRYPTED.format(algorithm=algorithm, uri=uri), "OPS/f.otf": b"x"}
        assert titles(read(write_epub(tmp_path / f"{number}.epub", {"1.xhtml": PAGE}, TOC, files=files))) == [
            "One"
        ]


def test_encrypted_text_is_protected(tmp_path: Path) -> None:
    files = {"META-INF/encryption.xml": ENCRYPTED.format(algorithm=AES, uri="OPS/1.xhtml")}
    with pytest.raises(SourceProtected, match="DRM"):
        read(write_epub(tmp_path / "b.epub", {"1.xhtml": b"\x93\x11" * 99}, TOC, files=files))


def test_an_encrypted_archive_is_protected(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    path.write_bytes(data)
    with pytest.raises(SourceProtected):
        read(path)


# -- metadata ------------------------------------------------------------------------------------------------


def metadata(tmp_path: Path, written: str) -> Metadata:
    return read(write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC, metadata=written)).metadata


def test_epub_3_metadata(tmp_path: Path) -> None:
    found = metadata(
        tmp_path,
        '<dc:identifier id="x">urn:uuid:1</dc:identifier>'
        '<dc:identifier id="uid">urn:isbn:978-0-306-40615-7</dc:identifier>'
        '<dc:title id="s">A Tale</dc:title><meta refines="#s" property="title-type">subtitle</meta>'
        '<dc:title id="m">The  Main\n Title</dc:title><meta refines="#m" property="title-type">main</meta>'
        '<dc:creator id="b">Bob Second</dc:creator><meta refines="#b" property="display-seq">2</meta>'
        '<dc:creator id="a">Ann First</dc:creator><meta refines="#a" property="display-seq">1</meta>'
        '<meta refines="#a" property="role">aut</meta><meta refines="#a" property="file-as">First, Ann</meta>'
        '<dc:creator id="t">Tom Translator</dc:creator><meta refines="#t" property="role">trl</meta>'
        "<dc:language>en-GB</dc:language><dc:publisher>House</dc:publisher><dc:date>1999-05-04</dc:date>"
        ""
        "<dc:description>&lt;p&gt;One &lt;b&gt;bold&lt;/b&gt; é.&lt;/p&gt;"
        "&lt;p&gt;Two.&lt;/p&gt;</dc:description>"
        '<meta property="belongs-to-collection" id="c">The Saga</meta>'
        '<meta refines="#c" property="collection-type">series</meta>'
        '<meta refines="#c" property="group-position">2</meta>'
        "<dc:subject>Sheep</dc:subject><dc:subject>Hills</dc:subject><dc:subject>Sheep</dc:subject>",
    )
    assert found == Metadata(
        title="The Main Title",
        subtitle="A Tale",
        authors=("Ann First", "Bob Second"),
        language="en-GB",
        identifier="urn:isbn:978-0-306-40615-7",
        isbn="9780306406157",
        publisher="House",
        published="1999-05-04",
        description="One bold é.\n\nTwo.",
        series="The Saga",
        series_part="2",
        subjects=("Sheep", "Hills"),
    )


def test_epub_2_and_calibre_metadata(tmp_path: Path) -> None:
    found = metadata(
        tmp_path,
        "<dc:title>T</dc:title><dc:title>Other</dc:title>"
        '<dc:creator opf:role="ill">Ill</dc:creator>'
        '<dc:creator opf:role="aut" opf:file-as="U, A">A U</dc:creator>'
        "<dc:creator>Team &lt;team@example.org&gt;</dc:creator><dc:publisher>unknown</dc:publisher>"
        '<dc:identifier opf:scheme="ISBN">0-306-40615-2</dc:identifier>'
        '<dc:date opf:event="modification">2020</dc:date><dc:date opf:event="publication">1901</dc:date>'
        '<meta name="calibre:series" content="Saga"/><meta name="calibre:series_index" content="3.0"/>',
    )
    assert (found.title, found.subtitle, found.authors) == ("T", "", ("A U", "Team"))
    assert (found.isbn, found.published, found.publisher) == ("0306406152", "1901", "")
    assert (found.series, found.series_part) == ("Saga", "3")


def test_isbn_has_to_have_the_right_check_digit() -> None:
    assert is_isbn("9780306406157")
    assert is_isbn("080442957X")
    assert not is_isbn("9780306406158")
    assert not is_isbn("1234567890123")


def test_plain_text_leaves_plain_text_alone() -> None:
    assert plain_text("a < b & c > d") == "a < b & c > d"
    assert plain_text("&amp;lt;p&gt;x") == "&amp;lt;p&gt;x"
    assert plain_text("<div><p>One<br/>two</p><script>") == "One\n\ntwo"


# -- cover ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize(
    ("item", "written", "extra"),
    [
        ('<item id="c" href="c.img" media-type="image/x" properties="cover-image"/>', METADATA, ""),
        (
            '<item id="c" href="c.img" media-type="image/x"/>',
            f'{METADATA}<meta name="cover" content="c"/>',
            "",
        ),
        ("", METADATA, '<guide><reference type="cover" href="cover.xhtml"/></guide>'),
        ('<item id="cover" href="c.img" media-type="image/x"/>', METADATA, ""),
        ('<item id="c" href="c.svg" media-type="image/svg+xml" properties="cover-image"/>', METADATA, ""),
    ],
    ids=["property", "meta", "guide", "name", "svg"],
)
def test_covers(tmp_path: Path, kind: str, item: str, written: str, extra: str) -> None:
    data = picture(kind)
    wrapped = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink">'
        '<image l:href="c.img"/></svg>'
    )
    files = {"OPS/c.img": data, "OPS/c.svg": wrapped, "OPS/cover.xhtml": page(f"<div>{wrapped}</div>")}
    path = write_epub(
        tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC, files=files, manifest=item, metadata=written, extra=extra
    )
    cover = read(path).cover
    assert cover is not None
    with Image.open(io.BytesIO(cover.data)) as opened:
        assert opened.size == (4, 6)
        assert (opened.format, cover.media_type) in {("JPEG", "image/jpeg"), ("PNG", "image/png")}
    assert (cover.data == data) == (kind in {"JPEG", "PNG"})


def test_a_cover_that_cannot_be_opened_is_a_doubt(tmp_path: Path) -> None:
    item = '<item id="c" href="c.jpg" media-type="image/jpeg" properties="cover-image"/>'
    files = {"OPS/c.jpg": picture("JPEG")[:100]}
    book = read(write_epub(tmp_path / "b.epub", {"1.xhtml": PAGE}, TOC, files=files, manifest=item))
    assert book.cover is None
    assert any("cover" in doubt for doubt in book.doubts)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a&#xD800;b", "ab"),
        ("a&#0;b", "ab"),
        ("a&#x110000;b", "ab"),
        ("a&#99999999999;b", "ab"),
        ("it&#146;s", "it’s"),
        ("a&#8212;b", "a—b"),
        ("a&#x20AC;b", "a€b"),
    ],
)
def test_characters_that_no_text_can_have_are_left_out(tmp_path: Path, written: str, said: str) -> None:
    broken = page(f"<p>{written}</p><p>never closed")
    for document in (page(f"<p>{written}</p>"), broken):
        book = read(write_epub(tmp_path / "b.epub", {"a.xhtml": document}, [("One", "a.xhtml")]))
        assert texts(book)[0] == said
