"""Articles in several parts, their pictures, saved pages with theirs, and feeds, from a site on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from pipeline import limits
from pipeline.ingest import FetchRules, find_source, open_book, source_digest
from pipeline.model import Book
from pipeline.settings import ReadingSettings
from tests.sites import LOOPBACK, Site, running
from tests.webpages import paragraphs

SETTINGS = ReadingSettings(latest=3)
TEXTS = paragraphs("en", 12)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FETCH_PAUSE_SECONDS", 0.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as served:
        yield served


@pytest.fixture
def rules(tmp_path: Path) -> FetchRules:
    return FetchRules(tmp_path / "cache", allow=LOOPBACK)


def picture(colour: str = "navy") -> bytes:
    made = BytesIO()
    Image.new("RGB", (600, 400), colour).save(made, "JPEG")
    return made.getvalue()


def page(texts: list[str], after: str = "", head: str = "", title: str = "III") -> bytes:
    body = "".join(f"<p>{text}</p>" for text in texts)
    menu = "<nav>" + "<a href='/n'>News of the day</a> " * 30 + "</nav>"
    return (
        f"<!DOCTYPE html><html lang=en><head><title>{title}</title>{head}</head>"
        f"<body>{menu}<article><h1>{title}</h1>{body}</article>{after}</body></html>"
    ).encode()


def pager(*links: tuple[str, str]) -> str:
    return (
        "<div class=pagination>" + " ".join(f"<a href='{href}'>{text}</a>" for href, text in links) + "</div>"
    )


def said(book: Book) -> list[str]:
    return [text for chapter in book.chapters for text in chapter.text.split("\n\n")]


def story(site: Site, parts: int = 3, head: str = "") -> str:
    """An article of four paragraphs a part; every page links to all of them."""
    links = pager(*[(f"/story{'' if n == 1 else f'/{n}'}", str(n)) for n in range(1, parts + 1)])
    for n in range(parts, 0, -1):
        path = "/story" if n == 1 else f"/story/{n}"
        url = site.serve(
            path, page(TEXTS[4 * n - 4 : 4 * n], links, head), Content_Type="text/html; charset=utf-8"
        )
    return url


def test_the_parts_of_an_article_are_read_as_one(site: Site, rules: FetchRules) -> None:
    url = story(site, head="<meta property='og:image' content='/lead.jpg'>")
    site.serve("/lead.jpg", picture(), Content_Type="image/jpeg")
    book = open_book(url, SETTINGS, rules)
    assert said(book) == ["III", *TEXTS]
    assert book.doubts == ()
    assert book.cover is not None
    assert book.cover.data == picture()
    assert book.source.uri == url
    assert {block.anchor.href for block in book.chapters[0].blocks} == {url, f"{url}/2", f"{url}/3"}


def test_what_was_gathered_is_kept(site: Site, rules: FetchRules) -> None:
    url = story(site)
    info, copy = find_source(url, SETTINGS, rules)
    asked = len(site.asked)
    assert source_digest(url, SETTINGS, rules) == info
    offline = FetchRules(rules.cache_dir, offline=True)
    assert said(open_book(url, SETTINGS, offline)) == ["III", *TEXTS]
    assert len(site.asked) == asked
    site.pages.clear()  # another host has nothing but the copy
    assert said(open_book(url, SETTINGS, FetchRules(rules.cache_dir / "none"), copy=copy)) == ["III", *TEXTS]


def test_a_changed_part_is_read_with_refresh(site: Site, rules: FetchRules, tmp_path: Path) -> None:
    url = story(site, parts=2)
    before = source_digest(url, SETTINGS, rules)
    site.serve("/story/2", page([*TEXTS[4:8], "A last line was added by somebody later on."]))
    assert source_digest(url, SETTINGS, rules) == before
    fresh = FetchRules(rules.cache_dir, refresh=True, allow=LOOPBACK)
    assert "A last line was added by somebody later on." in said(open_book(url, SETTINGS, fresh))
    assert "A last line was added by somebody later on." in said(open_book(url, SETTINGS, rules))


def test_a_part_that_is_missing_is_a_doubt(site: Site, rules: FetchRules) -> None:
    url = story(site)
    site.serve("/story/3", b"", status=503)
    book = open_book(url, SETTINGS, rules)
    assert said(book) == ["III", *TEXTS[:8]]
    assert any("Part 3" in doubt and "503" in doubt for doubt in book.doubts)


def test_a_site_that_serves_the_same_page_for_every_number_is_read_once(
    site: Site, rules: FetchRules
) -> None:
    same = page(TEXTS[:6], pager(*[(f"/story?page={n}", str(n)) for n in range(1, 90)]))
    for n in range(1, 90):
        site.serve(f"/story?page={n}", same)
    book = open_book(site.serve("/story", same), SETTINGS, rules)
    assert said(book) == ["III", *TEXTS[:6]]
    assert len(site.asked) <= 3


def test_there_is_an_end_to_the_parts(site: Site, rules: FetchRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WEB_PARTS", 2)
    book = open_book(story(site), SETTINGS, rules)
    assert said(book) == ["III", *TEXTS[:8]]
    assert any("more than 2 parts" in doubt for doubt in book.doubts)


def test_the_next_article_is_no_part(site: Site, rules: FetchRules) -> None:
    site.serve("/another", page(TEXTS[6:], title="IV"))
    after = "<link rel=next href='/another'><a rel=next href='/another'>Next: IV</a>"
    assert said(open_book(site.serve("/story", page(TEXTS[:6], after)), SETTINGS, rules)) == [
        "III",
        *TEXTS[:6],
    ]


def test_a_page_cannot_have_a_private_host_asked(site: Site, tmp_path: Path) -> None:
    """Its picture and its parts are fetched under the same rules as itself."""
    head = f"<meta property='og:image' content='{site.url}/secret.jpg'>"
    url = story(site, parts=1, head=head).replace("127.0.0.1", "localhost")
    rules = FetchRules(tmp_path / "cache", allow=("localhost",))
    assert find_source(url, SETTINGS, rules)[1].path.suffix == ".html"
    assert [path for _, path in site.asked] == ["/story"]
    assert find_source(url, SETTINGS, FetchRules(tmp_path / "other", allow=LOOPBACK))[0].sha256
    assert [path for _, path in site.asked] == ["/story", "/story", "/secret.jpg"]


# -- saved pages -----------------------------------------------------------------------------------------


def test_a_saved_page_has_its_cover_from_the_folder_beside_it(rules: FetchRules, tmp_path: Path) -> None:
    folder = tmp_path / "The mills_files"
    folder.mkdir()
    (folder / "logo.jpg").write_bytes(picture("red"))
    (folder / "lead photo.jpg").write_bytes(picture("green"))
    head = "<meta property='og:image' content='https://mills.example/img/lead%20photo.jpg'>"
    pictures = (
        "<main><img src='The%20mills_files/logo.jpg'><img src='The%20mills_files/lead%20photo.jpg'></main>"
    )
    saved = tmp_path / "The mills.html"
    saved.write_bytes(page(TEXTS, pictures, head))
    book = open_book(str(saved), SETTINGS, rules)
    assert said(book) == ["III", *TEXTS]
    assert book.cover is not None
    assert book.cover.data == picture("green")


def test_a_saved_page_cannot_reach_beyond_its_folder(rules: FetchRules, tmp_path: Path) -> None:
    (tmp_path / "page_files").mkdir()
    (tmp_path / "private.jpg").write_bytes(picture())
    os.symlink(tmp_path / "private.jpg", tmp_path / "page_files" / "link.jpg")
    names = ("page_files/../private.jpg", "page_files/link.jpg", str(tmp_path / "private.jpg"))
    saved = tmp_path / "page.html"
    for name in names:
        saved.write_bytes(page(TEXTS, f"<main><img src='{name}'></main>"))
        assert find_source(str(saved), SETTINGS, rules)[1].path == saved


# -- feeds -----------------------------------------------------------------------------------------------


def feed_of(site: Site, newest: int) -> str:
    items = "".join(
        f"<item><title>Story {n}</title><link>{site.url}/story/{n}</link><description>{TEXTS[n]}</description>"
        f"<pubDate>Mon, 0{n} Nov 2026 10:00:00 GMT</pubDate></item>"
        for n in range(newest, 0, -1)
    )
    xml = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Mills</title>{items}</channel></rss>"
    return site.serve("/feed", xml.encode(), Content_Type="text/xml")


def test_the_latest_items_of_a_feed_with_their_pages(site: Site, rules: FetchRules) -> None:
    for n in range(1, 6):
        site.serve(f"/story/{n}", page([TEXTS[n], *TEXTS[6:]], title=f"Story {n}"), Content_Type="text/html")
    site.serve("/story/4", b"", status=403)
    url = feed_of(site, 5)
    book = open_book(url, SETTINGS, rules)
    assert book.source.kind == "feed"
    assert [chapter.title for chapter in book.chapters] == ["Story 3", "Story 4", "Story 5"]
    assert book.chapters[2].text.split("\n\n") == ["Story 5", TEXTS[5], *TEXTS[6:]]
    assert book.chapters[1].text.split("\n\n") == ["Story 4", TEXTS[4]]
    assert len(book.doubts) == 1
    assert f"{site.url}/story/4" in book.doubts[0]
    assert {path for _, path in site.asked} == {"/feed", "/story/3", "/story/4", "/story/5"}
    assert said(open_book(url, SETTINGS, FetchRules(rules.cache_dir, offline=True))) == said(book)


def test_a_feed_is_asked_again_after_a_while(site: Site, rules: FetchRules) -> None:
    for n in range(1, 5):
        site.serve(f"/story/{n}", page([TEXTS[n], *TEXTS[6:]]), Content_Type="text/html")

    def time_passes() -> None:
        past = time.time() - limits.FEED_SECONDS - 60
        for kept in rules.cache_dir.glob("*.json"):
            os.utime(kept, (past, past))

    url = feed_of(site, 3)
    first = source_digest(url, SETTINGS, rules)
    feed_of(site, 4)
    assert source_digest(url, SETTINGS, rules) == first
    time_passes()
    assert source_digest(url, SETTINGS, rules) != first
    time_passes()
    site.serve("/feed", b"", status=500)
    book = open_book(url, SETTINGS, rules)
    assert book.chapters[-1].title == "Story 4"
    assert any("earlier copy" in doubt for doubt in book.doubts)


def test_a_feed_in_a_file_is_followed_and_obeys_offline(
    site: Site, rules: FetchRules, tmp_path: Path
) -> None:
    site.serve("/story/1", page([TEXTS[1], *TEXTS[6:]], title="Story 1"), Content_Type="text/html")
    feed_of(site, 1)
    path = tmp_path / "mine.rss"
    path.write_bytes(site.pages["/feed"][2])
    offline = open_book(str(path), SETTINGS, FetchRules(rules.cache_dir, offline=True))
    assert said(offline) == ["Story 1", TEXTS[1]]
    assert any("offline" in doubt for doubt in offline.doubts)
    assert said(open_book(str(path), SETTINGS, rules)) == ["Story 1", TEXTS[1], *TEXTS[6:]]
