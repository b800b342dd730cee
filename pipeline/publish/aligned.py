"""What an alignment of a recording is written as: the transcript and the formats of timed text, by suffix.

All files are made under hidden names and renamed together at the end: one that is half written is never seen.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from pipeline.align.long import ESTIMATED, LongAlignment
from pipeline.align.long_recording import Part
from pipeline.errors import PublishError, SettingsError
from pipeline.model import Chapter, Metadata, join_words
from pipeline.publish.readalong.narration import MEDIA_TYPES, AudioFile, NarratedChapter, Narration
from pipeline.publish.sink import Sink
from pipeline.publish.timed_text import TimedChapter, TimedHead, write, writers
from pipeline.publish.transcript import DECIMALS, TimedSegment, TimedWord, segment_entry

EPUB = ".epub"


@dataclass(frozen=True, slots=True)
class AlignedBook:
    """A recording, its text, and when each word is heard."""

    metadata: Metadata
    chapters: tuple[Chapter, ...]
    parts: tuple[Part, ...]
    """The recording's files."""
    alignment: LongAlignment
    source: Path | None = None
    """The EPUB that the text was read from: its own pages become those of a read-along EPUB."""

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the chapters."""
        return tuple(chapter.title for chapter in self.chapters)

    @property
    def duration(self) -> float:
        """Seconds, of all files."""
        return self.parts[-1].end


def formats() -> list[str]:
    """The suffixes that can be written."""
    return [".json", *(f".{name}" for name in writers()), EPUB]


def check_outputs(paths: Sequence[Path], audio: Sequence[Path], text: Path) -> None:
    """Raise ``SettingsError`` for an output of unknown format, or one that would replace what is read."""
    inputs = [*audio, text]
    for path in paths:
        if path.suffix.lower() not in formats():
            raise SettingsError(
                f"The format of {path} is not known: its name must end in one of {', '.join(formats())}."
            )
        if path.is_dir():
            raise SettingsError(f"{path} is a folder: name a file.")
        if any(path.absolute() == other.absolute() for other in inputs):
            raise SettingsError(f"{path} is what is read: name another file for the result.")
        alien = next((one for one in audio if one.suffix.lower() not in MEDIA_TYPES), None)
        if path.suffix.lower() == EPUB and alien:
            raise SettingsError(
                f"{alien.name} cannot be embedded in an EPUB: convert it to one of {', '.join(MEDIA_TYPES)}."
            )


def write_aligned(book: AlignedBook, paths: Sequence[Path]) -> None:
    """Write ``book`` to each of ``paths`` in the format that its suffix names. Raises ``PublishError``."""
    waiting: list[tuple[Path, Path]] = []
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            hidden = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.partial")
            waiting.append((hidden, path))
            if path.suffix.lower() == EPUB:
                _write_epub(hidden, book)
            else:
                with Sink(hidden) as sink:
                    _writer(path)(sink, book)
        for hidden, path in waiting:
            os.replace(hidden, path)
    except OSError as error:
        raise PublishError(f"{error.filename or paths[0]} could not be written: {error.strerror}.") from error
    finally:
        for hidden, _ in waiting:
            with suppress(OSError):
                hidden.unlink()


def _write_epub(path: Path, book: AlignedBook) -> None:
    """The read-along EPUB, with the recording's files as they are."""
    from pipeline.publish.readalong.writer import write_readalong

    files = [
        AudioFile.of(part.path, part.end - part.start, f"audio-{number}{part.path.suffix.lower()}")
        for number, part in enumerate(book.parts, start=1)
    ]
    heard: dict[int, list[tuple[int, TimedSegment]]] = {}
    for place, segment in segments(book):
        heard.setdefault(place, []).append((_file_of(book, segment), segment))
    narrated = []
    for number, chapter in enumerate(book.chapters):
        runs = groupby(heard.get(number, []), key=lambda one: one[0])
        narrations = [
            Narration(files[file], _shifted([segment for _, segment in inside], book.parts[file]))
            for file, inside in runs
        ]
        narrated.append(NarratedChapter(chapter, tuple(narrations)))
    write_readalong(path, chapters=narrated, metadata=book.metadata, source=book.source)


def _shifted(inside: Sequence[TimedSegment], part: Part) -> Callable[[], Iterator[TimedSegment]]:
    """Segments in the time of one of the files."""

    def seconds(time: float) -> float:
        return round(min(max(part.start, time), part.end) - part.start, DECIMALS)

    def in_file() -> Iterator[TimedSegment]:
        for segment in inside:
            words = tuple(
                replace(word, start=seconds(word.start), end=seconds(word.end)) for word in segment.words
            )
            yield replace(segment, words=words)

    return in_file


def _file_of(book: AlignedBook, segment: TimedSegment) -> int:
    """The number of the file in which a sentence begins."""
    return sum(part.start <= segment.start for part in book.parts[1:])


