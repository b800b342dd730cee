"""From finished chapters to an edition: the one door of publishing.

    OUT/Author/[Series/]Title/
      Title.m4b                  (or .mp3, .opus, ``01 - Chapter.mp3`` ...: the formats in the settings)
      Title.transcript.json  Title.vtt  Title.srt      times of the first format, the main one
      Title.<format>.transcript.json                   of each further one
      cover.jpg  report.json

Chapters are joined frame by frame, nothing is decoded, and nothing that grows with the book's length is held
in memory.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from pipeline.audio.loudness import integrated, total
from pipeline.errors import PublishError, VoxpressError
from pipeline.model import EncodedChapter, Loudness
from pipeline.publish.cover import make_cover
from pipeline.publish.doubts import DoubtTimes
from pipeline.publish.formats import codecs_of, format_of
from pipeline.publish.job import Job
from pipeline.publish.names import edition_folder, safe_name
from pipeline.publish.place import REPORT, building, place
from pipeline.publish.plan import ChapterFiles, Edition, EditionPlan, PublishedFile
from pipeline.publish.report import Measured, report_bytes
from pipeline.publish.sink import Sink
from pipeline.publish.subtitles import Subtitles
from pipeline.publish.tags import tags_of
from pipeline.publish.timeline import Timeline, timeline
from pipeline.publish.transcript import TimedSegment, write_transcript

__all__ = ["ChapterFiles", "Edition", "EditionPlan", "codecs_of", "publish"]


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
        doubts=tuple(measured.doubts),
    )


def _build(plan: EditionPlan, folder: Path) -> tuple[list[PublishedFile], Measured]:
    """Write every file into ``folder``; the main one is the first of those returned."""
    began = time.monotonic()
    stem = safe_name(plan.metadata.title)
    tags = tags_of(plan.metadata, plan.narrator)
    cover, doubts = make_cover(plan.cover, tags.title, tags.artist)
    names = list(dict.fromkeys(plan.settings.audio.formats))
    audio: list[PublishedFile] = []
    texts: list[PublishedFile] = []
    words: list[int] = []
    main: Timeline | None = None
    times = DoubtTimes(plan.report.get("doubts"))
    for name in names:
        output = format_of(name)
        chapters, paths = _chapters(plan, output.codec)
        job = Job(folder, stem, tags, cover, chapters, paths, timeline(chapters))
        main = main or job.timeline
        _check_rate(job.timeline, main, name)
        audio += output.write(job)
        if job.timeline is main:
            words, written = _main_texts(plan, job, times)
            texts += written
        else:
            with job.sink(f".{name}.transcript.json") as sink:
                write_transcript(sink, plan.metadata, job.timeline, _segments(plan))
            texts.append(sink.published(folder))
    if main is None:
        raise PublishError(f"No format was chosen for the audiobook of {plan.source.uri}: name one.")
    with Sink(folder / "cover.jpg") as sink:
        sink.write(cover)
    files = [*audio, *texts, sink.published(folder)]

    loudness = total(chapter.encoded[format_of(names[0]).codec].loudness for chapter in plan.chapters)
    measured = Measured(
        timeline=main,
        words=words,
        integrated_lufs=integrated(loudness),
        true_peak=loudness.true_peak,
        doubts=doubts,
        known=times.timed(),
        seconds=time.monotonic() - began,
    )
    with Sink(folder / REPORT) as sink:
        sink.write(report_bytes(plan, measured, files))
    return files, measured


def _chapters(plan: EditionPlan, codec: str) -> tuple[tuple[EncodedChapter, ...], tuple[Path, ...]]:
    """All chapters in one encoding, without their loudness, which takes the most memory."""
    chapters, paths = [], []
    for number, chapter in enumerate(plan.chapters, start=1):
        if codec not in chapter.encoded or codec not in chapter.paths:
            raise PublishError(f"Chapter {number} was not encoded as {codec}: make it again.")
        chapters.append(replace(chapter.encoded[codec], loudness=Loudness()))
        paths.append(chapter.paths[codec])
    return tuple(chapters), tuple(paths)


def _check_rate(further: Timeline, main: Timeline, name: str) -> None:
    """The words' times are counted once for all formats."""
    rate, counted = further.marks[0].sample_rate, main.marks[0].sample_rate
    if rate != counted:
        raise PublishError(
            f"The chapters for {name} were encoded at {rate} Hz, but the words' times are counted at"
            f" {counted} Hz: encode all formats at the same rate."
        )


def _segments(plan: EditionPlan) -> list[Path]:
    return [chapter.segments for chapter in plan.chapters]


def _main_texts(plan: EditionPlan, job: Job, times: DoubtTimes) -> tuple[list[int], list[PublishedFile]]:
    """Transcript and subtitles of the main file, in one pass; and the words of each chapter."""
    with (
        job.sink(".transcript.json") as transcript,
        job.sink(".vtt") as vtt,
        job.sink(".srt") as srt,
    ):
        subtitles = Subtitles(vtt, srt)

        def also(segment: TimedSegment) -> None:
            subtitles.add(segment)
            times.add(segment)

        words = write_transcript(transcript, plan.metadata, job.timeline, _segments(plan), also)
        subtitles.close()
    return words, [sink.published(job.folder) for sink in (transcript, vtt, srt)]
