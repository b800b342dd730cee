"""SubRip beside the audio: the plainest of subtitles, which every player reads. It has no times of words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.publish.cues import spoken_cues
from pipeline.publish.timed_text import TextSink, TimedChapter, TimedHead, beside
from pipeline.publish.vtt import clock

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.plan import PublishedFile


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """All sentences of the book as cues."""
    return beside("srt", job)


def write_srt(sink: TextSink, head: TimedHead, chapters: Iterable[TimedChapter]) -> None:
    """All sentences as numbered cues."""
    segments = (segment for chapter in chapters for segment in chapter.segments)
    for number, cue in enumerate(spoken_cues(segments), start=1):
        times = f"{clock(cue.start, ',')} --> {clock(cue.end, ',')}"
        # There is no escaping: an arrow inside a cue would be taken for its times.
        text = "\n".join(line.replace("-->", "→") for line in cue.texts)
        sink.text(f"{number}\n{times}\n{text}\n\n")