def _writer(path: Path) -> Callable[[Sink, AlignedBook], None]:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _write_json
    return lambda sink, book: write(suffix[1:], sink, _head(book), _in_order(book))


def _head(book: AlignedBook) -> TimedHead:
    data = book.metadata
    return TimedHead(data.title, data.language, data.authors, book.duration)


def segments(book: AlignedBook) -> Iterator[tuple[int, TimedSegment]]:
    """The sentences that are read, in the text's order, each with the position of its chapter.

    A sentence has only those of its words that are read.
    """
    result = book.alignment
    guessed = {word for first, stop in result.estimated for word in range(first, stop)}
    name = next((one for one in result.aligners if one != ESTIMATED), ESTIMATED)
    number = chapter = 0
    for line in result.lines:
        number = number + 1 if line.chapter == chapter else 1
        chapter = line.chapter
        words = []
        shown = []
        for word, place in zip(line.words, range(line.first, line.stop), strict=True):
            timing = result.timings[place]
            if timing:
                doubt = place in guessed
                start, end = round(timing.start, DECIMALS), round(timing.end, DECIMALS)
                words.append(TimedWord(word.text, word.joined, start, end, doubt))
                shown.append(word)
        if words:
            doubtful = any(word.doubt for word in words)
            yield (
                chapter,
                TimedSegment(
                    f"c{chapter + 1}s{number}",
                    join_words(tuple(shown)),
                    "",
                    doubtful,
                    tuple(words),
                    kind=line.kind,
                    begins=line.begins,
                    language=line.language,
                    timed_by=ESTIMATED if doubtful else name,
                ),
            )


def _in_order(book: AlignedBook) -> Iterator[TimedChapter]:
    """Chapters as they are heard: a piece of one for each file, and again where parts of it come elsewhere."""
    heard = sorted(segments(book), key=lambda one: one[1].start)

    def place(one: tuple[int, TimedSegment]) -> tuple[int, int]:
        return one[0], _file_of(book, one[1])

    for (chapter, file), group in groupby(heard, key=place):
        part = book.parts[file]
        inside = [segment for _, segment in group]
        end = max(segment.end for segment in inside)
        yield TimedChapter(book.titles[chapter], inside[0].start, end, inside, part.path.name, part.start)


def _write_json(sink: Sink, book: AlignedBook) -> None:
    data = book.metadata
    head = {"title": data.title, "language": data.language, "duration": round(book.duration, DECIMALS)}
    sink.text(_json(head)[:-1] + ',"chapters":[')
    found: dict[int, list[TimedSegment]] = {}
    for chapter, segment in segments(book):
        found.setdefault(chapter, []).append(segment)
    latest = 0.0
    for number, title in enumerate(book.titles):
        inside = found.get(number, [])
        start = min((one.start for one in inside), default=latest)
        latest = max((one.end for one in inside), default=latest)
        chapter_head = {"title": title, "start": start, "end": latest}
        sink.text((",\n" if number else "\n") + _json(chapter_head)[:-1] + ',"segments":[')
        for position, segment in enumerate(inside):
            sink.text((",\n" if position else "\n") + _json(segment_entry(segment)))
        sink.text("]}")
    sink.text("]")
    for key, value in findings(book).items():
        sink.text(f",\n{_json(key)}:{_json(value)}")
    sink.text("}\n")


def findings(book: AlignedBook) -> dict[str, object]:
    """What differs between text and recording, and who timed: beside the transcript's keys."""
    result = book.alignment
    shown: dict[str, object] = {
        "missing": [
            {**_words_of(book, one.first, one.stop), "after": round(one.after, DECIMALS)}
            for one in result.missing
        ],
        "added": [
            {"start": round(one.start, DECIMALS), "end": round(one.end, DECIMALS)} for one in result.added
        ],
        "moved": [
            {
                **_words_of(book, one.first, one.stop),
                "start": round(one.start, DECIMALS),
                "end": round(one.end, DECIMALS),
            }
            for one in result.moved
        ],
        "aligners": list(result.aligners),
    }
    if len(book.parts) > 1:
        shown["files"] = [
            {
                "name": part.path.name,
                "start": round(part.start, DECIMALS),
                "end": round(part.end, DECIMALS),
            }
            for part in book.parts
        ]
    return shown


def _words_of(book: AlignedBook, first: int, stop: int) -> dict[str, object]:
    """Words by their chapter, their numbers in the whole text, and what they are."""
    lines = book.alignment.lines
    inside = [line for line in lines if line.first < stop and line.stop > first]
    words = tuple(
        word for line in inside for place, word in enumerate(line.words, line.first) if first <= place < stop
    )
    chapters: Iterable[int] = dict.fromkeys(line.chapter for line in inside)
    return {
        "chapters": [book.titles[chapter] for chapter in chapters],
        "words": [first, stop],
        "text": join_words(words),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
