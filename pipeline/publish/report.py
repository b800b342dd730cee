"""``report.json``: what was made and from what, how long and how loud it is, and every doubt.

It is also the edition's mark: by its ``source``, ``production`` and ``files`` the next run knows whose folder
this is, and what of it may be replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from pipeline.publish.place import public_uri
from pipeline.publish.plan import EditionPlan, PublishedFile
from pipeline.publish.timeline import Timeline
from pipeline.serial import dump

VERSION = 1
"""Of the report's form."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What publishing found out."""

    timeline: Timeline
    """Of the main file."""
    words: Sequence[int]
    """Of each chapter."""
    integrated_lufs: float
    true_peak: float
    """dBTP."""
    doubts: Sequence[str]
    """Of publishing itself."""
    known: Sequence[Mapping[str, object]]
    """The caller's doubts, with the time at which each can be heard."""
    seconds: float
    """That publishing took."""


def report_bytes(plan: EditionPlan, measured: Measured, files: Iterable[PublishedFile]) -> bytes:
    """The report as JSON: what the caller knows beside what was measured here, doubts put together."""
    timeline = measured.timeline
    chapters = [
        {
            "index": mark.index,
            "title": mark.title,
            "start": round(timeline.seconds(mark.start), 4),
            "end": round(timeline.seconds(mark.end), 4),
            "duration": round(timeline.seconds(mark.end - mark.start), 4),
            "words": words,
        }
        for mark, words in zip(timeline.marks, measured.words, strict=True)
    ]
    stages = plan.report.get("stage_seconds")
    stage_seconds = {**stages} if isinstance(stages, dict) else {}
    report: dict[str, object] = {
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
            "true_peak_limit_dbtp": plan.settings.audio.true_peak,
        },
        "doubts": [*measured.known, *(_doubt(said) for said in measured.doubts)],
        "stage_seconds": {**stage_seconds, "publish": round(measured.seconds, 3)},
        "settings": _settings(plan),
        "chapters": chapters,
        "files": [asdict(file) for file in files],
    }
    return (json.dumps(report, ensure_ascii=False, indent=1, default=_plain) + "\n").encode(errors="replace")


def _doubt(said: str) -> dict[str, object]:
    return {"chapter": "", "text": "", "fault": "cover", "said": said}


def _settings(plan: EditionPlan) -> object:
    """The settings; of a password only that there was one."""
    reading = plan.settings.reading
    hidden = replace(reading, password="***" if reading.password else "")
    return _plain(replace(plan.settings, reading=hidden))


def _plain(value: object) -> dict[str, object]:
    return json.loads(dump(value))  # type: ignore[no-any-return]
