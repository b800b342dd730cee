"""The feed, as parsers of podcast clients read it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import podcastparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.errors import SettingsError
from pipeline.publish.markup import web_address
from pipeline.publish.podcast.addresses import media_type
from pipeline.publish.podcast.categories import CATEGORIES, parse_category
from pipeline.publish.podcast.feed import feed_bytes
from pipeline.publish.podcast.namespace import ITUNES, PODCAST
from pipeline.publish.podcast.show import Episode, EpisodeFile, Person, Show, Source
from tests.podcasting import HOSTILE, SHOW, episode

NAMESPACES = {"itunes": ITUNES, "podcast": PODCAST, "content": "http://purl.org/rss/1.0/modules/content/"}


def channel_of(show: Show = SHOW, *episodes: Episode) -> Any:
    """The channel, by an XML parser that forgives nothing."""
    return etree.fromstring(feed_bytes(show, episodes or [episode()])).find("channel")


def texts(element: Any, path: str) -> list[str]:
    """The texts of all elements at ``path``."""
    return [found.text for found in element.findall(path, NAMESPACES)]


def by_gpodder(show: Show, *episodes: Episode) -> Mapping[str, Any]:
    """What gPodder's parser finds."""
    data = io.BytesIO(feed_bytes(show, episodes))
    return podcastparser.parse("http://nas.local/morning/feed.xml", data)


def test_a_podcast_client_finds_show_and_episodes_newest_first() -> None:
    found = by_gpodder(SHOW, episode(1), episode(3), episode(2))
    assert (found["title"], found["link"]) == ("Morning reading", "http://nas.local/morning/index.html")
    assert found["cover_url"] == "http://nas.local/morning/artwork.jpg"
    assert found["itunes_categories"] == [["Society & Culture", "Documentary"]]
    assert (found["language"], found["type"], found["explicit"]) == ("en", "episodic", False)
    assert [one["number"] for one in found["episodes"]] == [3, 2, 1]
    first = found["episodes"][0]
    assert first["guid"] == episode(3).guid
    assert first["published"] == int(episode(3).published.timestamp())
    assert (first["total_time"], first["itunes_author"]) == (10, "Ann Author & Bob Writer")
    assert first["enclosures"] == [
        {"url": "http://nas.local/morning/episode-3.mp3", "file_size": 4321, "mime_type": "audio/mpeg"}
    ]
    assert "CC BY 4.0" in first["description_html"]
    assert '<a href="https://example.org/bridges?a=1&amp;b=2">On bridges</a>' in first["description_html"]


def test_feedparser_finds_the_same() -> None:
    found = feedparser.parse(feed_bytes(SHOW, [episode(1), episode(2)]))
    assert not found.bozo
    assert found.feed.title == "Morning reading"
    assert [one.id for one in found.entries] == [episode(2).guid, episode(1).guid]
    assert [one.guidislink for one in found.entries] == [False, False]
    assert found.entries[0].enclosures[0].length == "4321"
    assert found.entries[0].published_parsed[:5] == (2026, 3, 2, 7, 30)
    assert [tag.term for tag in found.entries[0].tags] == ["bridges", "stone"]


def test_what_the_podcast_namespace_has() -> None:
    channel = channel_of()
    assert texts(channel, "podcast:guid") == [SHOW.guid]
    assert texts(channel, "podcast:locked") == ["yes"]
    assert texts(channel, "podcast:medium") == ["podcast"]
    assert texts(channel, "itunes:block") == ["Yes"]
    item = channel.find("item")
    transcripts = item.findall("podcast:transcript", NAMESPACES)
    assert [dict(found.attrib) for found in transcripts] == [
        {
            "url": f"http://nas.local/morning/episode-1{ending}",
            "type": kind,
            "language": "en",
            "rel": "captions",
        }
        for ending, kind in (
            (".vtt", "text/vtt"),
            (".srt", "application/x-subrip"),
            (".json", "application/json"),
        )
    ]
    chapters = item.find("podcast:chapters", NAMESPACES)
    assert chapters.get("url") == "http://nas.local/morning/episode-1.chapters.json"
    assert chapters.get("type") == "application/json+chapters"
    bite = item.find("podcast:soundbite", NAMESPACES)
    assert (bite.get("startTime"), bite.get("duration"), bite.text) == (
        "1.000",
        "2.500",
        "Why bridges stand.",
    )
    persons = item.findall("podcast:person", NAMESPACES)
    assert [(found.text, found.get("role"), found.get("group")) for found in persons] == [
        ("Nora", "narrator", "cast"),
        ("Ann Author", "author", "writing"),
    ]


def test_a_public_show_that_has_an_owner_and_seasons() -> None:
    show = replace(
        SHOW, private=False, email="ann@example.org", serial=True, explicit=True, copyright="© Ann"
    )
    channel = channel_of(show, episode(1, season=3))
    assert texts(channel, "itunes:block") == []
    assert channel.find("podcast:locked", NAMESPACES).get("owner") == "ann@example.org"
    assert texts(channel, "podcast:locked") == ["no"]
    assert texts(channel, "itunes:owner/itunes:email") == ["ann@example.org"]
    assert (texts(channel, "itunes:type"), texts(channel, "itunes:explicit")) == (["serial"], ["true"])
    assert texts(channel, "copyright") == ["© Ann"]
    assert texts(channel, "item/itunes:season") == texts(channel, "item/podcast:season") == ["3"]


def test_nobody_is_named_who_was_not_given() -> None:
    data = feed_bytes(replace(SHOW, author="", persons=()), [episode(sources=(), persons=())])
    root = etree.fromstring(data)
    for name in ("itunes:owner", "itunes:author", "podcast:person"):
        assert root.findall(f".//{name}", NAMESPACES) == []
    assert b"managingEditor" not in data


