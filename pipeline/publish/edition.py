"""From finished chapters to an edition: the one door of publishing.

    OUT/Author/[Series/]Title/
      Title.m4b                  (or .mp3, .opus, ``01 - Chapter.mp3`` ...: the formats in the settings)
      Title.transcript.json                            times of the first format, the main one
      Title.vtt  Title.srt ...                         its companions, as the settings name them
      Title.<format>.transcript.json                   of each further one
      cover.jpg  report.json

Chapters are joined frame by frame, nothing is decoded, and nothing that grows with the book's length is held
in memory.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.audio.loudness import add, integrated
from pipeline.errors import PublishError, SourceError, VoxpressError
from pipeline.model import EncodedChapter, Loudness
from pipeline.publish.companions import COMPANIONS, CompanionJob
from pipeline.publish.course import Course
from pipeline.publish.cover import make_cover
from pipeline.publish.doubts import DoubtTimes
from pipeline.publish.formats import codecs_of, format_of
from pipeline.publish.job import Job
from pipeline.publish.names import edition_folder, safe_name
from pipeline.publish.place import REPORT, building, place
from pipeline.publish.plan import ChapterFiles, Edition, EditionPlan, PublishedFile
from pipeline.publish.report import Measured, report_bytes, report_of
from pipeline.publish.sink import Sink
from pipeline.publish.tags import tags_of
from pipeline.publish.timeline import Timeline, timeline
from pipeline.publish.transcript import Said, TimedSegment, write_transcript

__all__ = ["ChapterFiles", "Edition", "EditionPlan", "codecs_of", "publish"]

log = logging.getLogger(__name__)


def publish(plan: EditionPlan, out_dir: Path) -> Edition:
    """Write the edition's folder below ``out_dir``, which appears whole or not at all (see ``place``).

    A folder of an earlier edition of the same source is brought up to date; one of another book is left
    alone, and the name is counted up. Raises ``SettingsError`` for a format that there is not, and
    ``PublishError`` when a chapter is damaged or missing, or when ``out_dir`` cannot be written.
    """
    wanted = out_dir / edition_folder(plan.metadata)
    try:
        with building(wanted.parent, wanted.name) as folder:
            files, measured = _build(plan, folder)
            final = place(
                folder, wanted, plan.source, plan.report.get("production"), [file.name for file in files]
            )
    except VoxpressError:
        raise
    except OSError as error:
        raise PublishError(
            f"The audiobook of {plan.source.uri} could not be written to {wanted}: {error.strerror or error}"
            f"{f' ({error.filename})' if error.filename else ''}; "
            "make room or choose another folder, and run again."
        ) from error
    return Edition(
        folder=final,
        files=tuple(final / name for name in [*(file.name for file in files), REPORT]),
        duration=measured.timeline.duration,
        integrated_lufs=measured.integrated_lufs,
        true_peak=measured.true_peak,
        doubts=tuple(doubt for doubt in measured.doubts if doubt not in plan.accepted),
    )


TALK = ".talk.md"
"""Ends the name of the file that a conversation is in as it was written."""


def _build(plan: EditionPlan, folder: Path) -> tuple[list[PublishedFile], Measured]:
    """Write every file into ``folder``; the main one is the first of those returned."""
    began = time.monotonic()
    stem = safe_name(plan.metadata.title)
    tags = tags_of(plan.metadata, plan.narrator, plan.clones)
    cover, found = make_cover(plan.cover, tags.title, tags.artist)
    doubts = list(found)
    names = list(dict.fromkeys(plan.settings.audio.formats))
    audio: list[PublishedFile] = []
    texts: list[PublishedFile] = []
    words: list[int] = []
    main: tuple[Said, tuple[PublishedFile, ...]] | None = None
    course: Course | None = None
    times = DoubtTimes(plan.report.get("doubts"))
    for name in names:
        output = format_of(name)
        chapters, paths = _chapters(plan, output.codec)
        job = Job(folder, stem, tags, cover, chapters, paths, timeline(chapters))
        said = Said([chapter.segments for chapter in plan.chapters], job.timeline)
        _check_rate(job.timeline, main[0].timeline if main else job.timeline, name)
        written = output.write(job)
        audio += written
        if main is None:
            main, course = (said, written), Course(job.timeline)
            with job.sink(".transcript.json") as sink:
                seen = _both(times.add, course.add)
                words = write_transcript(sink, plan.metadata, said, seen, plan.clones)
        else:
            with job.sink(f".{name}.transcript.json") as sink:
                write_transcript(sink, plan.metadata, said, clones=plan.clones)
        texts.append(sink.published(folder))
    if main is None or course is None:
        raise PublishError(f"No format was chosen for the audiobook of {plan.source.uri}: name one.")
    with Sink(folder / "cover.jpg") as sink:
        sink.write(cover)
    files = [*audio, *texts, sink.published(folder)]
    if plan.talk:
        with Sink(folder / f"{stem}{TALK}") as sink:
            sink.text(plan.talk)
        files.append(sink.published(folder))

    line = main[0].timeline
    loudness, levels = _loudness(plan, format_of(names[0]).codec, line, course)
    measured = Measured(
        timeline=line,
        audio=main[1],
        words=words,
        integrated_lufs=integrated(loudness),
        true_peak=loudness.true_peak,
        levels=levels,
        course=course,
        doubts=doubts,
        known=times.timed(),
        seconds=time.monotonic() - began,
    )
    for wanted in COMPANIONS:  # in the order of the table, whatever that of the settings is
        if wanted in plan.settings.publish.companions:
            beside = CompanionJob(folder, stem, plan, tags, cover, *main, measured, tuple(files), doubts)
            files += _written(wanted, beside)
            measured = replace(measured, seconds=time.monotonic() - began)
    with Sink(folder / REPORT) as sink:
        sink.write(report_bytes(report_of(plan, measured, files)))
    return files, measured


def _written(name: str, job: CompanionJob) -> tuple[PublishedFile, ...]:
    """What lies beside the audio never sinks it: one that cannot be made is left out, and told as a doubt.

    A full disk does, and what is gone from the store: the edition can be made again, whole.
    """
    before = set(job.folder.iterdir())
    try:
        return COMPANIONS[name].write(job)
    except (PublishError, SourceError) as error:
        job.doubts.append(str(error))
    except (ValueError, LookupError, RecursionError) as error:  # a book that nobody has seen the like of
        log.exception("the companion %s", name)
        why = f"{type(error).__name__}: {error}"
        job.doubts.append(f"The companion “{name}” could not be made of this book ({why}): it is left out.")
    for half_made in set(job.folder.iterdir()) - before:
        if half_made.is_dir():
            shutil.rmtree(half_made)
        else:
            half_made.unlink()
    return ()


def _chapters(plan: EditionPlan, codec: str) -> tuple[tuple[EncodedChapter, ...], tuple[Path, ...]]:
    """All chapters in one encoding, without their loudness and stretches, which take the most memory."""
    chapters, paths = [], []
    for number, chapter in enumerate(plan.chapters, start=1):
        if codec not in chapter.encoded or codec not in chapter.paths:
            raise PublishError(f"Chapter {number} was not encoded as {codec}: make it again.")
        chapters.append(replace(chapter.encoded[codec], loudness=Loudness(), stretches=()))
        paths.append(chapter.paths[codec])
    return tuple(chapters), tuple(paths)


def _loudness(
    plan: EditionPlan, codec: str, line: Timeline, course: Course
) -> tuple[Loudness, list[tuple[float, float]]]:
    """Of the whole; and of each chapter, in LUFS and dBTP. Shown to ``course``, a chapter in memory at a time."""
    whole, levels = Loudness(), []
    for mark, files in zip(line.marks, plan.chapters, strict=True):
        chapter = files.encoded[codec]
        whole = add(whole, chapter.loudness)
        levels.append((integrated(chapter.loudness), chapter.loudness.true_peak))
        course.hear(mark, chapter)
    return whole, levels


def _check_rate(further: Timeline, main: Timeline, name: str) -> None:
    """The words' times are counted once for all formats."""
    rate, counted = further.marks[0].sample_rate, main.marks[0].sample_rate
    if rate != counted:
        raise PublishError(
            f"The chapters for {name} were encoded at {rate} Hz, but the words' times are counted at"
            f" {counted} Hz: encode all formats at the same rate."
        )


def _both(*wanted: Callable[[TimedSegment], None]) -> Callable[[TimedSegment], None]:
    """Shows a segment to each of them."""

    def show(segment: TimedSegment) -> None:
        for look in wanted:
            look(segment)

    return show
