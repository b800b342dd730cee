"""What a format is given to write, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.model import EncodedChapter
from pipeline.publish.plan import PublishedFile
from pipeline.publish.sink import Sink
from pipeline.publish.tags import Tags
from pipeline.publish.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Job:
    """One format of one edition."""

    folder: Path
    """Where the edition is being built; files are made in it."""
    stem: str
    """Name of the edition's files, without suffix."""
    tags: Tags
    cover: bytes
    """JPEG."""
    chapters: tuple[EncodedChapter, ...]
    paths: tuple[Path, ...]
    """The encoded bytes of each chapter."""
    timeline: Timeline

    def sink(self, suffix: str) -> Sink:
        """A new file named after the book."""
        return Sink(self.folder / f"{self.stem}{suffix}")


class Format(Protocol):
    """A module of this shape, named in ``pipeline.publish.formats``, is an output format."""

    codec: str
    """Which of a chapter's encodings it is made from."""

    def write(self, job: Job, /) -> tuple[PublishedFile, ...]:
        """Make the format's files and return them in playing order. Raises ``PublishError``."""
        ...
