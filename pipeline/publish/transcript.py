"""``*.transcript.json``: every word with its times, in the time of the file it belongs to.

The contract:

    {"title", "language", "duration", "chapters": [{"title", "start", "end",
      "segments": [{"id", "start", "end", "text", "voice", "words": [{"text", "start", "end"}]}]}]}

A segment whose words a speaker of the cast says has ``"speaker"``; one that is not a paragraph's has its block's
``"kind"``; one with which a block, or a line of a verse, begins has ``"begins"``; one in another language than the
book's has ``"language"``. Segments of two speakers may overlap.
Seconds from the start of the file, with four decimals (a sample at 22,050 Hz is 45 microseconds). A word
in doubt has ``"doubt": true``. A word that follows the one before without a space (Chinese, Japanese)
has ``"joined": true``. Where a voice imitates somebody, ``"cloned_voices"`` says with whose consent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.model import Begins, BlockKind, Metadata, Segment, Voice
from pipeline.publish.plan import read_segments
from pipeline.publish.provenance import provenance_entries
from pipeline.publish.sink import Sink
from pipeline.publish.timeline import Mark, Timeline

DECIMALS = 4
KEPT_BYTES = 1 << 20
"""Of chapters' segments as JSON, about an hour: so many are kept, and take twice that in memory."""
_BY_LINES = '"chapters":[\n'
_SEGMENT = '{"id":'
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A display word and when it is heard, in seconds of the file's time."""

    text: str
    joined: bool
    start: float
    end: float
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class TimedSegment:
    """A sentence in the file's time."""

    id: str
    """Unique in the file: ``c3s17`` is the seventeenth segment of the third chapter."""
    text: str
    voice: str
    doubt: bool
    """Whether any of its words is in doubt."""
    words: tuple[TimedWord, ...]
    kind: BlockKind = BlockKind.PARAGRAPH
    begins: Begins = Begins.NOTHING
    language: str = ""
    """BCP 47; empty where it is not known to differ from the book's."""
    timed_by: str = ""
    """Who timed its words: ``engine``, ``estimate`` ...; empty where that is not known."""
    speaker: str = ""
    """Whose words they are; empty: the narrator's."""

    @property
    def start(self) -> float:
        """When its first word begins."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """When its last word ends."""
        return self.words[-1].end


def timed_segments(path: Path, mark: Mark, timeline: Timeline) -> Iterator[TimedSegment]:
    """The segments in ``path`` in the file's time. Segments without a word are left out."""
    offset, rate = mark.content / timeline.rate, mark.sample_rate
    chapter_end = round(mark.end / timeline.rate, DECIMALS)
    number = 0

    def seconds(samples: Sequence[int]) -> list[float]:
        times = [round(offset + sample / rate, DECIMALS) for sample in samples]
        if min(times) < 0 or max(times) > chapter_end:
            return [min(max(0.0, time), chapter_end) for time in times]
        return times

    for segment in read_segments(path):
        _check(segment, path)
        if not segment.words:
            continue
        number += 1
        words = tuple(
            TimedWord(word.text, word.joined, start, end, segment.doubt and segment.is_doubtful(place))
            for place, (word, start, end) in enumerate(
                zip(segment.words, seconds(segment.starts), seconds(segment.ends), strict=True)
            )
        )
        yield TimedSegment(
            f"c{mark.index + 1}s{number}",
            segment.text,
            segment.voice,
            segment.doubt,
            words,
            segment.kind,
            segment.begins,
            segment.language,
            segment.timed_by,
            segment.speaker,
        )


class Said:
    """What is said in the chapters of a file, in the file's time.

    A chapter is read anew each time that it is asked for, unless all until then are as short as an article's.
    """

    def __init__(self, paths: Sequence[Path], timeline: Timeline) -> None:
        """``paths`` are the chapters' segments."""
        self.timeline = timeline
        self._paths = paths
        self._kept: dict[int, tuple[TimedSegment, ...]] = {}
        self._left = KEPT_BYTES

    def chapter(self, index: int) -> Iterable[TimedSegment]:
        """The segments of the chapter at that position."""
        if index not in self._kept:
            path = self._paths[index]
            found = timed_segments(path, self.timeline.marks[index], self.timeline)
            self._left -= path.stat().st_size
            if self._left < 0:
                return found
            self._kept[index] = tuple(found)
        return self._kept[index]


