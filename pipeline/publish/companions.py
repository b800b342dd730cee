"""What lies beside the audio, by name: one module of the shape ``Companion`` and one line here each.

They are written in this order, after the audio and the transcript, so that the last one may tell of all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pipeline.publish import listen, lrc, overlay, report_page, srt, ttml, vtt
from pipeline.publish.plan import EditionPlan, PublishedFile
from pipeline.publish.sink import Sink
from pipeline.publish.tags import Tags
from pipeline.publish.timeline import Timeline
from pipeline.publish.transcript import Said, TimedSegment

if TYPE_CHECKING:
    from pipeline.publish.report import Measured


@dataclass(frozen=True, slots=True)
class CompanionJob:
    """One companion of one edition."""

    folder: Path
    """Where the edition is being built; files are made in it."""
    stem: str
    """Name of the edition's files, without suffix."""
    plan: EditionPlan
    tags: Tags
    cover: bytes
    """JPEG."""
    said: Said
    """In the time of ``timeline``."""
    audio: tuple[PublishedFile, ...]
    """The main format's files in playing order."""
    measured: Measured
    files: tuple[PublishedFile, ...]
    """All that is written until now."""
    doubts: list[str] = field(default_factory=list)
    """What it is not sure of goes here, one sentence each, for the report."""

    @property
    def timeline(self) -> Timeline:
        """Of the main format: its chapters in the time of its one file, or of its files laid end to end."""
        return self.said.timeline

    def segments(self, index: int) -> Iterable[TimedSegment]:
        """The sentences of the chapter at that position, in the time of ``timeline``."""
        return self.said.chapter(index)

    def sink(self, suffix: str) -> Sink:
        """A new file named after the book."""
        return Sink(self.folder / f"{self.stem}{suffix}")


class Companion(Protocol):
    """A module of this shape, named in ``COMPANIONS``, writes something that lies beside the audio."""

    def write(self, job: CompanionJob, /) -> tuple[PublishedFile, ...]:
        """Make the files and return them. Raises ``PublishError``."""
        ...


COMPANIONS: Mapping[str, Companion] = {
    "vtt": vtt,
    "srt": srt,
    "lrc": lrc,
    "ttml": ttml,
    "epub": overlay,
    "listen": listen,
    "report": report_page,
}
