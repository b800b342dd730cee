"""LRC beside the audio, as music players show lyrics: the time of each line, and of each word in it.

There is no standard. Lines and tags are those of the format's first player (``[mm:ss.xx]``, minutes beyond 99
where need be), words those of its "enhanced" form (A2: ``<mm:ss.xx>`` before each word and after the last).
Players look for a file of the audio's own name, so chapters that are files of their own have an LRC each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from pipeline.publish.cues import Cue, cues_of
from pipeline.publish.names import people
from pipeline.publish.sink import Sink
from pipeline.publish.tags import TOOL, clean
from pipeline.publish.timed_text import TextSink, TimedChapter, TimedHead, chapters_of, head_of

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.plan import PublishedFile


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """One for each audio file."""
    head, chapters = head_of(job), chapters_of(job)
    if len(job.audio) == 1:
        with Sink(job.folder / _name(job.audio[0].name)) as sink:
            write_lrc(sink, head, chapters)
        return (sink.published(job.folder),)
    files = []
    for chapter in chapters:
        with Sink(job.folder / _name(chapter.audio)) as sink:
            write_lrc(sink, replace(head, duration=chapter.end - chapter.audio_start), [_own_time(chapter)])
        files.append(sink.published(job.folder))
    return tuple(files)


def _name(audio: str) -> str:
    """The name under which players look for the lyrics of an audio file."""
    return f"{PurePath(audio).stem}.lrc"


def _own_time(chapter: TimedChapter) -> TimedChapter:
    """A chapter in the time of its own file."""
    begin = chapter.audio_start
    segments = (
        replace(
            segment,
            words=tuple(
                replace(word, start=word.start - begin, end=word.end - begin) for word in segment.words
            ),
        )
        for segment in chapter.segments
    )
    return replace(
        chapter, start=chapter.start - begin, end=chapter.end - begin, segments=segments, audio_start=0.0
    )


def write_lrc(sink: TextSink, head: TimedHead, chapters: Iterable[TimedChapter]) -> None:
    """A line for each cue. An empty one ends it where nothing follows for a while."""
    for name, value in (
        ("ti", head.title),
        ("ar", people(head.authors)),
        ("la", head.language),
        ("length", _clock(round(head.duration * 100)).rpartition(".")[0] if head.duration else ""),
        ("re", TOOL),
    ):
        if value := clean(value).replace("]", ")").replace("[", "("):
            sink.text(f"[{name}:{value}]\n")
    shown = 0
    for cue in cues_of(segment for chapter in chapters for segment in chapter.segments):
        if shown and cue.start - shown >= _REST_MS:
            sink.text(f"[{_clock(shown // 10)}]\n")
        sink.text(_line(cue))
        shown = cue.end
    if shown:
        sink.text(f"[{_clock(shown // 10)}]\n")


_REST_MS = 3000
"""Milliseconds without a word after which a line goes; before, it stays until the next one."""


def _line(cue: Cue) -> str:
    words = list(cue.words)
    parts = [f"[{_clock(_hundredths(words[0].start))}]"]
    for at, word in enumerate(words):
        # Brackets of either kind would be taken for times by the readers there are, which know no escape.
        text = word.text.translate(_BRACKETS)
        gap = "" if word.joined or not at else " "
        parts.append(f"{gap}<{_clock(_hundredths(word.start))}>{text}")
    return "".join([*parts, f"<{_clock(_hundredths(words[-1].end))}>\n"])


_BRACKETS = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›"})


def _hundredths(seconds: float) -> int:
    return round(seconds * 100)


def _clock(hundredths: int) -> str:
    seconds, left = divmod(hundredths, 100)
    return f"{seconds // 60:02}:{seconds % 60:02}.{left:02}"
