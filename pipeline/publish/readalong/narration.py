"""What a read-along EPUB is made from: texts, and who reads them where in which audio file.

Nothing here knows where the audio comes from. Voxpress' own chapters and a human narrator's recording that was
aligned with its text look the same:

    audio = AudioFile.of(Path("chapter-1.mp3"), duration=1234.5)
    chapter = NarratedChapter(book.chapters[0], (Narration(audio, segments),))
    write_readalong(Path("book.epub"), source=Path("source.epub"), metadata=book.metadata, chapters=[chapter])

One file may hold many chapters (then the same ``AudioFile`` stands in all of them), and a chapter may go through
several files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.model import Chapter
from pipeline.publish.sink import Writable
from pipeline.publish.transcript import TimedSegment

MEDIA_TYPES = {
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".mp4": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".opus": "audio/ogg; codecs=opus",
}
"""The audio that every reading system must play (EPUB 3.3, 3.2, "Core media types"), by suffix."""
_BLOCK = 1 << 20


def copy_of(path: Path) -> Callable[[Writable], None]:
    """Writes the file at ``path`` as it is."""

    def write(sink: Writable) -> None:
        with path.open("rb") as file:
            shutil.copyfileobj(file, sink, _BLOCK)

    return write


@dataclass(frozen=True, slots=True)
class AudioFile:
    """One audio file, to be embedded as it is."""

    name: str
    """In the EPUB, with its suffix; two files of one book must not share one. ASCII letters, digits, ``-_.``."""
    media_type: str
    duration: float
    """Seconds."""
    size: int
    """Bytes, more or less: only whether it fits 32 bits is asked."""
    write: Callable[[Writable], None] = field(repr=False, compare=False)
    """Writes the file."""

    @classmethod
    def of(cls, path: Path, duration: float, name: str = "") -> AudioFile:
        """The file at ``path``. Raises ``PublishError`` for a kind that EPUB does not know."""
        media_type = MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None:
            raise PublishError(
                f"{path.name} cannot be embedded in an EPUB: convert it to .m4a, .m4b, .mp3 or .opus."
            )
        return cls(name or path.name, media_type, duration, path.stat().st_size, copy_of(path))


@dataclass(frozen=True, slots=True)
class Narration:
    """A run of a chapter's sentences in one audio file."""

    audio: AudioFile
    segments: Callable[[], Iterable[TimedSegment]] = field(repr=False)
    """The sentences that are heard, in the order of the text, in the file's time; read once. Their words are
    display words of the chapter's text. Sentences of the text may be missing."""


@dataclass(frozen=True, slots=True)
class NarratedChapter:
    """One chapter of the book with all that is read of it."""

    text: Chapter
    """As the reader of the source gave it: its blocks' anchors say in which document each stands."""
    narrations: tuple[Narration, ...]
    """In the order of the text; empty for a chapter that nobody reads."""


__all__ = ["MEDIA_TYPES", "AudioFile", "NarratedChapter", "Narration", "Writable"]
