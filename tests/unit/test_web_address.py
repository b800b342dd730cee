"""Which address is the next part of an article."""

from __future__ import annotations

import pytest

from pipeline.ingest.web import parse_page
from pipeline.ingest.web_address import next_of
from pipeline.ingest.web_survey import lead_pictures, next_parts

SITE = "https://news.example"


@pytest.mark.parametrize(
    ("first", "parts", "target"),
    [
        ("/story", 1, "/story/2"),
        ("/story/", 1, "/story/2/"),
        ("/story", 2, "/story/3"),
        ("/story.html", 1, "/story-2.html"),
        ("/story.html", 1, "/story,page-2.html"),
        ("/a/story", 1, "/a/story/page/2"),
        ("/story?id=7", 1, "/story?id=7&page=2"),
        ("/story?id=7", 2, "/story?page=3&id=7"),
        ("/story", 1, "/story?page=1"),  # counts from 0
        ("/story?page=1", 1, "/story?page=2"),
        ("/story?page=4", 2, "/story?page=6"),
        ("/2024/05/03/story", 1, "/2024/05/03/story_2"),
    ],
)
def test_a_part_is_called_as_the_article_but_for_a_number(first: str, parts: int, target: str) -> None:
    assert next_of(SITE + first, parts, [f"{SITE}/other", SITE + target]) == SITE + target


@pytest.mark.parametrize(
    ("first", "parts", "target"),
    [
        ("/story", 1, "/story/3"),
        ("/story", 1, "/story"),
        ("/story", 1, "/another-story/2"),
        ("/week-11", 1, "/week-12"),
        ("/2024/05/03", 1, "/2024/05/04"),
        ("/story?id=7", 1, "/story?id=8"),
        ("/story?id=7", 1, "/story?id=8&page=2"),
        ("/story", 2, "/story/2"),
    ],
)
def test_what_is_another_article_is_no_part(first: str, parts: int, target: str) -> None:
    assert next_of(SITE + first, parts, [SITE + target]) == ""


def test_a_part_is_on_the_same_site() -> None:
    assert (
        next_of(f"{SITE}/story", 1, ["https://news.example.org/story/2", "http://news.example/story/2"]) == ""
    )


def named(html: str) -> list[str]:
    return next_parts(parse_page(f"<html><body>{html}</body></html>", "x"), f"{SITE}/story")


@pytest.mark.parametrize(
    "link",
    [
        "<a rel=next href='/story/2'>→</a>",
        "<a href='/story/2'>2</a>",
        "<a href='?page=2'>Next page</a>",
        "<a href='?page=2'>Weiter »</a>",
        "<a href='?page=2'>Далее</a>",
        "<a href='?page=2'>下一页</a>",
        "<a href='/story/2' aria-label='Page 2 of 3'>●</a>",
        "<a href='story/page/2'>Page 2 of 3</a>",
    ],
)
def test_links_that_say_next(link: str) -> None:
    assert len(named(link)) == 1


@pytest.mark.parametrize(
    "link",
    [
        "<a href='/story/2'>A second story about mills</a>",
        "<a href='/story'>2</a>",
        "<div id='comments'><a href='?page=2' rel=next>2</a></div>",
        "<a href='/story-2'>Next</a>",
    ],
)
def test_links_that_do_not(link: str) -> None:
    assert named(link) == []


def test_pictures_in_the_order_of_their_weight() -> None:
    head = (
        "<meta property='og:image' content='/og.jpg'><meta name='twitter:image' content='/tw.jpg'>"
        '<script type="application/ld+json">{"@graph": [{"image": [{"url": "/ld.jpg"}]}]}</script>'
    )
    body = "<article><img src='/icon.png' width=16><figure><img src='/first.jpg'></figure></article>"
    page = parse_page(f"<html><head>{head}</head><body>{body}</body></html>", "x")
    assert list(dict.fromkeys(lead_pictures(page))) == ["/og.jpg", "/tw.jpg", "/ld.jpg", "/first.jpg"]
