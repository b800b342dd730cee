"""The read-along EPUB beside the audio: ``Title.epub``, in which each sentence is shown as it is read.

For an EPUB its own pages are annotated, for all else clean ones are made of the text.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

from pipeline.errors import PublishError, SourceError
from pipeline.model import Chapter, SourceKind
from pipeline.publish.plan import ChapterFiles, PublishedFile
from pipeline.publish.provenance import provenance_sentence

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.readalong.narration import NarratedChapter

_BLOCK = 1 << 20
_GONE = "The EPUB that was read is gone or changed: the read-along EPUB has clean pages instead of its own."


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """Make the EPUB. Raises ``PublishError``."""
    from pipeline.publish.readalong.writer import (
        write_readalong,  # commands that only ask for names wait for it
    )

    plan = job.plan
    if not plan.texts:
        raise PublishError(
            f"The text of {plan.source.uri} is not at hand: its read-along EPUB cannot be made."
        )
    path = job.folder / f"{job.stem}.epub"
    chapters = _Narrated(plan.texts, plan.chapters)
    with plan.open_source() as file:
        own = file if plan.source.kind is SourceKind.EPUB else None
        if own is None and plan.source.kind is SourceKind.EPUB:
            job.doubts.append(_GONE)
        for source in dict.fromkeys((own, None)):
            try:
                made = write_readalong(
                    path,
                    chapters=chapters,
                    metadata=plan.metadata,
                    source=source,
                    cover=job.cover,
                    narrator=plan.narrator,
                    provenance=provenance_sentence(plan.clones),
                    granularity=plan.settings.publish.overlay,
                )
                job.doubts.extend(made.doubts)
                break
            except (SourceError, PublishError, ValueError, LookupError, RecursionError) as error:
                if source is None:
                    raise
                path.unlink(missing_ok=True)
                job.doubts.append(f"The read-along EPUB has clean pages instead of the book's own: {error}")
    return (_published(path),)


class _Narrated(Sequence["NarratedChapter"]):
    """The chapters of an edition with their texts, looked up one at a time."""

    def __init__(self, texts: Sequence[Chapter], files: Sequence[ChapterFiles]) -> None:
        self._texts, self._files = texts, files

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int) -> NarratedChapter: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[NarratedChapter]: ...
    def __getitem__(self, index: int | slice) -> NarratedChapter | Sequence[NarratedChapter]:
        from pipeline.publish.readalong.audio import narrated

        if isinstance(index, slice):
            return _Narrated(self._texts[index], self._files[index])
        return narrated(self._texts[index], self._files[index], index)


def _published(path: Path) -> PublishedFile:
    """A file that was not written from front to back, synced, with its hash."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
        return PublishedFile(path.name, file.tell(), digest.hexdigest())
