"""The chapters of an episode: in its audio file and, the same, as a JSON file beside it.

After "JSON Chapters Format" 1.2 of the podcast namespace. Times are whole milliseconds, because those are what ID3
can say: both files tell the very same ones.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from pipeline.publish.markup import web_address
from pipeline.publish.podcast.namespace import plain
from pipeline.publish.podcast.show import Episode, Show
from pipeline.publish.tags import chapter_title

VERSION = "1.2.0"


@dataclass(frozen=True, slots=True)
class TimedChapter:
    """A chapter as every file tells it."""

    title: str
    start: int
    """Milliseconds."""
    end: int
    link: str
    """Of the web; empty where there is none to be shown."""


def timed_chapters(episode: Episode) -> tuple[TimedChapter, ...]:
    """In order of time, none after the audio's end and none without length."""
    last = round(episode.duration * 1000)
    found = []
    for number, chapter in enumerate(sorted(episode.chapters, key=lambda chapter: chapter.start), start=1):
        start, end = max(0, round(chapter.start * 1000)), min(last, round(chapter.end * 1000))
        if start < end:
            title = chapter_title(plain(chapter.title), number)
            found.append(TimedChapter(title, start, end, web_address(chapter.link)))
    return tuple(found)


def chapters_bytes(episode: Episode, show: Show | None = None) -> bytes:
    """``*.chapters.json``; with the ``show`` its name is in it, too."""
    head: dict[str, object] = {"version": VERSION, "title": plain(episode.title)}
    if show:
        head["podcastName"] = plain(show.title)
        if show.author.strip():
            head["author"] = plain(show.author)
    head["fileName"] = episode.audio.name
    head["chapters"] = [
        {
            "startTime": chapter.start / 1000,
            "endTime": chapter.end / 1000,
            "title": chapter.title,
            **({"url": chapter.link} if chapter.link else {}),
        }
        for chapter in timed_chapters(episode)
    ]
    return (json.dumps(head, ensure_ascii=False, indent=1) + "\n").encode()
