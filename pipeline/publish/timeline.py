"""Where chapters begin in a file, in the file's own time, exact to the sample.

Chapters are encoded one by one and their frames are joined without re-encoding. A chapter's mark is where its
first frame begins; its content begins an encoder's delay later (``pipeline.audio.codec`` has the arithmetic).
AAC in MP4 and bare MP3 frames carry nothing that would make a player cut the start, so the first decoded
sample is the file's time 0; Ogg Opus declares a pre-skip (RFC 7845, 4.2), which players cut once, at the
file's start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.audio.codec import CODECS
from pipeline.errors import PublishError
from pipeline.model import EncodedChapter


@dataclass(frozen=True, slots=True)
class Mark:
    """One chapter on the file's time line; all counted in ticks of ``Timeline.rate``."""

    index: int
    """Position in the file, from 0."""
    title: str
    start: int
    """The first sample of its first frame: where the chapter mark goes."""
    end: int
    """The next chapter's start, or the file's end."""
    content: int
    """Where the PCM that was handed to the encoder begins."""
    sample_rate: int
    """Hz, of the chapter's own sample counts."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All chapters of one file."""

    rate: int
    """Ticks per second."""
    marks: tuple[Mark, ...]

    @property
    def ticks(self) -> int:
        """Length of the file."""
        return self.marks[-1].end

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.ticks / self.rate

    def seconds(self, ticks: int) -> float:
        """Ticks as seconds."""
        return ticks / self.rate


def timeline(chapters: Sequence[EncodedChapter]) -> Timeline:
    """Lay chapters of one codec end to end. Raises ``PublishError`` when they do not fit together."""
    if not chapters:
        raise PublishError("There is no chapter to publish: the book has nothing that was narrated.")
    first = chapters[0]
    for chapter in chapters:
        if chapter.codec != first.codec or chapter.sample_rate != first.sample_rate or chapter.frames < 1:
            raise PublishError(
                f"Chapter {chapter.index + 1} is {chapter.frames} frames of {chapter.codec} at"
                f" {chapter.sample_rate} Hz, the first one {first.codec} at {first.sample_rate} Hz:"
                " make it again."
            )
    codec = CODECS[first.codec]
    frame = codec.samples_per_frame(first.sample_rate)
    frames = [chapter.frames for chapter in chapters]
    contents = codec.chapter_starts(frames, first.sample_rate)
    ends = [count * frame - codec.skipped for count in accumulate(frames)]
    marks = tuple(
        Mark(position, chapter.title, start, end, content, chapter.sample_rate)
        for position, (chapter, start, end, content) in enumerate(
            zip(chapters, [0, *ends[:-1]], ends, contents, strict=True)
        )
    )
    return Timeline(codec.output_rate(first.sample_rate), marks)
