"""WebVTT beside the audio: cues in which every word has its time.

After the W3C's specification (WebVTT: The Web Video Text Tracks Format): the time of a word stands before it in
the cue as a timestamp tag, later than the cue's start and all tags before it, earlier than its end. The first
word has none: it begins with the cue. Words in doubt have the class ``doubt``. What a speaker of the cast says is in
a voice span, ``<v Anna>``, whose end tag the specification lets be left out where it is the cue's only one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.publish.cues import Cue, Line, milliseconds, spoken_cues
from pipeline.publish.timed_text import TextSink, TimedChapter, TimedHead, beside

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.plan import PublishedFile
    from pipeline.publish.transcript import TimedSegment


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """All sentences of the book as cues."""
    return beside("vtt", job)


def write_vtt(sink: TextSink, head: TimedHead, chapters: Iterable[TimedChapter]) -> None:
    """All sentences as cues; the titles of chapters are spoken, and so among them."""
    for piece in vtt_pieces(segment for chapter in chapters for segment in chapter.segments):
        sink.text(piece)


def vtt_pieces(segments: Iterable[TimedSegment]) -> Iterator[str]:
    """The file, cue by cue."""
    yield "WEBVTT\n"
    for number, cue in enumerate(spoken_cues(segments), start=1):
        times = f"{clock(cue.start)} --> {clock(cue.end)}"
        yield f"\n{number}\n{times}\n{_payload(cue)}\n"


def _payload(cue: Cue) -> str:
    latest = cue.start
    lines = []
    for line in cue.lines:
        text, latest = _line(line, latest, cue.end)
        lines.append(text)
    voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
    return voice + "\n".join(lines)


@lru_cache(maxsize=1 << 12)
def _escaped(text: str) -> str:
    """For cue text and annotations: section 6.1 of the specification."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(line: Line, latest: int, end: int) -> tuple[str, int]:
    """The words of a line with their times; and the latest of these."""
    parts = []
    for at, word in enumerate(line):
        if at and not word.joined:
            parts.append(" ")
        if latest < (start := milliseconds(word.start)) < end:
            parts.append(f"<{clock(start)}>")
            latest = start
        text = _escaped(word.text)
        parts.append(f"<c.doubt>{text}</c>" if word.doubt else text)
    return "".join(parts), latest


def clock(time: int, point: str = ".") -> str:
    """Milliseconds as hours, minutes and seconds."""
    seconds, left = divmod(time, 1000)
    return f"{_whole(seconds)}{point}{left:03}"


@lru_cache(maxsize=64)
def _whole(seconds: int) -> str:
    """The words of some seconds have it in common."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
