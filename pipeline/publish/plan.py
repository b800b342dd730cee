"""What is needed to publish, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import PublishError
from pipeline.model import Chapter, Cover, EncodedChapter, Metadata, Segment, SourceInfo, Voice
from pipeline.serial import load
from pipeline.settings import ProductionSettings

_READ_CHARS = 64 * 1024
_WHOLE_BYTES = 256 * 1024
"""A file up to this size, the chapter of an article, is read at once, which takes half the time."""


@dataclass(frozen=True, slots=True)
class ChapterFiles:
    """One finished chapter: its encoded audio by codec, and what is said in it."""

    encoded: Mapping[str, EncodedChapter]
    """By codec: ``aac``, ``mp3``, ``opus``."""
    paths: Mapping[str, Path]
    """The encoded bytes by codec: ADTS frames; CBR frames without Xing header or tag; a whole Ogg file."""
    segments: Path
    """JSON list of ``Segment``."""


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """Everything an edition is made from."""

    metadata: Metadata
    source: SourceInfo
    cover: Cover | None
    narrator: str
    chapters: Sequence[ChapterFiles]
    """In reading order; items are looked at one at a time, so a lazy sequence will do."""
    settings: ProductionSettings
    report: Mapping[str, object]
    """What only the caller knows, put into ``report.json``: ``production`` (an id), ``voices``, ``skipped``,
    ``doubts`` (a list of ``{chapter, text, fault, said, place?}``, see ``pipeline.publish.doubts``), ``versions``,
    ``stage_seconds`` (by stage), or anything else."""
    clones: Sequence[Voice] = ()
    """The voices in it that imitate somebody (``Voice.consent``): told in every file."""
    accepted: frozenset[str] = frozenset()
    """Doubts of publishing itself that somebody found to be none, by their sentences."""
    texts: Sequence[Chapter] = ()
    """What is narrated, in step with ``chapters`` and looked at likewise; empty where it is not at hand."""
    talk: str = ""
    """The conversation that it is, as a talk file; empty where it is none."""
    open_source: Callable[[], AbstractContextManager[Path | None]] = nullcontext
    """Gives the source's file for as long as it is needed, the very bytes that were read; None when they are gone
    or have changed."""


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of an edition."""

    name: str
    """Inside the edition's folder."""
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Edition:
    """The published files of a production."""

    folder: Path
    files: tuple[Path, ...]
    """The main file first."""
    duration: float
    """Seconds of the main file."""
    integrated_lufs: float
    true_peak: float
    """dBTP, the highest of all chapters."""
    doubts: tuple[str, ...] = ()
    """What publishing itself was not sure of; also in the report."""


def read_segments(path: Path) -> Iterator[Segment]:
    """The segments of a chapter one by one, so that a book of one endless chapter costs no more memory.

    Raises ``PublishError`` when the file is not a JSON list of segments.
    """
    if path.stat().st_size <= _WHOLE_BYTES:
        try:
            yield from load(tuple[Segment, ...], path.read_bytes())
            return
        except ValidationError:
            pass  # what is whole in it comes all the same, and then what is wrong is told
    yield from _one_by_one(path)


def _one_by_one(path: Path) -> Iterator[Segment]:
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8") as file:
        text, position, opened = "", 0, False
        while True:
            block = file.read(_READ_CHARS)
            text, position = text[position:] + block, 0
            if not opened:
                if not text.startswith("["):
                    raise PublishError(f"{path.name} is not a list of segments: make its chapter again.")
                position, opened = 1, True
            while position < len(text) and text[position] != "]":
                if text[position] == ",":
                    position += 1
                    continue
                try:
                    _, end = decoder.raw_decode(text, position)
                except json.JSONDecodeError:
                    break  # cut off by the end of the block
                yield load(Segment, text[position:end])
                position = end
            if text[position : position + 1] == "]":
                return
            if not block:
                raise PublishError(f"{path.name} ends in the middle of a segment: make its chapter again.")
