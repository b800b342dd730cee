"""What a file is, told by its content first."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SourceError, SourceUnsupported
from pipeline.ingest.kinds import Sample, choose, take_sample
from pipeline.model import SourceKind

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PAGE = b"<!DOCTYPE html>\n<html><body><p>Hello.</p></body></html>"
RELATED = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="%s"; boundary="x"\r\n\r\n--x\r\n\r\n'
)
PROSE = b"It was a bright day.\nNobody was out.\n"


def archive(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return made.getvalue()


EPUB = archive(mimetype=b"application/epub+zip", **{"META-INF__container_xml": b"<container/>"})
LATE_EPUB = archive(cover=b"x" * 200_000, **{"META-INF__container_xml": b"<container/>"})


def kind(data: bytes, name: str) -> tuple[SourceKind, str]:
    suffix = "." + name.rpartition(".")[2] if "." in name else ""
    ingester, doubt = choose(take_sample(io.BytesIO(data), suffix, len(data)), name)
    return ingester.kind, doubt


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (EPUB, "book.epub", SourceKind.EPUB),
        (LATE_EPUB, "book.epub", SourceKind.EPUB),
        (LATE_EPUB, "book", SourceKind.EPUB),
        (PDF, "paper.pdf", SourceKind.PDF),
        (b"\xef\xbb\xbf\n" + PDF, "paper.PDF", SourceKind.PDF),
        (PAGE, "page.html", SourceKind.WEB),
        (PAGE, "page", SourceKind.WEB),
        (b"<?xml version='1.0'?>\n<!-- saved -->" + PAGE, "page.xhtml", SourceKind.WEB),
        (b"\xff\xfe" + PAGE.decode().encode("utf-16-le"), "page.htm", SourceKind.WEB),
        (b"<p>A fragment.</p>", "page.html", SourceKind.WEB),
        (b'<?xml version="1.0"?><rss version="2.0"/>', "feed.xml", SourceKind.FEED),
        (b'<?xml version="1.0"?>\n<!DOCTYPE rss SYSTEM "rss.dtd">\n<rss/>', "feed", SourceKind.FEED),
        (b'<!DOCTYPE rss [<!ENTITY a "b">\n<!ENTITY c "&a;">]><rss/>', "feed.xml", SourceKind.FEED),
        (b"\xef\xbb\xbf<feed xmlns='http://www.w3.org/2005/Atom'/>", "atom", SourceKind.FEED),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1", "items": []}', "feed.json", SourceKind.FEED),
        (RELATED % b"text/html" + PAGE, "page.mht", SourceKind.WEB),
        (b"From: <Saved by Blink>\r\n" + RELATED % b"text/html", "page.mhtml", SourceKind.WEB),
        (RELATED % b"application/rss+xml" + b"<rss/>", "whole.feed", SourceKind.FEED),
        (PROSE, "story.txt", SourceKind.TEXT),
        (PROSE, "README", SourceKind.TEXT),
        ("Глава первая".encode("cp1251"), "story.txt", SourceKind.TEXT),
        ("吾輩は猫である".encode("shift_jis"), "story.txt", SourceKind.TEXT),
        (b"\xff\xfe" + "Grüße".encode("utf-16-le"), "story.txt", SourceKind.TEXT),
        (bytes(60) + b"BOOKMOBI", "book.mobi", SourceKind.MOBI),
        (archive(word__document_xml=b"<d/>"), "letter.docx", SourceKind.DOCX),
        (archive(word__document_xml=b"<d/>"), "letter", SourceKind.DOCX),
        (archive(mimetype=b"application/vnd.oasis.opendocument.text"), "letter.odt", SourceKind.ODT),
        (b"<?xml version='1.0'?>\n<FictionBook xmlns='x'/>", "book.fb2", SourceKind.FB2),
        (archive(**{"book.fb2": b"<FictionBook/>"}), "book.fb2.zip", SourceKind.FB2),
        (b"{\\rtf1 hello}", "letter.rtf", SourceKind.RTF),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi.", "film.vtt", SourceKind.SUBTITLES),
        (b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nHi.", "film.srt", SourceKind.SUBTITLES),
        (b'<h1 align="center">Logo</h1>\n\nWords.', "README.md", SourceKind.TEXT),
    ],
)
def test_files_are_what_their_content_says(data: bytes, name: str, expected: SourceKind) -> None:
    assert kind(data, name) == (expected, "")


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (PDF, "paper.epub", SourceKind.PDF),
        (EPUB, "book.pdf", SourceKind.EPUB),
        (EPUB, "book.txt", SourceKind.EPUB),
        (PAGE, "page.epub", SourceKind.WEB),
        (PAGE, "page.txt", SourceKind.WEB),
    ],
)
def test_a_wrong_suffix_is_overruled_and_told(data: bytes, name: str, expected: SourceKind) -> None:
    found, doubt = kind(data, name)
    assert found == expected
    assert name in doubt


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (PROSE, "book.epub", "SourceBroken"),
        (bytes(range(256)) * 20, "book.epub", "SourceBroken"),
        (bytes(1000), "story.txt", "SourceBroken"),
        (bytes(range(256)) * 20, "thing", "SourceUnsupported"),
        (b"TPZ0" + bytes(60), "book.azw", "SourceUnsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "letter.doc", "SourceUnsupported"),
        (
            archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
            "sums.ods",
            "SourceUnsupported",
        ),
        (PROSE, "book.mobi", "SourceBroken"),
        (archive(notes=b"x"), "things.zip", "SourceUnsupported"),
        (b"\x89PNG\r\n\x1a\n", "scan.png", "SourceUnsupported"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, name: str, error: str) -> None:
    with pytest.raises(SourceError) as raised:
        kind(data, name)
    assert raised.value.kind == error
    assert name in str(raised.value)


def test_a_page_about_pdfs_is_a_page() -> None:
    assert kind(b"<html><body><p>Begins with %PDF-1.4</p></body></html>", "p.html")[0] is SourceKind.WEB


@given(st.binary(min_size=1, max_size=300), st.sampled_from([".epub", ".pdf", ".txt", ".html", ""]))
def test_any_bytes_are_chosen_for_or_refused(data: bytes, suffix: str) -> None:
    sample = Sample(data, data, suffix)
    try:
        ingester, _ = choose(sample, "thing")
    except SourceError as error:
        said = str(error)
    else:
        said = "thing" if ingester.score(sample) is not None else "chosen without a reason"
    assert "thing" in said


def test_every_refusal_says_what_to_do() -> None:
    with pytest.raises(SourceUnsupported, match="calibre"):
        kind(b"TPZ0" + bytes(60), "book.azw")
