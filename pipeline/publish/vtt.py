"""WebVTT subtitles beside the audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.publish.plan import PublishedFile
from pipeline.publish.subtitles import Subtitles

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """All sentences of the book as cues."""
    with job.sink(".vtt") as sink:
        subtitles = Subtitles(vtt=sink)
        for mark in job.timeline.marks:
            for segment in job.segments(mark.index):
                subtitles.add(segment)
        subtitles.close()
    return (sink.published(job.folder),)
