"""Pages in one file with what belongs to them."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.ingest import mhtml
from pipeline.ingest.mhtml import DOUBT, PAGE, PICTURE, Part, read_parts, write_parts
from pipeline.ingest.web_gathered import read_mhtml
from pipeline.model import Book
from pipeline.settings import ReadingSettings
from tests.webpages import paragraphs

ADDRESS = "https://mills.example/story"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 400)) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, "teal").save(made, kind)
    return made.getvalue()


def page(texts: list[str], head: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in texts)
    menu = "<nav>" + "<a href='/n'>News of the day</a> " * 30 + "</nav>"
    return f"<html lang=en><head><title>III</title>{head}</head><body>{menu}<article><h1>III</h1>{body}</article>"


def saved(html: str, encoding: str, charset: str = "utf-8", media_type: str = "related") -> bytes:
    """As a browser writes it: the page, a frame with an advertisement, a picture."""
    whole = MIMEMultipart(media_type, type="text/html")
    whole["Snapshot-Content-Location"] = ADDRESS
    main = EmailMessage()
    main.set_content(html.encode(charset), "text", "html", cte=encoding)
    main.replace_header("Content-Type", f'text/html; charset="{charset}"')
    main["Content-Location"] = ADDRESS
    frame = MIMEText(
        "<p>Buy the flour that all of your neighbours buy, and buy it now.</p>",
        "html",
    )
    frame["Content-Location"] = "https://ads.example/frame"
    lead = EmailMessage()
    lead.set_content(picture(), "image", "jpeg")
    lead["Content-Location"] = "https://mills.example/img/lead.jpg"
    for part in (main, frame, lead):
        whole.attach(part)
    return bytes(whole)


def read(folder: Path, data: bytes) -> Book:
    path = folder / "page.mhtml"
    path.write_bytes(data)
    return read_mhtml(path, ReadingSettings(), str(path), "0" * 64)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1251"])
def test_a_page_that_a_browser_saved(tmp_path: Path, encoding: str, charset: str) -> None:
    texts = paragraphs("ru")
    html = page(texts, "<meta property='og:image' content='/img/lead.jpg'>")
    book = read(tmp_path, saved(html, encoding, charset))
    assert book.chapters[0].text.split("\n\n")[1:] == texts
    assert {block.anchor.href for block in book.chapters[0].blocks} == {ADDRESS}
    assert book.cover is not None
    assert book.cover.data == picture()


def gathered(*parts: Part) -> bytes:
    return write_parts(parts)


def html_part(texts: list[str], number: int = 1) -> Part:
    return Part("text/html", page(texts).encode(), f"{ADDRESS}/{number}", "utf-8", PAGE)


def test_parts_of_an_article_are_one_text_without_what_each_repeats(tmp_path: Path) -> None:
    texts = paragraphs("en", 10)
    again = "Every page of this site says this sentence again and again to its readers."
    parts = [html_part([*texts[i : i + 5], again], i) for i in (0, 5)]
    book = read(tmp_path, gathered(*parts, Part("text/plain", b"Part 3 is missing.", role=DOUBT)))
    assert book.chapters[0].text.split("\n\n") == ["III", *texts[:5], again, *texts[5:]]
    assert "Part 3 is missing." in book.doubts


def test_a_part_without_an_article_is_a_doubt(tmp_path: Path) -> None:
    empty = Part("text/html", b"<html><body><a href='/'>Home</a></body></html>", ADDRESS, "utf-8", PAGE)
    book = read(tmp_path, gathered(html_part(paragraphs("en")), empty))
    assert any("Part 2" in doubt for doubt in book.doubts)
    with pytest.raises(SourceEmpty):
        read(tmp_path, gathered(empty, html_part(paragraphs("en"))))


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        (picture("JPEG"), True),
        (picture("PNG"), True),
        (picture("WEBP"), True),
        (picture(size=(64, 64)), False),
        (picture(size=(2000, 201)), False),
        (b"no picture", False),
    ],
)
def test_a_lead_picture_is_the_cover_if_it_can_be(tmp_path: Path, data: bytes, fits: bool) -> None:
    book = read(tmp_path, gathered(html_part(paragraphs("en")), Part("image/jpeg", data, role=PICTURE)))
    assert (book.cover is not None) == fits
    if book.cover:
        with Image.open(BytesIO(book.cover.data)) as opened:
            assert opened.get_format_mimetype() == book.cover.media_type


@pytest.mark.parametrize(
    "data",
    [
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\nnothing",
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n\r\n--x--",
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: image/png\r\n\r\nx",
    ],
)
def test_a_file_without_a_page_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceBroken, match=r"page\.mhtml"):
        read(tmp_path, data)


def test_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mhtml, "MHTML_PARTS", 5)
    with pytest.raises(SourceTooLarge, match="5 parts"):
        read_parts(write_parts([Part("image/png", b"x")] * 6), "page.mhtml")


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=80), st.text(max_size=30), st.sampled_from(["", PAGE])),
        min_size=1,
    )
)
def test_what_is_written_is_read_again(made: list[tuple[bytes, str, str]]) -> None:
    """Whatever is in a part, and whatever a server calls its address."""
    parts = [Part("text/html", data, location, "utf-8", role) for data, location, role in made]
    written = write_parts(parts)
    assert written == write_parts(parts)
    found = read_parts(written, "x")
    assert [(part.data, part.role) for part in found] == [(part.data, part.role) for part in parts]
    assert all(part.location.isprintable() for part in found)
