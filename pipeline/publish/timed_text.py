"""Timed text: the words of a recording in the formats that players and other programs read, by name.

``write`` is the one door, for editions (``beside``) and for recordings of other origin alike. A format is one
module with a function of the shape ``Writer`` and one line in ``WRITERS``. All write from front to back and hold
no more than a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pipeline.publish.transcript import TimedSegment

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.plan import PublishedFile


class TextSink(Protocol):
    """Where text goes; ``pipeline.publish.sink.Sink`` is one."""

    def text(self, text: str, /) -> None:
        """Append ``text``."""
        ...


@dataclass(frozen=True, slots=True)
class TimedHead:
    """What is said of the whole."""

    title: str = ""
    language: str = ""
    """BCP 47."""
    authors: tuple[str, ...] = ()
    duration: float = 0.0
    """Seconds; 0 where it is not known."""
    text: str = ""
    """SMIL: name of the document that has the words under their ids; empty: none, and the words stand in it."""


@dataclass(frozen=True, slots=True)
class TimedChapter:
    """A chapter, read once."""

    title: str
    start: float
    """Seconds on the time line that its segments' times are on."""
    end: float
    segments: Iterable[TimedSegment]
    audio: str = ""
    """Name of the file in which it sounds."""
    audio_start: float = field(default=0.0)
    """Seconds on the time line at which that file begins."""


Writer = Callable[[TextSink, TimedHead, Iterable[TimedChapter]], None]
"""Writes one format."""


def write(name: str, sink: TextSink, head: TimedHead, chapters: Iterable[TimedChapter]) -> None:
    """Write ``chapters`` into ``sink`` in the format called ``name``, a key of ``WRITERS``."""
    writers()[name](sink, head, chapters)


def writers() -> Mapping[str, Writer]:
    """The formats by name, which is their files' suffix as well. Another one is one line here."""
    from pipeline.publish import lrc, smil, srt, ttml, vtt

    return {
        "vtt": vtt.write_vtt,
        "srt": srt.write_srt,
        "lrc": lrc.write_lrc,
        "ttml": ttml.write_ttml,
        "smil": smil.write_smil,
    }


def beside(name: str, job: CompanionJob) -> tuple[PublishedFile, ...]:
    """The format called ``name`` as a companion of an edition: one file for the whole book."""
    with job.sink(f".{name}") as sink:
        write(name, sink, head_of(job), chapters_of(job))
    return (sink.published(job.folder),)


def head_of(job: CompanionJob) -> TimedHead:
    """What is said of an edition."""
    metadata = job.plan.metadata
    return TimedHead(metadata.title, metadata.language, metadata.authors, job.timeline.duration)


def chapters_of(job: CompanionJob) -> Iterator[TimedChapter]:
    """The chapters of an edition, in the time of its main format."""
    line = job.timeline
    apart = len(job.audio) == len(line.marks) > 1  # a file for each chapter
    for mark in line.marks:
        start = line.seconds(mark.start)
        yield TimedChapter(
            title=mark.title,
            start=start,
            end=line.seconds(mark.end),
            segments=job.segments(mark.index),
            audio=job.audio[mark.index if apart else 0].name,
            audio_start=start if apart else 0.0,
        )
