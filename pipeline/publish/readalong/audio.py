"""Voxpress' own chapters as audio files of a read-along EPUB, each a file of its own that is not encoded anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.model import Chapter, EncodedChapter, Loudness
from pipeline.publish import mp3_frames
from pipeline.publish import mp4_boxes as boxes
from pipeline.publish.mp4 import write_m4b
from pipeline.publish.plan import ChapterFiles
from pipeline.publish.readalong.narration import AudioFile, NarratedChapter, Narration, Writable, copy_of
from pipeline.publish.tags import chapter_title
from pipeline.publish.timeline import Timeline, timeline
from pipeline.publish.transcript import in_turn, timed_segments

_KINDS = (
    ("aac", ".m4a", "audio/mp4"),
    ("mp3", ".mp3", "audio/mpeg"),
    ("opus", ".opus", "audio/ogg; codecs=opus"),
)
"""Codecs with suffix and media type, what most reading systems play first."""


def narrated(text: Chapter, files: ChapterFiles, index: int) -> NarratedChapter:
    """A finished chapter with its text. Raises ``PublishError`` for one in no codec that EPUB knows."""
    made = [kind for kind in _KINDS if kind[0] in files.encoded and kind[0] in files.paths]
    if not made:
        raise PublishError(f"Chapter {index + 1} has no audio that an EPUB can hold: make m4b, mp3 or opus.")
    codec, suffix, media_type = made[0]
    chapter, path = replace(files.encoded[codec], loudness=Loudness()), files.paths[codec]
    alone = timeline([chapter])
    audio = AudioFile(
        name=f"chapter-{index + 1:04}{suffix}",
        media_type=media_type,
        duration=_duration(chapter, alone),
        size=path.stat().st_size,
        write=_WRITERS[codec](path, chapter, alone),
    )
    mark = alone.marks[0]
    return NarratedChapter(
        text, (Narration(audio, lambda: in_turn(timed_segments(files.segments, mark, alone))),)
    )


def _duration(chapter: EncodedChapter, alone: Timeline) -> float:
    """Seconds that a player gives: Ogg says where the content ends, the others play all frames."""
    content = chapter.content_samples / chapter.sample_rate
    return min(content, alone.duration) if chapter.codec == "opus" else alone.duration


def _mp4(path: Path, chapter: EncodedChapter, alone: Timeline) -> Callable[[Writable], None]:
    title = chapter_title(chapter.title, chapter.index + 1)
    tags = boxes.metadata({b"\xa9nam": boxes.data_text(title)}, {})
    return lambda sink: write_m4b(sink, [path], alone, tags)


def _mp3(path: Path, chapter: EncodedChapter, _: Timeline) -> Callable[[Writable], None]:
    def write(sink: Writable) -> None:
        for block in mp3_frames.blocks(path, chapter.sample_rate, chapter.frames):
            sink.write(block)

    return write


def _ogg(path: Path, _: EncodedChapter, __: Timeline) -> Callable[[Writable], None]:
    return copy_of(path)


_WRITERS = {"aac": _mp4, "mp3": _mp3, "opus": _ogg}


__all__ = ["narrated"]
