"""``report.json``: what was made and from what, how long and how loud it is, and every doubt.

It is also the edition's mark: by its ``source``, ``production`` and ``files`` the next run knows whose folder
this is, and what of it may be replaced.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from pipeline.audio.gain import target_lufs
from pipeline.model import SILENCE
from pipeline.publish.course import Course, Spoken
from pipeline.publish.place import public_uri
from pipeline.publish.plan import EditionPlan, PublishedFile
from pipeline.publish.timeline import Timeline
from pipeline.serial import dump

VERSION = 1
"""Of the report's form."""
EDITION = "edition"
"""Fault of what publishing itself is not sure of: a cover that cannot be read, pages without a place for words."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What publishing found out."""

    timeline: Timeline
    """Of the main file."""
    audio: Sequence[PublishedFile]
    """The main format's files in playing order: one, or one for each chapter."""
    words: Sequence[int]
    """Of each chapter."""
    integrated_lufs: float
    true_peak: float
    """dBTP."""
    doubts: Sequence[str]
    """Of publishing itself."""
    known: Sequence[Mapping[str, object]]
    """The caller's doubts, with the time at which each can be heard."""
    levels: Sequence[tuple[float, float]]
    """Of each chapter: integrated loudness in LUFS, true peak in dBTP."""
    course: Course
    """From beginning to end."""
    seconds: float
    """That publishing took, until now."""


def report_bytes(report: Mapping[str, object]) -> bytes:
    """The report as JSON."""
    return (json.dumps(report, ensure_ascii=False, indent=1, default=_plain) + "\n").encode(errors="replace")


def report_of(plan: EditionPlan, measured: Measured, files: Iterable[PublishedFile]) -> dict[str, object]:
    """What the caller knows beside what was measured here, doubts put together; ``files`` are those written."""
    timeline, course = measured.timeline, measured.course
    stages = plan.report.get("stage_seconds")
    stage_seconds = {**stages} if isinstance(stages, dict) else {}
    doubts = [
        *measured.known,
        *(_doubt(said) for said in measured.doubts if said not in plan.accepted),
    ]
    accepted = plan.report.get("accepted")
    settled = [*accepted] if isinstance(accepted, list) else []
    settled += [_doubt(said) for said in measured.doubts if said in plan.accepted]
    return {
        **plan.report,
        "report": VERSION,
        "title": plan.metadata.title,
        "source": {**_plain(plan.source), "uri": public_uri(plan.source.uri)},
        "metadata": _plain(plan.metadata),
        "narrator": plan.narrator,
        "duration": round(timeline.duration, 4),
        "words": sum(measured.words),
        "loudness": {
            "integrated_lufs": round(measured.integrated_lufs, 2),
            "true_peak_dbtp": round(measured.true_peak, 2),
            "target": plan.settings.audio.loudness,
            "target_lufs": target_lufs(plan.settings.audio.loudness),
            "true_peak_limit_dbtp": plan.settings.audio.true_peak,
        },
        "doubts": doubts,
        "accepted": settled,
        "stage_seconds": {**stage_seconds, "publish": round(measured.seconds, 3)},
        "settings": _settings(plan),
        "words_per_minute": _all(course.chapters).per_minute,
        "spoken_by": {
            voice: {"words": round(spoken.words), "seconds": round(spoken.seconds, 3)}
            for voice, spoken in sorted(course.voices.items())
        },
        "timed_by": dict(course.timed_by.most_common()),
        "course": course.told(),
        "chapters": _chapters(measured, doubts),
        "files": [asdict(file) for file in files],
    }


def _chapters(measured: Measured, doubts: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    line, audio = measured.timeline, measured.audio
    apart = len(audio) == len(line.marks)
    doubtful = Counter(doubt.get("chapter_index") for doubt in doubts)
    return [
        {
            "index": mark.index,
            "title": mark.title,
            "start": round(line.seconds(mark.start), 4),
            "end": round(line.seconds(mark.end), 4),
            "duration": round(line.seconds(mark.end - mark.start), 4),
            "file": audio[mark.index if apart else 0].name,
            "words": words,
            "words_per_minute": spoken.per_minute,
            "integrated_lufs": _level(lufs),
            "true_peak_dbtp": _level(peak),
            "doubts": doubtful[mark.index],
        }
        for mark, words, (lufs, peak), spoken in zip(
            line.marks, measured.words, measured.levels, measured.course.chapters, strict=True
        )
    ]


def _all(parts: Iterable[Spoken]) -> Spoken:
    whole = Spoken()
    for part in parts:
        whole.add(part.words, part.seconds)
    return whole


def _level(decibels: float) -> float | None:
    return round(decibels, 2) if decibels > SILENCE else None


def _doubt(said: str) -> dict[str, object]:
    return {"chapter": "", "text": "", "fault": EDITION, "said": said}


def _settings(plan: EditionPlan) -> object:
    """The settings; of a password only that there was one."""
    reading = plan.settings.reading
    hidden = replace(reading, password="***" if reading.password else "")
    return _plain(replace(plan.settings, reading=hidden))


def _plain(value: object) -> dict[str, object]:
    return json.loads(dump(value))  # type: ignore[no-any-return]