def in_turn(segments: Iterable[TimedSegment]) -> Iterator[TimedSegment]:
    """The same for readers that know one place at a time: no word begins before the one before it has ended.

    Of words that are spoken over others' what still sounds after those is left; a reaction within them takes no time.
    """
    latest = 0.0
    for segment in segments:
        if segment.start >= latest:
            yield segment
        else:
            words = []
            for word in segment.words:
                start = max(word.start, latest)
                latest = max(word.end, start)
                words.append(replace(word, start=start, end=latest))
            yield replace(segment, words=tuple(words))
        latest = max(latest, segment.end)


def _check(segment: Segment, path: Path) -> None:
    if not len(segment.words) == len(segment.starts) == len(segment.ends):
        raise PublishError(f"{path.name} has words without times: make its chapter again.")


def write_transcript(
    sink: Sink,
    metadata: Metadata,
    said: Said,
    also: Callable[[TimedSegment], None] = lambda _: None,
    clones: Sequence[Voice] = (),
) -> list[int]:
    """Write the transcript into ``sink``, segment by segment; ``also`` is shown each of them.

    ``clones`` are the voices that imitate somebody. Returns the number of words of each chapter.
    """
    timeline = said.timeline
    head: dict[str, object] = {
        "title": metadata.title,
        "language": metadata.language,
        "duration": round(timeline.duration, DECIMALS),
    }
    if clones:
        head["cloned_voices"] = provenance_entries(clones)
    sink.text(_json(head)[:-1] + ',"chapters":[')
    counts = []
    for mark in timeline.marks:
        start, end = timeline.seconds(mark.start), timeline.seconds(mark.end)
        chapter = {"title": mark.title, "start": round(start, DECIMALS), "end": round(end, DECIMALS)}
        sink.text((",\n" if mark.index else "\n") + _json(chapter)[:-1] + ',"segments":[')
        words = 0
        for segment in said.chapter(mark.index):
            sink.text((",\n" if words else "\n") + _json(segment_entry(segment)))
            also(segment)
            words += len(segment.words)
        sink.text("]}")
        counts.append(words)
    sink.text("]}\n")
    return counts


def read_transcript(path: Path) -> Iterator[TimedSegment]:
    """The segments of a transcript. Raises ``PublishError`` when it is damaged or cut off.

    One is in memory at a time where each has its own line, as ``write_transcript`` writes them; of other JSON of the
    same contract, all. Who timed them is not in it.
    """
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline()
            by_lines = first.endswith(_BY_LINES)
            entries = _by_lines(file) if by_lines else _entries(json.loads(first + file.read()))
            for entry in entries:
                yield _read_segment(entry)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def read_whole(path: Path) -> tuple[Mapping[str, Any], tuple[TimedSegment, ...]]:
    """A transcript of what is as long as an episode, as JSON and as its segments, for those that need it many times.

    Raises ``PublishError`` when it is damaged or cut off.
    """
    try:
        transcript = json.loads(path.read_bytes())
        return transcript, tuple(map(_read_segment, _entries(transcript)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> PublishError:
    return PublishError(f"{path} is no transcript of an edition ({error!r}): make the edition again.")


def _entries(transcript: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (entry for chapter in transcript["chapters"] for entry in chapter["segments"])


def _by_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    whole = False
    for line in lines:
        whole = line.rstrip().endswith("]}")
        if line.startswith(_SEGMENT):
            yield _DECODER.raw_decode(line)[0]
    if not whole:
        raise ValueError("it is cut off")


def _read_segment(entry: dict[str, Any]) -> TimedSegment:
    words = tuple(
        TimedWord(
            str(word["text"]),
            bool(word.get("joined")),
            float(word["start"]),
            float(word["end"]),
            bool(word.get("doubt")),
        )
        for word in entry["words"]
    )
    return TimedSegment(
        str(entry["id"]),
        str(entry["text"]),
        str(entry["voice"]),
        any(word.doubt for word in words),
        words,
        BlockKind(entry.get("kind", BlockKind.PARAGRAPH)),
        Begins(entry.get("begins", Begins.NOTHING)),
        str(entry.get("language", "")),
        speaker=str(entry.get("speaker", "")),
    )


def segment_entry(segment: TimedSegment) -> dict[str, object]:
    """A sentence as the transcript has it."""
    words = []
    for word in segment.words:
        entry: dict[str, object] = {"text": word.text, "start": word.start, "end": word.end}
        if word.joined:
            entry["joined"] = True
        if word.doubt:
            entry["doubt"] = True
        words.append(entry)
    return {
        "id": segment.id,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "voice": segment.voice,
        **({"speaker": segment.speaker} if segment.speaker else {}),
        **({"kind": segment.kind.value} if segment.kind is not BlockKind.PARAGRAPH else {}),
        **({"begins": segment.begins.value} if segment.begins is not Begins.NOTHING else {}),
        **({"language": segment.language} if segment.language else {}),
        "words": words,
    }


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
