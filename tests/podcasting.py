"""Shows and episodes for the tests of podcasts, some of them hostile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipeline.publish.podcast.addresses import media_type
from pipeline.publish.podcast.show import (
    Episode,
    EpisodeChapter,
    EpisodeFile,
    Person,
    Show,
    Soundbite,
    Source,
)

SHOW = Show(
    name="morning",
    guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
    title="Morning reading",
    author="Ann Author",
    language="en",
    description="What there is to read.",
    base_url="http://nas.local/morning/",
    category="Society & Culture > Documentary",
    persons=(Person("Nora", "narrator"),),
)
HOSTILE = (
    "<script>alert(1)</script>",
    "]]></title><item>",
    "a\x00b\x0bc\x1f\ufffe\uffffd",
    "&amp; &#0; &xxe; %26",
    "\udc80 lone",
    "'\"><!--",
    "<![CDATA[ x ]]>",
    "\u202eright to left",
)
"""Texts that break XML or HTML where they are not taken care of."""


def episode(number: int = 1, **changes: object) -> Episode:
    """An episode of two chapters and ten seconds; only its files' names are there."""
    stem = f"episode-{number}"
    values: dict[str, object] = {
        "guid": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
        "number": number,
        "title": f"Bridges, part {number}",
        "stem": stem,
        "published": datetime(2026, 3, number, 7, 30, tzinfo=UTC),
        "duration": 10.0,
        "summary": "Why bridges stand. And why some do not.",
        "language": "en",
        "audio": EpisodeFile(f"{stem}.mp3", 4321, "audio/mpeg"),
        "sources": (
            Source(
                title="On bridges",
                link="https://example.org/bridges?a=1&b=2",
                authors=("Ann Author", "Bob Writer"),
                site="Example Weekly",
                published="2026-02-01",
                licence="CC BY 4.0",
            ),
        ),
        "chapters": (
            EpisodeChapter("Stone", 0.0, 4.5, "https://example.org/stone"),
            EpisodeChapter("Steel", 4.5, 10.0),
        ),
        "transcripts": tuple(
            EpisodeFile(f"{stem}{ending}", 10, media_type(ending)) for ending in (".vtt", ".srt", ".json")
        ),
        "chapters_file": EpisodeFile(f"{stem}.chapters.json", 99, "application/json+chapters"),
        "image": EpisodeFile(f"{stem}.jpg", 999, "image/jpeg"),
        "persons": (Person("Nora", "narrator"), Person("Ann Author", "author")),
        "soundbite": Soundbite(1.0, 2.5, "Why bridges stand."),
        "keywords": ("bridges", "stone"),
    }
    return Episode(**{**values, **changes})  # type: ignore[arg-type]


def file_of(path: Path) -> EpisodeFile:
    """A file as the feed tells it."""
    return EpisodeFile(path.name, path.stat().st_size, media_type(path.name))
