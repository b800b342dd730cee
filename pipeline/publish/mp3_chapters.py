"""MP3, a file for each chapter: for CD players, car radios, and whatever sorts by file name."""

from __future__ import annotations

from pipeline.publish import id3, mp3_frames
from pipeline.publish.job import Job
from pipeline.publish.names import safe_name
from pipeline.publish.plan import PublishedFile
from pipeline.publish.sink import Sink
from pipeline.publish.tags import chapter_title

codec = "mp3"


def write(job: Job) -> tuple[PublishedFile, ...]:
    """``01 - First Chapter.mp3`` and so on, in the edition's folder.

    They stand in the folder itself, because Audiobookshelf takes a folder of audio files for one book. Their
    order is the playing order: the edition's transcript counts on from file to file.
    """
    count = len(job.chapters)
    digits = max(2, len(str(count)))
    files = []
    for mark, chapter, path in zip(job.timeline.marks, job.chapters, job.paths, strict=True):
        number = mark.index + 1
        title = chapter_title(chapter.title, number)
        frames = [*id3.book_frames(job.tags, title, job.cover), id3.track_frame(number, count)]
        with Sink(job.folder / f"{number:0{digits}} - {safe_name(title)}.mp3") as sink:
            sink.write(id3.tag_bytes(frames))
            for block in mp3_frames.blocks(path, chapter.sample_rate, chapter.frames):
                sink.write(block)
        files.append(sink.published(job.folder))
    return tuple(files)
