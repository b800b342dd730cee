"""What the page loads of one episode: its chapters, its sources, and its text with the time of every word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.model import Begins
from pipeline.publish.markup import web_address
from pipeline.publish.player.words import chapter_blocks
from pipeline.publish.podcast.page.files import data_of
from pipeline.publish.podcast.page.vocabulary import Section
from pipeline.publish.podcast.show import Episode, EpisodeChapter, Source
from pipeline.publish.tags import clean
from pipeline.publish.transcript import TimedSegment

PARAGRAPH = 0.6
"""Seconds of silence that are taken for a paragraph's end in transcripts that do not tell where one begins."""


def episode_words(episode: Episode, said: Iterable[TimedSegment]) -> dict[str, object]:
    """What the page is handed for an episode; times in milliseconds.

    ``sections`` has the blocks of each chapter; where a chapter begins later than the text, what is said before it is
    a section without a title.
    """
    segments = list(_segments(said))
    chapters = [chapter for chapter in episode.chapters if clean(chapter.title)]
    return {
        "chapters": [_chapter(chapter) for chapter in chapters],
        "sources": [_source(source) for source in episode.sources],
        "persons": [[clean(person.name), clean(person.role)] for person in episode.persons],
        "provenance": clean(episode.provenance),
        "sections": [
            {
                "start": _milliseconds(start),
                "title": title,
                "blocks": json.loads(f"[{''.join(chapter_blocks(said, _milliseconds(start), PARAGRAPH))}]"),
            }
            for start, title, said in _sections(segments, chapters)
        ],
    }


def read_words(path: Path) -> list[Section]:
    """The text in an episode's file. Raises ``PublishError``."""
    data = data_of(path)
    if not isinstance(data, dict) or "sections" not in data:
        raise PublishError(f"{path} is no episode's text: run 'voxpress feed rebuild' to make it again.")
    return [section["blocks"] for section in data["sections"]]


def _sections(
    segments: Sequence[TimedSegment], chapters: Sequence[EpisodeChapter]
) -> Iterator[tuple[float, str, list[TimedSegment]]]:
    """Start, title and segments of each chapter in which something is said."""
    starts = [(0.0, "")] if not chapters or chapters[0].start > 0 else []
    starts += [(chapter.start, clean(chapter.title)) for chapter in chapters]
    said: list[list[TimedSegment]] = [[] for _ in starts]
    here = 0
    for segment in segments:
        # A voice may enter before the last words of a chapter are over: the text's order is kept.
        while here + 1 < len(starts) and segment.start >= starts[here + 1][0] - _SLACK:
            here += 1
        said[here].append(segment)
    for (start, title), those in zip(starts, said, strict=True):
        if those:
            yield start, title, those


_SLACK = 0.001
"""Seconds by which a chapter's start may have been rounded up."""


def _segments(said: Iterable[TimedSegment]) -> Iterator[TimedSegment]:
    """The segments of an edition's transcript, and where its blocks begin."""
    segments = [segment for segment in said if segment.words]
    blocks_are_told = any(segment.begins is not Begins.NOTHING for segment in segments)
    speaker = ""
    for segment in segments:
        changes = not blocks_are_told and segment.speaker != speaker
        yield replace(segment, begins=Begins.BLOCK) if changes else segment
        speaker = segment.speaker


def _chapter(chapter: EpisodeChapter) -> list[object]:
    return [clean(chapter.title), _milliseconds(chapter.start), web_address(chapter.link)]


def _source(source: Source) -> dict[str, object]:
    told = {
        "title": clean(source.title),
        "link": web_address(source.link),
        "by": ", ".join(clean(author) for author in source.authors),
        "site": clean(source.site),
        "published": clean(source.published),
        "licence": clean(source.licence),
    }
    return {name: value for name, value in told.items() if value}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