def test_the_same_show_gives_the_same_bytes_in_whatever_order_and_at_whatever_time() -> None:
    one = feed_bytes(SHOW, [episode(1), episode(2), episode(3)])
    assert one == feed_bytes(SHOW, [episode(3), episode(1), episode(2)])
    assert texts(etree.fromstring(one), "channel/lastBuildDate") == ["Tue, 03 Mar 2026 07:30:00 +0000"]
    assert b"lastBuildDate" not in feed_bytes(SHOW, [])
    assert feed_bytes(SHOW, []) == feed_bytes(SHOW, [])


def test_episodes_of_one_moment_are_in_the_order_of_their_numbers() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    numbers = texts(
        channel_of(SHOW, *(episode(number, published=moment) for number in (2, 3, 1))), "item/itunes:episode"
    )
    assert numbers == ["3", "2", "1"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 9, 30, 0, 999, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 3, 1, 7, 30),
    ],
)
def test_dates_are_those_of_rfc_2822_in_utc(moment: datetime) -> None:
    (text,) = texts(channel_of(SHOW, episode(published=moment)), "item/pubDate")
    assert text == "Sun, 01 Mar 2026 07:30:00 +0000"
    assert parsedate_to_datetime(text) == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


def test_without_an_address_references_are_relative_and_no_address_is_made_up() -> None:
    channel = channel_of(replace(SHOW, base_url=""))
    assert channel.find("item/enclosure").get("url") == "episode-1.mp3"
    assert channel.find("{http://www.w3.org/2005/Atom}link") is None
    found = feedparser.parse(
        io.BytesIO(feed_bytes(replace(SHOW, base_url=""), [episode()])),
        response_headers={"content-location": "http://served.example/feed.xml"},
    )
    assert found.entries[0].enclosures[0].href in (
        "episode-1.mp3",
        "http://served.example/episode-1.mp3",
    )


def test_names_are_quoted_in_addresses() -> None:
    audio = EpisodeFile("a b&c?#é.mp3", 1, "audio/mpeg")
    channel = channel_of(replace(SHOW, base_url="https://example.org/m"), episode(audio=audio))
    assert channel.find("item/enclosure").get("url") == "https://example.org/m/a%20b%26c%3F%23%C3%A9.mp3"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_the_feed(text: str) -> None:
    show = replace(SHOW, title=text, author=text, description=text, copyright=text, email=text, link=text)
    show = replace(show, persons=(Person(text, text),), language="de")
    source = Source(text, text, (text,), text, text, text)
    made = episode(title=text, summary=text, sources=(source,), keywords=(text,), provenance=text)
    data = feed_bytes(show, [made])
    channel = etree.fromstring(data).find("channel")
    assert len(channel.findall("item")) == 1
    clean = " ".join(re.sub("[\x00-\x1f\ufffe\uffff\udc80]", " ", text).split())
    assert " ".join(channel.findtext("item/title").split()) == clean
    assert channel.findtext("title") == channel.findtext("item/title")
    notes = channel.findtext("item/content:encoded", namespaces=NAMESPACES)
    assert set(re.findall(r"<(\w+)", notes)) <= {"p", "ul", "li", "a"}
    shown = etree.fromstring(f"<div>{notes}</div>")
    assert "".join(shown.itertext()).count(clean) >= 1 or not clean
    assert by_gpodder(show, made)["episodes"][0]["title"] == clean


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_makes_a_feed_that_can_be_parsed(title: str, link: str) -> None:
    made = episode(title=title, summary=title, sources=(Source(title, link, (title,)),))
    channel = channel_of(replace(SHOW, title=title, link=link), made)
    assert channel.findtext("title")
    assert channel.findtext("item/description")


def test_a_description_is_cut_to_what_directories_read() -> None:
    channel = channel_of(replace(SHOW, description="&" * 5000), episode(summary="é" * 9000))
    for path in ("description", "item/description"):
        size = len(channel.findtext(path).encode())
        assert 3900 < size <= 4000
    assert channel.findtext("description").endswith("&amp;…")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("", ("Education", "")),
        ("news", ("News", "")),
        ("Arts > Books", ("Arts", "Books")),
        (" tv & film>tv reviews ", ("TV & Film", "TV Reviews")),
        ("Astronomy", ("Science", "Astronomy")),
    ],
)
def test_categories(given: str, found: tuple[str, str]) -> None:
    assert parse_category(given) == found


@pytest.mark.parametrize(
    ("given", "near"),
    [("Sciense", "'Science'"), ("Arts > Bookz", "'Arts > Books'"), ("History > Old", "History")],
)
def test_a_category_that_is_none_of_apples_names_near_ones(given: str, near: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(near)):
        feed_bytes(replace(SHOW, category=given), [])


def test_apples_list_is_whole() -> None:
    assert len(CATEGORIES) == 19
    assert sum(map(len, CATEGORIES.values())) == 91


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "//example.org/",
        "http://",
        "https://example.org/\nx",
        "https://[bad/",
        "/home/ann/article.html",
    ],
)
def test_links_that_are_not_for_everybody_are_not_shown(link: str) -> None:
    assert web_address(link) == ""
    data = feed_bytes(SHOW, [episode(sources=(Source("Title", link),))])
    assert b"alert(1)" not in data
    assert b"secret" not in data
    assert b"passwd" not in data


def test_media_types() -> None:
    assert media_type("a.chapters.json") == "application/json+chapters"
    assert media_type("A.MP3") == "audio/mpeg"
    with pytest.raises(KeyError):
        media_type("a.exe")
