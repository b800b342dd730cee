"""Feeds: RSS, Atom and JSON, their latest items as chapters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import SourceBroken, SourceEmpty
from pipeline.ingest.feed import read_feed, survey_feed
from pipeline.ingest.mhtml import PAGE, Part, write_parts
from pipeline.model import Book
from pipeline.settings import ReadingSettings
from tests.webpages import paragraphs

ADDRESS = "https://mills.example/feed"
WHOLE = paragraphs("en", 8)
DATES = (
    "Mon, 02 Nov 2026 10:00:00 +0000",
    "Tue, 03 Nov 2026 10:00:00 +0000",
    "Wed, 04 Nov 2026 10:00:00 +0000",
)


def html_of(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def rss(*items: str, head: str = "") -> bytes:
    about = "<title>Mills &amp; Rivers</title><link>https://mills.example/</link><language>en</language>"
    return f"<?xml version='1.0' encoding='utf-8'?>{head}<rss version='2.0' xmlns:c='http://purl.org/rss/1.0/modules/content/'><channel>{about}{''.join(items)}</channel></rss>".encode()


def item(number: int, body: str = "", summary: str = "", date: str = "") -> str:
    return (
        f"<item><title>Story {number}</title><link>/story/{number}</link>"
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + (f"<description>{summary}</description>" if summary else "")
        + (f"<c:encoded><![CDATA[{body}]]></c:encoded>" if body else "")
        + "</item>"
    )


def read(folder: Path, data: bytes, latest: int = 10) -> Book:
    path = folder / "feed.xml"
    path.write_bytes(data)
    return read_feed(path, ReadingSettings(latest=latest), ADDRESS, "0" * 64)


def wanted(folder: Path, data: bytes, latest: int = 10) -> tuple[str, ...]:
    path = folder / "feed.xml"
    path.write_bytes(data)
    return survey_feed(path, ReadingSettings(latest=latest), ADDRESS, "0" * 64).pages


def test_the_latest_items_the_newest_last(tmp_path: Path) -> None:
    listed = [item(n, html_of([f"This is of {n}.", *WHOLE]), date=DATES[n]) for n in (1, 2, 0)]
    book = read(tmp_path, rss(*listed), latest=2)
    assert [chapter.title for chapter in book.chapters] == ["Story 1", "Story 2"]
    assert book.chapters[0].text.split("\n\n") == ["Story 1", "This is of 1.", *WHOLE]
    assert book.chapters[0].blocks[0].anchor.href == "https://mills.example/story/1"
    assert (book.metadata.title, book.metadata.published) == ("Mills & Rivers", "2026-11-04")
    assert (book.metadata.language, book.metadata.authors) == ("en", ("Mills & Rivers",))
    assert book.source.kind == "feed"


def test_without_dates_what_is_listed_first_is_the_newest(tmp_path: Path) -> None:
    book = read(tmp_path, rss(*[item(n, html_of(WHOLE)) for n in (3, 2, 1)]), latest=2)
    assert [chapter.title for chapter in book.chapters] == ["Story 2", "Story 3"]


def test_only_items_that_are_not_whole_need_their_page(tmp_path: Path) -> None:
    data = rss(
        item(1, html_of(WHOLE), "A summary.", DATES[2]),
        item(2, "", "A summary of it.", DATES[1]),
        item(3, html_of([*WHOLE, "And so on [...]"]), "", DATES[0]),
        item(4, html_of([*WHOLE, "<a href='/4'>Continue reading</a>"]), "", DATES[0]),
    )
    pages = {
        "https://mills.example/story/2",
        "https://mills.example/story/3",
        "https://mills.example/story/4",
    }
    assert set(wanted(tmp_path, data)) == pages
    assert wanted(tmp_path, data, latest=1) == ()


def page(texts: list[str]) -> bytes:
    menu = "<a href='/n'>News of today</a> " * 30
    return (
        f"<html lang=en><title>T</title><body><nav>{menu}</nav><article>{html_of(texts)}</article>".encode()
    )


def test_a_summary_is_replaced_by_the_article_of_its_page(tmp_path: Path) -> None:
    feed = rss(
        item(1, "", WHOLE[0], DATES[1]), item(2, "", WHOLE[1], DATES[2]), item(3, "", WHOLE[2], DATES[0])
    )
    parts = [
        Part("application/rss+xml", feed, ADDRESS, "", PAGE),
        Part("text/html", page(WHOLE), "https://mills.example/story/1", "utf-8", PAGE),
        Part("text/html", page(paragraphs("de")), "https://mills.example/story/2", "utf-8", PAGE),
    ]
    book = read(tmp_path, write_parts(parts))
    third, first, second = book.chapters
    assert first.text.split("\n\n") == ["Story 1", *WHOLE]
    assert second.text.split("\n\n") == ["Story 2", WHOLE[1]]  # what is on its page is something else
    assert third.text.split("\n\n") == ["Story 3", WHOLE[2]]
    assert any("story/2" in doubt for doubt in book.doubts)


def test_atom(tmp_path: Path) -> None:
    entries = "".join(
        f"<entry><title type='html'>Story &amp;lt;{n}&amp;gt;</title><link href='https://mills.example/{n}'/><id>{n}</id>"
        f"<updated>2026-11-0{n}T10:00:00Z</updated><author><name>Ann Example</name></author>"
        f"<content type='html'>{html_of(WHOLE).replace('<', '&lt;')}</content></entry>"
        for n in (2, 1)
    )
    book = read(
        tmp_path, f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Mills</title>{entries}</feed>".encode()
    )
    assert [chapter.title for chapter in book.chapters] == ["Story <1>", "Story <2>"]
    assert book.metadata.authors == ("Ann Example",)


def test_a_json_feed(tmp_path: Path) -> None:
    items = [
        {
            "id": "2",
            "url": "/2",
            "title": "Two",
            "content_html": html_of(WHOLE),
            "date_published": "2026-11-02T10:00:00Z",
        },
        {
            "id": "1",
            "url": "/1",
            "content_text": "\n\n".join(WHOLE),
            "date_published": "2026-11-01T10:00:00+02:00",
        },
        "nonsense",
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Mills",
        "authors": [{"name": "Ann"}],
        "items": items,
    }
    book = read(tmp_path, json.dumps(feed).encode())
    one, two = book.chapters
    assert one.title == " ".join(WHOLE[0].split()[:8]) + "…"
    assert one.text.split("\n\n") == WHOLE
    assert two.text.split("\n\n") == ["Two", *WHOLE]
    assert (book.metadata.title, book.metadata.authors) == ("Mills", ("Ann",))


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    texts = paragraphs("ru")
    data = rss(item(1, html_of(texts))).decode().replace("'utf-8'", f"'{encoding}'").encode(encoding)
    assert read(tmp_path, data).chapters[0].text.split("\n\n")[1:] == texts


def test_entities_do_not_expand(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    head = f'<!DOCTYPE rss [<!ENTITY a "haha"><!ENTITY f SYSTEM "file:///etc/passwd">{levels}]>'
    data = rss(item(1, html_of(WHOLE)).replace("Story 1", "Story &i; &f;"), head=head)
    title = read(tmp_path, data).chapters[0].title
    assert "haha" not in title
    assert "root:" not in title


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (rss(), SourceEmpty),
        (rss("<item><title>Nothing else</title></item>"), SourceEmpty),
        (b'{"version": "https://jsonfeed.org/version/1", "items": []}', SourceEmpty),
        (b'{"version": "https://jsonfeed.org/version/1"}', SourceBroken),
        (b'{"version": "https://jsonfeed.org/version/1", "items": ', SourceBroken),
        (b"<html><body>no feed</body></html>", SourceBroken),
    ],
)
def test_a_feed_with_nothing_to_read_is_refused(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=ADDRESS):
        read(tmp_path, data)


def test_a_feed_that_breaks_off_gives_what_is_there_and_a_doubt(tmp_path: Path) -> None:
    data = rss(item(2, html_of(WHOLE)), item(1, html_of(WHOLE)))
    book = read(tmp_path, data[:-30])
    assert "Story 2" in [chapter.title for chapter in book.chapters]
    assert any("breaks off" in doubt for doubt in book.doubts)
    assert read(tmp_path, data).doubts == ()


def test_what_a_blog_adds_to_its_items_is_left_out(tmp_path: Path) -> None:
    added = "<p>The post <a href='/1'>Story 1</a> appeared first on <a href='/'>Mills</a>.</p>"
    book = read(tmp_path, rss(item(1, html_of(WHOLE) + added)))
    assert book.chapters[0].text.split("\n\n") == ["Story 1", *WHOLE]
