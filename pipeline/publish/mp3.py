"""MP3: one file for players that know nothing else, chapters in its ID3 tag."""

from __future__ import annotations

from pipeline.publish import id3, mp3_frames
from pipeline.publish.job import Job
from pipeline.publish.plan import PublishedFile

codec = "mp3"


def write(job: Job) -> tuple[PublishedFile, ...]:
    """``Title.mp3``: the tag first, then the frames of all chapters."""
    frames = id3.book_frames(job.tags, job.tags.title, job.cover)
    frames += id3.chapter_frames(job.timeline.marks, job.timeline.rate)
    with job.sink(".mp3") as sink:
        sink.write(id3.tag_bytes(frames))
        for chapter, path in zip(job.chapters, job.paths, strict=True):
            for block in mp3_frames.blocks(path, chapter.sample_rate, chapter.frames):
                sink.write(block)
    return (sink.published(job.folder),)
