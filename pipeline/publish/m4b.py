"""M4B: one AAC file with chapters, cover and tags; what Apple Books and Audiobookshelf know best."""

from __future__ import annotations

from pipeline.publish import mp4_boxes as boxes
from pipeline.publish.job import Job
from pipeline.publish.mp4 import write_m4b
from pipeline.publish.plan import PublishedFile
from pipeline.publish.tags import TOOL, Tags

codec = "aac"

_AUDIOBOOK = 2  # the media kind that "stik" tells
_SHORT_DESCRIPTION = 255


def write(job: Job) -> tuple[PublishedFile, ...]:
    """``Title.m4b``."""
    with job.sink(".m4b") as sink:
        write_m4b(sink, job.paths, job.timeline, metadata_box(job.tags, job.cover))
    return (sink.published(job.folder),)


def metadata_box(tags: Tags, cover: bytes) -> bytes:
    """The tags as iTunes atoms, the ones iTunes has no atom for as freeform ones."""
    texts = {
        b"\xa9nam": tags.title,
        b"\xa9alb": tags.title,
        b"\xa9ART": tags.artist,
        b"aART": tags.artist,
        b"\xa9wrt": tags.narrator,
        b"\xa9day": tags.year,
        b"\xa9gen": tags.genre,
        b"\xa9cmt": tags.comment,
        b"\xa9too": TOOL,
        b"desc": tags.description[:_SHORT_DESCRIPTION],
        b"ldes": tags.description,
    }
    atoms = {kind: boxes.data_text(text) for kind, text in texts.items() if text}
    atoms[b"stik"] = boxes.data_number(_AUDIOBOOK)
    if cover:
        atoms[b"covr"] = boxes.data_jpeg(cover)
    return boxes.metadata(atoms, tags.custom)
